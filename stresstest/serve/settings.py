"""Limits of settings.csv."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

from ..tables import read_table


@cache
def limits() -> Mapping[str, int]:
    """Every limit by name."""
    return {row["name"]: int(row["value"]) for row in read_table("stresstest.serve", "settings.csv")}
