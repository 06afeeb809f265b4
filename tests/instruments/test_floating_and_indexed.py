"""Floaters, Treasury zeros and inflation-linked bonds against QuantLib."""

from datetime import date, timedelta

import numpy as np
import pytest
import QuantLib as ql
from hypothesis import given
from hypothesis import strategies as st
from specimens import make_position

from stresstest.instruments.cashflows import single_payment
from stresstest.instruments.curve import NODES, Curve
from stresstest.instruments.daycount import coupon_dates, years_between
from stresstest.instruments.discounting import Discounting, present_value
from stresstest.instruments.floater import floating_claims
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


def test_an_indexed_bond_shows_its_breakeven(hold):
    holding = hold(make_position("linker", price=97.0, coupon=0.0175, maturity=date(2034, 1, 15), rating="UST"))
    nominal = holding.analytics["real_yield"] + holding.analytics["breakeven"]
    assert holding.analytics["yield"] == holding.analytics["real_yield"]
    assert 0.04 < nominal < 0.055
