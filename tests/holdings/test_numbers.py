from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stresstest.holdings.numbers import Amount, find_date, is_ambiguous, parse_amount, parse_date, parse_fraction


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1,250.25", 1250.25),
        (".28", 0.28),
        ("-.29", -0.29),
        ("+5", 5.0),
        ("(12,500.00)", -12500.0),
        ("-$5", -5.0),
        ("€-5", -5.0),
        ("($1,000)", -1000.0),
        ("\u22123", -3.0),
        ("1.5E+05", 150000.0),
        ("0.", 0.0),
        ("-42.70%", -42.70),
        ("NT$1,010", 1010.0),
    ],
)
def test_numbers_as_brokers_write_them(text: str, value: float) -> None:
    assert parse_amount(text).value == value


def test_marks_around_a_number_are_kept() -> None:
    assert parse_amount("-£3") == Amount(-3.0, "£", False)
    assert parse_amount("4.25%") == Amount(4.25, "", True)


@pytest.mark.parametrize(
    "text",
    ["", "abc", "nan", "NaN", "inf", "-Infinity", "1e99", "1,5", "1.234,56", "1,00,000", "12 34", "--5", "(-5)", "5-",
     "0x10", "1_000", "١٢", "１２", "=1+1", "$", "5 USD", "1.2.3", "∞"],
)  # fmt: skip
def test_what_is_not_clearly_a_number_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        parse_amount(text)


@given(st.floats(-1e12, 1e12, allow_nan=False))
def test_a_number_written_with_thousands_separators_reads_back(value: float) -> None:
    assert parse_amount(f"{value:,.6f}").value == pytest.approx(value, abs=1e-6)


@pytest.mark.parametrize(
    "text",
    ["2034-02-15", "20340215", "2/15/2034", "02/15/34", "15FEB34", "15-Feb-2034", "Feb 15, 2034", "2034/2/15",
     "2034-02-15, 09:31:12", "2034-02-15;10:58:02", "2034-02-15T00:00:00"],
)  # fmt: skip
def test_one_day_in_many_spellings(text: str) -> None:
    assert parse_date(text) == date(2034, 2, 15)


@pytest.mark.parametrize("text", ["2030-02-30", "31/12/2030", "2030-13-01", "soon", "", "0000-01-01", "15XYZ34"])
def test_impossible_days_are_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        parse_date(text)


def test_only_dates_that_two_conventions_read_as_two_days_are_ambiguous() -> None:
    assert is_ambiguous("02/03/2030")
    assert not is_ambiguous("03/03/2030")
    assert not is_ambiguous("02/13/2030")
    assert not is_ambiguous("2030-02-03")


@pytest.mark.parametrize(
    ("title", "day"),
    [
        ("Positions for All-Accounts as of 06:04 PM ET, 11/15/2020", date(2020, 11, 15)),
        ("Positions as of 05:51 PM ET, 2026/09/08", date(2026, 9, 8)),
        ("May 1, 2026 - June 30, 2026", date(2026, 6, 30)),
        ("no date, and 99/99/2020 is none", None),
    ],
)
def test_the_last_date_of_a_title(title: str, day: date | None) -> None:
    assert find_date(title) == day


def test_coupons_in_eighths() -> None:
    assert parse_fraction("4 1/8") == 4.125
    with pytest.raises(ValueError, match="fraction"):
        parse_fraction("4 1/0")
