"""What a reader must not overlook: contract values of futures, ended contracts, rows without a price, wrong markets."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from stresstest.commands.analysed import analyse
from stresstest.errors import InputError
from stresstest.holdings.future_symbol import parse_future
from stresstest.holdings.load import load_portfolio
from stresstest.market import load_snapshot
from stresstest.records import Book, Portfolio
from stresstest.study.books import make_book

SNAPSHOT = load_snapshot(None, None)


def read(tmp_path: Path, text: str) -> Portfolio:
    """The rows of a file typed by hand."""
    path = tmp_path / "rows.csv"
    path.write_text(text, encoding="utf-8")
    return load_portfolio(path, SNAPSHOT)


def book_of(tmp_path: Path, text: str) -> Book:
    """The book of such a file."""
    return make_book(read(tmp_path, text), SNAPSHOT)


@pytest.mark.parametrize("symbol", ["ESZ6", "ESZ26", "ESZ2026", "/ESZ6", "/ES", "ES=F", "ESZ6:XCME"])
def test_spellings_of_one_contract(symbol: str) -> None:
    contract = parse_future(symbol, stated=False)
    assert contract is not None
    assert (contract.root, contract.multiplier, contract.proxy) == ("ES", 50.0, "SPY")


@pytest.mark.parametrize("symbol", ["ES", "SPY", "GC", "BTC", "2330", "BRK.B", "TSM"])
def test_a_ticker_is_no_future(symbol: str) -> None:
    assert parse_future(symbol, stated=False) is None


def test_gross_value_counts_contracts(tmp_path: Path) -> None:
    rows = "symbol,quantity,price,asset_class\nESZ6,2,6500,future\nZNZ6,-3,110.5,future\nCASH,50000,,\n"
    book = book_of(tmp_path, rows)
    assert not book.not_modelled
    assert book.gross_value == pytest.approx(2 * 50 * 6500 + 3 * 1000 * 110.5)
    assert book.coverage == 1.0


def test_an_unstated_future_is_no_share(tmp_path: Path) -> None:
    position = read(tmp_path, "symbol,quantity,price\nVTI,10,365\nXYZ,3,10\n/ESZ6,1,6500\nMNQZ6,1,24000\n").positions[
        2:
    ]
    assert [p.asset_class for p in position] == ["future", "future"]
    assert [p.market_value for p in position] == [0.0, 0.0]
    assert [p.contract_value for p in position] == [325_000.0, 48_000.0]


def test_a_treasury_future_has_the_duration_of_its_table(tmp_path: Path) -> None:
    rows = "symbol,quantity,price,asset_class\nZNZ6,1,110,future\nZBZ6,1,115,future\nCASH,50000,,\n"
    durations = [h.analytics["duration"] for h in book_of(tmp_path, rows).holdings[:2]]
    assert durations == pytest.approx([6.0, 11.0])


def test_an_unknown_future_is_counted_and_said(tmp_path: Path) -> None:
    portfolio = read(tmp_path, "symbol,quantity,price,asset_class,multiplier\nQQZZ,2,100,future,1000\nCASH,50000,,,\n")
    analysis = analyse(portfolio, SNAPSHOT)
    assert analysis.coverage == pytest.approx(50_000 / 250_000)
    assert "USD 200,000 not modelled" in analysis.warnings[0].found
    assert make_book(portfolio, SNAPSHOT).coverage == pytest.approx(analysis.coverage)


def test_a_future_of_unknown_size_is_said(tmp_path: Path) -> None:
    portfolio = read(tmp_path, "symbol,quantity,price,asset_class\nQQZZ,2,100,future\nCASH,50000,,\n")
    assert any(warning.column == "multiplier" for warning in portfolio.warnings)


def test_rows_without_price_are_named_beside_the_coverage(tmp_path: Path) -> None:
    portfolio = read(tmp_path, "symbol,quantity,price\nFOOBAR,5,\nVTI,10,365\n")
    analysis = analyse(portfolio, SNAPSHOT)
    assert (analysis.unpriced, make_book(portfolio, SNAPSHOT).unpriced) == (1, 1)
    assert "1 row without a known value" in analysis.warnings[0].found


@pytest.mark.parametrize(
    ("row", "word"),
    [
        ("B,1000,100,bond,4,2020-01-01,,,,", "matured on 2020-01-01"),
        ("AAPL C,1,4,option,,,250,2020-01-01,call,AAPL", "expired on 2020-01-01"),
    ],
)
def test_ended_contracts_keep_their_value_with_a_warning(tmp_path: Path, row: str, word: str) -> None:
    heads = "symbol,quantity,price,asset_class,coupon,maturity,strike,expiry,put_call,underlying\n"
    portfolio = read(tmp_path, f"{heads}VTI,10,365,,,,,,,\n{row}\n")
    assert any(word in warning.found and "not modelled" in warning.hint for warning in portfolio.warnings)
    assert portfolio.positions[1].market_value == portfolio.positions[1].gross_value > 0


def test_a_maturity_in_the_year_one_is_a_fault(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="1900"):
        read(tmp_path, "symbol,quantity,price,asset_class,coupon,maturity\nB,1000,100,bond,4,0001-01-01\n")


def test_a_bond_that_never_matures_is_not_modelled(tmp_path: Path) -> None:
    rows = "symbol,quantity,price,asset_class,coupon,maturity\nB,1000,100,bond,4,9999-12-31\nVTI,10,365,,,\n"
    ((_, reason),) = book_of(tmp_path, rows).not_modelled
    assert "perpetual-like" in reason
    last = date(SNAPSHOT.as_of.year + 99, 1, 1)
    assert not book_of(tmp_path, rows.replace("9999-12-31", last.isoformat())).not_modelled


def test_a_code_of_the_other_exchange_of_taipei(tmp_path: Path) -> None:
    portfolio = read(tmp_path, "symbol,quantity,price,currency\n00679B.TW,10000,27,TWD\n")
    assert portfolio.positions[0].asset_class == "fund_bond"
    assert any("Did you mean 00679B.TWO?" in warning.hint for warning in portfolio.warnings)


def test_files_without_value_name_rows_and_a_remedy(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"VTI, AAPL.*--fetch"):
        read(tmp_path, "symbol,quantity\nVTI,10\nAAPL,5\n")
    with pytest.raises(InputError, match="quantity zero in VTI"):
        read(tmp_path, "symbol,quantity,price\nVTI,0,365\n")


def test_articles(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="an underlying: an option needs it"):
        read(tmp_path, "symbol,quantity,price,asset_class,strike,expiry,put_call\nX,1,4,option,5,2099-01-01,call\n")
