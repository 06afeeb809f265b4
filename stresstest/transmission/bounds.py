"""Spreads and volatilities: their moves grow with their level, and none falls below its bound.

Weekly noise is scaled to today's level (``at_levels``). What it adds up to by some date, x, then becomes
    g(x - c),  g(x) = start (exp(x / start) - 1) above zero,  room (exp(x / room) - 1) below,
with room the distance from today's level to the bound: a logarithm on the way up, and one of what is left on the way
down, so that noise approaches the bound and never passes it; what the channels of a plan move is
added afterwards and can. Bending raises the mean; c, one number for each date, takes that
off exactly under the law of the noise, so that doing nothing still has no drift.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cache

import numpy as np

from ..tables import factor_index, read_table
from ..units import size_of
from .moments import PACKAGE, Moments
from .noise import accumulation, entry_moves

#: A noise smaller than this counts as none: a thousandth of a basis point.
SMALLEST = 1e-7
#: Newton steps for the correction at most; it converges in three or four, to a step of a hundred-thousandth of a bp.
STEPS, CLOSE_ENOUGH = 8, 1e-9


@dataclass(frozen=True)
class Bounds:
    """columns: (K,) factors that are bounded. start, room: (K,) today's level, and its distance to the bound, positive.

    shift: (T, K) the correction c of each date.
    """

    columns: np.ndarray
    start: np.ndarray
    room: np.ndarray
    shift: np.ndarray

    def bend(self, moves: np.ndarray, date: int | slice) -> np.ndarray:
        """Bounded moves; ``moves``: (S, K) of one date, or (S, T, K) of a slice of dates."""
        shift, start, room = (values.astype(moves.dtype) for values in (self.shift[date], self.start, self.room))
        return bend(moves - shift, start, room)


def bend(moves: np.ndarray, start: np.ndarray, room: np.ndarray) -> np.ndarray:
    """The map g, column by column."""
    size = np.where(moves < 0, room, start)
    return size * np.expm1(moves / size)


@cache
def _rows() -> tuple[dict[str, str], ...]:
    return tuple(read_table(PACKAGE, "bounds.csv"))


def scaled_by_level() -> tuple[str, ...]:
    """Factors whose levels are known and whose moves grow with them."""
    return tuple(row["factor"] for row in _rows() if row["scaled_as"] == row["factor"])


def start_levels(quotes: Mapping[str, float]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Bounded columns (K,), today's level, and its distance to the bound: never less than a tenth of the bound.

    quotes: starting levels by name, internal units.
    """
    columns, start, room = [], [], []
    for row in _rows():
        lowest = float(row["lowest"]) * size_of(row["unit"])
        level = max(_start(row, quotes), 1.1 * lowest)
        columns.append(factor_index()[row["factor"]])
        start.append(level)
        room.append(level - lowest)
    return np.array(columns), np.array(start), np.array(room)


def _start(row: Mapping[str, str], quotes: Mapping[str, float]) -> float:
    """Today's level: a quote of the factor's own name, else by the row: a number, a quote, or one less another."""
    if row["factor"] in quotes:
        return quotes[row["factor"]]
    first, _, second = row["start"].partition("-")
    if first in quotes:
        return quotes[first] - (quotes[second] if second else 0.0)
    return float(row["start"]) * size_of(row["unit"])


@cache
def log_moments() -> Mapping[str, Mapping[str, float]]:
    """Weekly changes in logarithms by factor: sd in calm and in stress, and mean of the entry (moments_log.csv)."""
    names = ("calm", "stress", "entry")
    return {row["factor"]: {key: float(row[key]) for key in names} for row in read_table(PACKAGE, "moments_log.csv")}


def at_levels(
    moments: Moments, quotes: Mapping[str, float], logs: Mapping[str, Mapping[str, float]] | None = None
) -> Moments:
    """Moments with the bounded factors scaled to today's levels: weekly changes in logarithms times the level.

    Correlations stay. The tables hold changes in points, whose size is that of the levels of the sample. logs: by
    default those of the package.
    """
    known = log_moments() if logs is None else logs
    columns, start, _ = start_levels(quotes)
    levels = {row["factor"]: level for row, level in zip(_rows(), start, strict=True)}
    roots, entry = moments.roots.copy(), moments.entry.copy()
    for row, column in zip(_rows(), columns, strict=True):
        changes, model = known[row["scaled_as"]], factor_index()[row["scaled_as"]]
        level = levels[row["scaled_as"]]
        for regime, name in enumerate(("calm", "stress")):
            size = float(np.linalg.norm(moments.roots[0, regime, model]))
            roots[:, regime, column] *= level * changes[name] / size if size else 0.0
        first = float(moments.entry[0, model])
        entry[:, column] *= level * changes["entry"] / first if first else 0.0
    return replace(moments, roots=roots, entry=entry)


def make_bounds(
    quotes: Mapping[str, float], turbulent: np.ndarray, usual: np.ndarray, leader: np.ndarray, odds: np.ndarray,
    moments: Moments, begun: bool = False,
) -> Bounds:  # fmt: skip
    """Bounds whose shift is found on the regimes of a sample of baseline paths.

    turbulent: (R, T) bool; usual: (T,) probability that turbulence begins; leader: (R,); odds: (leader,). begun:
    whether paths start in turbulence.
    """
    columns, start, room = start_levels(quotes)
    mean, spread = _law(columns, turbulent, begun, usual, leader, odds, moments)
    return Bounds(columns, start, room, centring_shift(mean, spread, start, room))


def centring_shift(mean: np.ndarray, spread: np.ndarray, start: np.ndarray, room: np.ndarray) -> np.ndarray:
    """The shift after which bent moves have mean zero. mean, spread: (R, ...) of normal moves given the regimes."""
    shift = np.zeros(mean.shape[1:])
    for _ in range(STEPS):
        value, slope = _expected(mean - shift, spread, start, room)
        shift += value / slope
        if np.abs(value).max(initial=0.0) < CLOSE_ENOUGH:
            break
    return shift


def unbend(moves: np.ndarray, start: np.ndarray, room: np.ndarray) -> np.ndarray:
    """The inverse of ``bend``; NaN for moves past the bound."""
    size = np.where(moves < 0, room, start)
    inside = moves > -size
    return np.where(inside, size * np.log1p(np.where(inside, moves, 0.0) / size), np.nan)


def _law(
    columns: np.ndarray, turbulent: np.ndarray, begun: bool, usual: np.ndarray, leader: np.ndarray, odds: np.ndarray,
    moments: Moments,
) -> tuple[np.ndarray, np.ndarray]:  # fmt: skip
    """Mean and standard deviation, each (R, T, K), of the noise of each date given the regimes of each path."""
    paths, weeks = turbulent.shape
    begins = turbulent & ~np.concatenate([np.full((paths, 1), begun), turbulent[:, :-1]], axis=1)
    entries = entry_moves(begins, usual, leader, odds, moments.entry[:, columns]).transpose(1, 0, 2).astype(float)
    variance = (moments.roots[leader][:, :, columns].astype(float) ** 2).sum(axis=3)
    weekly = np.where(turbulent[:, :, None], variance[:, None, 1], variance[:, None, 0])
    weekly *= moments.scales(weeks)[:, columns] ** 2
    law = accumulation()
    mean, squares = np.empty_like(entries), np.empty_like(entries)
    for k, factor in enumerate(columns):
        fade, answer = np.zeros((weeks, weeks)), np.zeros((weeks, weeks))
        for date in range(weeks):
            fade[: date + 1, date] = law.memory[factor] ** np.arange(date + 1)[::-1]
            answer[: date + 1, date] = law.impulse(date + 1, factor)
        mean[:, :, k], squares[:, :, k] = entries[:, :, k] @ fade, weekly[:, :, k] @ answer**2
    return mean, np.sqrt(squares)


def _expected(
    mean: np.ndarray, spread: np.ndarray, start: np.ndarray, room: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Expected bent move of each date, (T, K), and minus its slope in the shift, over paths (R, T, K) of normals."""
    from scipy.special import ndtr

    sd = np.maximum(spread, SMALLEST)
    below, above = (
        np.exp(mean / size + 0.5 * (sd / size) ** 2) * ndtr(sign * (mean / sd + sd / size))
        for size, sign in ((room, -1.0), (start, 1.0))
    )
    rises = ndtr(mean / sd)
    value = room * (below - (1.0 - rises)) + start * (above - rises)
    return value.mean(axis=0), (below + above).mean(axis=0)
