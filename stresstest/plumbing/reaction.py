"""Regimes that answer to the plumbing: the committee's reaction, and market turbulence. All are hazards per week.

Each is a logit by month or by day. An index is its log odds; ``bar`` says how high the index must be for an event to
happen, given the uniform that chance brings, so that no week has to take a power of a logistic.
"""

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


def bar(uniform: np.ndarray, weeks: float) -> np.ndarray:
    """Log odds that an index must pass for its event to happen in a week; ``uniform`` in [0, 1).

    Where the index is that of a period of so many ``weeks``, uniform < 1 - (1 - logistic(index)) ^ (1 / weeks) and
    index > bar(uniform, weeks) say the same. A uniform of zero is an event at any index.
    """
    with np.errstate(divide="ignore", over="ignore"):
        return np.asarray(np.log(np.expm1(-weeks * np.log1p(-uniform))))


def halt_hazard(
    stressed: np.ndarray, drawdown: np.ndarray, rise: np.ndarray, inflation: float, scarcity: np.ndarray, p: Draws
) -> np.ndarray:
    """Weekly probability that the committee slows or stops runoff. Arguments as in ``halt_index``."""
    return weekly(logistic(halt_index(stressed, drawdown, rise, inflation, scarcity, p)))


def halt_index(
    stressed: np.ndarray, drawdown: np.ndarray, rise: np.ndarray, inflation: float, scarcity: np.ndarray, p: Draws
) -> np.ndarray:
    """Log odds by month that the committee slows or stops runoff.

    stressed: share of 20 days with SOFR over IORB. drawdown: fall of equities from their peak. rise: change of
    unemployment over half a year. inflation: over twelve months. scarcity: L. Each (S,), decimal.
    """
    return (
        p["halt_constant"]
        + p["halt_stressed_days"] * stressed
        + p["halt_drawdown"] * (drawdown > p["halt_drawdown_level"])
        + p["halt_unemployment"] * (rise > p["halt_unemployment_level"])
        - p["halt_inflation"] * np.maximum(0.0, inflation - p["halt_inflation_level"])
        + p["halt_scarcity"] * np.maximum(0.0, p["halt_scarcity_level"] - scarcity)
    )


def emergency_index(worst_spread: np.ndarray, vix: np.ndarray, together: np.ndarray, p: Draws) -> np.ndarray:
    """Log odds by day of emergency operations, from the worst daily spread of the week, VIX, and whether bonds and
    equities both fell in it (``together``, bool).
    """
    return (
        p["emergency_constant"]
        + p["emergency_spike"] * (worst_spread > p["emergency_spike_level"])
        + p["emergency_vix"] * (vix > p["emergency_vix_level"])
        + p["emergency_together"] * together
    )


def restart_index(scarcity: np.ndarray, inflation: float, p: Draws) -> np.ndarray:
    """Log odds by month that a halted runoff resumes."""
    return (
        p["restart_constant"]
        + p["restart_ample"] * (scarcity > p["restart_ample_level"])
        + p["restart_inflation"] * (inflation - p["restart_inflation_level"])
        + p["restart_chair"]
    )


def turbulence_index(scarcity: np.ndarray, pace: np.ndarray | float, fragile: np.ndarray, p: Draws) -> np.ndarray:
    """Log odds by month of entering turbulence.

    pace: supply of coupons and MBS above the baseline, share of GDP a year. fragile: leverage is high while funding is
    stressed.
    """
    return (
        p.once(_turbulence_base)
        + p["turbulence_scarcity"] * np.maximum(0.0, p["turbulence_scarcity_level"] - scarcity)
        + p["turbulence_pace"] * np.maximum(0.0, pace)
        + p["turbulence_leverage"] * fragile
    )


def _turbulence_base(p: Draws) -> np.ndarray:
    """Log odds by month of a week without scarcity, supply or leverage."""
    monthly = p["turbulence_base"] / 12  # the table gives it per month, kept per year
    return np.asarray(np.log(monthly / (1.0 - monthly)))


def calm_hazard(p: Draws) -> np.ndarray:
    """Weekly probability of leaving turbulence."""
    return weekly(p["turbulence_exit"] / 12)
