"""Columns of which little but a few prices is known: what they look like, and their returns over a window.

A column that is too short for the regression has the mixture of kinds of ``detection.py`` as exposures; one that is
somewhat longer is regressed about the likeliest kind. Nothing of a day after the last one given is used; the moves of
the window are those that came, as in ``prediction.py``.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date

import numpy as np
import pandas as pd

from ..tables import factor_index, factor_names
from .detection import UNKNOWN, Detection, constants, detect_all, last_stretch, recent_moves
from .excess import DAYS_A_YEAR, excess_levels
from .lags import MARKET
from .prediction import Prediction
from .priors import Prior, class_prior, settings
from .residuals import VIX
from .rows import DAYS_A_WEEK


@dataclass(frozen=True)
class Told:
    """What N columns look like on the last day. detections: by symbol, which are the N axis.

    market: (N,) beta to the market alone on the same days, a naive rival. vix: (N,) root mean square of VIX on them,
    decimal, NaN where there is none. days: first and last day of each. duration: of the bonds behind rates and spreads,
    which the unit of betas stands on.
    """

    reference: pd.Timestamp
    detections: Mapping[str, Detection]
    market: np.ndarray
    vix: np.ndarray
    days: Mapping[str, tuple[date, date]]
    duration: pd.Series

    def part(self, symbols: Collection[str]) -> Told:
        """The same for those of ``symbols`` that are among the columns."""
        keep = [i for i, name in enumerate(self.detections) if name in symbols]
        kept = {name: one for name, one in self.detections.items() if name in symbols}
        days = {name: self.days[name] for name in kept}
        return Told(self.reference, kept, self.market[keep], self.vix[keep], days, self.duration)

    def moves(self, levels: pd.DataFrame, end: pd.Timestamp) -> np.ndarray:
        """(F,) earned from the last known day to the close of ``end``; what has no value at both ends did not move.

        levels: (days, F) through ``end``.
        """
        unit = excess_levels(levels.loc[:end]).per_unit(self.duration)
        change = (unit.loc[end] - unit.loc[self.reference]).reindex(list(factor_names()))
        return np.nan_to_num(change.to_numpy(dtype=float))


def told(log_prices: pd.DataFrame, levels: pd.DataFrame) -> Told:
    """Every column whose last days without a gap are enough (setting least_days) and move.

    log_prices: (days, N) in USD; levels: (days, F); both on every calendar day up to the day on which all is known.
    """
    moves = recent_moves(levels)
    values = log_prices.reindex(moves.days).to_numpy(dtype=float)
    stretches: dict[tuple[int, int], list[int]] = {}
    for i in range(values.shape[1]):
        stretch = last_stretch(values[:, i])
        if stretch is not None:
            stretches.setdefault(stretch, []).append(i)
    found: dict[str, tuple[Detection, float, float, tuple[date, date]]] = {}
    for (first, last), columns in stretches.items():
        part = moves.part(first, last)
        returns = np.diff(values[first : last + 1, columns], axis=0).T - part.bills
        vix = _root_mean_square(levels[VIX].reindex(part.days[1:]))
        days = (part.days[0].date(), part.days[-1].date())
        slopes = market_slopes(returns, part.by_lag[0])
        for i, detection, slope in zip(columns, detect_all(returns, part), slopes.tolist(), strict=True):
            found[str(log_prices.columns[i])] = detection, slope, vix, days
    order = [name for name in map(str, log_prices.columns) if name in found]
    return Told(
        pd.Timestamp(log_prices.index[-1]),
        {name: found[name][0] for name in order},
        np.array([found[name][1] for name in order]),
        np.array([found[name][2] for name in order]),
        {name: found[name][3] for name in order},
        excess_levels(levels).last_duration,
    )


def blind_priors(log_prices: pd.DataFrame, levels: pd.DataFrame) -> tuple[dict[str, Prior], Told]:
    """Priors of columns whose names tell nothing, by symbol, and what the short ones look like.

    That of the likeliest kind where there are fewer weeks of prices than the setting kind_weeks, else, and where no
    kind can be told, that of ``UNKNOWN``. Arguments as in ``told``.
    """
    weeks = log_prices.notna().sum() / DAYS_A_WEEK
    found = told(log_prices.loc[:, weeks < constants()["kind_weeks"]], levels)
    unknown = class_prior((UNKNOWN,))
    kinds = {symbol: detection.prior for symbol, detection in found.detections.items()}
    return {name: kinds.get(name, unknown) for name in map(str, log_prices.columns)}, found


def market_slopes(returns: np.ndarray, moves: np.ndarray) -> np.ndarray:
    """(N,) least squares through zero of daily returns (N, T) over bills on the market's among ``moves`` (T, F)."""
    market = moves[:, factor_index()[MARKET]]
    return np.asarray(returns @ market / (market @ market))


def predict_told(found: Told, levels: pd.DataFrame, end: pd.Timestamp) -> Prediction:
    """Bills and betas times the moves from the last known day to the close of ``end``; levels: (days, F) through it.

    The band is that of ``prediction.predict``: errors of betas, here taken as independent, and specific risk, which
    grows with VIX from that of the days that told the kind. No drift.
    """
    start, bills, came = found.reference, excess_levels(levels.loc[:end]).bills, found.moves(levels, end)
    earned, years = float(bills.loc[end] - bills.loc[start]), (end - start).days / DAYS_A_YEAR
    count = len(found.detections)
    beta, error = (
        np.array([getattr(one, name) for one in found.detections.values()]).reshape(count, len(came))
        for name in ("beta", "se")
    )
    mean = earned + beta @ came
    unsure = np.sqrt(error**2 @ came**2)
    ratio = np.nan_to_num(_root_mean_square(levels[VIX].loc[start:end].iloc[1:]) / found.vix, nan=1.0)
    usual = np.array([one.residual_vol for one in found.detections.values()])
    specific = usual * ratio ** settings()["vix_power"] * years**0.5
    half = np.hypot(settings()["band_quantile"] * np.hypot(unsure, specific), settings()["band_floor"])
    low, high = np.expm1(mean - half), np.expm1(mean + half)
    return Prediction(tuple(found.detections), np.expm1(mean), low, high, mean, unsure, specific)


def _root_mean_square(values: pd.Series) -> float:
    return float(np.sqrt((values.dropna() ** 2).mean()))
