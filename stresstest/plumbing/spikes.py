"""Spikes of the funding spread: how likely a day over 15 bp is, and how far over it goes.

The probability is a logit in the underlying level of the day (which holds L and repo demand) and in the calendar; the
excess is generalised Pareto. Both are estimated by ``calibrate``.
"""

from __future__ import annotations

from functools import cache

import numpy as np

from ..tables import Draws
from .calendar import FundingDay

#: Nodes of the Gauss-Hermite rule: the mean of a logit over a normal level is right to five digits.
NODES = 20


def spike_probability(day: FundingDay, level: np.ndarray, p: Draws) -> np.ndarray:
    """Probability that the spread of ``day`` passes the spike level (15 bp).

    level: underlying spread, ``ordinary_spread`` plus demand, decimal, of any shape that the draws broadcast against.
    """
    return 1.0 / (1.0 + np.exp(-spike_index(day, level, p)))


def spike_index(day: FundingDay, level: np.ndarray, p: Draws) -> np.ndarray:
    """Log odds of a spike on ``day``."""
    return (
        p["spike_constant"]
        + p["spike_spread"] * level
        + p["spike_month_end"] * day.month_end
        + p["spike_first_day"] * day.first_day
        + p["spike_mid_month"] * day.mid_month
    )


def spike_excess(uniform: np.ndarray, p: Draws) -> np.ndarray:
    """Excess of a spike over the spike level, decimal: generalised Pareto, cut. uniform: (S,) in (0, 1).

    The cut is the dearest trade of 2019-09-17: a median rate above it would need a market without a central bank.
    """
    shape = p["spike_shape"]
    return np.minimum(p["spike_most"], p["spike_scale"] / shape * ((1.0 - uniform) ** -shape - 1.0))


def forecast_probability(day: FundingDay, level: np.ndarray, level_sd: np.ndarray, p: Draws) -> np.ndarray:
    """``spike_probability`` of a future day, whose underlying level is normal: its mean and standard deviation, (N,).

    For a distribution of L, give the mean and spread of the level that it implies, or average ``spike_probability``
    over samples of the level.
    """
    return averaged_logistic(spike_index(day, level, p), p["spike_spread"] * level_sd)


def averaged_logistic(mean: np.ndarray, sd: np.ndarray) -> np.ndarray:
    """Mean of 1 / (1 + exp(-x)) over normal x with ``mean`` and ``sd`` (N,)."""
    nodes, weights = _hermite()
    x = np.asarray(mean)[..., None] + np.asarray(sd)[..., None] * nodes
    return (1.0 / (1.0 + np.exp(-x))) @ weights


@cache
def _hermite() -> tuple[np.ndarray, np.ndarray]:
    """Nodes and weights for the mean over a standard normal."""
    nodes, weights = np.polynomial.hermite_e.hermegauss(NODES)
    return nodes, weights / weights.sum()
