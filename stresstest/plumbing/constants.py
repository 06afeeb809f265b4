"""Constants of the balance sheet that no path draws, from ``constants.csv``."""

from __future__ import annotations

from functools import cache

from ..tables import read_table
from ..units import size_of

#: Units that are counts here, not times in years.
COUNTS = ("week", "day")


@cache
def constant(name: str) -> float:
    """One value of ``constants.csv`` in internal units; weeks and days stay counts."""
    row = {row["name"]: row for row in read_table("stresstest.plumbing", "constants.csv")}[name]
    return float(row["value"]) * (1.0 if row["unit"] in COUNTS else size_of(row["unit"]))
