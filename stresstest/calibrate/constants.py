"""Constants of the calibration, from ``settings.csv``."""

from __future__ import annotations

from functools import cache

from ..tables import read_table


@cache
def constant(name: str) -> float:
    """One value of settings.csv."""
    return {row["name"]: float(row["value"]) for row in read_table("stresstest.calibrate", "settings.csv")}[name]
