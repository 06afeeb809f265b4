"""Closes at different hours: an asset that closes before New York answers part of today's moves tomorrow.

Dimson (1979) adds lagged factors to the regression. Here one number says how much of a day's move comes a day late,
from daily returns, and the factors are taken as the mixture of today's and yesterday's closes that this implies. Weekly
rows, the window of a replay and the moves of a scenario then need nothing else.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from .priors import settings

#: Shares that are told apart; assets of one share are estimated together.
SHARES = (0.0, 0.5, 1.0)
MARKET = "equity_us"


def late_shares(log_prices: pd.DataFrame, levels: pd.DataFrame) -> np.ndarray:
    """(N,) share of the market's move that each asset shows a business day later, one of ``SHARES``.

    Least squares on the market's move of the day and of the day before; a lag counts only where its t statistic and its
    share of the whole answer pass the settings lag_t and lag_share.
    """
    days = pd.DatetimeIndex(log_prices.index)
    recent = np.flatnonzero(days.day_of_week < 5)[-int(settings()["lag_days"]) :]
    market = levels[MARKET].to_numpy()[recent]
    moves, returns = np.diff(market), np.diff(log_prices.to_numpy()[recent], axis=0)[1:]
    now, before = moves[1:], moves[:-1]
    shares = np.zeros(returns.shape[1])
    for i, column in enumerate(returns.T):
        known = np.isfinite(column) & np.isfinite(now) & np.isfinite(before)
        if known.sum() >= settings()["lag_least"]:
            shares[i] = _share(column[known], np.column_stack([now, before, np.ones(len(now))])[known])
    return shares


def _share(returns: np.ndarray, x: np.ndarray) -> float:
    beta, *_ = np.linalg.lstsq(x, returns, rcond=None)
    residual = returns - x @ beta
    inverse = np.linalg.pinv(x.T @ x)
    robust = inverse @ ((x * residual[:, None] ** 2).T @ x) @ inverse
    error = float(np.sqrt(robust[1, 1]))
    whole = abs(beta[0]) + abs(beta[1])
    late = abs(beta[1]) / whole if whole else 0.0
    if error <= 0 or abs(beta[1]) < settings()["lag_t"] * error or late < settings()["lag_share"]:
        return 0.0
    return min(SHARES, key=lambda share: abs(share - late))


def mixed(levels: pd.DataFrame, share: float) -> pd.DataFrame:
    """Levels of which ``share`` is the close of the business day before; levels are on every calendar day."""
    return levels if share == 0 else (1.0 - share) * levels + share * levels.shift()
