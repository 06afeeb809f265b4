"""The weekly paths of a cloud, handed over a block at a time, whether they are kept or made again.

Weeks that are made again arrive a few paths at a time, from several threads; they are put together to the blocks in
which a book is revalued, so that the blocks, and with them the results, are those of paths that are kept.
"""

from __future__ import annotations

from collections.abc import Callable
from threading import Lock

import numpy as np

from ..records import FactorPaths
from ..tables import factor_names
from ..workers import pool

#: Paths in one block: their weeks, 15 MB for a year, stay in memory that the C library keeps for the next block.
BLOCK = 1250
#: Takes the rows of one block and its moves so far (P, T, F).
Take = Callable[[slice, np.ndarray], None]


def dates(factors: FactorPaths) -> int:
    """Weekly dates of the paths; none for scenarios that are a single jump."""
    if factors.paths is not None:
        return factors.paths.shape[1]
    return factors.weeks.dates if factors.weeks is not None else 0


def follow(factors: FactorPaths, take: Take) -> None:
    """Hand the weeks of every path to ``take``, in whole blocks and by several threads at once."""
    scenarios = len(factors.moves)
    if factors.paths is None:
        assert factors.weeks is not None
        factors.weeks.follow(_Gathering(take, scenarios, factors.weeks.dates).put)
        return
    kept = factors.paths
    blocks = [slice(start, min(start + BLOCK, scenarios)) for start in range(0, scenarios, BLOCK)]
    with pool() as threads:
        for _ in threads.map(lambda rows: take(rows, kept[rows]), blocks):
            pass


class _Gathering:
    """Blocks that are not yet complete, by number, with how many of their paths have arrived."""

    def __init__(self, take: Take, scenarios: int, weeks: int) -> None:
        self.take, self.scenarios, self.weeks = take, scenarios, weeks
        self.waiting: dict[int, tuple[np.ndarray, int]] = {}
        self.lock = Lock()

    def put(self, rows: slice, moves: np.ndarray) -> None:
        """Copy some paths to their blocks, and hand over those that are complete."""
        for number in range(rows.start // BLOCK, (rows.stop - 1) // BLOCK + 1):
            first, last = number * BLOCK, min((number + 1) * BLOCK, self.scenarios)
            start, stop = max(rows.start, first), min(rows.stop, last)
            block = self._block(number, last - first)
            block[start - first : stop - first] = moves[start - rows.start : stop - rows.start]
            if self._arrived(number, stop - start) == last - first:
                self.take(slice(first, last), block)

    def _block(self, number: int, size: int) -> np.ndarray:
        with self.lock:
            if number not in self.waiting:
                self.waiting[number] = np.empty((size, self.weeks, len(factor_names())), dtype=np.float32), 0
            return self.waiting[number][0]

    def _arrived(self, number: int, paths: int) -> int:
        """Paths of a block that have arrived by now; a complete one waits no longer."""
        with self.lock:
            block, before = self.waiting[number]
            self.waiting[number] = block, before + paths
            if before + paths == len(block):
                del self.waiting[number]
            return before + paths
