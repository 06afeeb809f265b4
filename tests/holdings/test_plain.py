from __future__ import annotations

from datetime import date

import pytest

from stresstest.errors import InputError
from stresstest.holdings.raw import PLAIN_COLUMNS
from stresstest.records import Terms

BOND = "symbol,quantity,price,asset_class,coupon,maturity\n"


def only(portfolio):
    (position,) = portfolio.positions
    return position


def test_units_become_decimals_and_dollars(load) -> None:
    more = "currency,frequency,rating,spread_bp,duration,convexity"
    row = "UST,10000,98.5,bond,4.25,2035-05-15,USD,2,AA+,15,7.5,0.6"
    bond = only(load(f"{BOND.strip()},{more}\n{row}\n"))
    assert bond.market_value == pytest.approx(9850)
    assert bond.terms == Terms(0.0425, date(2035, 5, 15), 2, "AA+", 0.0015, 7.5, 0.6)
    assert bond.tags["duration_source"] == "file"


def test_shorts_margin_debt_and_currencies_add_up(load) -> None:
    portfolio = load(
        "symbol,quantity,price,currency\n"
        "SPY,10,700,\n"
        "QQQ,-2,600,USD\n"
        "2330.TW,1000,2000,TWD\n"
        "CASH,-5000,,\n"
        "CASH.EUR,1000,,\n"
        "CASH,200,,TWD\n"
    )
    assert portfolio.cash == {"USD": -5000, "EUR": 1000, "TWD": 200}
    assert portfolio.cash_usd == pytest.approx(-5000 + 1152 + 6.2)
    assert portfolio.value == pytest.approx(7000 - 1200 + 62000 - 5000 + 1152 + 6.2)


def test_columns_of_the_contract_all_exist_and_reach_the_position(load) -> None:
    cells = dict.fromkeys(PLAIN_COLUMNS, "")
    cells |= {"symbol": "XYZ 1", "quantity": "1", "price": "5", "asset_class": "option", "multiplier": "10"}
    cells |= {"strike": "50", "expiry": "2027-01-15", "put_call": "C", "underlying": "XYZ", "proxy": "SPY"}
    cells |= {"name": "A call", "account": "ira", "acquired": "2026-01-02", "cost_basis": "40"}
    header, row = ",".join(cells), ",".join(cells.values())
    option = only(load(f"{header},beta_gold,tag_bucket\n{row},0.3,hedge\n"))
    assert option.market_value == 50
    assert (option.terms.put_call, option.terms.strike, option.terms.expiry) == ("call", 50, date(2027, 1, 15))
    assert (option.proxy, option.name, option.account, option.cost_basis) == ("SPY", "A call", "ira", 40)
    assert (option.acquired, dict(option.betas)) == (date(2026, 1, 2), {"gold": 0.3})
    assert option.tags["bucket"] == "hedge"


def test_the_user_s_proxy_tag_and_duration_win(load) -> None:
    portfolio = load(
        "symbol,quantity,price,proxy,tag_sector,duration\nVOO,1,600,VTI,mine,\nBND,1,72,,,5\nAGG,1,97,,,\n"
    )
    voo, bnd, agg = portfolio.positions
    assert (voo.proxy, voo.tags["sector"]) == ("VTI", "mine")
    assert (bnd.terms.duration, bnd.tags["duration_source"]) == (5, "file")
    assert (agg.terms.duration, agg.tags["duration_source"]) == (5.9, "securities.csv (approximate)")


def test_prices_come_from_the_file_then_the_caller_then_what_is_worth_its_face(load) -> None:
    text = (
        "symbol,quantity,price,market_value,asset_class,coupon,maturity\n"
        "VTI,10,300,,,,\nVOO,10,,6000,,,\nIVV,10,,,,,\nUSDC,10,,,,,\nUST,1000,,,bond,4,2035-05-15\nNOTHING,10,,,equity,,\n"
    )
    portfolio = load(text, prices={"IVV": 650.0, "VTI": 1.0})
    assert [p.tags["price_source"] for p in portfolio.positions] == [
        "file", "market_value", "prices", "default", "model", "none",
    ]  # fmt: skip
    assert [p.price for p in portfolio.positions] == [300, 600, 650, 1, 0, 0]
    assert [p.market_value for p in portfolio.positions] == [3000, 6000, 6500, 10, 0, 0]
    assert [bool(p.reason) for p in portfolio.positions] == [False] * 5 + [True]
    assert "price" in portfolio.positions[-1].reason
    assert {w.row for w in portfolio.warnings} >= {5, 7}


def test_expired_and_matured_contracts_stay_with_their_value_and_a_reason(load) -> None:
    portfolio = load(
        "symbol,quantity,price,asset_class,coupon,maturity\nTSLA 19JUN26 300 C,1,2,,,\nOLD,1000,100,bond,4,2026-01-15\n"
    )
    assert [p.reason for p in portfolio.positions] == ["expired on 2026-06-19", "matured on 2026-01-15"]
    assert portfolio.value == pytest.approx(200 + 1000)


def test_text_that_spreadsheets_would_run_stays_text(load) -> None:
    portfolio = load('symbol,name,quantity,price,currency\n"=""0050""",=1+1,100,85,TWD\n+X,@cmd,1,5,\n')
    taiwan, other = portfolio.positions
    assert (taiwan.symbol, taiwan.name, taiwan.proxy) == ("0050", "=1+1", "EWT")
    assert (other.symbol, other.name) == ("+X", "@cmd")


def test_control_and_invisible_characters_are_removed(load) -> None:
    assert only(load("symbol,quantity,price\n\u200bS\u202ePY\x1b ,1,700\n")).symbol == "SPY"


@pytest.mark.parametrize(
    "content",
    [
        "symbol,quantity,price,name\nSPY,10,700,台積電\n".encode("cp950"),
        "symbol;quantity;price;name\r\nSPY;10;700;Zürich\r\n".encode("cp1252"),
        "\ufeffsymbol\tquantity\tprice\nSPY\t10\t700\n".encode(),
        "symbol,quantity,price\nSPY,10,700\n".encode("utf-16"),
        b'# a "comment\nSymbol, Quantity ,PRICE\n\n# another\nSPY,10,700,,,\n\n',
        b'symbol, quantity, price, name\n"SPY" , "10", 700 ,"a, ""b"" "  \n',
        b'My holdings\nas of today\nsymbol,quantity,price\nSPY,"10","$700.00"\nTotal,,7000\n',
    ],
)
def test_encodings_delimiters_comments_and_preambles(load, content: bytes) -> None:
    assert load(content).value == 7000


def test_names_in_other_encodings_are_read_right(load) -> None:
    text = "symbol,quantity,price,name\n2330.TW,10,700,{}\n"
    assert only(load(text.format("台積電").encode("cp950"))).name == "台積電"
    assert only(load(text.format("Zürich España").encode("cp1252"))).name == "Zürich España"


def test_rows_left_out_are_listed_with_the_reason(load) -> None:
    portfolio = load("Holdings of mine\nsymbol,quantity,price\nSPY,1,700\nQQQ,0,600\nTotal,,700\n")
    assert {(p.row, p.hint) for p in portfolio.skipped} == {
        (1, "above the header row"), (4, "quantity is zero"), (5, "total"),
    }  # fmt: skip


@pytest.mark.parametrize(
    "text",
    [
        "Symbol,Qty\nVTI,10\nCASH,500\n",
        "Ticker,Shares\nVTI,10\nCASH,500\n",
        "symbol;units\nVTI;10\nCASH;500\n",
        "My list\n\n代號\t股數\nVTI\t10\nTicker\tShares\nCASH\t500\n",
    ],
)
def test_a_symbol_and_a_quantity_are_a_table_by_any_of_their_names(load, text: str) -> None:
    portfolio = load(text, prices={"VTI": 300.0})
    assert [(p.symbol, p.quantity) for p in portfolio.positions] == [("VTI", 10.0)]
    assert portfolio.cash == {"USD": 500.0}


def test_a_pair_of_headings_inside_a_wider_table_begins_no_other(load) -> None:
    with pytest.raises(InputError, match="Shares"):
        load("Ticker,Shares,Last Price\nVTI,10,300\nTicker,Shares,\nQQQ,5,600\n")


def test_an_unknown_symbol_is_kept_and_said(load) -> None:
    portfolio = load("symbol,quantity,price\nZZZZZ,2,50\n")
    assert only(portfolio).asset_class == "equity"
    assert any(w.row == 2 and "treated as equity" in w.hint for w in portfolio.warnings)


def test_a_row_pasted_twice_is_said_and_both_count(load) -> None:
    portfolio = load("symbol,quantity,price\nSPY,1,700\nSPY,1,700\n")
    assert portfolio.value == 1400
    assert any(w.row == 3 and "row 2" in w.found for w in portfolio.warnings)


def test_pence_are_a_hundredth_of_a_pound(load) -> None:
    pence, pounds = load("symbol,quantity,price,currency\nVOD.L,100,75,GBX\nBARC.L,100,3,GBP\n").positions
    assert pence.market_value == pytest.approx(100 * 0.75 * 1.33)
    assert pounds.market_value == pytest.approx(100 * 3 * 1.33)


def test_a_market_value_that_disagrees_a_little_is_a_warning_and_is_used(load) -> None:
    portfolio = load("symbol,quantity,price,market_value\nSPY,10,700,7100\nQQQ,10,600,6010\n")
    assert [w.row for w in portfolio.warnings] == [2]
    assert portfolio.value == 7100 + 6010


@pytest.mark.parametrize(
    ("row", "remedy"),
    [
        ("B,20000,0.9875,19750,bond,4,2034-02-15", "write 98.75"),
        ("B,200,98.75,19750,bond,4,2034-02-15", "write 20000"),
        ("AAPL 15JAN27 350 C,5,4,20,option,,", "market_value 2000"),
        ("XYZ,20000,98.75,19750,equity,,", "asset_class bond"),
    ],
)
def test_a_factor_of_a_hundred_is_an_error_with_the_remedy(load, row: str, remedy: str) -> None:
    from stresstest.errors import InputError

    with pytest.raises(InputError) as caught:
        load(f"symbol,quantity,price,market_value,asset_class,coupon,maturity\n{row}\n")
    (problem,) = caught.value.problems
    assert (problem.row, problem.column) == (2, "market_value")
    assert remedy in problem.hint


def test_a_bond_price_that_looks_like_a_fraction_of_par_is_doubted(load) -> None:
    (warning,) = load(f"{BOND}B,20000,0.9875,bond,4,2034-02-15\n").warnings
    assert "98.75" in warning.hint


def test_deposits_are_amounts_or_percent_of_par(load) -> None:
    plain, certificate = load(f"{BOND}SAVINGS,5000,,deposit,,\nCD,10000,99,deposit,4,2027-05-15\n").positions
    assert plain.market_value == 5000
    assert certificate.market_value == pytest.approx(9900)


def test_a_future_has_exposure_and_no_value(load) -> None:
    future = only(load("symbol,quantity,price,asset_class,multiplier\nES,1,7300,future,50\n"))
    assert (future.market_value, future.price, future.terms.multiplier) == (0, 7300, 50)


def test_a_floater_without_an_index_is_given_one_and_it_is_said(load) -> None:
    portfolio = load(f"{BOND}US TREAS FRN,1000,100,floater,,2028-04-30\nBANK,1000,100,floater,,2028-04-30\n")
    assert [p.terms.index for p in portfolio.positions] == ["TBILL", "SOFR"]
    assert {w.row for w in portfolio.warnings} == {2, 3}
