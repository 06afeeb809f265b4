"""Five thousand random bonds against QuantLib: stubs, leap days, month ends, ex-dividend, four day counts."""

from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
import pytest
import QuantLib as ql
from hypothesis import given
from hypothesis import strategies as st

from stresstest.instruments import calendars
from stresstest.instruments.calendars import add_business_days, easter, following, is_business_day
from stresstest.instruments.cashflows import ExDividend, Stubs, fixed_coupon
from stresstest.instruments.daycount import (
    ACTUAL_360,
    ACTUAL_365,
    ACTUAL_ACTUAL,
    THIRTY_360,
    THIRTY_E_360,
    add_months,
    days_30e_360,
    last_of_month,
    settlement_date,
)
from stresstest.instruments.street import price_at_yield, street_yield

BONDS = 5000
STEP = {1: ql.Annual, 2: ql.Semiannual, 4: ql.Quarterly, 12: ql.Monthly}
COUNTS = {
    THIRTY_360: ql.Thirty360(ql.Thirty360.BondBasis),
    THIRTY_E_360: ql.Thirty360(ql.Thirty360.European),
    ACTUAL_360: ql.Actual360(),
    ACTUAL_365: ql.Actual365Fixed(),
}
MARKETS = {
    calendars.US_BOND: ql.UnitedStates(ql.UnitedStates.GovernmentBond),
    calendars.US_EQUITY: ql.UnitedStates(ql.UnitedStates.NYSE),
    calendars.UK: ql.UnitedKingdom(),
    calendars.TARGET: ql.TARGET(),
}
#: Closings that no rule foretells: mourning, a hurricane.
UNFORESEEN = {
    date(2004, 6, 11), date(2007, 1, 2), date(2012, 10, 29), date(2012, 10, 30), date(2018, 12, 5), date(2025, 1, 9),
}  # fmt: skip


def to_ql(day):
    return ql.Date(day.day, day.month, day.year)


@dataclass(frozen=True)
class Case:
    coupon: float
    maturity: date
    frequency: int
    settlement: date
    convention: str
    month_end: bool
    stubs: Stubs
    ex_days: int
    clean: float


def random_case(rng):
    """Any bond that both sides can describe; a month end only where periods are counted by calendar."""
    convention = str(rng.choice([ACTUAL_ACTUAL, THIRTY_360, THIRTY_E_360, ACTUAL_365, ACTUAL_360]))
    frequency = int(rng.choice([1, 2, 4, 12], p=[0.25, 0.5, 0.2, 0.05]))
    settlement = date(2020, 1, 1) + timedelta(days=int(rng.integers(0, 2500)))
    if rng.random() < 0.05:
        settlement = date(2024, 2, 29)
    maturity = settlement + timedelta(days=int(rng.integers(15, 30 * 365)))
    month_end = bool(convention == ACTUAL_ACTUAL and rng.random() < 0.4)
    if month_end:
        maturity = add_months(maturity, 0, True)
    elif maturity.day > 28:
        maturity = maturity.replace(day=28)
    ex_days = int(rng.choice([0, 7])) if convention == ACTUAL_ACTUAL else 0
    span = 40 * min(1.0, (maturity - settlement).days / 365)  # a price far from par has no yield just before maturity
    stubs = random_stubs(rng, maturity, frequency, settlement, month_end)
    return Case(
        rng.uniform(0.001, 0.13), maturity, frequency, settlement, convention, month_end, stubs, ex_days,
        rng.uniform(100 - span, 100 + span),
    )  # fmt: skip


def random_stubs(rng, maturity, frequency, settlement, month_end):
    """A dated date up to two periods before settlement, a long or short first coupon, or a short or long last one."""
    if rng.random() < 0.4:
        return Stubs()
    step, ends = 12 // frequency, month_end and last_of_month(maturity)
    last = None
    if rng.random() < 0.3:
        last = maturity - timedelta(days=int(rng.integers(5, 300 // frequency)))
        last = last if last.day <= 28 else last.replace(day=28)
    anchor, ends = last or maturity, ends and last is None
    dated = settlement - timedelta(days=int(rng.integers(1, 500 // frequency)))
    grid = [add_months(anchor, -step * k, ends) for k in range(12 * 32)]
    later = [day for day in grid if day > dated][::-1]
    if not later or anchor <= settlement:
        return Stubs(last=last) if anchor > settlement else Stubs()
    first = later[min(int(rng.integers(0, 2)), max(len(later) - 2, 0))]
    return Stubs(dated, first, last)


def schedule_of(case):
    start = case.stubs.dated or add_months(case.maturity, -12 * 31, case.month_end)
    first = to_ql(case.stubs.first) if case.stubs.first else ql.Date()
    last = to_ql(case.stubs.last) if case.stubs.last else ql.Date()
    return ql.Schedule(
        to_ql(start), to_ql(case.maturity), ql.Period(STEP[case.frequency]), ql.NullCalendar(), ql.Unadjusted,
        ql.Unadjusted, ql.DateGeneration.Backward, case.month_end and case.stubs.last is None, first, last,
    )  # fmt: skip


def quantlib_measures(case):
    """Accrued, yield, modified duration, convexity, and the dirty price at that yield, by QuantLib."""
    today = to_ql(case.settlement)
    ql.Settings.instance().evaluationDate = today
    schedule = schedule_of(case)
    # With the schedule QuantLib halves a regular coupon before a short last one, so those are counted without it.
    known = () if case.stubs.last else (schedule,)
    count = COUNTS.get(case.convention) or ql.ActualActual(ql.ActualActual.ISMA, *known)
    ex = (ql.Period(case.ex_days, ql.Days), MARKETS[calendars.UK], ql.Preceding, False) if case.ex_days else ()
    bond = ql.FixedRateBond(
        0, 100.0, schedule, [case.coupon], count, ql.Unadjusted, 100.0, ql.Date(), ql.NullCalendar(), *ex
    )
    left = sum(1 for flow in bond.cashflows() if flow.date() > today) - 1
    style = ql.Simple if left == 1 else ql.Compounded
    price = ql.BondPrice(case.clean, ql.BondPrice.Clean)
    rate = ql.BondFunctions.bondYield(bond, price, count, style, STEP[case.frequency], today, 1e-14, 1000, 0.05)
    arguments = (bond, rate, count, style, STEP[case.frequency])
    return (
        ql.BondFunctions.accruedAmount(bond, today),
        rate,
        ql.BondFunctions.duration(*arguments, ql.Duration.Modified, today),
        ql.BondFunctions.convexity(*arguments, today),
        ql.BondFunctions.cleanPrice(*arguments, today) + ql.BondFunctions.accruedAmount(bond, today),
    )


def our_flows(case):
    return fixed_coupon(
        case.coupon, case.maturity, case.frequency, case.settlement, case.convention, case.month_end, case.stubs,
        ExDividend(case.ex_days, calendars.UK),
    )  # fmt: skip


def our_measures(cases):
    """The same for all bonds at once, padded with payments of nothing."""
    flows = [our_flows(case) for case in cases]
    width = max(len(f.amounts) for f in flows)
    amounts, periods = (
        np.array([np.pad(getattr(f, name), (0, width - len(f.amounts))) for f in flows])
        for name in ("amounts", "periods")
    )
    accrued = np.array([f.accrued for f in flows])
    frequency, simple = np.array([f.frequency for f in flows]), np.array([f.simple for f in flows])
    shape = (amounts, periods, frequency, simple)
    rate = street_yield(np.array([case.clean for case in cases]) / 100 + accrued, *shape)
    found = price_at_yield(rate, *shape)
    return np.stack([100 * accrued, rate, found.modified_duration, found.convexity, 100 * found.price], axis=1)


@pytest.fixture(scope="module")
def cases():
    rng = np.random.default_rng(20260730)
    return [random_case(rng) for _ in range(BONDS)]


def test_five_thousand_random_bonds_agree_with_quantlib(cases):
    ours, theirs = our_measures(cases), np.array([quantlib_measures(case) for case in cases])
    np.testing.assert_allclose(ours, theirs, rtol=1e-8, atol=1e-9)


def test_the_five_thousand_hold_every_oddity(cases):
    assert sum(case.stubs.dated is not None for case in cases) > 1000
    assert sum(case.stubs.last is not None for case in cases) > 300
    assert sum(case.settlement == date(2024, 2, 29) for case in cases) > 100
    assert sum(case.month_end for case in cases) > 300
    assert sum(our_flows(case).ex_dividend for case in cases) > 10


@pytest.mark.parametrize("market", list(MARKETS))
def test_holidays_agree_with_quantlib(market):
    """Good Fridays on which a payroll report opens the bond market for half a day are holidays here."""
    day = date(2003, 1, 1)
    while day < date(2050, 1, 1):
        open_there = MARKETS[market].isBusinessDay(to_ql(day))
        good_friday = market == calendars.US_BOND and day == easter(day.year) - timedelta(days=2)
        if day not in UNFORESEEN and not good_friday:
            assert open_there == is_business_day(day, market), day
        day += timedelta(days=1)


@given(st.dates(date(2003, 1, 1), date(2045, 1, 1)), st.integers(-30, 30))
def test_business_days_are_counted_as_quantlib_counts_them(day, count):
    theirs = MARKETS[calendars.TARGET].advance(to_ql(day), count, ql.Days) if count else to_ql(day)
    assert to_ql(add_business_days(day, count, calendars.TARGET)) == theirs
    later = MARKETS[calendars.TARGET].adjust(to_ql(day), ql.Following)
    assert to_ql(following(day, calendars.TARGET)) == later


@given(st.dates(date(2003, 1, 1), date(2045, 1, 1)), st.integers(0, 800))
def test_eurobond_thirty_360_agrees_with_quantlib(start, days):
    end = start + timedelta(days=days)
    assert days_30e_360(start, end) == COUNTS[THIRTY_E_360].dayCount(to_ql(start), to_ql(end))


def test_settlement_skips_holidays_and_counts_days():
    assert settlement_date(date(2026, 12, 24)) == date(2026, 12, 28)
    assert settlement_date(date(2026, 12, 24), 2, calendars.UK) == date(2026, 12, 30)
    assert settlement_date(date(2027, 4, 29), 1, calendars.TARGET) == date(2027, 4, 30)
    assert settlement_date(date(2026, 12, 24), 1, calendars.WEEKDAYS) == date(2026, 12, 25)


def test_a_gilt_goes_ex_dividend_seven_business_days_before_its_coupon():
    """Its accrued interest turns negative by just the coupon that the seller keeps."""
    rule = ExDividend(7, calendars.UK)
    maturity = date(2034, 7, 31)
    before, after = (
        fixed_coupon(0.0425, maturity, 2, day, ACTUAL_ACTUAL, True, Stubs(), rule)
        for day in (date(2026, 7, 21), date(2026, 7, 22))
    )
    assert (before.ex_dividend, after.ex_dividend) == (False, True)
    assert before.accrued - after.accrued == pytest.approx(0.0425 / 2 - 0.0425 / 2 / 181)
    assert (before.amounts[0], after.amounts[0]) == (0.0425 / 2, 0.0)


@given(st.integers(0, 400), st.sampled_from([1, 2, 4]))
def test_no_interest_is_lost_or_made_up_by_an_irregular_first_coupon(days, frequency):
    """Whatever the dated date, what is paid is the coupon rate times the regular periods that it lasts."""
    maturity, dated = date(2031, 5, 15), date(2026, 5, 15) - timedelta(days=days)
    stubs = Stubs(dated, date(2026, 11, 15))
    flows = fixed_coupon(0.05, maturity, frequency, dated, ACTUAL_ACTUAL, False, stubs)
    regular = fixed_coupon(0.05, maturity, frequency, date(2026, 5, 15), ACTUAL_ACTUAL, False)
    assert flows.accrued == 0.0
    paid = (flows.amounts.sum() - regular.amounts.sum()) / (0.05 / frequency)
    assert paid == pytest.approx(days / (365 / frequency), rel=0.04)  # quarters last 89 to 92 days
