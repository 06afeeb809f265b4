"""How far out a set of factor moves lies: Mahalanobis distance under calm, stress and rate-led moments."""

from __future__ import annotations

from functools import cache

import numpy as np

from ..errors import InputError, Problem
from ..tables import factor_index
from ..transmission.moments import load_moments

#: The few factors by which plausibility is judged: enough to place a scenario, few enough to be estimated well.
CORE = ("ust_2y", "ust_10y", "equity_us", "hy_spread", "usd_broad", "vix", "gold", "oil")
#: Calm and stress weeks as estimated; stress weeks led by rates, so that bonds fall with shares; and by doubt of the
#: dollar, so that it falls with both. Each is a leader of transmission/moments.py and a regime (0 calm, 1 turbulent).
REGIMES = {"calm": ("flight", 0), "stress": ("flight", 1), "rate_led": ("rates", 1), "doubt": ("doubt", 1)}
#: Bisection steps of the secular equation: the width halves with each.
STEPS = 200


@cache
def covariance(regime: str) -> np.ndarray:
    """(F, F) weekly covariance of ``regime``. Raises InputError for an unknown one."""
    if regime not in REGIMES:
        raise InputError(Problem(None, "regime", repr(regime), f"one of {', '.join(REGIMES)}", ""))
    weekly = load_moments().covariance(*REGIMES[regime])
    weekly.flags.writeable = False
    return weekly


def core_columns() -> list[int]:
    """Columns of the core factors."""
    return [factor_index()[name] for name in CORE]


def mahalanobis(moves: np.ndarray, weeks: float, regime: str = "stress") -> float:
    """Distance of the core factors of ``moves`` (F,) over ``weeks`` weeks, in standard deviations."""
    core = core_columns()
    spread = covariance(regime)[np.ix_(core, core)] * max(weeks, 1.0)
    return float(np.sqrt(moves[core] @ np.linalg.solve(spread, moves[core])))


def plausibility(moves: np.ndarray, weeks: float, regime: str = "stress") -> float:
    """Probability that ``weeks`` weeks of ``regime`` bring moves at least as far out, judged by the core factors.

    moves: (F,). The squared Mahalanobis distance against a chi-squared law with as many degrees of freedom as there
    are core factors.
    """
    from scipy.special import gammaincc

    return float(gammaincc(len(CORE) / 2, mahalanobis(moves, weeks, regime) ** 2 / 2))


def distance_of(probability: float) -> float:
    """Mahalanobis distance of the core factors whose plausibility is ``probability``."""
    from scipy.special import gammainccinv

    return float(np.sqrt(2.0 * gammainccinv(len(CORE) / 2, probability)))


def at_plausibility(moves: np.ndarray, weeks: float, wanted: float, regime: str = "stress") -> np.ndarray:
    """(core,) moves of the core factors closest to those of ``moves`` (F,) whose plausibility is ``wanted``.

    Closest in standard deviations of the single factors: min |(x - x0) / sd|^2 with x' V^-1 x = d^2. The minimum is
    x = (1 + k C^-1)^-1 x0 in standardised units, C the correlation matrix, k the root of the one equation that is left;
    k > 0 draws a scenario in, -smallest eigenvalue < k < 0 pushes it out. Moves at odds with the correlations change
    most.

    Raises InputError for a plausibility that is not inside (0, 1), and where all core factors stand still.
    """
    if not 0.0 < wanted < 1.0:
        raise InputError(Problem(None, "plausibility", str(wanted), "a probability between 0 and 1", ""))
    core = core_columns()
    spread = covariance(regime)[np.ix_(core, core)] * max(weeks, 1.0)
    scale = np.sqrt(np.diag(spread))
    values, vectors = np.linalg.eigh(spread / np.outer(scale, scale))
    start = vectors.T @ (moves[core] / scale)
    if not np.abs(start).max() > 0.0:
        hint = "Move at least one of them."
        raise InputError(Problem(None, "plausibility", "no core factor moves", f"a move of {', '.join(CORE)}", hint))
    shrunk = start / (1.0 + _root(start, values, distance_of(wanted) ** 2) / values)
    moved: np.ndarray = vectors @ shrunk * scale
    return moved


def _root(start: np.ndarray, values: np.ndarray, target: float) -> float:
    """k with sum(start^2 / values / (1 + k / values)^2) = target; the sum falls from minus the smallest value on."""

    def squared(k: float) -> float:
        return float(np.sum(start**2 * values / (values + k) ** 2))

    active = values[np.abs(start) > 1e-14 * np.abs(start).max()]
    low, high = -float(active.min()), 1.0
    while squared(high) > target:
        high *= 4.0
    for _ in range(STEPS):
        middle = (low + high) / 2.0
        low, high = (middle, high) if squared(middle) > target else (low, middle)
    return high
