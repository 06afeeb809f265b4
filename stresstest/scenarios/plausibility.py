"""How far out a set of factor moves lies: Mahalanobis distance under the law of moves over the horizon."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from ..errors import InputError, Problem
from ..tables import factor_index
from .horizon import CORE, Law, horizon_law
from .levels import factor_levels

#: Bisection steps of the secular equation: the width halves with each.
STEPS = 200


def core_columns() -> list[int]:
    """Columns of the core factors."""
    return [factor_index()[name] for name in CORE]


def mahalanobis(
    moves: np.ndarray, weeks: float, regime: str = "stress", levels: Mapping[str, float] | None = None
) -> float:
    """Distance of the core factors of ``moves`` (F,) over ``weeks`` weeks, in standard deviations.

    levels: of factors today, by default those that ship with the package.
    """
    return _distance(moves, law_of(weeks, regime, levels))


def plausibility(
    moves: np.ndarray, weeks: float, regime: str = "stress", levels: Mapping[str, float] | None = None
) -> float:
    """Probability that ``weeks`` weeks of ``regime`` bring moves at least as far out, judged by the core factors.

    moves: (F,); levels as in ``mahalanobis``. The squared distance over the number of core factors, in units of a
    Student t, against the F law with as many degrees of freedom as core factors and as the tails have.
    """
    law = law_of(weeks, regime, levels)
    return tail(_distance(moves, law), law.degrees, len(CORE))


def tail(distance: float, degrees: float, dimensions: int) -> float:
    """Probability that a Student t of so many ``dimensions``, unit variance in each, lies beyond ``distance``."""
    from scipy.special import betainc

    squared = distance**2 * degrees / (degrees - 2.0)
    return float(betainc(degrees / 2.0, dimensions / 2.0, degrees / (degrees + squared)))


def distance_of(probability: float, degrees: float) -> float:
    """Mahalanobis distance of the core factors beyond which lies ``probability``."""
    from scipy.special import betaincinv

    inside = betaincinv(degrees / 2.0, len(CORE) / 2.0, probability)
    return float(np.sqrt((degrees - 2.0) * (1.0 - inside) / inside))


def law_of(weeks: float, regime: str, levels: Mapping[str, float] | None = None) -> Law:
    """The law of moves over ``weeks`` weeks from ``levels``, by default those that ship with the package."""
    return horizon_law(regime, weeks, factor_levels(None) if levels is None else levels)


def at_plausibility(
    moves: np.ndarray, weeks: float, wanted: float, regime: str = "stress", levels: Mapping[str, float] | None = None
) -> np.ndarray:
    """(F,) ``moves`` (F,) with the core factors changed as little as makes their plausibility ``wanted``.

    Least in standard deviations of straight moves: min |(x - x0) / sd|^2 with x' V^-1 x = d^2. The minimum is
    x = (1 + k C^-1)^-1 x0 in standardised units, C the correlation matrix, k the root of the one equation that is left;
    k > 0 draws a scenario in, -smallest eigenvalue < k < 0 pushes it out. Moves at odds with the correlations change
    most.

    Raises InputError for a plausibility that is not inside (0, 1), and where all core factors stand still.
    """
    if not 0.0 < wanted < 1.0:
        hint = "0.05 is one in twenty."
        raise InputError(Problem(None, "plausibility", str(wanted), "a probability between 0 and 1", hint))
    core, law = core_columns(), law_of(weeks, regime, levels)
    spread = law.covariance[np.ix_(core, core)]
    scale = np.sqrt(np.diag(spread))
    values, vectors = np.linalg.eigh(spread / np.outer(scale, scale))
    straight = law.straighten(moves)
    start = vectors.T @ (straight[core] / scale)
    if not np.abs(start).max() > 0.0:
        hint = "Move at least one of them."
        raise InputError(Problem(None, "plausibility", "no core factor moves", f"a move of {', '.join(CORE)}", hint))
    shrunk = start / (1.0 + _root(start, values, distance_of(wanted, law.degrees) ** 2) / values)
    straight[core] = vectors @ shrunk * scale
    result = np.array(moves, dtype=float)
    result[core] = law.bend(straight)[core]
    return result


def _distance(moves: np.ndarray, law: Law) -> float:
    core = core_columns()
    straight = law.straighten(moves)[core]
    return float(np.sqrt(straight @ np.linalg.solve(law.covariance[np.ix_(core, core)], straight)))


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
