"""Chance for the plumbing alone, with no markets simulated beside it: all drawn before the plan is looked at."""

from __future__ import annotations

from datetime import date

import numpy as np

from .constants import constant
from .course import weekly_calendar
from .state import Conditions


def draw_conditions(start: date, weeks: int, paths: int, rng: np.random.Generator) -> Conditions:
    """Independent normal weather for ``paths`` paths of ``weeks`` weeks from ``start``.

    Weekly returns of equities in either regime and changes of the mortgage rate have the moments of ``constants.csv``;
    they move prepayments and what the committee sees. Draws are in single precision to halve memory, the weeks apart
    in memory, as the loop runs through them one by one.
    """
    days = sum(len(week) for week in weekly_calendar(start, weeks))

    def normal(*shape: int) -> np.ndarray:
        return np.asfortranarray(rng.standard_normal(shape, dtype=np.float32))

    def uniform(*shape: int) -> np.ndarray:
        drawn = rng.random(shape, dtype=np.float32)
        return np.ascontiguousarray(drawn.transpose(0, 2, 1)).transpose(0, 2, 1)

    equity = normal(paths, weeks)
    turbulent = constant("equity_turbulent_mean") + constant("equity_turbulent_sd") * equity
    return Conditions(
        equity_calm=(constant("equity_calm_sd") * equity).astype(np.float32),
        equity_turbulent=turbulent.astype(np.float32),
        mortgage=(constant("mortgage_sd") * normal(paths, weeks)).astype(np.float32),
        demand=normal(paths, weeks),
        tga=normal(paths, weeks),
        daily=normal(paths, days),
        spikes=uniform(2, paths, days),
        chance=uniform(4, paths, weeks),
        leverage=rng.random(paths),
    )
