"""Public sample files of brokers, trackers and issuers, against facts read off the files by hand."""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from stresstest.errors import InputError
from stresstest.holdings import load_portfolio

HERE = Path(__file__).resolve().parent


def rows(name: str) -> Iterator[dict[str, str]]:
    lines = (HERE / name).read_text(encoding="utf-8").splitlines()
    return csv.DictReader(line for line in lines if not line.startswith("#"))


EXPECTED = {row["file"]: row for row in rows("expected_files.csv")}
REFUSED = list(rows("expected_refusals.csv"))


@pytest.fixture
def public(shared_data, snapshot):
    return lambda name: load_portfolio(shared_data / "holdings" / name, snapshot)


@pytest.mark.parametrize("name", EXPECTED)
def test_total_count_classes_and_cash(public, snapshot, name: str) -> None:
    portfolio, row = public(name), EXPECTED[name]
    assert portfolio.layout == row["layout"]
    assert len(portfolio.positions) == int(row["positions"])
    unit = float(row["usd_per_unit"] or snapshot.fx(row["unit"]))
    tolerance = 1e-6 if row["usd_per_unit"] else 1e-9  # rates in the table are rounded to seven digits
    assert portfolio.value / unit == pytest.approx(float(row["total"]), rel=tolerance, abs=0.005)
    classes = {name: int(count) for name, count in map(str.split, filter(None, row["classes"].split(";")))}
    assert Counter(position.asset_class for position in portfolio.positions) == classes
    cash = {code: float(amount) for code, amount in map(str.split, filter(None, row["cash"].split(";")))}
    assert dict(portfolio.cash) == pytest.approx(cash)


@pytest.mark.parametrize("row", REFUSED, ids=[f"{r['file']}-{r['row']}" for r in REFUSED])
def test_refused_with_row_column_and_reason(public, row: dict[str, str]) -> None:
    with pytest.raises(InputError) as caught:
        public(row["file"])
    problems = [p for p in caught.value.problems if row["words"] in str(p)]
    assert all(problem.expected for problem in caught.value.problems)
    if row["row"]:
        assert int(row["row"]) in {problem.row for problem in problems}
    if row["column"]:
        assert row["column"] in {problem.column for problem in problems}
    assert problems


def test_every_file_of_the_collection_is_in_one_of_the_two_lists(shared_data) -> None:
    folder = shared_data / "holdings"
    present = {str(path.relative_to(folder)) for path in folder.rglob("*.*")} - {"README.md"}
    assert present <= set(EXPECTED) | {row["file"] for row in REFUSED}


def test_every_position_says_how_it_was_identified_and_every_row_is_counted_once(public) -> None:
    for name in EXPECTED:
        portfolio = public(name)
        assert all(position.tags["identified_by"] for position in portfolio.positions), name
        lines = [position.row for position in portfolio.positions]
        assert len(lines) == len(set(lines)), name


def test_lots_and_subtotals_are_never_counted(public) -> None:
    reasons = {problem.hint for problem in public("etrade/PortfolioDownload.csv").skipped}
    assert {"lot of HL", "lot of IGOI", "lot of TWTR", "total"} <= reasons
    flex = public("ibkr/minimal_short_options_repro_2025.xml")
    assert any("already contained" in problem.hint for problem in flex.skipped)


def test_totals_of_foreign_rows_made_with_other_rates_are_said_not_refused(public) -> None:
    warnings = [w for w in public("shapes-synthetic/ibkr_activity_full.csv").warnings if "Net Asset" in w.column]
    assert any("other exchange rates" in w.hint for w in warnings)
    assert any("the value of row" in w.hint for w in warnings)  # the cash line leaves out the Hong Kong dollars


def test_a_margin_loan_inside_the_cost_is_said_with_its_amount(public) -> None:
    (warning,) = [w for w in public("shapes-synthetic/tw_inventory_cp950.csv").warnings if "margin loan" in w.found]
    assert "342,900.00" in warning.found  # 3000 x 190.50 less 228600 paid
    assert warning.row == 8


def test_bonds_of_a_fund_keep_number_coupon_maturity_and_duration(public) -> None:
    bonds = {p.symbol: p for p in public("etf-ishares/LQD_holdings.csv").positions}
    bond = bonds["US03522AAJ97"]
    assert (bond.quantity, bond.price, bond.market_value) == (75310000, 92.74, 71246274.07)
    assert (bond.terms.coupon, bond.terms.maturity, bond.terms.duration) == (0.049, date(2046, 2, 1), 12.13)


def test_sheets_of_a_workbook_keep_their_own_row_numbers(public, tmp_path) -> None:
    portfolio = public("shapes-synthetic/firstrade_positions_zh.xlsx")
    put = next(p for p in portfolio.positions if p.symbol.startswith("SPY"))
    assert (put.terms.strike, put.terms.put_call, put.terms.expiry) == (600, "put", date(2026, 12, 18))
    assert {problem.file for problem in portfolio.skipped} == {"firstrade_positions_zh.xlsx, sheet 股票和ETF"}
