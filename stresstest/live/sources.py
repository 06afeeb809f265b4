"""Which series are fetched, from whom, and what each must look like (tables ``sources.csv`` and ``settings.csv``)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache

from ..tables import read_table


@dataclass(frozen=True, slots=True)
class Source:
    """One series at one provider. file, column: its place in a folder of series; the bounds are in ``unit``.

    multiply: from the provider's unit to ``unit``. lag_days: from the date of a value until the public has it.
    frequency: day, week, month or quarter. revised: whether published values are changed later.
    """

    file: str
    column: str
    provider: str
    id: str
    multiply: float
    unit: str
    lag_days: int
    max_age_days: int
    low: float
    high: float
    typical_low: float
    first: date
    title: str
    frequency: str
    revised: bool

    @property
    def place(self) -> tuple[str, str]:
        """File and column."""
        return self.file, self.column


@cache
def sources() -> tuple[Source, ...]:
    """Every row of the table, in the order in which alternatives are tried."""
    return tuple(_source(row) for row in read_table("stresstest.live", "sources.csv"))


@cache
def setting(name: str) -> float:
    """A constant of ``settings.csv``."""
    return next(float(row["value"]) for row in read_table("stresstest.live", "settings.csv") if row["name"] == name)


def _source(row: Mapping[str, str]) -> Source:
    return Source(
        file=row["file"],
        column=row["column"],
        provider=row["provider"],
        id=row["id"],
        multiply=float(row["multiply"]),
        unit=row["unit"],
        lag_days=int(row["lag_days"]),
        max_age_days=int(row["max_age_days"]),
        low=float(row["low"]),
        high=float(row["high"]),
        typical_low=float(row["typical_low"]),
        first=date.fromisoformat(row["first"]),
        title=row["title"],
        frequency=row["frequency"],
        revised=row["revised"] == "yes",
    )
