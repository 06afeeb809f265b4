from __future__ import annotations

import json
import math
from dataclasses import asdict

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from stresstest.errors import InputError
from stresstest.holdings.terms import asset_classes

QUICK = settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
WORDS = ["symbol", "quantity", "price", "CASH", "SPY", "700", "-5", "bond", "2035-02-15", "Header", "Data", "Trades",
         "Open Positions", "Statement", "Account Total", "Description", "Market Value", "Last Price", "Current Value",
         "Account Number", "Account Name", "SecType", "Mark Price", "$", "--", '"', "=", "\n", ",", ";", "maturity",
         "coupon", "asset_class", "currency", "TWD", "nan", "1e9", "%"]  # fmt: skip


@QUICK
@given(st.binary(max_size=400))
def test_random_bytes_are_read_or_refused(load, content: bytes) -> None:
    read_or_refuse(load, content)


@QUICK
@given(st.text(max_size=300))
def test_random_text_is_read_or_refused(load, content: str) -> None:
    read_or_refuse(load, content.encode("utf-8", "replace"))


@settings(QUICK, max_examples=400)
@given(st.lists(st.lists(st.sampled_from(WORDS), min_size=1, max_size=7).map(",".join), max_size=9).map("\n".join))
def test_words_of_real_files_in_any_order_are_read_or_refused(load, content: str) -> None:
    read_or_refuse(load, content.encode())


@settings(QUICK, max_examples=200)
@given(st.data())
def test_one_changed_cell_is_read_or_refused(load, data: st.DataObject) -> None:
    rows = [["symbol", "quantity", "price", "asset_class", "coupon", "maturity", "currency"],
            ["SPY", "10", "700", "", "", "", "USD"], ["B", "1000", "99", "bond", "4", "2035-02-15", ""]]  # fmt: skip
    row = data.draw(st.integers(0, 2))
    column = data.draw(st.integers(0, 6))
    rows[row][column] = data.draw(st.one_of(st.sampled_from(WORDS), st.text(max_size=12)))
    read_or_refuse(load, "\n".join(",".join(cells) for cells in rows).encode("utf-8", "replace"))


def read_or_refuse(load, content: bytes) -> None:
    """Either InputError with problems that say what and where, or a portfolio with finite numbers."""
    problems, portfolio = (), None
    try:
        portfolio = load(content)
    except InputError as error:
        problems = error.problems
    assert (portfolio is None) == bool(problems)
    assert all(problem.expected for problem in problems)
    if portfolio is not None:
        assert math.isfinite(portfolio.value)
        json.dumps([asdict(position) for position in portfolio.positions], default=str, allow_nan=False)


holdings = st.lists(
    st.tuples(
        st.sampled_from(["SPY", "BND", "2330.TW", "BTC", "USDC", "BRK.B", "CASH", "CASH.EUR", "VOD.L"]),
        st.integers(-10_000, 10_000).filter(bool),
        st.sampled_from(["USD", "EUR", "TWD", "GBP"]),
    ),
    min_size=1,
    max_size=12,
)


def plain(rows) -> str:
    lines = ["symbol,quantity,price,currency"]
    for symbol, quantity, currency in rows:
        cash = symbol.startswith("CASH")
        lines.append(f"{symbol},{quantity},{'' if cash else 12.5},{'' if cash else currency}")
    return "\n".join(lines)


@QUICK
@given(holdings, st.randoms(use_true_random=False))
def test_the_order_of_the_rows_never_changes_the_total(load, rows, random) -> None:
    shuffled = list(rows)
    random.shuffle(shuffled)
    assert load(plain(shuffled)).value == pytest.approx(load(plain(rows)).value, abs=1e-6)


@QUICK
@given(holdings)
def test_a_portfolio_written_out_in_the_plain_format_reads_back_equal(load, rows) -> None:
    first = load(plain(rows))
    again = load(written(first))
    assert again.value == pytest.approx(first.value, abs=1e-6)
    assert again.cash == pytest.approx(dict(first.cash))
    key = [(p.symbol, p.asset_class, p.currency, p.quantity, p.price, p.proxy) for p in first.positions]
    assert [(p.symbol, p.asset_class, p.currency, p.quantity, p.price, p.proxy) for p in again.positions] == key


def written(portfolio) -> str:
    lines = ["symbol,quantity,price,currency,asset_class,proxy"]
    lines += [
        f"{p.symbol},{p.quantity!r},{p.price!r},{p.currency},{p.asset_class},{p.proxy}" for p in portfolio.positions
    ]
    lines += [f"CASH.{currency},{amount!r},,,," for currency, amount in portfolio.cash.items()]
    return "\n".join(lines)


@QUICK
@given(
    st.sampled_from(sorted(set(asset_classes()) - {"option", "future", "cash"})),
    st.floats(0.01, 1e6),
    st.floats(1, 1e6),
)
def test_twice_the_quantity_is_twice_the_value(load, asset_class: str, quantity: float, price: float) -> None:
    text = "symbol,quantity,price,asset_class,coupon,maturity,index\nX,{},{},{},4,2035-02-15,SOFR\n"
    once, twice = (load(text.format(repr(q), repr(price), asset_class)).value for q in (quantity, 2 * quantity))
    assert twice == pytest.approx(2 * once)
