"""Short calls keep their cover, and what is said of options, limits and orders agrees with the numbers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date

import numpy as np
import pytest
from allocation_books import BALANCED, LONG_SHORT, Line

from stresstest.allocation import Inputs, load_limits, propose
from stresstest.allocation.assets import assets
from stresstest.allocation.call_cover import covers, waits
from stresstest.allocation.outcome import outcome
from stresstest.allocation.tranches import tranches
from stresstest.records import LimitCheck, Rebalance, Terms

Build = Callable[..., Inputs]
LIMITS = load_limits()
CALL = Terms(multiplier=100.0, strike=250.0, expiry=date(2026, 12, 18), put_call="call", underlying="AAPL")


def option(name: str, contracts: float, price: float, terms: Terms = CALL, beta: float = 8.0) -> Line:
    value = contracts * terms.multiplier * price
    more = {"quantity": contracts, "terms": terms}
    return Line(name, "option", value, {"equity_us": beta}, price=price, more=more)


def shares(count: float) -> Line:
    return Line("AAPL", "equity", count * 230.0, {"equity_us": 1.5, "growth_value": 0.5}, price=230.0)


FUND = Line("SPY", "fund_equity", 64_000, {"equity_us": 1.0}, price=640.0)
SHORT_CALL = option("AAPL 250 C", -1.0, 4.5)


def held(answer: Rebalance) -> dict[str, float]:
    return {p.symbol: p.quantity for p in answer.positions_after}


def naked(answer: Rebalance) -> float:
    """Shares that the short calls may take beyond those that are left."""
    after = held(answer)
    return -100.0 * after.get("AAPL 250 C", 0.0) - after.get("AAPL", 0.0)


@pytest.mark.parametrize("count", [100.0, 130.0, 250.0])
@pytest.mark.parametrize("kept", [frozenset[str](), frozenset({"AAPL 250 C"})])
def test_a_covered_call_stays_covered(build: Build, count: float, kept: frozenset[str]) -> None:
    roomy = {**LIMITS.rules, "single_name": replace(LIMITS.rules["single_name"], level=1.0)}
    inputs = build([shares(count), SHORT_CALL, FUND])
    without = replace(roomy["call_cover"], level=-np.inf)
    free = propose(inputs, replace(LIMITS, rules={**roomy, "call_cover": without}, no_trade=kept))
    answer = propose(inputs, replace(LIMITS, rules=roomy, no_trade=kept))
    assert answer.status in {"optimal", "no_trade"}
    assert naked(answer) <= 1e-6
    assert count > 200.0 or naked(free) > 1.0
    (check,) = (check for check in answer.limits if check.name == "call_cover: AAPL")
    value = inputs.book.value
    after = held(answer)
    cover = 230.0 * (after.get("AAPL", 0.0) + 100.0 * after.get("AAPL 250 C", 0.0)) / value
    assert check.ok
    assert check.after == pytest.approx(cover)
    assert check.limit == pytest.approx(0.0)
    assert check.before == pytest.approx(230.0 * (count - 100.0) / value)
    assert check.origin == "default"


def test_a_call_that_cannot_be_traded_still_needs_its_shares(build: Build) -> None:
    worthless = replace(SHORT_CALL, value=0.0)
    roomy = {**LIMITS.rules, "single_name": replace(LIMITS.rules["single_name"], level=1.0)}
    other = option("AAPL 250 C", -1.0, 4.5, replace(CALL, strike=260.0))
    answer = propose(
        build([shares(210.0), worthless, replace(other, symbol="OTHER"), FUND]), replace(LIMITS, rules=roomy)
    )
    (check,) = (check for check in answer.limits if check.name == "call_cover: AAPL")
    assert held(answer).get("AAPL", 0.0) >= 100.0 - 100.0 * held(answer).get("OTHER", 0.0)
    assert check.ok


def test_a_long_call_covers_a_short_one_that_ends_no_later(build: Build) -> None:
    def cover(days: date) -> np.ndarray | None:
        long = option("LONG", 1.0, 9.0, replace(CALL, strike=220.0, expiry=days))
        axis = assets(build([long, SHORT_CALL, FUND]), LIMITS)
        return next((c.weights * axis.weights for c in covers(axis)), None)

    later = cover(date(2027, 1, 15))
    assert later is not None
    assert later[0] == pytest.approx(-later[1])
    assert cover(date(2026, 11, 20)) is None


def test_calls_are_bought_back_before_their_shares_are_sold(build: Build) -> None:
    axis = assets(build([shares(100.0), option("AAPL 250 C", -1.0, 30.0), FUND]), LIMITS)
    sell, buy = np.zeros(len(axis.weights)), np.zeros(len(axis.weights))
    sell[[0, 2]], buy[1] = axis.weights[[0, 2]] * [0.1, 0.5], -axis.weights[1]
    after = outcome(axis, buy, sell)
    placed = tranches(axis, after)
    assert [(sold.tolist(), calls.tolist()) for sold, calls in waits(axis, after)] == [([0], [1])]
    assert placed[0] >= placed[1] > 0
    spare = assets(build([shares(150.0), SHORT_CALL, FUND]), LIMITS)
    sell[0] = spare.weights[0] * 0.3
    assert list(waits(spare, outcome(spare, buy * 0.0, sell))) == []


def test_a_sale_that_needs_the_call_back_says_so(build: Build) -> None:
    answer = propose(build([shares(100.0), SHORT_CALL, FUND]), LIMITS)
    sale = next(trade for trade in answer.trades if trade.symbol == "AAPL")
    back = next(trade for trade in answer.trades if trade.symbol == "AAPL 250 C")
    assert "Buy back the short calls on AAPL first" in sale.reason.text
    assert "call_cover: AAPL" in back.reason.text
    assert back.tranche <= sale.tranche
    assert answer.trades.index(back) < answer.trades.index(sale)


def test_an_option_is_watched_by_its_underlying_or_not_at_all(build: Build) -> None:
    keep = replace(LIMITS, no_trade=frozenset({"PUT", "AAPL"}))
    put = option("PUT", -20.0, 9.0, replace(CALL, put_call="put"), beta=8.0)
    stops = {stop.symbol: stop for stop in propose(build([shares(100.0), put, FUND]), keep).stops}
    assert stops["PUT"].trigger == "price of AAPL"
    assert 100.0 < stops["PUT"].level < 230.0
    alone = {stop.symbol for stop in propose(build([put, FUND]), keep).stops}
    assert "PUT" not in alone


def test_a_short_is_stopped_where_simulated_prices_go(build: Build) -> None:
    """The level above a short is a quantile of the prices: no fat tail carries it away."""
    inputs = build(LONG_SHORT)
    short = [line.symbol for line in LONG_SHORT].index("XYZ")
    wild = inputs.returns.copy()
    wild[: len(wild) // 50, short] = 40.0
    answer = propose(replace(inputs, returns=wild), replace(LIMITS, no_trade=frozenset({"XYZ"})))
    level = next(stop.level for stop in answer.stops if stop.symbol == "XYZ")
    beyond = np.mean(20.0 * (1.0 + wild[:, short]) > level)
    assert 20.0 < level < 40.0
    assert beyond == pytest.approx(0.16, abs=0.005)


def checks(answer: Rebalance, kind: str) -> list[LimitCheck]:
    return [check for check in answer.limits if check.name.partition(":")[0] == kind]


def test_each_limit_says_where_it_comes_from(balanced: Inputs) -> None:
    mine = replace(LIMITS.rules["duration"], level=4.5, relative=None, given=True)
    answer = propose(balanced, replace(LIMITS, rules={**LIMITS.rules, "duration": mine}))
    for check in answer.limits:
        level, user = LIMITS.rules[check.name.partition(":")[0]].level, check.name == "duration"
        assert check.origin.startswith("user" if user else "default")
        assert check.origin.endswith("_relaxed") == (not user and check.limit != level)
        assert ("because the book is there today" in check.note) == check.origin.endswith("_relaxed")
    assert all("gross or net value today" in check.note for check in checks(answer, "turnover"))


def test_limits_name_what_is_held_or_traded_and_the_largest_names(build: Build) -> None:
    names = [Line(f"N{i}", "equity", 10_000.0 * (9 - i), {"equity_us": 1.0}) for i in range(6)]
    answer = propose(build([*names, FUND]), LIMITS)
    known = {trade.symbol for trade in answer.trades} | {p.symbol for p in answer.positions_after}
    said = [check.name.partition(": ")[2] for check in checks(answer, "single_name") + checks(answer, "new_position")]
    assert said
    assert set(said) <= known
    assert {"N0", "N1", "N2"} <= set(said)


def test_what_turnover_holds_back_is_said_and_never_called_free(build: Build) -> None:
    roomy = {
        name: replace(rule, level=-np.inf if rule.sense == ">=" else np.inf) for name, rule in LIMITS.rules.items()
    }
    turnover = replace(LIMITS.rules["turnover"], level=0.02)
    answer = propose(build(BALANCED), replace(LIMITS, rules={**roomy, "turnover": turnover}), 1.0)
    (bound,) = (check for check in checks(answer, "turnover") if check.name.endswith("sold"))
    sales = [trade for trade in answer.trades if trade.side == "sell"]
    assert bound.shadow_price > 0.0
    assert sales
    assert all("it goes as far as the limit turnover: sold allows" in sale.reason.text for sale in sales)
    assert all(sale.reason.constraint == "" for sale in sales)
