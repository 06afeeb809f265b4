"""The funding spread SOFR - IORB as a function of scarcity L = (reserves + ON RRP) / bank assets.

Underlying level = smooth kink in L + state of repo demand. An ordinary day adds noise, a day of the calendar a premium
that grows as L falls. With the probability of ``spikes`` the day is a spike instead: it lies over 15 bp (and over what
was expected of the day) by a heavy-tailed excess; without a spike it stays under 15 bp, so calendar and spikes are
never counted twice. The standing repo facility is a soft ceiling.
"""

from __future__ import annotations

import numpy as np

from ..tables import Draws
from .calendar import FundingDay
from .spikes import spike_excess, spike_probability


def softplus(x: np.ndarray) -> np.ndarray:
    """ln(1 + exp(x)) without overflow."""
    return np.maximum(x, 0.0) + np.log1p(np.exp(-np.abs(x)))


def ordinary_spread(scarcity: np.ndarray, p: Draws) -> np.ndarray:
    """Spread of an ordinary day: f + k w softplus((L* - L)/w) + c max(0, L_c - L)^2. All (S,), decimal."""
    kink = p["funding_slope"] * p["funding_width"] * softplus((p["funding_kink"] - scarcity) / p["funding_width"])
    convex = p["funding_convexity"] * np.maximum(0.0, p["funding_scarce"] - scarcity) ** 2
    return p["funding_floor"] + kink + convex


def calendar_effect(day: FundingDay, scarcity: np.ndarray, p: Draws) -> np.ndarray:
    """Premium of the calendar on ``day`` (S,), decimal: exponential in L, stated at the calendar point."""
    if not day.has_effects:
        return np.zeros_like(scarcity)
    return p[f"calendar_{day.kind}"] * np.exp(p["calendar_scarcity"] * (p["calendar_point"] - scarcity))


def soft_ceiling(spread: np.ndarray, p: Draws) -> np.ndarray:
    """What the standing repo facility leaves of a spread over its rate plus a slack.

    An excess x over the ceiling becomes d ln(1 + x/d): small ones pass (frictions of a few bp are not arbitraged),
    large ones shrink to a multiple of the depth d.
    """
    ceiling, depth = p["srf_spread"] + p["srf_slack"], p["srf_depth"]
    excess = np.maximum(0.0, spread - ceiling)
    return spread - excess + depth * np.log1p(excess / depth)


def week_spread(
    days: tuple[FundingDay, ...],
    scarcity: np.ndarray,
    demand: np.ndarray,
    noise: np.ndarray,
    uniform: np.ndarray,
    p: Draws,
    *,
    facility: bool = True,
) -> np.ndarray:
    """Spread of each day of a week, (S, days), decimal.

    demand: (S,) state of repo demand, decimal. noise: (S, days) standard normal. uniform: (2, S, days), for the event
    and the size of a spike. facility: whether the standing repo facility is there.
    """
    return daily_spread(days, scarcity, demand, noise.T, uniform.transpose(0, 2, 1), p, facility=facility).T


def daily_spread(
    days: tuple[FundingDay, ...],
    scarcity: np.ndarray,
    demand: np.ndarray,
    noise: np.ndarray,
    uniform: np.ndarray,
    p: Draws,
    *,
    facility: bool = True,
) -> np.ndarray:
    """``week_spread`` as the loop keeps it: days along the first axis, (days, S); noise and uniform alike."""
    level = ordinary_spread(scarcity, p) + demand
    spread = p["funding_daily_sd"] * noise
    spread += level
    expected = np.broadcast_to(level, spread.shape).copy() if any(day.has_effects for day in days) else level
    chance = spike_probability(days[0].without_effects(), level, p)
    hit = uniform[0] < chance
    for i, day in enumerate(days):
        if day.has_effects:
            premium = calendar_effect(day, scarcity, p)
            spread[i] += premium
            expected[i] += premium
            hit[i] = uniform[0, i] < spike_probability(day, level, p)
    np.minimum(spread, p["spike_level"], out=spread)
    which, path = _where(hit)
    of_hit = p.rows(path)
    usual = expected[which, path] if expected.ndim == 2 else expected[path]
    spread[which, path] = np.maximum(of_hit["spike_level"], usual) + spike_excess(uniform[1, which, path], of_hit)
    return _under_facility(spread, p) if facility else spread


def _under_facility(spread: np.ndarray, p: Draws) -> np.ndarray:
    """``soft_ceiling`` of (days, S) spreads in place, only where it matters: few days pass the ceiling."""
    day, path = _where(spread > p["srf_spread"] + p["srf_slack"])
    spread[day, path] = soft_ceiling(spread[day, path], p.rows(path))
    return spread


def _where(mask: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Row and column of what is set in a (days, S) mask; numpy finds few entries fastest in one dimension."""
    found = np.flatnonzero(mask)
    return found // mask.shape[1], found % mask.shape[1]
