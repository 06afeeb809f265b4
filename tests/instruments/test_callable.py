"""Callable bonds: the lattice against QuantLib's, and what a call does to a bond."""

from dataclasses import replace
from datetime import date

import numpy as np
import pytest
import QuantLib as ql
from specimens import KINDS, make_position

from stresstest.instruments.callable_bond import CallTree
from stresstest.instruments.curve import NODES, Curve
from stresstest.instruments.lattice import build_lattice, time_grid
from stresstest.instruments.reference import constant

TODAY = ql.Date(15, 3, 2024)
COUNT = ql.Actual36525()
ZERO = np.array([0.04, 0.04, 0.042, 0.043, 0.045, 0.048, 0.047])
DAYS = np.round(NODES * 365.25).astype(int)


class WholeDays(Curve):
    """The curve with its nodes on whole days, as QuantLib needs them."""

    def rate(self, times):
        return np.interp(times, DAYS / 365.25, self.zero)


def quantlib_curve():
    ql.Settings.instance().evaluationDate = TODAY
    dates = [TODAY, *(TODAY + int(days) for days in DAYS)]
    rates = [float(rate) for rate in (ZERO[0], *ZERO)]
    return ql.YieldTermStructureHandle(ql.ZeroCurve(dates, rates, COUNT, ql.NullCalendar(), ql.Linear(), ql.Continuous))


@pytest.mark.parametrize(
    ("years", "coupon", "first", "price"), [(10, 0.055, 3, 101.0), (20, 0.04, 5, 100.0), (5, 0.08, 1, 102.5)]
)
@pytest.mark.parametrize("steps", [40, 300])
def test_lattice_agrees_with_quantlib(years, coupon, first, price, steps):
    """Price and option-adjusted price with one Hull-White model on one grid: to 1e-9, a thousand times the promise."""
    curve, end = quantlib_curve(), TODAY + ql.Period(years, ql.Years)
    schedule = ql.Schedule(
        TODAY, end, ql.Period(ql.Semiannual), ql.NullCalendar(), ql.Unadjusted, ql.Unadjusted,
        ql.DateGeneration.Backward, False,
    )  # fmt: skip
    calls = [day for day in schedule if TODAY + ql.Period(first, ql.Years) <= day < end]
    rights = ql.CallabilitySchedule()
    for day in calls:
        rights.append(ql.Callability(ql.BondPrice(price, ql.BondPrice.Clean), ql.Callability.Call, day))
    count = ql.ActualActual(ql.ActualActual.ISMA, schedule)
    bond = ql.CallableFixedRateBond(0, 100.0, schedule, [coupon], count, ql.Unadjusted, 100.0, TODAY, rights)
    bond.setPricingEngine(ql.TreeCallableFixedRateBondEngine(ql.HullWhite(curve, 0.03, 0.01), steps))

    due = np.array([COUNT.yearFraction(TODAY, day) for day in list(schedule)[1:]])
    times = time_grid(due, steps)
    places = np.searchsorted(times, due - 1e-9)
    flows, prices = np.zeros(times.size), np.full(times.size, np.inf)
    flows[places] = 50.0 * coupon
    flows[-1] += 100.0
    prices[[n for n, day in zip(places, list(schedule)[1:], strict=True) if day in calls]] = price
    lattice = build_lattice(times, (WholeDays(ZERO),), 0.03, 0.01)
    ours, wider = lattice.values(flows, prices, np.array([0.0, 0.01]))
    assert ours == pytest.approx(bond.NPV(), rel=1e-9)
    assert wider == pytest.approx(bond.cleanPriceOAS(0.01, curve, COUNT, ql.Continuous, ql.Annual, TODAY), rel=1e-9)
    never = lattice.values(flows, np.full(times.size, np.inf), np.zeros(1))[0]
    assert never == pytest.approx(flows @ WholeDays(ZERO).discount(times), rel=1e-11)


def test_the_spread_reprices_the_quote_and_the_call_has_a_price(hold):
    position = KINDS["callable"][0]
    holding, straight = hold(position), hold(replace(position, tags={}))
    assert holding.instrument.value == pytest.approx(position.market_value)
    assert holding.analytics["oas"] < straight.analytics["z_spread"]
    assert holding.analytics["option_value"] > 0
    assert 0 < holding.analytics["effective_duration"] < straight.analytics["effective_duration"]
    assert holding.analytics["effective_convexity"] < 0 < straight.analytics["effective_convexity"]
    assert holding.analytics["yield_to_worst"] <= holding.analytics["yield"]


def test_a_fall_in_rates_gains_less_than_a_rise_loses(hold, shock):
    callable_bond, straight = (
        hold(p).instrument for p in (KINDS["callable"][0], replace(KINDS["callable"][0], tags={}))
    )
    up, down = (float(callable_bond.price_change(shock(rates=move), 0.0)) for move in (0.02, -0.02))
    assert down < -up
    assert down < float(straight.price_change(shock(rates=-0.02), 0.0))


def test_a_parallel_move_is_that_of_the_lattice(hold, shock):
    """The share against the rate is interpolated: at moves between its nodes it must meet the lattice itself."""
    bond = hold(KINDS["callable"][0]).instrument
    how = bond.bond.how
    tree = CallTree.of(bond.bond.years, bond.bond.amounts, bond.calls, (how.curve,))
    quoted = np.exp(-0.5 * (how.curve.rate(bond.bond.years[-1]) + how.spread))
    for move in (-0.0137, -0.0061, 0.0058, 0.0093):
        values = tree.value(how.spread + np.array([0.0, quoted * move]))
        expected = bond.notional * (values[1] - values[0])
        assert float(bond.price_change(shock(rates=move), 0.0)) == pytest.approx(expected, rel=0.02)


def test_key_rates_add_up_to_the_parallel_one(hold, shock):
    holding = hold(KINDS["callable"][0])
    whole = sum(holding.analytics["key_rate_durations"].values())
    assert whole == pytest.approx(holding.analytics["effective_duration"], rel=1e-9)
    rise = -float(holding.instrument.price_change(shock(rates=1e-3), 0.0)) + float(
        holding.instrument.price_change(shock(rates=-1e-3), 0.0)
    )
    dirty = holding.analytics["dirty_price"] / 100 * holding.instrument.notional
    assert rise / 2e-3 / dirty == pytest.approx(whole, rel=0.05)


def test_a_call_far_above_the_market_is_worth_nothing(hold, shock):
    far = replace(
        KINDS["callable"][0], price=60.0, market_value=60_000.0, tags={"call_date": "2028-05-01", "call_price": "150"}
    )
    with_call, without = hold(far), hold(replace(far, tags={}))
    assert with_call.analytics["oas"] == pytest.approx(without.analytics["z_spread"], abs=1e-6)
    moves = np.stack([shock(rates=0.01), shock(rates=-0.01), shock(ust_2y=0.02, ig_spread=0.03)])
    expected = without.instrument.price_change(moves, 0.0)
    np.testing.assert_allclose(with_call.instrument.price_change(moves, 0.0), expected, rtol=2e-3)


def test_a_schedule_of_falling_prices_is_read(hold):
    tags = {"call_schedule": "2031-05-01:102; 2028-05-01:104;2033-05-01:100"}
    calls = hold(replace(KINDS["callable"][0], tags=tags)).instrument.calls
    assert sorted({float(price) for price in calls if np.isfinite(price)}) == [1.0, 1.02, 1.04]
    assert calls[-1] == np.inf


def test_a_finer_lattice_moves_the_price_by_little(hold, monkeypatch):
    """Monthly steps against sixteen times as many: two cents of 100."""
    bond = hold(KINDS["callable"][0]).instrument
    terms = (bond.bond.years, bond.bond.amounts, bond.calls, (bond.bond.how.curve,))
    coarse = CallTree.of(*terms).value(np.array([bond.bond.how.spread]))[0]
    times = time_grid(bond.bond.years, 2000)
    fine = build_lattice(times, terms[3], constant("short_rate_reversion"), constant("short_rate_volatility"))
    places = np.searchsorted(times, bond.bond.years - 1e-9)
    flows, prices = np.zeros(times.size), np.full(times.size, np.inf)
    flows[places], prices[places] = bond.bond.amounts, bond.calls
    exact = fine.values(flows, prices, np.array([bond.bond.how.spread]))[0]
    assert coarse == pytest.approx(exact, abs=4e-4)


def test_wrong_tags_are_reasons(snapshot):
    from stresstest.instruments import build_book
    from stresstest.records import Portfolio

    rows = [
        make_position("bond", coupon=0.05, maturity=date(2034, 1, 1), tags=tags)
        for tags in (
            {"call_date": "soon"},
            {"call_date": "2028-01-01", "call_price": "par"},
            {"call_schedule": "2028-01-01"},
        )
    ]
    book = build_book(Portfolio("p", tuple(rows), {}, 0.0), [None] * 3, snapshot)
    reasons = [reason for _, reason in book.not_modelled]
    assert ["tag_call_date" in reasons[0], "tag_call_price" in reasons[1], "tag_call_schedule" in reasons[2]] == [
        True
    ] * 3
