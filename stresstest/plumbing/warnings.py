"""The dated warning list: days on which the funding spread may well pass 15 bp, in order, each with a sentence."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np

from ..tables import parameter_table
from ..units import to_bp, to_percent
from .calendar import KINDS, FundingDay, funding_day

#: A day is listed from this probability on.
LEAST = 0.05
LABELS = {
    "year_end": "year end",
    "quarter_end": "quarter end",
    "month_end": "month end",
    "first_day": "first day of the month",
    "tax": "tax date",
    "settlement": "coupon settlement",
    "ordinary": "ordinary day",
}


@dataclass(frozen=True)
class FundingWarning:
    """One line of the list. probability: of a spread over ``level`` (both decimal). error: its simulation error."""

    day: date
    kind: str
    probability: float
    level: float
    error: float

    @property
    def sentence(self) -> str:
        """For people: "tax date 2027-04-15: 31 percent chance of more than 15 bp"."""
        chance, level = to_percent(self.probability), to_bp(self.level)
        return f"{LABELS[self.kind]} {self.day.isoformat()}: {chance:.0f} percent chance of more than {level:g} bp"

    def to_dict(self) -> dict[str, object]:
        """For JSON: probabilities are decimals, the level is in basis points."""
        return {
            "date": self.day.isoformat(),
            "kind": self.kind,
            "probability": self.probability,
            "standard_error": self.error,
            "level_bp": to_bp(self.level),
            "sentence": self.sentence,
        }


def warning_list(
    days: Sequence[date], spread: np.ndarray, *, level: float | None = None, least: float = LEAST
) -> tuple[FundingWarning, ...]:
    """Days on which the spread passes ``level`` on at least ``least`` of the paths, in the order of time.

    days: (D,) business days. spread: (S, D), decimal, as in ``FundingPath``. level: decimal; None is the spike level.
    Of the ordinary days of a month only the likeliest is listed, so that a month of stress is one line and not twenty.
    """
    level = parameter_table()["spike_level"].value if level is None else level
    paths = len(spread)
    chances = (spread > level).mean(axis=0)
    errors = np.sqrt(chances * (1.0 - chances) / paths)
    marked = [funding_day(day) for day in days]
    kept = sorted(i for i in _one_ordinary_day_a_month(marked, chances) if chances[i] >= least)
    return tuple(
        FundingWarning(marked[i].day, marked[i].kind, float(chances[i]), float(level), float(errors[i])) for i in kept
    )


def _one_ordinary_day_a_month(days: Sequence[FundingDay], chances: np.ndarray) -> list[int]:
    """Indices of all days of the calendar, and of the likeliest ordinary day of each month."""
    kept, worst = [], dict[tuple[int, int], int]()
    for i, day in enumerate(days):
        if day.kind != KINDS[-1]:
            kept.append(i)
            continue
        month = (day.day.year, day.day.month)
        if month not in worst or chances[i] > chances[worst[month]]:
            worst[month] = i
    return [*kept, *worst.values()]
