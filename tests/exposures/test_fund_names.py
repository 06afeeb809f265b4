"""Multiples in the names of funds, and what a file with such names says of them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from stresstest.commands.check import check
from stresstest.exposures.fund_names import fund_words, multiple_in_name, unread_in_name
from stresstest.exposures.proxies import with_category
from stresstest.instruments.leveraged import LeveragedFund
from stresstest.market import load_snapshot
from stresstest.records import FundFacts, Position
from stresstest.study.books import make_book, read_holdings
from stresstest.tables import factor_index, read_table


@pytest.mark.parametrize(
    ("name", "times"),
    [
        # a number and its sign
        ("Acme Daily Small Cap Bull 3X Shares", 3.0),
        ("Acme Daily Small Cap Bear 3X Shares", -3.0),
        ("Acme Long Treasury Bear 2X", -2.0),
        ("Acme Daily 2X Short TSLA", -2.0),
        ("Acme 2X Inverse Tesla Daily Target", -2.0),
        ("Acme -1x Short VIX Futures", -1.0),
        ("Acme Daily (-2x) Inverse", -2.0),
        ("Acme Daily (\u22122x) Leveraged", -2.0),
        ("Acme 2x Long Ether", 2.0),
        ("Acme 1.5x Treasury", 1.5),
        ("ProShares Ultra Short QQQ 2X", -2.0),
        ("Acme 20x Club", 1.0),
        ("XPLR Infrastructure", 1.0),
        # words of houses that write no number
        ("ProShares Short S&P500", -1.0),
        ("ProShares Short MidCap400", -1.0),
        ("PROSHARES TR SHORT S&P 500 NE", -1.0),
        ("ProShares Short 20+ Year Treasury", -1.0),
        ("ProShares Short 7-10 Year Treasury", -1.0),
        ("ProShares Short High Yield", -1.0),
        ("Ultra S&P500", 2.0),
        ("ProShares Ultra Semiconductors", 2.0),
        ("UltraShort 20+ Year Treasury", -2.0),
        ("ProShares Ultra Short Dow30", -2.0),
        ("UltraPro QQQ", 3.0),
        ("UltraPro Short Dow30", -3.0),
        ("ProShares Short VIX Short-Term Futures", -0.5),
        ("ProShares Ultra VIX Short-Term Futures", 1.5),
        ("Acme Inverse Gold", -1.0),
        ("\u5143\u5927\u53f0\u706350\u53cd1", -1.0),
        ("\u5bcc\u90a6\u53f0\u706350\u6b632", 2.0),
        # time to maturity, and both sides
        ("Vanguard Short-Term Bond 1X", 1.0),
        ("SPDR Short Term 2X", 2.0),
        ("Acme Short Treasury Bond", 1.0),
        ("PIMCO Ultra Short Bond", 1.0),
        ("JPMorgan Ultra-Short Income", 1.0),
        ("Federated Hermes Ultrashort Bond Fund", 1.0),
        ("ProShares VIX Short-Term Futures", 1.0),
        ("ProShares Short Term USD Emerging Markets Bond", 1.0),
        ("Acme Long/Short 2X", 2.0),
        ("Ultra Clean Holdings", 1.0),
    ],
)
def test_multiples_in_names(name: str, times: float) -> None:
    assert multiple_in_name(name) == times


def test_the_names_in_the_table_of_securities_promise_what_the_table_has() -> None:
    """Written down by hand in another table: names and multiples agree, and nothing else there promises any."""
    rows = [row for row in read_table("stresstest.holdings", "securities.csv") if row["asset_class"] != "equity"]
    told = {row["name"]: (multiple_in_name(row["name"]), float(row["leverage"] or 1.0)) for row in rows}
    assert sum(stated != 1.0 for _, stated in told.values()) > 40
    wrong = {name: pair for name, pair in told.items() if pair[0] != pair[1]}
    assert not wrong


@pytest.mark.parametrize(
    "name", ["Acme TSLA Bear Daily ETF", "Grizzly Short Fund", "ProShares Long Online/Short Stores"]
)
def test_an_inverse_word_without_a_multiple_is_named(name: str) -> None:
    assert unread_in_name(name) in ("bear", "short")


@pytest.mark.parametrize(
    "name", ["ProShares Short S&P500", "Vanguard Short-Term Bond 1X", "Acme Bear 1X", "AQR Long-Short Equity", ""]
)
def test_other_names_raise_no_warning(name: str) -> None:
    assert not unread_in_name(name)


def test_words_of_names_are_no_categories() -> None:
    held = Position(2, "XXXX", "", "fund_equity", "USD", 1.0, 1.0, 1.0)
    told = with_category(held, FundFacts("XXXX", load_snapshot().as_of, "Trading--Inverse Equity"))
    assert told is held
    assert {row["place"] for row in read_table("stresstest.exposures", "fund_words.csv")} == {"category", "name"}
    assert all(row["tag"] in ("sector", "region", "style") for row in fund_words("category"))


def test_a_fund_that_is_short_by_its_name_is_booked_short_and_check_says_so(tmp_path: Path) -> None:
    file = tmp_path / "mine.csv"
    rows = ["XMYY,ProShares Short MidCap400,100,20,fund_equity", "XBEA,Acme Tesla Bear Daily ETF,100,20,fund_equity"]
    file.write_text("symbol,name,quantity,price,asset_class\n" + "\n".join(rows) + "\n", encoding="utf-8")
    found = check(str(file))
    document = found.to_document()
    assert document["positions"][0]["exposure"].endswith("times -1")
    warnings = {(w["row"], w["column"]): w for w in document["warnings"]}
    assert "-1 times a day as its name says" in warnings[2, "symbol"]["expected"]
    assert "'bear'" in warnings[3, "name"]["found"]
    book = make_book(read_holdings(file, load_snapshot()), load_snapshot())
    short, unread = book.holdings[:2]
    assert isinstance(short.instrument, LeveragedFund)
    moves = np.zeros((1, len(factor_index())))
    moves[0, factor_index()["equity_us"]] = -0.1
    assert short.instrument.price_change(moves, 0.0)[0] > 0 > unread.instrument.price_change(moves, 0.0)[0]


def test_a_proxy_that_the_name_gave_is_taken_as_often_as_the_name_says(tmp_path: Path) -> None:
    """The name of an index fund gives a proxy; that of an inverse one on it the same, turned."""
    file = tmp_path / "mine.csv"
    rows = [
        "XA,Acme S&P 500 2x Inverse Daily Swap UCITS ETF,", "XB,ProShares Short S&P 500 ETF,",
        "XC,Acme S&P 500 UCITS ETF,", "XD,Acme S&P 500 Bear 1X ETF,VTI",
    ]  # fmt: skip
    lines = [f"{row},10,20,fund_equity" for row in rows]
    file.write_text("symbol,name,proxy,quantity,price,asset_class\n" + "\n".join(lines) + "\n", encoding="utf-8")
    document = check(str(file)).to_document()
    told = [row["exposure"] for row in document["positions"]]
    assert told[:3] == ["proxy SPY times -2", "proxy SPY times -1", "proxy SPY"]
    assert told[3] == "proxy VTI"  # the user's own, which may be inverse itself
    warnings = {w["row"]: w for w in document["warnings"] if w["column"] == "name"}
    assert set(warnings) == {2, 3, 5}
    assert warnings[2]["expected"] == "-2 times SPY a day"
    assert warnings[5]["expected"] == "1 times VTI a day"
