"""Business days: which days a market settles on, from the rules in holidays.csv."""

from __future__ import annotations

import calendar
from collections.abc import Mapping
from datetime import date, timedelta
from functools import cache

from ..tables import read_table

US_BOND, US_EQUITY, UK, TARGET = "us_bond", "us_equity", "uk", "target"
#: No holiday is known: Monday to Friday.
WEEKDAYS = "weekdays"
SATURDAY = 5
_WEEKDAY = {"mon": 0, "tue": 1, "wed": 2, "thu": 3, "fri": 4}
_DAY = timedelta(days=1)


def is_business_day(day: date, market: str = US_BOND) -> bool:
    """Whether ``market`` (a calendar of holidays.csv, or "weekdays") settles on ``day``."""
    return day.weekday() < SATURDAY and day not in holidays(market, day.year)


def add_business_days(day: date, count: int, market: str = US_BOND) -> date:
    """The business day ``count`` after ``day``; before it where count is negative. ``day`` itself may be any day."""
    step = _DAY if count >= 0 else -_DAY
    for _ in range(abs(count)):
        day += step
        while not is_business_day(day, market):
            day += step
    return day


def following(day: date, market: str = US_BOND) -> date:
    """``day``, or the next business day: when a payment that falls on a holiday is made."""
    while not is_business_day(day, market):
        day += _DAY
    return day


def easter(year: int) -> date:
    """Easter Sunday of the Gregorian calendar (the anonymous algorithm of 1876)."""
    golden, century, rest = year % 19, *divmod(year, 100)
    leap, skipped = divmod(century, 4)
    moon = (19 * golden + century - leap - (century - (century + 8) // 25 + 1) // 3 + 15) % 30
    weekday = (32 + 2 * skipped + 2 * (rest // 4) - moon - rest % 4) % 7
    shift = (golden + 11 * moon + 22 * weekday) // 451
    month, day = divmod(moon + weekday - 7 * shift + 114, 31)
    return date(year, month, day + 1)


@cache
def holidays(market: str, year: int) -> frozenset[date]:
    """Weekdays of a year on which ``market`` is closed; empty for "weekdays". KeyError for a market without rules."""
    if market == WEEKDAYS:
        return frozenset()
    rules = [row for row in _rules()[market] if int(row["first"]) <= year <= int(row["last"])]
    days = [(_day_of(row["rule"], year), row["observed"]) for row in rules]
    closed = {day for day, _ in days if day.weekday() < SATURDAY}
    for day, observed in days:
        if day.weekday() >= SATURDAY:
            closed |= _moved(day, observed, closed)
    return frozenset(closed)


@cache
def _rules() -> Mapping[str, list[dict[str, str]]]:
    grouped: dict[str, list[dict[str, str]]] = {}
    for row in read_table("stresstest.instruments", "holidays.csv"):
        grouped.setdefault(row["calendar"], []).append(row)
    return grouped


def _day_of(rule: str, year: int) -> date:
    kind, *words = rule.split()
    if kind == "fixed":
        month, day = map(int, words[0].split("-"))
        return date(year, month, day)
    if kind == "easter":
        return easter(year) + int(words[0]) * _DAY
    if kind == "date":
        return date.fromisoformat(words[0])
    weekday, month = _WEEKDAY[words[-2]], int(words[-1])
    if kind == "last":
        end = date(year, month, calendar.monthrange(year, month)[1])
        return end - (end.weekday() - weekday) % 7 * _DAY
    start = date(year, month, 1)
    return start + ((weekday - start.weekday()) % 7 + 7 * (int(words[0]) - 1)) * _DAY


def _moved(day: date, observed: str, closed: set[date]) -> set[date]:
    """The weekday on which a holiday at the weekend is kept; empty where it is lost."""
    saturday = day.weekday() == SATURDAY
    if observed == "none" or (observed == "sunday" and saturday):
        return set()
    if observed == "nearest" and saturday:
        return {day - _DAY}
    moved = day
    while moved.weekday() >= SATURDAY or moved in closed:
        moved += _DAY
    return {moved}
