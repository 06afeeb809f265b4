"""Blocks of paths put into one record as they arrive, so that no path is held twice."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from ..plumbing.recorder import Plumbing
from ..plumbing.room import Columns, Room
from ..plumbing.together import averaged, mean_path, whole
from .block import Block
from .gathered import Gathered

#: A path counts as turbulent when this share of its weeks is.
TURBULENT_SHARE = 0.4


@dataclass
class Stack:
    """Arrays over all S paths; blocks fill their part, several at once where several work.

    horizon: moves at the horizon. financing: (S, T), single precision. leader: (S,). turbulent, broken: (S,) bool,
    whether a path is turbulent for long, and whether funding breaks on it. room: the plumbing of all paths, or None
    where only its mean is kept. plumbing: by start of the block.
    """

    horizon: Gathered
    financing: np.ndarray
    leader: np.ndarray
    turbulent: np.ndarray
    broken: np.ndarray
    room: Room | None
    plumbing: dict[int, tuple[int, Plumbing]] = field(default_factory=dict)

    def columns(self, start: int, stop: int) -> Columns | None:
        """Where the plumbing of paths ``start`` to ``stop`` is kept, None for a place of their own."""
        return None if self.room is None else self.room.columns(start, stop)

    def put(self, start: int, block: Block) -> None:
        """Put the paths of ``block``, whose moves and plumbing are in their place already, at ``start``."""
        size, plumbing = len(block.leader), block.plumbing
        part = slice(start, start + size)
        self.financing[part], self.leader[part] = block.financing, block.leader
        self.turbulent[part] = plumbing.turbulent.mean(axis=1) > TURBULENT_SHARE
        self.broken[part] = plumbing.fragile.any(axis=1)
        self.plumbing[start] = size, plumbing if self.room is not None else averaged(plumbing)

    def all_plumbing(self) -> Plumbing:
        """The plumbing of all paths, or the mean over them; every path must have been put."""
        sizes, blocks = zip(*(self.plumbing[start] for start in sorted(self.plumbing)), strict=True)
        return mean_path(blocks, sizes) if self.room is None else whole(self.room, blocks)


def empty_stack(paths: int, weeks: int, channels: int, factors: int, room: Room | None) -> Stack:
    """A stack of so many paths. room: for their plumbing, None to keep only its mean."""
    return Stack(
        horizon=Gathered.zeros(channels, factors, paths),
        financing=np.empty((paths, weeks), dtype=np.float32),
        leader=np.empty(paths, dtype=np.intp),
        turbulent=np.empty(paths, dtype=bool),
        broken=np.empty(paths, dtype=bool),
        room=room,
    )
