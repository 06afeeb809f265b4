"""Revaluation: no shock no loss, exact sums, the same chance for the same symbol, and margin along the path."""

from __future__ import annotations

import itertools
from dataclasses import replace

import numpy as np
import pytest

from stresstest.market import load_snapshot
from stresstest.plumbing import named_plan
from stresstest.records import FactorPaths, Portfolio
from stresstest.risk import plan_increment, summarise
from stresstest.scenarios import choose, generate, named_paths
from stresstest.stress import attribute, revalue
from stresstest.study.books import make_book, read_holdings
from stresstest.tables import factor_index, factor_names

SNAPSHOT = load_snapshot()
EXAMPLES = ("balanced", "growth_on_margin", "crypto_heavy", "income_ladder", "taiwan", "sixty_forty")


def portfolio(name: str) -> Portfolio:
    return read_holdings(f"example:{name}", SNAPSHOT)


@pytest.fixture(scope="module")
def factors() -> FactorPaths:
    return generate(named_plan("fast-qt", SNAPSHOT.as_of), SNAPSHOT, paths=600).factors


def jump(**moves: float) -> FactorPaths:
    vector = np.zeros((1, len(factor_names())))
    for name, move in moves.items():
        vector[0, factor_index()[name]] = move
    return FactorPaths(vector, vector[:, None, :], ("shock",), np.ones(1), years=0.0)


@pytest.mark.parametrize("name", EXAMPLES)
def test_no_shock_no_loss(name: str) -> None:
    result = revalue(make_book(portfolio(name), SNAPSHOT), jump(), layers=())
    assert np.abs(result.pnl).max() < 1e-9


@pytest.mark.parametrize("name", EXAMPLES)
def test_every_split_adds_up(name: str, factors: FactorPaths) -> None:
    result = revalue(make_book(portfolio(name), SNAPSHOT), factors, along_paths=False)
    weights = np.random.default_rng(0).dirichlet(np.ones(len(factors.moves)))
    parts = attribute(result, weights)
    tolerance = 1e-9 * max(1.0, abs(result.book.value))
    assert parts.total == pytest.approx(weights @ result.total, abs=tolerance)
    assert sum(parts.by_position.values()) == pytest.approx(parts.total, abs=tolerance)
    assert sum(parts.by_class.values()) == pytest.approx(parts.total, abs=tolerance)
    rest = parts.linear_gap + parts.carry + parts.residual
    assert sum(parts.by_factor.values()) + rest == pytest.approx(parts.total, abs=tolerance)
    assert sum(parts.by_channel.values()) + rest == pytest.approx(parts.total, abs=tolerance)


def test_rows_in_another_order_give_the_same_loss(factors: FactorPaths) -> None:
    held = portfolio("balanced")
    turned = replace(held, positions=tuple(reversed(held.positions)))
    first, second = (revalue(make_book(p, SNAPSHOT), factors, seed=5, along_paths=False).total for p in (held, turned))
    np.testing.assert_allclose(first, second, rtol=1e-12, atol=1e-6)


def test_twice_the_holdings_lose_twice(factors: FactorPaths) -> None:
    held = portfolio("income_ladder")
    double = replace(
        held,
        positions=tuple(replace(p, quantity=2 * p.quantity, market_value=2 * p.market_value) for p in held.positions),
        cash={currency: 2 * amount for currency, amount in held.cash.items()},
        cash_usd=2 * held.cash_usd,
    )
    once, twice = (revalue(make_book(p, SNAPSHOT), factors, along_paths=False).total for p in (held, double))
    np.testing.assert_allclose(twice, 2 * once, rtol=1e-9, atol=1e-6)


def test_long_positions_never_lose_more_than_everything() -> None:
    crash = jump(equity_us=-3.0, btc=-5.0, eth=-5.0)
    for name in ("balanced", "crypto_heavy"):
        result = revalue(make_book(portfolio(name), SNAPSHOT), crash, layers=())
        assert (result.pnl[0] >= -np.abs(result.book.values) - 1e-9).all()


def test_long_bonds_lose_more_than_short() -> None:
    book = make_book(portfolio("income_ladder"), SNAPSHOT)
    names = ("ust_3m", "ust_1y", "ust_2y", "ust_5y", "ust_10y", "ust_20y", "ust_30y")
    result = revalue(book, jump(**dict.fromkeys(names, 0.01)), layers=())
    loss = dict(zip(book.symbols, -result.pnl[0] / book.values, strict=True))
    ladder = [loss[symbol] for symbol in ("UST-BILL-1026", "UST-2028", "UST-2031", "UST-2035", "UST-2055")]
    assert ladder == sorted(ladder)
    assert loss["UST-FRN-2028"] < loss["UST-2028"]


def test_the_walk_ends_at_the_horizon(factors: FactorPaths) -> None:
    result = revalue(make_book(portfolio("sixty_forty"), SNAPSHOT), factors, seed=2)
    assert result.path_value is not None
    np.testing.assert_allclose(result.path_value[:, 0], result.book.value)
    gap = result.path_value[:, -1] - result.book.value - result.total
    assert np.abs(gap).max() < 1e-4 * result.book.value, "single precision of the paths"


def test_margin_is_called_more_often_when_leverage_is_higher(factors: FactorPaths) -> None:
    held = portfolio("growth_on_margin")
    deeper = replace(held, cash={"USD": held.cash["USD"] * 1.5}, cash_usd=held.cash_usd * 1.5)
    calls = [revalue(make_book(p, SNAPSHOT), factors).margin_call for p in (held, deeper)]
    assert calls[0] is not None
    assert calls[1] is not None
    assert calls[0].mean() < calls[1].mean()
    assert revalue(make_book(portfolio("sixty_forty"), SNAPSHOT), factors).margin_call is None


def test_financing_follows_the_simulated_rate(factors: FactorPaths) -> None:
    """Carry of the margin debt against the rate of each path: slope is minus the debt."""
    book = make_book(portfolio("growth_on_margin"), SNAPSHOT)
    result = revalue(book, factors, along_paths=False)
    debt = book.symbols.index("CASH.USD")
    assert factors.financing is not None
    slope = np.polyfit(factors.financing[:, -1], result.carry[:, debt], 1)[0]
    assert slope == pytest.approx(book.values[debt], rel=1e-6)


def test_summary_keeps_its_promises(factors: FactorPaths) -> None:
    result = revalue(make_book(portfolio("balanced"), SNAPSHOT), factors)
    risk = summarise(result, {"residual": 1.0})
    assert risk.es_95.value >= risk.var_95.value
    assert risk.es_99.value >= risk.es_95.value
    assert risk.es_95.low < risk.es_95.value < risk.es_95.high
    assert sum(risk.contribution.values()) == pytest.approx(risk.es_95.value, abs=1e-9)
    assert 0 < risk.max_drawdown_median < 1


def test_ordinary_noise_earns_nothing(factors: FactorPaths) -> None:
    """Without the plan and the regime, the mean gain of shares and coins is zero whatever their volatility."""
    noise = generate(named_plan("hold", SNAPSHOT.as_of), SNAPSHOT, paths=2500, channels=("market",), keep_paths=False)
    result = revalue(make_book(portfolio("crypto_heavy"), SNAPSHOT), noise.factors, layers=())
    mean = (result.price + result.residual).mean(axis=0) / np.abs(result.book.values)
    assert np.abs(mean).max() < 1e-9


def test_a_plan_compared_with_itself_adds_nothing(factors: FactorPaths) -> None:
    result = revalue(make_book(portfolio("balanced"), SNAPSHOT), factors, along_paths=False)
    increment = plan_increment(result, result, ("a", "a"))
    assert increment.es_95.value == increment.es_95.error == increment.mean.value == 0


def test_faster_runoff_never_lowers_the_tail() -> None:
    """On common random numbers and without the policy reaction; the differences exceed their standard error."""
    book = make_book(portfolio("sixty_forty"), SNAPSHOT)
    names = ("hold", "slow-qt", "fast-qt", "active-mbs-sales")
    results = []
    for name in names:
        plan = named_plan(name, SNAPSHOT.as_of, reaction=False)
        cloud = generate(plan, SNAPSHOT, paths=5000, keep_paths=False).factors
        results.append(revalue(book, cloud))
    for slower, faster in itertools.pairwise(results):
        added = plan_increment(faster, slower, ("faster", "slower")).es_95
        assert added.value > 2 * added.error > 0


@pytest.mark.parametrize("name", EXAMPLES)
def test_every_example_meets_every_named_scenario(name: str) -> None:
    result = revalue(make_book(portfolio(name), SNAPSHOT), named_paths(choose(())), layers=())
    assert np.isfinite(result.pnl).all()
    assert result.book.coverage > 0.95
