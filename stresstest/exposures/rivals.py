"""Naive rivals of the exposures, each known at the start of a window like them."""

from __future__ import annotations

import numpy as np
import pandas as pd

from .lags import MARKET
from .priors import settings

DAYS_A_WEEK = 7


def market_betas(log_prices: pd.DataFrame, levels: pd.DataFrame) -> np.ndarray:
    """(N,) least-squares betas of weekly returns on the market alone, over the settings' most_weeks to the last day.

    NaN with fewer weeks than the setting min_weeks.
    """
    places = np.arange(len(levels) - 1, -1, -DAYS_A_WEEK)[: int(settings()["most_weeks"]) + 1][::-1]
    market = np.diff(levels[MARKET].to_numpy()[places])
    returns = np.diff(log_prices.to_numpy()[places], axis=0)
    known = np.isfinite(returns) & np.isfinite(market)[:, None]
    count = known.sum(axis=0)
    x = np.where(known, market[:, None], 0.0)
    y = np.where(known, np.nan_to_num(returns), 0.0)
    x = np.where(known, x - x.sum(axis=0) / np.maximum(count, 1), 0.0)
    with np.errstate(invalid="ignore", divide="ignore"):
        betas = (x * y).sum(axis=0) / (x**2).sum(axis=0)
    return np.where(count >= settings()["min_weeks"], betas, np.nan)


def historical_simulation(log_prices: pd.DataFrame, days: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """5th, 50th and 95th percentile (N,) of an asset's own past log returns over ``days`` calendar days."""
    values = log_prices.to_numpy()
    if len(values) <= days:
        return tuple(np.full(values.shape[1], np.nan) for _ in range(3))  # type: ignore[return-value]
    past = values[days:] - values[:-days]
    low, middle, high = np.full((3, values.shape[1]), np.nan)
    some = np.isfinite(past).any(axis=0)
    low[some], middle[some], high[some] = np.nanquantile(past[:, some], [0.05, 0.5, 0.95], axis=0)
    return low, middle, high
