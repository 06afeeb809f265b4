"""Dates: settlement, coupon schedules and day counts.

Payments that fall on a weekend or holiday are left there, as street yields do; settlement skips holidays.
"""

from __future__ import annotations

import calendar
from datetime import date

from ..units import MONTHS_A_YEAR
from .calendars import US_BOND, add_business_days

DAYS_A_YEAR = 365.25
ACTUAL_ACTUAL = "actual/actual"
THIRTY_360 = "30/360"
THIRTY_E_360 = "30e/360"
ACTUAL_360 = "actual/360"
ACTUAL_365 = "actual/365"
#: Conventions whose coupons are paid by the days of the period, and the days of their year.
MONEY_MARKET = {ACTUAL_360: 360.0, ACTUAL_365: 365.0}
CONVENTIONS = (ACTUAL_ACTUAL, THIRTY_360, THIRTY_E_360, ACTUAL_360, ACTUAL_365)
LAST_DAY_OF_EVERY_MONTH = 28


def settlement_date(trade: date, days: int = 1, market: str = US_BOND) -> date:
    """The day on which a bond bought on ``trade`` is paid for: ``days`` business days later (US bonds: one)."""
    return add_business_days(trade, days, market)


def years_between(start: date, end: date) -> float:
    """Calendar time in years of 365.25 days, so that thirty years are 30.0 on the curve."""
    return (end - start).days / DAYS_A_YEAR


def last_of_month(day: date) -> bool:
    """Whether ``day`` ends its month."""
    return day.day == calendar.monthrange(day.year, day.month)[1]


def add_months(day: date, months: int, month_end: bool) -> date:
    """``day`` moved by whole months: to the last day if ``month_end``, else to the same day where the month has it."""
    year, month = divmod(day.year * MONTHS_A_YEAR + day.month - 1 + months, MONTHS_A_YEAR)
    if day.day <= LAST_DAY_OF_EVERY_MONTH and not month_end:
        return date(year, month + 1, day.day)
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


def days_30e_360(start: date, end: date) -> int:
    """Days from start to end in months of thirty days (Eurobond rule: a 31st counts as a 30th)."""
    days = min(end.day, 30) - min(start.day, 30)
    return 360 * (end.year - start.year) + 30 * (end.month - start.month) + days


def periods_between(start: date, end: date, anchor: date, frequency: int, convention: str, month_end: bool) -> float:
    """Coupon periods from start to end, fractions included; whole regular periods count as whole numbers.

    anchor: a regular coupon date; the regular dates are whole steps of 12 / frequency months from it. Under
    actual/actual (ICMA) a stub is the sum of its parts of regular periods, so a long first coupon may exceed one.
    """
    if convention in MONEY_MARKET:
        return (end - start).days / MONEY_MARKET[convention] * frequency
    left, right = (_clock(day, anchor, frequency, month_end) for day in (start, end))
    if convention == ACTUAL_ACTUAL or (left.is_integer() and right.is_integer()):
        return right - left
    if convention == THIRTY_E_360:
        return days_30e_360(start, end) * frequency / 360.0
    late = anchor.day > LAST_DAY_OF_EVERY_MONTH
    return days_30_360(start, end, late) * frequency / 360.0


def _clock(day: date, anchor: date, frequency: int, month_end: bool) -> float:
    """Regular periods from ``anchor`` to ``day``, by calendar days inside a period; negative before the anchor."""
    step = MONTHS_A_YEAR // frequency
    count = ((day.year - anchor.year) * MONTHS_A_YEAR + day.month - anchor.month) // step
    before = add_months(anchor, count * step, month_end)
    if before > day:
        count -= 1
        before = add_months(anchor, count * step, month_end)
    after = add_months(anchor, (count + 1) * step, month_end)
    if after <= day:
        count, before, after = count + 1, after, add_months(anchor, (count + 2) * step, month_end)
    return count + (day - before).days / (after - before).days
