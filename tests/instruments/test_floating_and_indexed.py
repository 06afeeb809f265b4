"""Floaters, Treasury zeros and inflation-linked bonds against QuantLib."""

from datetime import date, timedelta

import numpy as np
import pytest
import QuantLib as ql
from hypothesis import given, settings
from hypothesis import strategies as st
from specimens import make_position

from stresstest.errors import DataError
from stresstest.instruments.cashflows import fixed_coupon, single_payment
from stresstest.instruments.curve import NODES, Curve
from stresstest.instruments.daycount import ACTUAL_ACTUAL, coupon_dates, years_between
from stresstest.instruments.discounting import Discounting, present_value
from stresstest.instruments.floater import floating_claims
from stresstest.instruments.inflation import index_ratio, reference_index
from stresstest.instruments.street import price_at_yield

TODAY = date(2026, 7, 30)
COUNT = ql.Actual36525()
#: Straight beyond a year and flat before, so that nodes between whole days cost nothing.
ZERO = 0.035 + 0.0006 * np.maximum(NODES - 1.0, 0.0)
QUARTER = 365.25 / 360


def to_ql(day):
    return ql.Date(day.day, day.month, day.year)


def quantlib_curve(spread=0.0):
    ql.Settings.instance().evaluationDate = to_ql(TODAY)
    days = [0, *(round(t * 365.25) for t in NODES)]
    rates = [float(np.interp(d / 365.25, NODES, ZERO)) + spread for d in days]
    return ql.YieldTermStructureHandle(
        ql.ZeroCurve([to_ql(TODAY) + d for d in days], rates, COUNT, ql.NullCalendar(), ql.Linear(), ql.Continuous)
    )


@pytest.mark.parametrize("maturity", [date(2027, 4, 15), date(2031, 1, 15), date(2038, 10, 30)])
@pytest.mark.parametrize(("margin", "spread"), [(0.0, 0.0), (0.0125, 0.009), (0.002, 0.03)])
def test_floaters_agree_with_quantlib(maturity, margin, spread):
    """Index set at the start of each quarter, actual/360, projected on the curve that discounts it."""
    index_today = 0.0375
    dates = coupon_dates(maturity, 4, TODAY, False)
    years = np.array([years_between(TODAY, day) for day in dates[1:]])
    started = years_between(dates[0], TODAY)
    claims = floating_claims(years, started, 0.0, QUARTER * index_today, QUARTER * margin, 0.0)
    ours = present_value(claims, Discounting(Curve(ZERO), spread))

    forecast = quantlib_curve()
    index = ql.IborIndex(
        "OWN", ql.Period(3, ql.Months), 0, ql.USDCurrency(), ql.NullCalendar(), ql.Unadjusted, False, ql.Actual360(),
        forecast,
    )  # fmt: skip
    index.addFixing(to_ql(dates[0]), index_today, True)
    schedule = ql.Schedule(
        to_ql(dates[0]), to_ql(maturity), ql.Period(ql.Quarterly), ql.NullCalendar(), ql.Unadjusted, ql.Unadjusted,
        ql.DateGeneration.Backward, False,
    )  # fmt: skip
    bond = ql.FloatingRateBond(0, 1.0, schedule, index, ql.Actual360(), ql.Unadjusted, 0, [1.0], [margin])
    bond.setPricingEngine(ql.DiscountingBondEngine(quantlib_curve(spread)))
    assert ours == pytest.approx(bond.NPV(), rel=1e-6)


@given(days=st.integers(10, 30 * 365), rate=st.floats(0.001, 0.15))
def test_zeros_agree_with_quantlib(days, rate):
    maturity = TODAY + timedelta(days=days)
    flows = single_payment(maturity, TODAY)
    ours = price_at_yield(rate, flows.amounts, flows.periods, flows.frequency, flows.simple)
    ql.Settings.instance().evaluationDate = to_ql(TODAY)
    bond = ql.ZeroCouponBond(0, ql.NullCalendar(), 100.0, to_ql(maturity))
    style = ql.Simple if flows.simple else ql.Compounded
    yielded = ql.InterestRate(rate, ql.Actual365Fixed(), style, ql.Semiannual)
    assert 100 * float(ours.price) == pytest.approx(ql.BondFunctions.cleanPrice(bond, yielded), rel=1e-8)
    theirs = ql.BondFunctions.duration(bond, yielded, ql.Duration.Modified)
    assert float(ours.modified_duration) == pytest.approx(theirs, rel=1e-8)


def price_indices():
    """A made-up index that grows unevenly, from 2020 on."""
    months = [date(year, month, 1) for year in range(2020, 2028) for month in range(1, 13)]
    return {month: 258.0 * 1.0023**n + 0.4 * np.sin(n) for n, month in enumerate(months)}


def quantlib_index(prices):
    """QuantLib's index with these fixings, seen from a day on which all are known."""
    ql.Settings.instance().evaluationDate = to_ql(date(2029, 1, 2))
    index = ql.USCPI()
    index.clearFixings()
    for month, level in prices.items():
        index.addFixing(to_ql(month), level, True)
    return index


@settings(max_examples=40, deadline=None)
@given(st.dates(date(2020, 5, 1), date(2027, 9, 30)))
def test_reference_indices_agree_with_quantlib(day):
    prices = price_indices()
    index = quantlib_index(prices)
    theirs = ql.CPI.laggedFixing(index, to_ql(day), ql.Period(3, ql.Months), ql.CPI.Linear)
    assert reference_index(prices, day) == pytest.approx(theirs, abs=1e-5)


def test_an_indexed_bond_agrees_with_quantlib_payment_by_payment():
    """Real payments times the index ratio of each date are those of QuantLib's bond on the same index."""
    prices, dated, maturity, coupon = price_indices(), date(2021, 7, 15), date(2026, 7, 15), 0.0125
    index = quantlib_index(prices)
    schedule = ql.Schedule(
        to_ql(dated), to_ql(maturity), ql.Period(ql.Semiannual), ql.NullCalendar(), ql.Unadjusted, ql.Unadjusted,
        ql.DateGeneration.Backward, False,
    )  # fmt: skip
    count, lag = ql.ActualActual(ql.ActualActual.ISMA, schedule), ql.Period(3, ql.Months)
    base = ql.CPI.laggedFixing(index, to_ql(dated), lag, ql.CPI.Linear)
    bond = ql.CPIBond(0, 100.0, False, base, lag, index, ql.CPI.Linear, schedule, [coupon], count, ql.Unadjusted)
    flows = fixed_coupon(coupon, maturity, 2, dated, ACTUAL_ACTUAL, True)
    ours = [a * index_ratio(prices, dated, day) for a, day in zip(flows.amounts, flows.dates, strict=True)]
    theirs: dict[ql.Date, float] = {}
    for flow in bond.cashflows():
        theirs[flow.date()] = theirs.get(flow.date(), 0.0) + flow.amount() / 100.0
    np.testing.assert_allclose(ours, [theirs[to_ql(day)] for day in flows.dates], rtol=5e-6)


def test_a_missing_month_is_named():
    with pytest.raises(DataError, match="2027-10"):
        reference_index({date(2027, 9, 1): 300.0}, date(2027, 12, 15))
    assert reference_index({date(2027, 9, 1): 300.0}, date(2027, 12, 1)) == 300.0


def test_an_indexed_bond_shows_its_breakeven(hold):
    holding = hold(make_position("linker", price=97.0, coupon=0.0175, maturity=date(2034, 1, 15), rating="UST"))
    nominal = holding.analytics["real_yield"] + holding.analytics["breakeven"]
    assert holding.analytics["yield"] == holding.analytics["real_yield"]
    assert 0.04 < nominal < 0.055
