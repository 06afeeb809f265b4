"""Workbooks, OFX, Flex XML and JSON: read like tables, within bounds, and refused with a place."""

from __future__ import annotations

from datetime import date

import pytest
from samples import ACTIVITIES, CONTAINERS, FLEX, JSON, LEDGER, OFX, WORKBOOK, packed, workbook

from stresstest.errors import InputError


def values(portfolio) -> dict[str, float]:
    return {p.symbol: round(p.market_value, 6) for p in portfolio.positions}


@pytest.mark.parametrize(
    ("name", "total", "layout"),
    [
        ("plain", 7002.5 + 62000 + 9850 - 5000 + 1152.576 + 35000 - 3690, "plain"),
        ("europe", 10 * 200.5 + 1250 * 150.25 * 1.152, "table"),
        ("taiwan", (2_020_000 + 5_200 - 23_100) * 0.031, "taiwan inventory"),
        ("ledger", 3 * 620 + 3 * 500, "transactions"),
        ("ofx", 3000 - 1000 + 9875 + 200 - 50, "ofx"),
        ("flex", 3000 - 800 - 1000, "ibkr flex"),
        ("json", 7001.25 + 72000, "table"),
        ("activities", 3 * 310, "activities"),
        ("workbook", 28512.5 - 3305 + 72000, "table"),
    ],
)
def test_totals_worked_out_by_hand(load, name: str, total: float, layout: str) -> None:
    portfolio = load(CONTAINERS[name])
    assert portfolio.value == pytest.approx(total)
    assert portfolio.layout == layout


def test_ofx_terms_and_signs(load) -> None:
    stock, option, bond = load(OFX).positions
    assert (stock.symbol, stock.name, stock.account) == ("AAPL", "APPLE & CO", "1234")
    assert (option.quantity, option.terms.put_call, option.terms.strike, option.terms.expiry) == (
        -2, "put", 600, date(2026, 12, 18),
    )  # fmt: skip
    assert (bond.asset_class, bond.terms.coupon, bond.terms.maturity) == ("bond", 0.04, date(2034, 2, 15))
    assert load(OFX).cash == {"USD": 150}


def test_ofx_total_that_disagrees_is_refused(load) -> None:
    with pytest.raises(InputError, match="Total Account Value"):
        load(OFX.replace("12025.00", "13125.00"))


def test_flex_counts_the_summary_and_leaves_out_the_lots(load) -> None:
    portfolio = load(FLEX)
    assert values(portfolio) == {"AAPL": 3000, "SPY   261218P00600000": -800}
    assert portfolio.cash == {"USD": -1000}
    assert "lot of AAPL" in {problem.hint for problem in portfolio.skipped}


def test_rows_of_json_are_lines_of_the_file_or_numbers_of_the_entry(faults) -> None:
    assert faults(JSON.replace('"1,000"', '"many"')) == {(3, "shares")}
    assert faults(JSON.replace('"1,000"', '"many"').replace("\n", " ")) == {(3, "shares")}


def test_lots_of_a_list_of_transactions_are_kept_first_in_first_out(load) -> None:
    spy, msft = load(LEDGER).positions
    assert (spy.symbol, spy.quantity, spy.acquired, spy.cost_basis) == ("SPY", 3, date(2026, 2, 5), 3 * 610.5)
    assert (msft.symbol, msft.quantity, msft.acquired, msft.price) == ("MSFT", 3, date(2026, 3, 7), 500)
    (position,) = load(ACTIVITIES).positions
    assert (position.quantity, position.price, position.cost_basis) == (3, 310, 900)


@pytest.mark.parametrize(
    ("rows", "words"),
    [
        ("2026-01-05,Sell,SPY,1,600,USD,0", "sell of 1 with 0 held"),
        ("2026-01-05,Dividend,SPY,,,USD,", "income of 0 with 0 held"),
        ("2026-01-05,Reinvest Shares,SPY,1,600,USD,0", "reinvest of 1 with 0 held"),
        ("2026-01-05,Buy,SPY,1,600,USD,0\n2026-01-06,Sell,SPY,1,600,USD,0", "nothing held at the end"),
        ("2026-01-05,Split,SPY,1,600,USD,0", "Split"),
    ],
)
def test_a_list_that_begins_in_the_middle_is_refused_with_the_proof(load, rows: str, words: str) -> None:
    with pytest.raises(InputError, match=words):
        load(f"Date,Action,Symbol,Quantity,Price,Currency,Fee\n{rows}\n")


def test_a_source_that_keeps_everything_may_hold_a_short(load) -> None:
    (position,) = load(ACTIVITIES.replace('"BUY"', '"SELL"')).positions
    assert position.quantity == -7


def test_a_ledger_with_running_balances_is_read_from_its_last_balances(load) -> None:
    text = (
        "txid,time,type,asset,amount,fee,balance\n1,2026-01-01 08:00:00,deposit,USDC,1000,0,1000\n"
        ",2026-01-02 08:00:00,deposit,USDC.M,250,0,\n2,2026-01-03 08:00:00,deposit,USDC.M,250,0,250\n"
        "3,2026-01-04 08:00:00,transfer,USDC,-250,0,750\n"
    )
    assert values(load(text)) == {"USDC.M": 250, "USDC": 750}
    head, *rows = text.splitlines()
    assert values(load("\n".join([head, *rows[::-1]]))) == {"USDC.M": 250, "USDC": 750}


# ------------------------------------------------------------------------------------------------------ workbooks


def test_dates_zeros_and_typed_numbers_of_a_workbook(load) -> None:
    rows = [
        ["symbol", "quantity", "price", "currency", "acquired"],
        [("zeros", 50), 100, 52.125, "TWD", ("date", 45292)],
    ]
    (position,) = load(workbook({"a": rows})).positions
    assert (position.symbol, position.price, position.acquired) == ("0050", 52.125, date(2024, 1, 1))


def test_every_sheet_is_read_and_a_fault_names_sheet_and_row(load) -> None:
    rows = [["Symbol", "Quantity", "Price"], ["SPY", 1, 700]]
    assert load(workbook({"a": rows, "b": rows})).value == 1400
    with pytest.raises(InputError) as caught:
        load(workbook({"a": rows, "b": [rows[0], ["QQQ", "lots", 600]]}))
    (problem,) = caught.value.problems
    assert (problem.row, problem.column) == (2, "Quantity")
    assert problem.file.endswith("sheet b")


@pytest.mark.parametrize(
    "content",
    [
        packed({"word/document.xml": "<a/>"}),
        packed({"xl/workbook.xml": "<workbook/>"}),
        packed({"xl/workbook.xml": "not xml", "xl/_rels/workbook.xml.rels": "<a/>"}),
        workbook({"a": [["symbol", "quantity"]]}).replace(b"PK\x01\x02", b"PK\x01\x03"),
        WORKBOOK[: len(WORKBOOK) // 2],
    ],
)
def test_broken_workbooks_are_refused(load, content: bytes) -> None:
    with pytest.raises(InputError):
        load(content)


def test_a_workbook_that_unpacks_to_far_more_than_it_holds_is_refused(load, monkeypatch) -> None:
    monkeypatch.setattr("stresstest.holdings.workbook.MAX_UNPACKED", 1_000_000)
    rows = [["symbol", "quantity"], *([["x" * 1000, 1]] * 2000)]
    content = workbook({"a": rows})
    assert len(content) < 100_000
    with pytest.raises(InputError, match="when unpacked"):
        load(content)


def test_a_single_far_cell_does_not_fill_memory(load) -> None:
    sheet = '<worksheet><sheetData><row r="1048576"><c r="XFD1048576"><v>1</v></c></row></sheetData></worksheet>'
    parts = {
        "xl/workbook.xml": '<workbook><sheets><sheet name="a" r:id="1" xmlns:r="r"/></sheets></workbook>',
        "xl/_rels/workbook.xml.rels": '<R><Relationship Id="1" Target="worksheets/a.xml"/></R>',
        "xl/worksheets/a.xml": sheet,
    }
    with pytest.raises(InputError, match="column 16,384"):
        load(packed(parts))


ENTITIES = '<!DOCTYPE a [<!ENTITY x "y">]><FlexQueryResponse>&x;</FlexQueryResponse>'


@pytest.mark.parametrize(
    "content",
    [ENTITIES, "<?xml version='1.0'?>" + ENTITIES, "<FlexQueryResponse>", "<FlexQueryResponse/>", "<other/>",
     '{"positions": [{"symbol": "SPY", "symbol": "QQQ"}]}', '{"positions": [{"symbol": NaN}]}', '{"a": 1}', "[1, 2]",
     "OFXHEADER:100\n", "OFXHEADER:100\n<OFX></OFX>"],
)  # fmt: skip
def test_markup_that_is_hostile_or_holds_nothing_is_refused(load, content: str) -> None:
    with pytest.raises(InputError) as caught:
        load(content)
    assert all(problem.expected for problem in caught.value.problems)
