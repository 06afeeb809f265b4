"""Moves at the horizon of many paths, by channel and together, gathered without holding any of them twice."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Gathered:
    """by_channel: (C, F, S), single precision. moves: (F, S), its sum over channels, double. Zero to begin with.

    Paths lie next to each other in memory, and where a factor does not answer to a channel nothing is ever written, so
    that the system need not provide the memory behind it.
    """

    by_channel: np.ndarray
    moves: np.ndarray

    @classmethod
    def zeros(cls, channels: int, factors: int, paths: int) -> Gathered:
        """Nothing moves yet."""
        return cls(np.zeros((channels, factors, paths), dtype=np.float32), np.zeros((factors, paths)))

    def part(self, start: int, stop: int) -> Gathered:
        """Paths ``start`` to ``stop``: views to write to."""
        return Gathered(self.by_channel[:, :, start:stop], self.moves[:, start:stop])

    def put(self, channel: int, columns: np.ndarray, moves: Iterable[np.ndarray]) -> None:
        """``moves``, each (S,), of the factors in ``columns`` (n,), all that ``channel`` moves."""
        for column, values in zip(columns.tolist(), moves, strict=True):
            kept = self.by_channel[channel, column]
            kept[:] = values
            self.moves[column] += kept
