"""What kind of asset a price history belongs to, and exposures from it where it is too short for a regression.

Every kind of ``candidates.csv`` is a prior of betas. Under it the returns have a marginal likelihood: the product of
the probabilities that it gave to each day knowing only the days before, so kinds are compared out of sample and wide
priors pay for their width. The exposures are the mean of those of all kinds by their probability; where none is
probable the answer stays as wide as that. Noise is normal with a standard deviation about that of the kind.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np
import pandas as pd

from ..records import Exposure
from ..tables import TENORS, read_table
from ..units import BUSINESS_DAYS_A_WEEK, WEEKS_A_YEAR
from .excess import Excess, excess_levels
from .lags import MARKET, mixed
from .priors import PACKAGE, Prior, class_prior, peer_group, with_duration
from .rows import SATURDAY
from .table import embedded_peer_groups

UNKNOWN = "unknown"
DAYS_A_YEAR = BUSINESS_DAYS_A_WEEK * WEEKS_A_YEAR
#: Shares of a day's move that may come a day late.
LATE = (0.0, 1.0)
#: Specific risk as multiples of that of the kind, and how probable each is: it is known to about a factor of two.
NOISE = ((0.25, 0.1), (0.5, 0.25), (1.0, 0.3), (1.8, 0.25), (3.2, 0.1))


@cache
def constants() -> Mapping[str, float]:
    """Constants of ``detection.csv`` by name."""
    return {row["name"]: float(row["value"]) for row in read_table(PACKAGE, "detection.csv")}


@dataclass(frozen=True)
class Candidate:
    """A kind of asset: words for a reader, its class, and the betas that are believed of it."""

    name: str
    asset_class: str
    prior: Prior


@cache
def candidates() -> tuple[Candidate, ...]:
    """Every row of ``candidates.csv``."""
    return tuple(_candidate(row) for row in read_table(PACKAGE, "candidates.csv"))


def _candidate(row: Mapping[str, str]) -> Candidate:
    prior = class_prior((row["asset_class"], *(key for key in row["prior"].split(";") if key)))
    if row["duration"]:
        prior = with_duration(prior, float(row["duration"]), row["spread"], float(row["spread_duration"] or 0.0))
    return Candidate(row["name"], row["asset_class"], prior)


@dataclass(frozen=True)
class Moves:
    """Daily factor moves of the last days. days: (T + 1,) business days; by_lag: (T, F) for each share of ``LATE``.

    bills: (T,) log return of bills.
    """

    days: pd.DatetimeIndex
    by_lag: tuple[np.ndarray, ...]
    bills: np.ndarray

    def part(self, first: int, last: int) -> Moves:
        """From the close of day ``first`` to that of day ``last``, counted from zero."""
        rows = slice(first, last)
        return Moves(self.days[first : last + 1], tuple(moves[rows] for moves in self.by_lag), self.bills[rows])


def recent_moves(levels: pd.DataFrame) -> Moves:
    """Earned moves of the last days of ``levels`` (days, F), every calendar day; what is missing counts as no move.

    The last day is the last on which rates and shares are all known: some series end before others.
    """
    core = levels[[*TENORS, MARKET]].notna().all(axis=1)
    levels = levels.loc[: levels.index[core][-1]] if core.any() else levels
    excess: Excess = excess_levels(levels)
    unit = excess.per_unit(excess.last_duration)
    days = pd.DatetimeIndex(levels.index)
    places = np.flatnonzero(days.day_of_week < SATURDAY)[-int(constants()["most_days"]) - 1 :]
    by_lag = tuple(np.nan_to_num(np.diff(mixed(unit, share).to_numpy()[places], axis=0)) for share in LATE)
    return Moves(days[places], by_lag, np.diff(excess.bills.to_numpy()[places]))


def last_stretch(values: np.ndarray) -> tuple[int, int] | None:
    """Places of the first and last of the newest log prices (T,) without a gap; what a kind can be told from.

    None where they are fewer than the setting least_days, or stay where they were on most days (most_still).
    """
    there = np.flatnonzero(np.isfinite(values))
    last = int(there[-1]) if len(there) else 0
    gaps = np.flatnonzero(~np.isfinite(values[:last]))
    first = int(gaps[-1]) + 1 if len(gaps) else 0
    if last - first < constants()["least_days"]:
        return None
    still = float((np.diff(values[first : last + 1]) == 0.0).mean())
    return None if still > constants()["most_still"] else (first, last)


@dataclass(frozen=True)
class Detection:
    """What the prices of one asset tell. kinds: (name, probability), most probable first. prior: of the first.

    beta, se: (F,) of the mixture. residual_vol: a year. r_squared: share of variance that beta explains. days: used.
    late: expected share of a day's move that comes a day late.
    """

    kinds: tuple[tuple[str, float], ...]
    prior: Prior
    beta: np.ndarray
    se: np.ndarray
    residual_vol: float
    r_squared: float
    days: int
    late: float

    @property
    def kind(self) -> str:
        """The most probable kind, or "unknown" where none is probable enough."""
        name, probability = self.kinds[0]
        return name if probability >= constants()["certain"] else UNKNOWN

    @property
    def words(self) -> str:
        """The kind with its probability, as evidence for a reader."""
        first, second = self.kinds[:2]
        if self.kind != UNKNOWN:
            return f"{first[0]} ({first[1]:.0%})"
        return f"unknown ({first[0]} {first[1]:.0%}, {second[0]} {second[1]:.0%})"

    def exposure(self, symbol: str, source: str, sample: str) -> Exposure:
        """The mixture as an exposure; peers are those of the most probable kind."""
        group = peer_group(self.prior.keys) if self.kind != UNKNOWN else ""
        peers = group if group in embedded_peer_groups() else ""
        share = embedded_peer_groups()[peers].share if peers else 0.0
        return Exposure(
            symbol, self.beta, self.se, self.residual_vol, source, sample, self.r_squared, peers, share,
            stability="short history",
        )  # fmt: skip


def detect(returns: np.ndarray, moves: Moves, stated: str = "", extra: Sequence[Candidate] = ()) -> Detection:
    """The kind and the exposures of an asset from its log returns over bills.

    returns: (T,) without gaps, on the days of ``moves``. stated: the asset class that a file gives, "" for none. extra:
    further kinds, such as what is published of a fund; they count as stated.
    """
    return detect_all(returns[None], moves, stated, extra)[0]


def detect_all(
    returns: np.ndarray, moves: Moves, stated: str = "", extra: Sequence[Candidate] = ()
) -> tuple[Detection, ...]:
    """``detect`` for N assets of one class with the same days: returns (N, T)."""
    kinds = (*candidates(), *extra)
    belief = _belief(kinds, stated, len(extra))
    lag_belief = (1.0 - constants()["late_weight"], constants()["late_weight"])
    cases = [
        _Case(kind, lag, np.log(before * late), fitted(returns, x, kind.prior))
        for lag, (x, late) in enumerate(zip(moves.by_lag, lag_belief, strict=True))
        for kind, before in zip(kinds, belief, strict=True)
    ]
    score = np.stack([case.belief + case.fit.log_likelihood for case in cases])
    weight = np.exp(score - score.max(axis=0))
    weight /= weight.sum(axis=0)
    return tuple(_mixture(i, returns[i], moves, cases, weight[:, i]) for i in range(len(returns)))


def _belief(kinds: Sequence[Candidate], stated: str, extra: int) -> np.ndarray:
    """Probability of each kind before any return."""
    odds = np.array([constants()["stated_odds"] if kind.asset_class == stated else 1.0 for kind in kinds])
    if extra:
        odds[-extra:] = constants()["stated_odds"]
    return np.asarray(odds / odds.sum())


@dataclass(frozen=True)
class Fit:
    """N assets as one kind on one set of moves. log_likelihood: (N,). beta, variance: (N, F) given the returns. noise:
    (N,) variance a day.
    """

    log_likelihood: np.ndarray
    beta: np.ndarray
    variance: np.ndarray
    noise: np.ndarray


@dataclass(frozen=True)
class _Case:
    """A kind and a lag, the log of what is believed of the two before any return, and the fit."""

    kind: Candidate
    lag: int
    belief: float
    fit: Fit


def fitted(returns: np.ndarray, x: np.ndarray, prior: Prior) -> Fit:
    """Normal regression with the prior of the kind, averaged over sizes of noise by their likelihood."""
    spread = prior.sd**2
    values, vectors = np.linalg.eigh((x * spread) @ x.T)
    values = np.maximum(values, 0.0)
    away = (returns - x @ prior.mean) @ vectors
    usual = max(prior.residual_vol, constants()["least_residual"]) ** 2 / DAYS_A_YEAR
    noise = np.array([size**2 * usual for size, _ in NOISE])
    total = values + noise[:, None]
    chance = np.log([chance for _, chance in NOISE])
    logs = chance - 0.5 * (np.log(total).sum(axis=1) + away**2 @ (1.0 / total).T)
    top = logs.max(axis=1, keepdims=True)
    weight = np.exp(logs - top)
    likelihood = top[:, 0] + np.log(weight.sum(axis=1))
    weight /= weight.sum(axis=1, keepdims=True)
    inverse = weight @ (1.0 / total)
    reach = spread[:, None] * (x.T @ vectors)
    added = (away * inverse) @ reach.T
    variance = np.maximum(spread - inverse @ (reach**2).T, 0.0) + _between(away, total, reach, weight, added)
    return Fit(likelihood, prior.mean + added, variance, weight @ noise)


def _between(
    away: np.ndarray, total: np.ndarray, reach: np.ndarray, weight: np.ndarray, mean: np.ndarray
) -> np.ndarray:
    """(N, F) variance of the mean beta over the sizes of noise; ``mean``: over all of them, by ``weight`` (N, K)."""
    squares = np.zeros_like(mean)
    for share, size in zip(weight.T, total, strict=True):
        squares += share[:, None] * ((away / size) @ reach.T - mean) ** 2
    return squares


def _mixture(i: int, returns: np.ndarray, moves: Moves, cases: Sequence[_Case], weight: np.ndarray) -> Detection:
    """Asset ``i``: means over cases by probability; the variance of a beta is that within and that between them."""
    betas = np.array([case.fit.beta[i] for case in cases])
    beta = weight @ betas
    variance = weight @ (np.array([case.fit.variance[i] for case in cases]) + (betas - beta) ** 2)
    noise = float(weight @ np.array([case.fit.noise[i] for case in cases]))
    by_kind: dict[str, float] = {}
    for case, share in zip(cases, weight.tolist(), strict=True):
        by_kind[case.kind.name] = by_kind.get(case.kind.name, 0.0) + share
    ordered = tuple(sorted(by_kind.items(), key=lambda item: -item[1]))
    prior = next(case.kind.prior for case in cases if case.kind.name == ordered[0][0])
    late = float(weight @ np.array([case.lag for case in cases]))
    explained = moves.by_lag[round(late)] @ beta
    left = float(np.var(returns - explained) / max(np.var(returns), np.finfo(float).tiny))
    volatility = float(np.sqrt(noise * DAYS_A_YEAR))
    return Detection(
        ordered, prior, beta, np.sqrt(variance), volatility, float(np.clip(1.0 - left, 0.0, 1.0)), len(returns), late
    )
