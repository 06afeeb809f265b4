"""Street convention against QuantLib, bond by bond and all at once, and against market data."""

import csv
from datetime import date, timedelta

import numpy as np
import pytest
import QuantLib as ql
from hypothesis import given
from hypothesis import strategies as st

from stresstest.errors import NoAnswerError
from stresstest.instruments.cashflows import fixed_coupon, single_payment
from stresstest.instruments.daycount import (
    ACTUAL_ACTUAL,
    THIRTY_360,
    coupon_dates,
    days_30_360,
    last_of_month,
    settlement_date,
)
from stresstest.instruments.street import price_at_yield, street_yield

SETTLEMENT = date(2026, 7, 30)
STEP = {1: ql.Annual, 2: ql.Semiannual, 4: ql.Quarterly, 12: ql.Monthly}


def to_ql(day):
    return ql.Date(day.day, day.month, day.year)


def random_bond(rng):
    """Coupon, maturity, frequency, convention, clean price. Month ends only where periods are counted by calendar."""
    convention = rng.choice([ACTUAL_ACTUAL, THIRTY_360])
    maturity = SETTLEMENT + timedelta(days=int(rng.integers(20, 30 * 365)))
    if convention == ACTUAL_ACTUAL and rng.random() < 0.4:
        maturity = maturity.replace(day=28)
        while not last_of_month(maturity):
            maturity += timedelta(days=1)
    elif maturity.day > 28:
        maturity = maturity.replace(day=28)
    return rng.uniform(0.001, 0.13), maturity, int(rng.choice([1, 2, 4, 12])), str(convention), rng.uniform(60, 140)


def quantlib_measures(coupon, maturity, frequency, convention, clean):
    """Accrued, yield, modified duration, convexity by QuantLib for 100 of face."""
    ql.Settings.instance().evaluationDate = to_ql(SETTLEMENT)
    first = to_ql(maturity) - ql.Period(40, ql.Years)
    ends = convention == ACTUAL_ACTUAL and last_of_month(maturity)
    schedule = ql.Schedule(
        first, to_ql(maturity), ql.Period(STEP[frequency]), ql.NullCalendar(), ql.Unadjusted, ql.Unadjusted,
        ql.DateGeneration.Backward, ends,
    )  # fmt: skip
    counts = {
        ACTUAL_ACTUAL: ql.ActualActual(ql.ActualActual.ISMA, schedule),
        THIRTY_360: ql.Thirty360(ql.Thirty360.BondBasis),
    }
    count = counts[convention]
    bond = ql.FixedRateBond(0, 100.0, schedule, [coupon], count, ql.Unadjusted)
    left = sum(1 for flow in bond.cashflows() if flow.date() > to_ql(SETTLEMENT)) - 1
    style = ql.Simple if left == 1 else ql.Compounded
    price = ql.BondPrice(clean, ql.BondPrice.Clean)
    rate = ql.BondFunctions.bondYield(bond, price, count, style, STEP[frequency], to_ql(SETTLEMENT), 1e-14, 1000, 0.05)
    arguments = (bond, rate, count, style, STEP[frequency])
    duration = ql.BondFunctions.duration(*arguments, ql.Duration.Modified, to_ql(SETTLEMENT))
    return (
        bond.accruedAmount(to_ql(SETTLEMENT)),
        rate,
        duration,
        ql.BondFunctions.convexity(*arguments, to_ql(SETTLEMENT)),
    )


def our_measures(coupon, maturity, frequency, convention, clean):
    flows = fixed_coupon(coupon, maturity, frequency, SETTLEMENT, convention, month_end=convention == ACTUAL_ACTUAL)
    shape = (flows.amounts, flows.periods, flows.frequency, flows.simple)
    rate = float(street_yield(clean / 100 + flows.accrued, *shape))
    found = price_at_yield(rate, *shape)
    return 100 * flows.accrued, rate, float(found.modified_duration), float(found.convexity)


def test_five_hundred_random_bonds_agree_with_quantlib():
    rng = np.random.default_rng(20260730)
    bonds = [random_bond(rng) for _ in range(500)]
    ours = np.array([our_measures(*bond) for bond in bonds])
    theirs = np.array([quantlib_measures(*bond) for bond in bonds])
    np.testing.assert_allclose(ours, theirs, rtol=1e-8, atol=1e-10)


def test_many_bonds_in_one_call_agree_with_one_by_one():
    rng = np.random.default_rng(7)
    rows = [(*bond[:4], 100.0) for bond in (random_bond(rng) for _ in range(50))]
    flows = [fixed_coupon(c, m, f, SETTLEMENT, k, month_end=False) for c, m, f, k, _ in rows]
    width = max(len(f.amounts) for f in flows)
    amounts, periods = (
        np.array([np.pad(getattr(f, name), (0, width - len(f.amounts))) for f in flows])
        for name in ("amounts", "periods")
    )
    frequency, simple = np.array([f.frequency for f in flows]), np.array([f.simple for f in flows])
    together = street_yield(np.array([1.0 + f.accrued for f in flows]), amounts, periods, frequency, simple)
    alone = [float(street_yield(1.0 + f.accrued, f.amounts, f.periods, f.frequency, f.simple)) for f in flows]
    assert together == pytest.approx(alone, rel=1e-12)


@given(
    coupon=st.floats(0.0, 0.15), days=st.integers(200, 12_000), frequency=st.sampled_from([1, 2, 4, 12]),
    rate=st.floats(-0.02, 0.6),
)  # fmt: skip
def test_yield_undoes_price(coupon, days, frequency, rate):
    flows = fixed_coupon(coupon, SETTLEMENT + timedelta(days=days), frequency, SETTLEMENT, ACTUAL_ACTUAL, False)
    shape = (flows.amounts, flows.periods, flows.frequency, flows.simple)
    price = price_at_yield(rate, *shape)
    assert float(street_yield(price.price, *shape)) == pytest.approx(rate, abs=1e-10)
    bump = 1e-5
    up, down = price_at_yield(rate + bump, *shape), price_at_yield(rate - bump, *shape)
    assert float(price.slope) == pytest.approx(float(up.price - down.price) / (2 * bump), rel=1e-6)
    assert float(price.curvature) == pytest.approx(float(up.slope - down.slope) / (2 * bump), rel=1e-6)


def test_at_a_coupon_date_a_par_bond_yields_its_coupon():
    flows = fixed_coupon(0.0625, date(2036, 7, 30), 2, SETTLEMENT, THIRTY_360, month_end=False)
    assert flows.accrued == 0.0
    assert float(street_yield(1.0, flows.amounts, flows.periods, 2, False)) == pytest.approx(0.0625, abs=1e-14)


@pytest.mark.parametrize(("days", "style"), [(90, ql.Simple), (900, ql.Compounded)])
def test_zero_coupon_yield_is_bond_equivalent(days, style):
    maturity = SETTLEMENT + timedelta(days=days)
    flows = single_payment(maturity, SETTLEMENT)
    rate = float(street_yield(0.9, flows.amounts, flows.periods, flows.frequency, flows.simple))
    theirs = ql.InterestRate(rate, ql.Actual365Fixed(), style, ql.Semiannual)
    assert theirs.discountFactor(to_ql(SETTLEMENT), to_ql(maturity)) == pytest.approx(0.9, abs=1e-13)


@pytest.mark.parametrize("dirty", [0.0, -1.0, np.inf, np.nan])
def test_a_price_without_a_yield_raises(dirty):
    flows = fixed_coupon(0.05, date(2030, 1, 15), 2, SETTLEMENT, THIRTY_360, month_end=False)
    with pytest.raises(NoAnswerError, match="street yield"):
        street_yield(dirty, flows.amounts, flows.periods, 2, False)


@given(st.dates(date(1990, 1, 1), date(2060, 1, 1)), st.integers(0, 800))
def test_thirty_360_agrees_with_quantlib(start, days):
    end = start + timedelta(days=days)
    for late, rule in ((True, ql.Thirty360.USA), (False, ql.Thirty360.BondBasis)):
        assert days_30_360(start, end, late) == ql.Thirty360(rule).dayCount(to_ql(start), to_ql(end))


@given(
    maturity=st.dates(date(2026, 8, 1), date(2070, 1, 1)), frequency=st.sampled_from([1, 2, 4, 12]), ends=st.booleans()
)
def test_schedule_agrees_with_quantlib(maturity, frequency, ends):
    dates = coupon_dates(maturity, frequency, SETTLEMENT, ends)
    theirs = ql.Schedule(
        to_ql(dates[0]), to_ql(maturity), ql.Period(STEP[frequency]), ql.NullCalendar(), ql.Unadjusted, ql.Unadjusted,
        ql.DateGeneration.Backward, ends and last_of_month(maturity),
    )  # fmt: skip
    assert [to_ql(day) for day in dates] == list(theirs)
    assert dates[0] <= SETTLEMENT < dates[1]


def test_month_end_bonds_pay_on_month_ends():
    assert coupon_dates(date(2027, 2, 28), 2, SETTLEMENT, True)[:3] == (
        date(2026, 2, 28), date(2026, 8, 31), date(2027, 2, 28),
    )  # fmt: skip
    assert coupon_dates(date(2027, 2, 28), 2, SETTLEMENT, False)[1] == date(2026, 8, 28)


def test_friday_settles_on_monday():
    assert settlement_date(date(2026, 7, 31)) == date(2026, 8, 3)
    assert settlement_date(date(2026, 7, 29)) == date(2026, 7, 30)


def test_treasury_yields_of_the_market_are_found_to_a_tenth_of_a_basis_point(shared_data):
    """Coupons of a FedInvest file of 28 June 2024, settled on 1 July, against the yields that it lists."""
    with (shared_data / "bonds" / "treasury_prices_sample_2024-06-28.csv").open() as file:
        rows = [row for row in csv.DictReader(file) if row["coupon_pct"] and row["eod_yield_pct"]]
    assert len(rows) > 30
    for row in rows:
        coupon, maturity = float(row["coupon_pct"]) / 100, date.fromisoformat(row["maturity_date"])
        flows = fixed_coupon(coupon, maturity, 2, date(2024, 7, 1), ACTUAL_ACTUAL, month_end=True)
        dirty = float(row["eod_price"]) / 100 + flows.accrued
        found = float(street_yield(dirty, flows.amounts, flows.periods, 2, flows.simple))
        assert found == pytest.approx(float(row["eod_yield_pct"]) / 100, abs=1e-5), row["cusip"]


def test_company_bonds_agree_with_the_issuer_of_a_fund(shared_data):
    """Bonds of LQD on 18 December 2025: nine in ten within 2 bp; the rest are callable, which terms do not tell."""
    with (shared_data / "bonds" / "ishares_lqd_holdings_2025-12-18.csv").open() as file:
        rows = [row for row in csv.DictReader(file) if row["maturity"] and float(row["coupon_pct"]) > 0]
    gaps, durations = [], []
    for row in rows[::5]:
        maturity = date.fromisoformat(row["maturity"])
        flows = fixed_coupon(float(row["coupon_pct"]) / 100, maturity, 2, date(2025, 12, 18), THIRTY_360, False)
        shape = (flows.amounts, flows.periods, 2, flows.simple)
        found = float(street_yield(float(row["price"]) / 100 + flows.accrued, *shape))
        gaps.append(abs(found - float(row["ytm_pct"]) / 100))
        durations.append(abs(float(price_at_yield(found, *shape).modified_duration) - float(row["mod_duration"])))
    assert len(gaps) > 500
    assert np.mean(np.array(gaps) < 2e-4) > 0.88
    assert np.median(durations) < 0.02
