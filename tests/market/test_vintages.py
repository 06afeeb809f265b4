"""A past date sees what was known then: revisions and release lags."""

from __future__ import annotations

from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from stresstest.market.vintages import first_seen, from_text, known, merged, table, to_text

DAY = date(2026, 3, 2)
DAYS = st.dates(date(2026, 1, 1), date(2026, 3, 1))
POINTS = st.dictionaries(DAYS, st.floats(-1e6, 1e6, allow_nan=False), max_size=8)


def test_a_revision_is_known_from_the_day_of_the_fetch() -> None:
    first = merged((), {date(2026, 2, 1): 100.0}, lag_days=9, today=DAY)
    later = merged(first, {date(2026, 2, 1): 103.0}, lag_days=9, today=DAY + timedelta(days=30))
    assert known(later, date(2026, 2, 9)) == {}
    assert known(later, date(2026, 2, 10)) == {date(2026, 2, 1): 100.0}
    assert known(later, DAY + timedelta(days=29)) == {date(2026, 2, 1): 100.0}
    assert known(later, DAY + timedelta(days=30)) == known(later) == {date(2026, 2, 1): 103.0}


@given(st.lists(POINTS, max_size=4))
def test_a_value_that_a_day_knew_never_changes_afterwards(fetches: list[dict[date, float]]) -> None:
    rows, seen = (), {}
    for i, points in enumerate(fetches):
        today = DAY + timedelta(days=i)
        rows = merged(rows, points, lag_days=3, today=today)
        seen[today] = known(rows, today)
    for today, before in seen.items():
        assert {day: known(rows, today)[day] for day in before} == before


@given(POINTS)
def test_the_same_fetch_again_adds_nothing_and_text_comes_back(points: dict[date, float]) -> None:
    rows = merged((), points, lag_days=1, today=DAY)
    assert merged(rows, points, lag_days=1, today=DAY + timedelta(days=5)) == rows
    assert from_text(to_text(rows)) == rows
    assert known(rows) == points


def test_a_table_has_one_row_for_each_date_and_blanks() -> None:
    text = table({"A": {date(2026, 1, 2): 1.0}, "B": {date(2026, 1, 1): 2.0, date(2026, 1, 2): 3.5}})
    assert text == "date,A,B\n2026-01-01,,2.0\n2026-01-02,1.0,3.5\n"


def test_the_day_of_the_fetch_is_kept_beside_the_day_on_which_a_value_was_known() -> None:
    first = merged((), {date(2026, 1, 31): 1.0}, 10, date(2026, 6, 1))
    assert first[0].known_on == date(2026, 2, 10)
    assert first_seen(first, date(2026, 3, 1)) == date(2026, 6, 1)
    assert first_seen(first, date(2026, 2, 1)) is None
    timely = merged(first, {date(2026, 5, 31): 2.0}, 10, date(2026, 6, 11))
    assert first_seen(timely, date(2026, 6, 11)) == date(2026, 6, 11)
    assert from_text(to_text(timely)) == timely


def test_an_older_edition_without_the_day_of_the_fetch_is_read() -> None:
    rows = from_text("date,value,known_on\n2026-01-31,1.5,2026-02-10\n")
    assert (rows[0].value, rows[0].seen_on) == (1.5, date(2026, 2, 10))
