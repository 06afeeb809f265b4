"""Memory for the record of many paths: blocks of paths write side by side into it, so that no path is held twice."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

#: Group and name of one array.
Name = tuple[str, str]
#: Rows of each array, and whether it holds numbers (float) or flags (bool).
Layout = Mapping[Name, tuple[int, type]]
#: Arrays (rows, S) by name; time runs along the first axis.
Columns = dict[Name, np.ndarray]


class Room:
    """Arrays (rows, S) of all paths, cut from one piece of memory, which the system hands out faster than many.

    kind: of the numbers. Single precision keeps amounts to a thousandth of a bn and rates to a hundred-thousandth of a
    basis point.
    """

    def __init__(self, paths: int, layout: Layout, kind: type = np.float32) -> None:
        self.arrays: Columns = {}
        for sort, dtype in ((float, kind), (bool, bool)):
            rows = {name: count for name, (count, wanted) in layout.items() if wanted is sort}
            whole: np.ndarray = np.empty((sum(rows.values()), paths), dtype=dtype)
            parts = np.split(whole, np.cumsum(list(rows.values()))[:-1])
            self.arrays |= dict(zip(rows, parts, strict=True))

    def columns(self, start: int, stop: int) -> Columns:
        """The part of paths ``start`` to ``stop``: views to write to."""
        return {name: values[:, start:stop] for name, values in self.arrays.items()}
