from __future__ import annotations

from datetime import date

import pytest

from stresstest.holdings.bond_text import BondText, is_security_number, read_bond
from stresstest.holdings.identify import TAGGED, identify, normal_symbol, securities
from stresstest.holdings.option_symbol import OptionSymbol, parse_option
from stresstest.holdings.terms import asset_classes
from stresstest.tables import read_table


def who(symbol, *, name="", currency="", stated="", kind="", has_maturity=False):
    return identify(symbol, name, currency, stated, kind, has_maturity)


@pytest.mark.parametrize(
    "symbol",
    ["TSLA  270115P00300000", "-TSLA270115P300", "-TSLA270115P00300000", "TSLA 01/15/2027 300.00 P",
     "TSLA 15JAN27 300 P", "TSLA Jan 15 '27 $300 Put"],
)  # fmt: skip
def test_one_option_in_the_spellings_of_five_brokers(symbol: str) -> None:
    assert parse_option(symbol) == OptionSymbol("TSLA", date(2027, 1, 15), 300.0, "put")


@pytest.mark.parametrize("symbol", ["TSLA", "BRK.B", "00679B", "TSLA 31FEB27 300 P", "T 4 02/15/34", "91282CJZ5", "C"])
def test_what_is_no_option(symbol: str) -> None:
    assert parse_option(symbol) is None


def test_a_fractional_strike() -> None:
    assert parse_option("SPXW  261218P05987500").strike == parse_option("-SPXW261218P5987.5").strike == 5987.5


@pytest.mark.parametrize(
    ("symbol", "name", "expected"),
    [
        (
            "91282CJZ5",
            "UNITED STATES TREAS SER B-2034 4.00000% 02/15/2034 NTS NOTE",
            BondText(0.04, date(2034, 2, 15), "", "treasury"),
        ),
        (
            "91282CJZ5",
            "US TREASUR NT 4%02/34UST NOTE DUE 02/15/34",
            BondText(0.04, date(2034, 2, 15), "", "treasury"),
        ),
        ("T 4 1/8 11/15/32", "", BondText(0.04125, date(2032, 11, 15), "", "treasury")),
        ("X", "UNITED STATES TREAS BILLS 0.00000% 10/29/2026", BondText(0.0, date(2026, 10, 29), "bill", "treasury")),
        ("X", "EXAMPLE BANK CD OH CD 3.85% 08/24/2027", BondText(0.0385, date(2027, 8, 24), "deposit", "")),
        ("X", "US TREAS INFL INDEX 1.875% 07/15/2035", BondText(0.01875, date(2035, 7, 15), "linker", "treasury")),
    ],
)
def test_bond_terms_in_words(symbol: str, name: str, expected: BondText) -> None:
    assert read_bond(symbol, name) == expected


def test_check_digits_of_real_numbers() -> None:
    assert is_security_number("91282CJZ5")  # Treasury 4% February 2034
    assert is_security_number("037833100")  # Apple
    assert is_security_number("US0378331005")
    assert not is_security_number("91282CJZ4")
    assert not is_security_number("US0378331006")
    assert not is_security_number("AAPL")


@pytest.mark.parametrize("symbol", ["BRK-B", "BRK.B", "BRK/B", "BRK B", "BRKB", "brk.b"])
def test_share_classes_in_five_spellings(symbol: str) -> None:
    found = who(symbol)
    assert (found.symbol, found.asset_class) == ("BRK-B", "equity")


@pytest.mark.parametrize(
    ("symbol", "coin"), [("BTC-USD", "BTC"), ("BTC/USD", "BTC"), ("USDC.M", "USDC"), ("eth", "ETH")]
)
def test_coins_in_the_spellings_of_exchanges(symbol: str, coin: str) -> None:
    assert who(symbol).symbol == coin


def test_a_foreign_listing_is_not_a_staked_coin() -> None:
    assert who("SAP.F").symbol == ""


def test_taiwanese_codes_keep_their_zeros_and_are_found_by_currency() -> None:
    assert who("0050", currency="TWD").proxy == "EWT"
    assert who("00679B", currency="TWD").proxy == "TLT"
    assert who("2330", currency="TWD").proxy == "TSM"
    assert who("2330.TW").currency == "TWD"
    assert who("50", currency="TWD").proxy == ""


def test_an_unlisted_code_of_a_known_market_gets_currency_and_region_and_a_warning() -> None:
    found = who("9999.TW")
    assert (found.asset_class, found.currency, found.tags["region"]) == ("equity", "TWD", "taiwan")
    assert "treated as equity" in found.assumed


def test_the_broker_s_word_settles_tickers_that_two_securities_share() -> None:
    assert who("LTC").asset_class == "crypto"
    assert "LTC Properties" in who("LTC").assumed
    assert who("LTC", kind="equity").asset_class == "equity"
    assert who("LTC", stated="crypto").assumed == ""


def test_the_user_s_word_comes_first_and_a_maturity_makes_a_bond() -> None:
    assert who("SPY", stated="fund_mixed").asset_class == "fund_mixed"
    assert who("C", has_maturity=True).asset_class == "bond"
    assert who("TSLA 15JAN27 300 P", kind="fund_equity").asset_class == "option"


def test_a_leveraged_fund_names_its_underlying() -> None:
    found = who("TQQQ")
    assert (found.proxy, found.tags["leverage"]) == ("QQQ", "3")
    assert who("SQQQ").tags["leverage"] == "-3"


def test_the_table_is_consistent() -> None:
    rows = read_table("stresstest.holdings", "securities.csv")
    symbols = {row["symbol"] for row in rows}
    assert len(symbols) == len(rows)
    for row in rows:
        assert row["asset_class"] in asset_classes(), row
        assert not row["proxy"] or row["proxy"] in symbols - {row["symbol"]}, row
        assert not row["duration_years"] or row["asset_class"] == "fund_bond", row
        assert not row["leverage"] or (float(row["leverage"]) != 0 and row["proxy"]), row
    owner = {}
    for row in rows:
        for spelling in (row["symbol"], *row["aliases"].split()):
            assert owner.setdefault(normal_symbol(spelling), row["symbol"]) == row["symbol"], spelling
    assert all(set(security.tags) <= set(TAGGED) for security in securities().values())


def test_the_table_knows_every_ticker_of_the_price_files(shared_data) -> None:
    known = {security.symbol for security in securities().values()}
    for name in ("etf_adjclose_daily.csv", "stock_adjclose_daily.csv"):
        with (shared_data / "equities" / name).open() as file:
            assert set(file.readline().strip().split(",")[1:]) <= known
