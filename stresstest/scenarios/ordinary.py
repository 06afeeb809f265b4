"""Weekly paths of what is not the plan's: ordinary moves and the falls with which turbulence begins."""

from __future__ import annotations

import numpy as np

from ..transmission.noise import accumulate, accumulation, add_entries, entry_moves, weekly_noise
from .chance import Chance
from .world import World, begins

#: Channels after those of the plan: the falls with which turbulence begins, and ordinary moves.
TURBULENCE, MARKET = "turbulence", "market"
#: Paths that are worked on at once: their weeks stay in fast memory.
PATHS_AT_ONCE = 64


def add_ordinary(paths: np.ndarray, world: World, chance: Chance, turbulent: np.ndarray, special: np.ndarray) -> None:
    """Add noise and falls accumulated so far, bent at the bounds, to ``paths`` (S, T, F).

    turbulent: (S, T). special: (S, T, K) weekly noise of the factors that do not walk freely.
    """
    rng = np.random.Generator(np.random.SFC64(chance.variates.seed))
    levels, where = _special_levels(world, chance, turbulent, special), np.flatnonzero(accumulation().special)
    columns = world.bounds.columns
    for start in range(0, len(paths), PATHS_AT_ONCE):
        rows = slice(start, start + PATHS_AT_ONCE)
        level = _walk(world, chance, turbulent, rows, rng)
        level[:, :, where] = levels[:, rows]
        level = level.transpose(1, 0, 2)
        if MARKET in world.channels:
            level[:, :, columns] = world.bounds.bend(level[:, :, columns], slice(None))
        paths[rows] += level


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


def _walk(world: World, chance: Chance, turbulent: np.ndarray, rows: slice, rng: np.random.Generator) -> np.ndarray:
    """(T, S, F) sums so far of noise and falls of some paths; the rows must come in order, as ``rng`` is one stream."""
    inside, leader, law = turbulent[rows], chance.leader[rows], world.setting.noise
    if MARKET in world.channels:
        level = weekly_noise(chance.variates.rows(rows), inside, leader, law, rng)
    else:
        level = np.zeros((*inside.T.shape, len(law.shape_of)), dtype=np.float32)
    if TURBULENCE in world.channels:
        entry = world.setting.moments.entry
        starts = begins(inside, world.setting.turbulent)
        add_entries(level, starts, world.usual.entering, leader, world.odds, entry)
    for week in range(1, len(level)):
        level[week] += level[week - 1]
    return level
