"""Numbers as text: exact in tables, two significant figures in prose, a sign that is not a hyphen."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stresstest.report import numbers, shown


@pytest.mark.parametrize(
    ("value", "kind", "text"),
    [
        (-1234.5, "money", "−1,234"),
        (1234.6, "signed_money", "+1,235"),
        (-0.00001, "percent", "0.00%"),
        (-0.1234, "signed_percent", "−12.34%"),
        (0.0, "signed_percent", "0.00%"),
        (1.5, "quantity", "1.5"),
        (100.0, "quantity", "100"),
        (0.00012345, "price", "0.0001234"),
        (None, "money", "–"),
        ("", "text", "–"),
        ("n/a", "money", "n/a"),
    ],
)
def test_cells(value: object, kind: str, text: str) -> None:
    assert numbers.show(value, kind) == text


@given(st.floats(min_value=1e-9, max_value=1e12), st.integers(1, 5))
def test_significant_figures(value: float, digits: int) -> None:
    text = numbers.significant(value, digits)
    read = float(text.replace(",", ""))
    assert read == pytest.approx(value, rel=0.5 * 10 ** (1 - digits) * 1.0001)
    assert numbers.significant(-value, digits) == numbers.MINUS + text
    assert "e" not in text


def test_moves_are_shown_as_people_read_them() -> None:
    assert shown.move("ust_10y", 0.0025) == pytest.approx(25.0)
    assert shown.move_unit("ust_10y") == "bp"
    assert shown.move("equity_us", math.log(0.8)) == pytest.approx(-20.0)
    assert shown.move("vix", 0.05) == pytest.approx(5.0)
    assert shown.move_unit("vix") == "vix_point"
    assert shown.move("unheard_of", None) is None


def test_an_estimate_is_written_to_the_place_of_its_error() -> None:
    assert numbers.with_error(0.0106, 0.00088) == ("1.06", "0.09")
    assert numbers.with_error(0.0058, 0.0018) == ("0.58", "0.18")
    assert numbers.with_error(-0.12, 0.04) == (f"{numbers.MINUS}12", "4")
    assert numbers.with_error(None, None) == (numbers.MISSING, numbers.MISSING)
