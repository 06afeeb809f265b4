"""What no loss of a batch contains, by portfolio: as ``stress`` says it of one."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from scipy import sparse

from ...errors import Problem
from ...records import Position
from ...study.unseen import unseen_warnings
from .reduced import Units


def coverage_warnings(
    names: Sequence[str], multiples: sparse.csr_matrix, units: Units, instruments: Sequence[Position]
) -> dict[str, tuple[Problem, ...]]:
    """Warnings of the portfolios of which much is not modelled or rows have no known value; the others have no entry.

    multiples: (P, N), of instruments held long.
    """
    nothing = np.array([not p.price and not p.gross_value for p in instruments], dtype=bool) & (units.value == 0.0)
    missing, value = abs(multiples) @ np.abs(units.missing), multiples @ units.value
    unpriced = (multiples != 0) @ nothing.astype(float)
    found: dict[str, tuple[Problem, ...]] = {}
    for i in np.flatnonzero((missing > 0.0) | (unpriced > 0.0)).tolist():
        whole = float(value[i] + missing[i])
        warnings = tuple(unseen_warnings(float(missing[i]), whole, int(unpriced[i]), names[i]))
        if warnings:
            found[names[i]] = warnings
    return found
