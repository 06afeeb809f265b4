"""What must hold for every portfolio, on generated ones."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from specimens import KINDS, negated

from stresstest.instruments import build_book
from stresstest.records import Portfolio
from stresstest.tables import factor_names

QUICK = [name for name in KINDS if name not in {"callable preferred", "dividend put", "put in euro", "callable"}]
MOVES = np.random.default_rng(17).normal(0, 0.02, (6, len(factor_names())))
portfolios = st.lists(st.tuples(st.sampled_from(QUICK), st.integers(1, 50), st.booleans()), min_size=1, max_size=5)
often = settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def sized(name, times, short):
    position, exposure = KINDS[name]
    lot = replace(position, quantity=times * position.quantity, market_value=times * position.market_value)
    return (negated(lot) if short and position.asset_class != "cash" else lot), exposure


def pnl(rows, snapshot, cash=0.0):
    """Gain of the book in each scenario, and its net value."""
    positions, exposures = zip(*rows, strict=True)
    book = build_book(Portfolio("any", positions, {"USD": cash} if cash else {}, cash), exposures, snapshot)
    assert not book.not_modelled
    return sum(holding.instrument.price_change(MOVES, 0.3) for holding in book.holdings), book.value


@often
@given(portfolios, st.randoms())
def test_the_order_of_rows_does_not_matter(snapshot, drawn, random):
    rows = [sized(*row) for row in drawn]
    mixed = random.sample(rows, len(rows))
    (gain, value), (other, same) = pnl(rows, snapshot), pnl(mixed, snapshot)
    np.testing.assert_allclose(other, gain, rtol=1e-8, atol=1e-6)
    assert same == pytest.approx(value, rel=1e-12, abs=1e-6)


@often
@given(portfolios)
def test_twice_the_book_gains_twice_and_the_mirror_gains_the_opposite(snapshot, drawn):
    rows = [sized(*row) for row in drawn]
    twice = [sized(name, 2 * times, short) for name, times, short in drawn]
    gain, _ = pnl(rows, snapshot)
    np.testing.assert_allclose(pnl(twice, snapshot)[0], 2 * gain, rtol=1e-8, atol=1e-6)
    mirror = [(negated(position), exposure) for position, exposure in rows]
    np.testing.assert_allclose(pnl(mirror, snapshot)[0], -gain, rtol=1e-8, atol=1e-6)


@often
@given(portfolios, st.floats(1.0, 1e6))
def test_cash_adds_its_value_and_no_loss(snapshot, drawn, amount):
    rows = [sized(*row) for row in drawn]
    (gain, value), (with_cash, more) = pnl(rows, snapshot), pnl(rows, snapshot, amount)
    np.testing.assert_allclose(with_cash, gain, rtol=1e-9, atol=1e-6)
    assert more - value == pytest.approx(amount, rel=1e-9)


@often
@given(st.sampled_from(["treasury", "corporate", "bill", "share", "bond fund"]), st.integers(1, 100))
def test_splitting_a_position_changes_nothing(snapshot, name, times):
    whole, parts = [sized(name, times + 1, False)], [sized(name, times, False), sized(name, 1, False)]
    np.testing.assert_allclose(pnl(parts, snapshot)[0], pnl(whole, snapshot)[0], rtol=1e-8, atol=1e-6)
