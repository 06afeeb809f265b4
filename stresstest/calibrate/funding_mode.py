"""Estimation by a penalised quasi-likelihood: the mode, and errors that hold under autocorrelation and outliers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from ..exposures.posterior import newey_west

#: Steps of the difference quotients, relative to the prior's standard deviation.
STEP = 1e-4


@dataclass(frozen=True)
class Mode:
    """Estimate (K,) and covariance (K, K) of its error."""

    values: np.ndarray
    covariance: np.ndarray

    @property
    def errors(self) -> np.ndarray:
        """Standard errors (K,)."""
        return np.sqrt(np.diag(self.covariance))


def posterior_mode(
    contributions: Callable[[np.ndarray], np.ndarray], mean: np.ndarray, sd: np.ndarray, lags: int
) -> Mode:
    """Maximise the sum of log-likelihood ``contributions`` (K,) -> (n,) plus a normal prior.

    The covariance is bread x (score covariance + prior precision) x bread; scores are summed with Newey-West weights
    over ``lags``, so neither normal nor independent errors are assumed. The search runs in units of the prior's sd.
    """
    from scipy.optimize import minimize

    def penalised(z: np.ndarray) -> float:
        return float(0.5 * z @ z - contributions(mean + sd * z).sum())

    found = minimize(penalised, np.zeros(len(mean)), method="BFGS").x
    scores = _gradients(lambda z: contributions(mean + sd * z), found)
    curvature = -_gradients(lambda z: _gradients(lambda y: contributions(mean + sd * y), z).sum(axis=0), found)
    identity = np.eye(len(mean))
    bread = np.linalg.inv(_positive(0.5 * (curvature + curvature.T)) + identity)
    covariance = bread @ (newey_west(scores[None], lags)[0] + identity) @ bread
    return Mode(mean + sd * found, covariance * np.outer(sd, sd))


def _gradients(function: Callable[[np.ndarray], np.ndarray], at: np.ndarray) -> np.ndarray:
    """(n, K) central differences of a function (K,) -> (n,)."""
    columns = []
    for k in range(len(at)):
        step = np.zeros(len(at))
        step[k] = STEP
        columns.append((function(at + step) - function(at - step)) / (2.0 * STEP))
    return np.stack(columns, axis=-1)


def _positive(matrix: np.ndarray) -> np.ndarray:
    """The nearest positive semidefinite matrix: a kink of the Huber loss may leave a curvature slightly negative."""
    values, vectors = np.linalg.eigh(matrix)
    return np.asarray((vectors * np.maximum(values, 0.0)) @ vectors.T)


def huber(residual: np.ndarray, bound: float, scale: float) -> np.ndarray:
    """Log-likelihood of residuals that are normal with sd ``scale`` inside ``bound`` and Laplace beyond."""
    size = np.abs(residual)
    return np.asarray(-np.where(size <= bound, 0.5 * size**2, bound * size - 0.5 * bound**2) / scale**2)
