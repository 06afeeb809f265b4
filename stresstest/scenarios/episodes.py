"""Past episodes, replayed with today's exposures: factor moves between two closes."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from functools import cache

import numpy as np

from ..tables import factor_index, factor_names, read_table
from ..units import WEEKS_A_MONTH
from .horizon import sample_law
from .propagation import complete
from .scenario import Scenario

DAYS_A_MONTH = 30.4375
#: An episode of a few days still takes some time.
SHORTEST_MONTHS = 0.1


@cache
def episodes() -> Mapping[str, Scenario]:
    """Past episodes in order of the table: derived factor moves, completed where a series did not exist yet."""
    windows = {row["name"]: row for row in read_table("stresstest.scenarios", "episodes_windows.csv")}
    return {name: _episode(row, recorded_moves()[name]) for name, row in windows.items()}


@cache
def recorded_moves() -> Mapping[str, np.ndarray]:
    """(F,) recorded moves by episode, NaN where no series existed."""
    windows = read_table("stresstest.scenarios", "episodes_windows.csv")
    moves = {row["name"]: np.full(len(factor_names()), np.nan) for row in windows}
    for row in read_table("stresstest.scenarios", "library/episodes.csv"):
        if row["move"] and row["factor"] in factor_index():
            moves[row["episode"]][factor_index()[row["factor"]]] = float(row["move"])
    return moves


@cache
def recorded_range() -> tuple[np.ndarray, np.ndarray]:
    """Largest fall and largest rise (F,) of each factor in any episode, zero where none was recorded."""
    moves = np.nan_to_num(np.array(list(recorded_moves().values())))
    return np.minimum(moves.min(axis=0), 0.0), np.maximum(moves.max(axis=0), 0.0)


def _episode(window: Mapping[str, str], moves: np.ndarray) -> Scenario:
    start, end = date.fromisoformat(window["start"]), date.fromisoformat(window["end"])
    missing = tuple(name for name, move in zip(factor_names(), moves, strict=True) if np.isnan(move))
    months = max((end - start).days / DAYS_A_MONTH, SHORTEST_MONTHS)
    return Scenario(
        name=window["name"],
        title=window["title_en"],
        narrative=window["narrative"],
        sources=tuple(s.strip() for s in window["sources"].split(";") if s.strip()),
        months=months,
        probability=None,
        turbulent=True,
        channels={},
        observed=complete(moves, sample_law("stress", months * WEEKS_A_MONTH)),
        completed=missing,
        until=end,
    )
