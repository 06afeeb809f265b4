"""Revaluation of bonds: against QuantLib, against street yields, and what ageing does."""

from datetime import date

import numpy as np
import pytest
import QuantLib as ql
from specimens import KINDS, TODAY, make_position, negated

from stresstest.instruments.curve import NODES
from stresstest.instruments.daycount import settlement_date
from stresstest.instruments.discounting import Claims, present_value
from stresstest.instruments.street import price_at_yield, street_yield
from stresstest.tables import TENORS, factor_index

SETTLEMENT = settlement_date(TODAY)
BONDS = ["treasury", "corporate", "zero", "bill"]


def quantlib_curve(zero):
    """Linear zero rates at the nodes on the time axis of the curve, a year of 365.25 days."""
    start = ql.Date(SETTLEMENT.day, SETTLEMENT.month, SETTLEMENT.year)
    ql.Settings.instance().evaluationDate = start
    days = [0, *(round(t * 365.25) for t in NODES)]
    times = np.array(days[1:]) / 365.25
    rates = [zero[0], *np.interp(times, NODES, zero)]
    return ql.ZeroCurve([start + d for d in days], [float(r) for r in rates], ql.Actual36525())


@pytest.mark.parametrize("name", ["treasury", "corporate", "zero"])
def test_value_on_a_shocked_curve_agrees_with_quantlib(hold, shock, curve, name):
    """QuantLib discounts the same payments on its own curve, spread and all; nodes off a whole day cost 1e-7."""
    bond = hold(*KINDS[name]).instrument
    moves = shock(ust_2y=0.01, ust_5y=-0.004, ust_10y=0.012, ust_20y=0.007, ig_spread=0.02)
    claims = bond.claims(0.0)
    bump = np.array([moves[factor_index()[factor]] for factor in TENORS])
    wider = sum(beta * moves[factor_index()[factor]] for factor, beta in bond.how.spreads.items())
    total = curve.rate(claims.rate_times) + bond.how.spread
    quoted = 2 * np.expm1(total / 2) + np.interp(claims.rate_times, NODES, bump) + wider
    zero_at_flows = 2 * np.log1p(quoted / 2)
    expected = claims.amounts @ np.exp(-zero_at_flows * claims.rate_times) - present_value(claims, bond.how)
    assert bond.price_change(moves, 0.0) == pytest.approx(bond.notional * expected, rel=2e-4)

    theirs = quantlib_curve(curve.zero)
    unshocked = sum(
        a * theirs.discount(float(t)) * np.exp(-bond.how.spread * t)
        for a, t in zip(claims.amounts, claims.pay_times, strict=True)
    )
    assert present_value(claims, bond.how) == pytest.approx(unshocked, rel=2e-6)


@pytest.mark.parametrize("name", BONDS)
def test_the_spread_reprices_the_quote(hold, name):
    holding = hold(*KINDS[name])
    dirty = present_value(holding.instrument.claims(0.0), holding.instrument.how)
    assert 100 * dirty == pytest.approx(holding.analytics["dirty_price"], abs=1e-10)
    assert holding.analytics["clean_price"] == pytest.approx(holding.position.price, abs=1e-12)
    assert holding.instrument.value == pytest.approx(holding.position.market_value)


@pytest.mark.parametrize("name", [*BONDS, "linker"])
def test_one_basis_point_costs_one_dv01(hold, shock, name):
    """Street yield against a parallel move of zero rates: the same but for the slope of the curve."""
    holding = hold(*KINDS[name])
    lost = -float(holding.instrument.price_change(shock(rates=1e-4), 0.0))
    assert lost == pytest.approx(holding.analytics["dv01"], rel=5e-3)
    dollars = holding.analytics["dirty_price"] / 100 * holding.instrument.notional
    assert lost == pytest.approx(holding.analytics["effective_duration"] * dollars * 1e-4, rel=1e-3)


@pytest.mark.parametrize("name", [*BONDS, "junk in euro", "linker", "floater", "mortgage"])
def test_key_rate_durations_add_up(hold, name):
    analytics = hold(*KINDS[name]).analytics
    assert list(analytics["key_rate_durations"]) == ["0.25", "1", "2", "5", "10", "20", "30"]
    assert sum(analytics["key_rate_durations"].values()) == pytest.approx(analytics["duration"], rel=1e-12, abs=1e-12)


@pytest.mark.parametrize("name", ["treasury", "corporate", "zero"])
def test_large_parallel_moves_follow_the_street_yield(hold, shock, name):
    """Three hundred basis points on the whole curve against a yield three percentage points higher or lower."""
    holding = hold(*KINDS[name])
    bond, rate = holding.instrument, holding.analytics["yield"]
    claims = bond.claims(0.0)
    periods = claims.pay_times * 2
    dirty = present_value(claims, bond.how)
    rate = float(street_yield(dirty, claims.amounts, periods, 2, False))
    for move in (-0.03, 0.03):
        expected = float(price_at_yield(rate + move, claims.amounts, periods, 2, False).price) - dirty
        assert float(bond.price_change(shock(rates=move), 0.0)) == pytest.approx(bond.notional * expected, rel=5e-3)


def test_convexity_explains_what_duration_leaves(hold, shock):
    holding = hold(*KINDS["treasury"])
    dollars = holding.analytics["dirty_price"] / 100 * holding.instrument.notional
    for move in (-0.02, -0.005, 0.005, 0.02):
        full = float(holding.instrument.price_change(shock(rates=move), 0.0)) / dollars
        duration, convexity = holding.analytics["effective_duration"], holding.analytics["effective_convexity"]
        first, second = -duration * move, convexity * move**2 / 2
        assert full == pytest.approx(first + second, abs=200 * abs(move) ** 3)
        assert abs(full - first - second) < 0.2 * abs(full - first)


def test_payments_already_received_do_not_move(hold, shock):
    short = hold(make_position("bond", price=100.0, coupon=0.05, maturity=date(2027, 3, 15), rating="UST")).instrument
    crash = shock(rates=0.05)
    assert short.price_change(crash, 1.0) == 0.0
    assert short.claims(0.2).amounts.size == 1
    aged = float(short.price_change(crash, 0.5))
    assert short.notional * (1.025 * np.exp(-0.06 * 0.13) - 1.025) < aged < 0.0


def test_a_bill_earns_its_discount_and_then_the_short_rate(hold, curve):
    bill = hold(make_position("bill", price=98.0, maturity=date(2027, 1, 29), rating="UST")).instrument
    to_maturity = float(bill.carry(bill.years[0], 0.0))
    assert to_maturity == pytest.approx(2000.0, rel=1e-12)
    later = float(bill.carry(bill.years[0] + 1.0, 0.0))
    assert later - to_maturity == pytest.approx(100_000 * np.expm1(curve.zero[0]), rel=1e-12)
    assert float(bill.carry(0.0, 0.0)) == 0.0


def test_carry_of_a_bond_is_yield_plus_roll(hold, curve):
    holding = hold(make_position("bond", price=100.0, coupon=0.0467, maturity=date(2036, 7, 30), rating="UST"))
    bond = holding.instrument
    year = 1.0
    duration_later = 7.3
    roll = duration_later * (curve.rate(10.0) - curve.rate(9.0))
    assert float(bond.carry(year, 0.0)) / 100_000 == pytest.approx(0.0467 + roll, abs=8e-4)


def test_a_bond_without_a_price_is_priced_from_its_spread(hold, snapshot, curve):
    terms = {"coupon": 0.05, "maturity": date(2033, 4, 10), "frequency": 2}
    unpriced = {"price": 0.0, "market_value": 0.0, "tags": {"price_source": "model"}}
    treasury = hold(make_position("bond", rating="UST", **terms, **unpriced))
    assert treasury.analytics["z_spread"] == 0.0
    assert treasury.position.market_value == treasury.instrument.value == pytest.approx(1000 * treasury.position.price)
    given = hold(make_position("bond", spread=0.03, **terms, **unpriced))
    usual = hold(make_position("bond", rating="BB-", **terms, **unpriced))
    assert usual.analytics["z_spread"] == pytest.approx(0.0195)
    assert given.position.price < usual.position.price < treasury.position.price
    assert any("300 bp (the spread in the file)" in text for text in given.analytics["assumptions"])


def test_credit_moves_companies_by_rating_and_leaves_treasuries(hold, shock):
    wider = shock(ig_spread=0.01, hy_spread=0.05)
    terms = {"coupon": 0.05, "maturity": date(2033, 4, 10), "frequency": 2}
    loss = {
        rating: -float(hold(make_position("bond", rating=rating, **terms)).instrument.price_change(wider, 0.0))
        for rating in ("UST", "AAA", "A2", "BBB+", "Ba1", "B-", "Caa2")
    }
    assert loss["UST"] == 0.0
    assert list(loss.values()) == sorted(loss.values())
    unrated = hold(make_position("bond", **terms))
    assert -float(unrated.instrument.price_change(wider, 0.0)) == loss["BBB+"]
    assert any("taken as that of BBB" in text for text in unrated.analytics["assumptions"])


def test_a_bond_in_another_currency_moves_with_it(hold, shock):
    euro = hold(*KINDS["junk in euro"]).instrument
    dollars = present_value(euro.claims(0.0), euro.how) * euro.notional
    assert euro.price_change(shock(fx_eur=-0.1), 0.0) == pytest.approx(dollars * np.expm1(-0.1))
    both = float(euro.price_change(shock(rates=0.01, fx_eur=-0.1), 0.0))
    local = float(euro.price_change(shock(rates=0.01), 0.0))
    assert both == pytest.approx((dollars + local) * np.exp(-0.1) - dollars)
    home = make_position("bond", price=88.0, coupon=0.06, maturity=date(2031, 3, 20), rating="B+", frequency=1)
    same_terms = hold(home).instrument.price_change(shock(rates=0.001), 0.0)
    assert local / 10 == pytest.approx(0.65 * 1.14 * float(same_terms), rel=0.05)


def test_quotes_that_fit_no_spread_are_not_modelled(snapshot):
    from stresstest.instruments import build_book
    from stresstest.records import Portfolio

    rows = (
        make_position("bond", price=9_600.0, coupon=0.04, maturity=date(2026, 9, 15)),
        make_position("bond", coupon=0.04, maturity=date(2026, 7, 30)),
        make_position("bond", coupon=0.04),
        make_position("bond", coupon=0.04, maturity=date(2030, 1, 1), frequency=3),
        make_position("bond", coupon=0.04, maturity=date(2030, 1, 1), currency="XYZ", market_value=0.0),
    )
    book = build_book(Portfolio("bad", rows, {}, 0.0), [None] * len(rows), snapshot)
    reasons = [reason for _, reason in book.not_modelled]
    assert not book.holdings
    for reason, words in zip(reasons, ("price 9600", "matured", "no maturity", "frequency 3", "XYZ"), strict=True):
        assert words in reason


def test_shorts_mirror_longs(hold, shock):
    position, _ = KINDS["treasury"]
    long, short = hold(position), hold(negated(position))
    assert short.instrument.value == -long.instrument.value
    assert short.analytics["dv01"] == pytest.approx(-long.analytics["dv01"])
    assert short.analytics["yield"] == long.analytics["yield"]


def test_claims_are_those_after_the_age():
    claims = Claims.fixed(np.array([0.5, 1.0, 1.5]), np.array([0.02, 0.02, 1.02]), 1.0)
    assert claims.pay_times.tolist() == [0.5]
    assert claims.amounts.tolist() == [1.02]
