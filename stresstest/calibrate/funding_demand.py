"""The state of repo demand: its law from weekly medians, and its filtered course from day to day."""

from __future__ import annotations

from math import exp, sqrt

import numpy as np
import pandas as pd

from ..exposures.posterior import newey_west
from ..plumbing.demand import HUBER, DemandEstimate, DemandLaw, daily_law, filtered_demand
from ..units import BUSINESS_DAYS_A_WEEK
from .funding import curve
from .funding_data import setting
from .funding_groups import Group, extended, group_of, prior_moments
from .funding_mode import posterior_mode


def fit_demand(record: pd.DataFrame, line: Group) -> Group:
    """Law of the state by quasi-maximum likelihood of a clipped Kalman filter on weekly medians of ordinary days.

    Only weeks below the kink of the curve count: above it the floor holds the spread still. Daily noise is the mean
    absolute change between neighbouring ordinary days, also below the kink.
    """
    weeks = weekly_residuals(record, line)
    weeks = weeks.where(record["scarcity"].resample("W-WED").mean() < line["funding_kink"])
    values, seen = weeks.fillna(0.0).tolist(), weeks.notna().tolist()
    mode = posterior_mode(lambda x: _likelihood(x, values, seen), *prior_moments("demand"), int(setting("demand_lags")))
    sample = f"Weekly medians of ordinary days less the curve, {sum(seen)} weeks with L below the kink."
    law = group_of("demand", mode, sample)
    return extended(law, "funding_daily_sd", *_daily_noise(record, line["funding_kink"], law))


def weekly_residuals(record: pd.DataFrame, line: Group) -> pd.Series:
    """Median of ordinary days less the curve by week to Wednesday, bp; NaN for a week without an ordinary day."""
    residual = (record["spread"] - curve(line.values, record["scarcity"].to_numpy()))[record["ordinary"]]
    return residual.resample("W-WED").median()


def _likelihood(parameters: np.ndarray, values: list[float], seen: list[bool]) -> np.ndarray:
    """Log-likelihood by week; parameters: logit of the weekly memory, logs of stationary sd and of noise (bp).

    Plain numbers in a plain loop: this runs some ten thousand times and a week holds one number.
    """
    memory = 1.0 / (1.0 + exp(-min(max(parameters[0], -10.0), 10.0)))
    sd, noise = (exp(min(max(x, -10.0), 5.0)) for x in parameters[1:])
    shock = sd**2 * (1.0 - memory**2)
    state, variance, result = 0.0, sd**2, []
    for value, known in zip(values, seen, strict=True):
        if known:
            total = variance + noise**2
            spread = sqrt(total)
            score = (value - state) / spread
            size = abs(score)
            result.append(-np.log(spread) - (0.5 * size**2 if size <= HUBER else HUBER * size - 0.5 * HUBER**2))
            gain = variance / total
            state += gain * spread * min(max(score, -HUBER), HUBER)
            variance *= 1.0 - gain
        state, variance = memory * state, memory**2 * variance + shock
    return np.array(result)


def _daily_noise(record: pd.DataFrame, kink: float, demand: Group) -> tuple[float, float]:
    """Standard deviation of a day's noise and its error, bp, as if it were normal.

    The variance of a change is that of two days' noise and of a day's move of the state.
    """
    spread = record["spread"].where(record["ordinary"] & (record["scarcity"] < kink))
    changes = spread.diff().abs().clip(upper=setting("turmoil")).dropna().to_numpy()
    long_run = newey_west((changes - changes.mean())[None, :, None], int(setting("calendar_lags")))[0, 0, 0]
    scale = sqrt(np.pi / 2.0)
    change, error = scale * float(changes.mean()), scale * sqrt(long_run) / len(changes)
    noise = sqrt(max(change**2 - law_of(demand).shock ** 2, 0.01 * change**2) / 2.0)
    return noise, error * change / (2.0 * noise)


def law_of(demand: Group) -> DemandLaw:
    """Daily law in bp. Noise by day is that of a weekly median as seen on each of its days."""
    noise = demand["demand_noise"] * sqrt(BUSINESS_DAYS_A_WEEK)
    return daily_law(demand["demand_sd"], demand["demand_persistence"], noise)


def filtered(record: pd.DataFrame, line: Group, demand: Group, scarcity: str = "scarcity") -> DemandEstimate:
    """State of each day as predicted from the days before, bp. scarcity: the column of L that is taken as known."""
    residual = record["spread"].to_numpy() - curve(line.values, record[scarcity].to_numpy())
    return filtered_demand(residual[None], record["ordinary"].to_numpy(), law_of(demand))
