"""Shapes of the Treasury curve: parallel, steepener, flattener and butterfly, at every rate factor."""

from __future__ import annotations

import numpy as np

from ..tables import TENORS, factor_index, factor_names

SHAPES = ("parallel", "steepener", "flattener", "butterfly")
#: Years at which a slope is measured, unless the file says otherwise: the two-year and the thirty-year yield.
SHORT, LONG = 2.0, 30.0
#: Years of the belly of a butterfly.
BELLY = 10.0


def curve_moves(shape: str, size: float, short: float = SHORT, belly: float = BELLY, long: float = LONG) -> np.ndarray:
    """(F,) change of the rate factors, zero elsewhere. size: decimal.

    parallel: ``size`` everywhere. steepener: the ``long`` yield less the ``short`` one rises by ``size``, half at
    either end and in between linear in the logarithm of the tenor, flat outside; flattener: its negative. butterfly:
    the mean of both wings less the belly rises by ``size``, half up in the wings and half down in the belly.
    """
    tenors = np.log(np.array(list(TENORS.values())))
    if shape == "parallel":
        change = np.full(len(tenors), size)
    elif shape == "butterfly":
        change = np.interp(tenors, np.log([short, belly, long]), [size / 2, -size / 2, size / 2])
    else:
        signed = size if shape == "steepener" else -size
        change = np.interp(tenors, np.log([short, long]), [-signed / 2, signed / 2])
    moves = np.zeros(len(factor_names()))
    moves[[factor_index()[name] for name in TENORS]] = change
    return moves
