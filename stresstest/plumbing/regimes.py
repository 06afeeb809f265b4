"""Regimes of reserves, told by where repo trades: near the floor, near the rate on reserves, or near the ceiling.

The regime of a date is the administered rate to which the typical spread of the coming month lies nearest. That spread
is not known: it is normal, with the mean and variance that scarcity L and the filtered state of repo demand give it, so
each regime has a probability. Nothing is estimated beyond the funding curve and the law of demand, and both thresholds
follow from administered rates.
"""

from __future__ import annotations

import numpy as np

from ..tables import Draws
from .calendar import FundingDay
from .demand import DemandLaw, central_law, filtered_demand, weekly_memory
from .funding import ordinary_spread

REGIMES = ("abundant", "ample", "scarce")
#: The typical spread is the mean over this many weeks from the date on.
WEEKS = 4


def regime_probabilities(
    scarcity: np.ndarray, demand: np.ndarray, p: Draws, demand_sd: np.ndarray | float = 0.0
) -> np.ndarray:
    """Probability of each of ``REGIMES``, the last axis of the result; decimals inside.

    scarcity: L, (S,) or (S, T). demand: state of repo demand of the same shape, or broadcast against it. demand_sd: how
    uncertain that state is, zero where it is known. p: parameters with S draws, or shared.
    """
    from scipy.special import ndtr

    if np.ndim(scarcity) == 2:
        p = p.weekly()
    mean, sd = _month_ahead(np.asarray(scarcity), np.asarray(demand), np.asarray(demand_sd), p)
    near_floor, near_ceiling = 0.5 * p["funding_floor"], 0.5 * p["srf_spread"]
    abundant, scarce = ndtr((near_floor - mean) / sd), ndtr((mean - near_ceiling) / sd)
    return np.stack([abundant, np.maximum(0.0, 1.0 - abundant - scarce), scarce], axis=-1)


def _month_ahead(
    scarcity: np.ndarray, demand: np.ndarray, demand_sd: np.ndarray, p: Draws
) -> tuple[np.ndarray, np.ndarray]:
    """Mean and standard deviation of the average underlying spread over the coming ``WEEKS``, at unchanged L."""
    memory = weekly_memory(p)
    powers = np.arange(WEEKS)
    weights = np.stack([memory**k for k in powers], axis=-1)
    fades = weights.mean(axis=-1)
    shock = p["demand_sd"] ** 2 * (1.0 - memory**2)
    partial_sums = np.stack([weights[..., : WEEKS - k].sum(axis=-1) for k in powers[1:]], axis=-1) / WEEKS
    variance = (fades * demand_sd) ** 2 + shock * (partial_sums**2).sum(axis=-1)
    return ordinary_spread(scarcity, p) + fades * demand, np.sqrt(variance)


def path_demand(
    days: tuple[FundingDay, ...], spread: np.ndarray, scarcity: np.ndarray, p: Draws, law: DemandLaw | None = None
) -> tuple[np.ndarray, np.ndarray]:
    """State of repo demand as an observer of each path would filter it, and its standard deviation (D,).

    spread: (S, D), decimal, on ``days``. scarcity: L on the same days, (S, D). Only ordinary days teach the state. The
    observer knows the curve of its path, and the law of demand: by default that at the mean of the draws ``p``.
    """
    observed = np.array([not day.has_effects for day in days])
    made = filtered_demand(spread - ordinary_spread(scarcity, p.weekly()), observed, law or central_law(p))
    return made.predicted, np.sqrt(made.variance)
