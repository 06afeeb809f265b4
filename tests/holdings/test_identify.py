from __future__ import annotations

from datetime import date

import pytest

from stresstest.holdings.bond_text import BondText, read_bond
from stresstest.holdings.identify import Asked, identify
from stresstest.holdings.identity import TAGGED, by_number, normal_symbol, plain_name, securities
from stresstest.holdings.option_symbol import OptionSymbol, parse_option
from stresstest.holdings.security_number import cusip_of, is_isin, is_security_number
from stresstest.holdings.terms import asset_classes
from stresstest.tables import read_table


def who(symbol, **said):
    return identify(Asked(symbol, **said))


@pytest.mark.parametrize(
    "symbol",
    ["TSLA  270115P00300000", "-TSLA270115P300", "-TSLA270115P00300000", "TSLA 01/15/2027 300.00 P",
     "TSLA 15JAN27 300 P", "TSLA Jan 15 '27 $300 Put", "TSLA 15 JAN 27 300 PUT", "TSLA JAN 15 2027 $300 PUT",
     "tsla 2027-01-15 300 p", "TSLA 1/15/27 P300", ".TSLA270115P300", "O:TSLA270115P00300000"],
)  # fmt: skip
def test_one_option_in_the_spellings_of_many_brokers(symbol: str) -> None:
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


@pytest.mark.parametrize(
    ("number", "symbol"),
    [("US0378331005", "AAPL"), ("037833100", "AAPL"), ("37833100", "AAPL"), ("IE00B5BMR087", "CSPX.L")],
)
def test_known_numbers_in_the_symbol_or_in_a_column_of_their_own(number: str, symbol: str) -> None:
    assert who(number).symbol == symbol
    assert who("whatever", number=number).symbol == symbol
    assert number in who(number).how


def test_a_cusip_gets_its_zeros_back_only_where_the_check_digit_agrees() -> None:
    assert cusip_of("66922477") == "066922477"
    assert cusip_of("66922478") == ""
    assert cusip_of("CA82509L1076") == "82509L107"
    assert cusip_of("GB0009895292") == ""


def test_every_number_of_the_table_is_valid_and_names_one_security() -> None:
    owner = {}
    for row in read_table("stresstest.holdings", "securities.csv"):
        for isin in row["isin"].split():
            assert is_isin(isin), row
            assert owner.setdefault(isin, row["symbol"]) == row["symbol"]
    assert len(by_number()) > len(owner)  # the CUSIP inside an American ISIN counts too


@pytest.mark.parametrize(
    ("name", "kind", "proxy", "asset_class"),
    [
        ("AMAZON.COM INC", "equity", "AMZN", "equity"),
        ("JOHNSON & JOHNSON", "", "JNJ", "equity"),
        ("XYZ Target Date 2050 Trust", "fund_equity", "AOA", "fund_mixed"),
        ("ISHARES STOXX EUROPE 600 UTILITIES UCITS ETF", "", "VGK", "fund_equity"),
        ("SOME BANK FDIC INSURED DEPOSIT", "", "", "deposit"),
        ("XYZ HIGH YIELD BOND FUND", "fund_equity", "HYG", "fund_bond"),
        ("JAPAN TOBACCO INC", "equity", "", "equity"),
        ("NASDAQ INC", "equity", "NDAQ", "equity"),
    ],
)
def test_what_the_table_lacks_is_known_by_the_words_of_its_name(name: str, kind: str, proxy: str, asset_class: str):
    found = who("QX99", name=name, kind=kind)
    assert (found.asset_class, found.proxy) == (asset_class, proxy)
    assert found.how


def test_legal_forms_and_share_classes_are_no_part_of_a_name() -> None:
    assert plain_name("VISA INC CLASS A") == plain_name("Visa") == "VISA"
    assert plain_name("PROCTER & GAMBLE CO/THE") == "PROCTER & GAMBLE"


def test_the_word_of_the_file_beats_the_words_of_a_name() -> None:
    assert who("QX99", name="GOLD TRUST", stated="other").asset_class == "other"
    assert who("QX99", name="HIGH YIELD BOND FUND", kind="option").asset_class == "option"


@pytest.mark.parametrize(("code", "currency"), [("2330", "TWD"), ("0700", "HKD"), ("00700", "HKD"), ("0050", "TWD")])
def test_a_bare_code_listed_in_one_market_only_takes_its_currency(code: str, currency: str) -> None:
    found = who(code)
    assert (found.currency, found.unplaced) == (currency, False)


def test_a_bare_code_of_no_known_market_is_not_placed() -> None:
    assert who("4567").unplaced
    assert not who("4567", currency="TWD").unplaced
    assert who("4567", market=".TW").currency == "TWD"


@pytest.mark.parametrize(
    "address", ["eip155:1/erc20:0xA0b86991c6218b36c1d19D4a2e9Eb0cE3606eB48", "USDC.M", "USDC-USD", "USDCUSD"]
)
def test_a_stablecoin_by_address_and_by_the_suffixes_of_exchanges(address: str) -> None:
    assert (who(address).symbol, who(address).asset_class) == ("USDC", "stablecoin")


def test_a_broker_s_fixed_income_fund_is_a_fund_not_a_bond() -> None:
    assert who("AGG", kind="bond").asset_class == "fund_bond"


def test_fixed_to_floating_notes_are_bonds() -> None:
    assert read_bond("US38141GD355", "GOLDMAN SACHS GROUP INC (FXD-FRN)").asset_class == "bond"
    assert read_bond("X", "SOME BANK FRN").asset_class == "floater"
