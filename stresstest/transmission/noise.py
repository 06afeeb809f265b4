"""Ordinary market moves: fat-tailed, correlated by regime and leader, accumulated over weeks.

A factor walks freely, returns to its level, or trends (memory.csv). With x the level and e the weekly variate,
    y_t = momentum y_{t-1} + sqrt(1 - momentum^2) e_t,    x_t = memory x_{t-1} + y_t,
where y starts in its own long-run law, so that every single week has the variance of the table. The roots are turned
triangular, so that the factors that are looked at by week come first and need no variates but their own.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np

from ..tables import factor_index, factor_names, read_table
from .moments import PACKAGE, RATES, SHARES, Moments
from .variates import (
    Sums,
    Variates,
    draw_variates,
    give_coordinates,
    lower_root,
    standard_normals,
    weekly_scales,
)

#: Factors that the committee watches, and those from which the links between markets start: noise by week.
LEADING = (*RATES, SHARES, "mortgage_spread")
#: A factor whose root is this small beside the largest has no noise: what is there is rounding.
NO_NOISE = 1e-9
#: A shape this small beside the largest is the rounding of the others.
SAME_SHAPE = 1e-6


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

    def levels(self, weeks: int, factor: int) -> tuple[np.ndarray, np.ndarray]:
        """What turns rows of weeks into rows of levels so far, (T, T), single precision: of noise, and of falls.

        Falls fade as the level does and bring no trend.
        """
        noise, falls = np.zeros((weeks, weeks)), np.zeros((weeks, weeks))
        for date in range(weeks):
            noise[: date + 1, date] = self.impulse(date + 1, factor)
            falls[: date + 1, date] = self.memory[factor] ** np.arange(date + 1)[::-1]
        return noise.astype(np.float32), falls.astype(np.float32)


@cache
def accumulation() -> Accumulation:
    """The law of each factor, from memory.csv; factors without a row walk freely."""
    memory, momentum = np.ones(len(factor_names())), np.zeros(len(factor_names()))
    for row in read_table(PACKAGE, "memory.csv"):
        if row["factor"] in factor_index():
            where = factor_index()[row["factor"]]
            memory[where], momentum[where] = float(row["memory"]), float(row["momentum"])
    return Accumulation(memory, momentum)


@cache
def weekly_factors() -> np.ndarray:
    """(C,) columns of the factors whose noise is known by week: those that lead, and those that do not walk freely."""
    leading = [factor_index()[name] for name in LEADING]
    special = np.flatnonzero(accumulation().special)
    return np.array([*leading, *(column for column in special if column not in leading)])


@dataclass(frozen=True)
class NoiseLaw:
    """Moments made ready for a number of weeks T; single precision.

    roots: (leader, regime, F, F), the variates of ``weekly_factors`` first; a row of one of those is zero beyond them.
    scales: (T, F) what the moments multiply noise by; mix: (K, G) its different columns, as sums of orthogonal shapes
    (G, T); mix_of: (F,) which of them a factor has.
    """

    roots: np.ndarray
    scales: np.ndarray
    shapes: np.ndarray
    mix: np.ndarray
    mix_of: np.ndarray

    def draw(self, paths: int, stream: np.random.SeedSequence) -> Variates:
        """The variates of a block of paths."""
        weeks, factors = self.scales.shape
        by_week, shapes = len(weekly_factors()), len(self.shapes)
        return draw_variates(paths, weeks, factors, by_week=by_week, shapes=shapes, stream=stream)

    def sums(self, drawn: Variates, turbulent: np.ndarray) -> Sums:
        """What the horizon needs of the weeks of a block, whose regimes ``turbulent`` (S, T) are known."""
        return Sums.of(drawn.scale, turbulent, self.shapes)

    def scaled(self, noise: np.ndarray, columns: np.ndarray | slice = slice(None)) -> np.ndarray:
        """``noise`` (S, T, K) of some factors times their scales, in place."""
        scales = self.scales[:, columns]
        if (scales != 1.0).any():
            noise *= scales
        return noise


def noise_law(moments: Moments, weeks: int) -> NoiseLaw:
    """The law of the noise over ``weeks`` weeks."""
    scales = moments.scales(weeks).astype(np.float32)
    columns, mix_of = np.unique(scales, axis=1, return_inverse=True)
    shapes, mix = orthogonal_shapes(columns.T)
    first = weekly_factors()
    order = np.concatenate([first, np.setdiff1d(np.arange(scales.shape[1]), first)])
    return NoiseLaw(_triangular(moments.roots, order), scales, shapes, mix, mix_of.reshape(-1))


def orthogonal_shapes(columns: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Shapes (G, T), single precision, and the mix (K, G) of them that makes ``columns`` (K, T).

    Columns of a few weeks are nearly alike; sums weighted by them would be told apart by their rounding.
    """
    left, size, right = np.linalg.svd(columns.astype(float), full_matrices=False)
    largest = np.abs(right).argmax(axis=1)
    sign = np.sign(right[np.arange(len(right)), largest])  # else the library would choose it
    kept, weeks = size > SAME_SHAPE * size[0], np.sqrt(columns.shape[1])
    return (right * sign[:, None])[kept].astype(np.float32) * np.float32(weeks), (left * size * sign)[:, kept] / weeks


def _triangular(roots: np.ndarray, order: np.ndarray) -> np.ndarray:
    """Roots (..., F, F) of the same covariances, of which factor number k in ``order`` uses the first k variates only.

    The links between markets turn from the leading factors to others, so calm, turbulent and turned roots agree on
    which variates are whose, and common random numbers stay common. A factor without noise has a row of zeros and takes
    no variate: what rounding leaves of it must not choose a direction.
    """
    rows = roots[..., order, :].astype(float)
    size = np.abs(rows).max(axis=-1, keepdims=True)
    rows = np.where(size > NO_NOISE * size.max(), rows, 0.0)
    covariance = (rows @ np.swapaxes(rows, -1, -2)).reshape(-1, *rows.shape[-2:])
    result = np.empty(roots.shape, dtype=np.float32)
    result[..., order, :] = lower_root(covariance).reshape(rows.shape)
    return result


def variates(paths: int, weeks: int, rng: np.random.Generator) -> np.ndarray:
    """(S, T, F) uncorrelated Student t variates of unit variance, single precision.

    One scale moves all factors of a week: extremes come together.
    """
    scale = weekly_scales(paths, weeks, rng)
    result = standard_normals((paths, weeks, len(factor_names())), rng)
    result *= scale[:, :, None]
    return result


def both_regimes(drawn: Variates, leader: np.ndarray, law: NoiseLaw, columns: np.ndarray) -> np.ndarray:
    """(S, T, 2, K) weekly noise of some of ``weekly_factors`` as it is in calm and as it is in turbulence.

    leader: (S,) index into LEADERS. columns: (K,) of the factors.
    """
    paths, weeks, known = drawn.weekly.shape
    result = np.empty((paths, weeks, 2, len(columns)), dtype=np.float32)
    for which in np.unique(leader):
        roots = law.roots[which][:, columns, :known].reshape(-1, known)
        rows = np.flatnonzero(leader == which)
        moved = drawn.weekly[rows].reshape(-1, known) @ roots.T
        result[rows] = moved.reshape(len(rows), weeks, 2, len(columns))
    if (law.scales[:, columns] != 1.0).any():
        result *= law.scales[:, None, columns]
    return result


def special_noise(drawn: Variates, turbulent: np.ndarray, leader: np.ndarray, law: NoiseLaw) -> np.ndarray:
    """(S, T, K) weekly noise of the K factors that do not walk freely, in their order, in the regime of each week."""
    columns = np.flatnonzero(accumulation().special)
    roots = law.roots[:, :, columns, : drawn.weekly.shape[2]]
    return law.scaled(_through(drawn.weekly, turbulent, leader, roots), columns)


def _through(variates: np.ndarray, turbulent: np.ndarray, leader: np.ndarray, roots: np.ndarray) -> np.ndarray:
    """(S, T, K) weekly ``variates`` (S, T, C) through the root of the regime and leader; roots: (leader, regime, K, C).

    All weeks go through the root of calm, and the turbulent ones, which are fewer, once more through theirs.
    """
    result = np.empty((*turbulent.shape, roots.shape[2]), dtype=np.float32)
    for which in np.unique(leader):
        rows = np.flatnonzero(leader == which)
        result[rows] = _led(variates[rows], turbulent[rows], roots[which])
    return result


def _led(variates: np.ndarray, turbulent: np.ndarray, roots: np.ndarray) -> np.ndarray:
    """``_through`` for one leader; roots: (regime, K, C)."""
    calm, stressed = roots
    every, within = variates.reshape(-1, variates.shape[2]), np.flatnonzero(turbulent)
    moved = every @ calm.T
    moved[within] = every[within] @ stressed.T
    return moved.reshape(*turbulent.shape, -1)


def noise_horizon(drawn: Variates, sums: Sums, leader: np.ndarray, special: np.ndarray, law: NoiseLaw) -> np.ndarray:
    """Noise at the horizon without its path, (S, F), paths next to each other in memory.

    sums: ``law.sums`` of the block. special: ``special_noise``, (S, T, K).
    """
    by_week = sums.weights @ drawn.weekly
    others = sums.root.astype(np.float32) @ drawn.coordinates
    both = np.concatenate([by_week, others], axis=2)
    result = np.empty((both.shape[2], len(both)), dtype=np.float32)
    for which in np.unique(leader):
        rows = np.flatnonzero(leader == which)
        calm, stressed = law.roots[which]
        for number, mix in enumerate(law.mix.astype(np.float32)):
            columns = np.flatnonzero(law.mix_of == number)
            everywhere, within = (np.einsum("g,sgf->sf", mix, part) for part in np.split(both[rows], 2, axis=1))
            moved = calm[columns] @ everywhere.T + (stressed - calm)[columns] @ within.T
            result[np.ix_(columns, rows)] = moved
    memory = accumulation()
    for k, factor in enumerate(np.flatnonzero(memory.special).tolist()):
        result[factor] = special[:, :, k] @ memory.impulse(special.shape[1], factor).astype(np.float32)
    return result.T


def weekly_noise(
    drawn: Variates, turbulent: np.ndarray, directions: np.ndarray, leader: np.ndarray, law: NoiseLaw,
    rng: np.random.Generator,
) -> np.ndarray:  # fmt: skip
    """Noise of every factor and week, (S, T, F), with the sums that the horizon has.

    directions: of these sums (``Sums.directions``). rng: what the weeks that the horizon does not need are drawn from.
    """
    paths, weeks, known = drawn.weekly.shape
    others = standard_normals((paths, weeks, len(law.mix_of) - known), rng)
    give_coordinates(others, drawn.coordinates, directions)
    every = np.empty((paths, weeks, len(law.mix_of)), dtype=np.float32)
    every[:, :, :known] = drawn.weekly
    np.multiply(others, drawn.scale[:, :, None], out=every[:, :, known:])
    return law.scaled(_through(every, turbulent, leader, law.roots))


def entry_moves(
    begins: np.ndarray, usual: np.ndarray, leader: np.ndarray, odds: np.ndarray, entry: np.ndarray
) -> np.ndarray:
    """(T, S, K) moves of the weeks in which turbulence begins, less what the baseline expects of them.

    begins: (S, T) bool; usual: (T,) its probability on the baseline; odds: (leader,) probability of each leader; entry:
    (leader, K) of the moments, for some of the factors.
    """
    falls = np.zeros((*begins.T.shape, entry.shape[1]), dtype=np.float32)
    add_entries(falls.transpose(1, 0, 2), begins, usual, leader, odds, entry)
    return falls


def add_entries(
    weekly: np.ndarray, begins: np.ndarray, usual: np.ndarray, leader: np.ndarray, odds: np.ndarray, entry: np.ndarray
) -> None:
    """``entry_moves`` added to ``weekly`` (S, T, K)."""
    weekly -= np.outer(usual, odds @ entry).astype(np.float32)
    path, week = np.nonzero(begins)
    weekly[path, week] += entry[leader[path]]


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
