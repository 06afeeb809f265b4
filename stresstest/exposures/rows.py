"""Rows of the regression: weekly and daily moves and returns that end on the last known day.

Weekly steps let closes at different hours be compared; daily ones measure the betas of shares more sharply. Both are
put on the scale of a week. Weights halve with age.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from ..units import BUSINESS_DAYS_A_WEEK
from .moments import GaussianMoments, expected, gaussian_moments
from .posterior import Sample
from .priors import settings
from .residuals import VIX

DAYS_A_WEEK = 7
#: A weekly survey of applications over days: it dates no move exactly, which would pull betas to zero. Daily rows take
#: what the other factors of the day make of it, and its prior is normal, not heavy-tailed: the data may not wash it
#: away.
BLURRED = ("mortgage_spread",)
#: Monday is 0.
SATURDAY = 5


@dataclass(frozen=True)
class Rows:
    """One side of the regression, all assets sharing it.

    factors: the K - 1 used. basis: (K - 1, K - 1), moves @ basis are the regressors before scaling (``curve_basis``).
    scale: their weekly standard deviations. x: (T, K) regressors over scale, and the drift. age: (T,) in weeks.
    ends: last days of the weekly rows, which come first. moments: weekly moments of the used factors, with which
    missing moves are filled. vix: (T,) on the day before each row, decimal. stressed_from: VIX above which a row counts
    as stressed.
    """

    factors: tuple[str, ...]
    basis: np.ndarray
    scale: np.ndarray
    x: np.ndarray
    age: np.ndarray
    ends: pd.DatetimeIndex
    moments: GaussianMoments
    vix: np.ndarray
    stressed_from: float

    @property
    def firm(self) -> np.ndarray:
        """(K,) columns whose prior is normal."""
        return np.array([name in BLURRED for name in self.factors] + [False])

    @property
    def weeks(self) -> int:
        """Number of weekly rows, which come first."""
        return len(self.ends)


def factor_rows(levels: pd.DataFrame, factors: list[str], daily: bool) -> Rows | None:
    """Rows of the moves of ``factors`` that have a history. None where there are too few weeks.

    levels: (days, F) on every calendar day, ending on the last known day. daily: add daily rows.
    """
    weekly = _weekly_places(len(levels))
    moves = _steps(levels[factors].to_numpy(), weekly, DAYS_A_WEEK)
    enough = np.isfinite(moves).sum(axis=0) >= settings()["min_factor_weeks"]
    used = [name for name, keep in zip(factors, enough, strict=True) if keep]
    known = np.isfinite(moves).any(axis=1)
    if not used or known.sum() < settings()["min_weeks"]:
        return None
    weekly = weekly[known]
    moments = gaussian_moments(moves[known][:, enough])
    basis = curve_basis(used)
    scale = (moments.filled @ basis).std(axis=0)
    blocks = [np.column_stack([moments.filled @ basis / scale, np.ones(len(weekly))])]
    ages = [(len(levels) - 1 - weekly) / DAYS_A_WEEK]
    implied = levels[VIX].ffill().to_numpy()
    before = [implied[weekly - DAYS_A_WEEK]]
    if daily:
        places = _daily_places(pd.DatetimeIndex(levels.index))
        small = _daily_moves(levels[used].to_numpy(), places, moments, used)
        root = BUSINESS_DAYS_A_WEEK**0.5
        blocks.append(np.column_stack([small @ basis / scale, np.full(len(small), 1.0 / root)]))
        ages.append((len(levels) - 1 - places[1:]) / DAYS_A_WEEK)
        before.append(implied[places[:-1]])
    return Rows(
        tuple(used), basis, scale, np.vstack(blocks), np.concatenate(ages), pd.DatetimeIndex(levels.index[weekly]),
        moments, np.concatenate(before), float(np.nanquantile(before[0], settings()["stress_quantile"])),
    )  # fmt: skip


#: Each tenor is measured against the next one towards ten years.
NEXT_TENOR = {
    "ust_3m": "ust_1y",
    "ust_1y": "ust_2y",
    "ust_2y": "ust_5y",
    "ust_5y": "ust_10y",
    "ust_20y": "ust_10y",
    "ust_30y": "ust_20y",
}


def curve_basis(factors: list[str]) -> np.ndarray:
    """(K, K): ten-year moves stay, other tenors become slopes to their neighbour; all other factors stay.

    Held to zero, a slope leaves neighbours moving together. Held to zero tenor by tenor, a short rate that never moved
    in the sample would keep a beta of chance, and rise by four points the year after.
    """
    basis = np.eye(len(factors))
    for name, neighbour in NEXT_TENOR.items():
        if name in factors and neighbour in factors:
            basis[factors.index(neighbour), factors.index(name)] = -1.0
    return basis


def sample(rows: Rows, returns: np.ndarray, vix: float | None = None) -> Sample:
    """The regression of ``returns`` (N, T), NaN where missing, on ``rows``.

    vix: of the window that betas are wanted for, decimal. Rows of the other regime then weigh as the setting
    other_regime says; with 1, or without a window, betas know no regime.
    """
    weekly = np.arange(len(rows.age)) < rows.weeks
    kind = np.where(weekly, settings()["weekly_weight"], settings()["daily_weight"] / BUSINESS_DAYS_A_WEEK)
    decay = kind * 0.5 ** (rows.age / settings()["half_life_weeks"])
    if vix is not None:
        alike = (rows.vix > rows.stressed_from) == (vix > rows.stressed_from)
        decay = decay * np.where(alike, 1.0, settings()["other_regime"])
    weight = np.where(np.isnan(returns), 0.0, decay)
    return Sample(rows.x, np.nan_to_num(returns), weight, np.floor(rows.age).astype(int))


def asset_returns(log_prices: np.ndarray, days: pd.DatetimeIndex, rows: Rows) -> np.ndarray:
    """(N, T) log returns over the same steps as ``rows``, on the scale of a week. log_prices: (days, N)."""
    weekly = _steps(log_prices, days.get_indexer(rows.ends), DAYS_A_WEEK)
    if rows.weeks == len(rows.age):
        return weekly.T
    places = _daily_places(days)
    daily = np.diff(log_prices[places], axis=0) * BUSINESS_DAYS_A_WEEK**0.5
    return np.vstack([weekly, daily]).T


def _weekly_places(days: int) -> np.ndarray:
    """Positions a week apart that end on the last day, oldest first."""
    most = int(settings()["most_weeks"])
    return np.arange(days - 1, DAYS_A_WEEK - 1, -DAYS_A_WEEK)[:most][::-1]


def _daily_places(days: pd.DatetimeIndex) -> np.ndarray:
    """Positions of the last business days; a return ends on each but the first."""
    return np.flatnonzero(days.day_of_week < SATURDAY)[-int(settings()["most_days"]) - 1 :]


def _steps(values: np.ndarray, places: np.ndarray, step: int) -> np.ndarray:
    return values[places] - values[places - step]


def _daily_moves(levels: np.ndarray, places: np.ndarray, moments: GaussianMoments, used: list[str]) -> np.ndarray:
    """Daily moves on the scale of a week; what is missing is expected from what moved on the day, without drift."""
    moves = np.diff(levels[places], axis=0) * BUSINESS_DAYS_A_WEEK**0.5
    moves[:, [name in BLURRED for name in used]] = np.nan
    return expected(moves, np.zeros(moves.shape[1]), moments.covariance)
