"""Weekly paths of what is not the plan's: ordinary moves and the falls with which turbulence begins."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from ..transmission.noise import accumulate, accumulation, add_entries, entry_moves, weekly_noise
from ..transmission.variates import Sums
from .chance import Chance
from .world import World, begins

#: Channels after those of the plan: the falls with which turbulence begins, and ordinary moves.
TURBULENCE, MARKET = "turbulence", "market"
#: Paths that are worked on at once: their weeks stay in fast memory.
PATHS_AT_ONCE = 125


def ordinary_levels(
    world: World, chance: Chance, turbulent: np.ndarray, special: np.ndarray, sums: Sums
) -> Iterator[tuple[slice, np.ndarray]]:
    """Noise and falls accumulated so far, bent at the bounds: some paths (P,) at a time, and their levels (P, T, F).

    turbulent: (S, T). special: (S, T, K) weekly noise of the factors that do not walk freely. sums: of the noise.
    """
    rng = np.random.Generator(np.random.SFC64(chance.variates.seed))
    levels, where = _special_levels(world, chance, turbulent, special), np.flatnonzero(accumulation().special)
    columns, starts = world.bounds.columns, begins(turbulent, world.setting.turbulent)
    for start in range(0, len(turbulent), PATHS_AT_ONCE):
        rows = slice(start, min(start + PATHS_AT_ONCE, len(turbulent)))
        level = _weekly(world, chance, turbulent, sums, rows, rng)
        if TURBULENCE in world.channels:
            entry = world.setting.moments.entry
            add_entries(level, starts[rows], world.usual.entering, chance.leader[rows], world.odds, entry)
        for week in range(1, level.shape[1]):
            level[:, week] += level[:, week - 1]
        level[:, :, where] = levels[:, rows].transpose(1, 0, 2)
        if MARKET in world.channels:
            level[:, :, columns] = world.bounds.bend(level[:, :, columns], slice(None))
        yield rows, level


def _special_levels(world: World, chance: Chance, turbulent: np.ndarray, special: np.ndarray) -> np.ndarray:
    """(T, S, K) levels so far of the factors that do not walk freely."""
    law = accumulation()
    weekly = np.ascontiguousarray(special.transpose(1, 0, 2))
    if MARKET not in world.channels:
        weekly[:] = 0.0
    falls = np.zeros_like(weekly)
    if TURBULENCE in world.channels:
        entry = world.setting.moments.entry[:, law.special]
        starts = begins(turbulent, world.setting.turbulent)
        falls = entry_moves(starts, world.usual.entering, chance.leader, world.odds, entry)
    return accumulate(weekly, falls, law.memory[law.special], law.momentum[law.special])


def _weekly(
    world: World, chance: Chance, turbulent: np.ndarray, sums: Sums, rows: slice, rng: np.random.Generator
) -> np.ndarray:
    """(P, T, F) noise by week of some paths; the rows must come in order, as ``rng`` is one stream."""
    law, inside = world.setting.noise, turbulent[rows]
    if MARKET in world.channels:
        return weekly_noise(chance.variates.rows(rows), inside, sums.rows(rows), chance.leader[rows], law, rng)
    return np.zeros((*inside.shape, len(law.shape_of)), dtype=np.float32)
