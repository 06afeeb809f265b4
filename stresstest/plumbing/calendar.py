"""Business days of the repo market and the dates on which it is tight."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from functools import cache

import numpy as np

TAX_MONTHS = (4, 6, 9, 12)


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


@cache
def _holidays(first_year: int, last_year: int) -> np.ndarray:
    from pandas.tseries.holiday import USFederalHolidayCalendar

    days = USFederalHolidayCalendar().holidays(f"{first_year}-01-01", f"{last_year}-12-31")
    return days.values.astype("datetime64[D]")


def business_days(after: date, until: date) -> tuple[date, ...]:
    """US business days in (after, until]."""
    days = np.datetime64(after, "D") + np.arange(1, (until - after).days + 1)
    holidays = _holidays(after.year - 1, until.year + 1)
    return tuple(days[np.is_busday(days, holidays=holidays)].tolist())


def _offset(day: date, steps: int) -> date:
    """The business day ``steps`` away from ``day``, or from the next business day where it is none."""
    holidays = _holidays(day.year - 1, day.year + 1)
    moved = np.busday_offset(np.datetime64(day, "D"), steps, roll="forward", holidays=holidays)
    return date.fromisoformat(str(moved))


def funding_day(day: date) -> FundingDay:
    """Calendar effects of one business day."""
    before, after = _offset(day, -1), _offset(day, 1)
    month_end = after.month != day.month
    middle = _offset(date(day.year, day.month, 15), 0)
    return FundingDay(
        day,
        month_end=month_end,
        quarter_end=month_end and day.month % 3 == 0,
        year_end=month_end and day.month == 12,
        first_day=before.month != day.month,
        settlement=day == middle and day.month not in TAX_MONTHS,
        tax=day == middle and day.month in TAX_MONTHS,
    )
