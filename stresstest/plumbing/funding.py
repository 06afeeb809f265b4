"""The funding spread SOFR - IORB as a function of scarcity L = (reserves + ON RRP) / bank assets.

Ordinary days follow a smooth kink; the calendar, a slowly moving state of repo demand and heavy-tailed spikes come on
top, all of them larger as L falls. The standing repo facility is a soft ceiling.
"""

from __future__ import annotations

import numpy as np

from ..tables import Draws
from .calendar import FundingDay


def softplus(x: np.ndarray) -> np.ndarray:
    """ln(1 + exp(x)) without overflow."""
    return np.logaddexp(0.0, x)


def ordinary_spread(scarcity: np.ndarray, p: Draws) -> np.ndarray:
    """Spread of an ordinary day: f + k w softplus((L* - L)/w) + c max(0, L_c - L)^2. All (S,), decimal."""
    kink = p["funding_slope"] * p["funding_width"] * softplus((p["funding_kink"] - scarcity) / p["funding_width"])
    convex = p["funding_convexity"] * np.maximum(0.0, p["funding_scarce"] - scarcity) ** 2
    return p["funding_floor"] + kink + convex


def calendar_effect(day: FundingDay, scarcity: np.ndarray, p: Draws) -> np.ndarray:
    """Addition of the calendar on ``day``, decimal, growing as L falls below the calendar point."""
    if day.year_end:
        base = p["calendar_year_end"]
    elif day.quarter_end:
        base = p["calendar_quarter_end"]
    elif day.month_end:
        base = p["calendar_month_end"]
    elif day.first_day:
        base = p["calendar_first_day"]
    elif day.tax:
        base = p["calendar_tax"]
    elif day.settlement:
        base = p["calendar_settlement"]
    else:
        return np.zeros_like(scarcity)
    return base * (1.0 + p["calendar_scarcity"] * np.maximum(0.0, p["calendar_point"] - scarcity))


def spike_probability(day: FundingDay, scarcity: np.ndarray, p: Draws) -> np.ndarray:
    """Probability that the spread of ``day`` passes 15 bp: a logit in L and the calendar, (S,)."""
    logit = (
        p["spike_constant"]
        + p["spike_scarcity"] * scarcity
        + p["spike_month_end"] * day.month_end
        + p["spike_first_day"] * day.first_day
        + p["spike_mid_month"] * day.mid_month
    )
    return 1.0 / (1.0 + np.exp(-logit))


def spike_size(uniform: np.ndarray, p: Draws) -> np.ndarray:
    """Size of a spike, decimal: a floor plus a generalised Pareto excess. uniform: (S,) in (0, 1)."""
    shape = p["spike_shape"]
    return p["spike_size"] + p["spike_scale"] / shape * ((1.0 - uniform) ** -shape - 1.0)


def soft_ceiling(spread: np.ndarray, p: Draws) -> np.ndarray:
    """The standing repo facility absorbs all but a leak of what exceeds its rate plus a slack."""
    ceiling = p["srf_spread"] + p["srf_slack"]
    return np.where(spread > ceiling, ceiling + p["srf_leak"] * (spread - ceiling), spread)


def week_spread(
    days: tuple[FundingDay, ...],
    scarcity: np.ndarray,
    demand: np.ndarray,
    noise: np.ndarray,
    uniform: np.ndarray,
    p: Draws,
) -> np.ndarray:
    """Spread of each day of a week, (S, days), decimal.

    demand: (S,) state of repo demand, decimal. noise: (S, days) standard normal. uniform: (2, S, days), for the event
    and the size of a spike.
    """
    spread = (ordinary_spread(scarcity, p) + demand)[:, None] + p["funding_daily_sd"][:, None] * noise
    quiet_chance = spike_probability(days[0].without_effects(), scarcity, p)
    for i, day in enumerate(days):
        special = day.has_effects
        if special:
            spread[:, i] += calendar_effect(day, scarcity, p)
        hit = np.flatnonzero(uniform[0, :, i] < (spike_probability(day, scarcity, p) if special else quiet_chance))
        spread[hit, i] += spike_size(uniform[1, hit, i], p.rows(hit))
    return soft_ceiling(spread, p.weekly())
