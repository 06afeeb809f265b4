"""The proposal as a whole: money adds up, modes are obeyed, and every trade says why."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date

import numpy as np
import pytest
from allocation_books import AS_OF, BALANCED, CRYPTO_ON_MARGIN, LONG_SHORT, OFFERED, Line

from stresstest.allocation import Inputs, candidates, load_limits, propose
from stresstest.allocation.assets import assets
from stresstest.allocation.limits import Limits, Tax
from stresstest.allocation.rules import defensive
from stresstest.allocation.trading import cost_rate, lot, taxable_gain
from stresstest.errors import InputError, NoAnswerError
from stresstest.records import Position, Rebalance, Trade
from stresstest.risk.measures import expected_shortfall
from stresstest.tables import factor_names

Build = Callable[..., Inputs]
LIMITS = load_limits()
#: Classes of the holdings contract.
CLASSES = [
    "equity", "fund_equity", "fund_bond", "fund_mixed", "bond", "bill", "floater", "linker", "mbs", "option", "future",
    "cash", "money_market", "deposit", "crypto", "stablecoin", "commodity", "real_estate", "other",
]  # fmt: skip


def position(asset_class: str = "equity", **more: object) -> Position:
    base = Position(1, "X", "X", asset_class, "USD", 10.0, 100.0, 1000.0)
    return replace(base, **more)  # type: ignore[arg-type]


def units(trade: Trade) -> float:
    """Units traded; where no price is known, a position counts dollars and the trade names only its value."""
    return trade.value if trade.quantity is None else trade.quantity


def cash_today(inputs: Inputs) -> float:
    return sum(h.position.market_value for h in inputs.book.holdings if h.position.asset_class == "cash")


@pytest.fixture(scope="module", params=["balanced", "crypto_on_margin", "long_short"])
def case(request: pytest.FixtureRequest) -> tuple[Inputs, Rebalance]:
    inputs = request.getfixturevalue(request.param)
    return inputs, propose(inputs, LIMITS)


def test_money_adds_up(case: tuple[Inputs, Rebalance]) -> None:
    inputs, answer = case
    spent = sum(trade.cost + trade.tax for trade in answer.trades)
    after = sum(p.market_value for p in answer.positions_after) + answer.cash_after
    assert after == pytest.approx(inputs.book.value - spent, abs=1e-6)
    flow = sum((trade.value if trade.side == "sell" else -trade.value) for trade in answer.trades)
    assert answer.cash_after == pytest.approx(cash_today(inputs) + flow - spent, abs=1e-6)


def test_every_limit_holds_and_trades_are_whole_lots(case: tuple[Inputs, Rebalance]) -> None:
    inputs, answer = case
    assert answer.status == "optimal"
    assert all(check.ok for check in answer.limits)
    held = {h.position.symbol: h.position for h in (*inputs.book.holdings, *inputs.new.holdings)}
    for trade in answer.trades:
        lots = units(trade) / lot(held[trade.symbol])
        whole = abs(lots - round(lots)) < 1e-6
        assert whole or units(trade) == pytest.approx(abs(held[trade.symbol].quantity))
        assert trade.value >= LIMITS.smallest.minimum_usd
        unit = held[trade.symbol].market_value / held[trade.symbol].quantity
        assert trade.value == pytest.approx(units(trade) * unit)
        assert (trade.quantity is None) == (trade.price is None) == (trade.quantity_unit == "USD")


def test_positions_after_are_positions_before_and_trades(case: tuple[Inputs, Rebalance]) -> None:
    inputs, answer = case
    before = {h.position.symbol: h.position.quantity for h in inputs.book.holdings if h.position.asset_class != "cash"}
    for trade in answer.trades:
        change = units(trade) if trade.side == "buy" else -units(trade)
        before[trade.symbol] = before.get(trade.symbol, 0.0) + change
    after = {p.symbol: p.quantity for p in answer.positions_after}
    assert {s for s, q in before.items() if abs(q) > 1e-6} == set(after)
    assert all(after[s] == pytest.approx(before[s]) for s in after)


def test_no_short_grows_no_long_turns_short_and_debt_never_grows(case: tuple[Inputs, Rebalance]) -> None:
    inputs, answer = case
    before = {h.position.symbol: h.position.market_value for h in inputs.book.holdings}
    for p in answer.positions_after:
        old = before.get(p.symbol, 0.0)
        assert p.market_value * old >= 0.0
        assert p.market_value >= min(old, 0.0) - 1e-6
    assert answer.cash_after >= min(cash_today(inputs), 0.0) - 1e-6


def test_the_measures_are_those_of_the_positions_proposed(case: tuple[Inputs, Rebalance]) -> None:
    inputs, answer = case
    columns = {h.position.symbol: inputs.returns[:, i] for i, h in enumerate(inputs.book.holdings)}
    columns |= {h.position.symbol: inputs.new_returns[:, i] for i, h in enumerate(inputs.new.holdings)}
    money = columns["CASH"] if answer.cash_after < 0 else inputs.cash_return
    pnl = sum(p.market_value * columns[p.symbol] for p in answer.positions_after) + answer.cash_after * money
    value = sum(p.market_value for p in answer.positions_after) + answer.cash_after
    assert answer.after["es_95"] == pytest.approx(expected_shortfall(pnl / value, inputs.probability), abs=1e-9)
    assert answer.after["es_95"] < answer.before["es_95"]


def test_every_tranche_can_be_paid(case: tuple[Inputs, Rebalance]) -> None:
    inputs, answer = case
    cash = cash_today(inputs)
    floor = min(cash, 0.0)
    for tranche in (1, 2, 3):
        for trade in (trade for trade in answer.trades if trade.tranche == tranche):
            cash += (trade.value if trade.side == "sell" else -trade.value) - trade.cost - trade.tax
        assert cash >= floor - 1e-6
    assert {trade.tranche for trade in answer.trades} <= {1, 2, 3}


def test_each_trade_says_why_with_figures(case: tuple[Inputs, Rebalance]) -> None:
    inputs, answer = case
    for trade in answer.trades:
        assert trade.reason.scenario in inputs.names
        assert trade.reason.factor in {*factor_names(), ""}
        assert trade.symbol in trade.reason.text
        assert "USD" in trade.reason.text
        assert (trade.reason.shadow_price > 0.0) == bool(trade.reason.constraint)
        assert "{" not in trade.reason.text


def test_a_ten_times_larger_book_trades_ten_times_as_much(build: Build) -> None:
    """Up to whole lots and to how flat the optimum is: 0.2 percent of the book."""
    sizes = (1_000.0, 10_000.0)
    large, larger = (build([replace(line, value=line.value * size) for line in BALANCED]) for size in sizes)
    one, ten = propose(large, LIMITS), propose(larger, LIMITS)
    first, second = ({t.symbol: t.value for t in answer.trades} for answer in (one, ten))
    assert set(first) == set(second)
    for symbol, value in first.items():
        assert second[symbol] == pytest.approx(10.0 * value, abs=2e-3 * larger.book.value)


def test_names_kept_out_are_not_traded(balanced: Inputs) -> None:
    free = propose(balanced, LIMITS)
    kept = {trade.symbol for trade in free.trades if trade.side == "sell"}
    roomy = {**LIMITS.rules, "crypto_share": replace(LIMITS.rules["crypto_share"], level=0.11)}
    held = propose(balanced, replace(LIMITS, rules=roomy, no_trade=frozenset({"NVDA"}), no_sell=frozenset({"BTC"})))
    assert {"NVDA", "BTC"} <= kept
    assert held.status == "optimal"
    assert {"NVDA", "BTC"}.isdisjoint(trade.symbol for trade in held.trades)
    unknown = propose(balanced, replace(LIMITS, no_trade=frozenset({"ZZZ"})))
    assert any("ZZZ" in note for note in unknown.notes)


def test_buy_only_sells_nothing(build: Build) -> None:
    rich = build([*BALANCED[:-1], Line("CASH", "cash", 400_000)])
    answer = propose(rich, replace(LIMITS, buy_only=True))
    assert answer.status in {"optimal", "no_trade"}
    assert all(trade.side == "buy" for trade in answer.trades)


def test_a_dominated_candidate_changes_nothing(build: Build) -> None:
    inputs = build(BALANCED, offered=("SGOV", "SHY"))
    worse = build(BALANCED, offered=("SGOV", "SHY", "VTIP"))
    dominated = replace(
        worse,
        returns=inputs.returns,
        new_returns=np.column_stack([inputs.new_returns, inputs.new_returns[:, 0] - 0.02]),
        new_named=np.column_stack([inputs.new_named, inputs.new_named[:, 0] - 0.02]),
    )
    first, second = propose(inputs, LIMITS), propose(dominated, LIMITS)
    assert [(t.symbol, t.quantity) for t in first.trades] == [(t.symbol, t.quantity) for t in second.trades]


def test_a_margin_book_repays_debt_and_buys_nothing_meanwhile(crypto_on_margin: Inputs) -> None:
    answer = propose(crypto_on_margin, LIMITS)
    debt = -cash_today(crypto_on_margin)
    assert -answer.cash_after < debt
    assert all(trade.side == "sell" for trade in answer.trades)
    assert answer.after["gross_leverage"] < answer.before["gross_leverage"]
    assert any("margin debt" in note for note in answer.notes)
    assert any(stop.unit == "share" and "equity" in stop.trigger for stop in answer.stops)


def test_a_short_is_bought_back_never_extended(build: Build) -> None:
    answer = propose(build(LONG_SHORT), LIMITS)
    shorts = {line.symbol for line in LONG_SHORT if line.value < 0 and line.asset_class != "cash"}
    assert {trade.side for trade in answer.trades if trade.symbol in shorts} == {"buy"}


def test_what_is_held_already_is_topped_up_not_bought_twice(build: Build) -> None:
    holds = [*BALANCED[:-1], Line("SGOV", "fund_bond", 20_000, OFFERED["SGOV"], price=100.0, duration=0.1)]
    answer = propose(build(holds), LIMITS)
    symbols = [p.symbol for p in answer.positions_after]
    assert symbols.count("SGOV") == 1
    assert next(t for t in answer.trades if t.symbol == "SGOV").price == 100.0


def test_a_safe_book_is_left_alone(build: Build) -> None:
    safe = build([Line("SGOV", "fund_bond", 90_000, OFFERED["SGOV"], duration=0.1), Line("CASH", "cash", 10_000)])
    answer = propose(safe, LIMITS)
    assert answer.status == "no_trade"
    assert answer.trades == ()
    assert "No trade is proposed" in answer.notes[0]
    assert answer.cash_after == pytest.approx(10_000)
    assert answer.before == answer.after


def test_cash_alone_needs_nothing(build: Build) -> None:
    answer = propose(build([Line("CASH", "cash", 10_000)], offered=()), LIMITS)
    assert (answer.status, answer.trades, answer.cash_after) == ("no_trade", (), pytest.approx(10_000))


def test_defensive_is_what_loses_less_not_what_is_called_so(build: Build) -> None:
    shaky = Line("UTIL", "fund_equity", 100_000, {"equity_us": 0.6, "ust_10y": -12.0})
    tame = Line("TAME", "crypto", 50_000, {"equity_us": 0.01})
    axis = assets(build([shaky, tame]), LIMITS)
    flags = dict(zip(axis.symbols, defensive(axis, LIMITS), strict=True))
    assert flags["TAME"]
    assert flags["SGOV"]
    assert not flags["UTIL"]


def test_more_defensiveness_never_leaves_more_tail(balanced: Inputs) -> None:
    tails = [propose(balanced, LIMITS, d).after["es_95"] for d in (0.0, 0.5, 1.0)]
    assert tails[0] > tails[1] >= tails[2] - 5e-3


def test_tax_follows_basis_term_and_account() -> None:
    tax = Tax(long_term=0.15, short_term=0.24, holding_days=365, exempt_accounts=("ira", "401k"))
    old, new = date(2020, 1, 1), date(2026, 6, 1)

    def gain(**more: object) -> list[float]:
        return taxable_gain(position(**more), AS_OF, tax).tolist()

    assert gain(cost_basis=600.0, acquired=old) == pytest.approx([0.0, 0.4])
    assert gain(cost_basis=600.0, acquired=new) == pytest.approx([0.4, 0.0])
    assert gain(cost_basis=600.0) == pytest.approx([0.4, 0.0])
    assert gain(cost_basis=1200.0, acquired=old) == pytest.approx([0.0, -0.2])
    assert gain() == [0.0, 0.0]
    assert gain(cost_basis=600.0, account="Roth IRA (joint)") == [0.0, 0.0]
    assert gain(cost_basis=600.0, account="401(k)") == [0.0, 0.0]
    assert gain(cost_basis=600.0, account="Miramar") == pytest.approx([0.4, 0.0])
    assert gain(cost_basis=-1300.0, quantity=-10.0, market_value=-1000.0) == pytest.approx([0.3, 0.0])


def test_tax_is_charged_where_a_gain_is_realised(build: Build) -> None:
    taxed = [replace(BALANCED[0], more={"cost_basis": 175_000.0, "acquired": date(2020, 1, 1)}), *BALANCED[1:]]
    answer = propose(build(taxed), replace(LIMITS, no_sell=frozenset({"NVDA", "TLT"})))
    sale = next(trade for trade in answer.trades if trade.symbol == "QQQ")
    assert sale.tax == pytest.approx(0.15 * 0.5 * sale.value)
    assert answer.after["tax"] == pytest.approx(sale.tax / 1e6)
    assert next(p for p in answer.positions_after if p.symbol == "QQQ").cost_basis == pytest.approx(
        175_000.0 * (1.0 - sale.value / 350_000.0)
    )


def test_small_trades_are_not_proposed(build: Build) -> None:
    small = [replace(line, value=line.value / 200.0) for line in BALANCED]
    answer = propose(build(small), LIMITS)
    assert answer.status == "optimal"
    assert min(trade.value for trade in answer.trades) >= LIMITS.smallest.minimum_usd
    assert all(check.ok for check in answer.limits)


LUMPY = (
    Line("BOND", "bond", 9_000, {"ust_10y": -5.0, "ig_spread": -5.0}, price=90.0, duration=5.0),
    Line("CASH", "cash", 1_000),
)


def lumpy_limits(turnover: float) -> Limits:
    changed = {"single_name": replace(LIMITS.rules["single_name"], level=0.045, relative=None, given=True)}
    changed["turnover"] = replace(LIMITS.rules["turnover"], level=turnover, given=True)
    return replace(LIMITS, rules={**LIMITS.rules, **changed})


def test_a_book_too_small_for_its_lots_is_told_what_opens_a_way(build: Build) -> None:
    stuck = propose(build(LUMPY), lumpy_limits(0.88))
    assert (stuck.status, stuck.trades) == ("infeasible", ())
    assert "whole lots" in stuck.notes[0]
    name = stuck.relaxation[0].split()[1].rstrip(":")
    level = float(stuck.relaxation[0].partition("level = ")[2].rstrip(")"))
    assert name == "turnover"
    assert propose(build(LUMPY), lumpy_limits(level)).status == "optimal"


def test_defaults_give_way_to_whole_lots_and_say_so(build: Build) -> None:
    """Two shares of a hundred each, on margin: four fifths of today's measures lie between two whole lots."""
    lines = (
        Line("AAA", "equity", 3_100, {"equity_us": 1.2}, price=310.0),
        Line("BBB", "equity", 2_100, {"equity_us": 1.0}, price=420.0),
        Line("CASH", "cash", -1_500),
    )
    answer = propose(build(lines), LIMITS)
    assert answer.status in {"optimal", "no_trade"}
    eased = [note for note in answer.notes if "it was eased" in note]
    assert eased
    assert all(check.ok for check in answer.limits)
    assert not any("user" in check.origin for check in answer.limits if check.name in " ".join(eased))


def test_rounding_that_breaks_a_limit_is_repaired(build: Build) -> None:
    coarse = [replace(line, value=line.value / 40.0) for line in BALANCED]
    tight = {**LIMITS.rules, "turnover": replace(LIMITS.rules["turnover"], level=0.3)}
    answer = propose(build(coarse), replace(LIMITS, rules=tight))
    assert answer.status == "optimal"
    assert all(check.ok for check in answer.limits)
    assert any("Rounding broke a limit" in note for note in answer.notes)


def test_what_no_trade_can_change_still_counts(balanced: Inputs) -> None:
    worse = replace(balanced, fixed_pnl=np.full(500, -0.1), fixed_named=np.full(len(balanced.names), -0.1))
    assert propose(worse, LIMITS).before["es_95"] == pytest.approx(propose(balanced, LIMITS).before["es_95"] + 0.1)


def test_wrong_inputs_are_all_named(balanced: Inputs) -> None:
    with pytest.raises(InputError) as caught:
        replace(balanced, returns=balanced.returns[:, 1:], probability=balanced.probability * 2, cash_named=np.zeros(1))
    assert {p.column for p in caught.value.problems} == {"returns", "probability", "cash_named"}
    with pytest.raises(InputError, match="not finite"):
        replace(balanced, named=balanced.named * np.nan)
    with pytest.raises(InputError, match="defensiveness"):
        propose(balanced, LIMITS, 1.5)


def test_a_book_without_net_value_has_no_answer(build: Build) -> None:
    with pytest.raises(NoAnswerError, match="net value"):
        build([Line("SPY", "fund_equity", 100.0), Line("CASH", "cash", -200.0)])


def test_every_class_has_a_cost_and_a_lot() -> None:
    for asset_class in CLASSES:
        assert 0.0 <= cost_rate(position(asset_class)) < 0.05
        assert lot(position(asset_class)) > 0.0
    assert lot(position("crypto", symbol="BTC")) < lot(position("crypto", symbol="SOL"))


def test_candidates_are_worth_one_dollar_and_say_when_no_price_is_known() -> None:
    offered = {c.position.symbol: c.position for c in candidates({"SHY": 82.5})}
    assert all(p.market_value == pytest.approx(p.quantity * p.price) == 1.0 for p in offered.values())
    assert offered["SHY"].price == 82.5
    assert "quantity_unit" not in offered["SHY"].tags
    assert offered["SGOV"].tags["quantity_unit"] == "USD"
    assert len({c.group for c in candidates()}) >= 10


def test_the_reason_names_the_scenario_and_factor_that_hurt(build: Build) -> None:
    answer = propose(build(CRYPTO_ON_MARGIN), LIMITS)
    sale = next(trade for trade in answer.trades if trade.symbol == "BTC")
    assert (sale.reason.scenario, sale.reason.factor) == ("crypto break", "btc")
    assert "crypto break" in sale.reason.text


def test_stops_follow_the_risk_that_is_left(build: Build) -> None:
    answer = propose(build(BALANCED), LIMITS)
    kept = {p.symbol: p for p in answer.positions_after}
    prices = [stop for stop in answer.stops if stop.symbol]
    assert prices
    assert all(0.0 < stop.level < kept[stop.symbol].price for stop in prices)
    loss = next(stop for stop in answer.stops if "portfolio" in stop.trigger)
    assert loss.level == pytest.approx(0.5 * answer.after["es_95"])
    funding = next(stop for stop in answer.stops if "SOFR" in stop.trigger)
    assert (funding.level, funding.unit) == (pytest.approx(0.0010), "bp")
    short = propose(build(LONG_SHORT), replace(LIMITS, no_trade=frozenset({"SQQQ"})))
    above = [stop for stop in short.stops if stop.symbol == "SQQQ"]
    assert all(stop.level > 30.0 for stop in above)


def test_assumptions_stand_beside_the_numbers(build: Build) -> None:
    bare = propose(build([replace(BALANCED[2], duration=0.0), *BALANCED[:2], *BALANCED[3:]]), LIMITS)
    assert any("cost basis is not given" in note and "NVDA" in note for note in bare.notes)
    assert any("zero duration" in note and "TLT" in note for note in bare.notes)
    assert any("proven within" in note and "HIGHS" in note for note in bare.notes)
    aged = [replace(BALANCED[0], more={"cost_basis": 100_000.0}), *BALANCED[1:]]
    notes = propose(build(aged), replace(LIMITS, no_sell=frozenset({"NVDA", "TLT"}))).notes
    assert any("short term" in note and "QQQ" in note for note in notes)


def test_ten_thousand_scenarios_are_solved_on_a_tenth_of_them(build: Build) -> None:
    answer = propose(build(BALANCED, paths=10_000), LIMITS)
    assert answer.gap <= 1e-6
    used = next(note for note in answer.notes if note.startswith("Solved by"))
    assert int(used.split(" on ")[1].split(" of ")[0]) < 1_200


def test_foreign_cash_counts_but_is_not_converted(build: Build) -> None:
    euros = Line("CASH.EUR", "cash", 50_000, {"fx_eur": 1.0}, more={"currency": "EUR", "quantity": 43_000.0})
    inputs = build([*BALANCED, euros])
    answer = propose(inputs, LIMITS)
    assert "CASH.EUR" not in {trade.symbol for trade in answer.trades} | {p.symbol for p in answer.positions_after}
    spent = sum(trade.cost + trade.tax for trade in answer.trades)
    after = sum(p.market_value for p in answer.positions_after) + answer.cash_after
    assert after == pytest.approx(inputs.book.value - spent, abs=1e-6)
    assert answer.before["currency_share"] == pytest.approx(50_000 / inputs.book.value)
