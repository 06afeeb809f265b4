"""Entropy pooling: the weights of paths that meet views and stay as close as they can to equal ones.

Minimise sum p ln(p / q) subject to F p = b and G p <= h (Meucci, 2008). The dual has one variable for each view:
minimise ln sum q exp(-x . l) + b . l, free for equalities and not negative for upper bounds; it is smooth and convex,
its gradient is b less the mean of x under p, and its Hessian the covariance of x under p.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

#: Largest dual step of one Newton iteration, in standardised units, and the number of iterations.
LONGEST_STEP = 5.0
ITERATIONS = 200
#: Armijo fraction of the decrease that a step must bring, and the gradient at which the search ends.
ARMIJO = 1e-4
SMALL_GRADIENT = 1e-11
#: Curvature below this share of the largest is none.
FLAT = 1e-11
#: One path carries all the weight: no further step can meet what this one misses.
ALONE = 1.0 - 1e-9


@dataclass(frozen=True)
class Constraints:
    """What weights shall meet: means of ``features`` (S, K) equal to ``target`` (K,), or at most it.

    upper: (K,) bool, True for "at most"; an "at least" is the "at most" of the negative.
    """

    features: np.ndarray
    target: np.ndarray
    upper: np.ndarray


@dataclass(frozen=True)
class Pooled:
    """Weights (S,), the dual (K,), residuals (K,) in standard deviations of the features; positive is a miss."""

    probability: np.ndarray
    dual: np.ndarray
    residual: np.ndarray

    @property
    def effective(self) -> float:
        """Effective number of paths: the exponential of the entropy of the weights."""
        positive = self.probability[self.probability > 0]
        return float(np.exp(-np.sum(positive * np.log(positive))))


def pool(prior: np.ndarray, constraints: Constraints) -> Pooled:
    """Projected Newton on the dual, in standardised features. prior: (S,), sums to one.

    It always returns; whether the views are met is in ``residual``, because views that no weights meet drive the dual
    to infinity.
    """
    centre = prior @ constraints.features
    spread = np.sqrt(prior @ (constraints.features - centre) ** 2)
    scale = np.where(spread > 0.0, spread, 1.0)  # what does not move cannot be weighted; its residual says so
    x, b = (constraints.features - centre) / scale, (constraints.target - centre) / scale
    dual, upper = np.zeros(len(b)), constraints.upper
    value, p = _dual(dual, x, b, prior)
    for _ in range(ITERATIONS):
        gradient = b - p @ x
        held = upper & (dual <= 0.0) & (gradient > 0.0)
        free = ~held
        if not free.any() or np.abs(gradient[free]).max() < SMALL_GRADIENT or p.max() > ALONE:
            break
        step = _newton(x[:, free], p, gradient[free])
        moved = _search(dual, free, step, gradient, value, (x, b, prior, upper))
        if moved is None:
            break
        dual, value, p = moved
    gap = p @ x - b
    return Pooled(p, dual / scale, np.where(upper, np.maximum(gap, 0.0), np.abs(gap)))


def _dual(dual: np.ndarray, x: np.ndarray, b: np.ndarray, prior: np.ndarray) -> tuple[float, np.ndarray]:
    """Value of the dual and the weights that belong to it."""
    exponent = -(x @ dual)
    top = exponent.max()
    weight = prior * np.exp(exponent - top)
    total = weight.sum()
    return float(np.log(total) + top + b @ dual), weight / total


def _newton(x: np.ndarray, p: np.ndarray, gradient: np.ndarray) -> np.ndarray:
    """Descent step: minus the pseudo-inverse of the covariance under ``p`` times the gradient, cut to a bounded length.

    Features that are copies of others, as held means are of views on them, leave directions without curvature: those
    are not followed.
    """
    centred = x - p @ x
    values, vectors = np.linalg.eigh((centred * p[:, None]).T @ centred)
    curved = values > FLAT * max(float(values[-1]), FLAT)
    inside = vectors[:, curved]
    step: np.ndarray = -inside @ ((inside.T @ gradient) / values[curved])
    longest = np.abs(step).max()
    return step if longest <= LONGEST_STEP else step * (LONGEST_STEP / longest)


def _search(
    dual: np.ndarray,
    free: np.ndarray,
    step: np.ndarray,
    gradient: np.ndarray,
    value: float,
    problem: tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray],
) -> tuple[np.ndarray, float, np.ndarray] | None:
    """Halve the step until the dual falls enough; None when it cannot fall any more."""
    x, b, prior, upper = problem
    length = 1.0
    while length > 1e-12:
        trial = dual.copy()
        trial[free] += length * step
        trial = np.where(upper, np.maximum(trial, 0.0), trial)
        new_value, p = _dual(trial, x, b, prior)
        if new_value <= value + ARMIJO * float(gradient @ (trial - dual)) and not np.array_equal(trial, dual):
            return trial, new_value, p
        length /= 2.0
    return None
