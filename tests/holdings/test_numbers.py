from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stresstest.holdings.dates import DAY_FIRST, date_order, find_date, is_ambiguous, parse_date
from stresstest.holdings.numbers import (
    Amount,
    NumberFormat,
    decimal_mark,
    number_format,
    parse_amount,
    parse_fraction,
)

COMMA = NumberFormat(",")


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


@pytest.mark.parametrize(
    ("text", "value"),
    [("1.250,25", 1250.25), ("960,35", 960.35), ("-0,72", -0.72), ("1 250,5", 1250.5), ("1\u202f250", 1250.0),
     ("1'250,75", 1250.75), ("€1.250", 1250.0), ("1.234.567", 1234567.0), (",5", 0.5), ("12", 12.0)],
)  # fmt: skip
def test_numbers_with_a_decimal_comma(text: str, value: float) -> None:
    assert parse_amount(text, COMMA).value == value


def test_a_currency_code_may_stand_before_or_after() -> None:
    assert parse_amount("89,162.28 SEK") == Amount(89162.28, "SEK", False)
    assert parse_amount("EUR 5") == Amount(5.0, "EUR", False)
    assert parse_amount("$1,000.00 CAD") == Amount(1000.0, "CAD", False)
    assert parse_amount("£3").may_be("GBP")
    assert not parse_amount("5 SEK").may_be("USD")


@pytest.mark.parametrize(
    ("text", "mark"),
    [("1,250.25", "."), ("1.250,25", ","), ("12,5", ","), ("12.5", "."), ("0,125", ","), ("0.125", "."),
     ("10,500", "?"), ("1.234", "?"), ("1,234,567", "."), ("1.234.567", ","),
     ("1250", ""), ("$1,250.25", "."), ("(960,35)", ",")],
)  # fmt: skip
def test_the_decimal_mark_that_a_number_shows(text: str, mark: str) -> None:
    assert decimal_mark(text) == mark


def test_the_format_of_a_file_is_what_most_of_its_numbers_show() -> None:
    assert number_format(["10,500", "12,5"], comma_delimited=False) == COMMA
    assert number_format(["10,500", "12.5"], comma_delimited=False) == NumberFormat(".")
    assert number_format(["10,500"], comma_delimited=True) == NumberFormat(".")
    unsettled = number_format(["10,500"], comma_delimited=False)
    with pytest.raises(ValueError, match="write 10500 or"):
        parse_amount("10,500", unsettled)
    assert parse_amount("12.5", unsettled).value == 12.5


def test_a_number_in_the_other_style_is_refused_unless_both_are_used_on_purpose() -> None:
    with pytest.raises(ValueError, match="decimal mark"):
        parse_amount("1,5")
    assert parse_amount("1,5", NumberFormat(".", mixed=True)).value == 1.5


def test_marks_around_a_number_are_kept() -> None:
    assert parse_amount("-£3") == Amount(-3.0, "£", False)
    assert parse_amount("4.25%") == Amount(4.25, "", True)


@pytest.mark.parametrize(
    "text",
    ["", "abc", "nan", "NaN", "inf", "-Infinity", "1e99", "1,5", "1.234,56", "1,00,000", "12 34", "--5", "(-5)", "5-",
     "0x10", "1_000", "١٢", "１２", "=1+1", "$", "5 usd", "$5 EUR", "1.2.3", "∞"],
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
     "2034-02-15, 09:31:12", "2034-02-15;10:58:02", "2034-02-15T00:00:00", "123/02/15", "15.02.2034", "15-02-2034",
     "February 15, 2034, 10:10:57 PM", "02/15/2034 as of 02/13/2034", "2023580800", "2023580800000"],
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
        ("查詢日期：115/09/08,幣別：新台幣", date(2026, 9, 8)),
        ("As of 19-Mar-2024", date(2024, 3, 19)),
    ],
)
def test_the_last_date_of_a_title(title: str, day: date | None) -> None:
    assert find_date(title) == day


def test_coupons_in_eighths() -> None:
    assert parse_fraction("4 1/8") == 4.125
    with pytest.raises(ValueError, match="fraction"):
        parse_fraction("4 1/0")


def test_one_date_with_a_day_above_twelve_settles_the_order_of_a_file() -> None:
    assert date_order(["05/06/2030", "17/11/2021"]) == DAY_FIRST
    assert parse_date("05/06/2030", DAY_FIRST) == date(2030, 6, 5)
    assert parse_date("05/06/2030", date_order(["05/06/2030", "11/17/2021"])) == date(2030, 5, 6)
