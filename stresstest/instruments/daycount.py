"""Dates: settlement, coupon schedules and day counts.

Payments that fall on a weekend or holiday are left there (street yields do the same), and holidays are not counted
when the settlement date is found.
"""

from __future__ import annotations

import calendar
from datetime import date, timedelta

from ..units import MONTHS_A_YEAR

DAYS_A_YEAR = 365.25
ACTUAL_ACTUAL = "actual/actual"
THIRTY_360 = "30/360"
SATURDAY = 5
LAST_DAY_OF_EVERY_MONTH = 28


def settlement_date(trade: date) -> date:
    """The weekday after ``trade``: US bonds settle one business day after the trade."""
    day = trade + timedelta(days=1)
    while day.weekday() >= SATURDAY:
        day += timedelta(days=1)
    return day


def years_between(start: date, end: date) -> float:
    """Calendar time in years of 365.25 days, so that thirty years are 30.0 on the curve."""
    return (end - start).days / DAYS_A_YEAR


def last_of_month(day: date) -> bool:
    """Whether ``day`` ends its month."""
    return day.day == calendar.monthrange(day.year, day.month)[1]


def add_months(day: date, months: int, month_end: bool) -> date:
    """``day`` moved by whole months: to the last day if ``month_end``, else to the same day where the month has it."""
    year, month = divmod(day.year * MONTHS_A_YEAR + day.month - 1 + months, MONTHS_A_YEAR)
    last = calendar.monthrange(year, month + 1)[1]
    return date(year, month + 1, last if month_end else min(day.day, last))


def coupon_dates(maturity: date, frequency: int, settlement: date, month_end: bool) -> tuple[date, ...]:
    """The last coupon date on or before settlement, then every later one up to maturity.

    Dates run back from maturity in steps of 12 / frequency months. month_end: a bond that matures on the last day of a
    month pays on last days (Treasuries do). maturity must lie after settlement.
    """
    ends = month_end and last_of_month(maturity)
    step = MONTHS_A_YEAR // frequency
    dates = [maturity]
    while dates[-1] > settlement:
        dates.append(add_months(maturity, -step * len(dates), ends))
    return tuple(reversed(dates))


def days_30_360(start: date, end: date, month_end: bool) -> int:
    """Days from start to end in months of thirty days (US rule).

    month_end: the last day of February counts as the thirtieth, as for bonds that pay late in the month.
    """
    first, last = start.day, end.day
    if month_end and start.month == 2 and last_of_month(start):
        if end.month == 2 and last_of_month(end):
            last = 30
        first = 30
    if last == 31 and first >= 30:
        last = 30
    first = min(first, 30)
    return 360 * (end.year - start.year) + 30 * (end.month - start.month) + last - first


def elapsed_share(previous: date, settlement: date, following: date, frequency: int, convention: str) -> float:
    """Share of the coupon period that has passed at settlement.

    actual/actual (ICMA): calendar days over the days of the period. 30/360: its days over 360 / frequency; a bond whose
    period starts or ends after the 28th pays late in the month.
    """
    if convention == ACTUAL_ACTUAL:
        return (settlement - previous).days / (following - previous).days
    late = max(previous.day, following.day) > LAST_DAY_OF_EVERY_MONTH
    return days_30_360(previous, settlement, late) * frequency / 360.0
