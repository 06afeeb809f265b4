"""Funds that promise a daily multiple of something: what the way costs them.

A fund that resets its leverage L every day loses (L^2 - L) / 2 times the variance of the daily moves of what it holds,
whatever the direction (Cheng and Madhavan, 2009); a straight line from today to the horizon cannot see it.
"""

from __future__ import annotations

import numpy as np

from ..instruments.leveraged import LeveragedFund
from ..records import Holding
from .reference import daily_variance


def leverage_of(holding: Holding) -> float:
    """Daily multiple that the fund promises; 1 for everything else."""
    instrument = holding.instrument
    return instrument.leverage if isinstance(instrument, LeveragedFund) else 1.0


def reset_decay(leverage: float, returns: np.ndarray, asset_class: str) -> np.ndarray:
    """Log loss so far, not negative for |leverage| > 1 or an inverse fund. returns: (..., T) weekly log, of one times.

    Weekly squares are scaled up to the variance of the days (daily_variance.csv).
    """
    variance = daily_variance(asset_class) * np.cumsum(np.square(returns), axis=-1)
    return np.asarray(0.5 * leverage * (leverage - 1.0) * variance)
