"""Weekly paths of what is not the plan's: ordinary moves and the falls with which turbulence begins."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cache

import numpy as np

from ..transmission.noise import accumulation, add_entries, weekly_noise
from ..transmission.variates import Sums
from .chance import Chance
from .world import World, begins

#: Channels after those of the plan: the falls with which turbulence begins, and ordinary moves.
TURBULENCE, MARKET = "turbulence", "market"
#: Paths that are worked on at once: their weeks stay in fast memory.
PATHS_AT_ONCE = 125


def ordinary_levels(
    world: World, chance: Chance, turbulent: np.ndarray, sums: Sums
) -> Iterator[tuple[slice, np.ndarray]]:
    """Noise and falls accumulated so far, bent at the bounds: some paths at a time, and their levels (P, T, F).

    turbulent: (S, T). sums: of the noise. Weeks add up by products with (T, T) maps, all weeks at once: a loop over
    them takes many short steps, in which threads wait for each other.
    """
    rng = np.random.Generator(np.random.SFC64(chance.variates.seed))
    columns, starts = world.bounds.columns, begins(turbulent, world.setting.turbulent)
    laws = _laws(turbulent.shape[1])
    for start in range(0, len(turbulent), PATHS_AT_ONCE):
        rows = slice(start, min(start + PATHS_AT_ONCE, len(turbulent)))
        level = _weekly(world, chance, turbulent, sums, rows, rng)
        special = {k: level[:, :, k] @ of_noise for k, (of_noise, _) in laws.items()}
        if TURBULENCE in world.channels:
            _add_falls(world, starts[rows], chance.leader[rows], level)
            falls = np.zeros((*level.shape[:2], len(laws)), dtype=np.float32)
            _add_falls(world, starts[rows], chance.leader[rows], falls, list(laws))
            special = {k: special[k] + falls[:, :, i] @ laws[k][1] for i, k in enumerate(laws)}
        level = np.tri(level.shape[1], dtype=np.float32) @ level
        for k, values in special.items():
            level[:, :, k] = values
        if MARKET in world.channels:
            level[:, :, columns] = world.bounds.bend(level[:, :, columns], slice(None))
        yield rows, level


@cache
def _laws(weeks: int) -> dict[int, tuple[np.ndarray, np.ndarray]]:
    """How weeks of noise and of falls add up, by factor, of those that do not walk freely."""
    law = accumulation()
    return {factor: law.levels(weeks, factor) for factor in np.flatnonzero(law.special).tolist()}


def _add_falls(
    world: World, begins: np.ndarray, leader: np.ndarray, weekly: np.ndarray, columns: Sequence[int] | None = None
) -> None:
    """Add to ``weekly`` (P, T, K) the moves with which turbulence begins, of some factors or of all."""
    entry = world.setting.moments.entry if columns is None else world.setting.moments.entry[:, columns]
    add_entries(weekly, begins, world.usual.entering, leader, world.odds, entry)


def _weekly(
    world: World, chance: Chance, turbulent: np.ndarray, sums: Sums, rows: slice, rng: np.random.Generator
) -> np.ndarray:
    """(P, T, F) noise by week of some paths; the rows must come in order, as ``rng`` is one stream."""
    law, inside = world.setting.noise, turbulent[rows]
    if MARKET in world.channels:
        drawn, directions = chance.variates.rows(rows), sums.directions(chance.variates.scale, rows)
        return weekly_noise(drawn, inside, directions, chance.leader[rows], law, rng)
    return np.zeros((*inside.shape, len(law.mix_of)), dtype=np.float32)
