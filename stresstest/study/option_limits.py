"""What the numbers that a user may choose can be; imports nothing heavy, so that help stays instant."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from functools import cache
from importlib import resources
from typing import NamedTuple


class Within(NamedTuple):
    """The least and the largest number that is taken, both included."""

    low: float
    high: float

    def __contains__(self, value: object) -> bool:
        """Whether a number lies inside; not a number lies nowhere."""
        return isinstance(value, (int, float)) and self.low <= value <= self.high


@cache
def option_limits() -> Mapping[str, Within]:
    """Limits by name of the option: pace (USD bn a month), months, paths."""
    text = resources.files("stresstest.study").joinpath("option_limits.csv").read_text(encoding="utf-8")
    rows = csv.DictReader(line for line in text.splitlines() if not line.startswith("#"))
    return {row["name"]: Within(float(row["low"]), float(row["high"])) for row in rows}
