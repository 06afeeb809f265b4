"""First and second order beside full revaluation; lots of one holding; margin by class and broker."""

import time
from dataclasses import replace

import numpy as np
import pytest
from specimens import KINDS, make_exposure, make_position

from stresstest.errors import InputError
from stresstest.instruments import build_book
from stresstest.instruments.orders import orders
from stresstest.instruments.reference import margin_requirements
from stresstest.records import Portfolio
from stresstest.tables import factor_names

F = len(factor_names())


@pytest.mark.parametrize("name", list(KINDS))
def test_orders_add_up_to_the_full_revaluation(hold, name):
    instrument = hold(*KINDS[name]).instrument
    moves = np.random.default_rng(2).normal(0, 0.01, (30, F))
    parts = orders(instrument, moves, 0.2)
    np.testing.assert_allclose(parts.full, instrument.price_change(moves, 0.2), rtol=1e-12, atol=1e-9)
    np.testing.assert_allclose(parts.first, moves @ instrument.sensitivity(0.2), rtol=1e-12)


@pytest.mark.parametrize("name", ["treasury", "zero", "share", "call", "mortgage", "callable", "put in euro"])
def test_the_second_order_explains_most_of_what_the_first_leaves(hold, name, shock):
    """Three quarters and more, for a point of rates and a tenth off shares."""
    parts = orders(hold(*KINDS[name]).instrument, shock(rates=0.01, equity_us=-0.1), 0.0)
    assert abs(float(parts.rest)) < 0.25 * abs(float(parts.linear_gap)) + 1e-6


def test_the_orders_of_a_bond_are_its_duration_and_convexity(hold, shock):
    holding = hold(*KINDS["treasury"])
    parts = orders(holding.instrument, shock(rates=0.01), 0.0)
    dirty = holding.analytics["dirty_price"] / 100 * holding.instrument.notional
    assert float(parts.first) == pytest.approx(-holding.analytics["effective_duration"] * 0.01 * dirty, rel=1e-9)
    assert float(parts.second) == pytest.approx(0.5 * holding.analytics["effective_convexity"] * 1e-4 * dirty, rel=1e-4)


def test_orders_of_every_holding_sum_to_its_full_revaluation(snapshot):
    positions, exposures = zip(*KINDS.values(), strict=True)
    book = build_book(Portfolio("all", positions, {}, 0.0), exposures, snapshot)
    moves = np.random.default_rng(3).normal(0, 0.01, (5, F))
    for holding in book.holdings:
        parts = orders(holding.instrument, moves)
        np.testing.assert_allclose(parts.full, holding.instrument.price_change(moves, 0.0), rtol=1e-10, atol=1e-10)
        np.testing.assert_allclose(parts.linear_gap, parts.second + parts.rest, rtol=1e-12)


@pytest.mark.parametrize("name", list(KINDS))
def test_a_second_lot_is_what_it_would_be_alone(hold, snapshot, name):
    """The second lot is a multiple of the first; built alone it must be the same instrument."""
    position, exposure = KINDS[name]
    lot = replace(position, quantity=3 * position.quantity, market_value=3 * position.market_value, account="other")
    book = build_book(Portfolio("two", (position, lot), {}, 0.0), [exposure, exposure], snapshot)
    second, alone = book.holdings[1], hold(lot, exposure)
    assert second.instrument.symbol == f"{alone.instrument.symbol} #2"
    assert second.instrument.value == pytest.approx(alone.instrument.value, rel=1e-12)
    assert second.maintenance == pytest.approx(alone.maintenance, rel=1e-12)
    moves = np.random.default_rng(8).normal(0, 0.01, (4, F))
    for age in (0.0, 0.5):
        np.testing.assert_allclose(
            second.instrument.price_change(moves, age), alone.instrument.price_change(moves, age), rtol=1e-9, atol=1e-9
        )
    assert second.instrument.carry(0.7, 0.04) == pytest.approx(alone.instrument.carry(0.7, 0.04), rel=1e-9)
    for key, number in alone.analytics.items():
        if isinstance(number, float):
            assert second.analytics[key] == pytest.approx(number, rel=1e-9, abs=1e-9), key


def test_lots_of_one_holding_are_cheap(snapshot):
    """Twenty thousand lots in under six seconds of one core: what a file of a hundred thousand rows needs."""
    share, exposure = make_position("equity", 10, 50.0), make_exposure(equity_us=1.0)
    rows = tuple(
        replace(share, row=n, quantity=10.0 * (1 + n % 9), market_value=500.0 * (1 + n % 9)) for n in range(20_000)
    )
    start = time.thread_time()
    book = build_book(Portfolio("lots", rows, {}, 0.0), [exposure] * len(rows), snapshot)
    assert time.thread_time() - start < 6.0
    assert book.value == pytest.approx(sum(row.market_value for row in rows))


def test_a_broker_may_ask_more_than_the_rule_and_never_less(snapshot):
    positions, exposures = zip(*KINDS.values(), strict=True)
    portfolio = Portfolio("all", positions, {}, 0.0)
    rule = build_book(portfolio, exposures, snapshot)
    house = build_book(portfolio, exposures, snapshot, broker="schwab")
    pairs = list(zip(rule.holdings, house.holdings, strict=True))
    assert all(there.maintenance >= here.maintenance for here, there in pairs)
    assert house.maintenance_margin > rule.maintenance_margin
    share = next(there for here, there in pairs if here.position.asset_class == "equity")
    assert share.maintenance == pytest.approx(0.30 * share.instrument.value)
    with pytest.raises(InputError, match="schwab"):
        build_book(portfolio, exposures, snapshot, broker="nobody")


def test_a_row_may_carry_its_own_requirement(hold):
    position, exposure = KINDS["share"]
    asked = hold(replace(position, tags={"margin": "60"}), exposure)
    assert asked.maintenance == pytest.approx(0.6 * asked.instrument.value)
    assert set(margin_requirements("ibkr")) == set(margin_requirements())
