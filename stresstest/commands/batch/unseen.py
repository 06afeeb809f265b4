"""What no loss of a batch contains, by portfolio: as ``stress`` says it of one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from scipy import sparse

from ...errors import Problem
from ...records import Position
from ...study.ratings import rating_warnings
from ...study.unseen import unseen_warnings
from .reduced import Units


class LeftOut(NamedTuple):
    """A row that no loss contains. market_value: USD, signed; None where it is not known. reason: why."""

    symbol: str
    name: str
    market_value: float | None
    reason: str


def left_out(position: Position, reason: str, times: float = 1.0) -> LeftOut:
    """A position that is held so many times and cannot be modelled."""
    value = None if position.unpriced else position.market_value * times
    return LeftOut(position.symbol, position.name, value, reason)


def left_out_rows(
    names: Sequence[str], multiples: sparse.csr_matrix, units: Units, instruments: Sequence[Position]
) -> dict[str, tuple[LeftOut, ...]]:
    """What is not modelled of each portfolio; those that are modelled in full have no entry. multiples: (P, N)."""
    places = sorted(units.reasons)
    held = sparse.coo_matrix(multiples[:, places])
    found: dict[str, list[LeftOut]] = {}
    for i, k, times in sorted(zip(held.row.tolist(), held.col.tolist(), held.data.tolist(), strict=True)):
        place = places[k]
        found.setdefault(names[i], []).append(left_out(instruments[place], units.reasons[place], times))
    return {name: tuple(rows) for name, rows in found.items()}


def coverage_warnings(
    names: Sequence[str], multiples: sparse.csr_matrix, units: Units, instruments: Sequence[Position]
) -> dict[str, tuple[Problem, ...]]:
    """Warnings of the portfolios of which much is not modelled, rows have no known value or ratings are assumed; the
    others have no entry.

    multiples: (P, N), of instruments held long.
    """
    nothing = np.array([p.unpriced for p in instruments], dtype=bool)
    missing, value = abs(multiples) @ np.abs(units.missing), multiples @ units.value
    unpriced = (multiples != 0) @ nothing.astype(float)
    found: dict[str, tuple[Problem, ...]] = {}
    for i in np.flatnonzero((missing > 0.0) | (unpriced > 0.0)).tolist():
        whole = float(value[i] + missing[i])
        warnings = tuple(unseen_warnings(float(missing[i]), whole, int(unpriced[i]), names[i]))
        if warnings:
            found[names[i]] = warnings
    for name, assumed in _assumed(names, multiples, units, instruments).items():
        found[name] = (*found.get(name, ()), *rating_warnings(assumed, name))
    return found


def _assumed(
    names: Sequence[str], multiples: sparse.csr_matrix, units: Units, instruments: Sequence[Position]
) -> dict[str, list[tuple[str, str]]]:
    """Rating taken and symbol of the bonds of unknown rating of each portfolio that holds some."""
    places = sorted(units.ratings)
    held = sparse.coo_matrix(multiples[:, places])
    found: dict[str, list[tuple[str, str]]] = {}
    for i, k in sorted(zip(held.row.tolist(), held.col.tolist(), strict=True)):
        bond = instruments[places[k]]
        found.setdefault(names[i], []).append((units.ratings[places[k]], bond.symbol or bond.name))
    return found
