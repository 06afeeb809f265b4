"""Thresholds of the scenario front end, from settings.csv."""

from __future__ import annotations

from functools import cache

from ..tables import read_table
from ..units import size_of


@cache
def setting(name: str) -> float:
    """Value of one row, internal units."""
    row = next(row for row in read_table("stresstest.scenarios", "settings.csv") if row["name"] == name)
    return float(row["value"]) * size_of(row["unit"])
