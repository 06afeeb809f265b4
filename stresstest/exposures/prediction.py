"""Returns over a window from exposures known at its start and the factor moves of the window."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from ..tables import factor_names
from .estimation import Estimation
from .excess import DAYS_A_YEAR, excess_levels
from .lags import mixed
from .moments import expected
from .priors import settings
from .residuals import VIX


@dataclass(frozen=True)
class Window:
    """What the factors did. earned: (F,) moves per unit, by share of late closes; expected given the others where a
    factor has no value at both ends. bills: log return of bills. vix: root mean square over the window, decimal.
    """

    years: float
    earned: dict[float, np.ndarray]
    bills: float
    vix: float


@dataclass(frozen=True)
class Prediction:
    """Simple returns (N,) of ``symbols`` with a 90 percent band.

    log_mean: of the log return. beta_sd, specific_sd: its standard deviations from errors of betas and drift, and from
    specific risk.
    """

    symbols: tuple[str, ...]
    predicted: np.ndarray
    p05: np.ndarray
    p95: np.ndarray
    log_mean: np.ndarray
    beta_sd: np.ndarray
    specific_sd: np.ndarray


def window_of(found: Estimation, levels: pd.DataFrame, end: pd.Timestamp) -> Window:
    """Moves from the reference date of ``found`` to the close of ``end``. levels: (days, F), through ``end``."""
    start = found.reference
    excess = excess_levels(levels.loc[:end])
    unit = excess.per_unit(found.duration)
    earned = {}
    for share in sorted(set(found.late.tolist())):
        close = mixed(unit, share)
        move = (close.loc[end] - close.loc[start]).reindex(list(factor_names())).to_numpy(dtype=float)
        earned[share] = _expected_where_missing(move, found.moves)
    inside = levels[VIX].loc[start:end].iloc[1:].dropna()
    vix = float(np.sqrt((inside**2).mean())) if len(inside) else found.residuals.middle
    years = (end - start).days / DAYS_A_YEAR
    return Window(years, earned, float(excess.bills.loc[end] - excess.bills.loc[start]), vix)


def _expected_where_missing(move: np.ndarray, covariance: np.ndarray) -> np.ndarray:
    """Missing moves at their expectation given the others; zero for factors that no history connects."""
    used = np.isfinite(np.diag(covariance))
    filled = np.zeros_like(move)
    filled[used] = expected(move[used][None], np.zeros(used.sum()), covariance[np.ix_(used, used)])[0]
    return filled


def predict(found: Estimation, window: Window) -> Prediction:
    """Bills + drift + betas x moves, with a band from the errors of betas and drift and from specific risk.

    Specific risk grows with the VIX of the window. Betas, errors, drift and specific risk are those of ``found``.
    """
    moves = np.array([window.earned[share] for share in found.late.tolist()])
    beta = np.array([found.exposures[symbol].beta for symbol in found.symbols])
    mean = window.bills + (beta * moves).sum(axis=1) + found.drift * window.years
    regressors = np.column_stack([moves, np.full(len(moves), window.years)])
    unsure = np.sqrt(np.maximum(np.einsum("ni,nij,nj->n", regressors, found.covariance, regressors), 0.0))
    specific = found.residuals.window_vol(window.vix) * window.years**0.5
    half = np.hypot(settings()["band_quantile"] * np.hypot(unsure, specific), settings()["band_floor"])
    low, high = np.expm1(mean - half), np.expm1(mean + half)
    return Prediction(found.symbols, np.expm1(mean), low, high, mean, unsure, specific)


def predict_portfolios(found: Estimation, prediction: Prediction, weights: np.ndarray) -> tuple[np.ndarray, ...]:
    """Predicted simple return and 90 percent band (M,), (M,), (M,) of M portfolios. weights: (M, N), bought and held.

    Specific risks correlate as the residuals did; errors of betas are independent between assets. To first order.
    """
    middle = weights @ prediction.predicted
    reach = weights * (1.0 + prediction.predicted)
    specific = reach * prediction.specific_sd
    variance = ((specific @ found.residuals.correlation) * specific).sum(axis=1)
    variance += ((reach * prediction.beta_sd) ** 2).sum(axis=1)
    half = np.hypot(settings()["band_quantile"] * np.sqrt(variance), settings()["band_floor"])
    return middle, middle - half, middle + half
