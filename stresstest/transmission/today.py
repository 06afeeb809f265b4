"""Weekly moments as they are on a day: at its levels, with its implied volatility, and from its regime."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

from ..tables import read_table
from .bounds import at_levels
from .moments import PACKAGE, Moments, load_moments
from .volatility import CALM, STRESS, with_volatility


@cache
def turbulence_threshold() -> float:
    """The VIX, decimal, above which `calibrate` counts a week as stressed (row vix_enter of moments_mean.csv)."""
    (row,) = (row for row in read_table(PACKAGE, "moments_mean.csv") if row["factor"] == "vix_enter")
    return float(row["mean"])


def in_turbulence(levels: Mapping[str, float]) -> bool:
    """Whether paths from these levels (by name, internal units) start in turbulence: the VIX is over its threshold.

    That a spell goes on until the VIX has come down further, or began with a fall of shares, cannot be seen in levels.
    Without a VIX they start calm.
    """
    return levels.get("vix", 0.0) > turbulence_threshold()


def moments_for(levels: Mapping[str, float], noise: bool = True) -> Moments:
    """Moments of the package as of a day with these levels; without ``noise`` silent ones."""
    if not noise:
        return load_moments().silent()
    regime = STRESS if in_turbulence(levels) else CALM
    return with_volatility(at_levels(load_moments(), levels), levels, regime)
