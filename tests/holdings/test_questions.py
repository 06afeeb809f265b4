"""What a row says and can hardly mean: doubts are said, and what cannot be stops a file that a person typed."""

from __future__ import annotations

import pytest

from stresstest.errors import InputError, Problem
from stresstest.holdings.questions import with_exposures

BOND = "symbol,quantity,price,asset_class,coupon,maturity\n"
CHAIN = "symbol,quantity,price,asset_class,strike,expiry,put_call,underlying\n"


def about(portfolio, column: str) -> list:
    return [problem for problem in portfolio.warnings if problem.column == column]


def faults(load, content: str) -> list[Problem]:
    with pytest.raises(InputError) as caught:
        load(content)
    return list(caught.value.problems)


# ------------------------------------------------------------------------------------------------ proxies and terms


def test_an_unknown_proxy_is_said_and_a_known_one_is_not(load) -> None:
    text = "symbol,quantity,price,asset_class,proxy\nMINE,1,10,equity,{}\n"
    (doubt,) = about(load(text.format("NOSUCHFUND")), "proxy")
    assert (doubt.row, doubt.found) == (2, "NOSUCHFUND")
    assert "not used" in doubt.hint
    for known in ("SPY", "spy", "brk.b"):
        assert not about(load(text.format(known)), "proxy"), known
    assert {"SPY", "BRK-B"} <= with_exposures()


@pytest.mark.parametrize(
    ("maturity", "said"), [("9999-12-31", "perpetual"), ("2199-02-15", "year"), ("2115-05-01", "")]
)
def test_a_bond_of_a_thousand_years_is_doubted_and_a_century_bond_is_not(load, maturity: str, said: str) -> None:
    doubts = about(load(f"{BOND}B,1000,98,bond,4,{maturity}\n"), "maturity")
    assert bool(doubts) == bool(said)
    assert all(said in doubt.hint for doubt in doubts)


def test_an_option_of_forty_years_is_doubted(load) -> None:
    near, far = (
        load(f"{CHAIN}C,1,5,option,700,{day},call,SPY\nSPY,1,700,fund_equity,,,,\n")
        for day in ("2028-01-21", "2066-01-21")
    )
    assert not about(near, "expiry")
    assert [doubt.row for doubt in about(far, "expiry")] == [2]


def test_the_index_ratio_of_a_linker_is_read(load) -> None:
    text = "symbol,quantity,price,asset_class,coupon,maturity,index\nTIPS,1000,98,linker,1.75,2034-01-15,{}\n"
    (tips,) = load(text.format("1.08345")).positions
    assert tips.terms.index == "1.08345"
    assert {(p.row, p.column) for p in faults(load, text.format("108.345"))} == {(2, "index")}
    assert {(p.row, p.column) for p in faults(load, text.format("CPI"))} == {(2, "index")}


# --------------------------------------------------------------------------------------------- costs, dates, numbers


def test_negative_costs_and_purchases_tomorrow_stop_a_file_typed_by_hand(load) -> None:
    text = "symbol,quantity,price,cost_basis,acquired\nSPY,1,700,-500,\nQQQ,1,600,500,2031-01-02\nIWM,-1,290,-300,\n"
    assert {(p.row, p.column) for p in faults(load, text)} == {(2, "cost_basis"), (3, "acquired")}
    assert all(p.hint for p in faults(load, text))


def test_they_are_doubts_in_a_broker_s_file(load) -> None:
    text = "Symbol,Quantity,Last Price,Cost Basis\nSPY,1,700,-500\n"
    assert len(about(load(text), "Cost Basis")) == 1


def test_rows_that_repeat_a_security_are_questioned_like_the_first(load) -> None:
    """Long files take a shorter way for repeated rows; it must not be a way around the questions."""
    rows = "".join("SPY,1,700,500,2025-01-02\n" for _ in range(5))
    text = f"symbol,quantity,price,cost_basis,acquired\n{rows}SPY,1,700,-500,\nSPY,1,700,500,2031-01-02\n"
    assert {(p.row, p.column) for p in faults(load, text)} == {(7, "cost_basis"), (8, "acquired")}


@pytest.mark.parametrize("number", ["1e300", "1e16", "-1e99", "1e9999"])
def test_a_number_that_is_too_large_is_called_too_large(load, number: str) -> None:
    (fault,) = faults(load, f"symbol,quantity,price\nSPY,{number},700\n")
    assert "arger than 1e+15" in fault.hint


# ------------------------------------------------------------------------------------------------ prices and values


def test_one_holding_at_two_prices_is_doubted_once(load) -> None:
    text = "symbol,quantity,price,account\nSPY,1,700,a\nSPY,2,701,b\nSPY,3,350,c\nSPY,4,300,d\nQQQ,1,600,a\n"
    (doubt,) = about(load(text), "price")
    assert doubt.row == 4
    assert doubt.found == "SPY at 350, at 700 in row 2"


def test_two_bonds_of_one_issuer_may_cost_what_they_cost(load) -> None:
    assert not about(load(f"{BOND}UST,1000,98,bond,4,2034-02-15\nUST,1000,60,bond,1.25,2050-05-15\n"), "price")


@pytest.mark.parametrize(
    ("row", "words"),
    [
        ("SPY,10,700,3500,,fund_equity,,,", "write market_value 7000"),
        ("SPY,10,700,9000,,fund_equity,,,", "price 900"),
        ("2330.TW,1000,1000,31000,TWD,equity,,,", "in the currency of the row"),
        ("SPY,10,700,-7000,,fund_equity,,,", "short"),
        ("SPY,10,700,0,,fund_equity,,,", "market_value 7000"),
        ("B,1000,98,2000,,bond,4,2034-02-15,", "price 200"),
    ],
)
def test_a_value_that_nothing_explains_stops_a_file_typed_by_hand(load, row: str, words: str) -> None:
    text = f"symbol,quantity,price,market_value,currency,asset_class,coupon,maturity,index\n{row}\n"
    (fault,) = faults(load, text)
    assert (fault.row, fault.column) == (2, "market_value")
    assert words.lower() in fault.hint.lower()


@pytest.mark.parametrize(
    "row",
    [
        "SPY,10,700,7300,,fund_equity,,,",
        "TIPS,1000,98,1250,,linker,1.75,2034-01-15,1.25",
        "POOL,1000,98,400,,mbs,4.5,2053-06-01,",
    ],
)
def test_a_small_gap_and_one_that_terms_explain_are_only_said(load, row: str) -> None:
    text = f"symbol,quantity,price,market_value,currency,asset_class,coupon,maturity,index\n{row}\n"
    assert len(about(load(text), "market_value")) == 1


def test_a_broker_s_value_is_used_whatever_the_gap(load) -> None:
    portfolio = load("Symbol,Quantity,Last Price,Market Value\nSPY,10,700,3500\n")
    assert portfolio.value == pytest.approx(3500)
    assert len(about(portfolio, "Market Value")) == 1
