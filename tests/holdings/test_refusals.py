"""Hostile and wrong input: each is refused at once, with the row and the column of every fault."""

from __future__ import annotations

import os
import time

import pytest

from stresstest.errors import InputError
from stresstest.holdings import load_portfolio
from stresstest.holdings.source import MAX_BYTES
from stresstest.holdings.text import MAX_LINES

FULL = "symbol,quantity,price,currency,asset_class,coupon,maturity,rating,index,strike,expiry,put_call,underlying\n"


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ("symbol,quantity,price\nSPY,ten,700\n", {(2, "quantity")}),
        ("symbol,quantity,price\nSPY,10,-700\n", {(2, "price")}),
        ("symbol,quantity,price\nSPY,nan,700\n", {(2, "quantity")}),
        ("symbol,quantity,price\nSPY,10,inf\n", {(2, "price")}),
        ("symbol,quantity,price\nSPY,1e300,700\n", {(2, "quantity")}),
        ('symbol,quantity,price\nSPY,"1,5",700.50\nQQQ,2,600.25\n', {(2, "quantity")}),
        ("symbol;quantity;price\nSPY;10,500;7\n", {(2, "quantity")}),
        ("symbol,quantity,price\n4567,10,700\n", {(2, "symbol")}),
        ("symbol,quantity,price\nSPY,5%,700\n", {(2, "quantity")}),
        ("symbol,quantity,price\nSPY,,700\n", {(2, "quantity")}),
        ("symbol,quantity,price\n,10,700\n", {(2, "symbol")}),
        ("symbol,quantity,price\n--,10,700\n", {(2, "symbol")}),
        ("symbol,quantity,price\nCASH,,\n", {(2, "quantity")}),
        ("symbol,quantity,price\nCASH,100,2\n", {(2, "price")}),
        ("symbol,quantity,price,currency\nCASH.EUR,100,,USD\n", {(2, "currency")}),
        ("symbol,quantity,price,currency\nSPY,10,700,XXX\n", {(2, "currency")}),
        ("symbol,quantity,price,currency\nCASH.ZZZ,10,,\n", {(2, "currency")}),
        ("symbol,quantity,price,currency\nSAP,10,€200,USD\n", {(2, "price")}),
        ("symbol,quantity,price\nSPY,1,250.00,700\n", {(2, "")}),
        ("symbol,quantity,price\nSPY,1,700\nsymbol,quantity,price\nQQQ,1,600\n", {(3, "")}),
        ("symbol,quantity,price,price\nSPY,1,700,700\n", {(1, "price")}),
        ("symbol,quantity,prise\nSPY,1,700\n", {(1, "prise")}),
        ("symbol,quantity,price,beta_golf\nSPY,1,700,1\n", {(1, "beta_golf")}),
        ("symbol,quantity,price,beta_gold\nSPY,1,700,1e6\n", {(2, "beta_gold")}),
        ("symbol,quantity,price,\nSPY,1,700\n", None),
        ("symbol,quantity,,price\nSPY,1,,700\n", {(1, "")}),
        ("ticker,shares,price\nSPY,1,700\n", None),
        ("ticker,shares,price\nSPY,one,700\n", {(2, "shares")}),
        ("Symbol,Shares,Last Price,Value\nSPY,1,700,many\n", {(2, "Value")}),
        ("symbol,price\nSPY,700\n", {(1, "quantity")}),
        (FULL + "B,1000,99,USD,bond,,,,,,,,\n", {(2, "coupon"), (2, "maturity")}),
        (FULL + "B,1000,99,USD,bond,4,2035-02-30,,,,,,\n", {(2, "maturity")}),
        (FULL + "B,1000,99,USD,bond,400,2035-02-15,,,,,,\n", {(2, "coupon")}),
        (FULL + "B,1000,99,USD,bond,-1,2035-02-15,,,,,,\n", {(2, "coupon")}),
        (FULL + "B,1000,99,USD,bond,4,2035-02-15,Aa1,,,,,\n", {(2, "rating")}),
        (FULL + "B,1000,99,USD,bill,,,,,,,,\n", {(2, "maturity")}),
        (FULL + "B,1000,99,USD,floater,,2035-02-15,,LIBOR,,,,\n", {(2, "index")}),
        (FULL + "O,1,9,USD,option,,,,,,,,\n", {(2, c) for c in ("underlying", "strike", "expiry", "put_call")}),
        (FULL + "O,1,9,USD,option,,,,,-5,2027-01-15,up,SPY\n", {(2, "strike"), (2, "put_call")}),
        (FULL + "S,1,9,USD,shares,,,,,,,,\n", {(2, "asset_class")}),
        ("symbol,quantity,price\n", {(None, "")}),
        ("symbol,quantity,price\nZZZ,5,\n", {(None, "price")}),
        ("symbol,quantity,price,market_value\nSPY,-5,700,3500\n", {(2, "market_value")}),
        ("", {(None, "")}),
        ("\n\n \n", {(None, "")}),
        ("# one\n# two\n", {(None, "")}),
        (b"\x00\x01\x02symbol", {(None, "")}),
        (b"PK\x03\x04rest of a workbook", {(None, "")}),
        (b"\xd0\xcf\x11\xe0 an old workbook", {(None, "")}),
        (b"%PDF-1.7", {(None, "")}),
        ('{"positions": []}', {(None, "")}),
        ("<html><body>sign in</body></html>", {(None, "")}),
        (b"\xff\xfe\x00", {(None, "")}),
        ('symbol,quantity,price\nSPY,1,700\n"QQQ,1,600\nIWM,1,290\n', {(3, "")}),
        ("Date,Action,Symbol,Quantity,Amount\n2026-01-02,Buy,SPY,1,-700\n", {(1, "")}),
        ("Date,Action,Symbol,Quantity,Price\n2026-01-02,Sell,SPY,1,700\n", {(2, "")}),
        ("Date,Action,Symbol,Quantity,Price\n2026-01-02,Gift,SPY,1,700\n", {(2, "Action")}),
        ("just some words\nand more of them\n", {(1, "")}),
        ("symbol,quantity,price\n" + "x" * 400 + ",1,1\n", {(2, "symbol")}),
        (",".join(f"tag_{i}" for i in range(600)) + "\n", {(1, "")}),
    ],
)
def test_refused_with_row_and_column(load, faults, content, expected) -> None:
    if expected is None:
        assert load(content).value == 700
    else:
        assert faults(content) == expected


def test_every_fault_of_a_file_is_reported_at_once_in_the_order_of_the_rows(load) -> None:
    with pytest.raises(InputError) as caught:
        load("symbol,quantity,price,currency,colour\nSPY,x,-1,QQQ,red\nQQQ,1,600,,\n,1,1,,\n")
    assert [(p.row, p.column) for p in caught.value.problems] == [
        (1, "colour"), (2, "currency"), (2, "quantity"), (2, "price"), (4, "symbol"),
    ]  # fmt: skip


def test_the_row_is_the_physical_line_also_below_comments_blanks_and_quoted_line_breaks(faults) -> None:
    text = '# c\n\nsymbol,quantity,price,name\n\nSPY,1,700,"two\nlines"\n# c\nQQQ,x,600,\n'
    assert faults(text) == {(8, "quantity")}
    assert faults(text.replace("\n", "\r\n")) == {(8, "quantity")}


@pytest.mark.parametrize(
    ("column", "meant"),
    [
        ("ticker", "symbol"),
        ("qty", "quantity"),
        ("prise", "price"),
        ("maturty", "maturity"),
        ("beta_gould", "beta_gold"),
    ],
)
def test_an_unknown_column_is_answered_with_the_nearest_known_one(load, column: str, meant: str) -> None:
    with pytest.raises(InputError) as caught:
        load(f"symbol,quantity,{column}\nSPY,1,1\n")
    assert f"Did you mean {meant}?" in caught.value.problems[0].hint


def test_a_file_twice_too_large_are_refused_before_they_are_read(snapshot, tmp_path) -> None:
    path = tmp_path / "noise.csv"
    with path.open("wb") as file:
        file.truncate(2 * MAX_BYTES)
    start = time.thread_time()
    with pytest.raises(InputError, match="400 MB"):
        load_portfolio(path, snapshot)
    assert time.thread_time() - start < 0.5


@pytest.mark.parametrize(
    "content",
    [b"," * 5_000_000, b"x" * 5_000_000, b"\n" * (3 * MAX_LINES), b'"\n",' * 100_000, b"\xe9\r" * (2 * MAX_LINES),
     b"[" * 5_000_000, b'{"positions": ' * 100_000, b"<a>" * 1_000_000, b"OFXHEADER:100\n<OFX>" + b"<A>" * 1_000_000],
)  # fmt: skip
def test_shapes_that_would_exhaust_memory_are_refused_quickly(faults, content: bytes) -> None:
    start = time.thread_time()
    assert len(faults(content)) == 1
    assert time.thread_time() - start < 5.0


def test_what_is_no_file_is_refused(snapshot, tmp_path) -> None:
    for path in (tmp_path, tmp_path / "absent.csv", tmp_path / ("n" * 300), tmp_path / "a\0b"):
        with pytest.raises(InputError):
            load_portfolio(path, snapshot)
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    with pytest.raises(InputError, match="device"):
        load_portfolio(pipe, snapshot)


@pytest.mark.parametrize("price", [float("nan"), float("inf"), -1.0])
def test_prices_from_outside_are_checked_too(load, price: float) -> None:
    with pytest.raises(InputError, match="finite price"):
        load("symbol,quantity\nSPY,1\n", prices={"SPY": price})
