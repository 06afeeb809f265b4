"""Business days of the repo market: rules, and the days on which SOFR was published."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pandas as pd
import pytest

from stresstest.plumbing.calendar import KINDS, _easter, business_days, funding_day


def test_business_days_skip_weekends_and_holidays() -> None:
    days = business_days(date(2026, 11, 20), date(2026, 11, 30))
    assert [day.day for day in days] == [23, 24, 25, 27, 30]


def test_days_are_those_on_which_sofr_was_published(shared_data: Path) -> None:
    """2018-04 to 2026-08; the one exception is the day of mourning of 2018-12-05, which no rule foresees."""
    rates = pd.read_csv(shared_data / "macro/money_market_rates_daily.csv", parse_dates=["date"], index_col="date")
    published = {day.date() for day in rates["SOFR"].dropna().index}
    ours = set(business_days(date(2018, 4, 1), max(published)))
    assert published - ours == set()
    assert ours - published == {date(2018, 12, 5)}


@pytest.mark.parametrize(
    ("day", "closed"),
    [
        (date(2027, 12, 31), False),  # New Year's Day falls on a Saturday: Friday is the year end
        (date(2028, 7, 4), True),
        (date(2027, 3, 26), True),  # Good Friday
        (date(2023, 1, 2), True),  # New Year's Day on a Sunday
        (date(2023, 11, 10), False),  # Veterans Day on a Saturday
        (date(2020, 7, 3), True),
        (date(2021, 6, 18), False),  # Juneteenth was not yet a holiday
    ],
)
def test_holidays_at_weekends(day: date, closed: bool) -> None:
    assert (day not in business_days(date(day.year, 1, 1), date(day.year, 12, 31))) == closed


def test_easter_agrees_with_another_implementation() -> None:
    from dateutil.easter import easter

    assert all(_easter(year) == easter(year) for year in range(1990, 2200))


def test_calendar_flags() -> None:
    quarter, month, year = (funding_day(date(2026, m, d)) for m, d in ((9, 30), (8, 31), (12, 31)))
    assert quarter.quarter_end
    assert quarter.month_end
    assert not month.quarter_end
    assert year.year_end
    assert funding_day(date(2026, 9, 1)).first_day
    assert funding_day(date(2026, 9, 15)).tax
    assert funding_day(date(2026, 8, 17)).settlement, "the 15th is a Saturday"
    assert funding_day(date(2022, 4, 18)).tax, "the 15th is Good Friday"


def test_each_day_has_its_strongest_kind() -> None:
    days = [funding_day(day) for day in business_days(date(2026, 12, 31), date(2027, 12, 31))]
    count = {kind: sum(day.kind == kind for day in days) for kind in KINDS}
    assert {kind: count[kind] for kind in KINDS[:-1]} == {
        "year_end": 1, "quarter_end": 3, "month_end": 8, "first_day": 12, "tax": 4, "settlement": 8,
    }  # fmt: skip
    assert all(day.has_effects == (day.kind != "ordinary") for day in days)
    assert funding_day(date(2027, 4, 15)).without_effects().kind == "ordinary"
