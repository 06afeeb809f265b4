"""Regimes that answer to the plumbing: the committee's reaction, and market turbulence. All are hazards per week."""

from __future__ import annotations

import numpy as np

from ..tables import Draws
from ..units import WEEKS_A_MONTH

BUSINESS_DAYS = 5


def logistic(x: np.ndarray) -> np.ndarray:
    """1 / (1 + exp(-x))."""
    return 1.0 / (1.0 + np.exp(-x))


def weekly(monthly: np.ndarray) -> np.ndarray:
    """Weekly probability that compounds to ``monthly`` over a month."""
    return 1.0 - (1.0 - monthly) ** (1.0 / WEEKS_A_MONTH)


def halt_hazard(
    stressed: np.ndarray, drawdown: np.ndarray, inflation: float, scarcity: np.ndarray, p: Draws
) -> np.ndarray:
    """Weekly probability that the committee slows or stops runoff. stressed: share of 20 days with SOFR over IORB."""
    logit = (
        p["halt_constant"]
        + p["halt_stressed_days"] * stressed
        + p["halt_drawdown"] * (drawdown > p["halt_drawdown_level"])
        - p["halt_inflation"] * np.maximum(0.0, inflation - p["halt_inflation_level"])
        + p["halt_scarcity"] * np.maximum(0.0, p["halt_scarcity_level"] - scarcity)
    )
    return weekly(logistic(logit))


def emergency_hazard(worst_spread: np.ndarray, vix: np.ndarray, together: np.ndarray, p: Draws) -> np.ndarray:
    """Weekly probability of emergency operations, from the worst daily spread of the week, VIX, and whether bonds and
    equities both fell in it (``together``, bool).
    """
    logit = (
        p["emergency_constant"]
        + p["emergency_spike"] * (worst_spread > p["emergency_spike_level"])
        + p["emergency_vix"] * (vix > p["emergency_vix_level"])
        + p["emergency_together"] * together
    )
    return 1.0 - (1.0 - logistic(logit)) ** BUSINESS_DAYS


def restart_hazard(scarcity: np.ndarray, inflation: float, p: Draws) -> np.ndarray:
    """Weekly probability that a halted runoff resumes."""
    logit = (
        p["restart_constant"]
        + p["restart_ample"] * (scarcity > p["restart_ample_level"])
        + p["restart_inflation"] * (inflation - p["restart_inflation_level"])
        + p["restart_chair"]
    )
    return weekly(logistic(logit))


def turbulence_hazard(scarcity: np.ndarray, pace: np.ndarray | float, fragile: np.ndarray, p: Draws) -> np.ndarray:
    """Weekly probability of entering turbulence.

    pace: supply of coupons and MBS above the baseline, share of GDP a year. fragile: leverage is high while funding is
    stressed.
    """
    monthly = p["turbulence_base"] / 12  # the table gives it per month, kept per year
    logit = (
        np.log(monthly / (1.0 - monthly))
        + p["turbulence_scarcity"] * np.maximum(0.0, p["turbulence_scarcity_level"] - scarcity)
        + p["turbulence_pace"] * np.maximum(0.0, pace)
        + p["turbulence_leverage"] * fragile
    )
    return weekly(logistic(logit))


def calm_hazard(p: Draws) -> np.ndarray:
    """Weekly probability of leaving turbulence."""
    return weekly(p["turbulence_exit"] / 12)
