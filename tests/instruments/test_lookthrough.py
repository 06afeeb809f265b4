"""A fund seen through: its file's own yields and durations, and what a change of rates does to what it holds."""

import csv
from datetime import date

import numpy as np
import pytest
from specimens import make_position

from stresstest.instruments.lookthrough import FundLine, fund_shape, read_lines, seen_through, unrounded

DAY = date(2026, 7, 30)
FILES = [
    ("ishares_tlt_holdings_2023-10-27.csv", date(2023, 10, 27), True),
    ("ishares_lqd_holdings_2025-12-18.csv", date(2025, 12, 18), False),
    ("ishares_hyg_holdings_2023-11-16.csv", date(2023, 11, 16), False),
]


@pytest.mark.parametrize(("name", "day", "treasury"), FILES)
def test_the_issuers_own_numbers_are_met(shared_data, name, day, treasury):
    """Median gap of yields under 2 bp, of modified durations under 0.02 years; the fund's duration within 1 percent."""
    with (shared_data / "bonds" / name).open() as file:
        lines, left_out = read_lines(csv.DictReader(file))
    shape = fund_shape(lines, day, treasury, left_out)
    bonds = [
        (line, rate, years)
        for line, rate, years in zip(shape.lines, shape.yields, shape.modified, strict=True)
        if not line.is_cash and line.ytm is not None and line.modified is not None
    ]
    assert len(bonds) > 0.95 * len(lines) - 3
    assert np.median([abs(rate - line.ytm) for line, rate, _ in bonds]) < 2e-4
    assert np.median([abs(years - line.modified) for line, _, years in bonds]) < 0.02
    theirs = sum(weight * (line.modified or 0.0) for weight, line in zip(shape.weights, shape.lines, strict=True))
    assert shape.modified_duration == pytest.approx(theirs, rel=0.01)
    assert shape.coverage > 0.99


def test_both_spellings_of_the_layout_are_read():
    written = {
        "Name": "A", "Asset Class": "Fixed Income", "Market Value": "1,500.5", "Price": "98.5", "Coupon (%)": "4.88",
        "Maturity": "Feb 01, 2046", "Mod. Duration": "12.1", "Duration": "11.9", "YTM (%)": "5.0",
    }  # fmt: skip
    plain = {
        "name": "A", "asset_class": "Fixed Income", "market_value": "1500.5", "price": "98.5", "coupon_pct": "4.88",
        "maturity": "2046-02-01", "mod_duration": "12.1", "duration": "11.9", "ytm_pct": "5.0",
    }  # fmt: skip
    (one,), none = read_lines([written])
    (other,), _ = read_lines([plain])
    assert one == other == FundLine("A", 1500.5, 98.5, 0.04875, date(2046, 2, 1), 11.9, 12.1, 0.05)
    assert none == ()


def test_rows_that_are_no_bonds_are_named():
    rows = [
        {"name": "Future", "market_value": ""},
        {"name": "Perpetual", "asset_class": "Fixed Income", "market_value": "5"},
    ]
    lines, left_out = read_lines(rows)
    assert lines == ()
    assert left_out == (("Future", "no market value", 0.0), ("Perpetual", "no maturity, coupon or price", 5.0))
    with pytest.raises(ValueError, match="no bond"):
        fund_shape(lines, DAY)


def test_key_rates_sum_to_the_duration_and_move_as_the_lines_do():
    lines = [
        FundLine("a", 600.0, 95.0, 0.03, date(2031, 5, 15)),
        FundLine("b", 300.0, 88.0, 0.04, date(2048, 8, 15)),
        FundLine("c", 100.0),
    ]
    shape = fund_shape(lines, DAY, treasury=True)
    assert shape.effective_duration == pytest.approx(shape.modified_duration, rel=1e-12)
    assert shape.betas("ig_spread")["ig_spread"] == pytest.approx(-shape.spread_duration)
    assert sum(-beta for name, beta in shape.betas().items() if name.startswith("ust_")) == pytest.approx(
        shape.effective_duration
    )
    assert shape.weights.sum() == pytest.approx(1.0)
    alone = fund_shape(lines[:1], DAY, treasury=True)
    assert shape.modified_duration < 0.6 * alone.modified_duration + 0.3 * 16


def test_a_position_takes_the_shape(hold):
    shape = fund_shape([FundLine("a", 1.0, 95.0, 0.03, date(2031, 5, 15))], DAY, treasury=True)
    fund = seen_through(make_position("fund_bond", 10, 100.0), shape, "ig_spread")
    assert fund.terms.duration == pytest.approx(shape.effective_duration)
    assert fund.terms.convexity == pytest.approx(shape.convexity)
    assert set(fund.betas) >= {"ust_5y", "ig_spread"}


def test_a_coupon_that_resets_is_paid_until_its_yield_to_worst_says():
    """A bank bond of nine years that resets after eight: the file's yields tell, coupon and maturity do not."""
    called = FundLine("to the call", 1.0, 90.0, 0.03, date(2034, 7, 30))
    rate = float(fund_shape([called], DAY).yields[0])
    line = FundLine("bank", 1.0, 90.0, 0.03, date(2035, 7, 30), ytm=rate + 0.0015, worst=rate)
    assert fund_shape([line], DAY).modified[0] == pytest.approx(fund_shape([called], DAY).modified[0], abs=0.08)


def test_eighths_are_restored():
    assert [unrounded(c / 100) for c in (1.88, 3.38, 4.63, 5.13, 4.5, 4.9)] == pytest.approx(
        [0.01875, 0.03375, 0.04625, 0.05125, 0.045, 0.049]
    )


def test_rows_without_terms_lower_the_coverage_by_their_value():
    """A quarter of the fund has a value but no price: it is not seen through, and coverage says so."""
    rows = [
        {"name": "A", "market_value": "750", "price": "98", "coupon": "4", "maturity": "2031-05-15"},
        {"name": "Unpriced", "market_value": "250", "coupon": "5", "maturity": "2030-05-15"},
    ]
    lines, left_out = read_lines(rows)
    shape = fund_shape(lines, DAY, left_out=left_out)
    assert shape.coverage == pytest.approx(0.75)
    assert shape.left_out == (("Unpriced", "no maturity, coupon or price"),)


def test_convexity_of_called_bonds_is_near_that_of_the_lattice(hold):
    """Bonds with calls priced on the lattice: from the effective duration alone the convexity is found far better than
    that of the straight bond."""
    gaps, naive = [], []
    for coupon, end, call, price in [
        (c, e, y, p) for c in (0.05, 0.07) for e in (2031, 2036) for y in (2027, 2029) for p in (96.0, 101.0, 103.0)
    ]:
        terms = {"coupon": coupon, "maturity": date(end, 6, 15), "rating": "BB"}
        tags = {"call_date": f"{call}-06-15", "call_price": "100"}
        found = hold(make_position("bond", price=price, tags=tags, **terms)).analytics
        line = FundLine("b", 1.0, price, coupon, date(end, 6, 15), duration=found["effective_duration"])
        gaps.append(abs(fund_shape([line], DAY).convexity - found["effective_convexity"]))
        naive.append(abs(found["convexity"] - found["effective_convexity"]))
    assert np.median(gaps) < 0.4 * np.median(naive)


def test_pass_throughs_in_a_fund_have_negative_convexity():
    row = {
        "name": "UMBS 30YR", "sector": "MBS Pass-Through", "market_value": "1", "price": "95", "coupon": "4.5",
        "maturity": "2053-06-01", "duration": "6.1",
    }  # fmt: skip
    (line,), _ = read_lines([row])
    assert fund_shape([line], DAY).convexity < 0
    assert fund_shape([FundLine("a bond", 1.0, 95.0, 0.045, date(2053, 6, 1))], DAY).convexity > 100
