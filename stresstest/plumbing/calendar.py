"""Business days of the repo market and the dates on which it is tight."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache

import numpy as np

from ..tables import read_table

TAX_MONTHS = (4, 6, 9, 12)
#: Coupons are settled, and taxes paid, on this day of a month or the next business day.
MIDDLE = 15
SATURDAY, SUNDAY = 5, 6
#: Kinds of days, the strongest first: a day has the first that applies.
KINDS = ("year_end", "quarter_end", "month_end", "first_day", "tax", "settlement", "ordinary")


@dataclass(frozen=True)
class FundingDay:
    """One business day and the calendar effects that fall on it."""

    day: date
    month_end: bool
    quarter_end: bool
    year_end: bool
    first_day: bool
    settlement: bool
    tax: bool

    @property
    def has_effects(self) -> bool:
        """Whether any calendar effect falls on the day."""
        return self.month_end or self.first_day or self.settlement or self.tax

    def without_effects(self) -> FundingDay:
        """An ordinary day."""
        return FundingDay(self.day, False, False, False, False, False, False)

    @property
    def mid_month(self) -> bool:
        """Mid-month settlement or tax date: one dummy of the spike logit."""
        return self.settlement or self.tax

    @property
    def kind(self) -> str:
        """The strongest effect that falls on the day, one of ``KINDS``."""
        return next((kind for kind in KINDS[:-1] if getattr(self, kind)), KINDS[-1])


def business_days(after: date, until: date) -> tuple[date, ...]:
    """Days on which repo trades in (after, until]."""
    days = np.datetime64(after, "D") + np.arange(1, (until - after).days + 1)
    return tuple(days[np.is_busday(days, holidays=_holidays(after.year - 1, until.year + 1))].tolist())


def funding_day(day: date) -> FundingDay:
    """Calendar effects of one business day."""
    before, after = _offset(day, -1), _offset(day, 1)
    month_end = after.month != day.month
    middle = _offset(date(day.year, day.month, MIDDLE), 0)
    return FundingDay(
        day,
        month_end=month_end,
        quarter_end=month_end and day.month % 3 == 0,
        year_end=month_end and day.month == 12,
        first_day=before.month != day.month,
        settlement=day == middle and day.month not in TAX_MONTHS,
        tax=day == middle and day.month in TAX_MONTHS,
    )


def _offset(day: date, steps: int) -> date:
    """The business day ``steps`` away from ``day``, or from the next business day where it is none."""
    holidays = _holidays(day.year - 1, day.year + 1)
    return _as_date(np.busday_offset(np.datetime64(day, "D"), steps, roll="forward", holidays=holidays))


@cache
def _holidays(first_year: int, last_year: int) -> np.ndarray:
    """Closed days of the years first_year to last_year, as datetime64[D]."""
    rules = read_table("stresstest.plumbing", "repo_holidays.csv")
    years = range(first_year, last_year + 1)
    days = [_closed(rule, year) for rule in rules for year in years if year >= int(rule["first_year"])]
    return np.array([day for day in days if day is not None], dtype="datetime64[D]")


def _closed(rule: Mapping[str, str], year: int) -> date | None:
    """The day on which the holiday of one rule closes the market in a year, None when it falls on a Saturday."""
    if rule["rule"] == "easter":
        return _easter(year) + timedelta(days=int(rule["day"]))
    if rule["rule"] == "nth":
        return _nth_weekday(year, int(rule["month"]), rule["weekday"], int(rule["nth"]))
    day = date(year, int(rule["month"]), int(rule["day"]))
    if day.weekday() == SUNDAY:
        return day + timedelta(days=1)
    if day.weekday() == SATURDAY:
        return day - timedelta(days=1) if rule["saturday"] == "friday" else None
    return day


def _nth_weekday(year: int, month: int, weekday: str, nth: int) -> date:
    """The nth ``weekday`` ("Mon") of a month; -1 for the last."""
    start = np.datetime64(f"{year}-{month:02d}", "D")
    if nth < 0:
        start = (start.astype("datetime64[M]") + 1).astype("datetime64[D]")
        return _as_date(np.busday_offset(start, nth, roll="forward", weekmask=weekday))
    return _as_date(np.busday_offset(start, nth - 1, roll="forward", weekmask=weekday))


def _as_date(day: np.datetime64) -> date:
    return date.fromisoformat(str(day))


def _easter(year: int) -> date:
    """Easter Sunday: the Sunday after the first full moon of spring, by Gauss's arithmetic."""
    golden, century = year % 19, year // 100
    correction = (13 + 8 * century) // 25
    offset = (15 - correction + century - century // 4) % 30
    moon = (19 * golden + offset) % 30
    moon -= moon == 29 or (moon == 28 and golden > 10)
    sunday = (2 * (year % 4) + 4 * (year % 7) + 6 * moon + (4 + century - century // 4) % 7) % 7
    return date(year, 3, 22) + timedelta(days=int(moon + sunday))
