"""Ordinary market moves: fat-tailed, correlated by regime and leader, accumulated over weeks.

A factor walks freely, returns to its level, or trends (memory.csv). With x the level and e the weekly variate,
    y_t = momentum y_{t-1} + sqrt(1 - momentum^2) e_t,    x_t = memory x_{t-1} + y_t,
where y starts in its own long-run law, so that every single week has the variance of the table.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np

from ..tables import factor_index, factor_names, parameter_table, read_table
from .moments import PACKAGE, Moments

#: Paths that are worked on at once: their normals stay in fast memory.
PATHS_AT_ONCE = 64


@dataclass(frozen=True)
class Accumulation:
    """How weekly noise adds up, each (F,): ``memory`` of the level, ``momentum`` of its weekly changes."""

    memory: np.ndarray
    momentum: np.ndarray

    @property
    def special(self) -> np.ndarray:
        """(F,) whether a factor does not walk freely."""
        return np.asarray((self.memory < 1.0) | (self.momentum > 0.0))

    def impulse(self, weeks: int, factor: int) -> np.ndarray:
        """(T,) effect of the variate of each week on the level of ``factor`` after ``weeks`` weeks."""
        memory, momentum = self.memory[factor], self.momentum[factor]
        answer, change = np.zeros(weeks), 1.0
        for lag in range(weeks):
            answer[lag] = (answer[lag - 1] * memory if lag else 0.0) + change
            change *= momentum
        weights = answer[::-1] * np.sqrt(1.0 - momentum**2)
        weights[0] = answer[-1]
        return weights


@cache
def accumulation() -> Accumulation:
    """The law of each factor, from memory.csv; factors without a row walk freely."""
    memory, momentum = np.ones(len(factor_names())), np.zeros(len(factor_names()))
    for row in read_table(PACKAGE, "memory.csv"):
        if row["factor"] in factor_index():
            where = factor_index()[row["factor"]]
            memory[where], momentum[where] = float(row["memory"]), float(row["momentum"])
    return Accumulation(memory, momentum)


def variates(paths: int, weeks: int, rng: np.random.Generator) -> np.ndarray:
    """(S, T, F) uncorrelated Student t variates of unit variance, single precision.

    One scale moves all factors of a week: extremes come together. Normals are drawn in double precision, which numpy
    does in two thirds of the time of single, and a few paths at a time, so that they stay in fast memory.
    """
    degrees = parameter_table()["noise_degrees"].value
    scale = np.sqrt((degrees - 2.0) / (2.0 * rng.standard_gamma(degrees / 2.0, (paths, weeks))))
    result = np.empty((paths, weeks, len(factor_names())), dtype=np.float32)
    for start in range(0, paths, PATHS_AT_ONCE):
        part = result[start : start + PATHS_AT_ONCE]
        normal = rng.standard_normal(part.shape)
        np.multiply(normal, scale[start : start + PATHS_AT_ONCE, :, None], out=part, casting="same_kind")
    return result


def both_regimes(normal: np.ndarray, leader: np.ndarray, moments: Moments, columns: np.ndarray) -> np.ndarray:
    """(S, T, 2, K) weekly noise of the factors in ``columns`` as it is in calm and as it is in turbulence.

    normal: (S, T, F) from ``variates``; leader: (S,) index into LEADERS.
    """
    result = np.empty((*normal.shape[:2], 2, len(columns)), dtype=np.float32)
    for which in np.unique(leader):
        roots = moments.roots[which][:, columns].reshape(-1, normal.shape[2])
        rows = np.flatnonzero(leader == which)
        for start in range(0, len(rows), PATHS_AT_ONCE):
            some = rows[start : start + PATHS_AT_ONCE]
            result[some] = (normal[some] @ roots.T).reshape(-1, normal.shape[1], 2, len(columns))
    return result


def in_regime(both: np.ndarray, turbulent: np.ndarray) -> np.ndarray:
    """(S, T, K) of ``both_regimes`` as the regime of each week picks."""
    return np.where(turbulent[:, :, None], both[:, :, 1], both[:, :, 0])


def noise_horizon(
    normal: np.ndarray, turbulent: np.ndarray, leader: np.ndarray, special: np.ndarray, moments: Moments
) -> np.ndarray:
    """Noise at the horizon without its path, (S, F).

    special: (S, T, K) weekly noise of the K factors that do not walk freely, in their order.
    """
    weights = np.stack([~turbulent, turbulent], axis=1).astype(np.float32)
    sums = np.matmul(weights, normal)
    result = np.empty((len(normal), normal.shape[2]), dtype=np.float32)
    for which in np.unique(leader):
        rows = leader == which
        calm, stressed = moments.roots[which]
        result[rows] = sums[rows, 0] @ calm.T + sums[rows, 1] @ stressed.T
    law = accumulation()
    for k, factor in enumerate(np.flatnonzero(law.special).tolist()):
        result[:, factor] = special[:, :, k] @ law.impulse(normal.shape[1], int(factor)).astype(np.float32)
    return result


def noise_paths(normal: np.ndarray, turbulent: np.ndarray, leader: np.ndarray, moments: Moments) -> np.ndarray:
    """Noise accumulated so far, (S, T, F): the law at the head of this module."""
    path = np.empty_like(normal)
    for which in np.unique(leader):
        rows = leader == which
        calm, stressed = moments.roots[which]
        weekly, inside = normal[rows] @ calm.T, turbulent[rows]
        weekly[inside] = normal[rows][inside] @ stressed.T
        path[rows] = weekly
    law = accumulation()
    momentum, memory = law.momentum.astype(np.float32), law.memory.astype(np.float32)
    fresh = np.sqrt(1.0 - momentum**2)
    change = path[:, 0].copy()
    for week in range(1, path.shape[1]):
        change = momentum * change + fresh * path[:, week]
        path[:, week] = memory * path[:, week - 1] + change
    return path


def entry_moves(
    begins: np.ndarray, usual: np.ndarray, leader: np.ndarray, odds: np.ndarray, moments: Moments
) -> np.ndarray:
    """(S, T, F) moves of the weeks in which turbulence begins, less what the baseline expects of them.

    begins: (S, T) bool; usual: (T,) its probability on the baseline; odds: (leader,) probability of each leader.
    """
    expected = np.outer(usual, odds @ moments.entry).astype(np.float32)
    return np.asarray(begins[:, :, None] * moments.entry[leader][:, None, :] - expected)


def entry_horizon(
    begins: np.ndarray, usual: np.ndarray, leader: np.ndarray, odds: np.ndarray, moments: Moments
) -> np.ndarray:
    """``entry_moves`` accumulated to the horizon, (S, F), without the weeks."""
    memory = accumulation().memory
    result = np.empty((len(begins), len(memory)))
    for kind in np.unique(memory):
        fading = kind ** np.arange(begins.shape[1])[::-1]
        columns = memory == kind
        often = begins @ fading
        result[:, columns] = often[:, None] * moments.entry[leader][:, columns]
        result[:, columns] -= float(usual @ fading) * (odds @ moments.entry[:, columns])
    return result
