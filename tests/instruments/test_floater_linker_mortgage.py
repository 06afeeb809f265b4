"""Bonds whose payments move: floaters, linkers, pass-throughs."""

from datetime import date

import numpy as np
import pytest
from specimens import KINDS, LEVELS, make_position

from stresstest.instruments.discounting import present_value
from stresstest.instruments.reference import constant, mortgage_shape
from stresstest.tables import factor_index


def test_a_floater_hardly_feels_rates_and_fully_feels_spreads(hold, shock):
    floater = hold(*KINDS["floater"])
    fixed = hold(make_position("bond", price=99.4, coupon=0.049, maturity=date(2031, 1, 15), rating="A", frequency=4))
    rates, spreads = shock(rates=0.01), shock(ig_spread=0.01)
    assert abs(floater.instrument.price_change(rates, 0.0)) < 0.001 * floater.instrument.value
    assert fixed.instrument.price_change(rates, 0.0) < -0.035 * fixed.instrument.value
    wider = [float(h.instrument.price_change(spreads, 0.0)) for h in (floater, fixed)]
    assert wider[0] == pytest.approx(wider[1], rel=0.05)


@pytest.mark.parametrize("age", [0.0, 0.1, 0.3])
def test_a_floater_fixed_in_advance_has_the_duration_of_its_next_coupon(hold, age):
    term = make_position("floater", price=100.0, spread=0.0, coupon=0.04, maturity=date(2031, 1, 15), index="Term SOFR")
    floater = hold(term).instrument
    slope = sum(floater.sensitivity(age)[factor_index()[n]] for n in ("ust_3m", "ust_1y", "ust_2y", "ust_5y"))
    to_next = min(t - age for t in floater.years if t > age)
    assert -slope / floater.value == pytest.approx(to_next, rel=0.05)


def test_a_floater_at_its_discount_margin_is_worth_par_at_every_setting(hold):
    """Index and curve equal, quoted margin equal to discount margin zero: par on a coupon date, by no-arbitrage."""
    note = make_position(
        "floater", price=100.0, spread=0.0, maturity=date(2030, 7, 30), index="Term SOFR", rating="UST"
    )
    floater = hold(note).instrument
    assert floater.started == 0.0
    for age in floater.years[:-1]:
        first = floater.claims(age).pay_times[0]
        coupon = floater.index * first
        forward = 1.0 / floater.how.curve.discount(first) - 1.0
        worth = present_value(floater.claims(age), floater.how) + (forward - coupon) * floater.how.curve.discount(first)
        assert worth == pytest.approx(1.0, abs=2e-3)


def test_a_floater_earns_the_financing_rate(hold):
    floater = hold(*KINDS["floater"]).instrument
    gap = float(floater.carry(1.0, 0.05) - floater.carry(1.0, 0.03))
    assert gap == pytest.approx(0.02 * floater.notional * 365.25 / 360)
    at_end = float(floater.carry(floater.years[-1], 0.04))
    coupons = (0.04 + 0.012) * floater.years[-1] * 365.25 / 360
    assert at_end == pytest.approx(floater.notional * (coupons + 1.0 - 0.994), rel=1e-9)


def test_floater_index_and_margin_are_understood(hold):
    bill = hold(make_position("floater", coupon=0.0405, maturity=date(2028, 4, 30), rating="UST"))
    assert bill.instrument.basis == pytest.approx(LEVELS["ust_3m"] - LEVELS["sofr"])
    assert bill.instrument.margin == pytest.approx(0.0405 - LEVELS["ust_3m"])
    assert any("Quoted margin 16 bp is the coupon" in text for text in bill.analytics["assumptions"])


def test_equal_moves_of_nominal_rates_and_breakevens_leave_a_linker_alone(hold, shock):
    linker = hold(*KINDS["linker"]).instrument
    assert linker.price_change(shock(rates=0.02, breakeven_10y=0.02), 0.5) == pytest.approx(0.0, abs=1e-8)
    assert linker.price_change(shock(breakeven_10y=0.01), 0.5) > 0.06 * linker.value
    assert linker.price_change(shock(rates=0.01), 0.5) < -0.06 * linker.value


def test_a_linker_earns_real_yield_and_inflation(hold):
    """Over its life the carry is real payments grown by the breakeven of today, whatever the path of the price."""
    holding = hold(make_position("linker", price=97.0, coupon=0.0, maturity=date(2034, 1, 15), rating="UST"))
    linker = holding.instrument
    life = float(linker.years[-1])
    grown = linker.notional * (1 + LEVELS["breakeven_10y"] / 2) ** (2 * life)
    assert float(linker.carry(life, 0.0)) == pytest.approx(grown - linker.value, rel=1e-9)
    nominal_yield = (grown / linker.value) ** (0.5 / life) * 2 - 2
    assert nominal_yield == pytest.approx(holding.analytics["yield"] + LEVELS["breakeven_10y"], abs=5e-4)


def test_the_index_ratio_scales_a_linker_once(hold):
    terms = {"coupon": 0.0175, "maturity": date(2034, 1, 15), "rating": "UST", "frequency": 2}
    plain = hold(make_position("linker", price=97.0, **terms)).instrument
    ratio = hold(make_position("linker", price=97.0, index="1.25", **terms)).instrument
    used = hold(make_position("linker", price=97.0, index="1.25", market_value=121_250.0, **terms)).instrument
    assert ratio.value == used.value == pytest.approx(1.25 * plain.value)
    with pytest.raises(AssertionError, match="index ratio 125"):
        hold(make_position("linker", price=97.0, index="125", **terms))


def test_a_pass_through_lengthens_as_rates_rise(hold, shock):
    pool = hold(*KINDS["mortgage"]).instrument
    up, down = (float(pool.price_change(shock(rates=x), 0.0)) / pool.value for x in (0.01, -0.01))
    assert up < -pool.duration * 0.01 < 0 < down < pool.duration * 0.01
    second = (np.log1p(up) + np.log1p(down)) / 0.01**2
    assert second == pytest.approx(pool.convexity - pool.duration**2, rel=1e-6)


def test_a_pass_through_keeps_its_duration_within_bounds_in_large_moves(hold, shock):
    pool = hold(*KINDS["mortgage"]).instrument
    moves = np.linspace(-0.08, 0.08, 161)
    logs = np.log1p(np.array([float(pool.price_change(shock(rates=x), 0.0)) for x in moves]) / pool.value)
    durations = -np.diff(logs) / np.diff(moves)
    assert (np.diff(durations) > -1e-6).all()
    assert durations[0] == pytest.approx(constant("mortgage_shortest"))
    assert durations[-1] == pytest.approx(constant("mortgage_longest"))


def test_a_dear_pool_is_shorter_than_a_cheap_one():
    durations = [mortgage_shape(gap)[0] for gap in (-0.05, -0.02, 0.0, 0.015, 0.04)]
    assert durations == sorted(durations, reverse=True)


def test_duration_and_convexity_of_the_file_rule(hold):
    pool = hold(make_position("mbs", price=99.0, duration=4.0, convexity=-180.0)).instrument
    assert (pool.duration, pool.convexity) == (4.0, -180.0)
