"""What is believed of an asset before its returns are seen: prior mean and standard deviation of every beta."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, replace
from functools import cache

import numpy as np

from ..errors import DataError, Problem
from ..tables import TENORS, factor_index, factor_names, factor_table, read_table

PACKAGE = "stresstest.exposures"
GROUP = "group:"
RESIDUAL_VOL = "residual_vol"


@dataclass(frozen=True)
class Prior:
    """Betas believed before the data: log return in USD per unit of factor move.

    mean, sd: (F,). residual_vol: annual standard deviation that factors leave, used where no return is known.
    keys: rows of priors.csv that made it, in order.
    """

    mean: np.ndarray
    sd: np.ndarray
    residual_vol: float
    keys: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Asset:
    """A row of universe.csv. Durations are in years, None where they do not apply."""

    symbol: str
    name: str
    asset_class: str
    keys: tuple[str, ...]
    duration: float | None
    spread: str
    spread_duration: float | None

    @property
    def prior(self) -> Prior:
        """Class and tags, then the key rates and the spread that the durations give."""
        prior = class_prior((self.asset_class, *self.keys))
        if self.duration is None:
            return prior
        return with_duration(prior, self.duration, self.spread, self.spread_duration or 0.0)


#: Kinds of keys that name a group of peers, the most telling first.
PEER_KINDS = ("sector", "region", "bond", "mixed", "commodity", "currency", "coin", "style")


def peer_group(keys: Iterable[str]) -> str:
    """The group of peers that a class and its tags put an asset in, such as "sector:financials"; "" for none."""
    by_kind = {key.split(":")[0]: key for key in reversed(tuple(keys)) if ":" in key}
    return next((by_kind[kind] for kind in PEER_KINDS if kind in by_kind), "")


@cache
def universe() -> Mapping[str, Asset]:
    """Assets whose exposures are estimated, by symbol."""
    return {row["symbol"]: _asset(row) for row in read_table(PACKAGE, "universe.csv")}


def _asset(row: Mapping[str, str]) -> Asset:
    keys = tuple(key for key in row["prior"].split(";") if key)
    years = {key: float(row[key]) if row[key] else None for key in ("duration", "spread_duration")}
    return Asset(row["symbol"], row["name"], row["asset_class"], keys, spread=row["spread"], **years)


_TRIED: ContextVar[Mapping[str, float] | None] = ContextVar("tried", default=None)


@cache
def _settings_table() -> Mapping[str, float]:
    return {row["name"]: float(row["value"]) for row in read_table(PACKAGE, "settings.csv")}


def settings() -> Mapping[str, float]:
    """Constants of the estimator and of class priors, by name."""
    return _TRIED.get() or _settings_table()


@contextmanager
def trying(**values: float) -> Iterator[None]:
    """Other values for some settings inside a ``with`` block: for comparing choices, never for results.

    Raises DataError for a name that settings.csv does not have.
    """
    for name in values:
        if name not in _settings_table():
            raise DataError(Problem(None, name, "no such setting", "a row of settings.csv", "", "settings.csv"))
    token = _TRIED.set({**settings(), **values})
    try:
        yield
    finally:
        _TRIED.reset(token)


@cache
def _rows_by_key() -> Mapping[str, tuple[dict[str, str], ...]]:
    rows: dict[str, list[dict[str, str]]] = {}
    for row in read_table(PACKAGE, "priors.csv"):
        rows.setdefault(row["key"], []).append(row)
    return {key: tuple(found) for key, found in rows.items()}


def known_key(key: str) -> bool:
    """Whether priors.csv has rows for ``key``."""
    return key in _rows_by_key()


def class_prior(keys: Iterable[str]) -> Prior:
    """Rows of each key laid over those before: an asset class first, then tags such as "sector:energy".

    Raises DataError for a key that priors.csv does not have.
    """
    keys = tuple(keys)
    mean, sd = np.zeros(len(factor_names())), np.zeros(len(factor_names()))
    residual_vol = 0.0
    for key in keys:
        if not known_key(key):
            raise DataError(Problem(None, "key", key, "a key of priors.csv", "Add rows for it.", "priors.csv"))
        for row in _rows_by_key()[key]:
            if row["factor"] == RESIDUAL_VOL:
                residual_vol = float(row["mean"])
            else:
                where = _columns(row["factor"])
                mean[where], sd[where] = float(row["mean"]), float(row["sd"])
    return Prior(mean, sd, residual_vol, keys)


def _columns(factor: str) -> list[int]:
    if not factor.startswith(GROUP):
        return [factor_index()[factor]]
    group = factor.removeprefix(GROUP)
    return [i for i, row in enumerate(factor_table()) if row.group == group]


def key_rates(duration: float) -> np.ndarray:
    """(7,) durations at the tenors of ``TENORS`` that sum to ``duration``: a bell in the logarithm of the tenor.

    The bell is as wide as the maturities of a fund usually are (settings: tenor_width, in log years). A duration below
    the shortest tenor stays there, one above the longest likewise.
    """
    tenors = np.array(list(TENORS.values()))
    centre = np.clip(abs(duration), tenors[0], tenors[-1])
    bell = np.exp(-0.5 * (np.log(tenors / centre) / settings()["tenor_width"]) ** 2)
    return duration * bell / bell.sum()


def with_duration(prior: Prior, duration: float, spread: str = "", spread_duration: float = 0.0) -> Prior:
    """The prior of a bond fund: minus its key rates and minus its spread duration, on top of what ``prior`` allows.

    Room about a key rate grows with it (settings: key_rate_share of its size), so that neighbours trade with each other
    and far tenors stay near zero.
    """
    mean, sd = prior.mean.copy(), prior.sd.copy()
    where = [factor_index()[name] for name in TENORS]
    rates = key_rates(duration)
    mean[where] = -rates
    sd[where] = np.hypot(np.minimum(sd[where], abs(duration)), settings()["key_rate_share"] * rates)
    if spread:
        column = factor_index()[spread]
        mean[column] = -spread_duration
        sd[column] = settings()["spread_share"] * spread_duration
    return replace(prior, mean=mean, sd=sd)
