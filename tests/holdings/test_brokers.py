"""Readers of brokers' layouts on small files written for these tests; every total is worked out by hand."""

from __future__ import annotations

from datetime import date

import pytest

from stresstest.errors import InputError

FIDELITY = (
    "\ufeffAccount Number,Account Name,Symbol,Description,Quantity,Last Price,Current Value,Cost Basis Total,Type\r\n"
    "Z11112222,Joint,SPAXX**,HELD IN MONEY MARKET,,,$1000.00,,Cash,\r\n"
    "Z11112222,Joint,FCASH**,FIDELITY CASH,,,$50.25,,Cash,\r\n"
    'Z11112222,Joint,VTI,VANGUARD TOTAL STOCK MARKET ETF,10.5,$300.00,"$3,150.00","$2,000.00",Margin,\r\n'
    "Z11112222,Joint, -SPY261218P600,SPY DEC 18 2026 $600 PUT,-1,$8.00,-$800.00,$900.00,Margin,\r\n"
    "Z11112222,Joint,91282CJZ5,UNITED STATES TREAS SER B-2034 4.00000% 02/15/2034,10000,$98.75,$9875.00,--,Cash,\r\n"
    "Z11112222,Joint,Pending Activity,,,,-$100.25,,,\r\n"
    "K99990000,401K,31617E745,FID CONTRAPOOL 15,100,$38.00,$3800.00,n/a,,\r\n"
    "\r\n"
    '"Disclaimer, with a comma\r\nand a line break."\r\n'
    "Date downloaded Jul-28-2026 2:35 a.m ET\r\n"
)
SCHWAB = (
    '"Positions for All-Accounts as of 06:04 PM ET, 07/28/2026"\r\n\r\n'
    '"Brokerage XXXX-1111"\r\n'
    '"Symbol","Description","Quantity","Price","Market Value","Cost Basis","Security Type",\r\n'
    '"SCHB","SCHWAB US BROAD MARKET ETF","1,000","$25.00","$25,000.00","$20,000.00","ETFs & Closed End Funds",\r\n'
    '"Cash & Cash Investments","--","--","--","-$5,000.00","--","Cash and Money Market",\r\n'
    '"Account Total","--","--","--","$20,000.00","$20,000.00","--",\r\n\r\n'
    '"Roth XXXX-2222"\r\n'
    '"Symbol","Description","Quantity","Price","Market Value","Cost Basis","Security Type",\r\n'
    '"BRK/B","BERKSHIRE HATHAWAY CLASS B","-10","$500.00","-$5,000.00","Incomplete","Equity",\r\n'
    '"TSLA 01/15/2027 300.00 P","PUT TESLA INC","2","$20.00","$4,000.00","N/A","Option",\r\n'
    '"Account Total","--","--","--","-$5,000.00","--","--",\r\n'
)
SCHWAB_2026 = (
    '"Positions for account Individual ...001 as of 05:51 PM ET, 2026/07/28"\n\n'
    '"Symbol","Description","Qty (Quantity)","Price","Mkt Val (Market Value)","Cost Basis","Ratings","Asset Type",\n'
    '"AAPL","APPLE INC","10","$300.00","$3,000.00","$1,000.00","B","Equity",\n'
    '"91282CJZ5","US TREASUR NT 4%02/34UST NOTE DUE 02/15/34","10,000","98.75","$9,875.00","--","AA+","Fixed Income",\n'
    '"Futures Cash","--","--","--","$0.00","--","--","Cash and Money Market",\n'
    '"Cash & Cash Investments","--","--","--","$125.00","--","--","Cash and Money Market",\n'
    '"Positions Total","","--","--","$13,000.00","--","--","--",\n'
)
IBKR = """Statement,Header,Field Name,Field Value
Statement,Data,Period,"July 28, 2026"
Account Information,Header,Field Name,Field Value
Account Information,Data,Base Currency,USD
Net Asset Value,Header,Asset Class,Current Total
Net Asset Value,Data,Interest Accruals,1.00
Net Asset Value,Data,Total,69806.00
Cash Report,Header,Currency Summary,Currency,Total
Cash Report,Data,Ending Cash,Base Currency Summary,-2000
Cash Report,Data,Ending Cash,EUR,1000
Cash Report,Data,Ending Cash,USD,-3200
Open Positions,Header,DataDiscriminator,Asset Category,Currency,Symbol,Quantity,Mult,Cost Basis,Close Price,Value
Open Positions,Data,Summary,Stocks,USD,AAPL,10,1,1500,300,3000
Open Positions,Data,Lot,Stocks,USD,AAPL,10,1,1500,300,3000
Open Positions,Data,Summary,Stocks,HKD,700,"1,000",1,300000,400,400000
Open Positions,SubTotal,,Stocks,USD,,,,1500,,3000
Open Positions,Header,DataDiscriminator,Asset Category,Currency,Symbol,Mult,Quantity,Cost Basis,Close Price,Value
Open Positions,Data,Summary,Equity and Index Options,USD,AAPL 15JAN27 350 C,100,-2,-800,4,-800
Open Positions,Data,Summary,Bonds,USD,T 4 1/8 11/15/32,1,"20,000",19000,98,19600
Open Positions,Data,Summary,Rarities,USD,STAMP,1,1,5,5,5
Open Positions,Total,,Stocks,USD,,,,,,99
Financial Instrument Information,Header,Asset Category,Symbol,Description,Security ID,Maturity
Financial Instrument Information,Data,Bonds,T 4 1/8 11/15/32,T 4 1/8 11/15/32,US91282CFV81,2032-11-15
Base Currency Exchange Rate,Header,Currency,Exchange Rate
Base Currency Exchange Rate,Data,EUR,1.20
Base Currency Exchange Rate,Data,HKD,0.125
Notes/Legal Notes,Header,Type,Note
Notes/Legal Notes,Data,,Nothing to see.
"""
TRADES = """Statement,Header,Field Name,Field Value
Statement,Data,Period,"July 1, 2026 - July 28, 2026"
Trades,Header,DataDiscriminator,Asset Category,Currency,Symbol,Date/Time,Quantity,T. Price,C. Price,Proceeds,Comm/Fee
Trades,Data,Order,Stocks,USD,AAPL,"2026-07-02, 09:31:12",10,290,300,-2900,-1
Trades,Data,Order,Stocks,USD,AAPL,"2026-07-03, 09:31:12",-4,295,305,1180,-1
Trades,Data,ClosedLot,Stocks,USD,AAPL,"2026-07-02, 09:31:12",-4,290,,0,0
Trades,SubTotal,,Stocks,USD,AAPL,,6,,,-1720,-2
Trades,Header,DataDiscriminator,Asset Category,Currency,Symbol,Date/Time,Quantity,T. Price,C. Price,Proceeds,Comm in USD
Trades,Data,Order,Forex,USD,EUR.USD,"2026-07-06, 10:00:00",100,1.15,,-115,-2
Deposits & Withdrawals,Header,Currency,Settle Date,Description,Amount
Deposits & Withdrawals,Data,USD,2026-07-01,Electronic Fund Transfer,5000
Deposits & Withdrawals,Data,Total,,,5000
Dividends,Header,Currency,Date,Description,Amount
Dividends,Data,USD,2026-07-15,TOTAL RETURN FUND Cash Dividend,26
"""


def values(portfolio) -> dict[str, float]:
    return {p.symbol: round(p.market_value, 6) for p in portfolio.positions}


def test_fidelity(load) -> None:
    portfolio = load(FIDELITY)
    assert portfolio.layout == "fidelity"
    assert values(portfolio) == {
        "SPAXX": 1000, "VTI": 3150, "-SPY261218P600": -800, "91282CJZ5": 9875, "31617E745": 3800,
    }  # fmt: skip
    assert portfolio.cash == {"USD": pytest.approx(50.25 - 100.25)}
    assert portfolio.value == pytest.approx(1000 + 50.25 + 3150 - 800 + 9875 - 100.25 + 3800)
    assert any(w.row == 7 and "counts as cash" in w.hint for w in portfolio.warnings)
    assert {p.account for p in portfolio.positions} == {"Joint 2222", "401K 0000"}
    assert {p.row for p in portfolio.skipped} == {10, 12}


def test_fidelity_terms_come_from_symbol_and_description(load) -> None:
    by_symbol = {p.symbol: p for p in load(FIDELITY).positions}
    bond, put = by_symbol["91282CJZ5"], by_symbol["-SPY261218P600"]
    assert (bond.asset_class, bond.terms.coupon, bond.terms.maturity) == ("bond", 0.04, date(2034, 2, 15))
    assert (put.quantity, put.terms.underlying, put.terms.put_call, put.terms.strike) == (-1, "SPY", "put", 600)


def test_schwab_all_accounts(load) -> None:
    portfolio = load(SCHWAB)
    assert values(portfolio) == {"SCHB": 25000, "BRK/B": -5000, "TSLA 01/15/2027 300.00 P": 4000}
    assert portfolio.cash_usd == -5000
    assert {p.account for p in portfolio.positions} == {"Brokerage XXXX-1111", "Roth XXXX-2222"}
    assert portfolio.positions[0].cost_basis == 20000
    assert portfolio.positions[1].cost_basis is None


def test_schwab_totals_are_compared_account_by_account_and_a_row_they_leave_out_is_named(load) -> None:
    warnings = [w for w in load(SCHWAB).warnings if "Total" in w.column]
    assert [(w.row, w.column) for w in warnings] == [(13, "Account Total Roth XXXX-2222")]
    assert "-5,000.00 in the file; the rows read sum to -1,000.00" in warnings[0].found
    assert "4,000.00: the value of row 12" in warnings[0].hint


def test_schwab_with_the_headings_of_2026(load) -> None:
    portfolio = load(SCHWAB_2026)
    assert portfolio.value == 3000 + 9875 + 125
    assert not portfolio.warnings
    apple, bond = portfolio.positions
    assert apple.terms.rating == ""  # Schwab's own rating of shares is not a credit rating
    assert (bond.terms.rating, bond.tags["sector"]) == ("AA+", "treasury")


def test_ibkr_activity(load) -> None:
    portfolio = load(IBKR)
    assert values(portfolio) == {
        "AAPL": 3000, "700": 50000, "AAPL 15JAN27 350 C": -800, "T 4 1/8 11/15/32": 19600, "STAMP": 5,
    }  # fmt: skip
    assert portfolio.cash == {"EUR": 1000, "USD": -3200}
    assert portfolio.cash_usd == pytest.approx(1000 * 1.20 - 3200)  # the rate of the file, not of the snapshot
    bond = portfolio.positions[3]
    assert (bond.terms.coupon, bond.terms.maturity, bond.tags["isin"]) == (0.04125, date(2032, 11, 15), "US91282CFV81")
    assert portfolio.positions[4].asset_class == "other"


def test_ibkr_lots_and_totals_are_left_out_with_the_reason(load) -> None:
    reasons = {(p.row, p.hint) for p in load(IBKR).skipped}
    assert {(14, "lot of AAPL"), (16, "total"), (21, "total"), (28, "section not used")} <= reasons
    assert (6, "net asset value that belongs to no position") in reasons


def test_ibkr_net_asset_value_less_accruals_is_reconciled_to_the_cent(load) -> None:
    read = 3000 + 50000 - 800 + 19600 + 5 + 1200 - 3200
    assert f"Total,{read + 1.00:.2f}" in IBKR  # interest accruals of 1.00 are in no position
    assert not [w for w in load(IBKR).warnings if "Net Asset Value" in w.column]
    with pytest.raises(InputError, match="download the file again"):
        load(IBKR.replace(f"Total,{read + 1.00:.2f}", f"Total,{read / 2:.2f}"))


def test_ibkr_another_base_currency(load) -> None:
    text = IBKR.replace("Base Currency,USD", "Base Currency,EUR").replace("Data,EUR,1.20", "Data,USD,0.80")
    text = text.replace("Total,69806.00", f"Total,{0.80 * 18605 + 40000 + 1000 + 1:.2f}")
    portfolio = load(text.replace("Data,HKD,0.125", "Data,HKD,0.1"))
    usd_per_eur = 1 / 0.80
    assert portfolio.cash_usd == pytest.approx(1000 * usd_per_eur - 3200)
    assert values(portfolio)["700"] == pytest.approx(400000 * 0.1 * usd_per_eur)


def test_ibkr_positions_from_trades_when_nothing_else_is_there(load) -> None:
    portfolio = load(TRADES)
    assert values(portfolio) == {"AAPL": 6 * 305}
    assert portfolio.cash == {"USD": pytest.approx(5000 - 2900 - 1 + 1180 - 1 - 115 - 2 + 26), "EUR": 100}
    assert any("taken as zero" in w.hint for w in portfolio.warnings)
    assert {(6, "closed lot of AAPL"), (7, "total"), (12, "total")} <= {(p.row, p.hint) for p in portfolio.skipped}


def test_ibkr_statement_with_neither_positions_nor_trades_is_refused(load) -> None:
    with pytest.raises(InputError, match="Open Positions"):
        load("Statement,Header,Field Name,Field Value\nStatement,Data,Period,2026\n")


@pytest.mark.parametrize(
    ("good", "bad", "row", "column"),
    [
        ("HKD,0.125", "HKD,zero", 26, "Exchange Rate"),
        ("HKD,0.125", "HKD,-1", 26, "Exchange Rate"),
        ("Total,69806.00", "Total,lots", 7, "Net Asset Value: Total"),
        ("AAPL,10,1,1500,300,3000\nOpen Positions,Data,Lot", "AAPL,ten,1,1500,300,3000\nOpen Positions,Data,Lot", 13,
         "quantity"),
    ],
)  # fmt: skip
def test_faults_in_a_statement_name_the_row(faults, good: str, bad: str, row: int, column: str) -> None:
    assert good in IBKR
    assert faults(IBKR.replace(good, bad)) == {(row, column)}


def test_ibkr_flex_positions(load) -> None:
    portfolio = load(
        "ClientAccountID,CurrencyPrimary,Symbol,Description,AssetClass,Multiplier,Quantity,MarkPrice,PositionValue,"
        "CostBasisPrice,LevelOfDetail\n"
        "U1234567,USD,AAPL,APPLE INC,STK,1,10,300,3000,150,SUMMARY\n"
        "U1234567,USD,AAPL,APPLE INC,STK,1,10,300,3000,150,LOT\n"
        "U1234567,EUR,SAP,SAP SE,STK,1,5,200,1000,100,SUMMARY\n"
        "U1234567,USD,SPY   261218P00600000,SPY PUT,OPT,100,-1,8,-800,9,SUMMARY\n"
        "Total,,,,,,,,,,\n"
    )
    assert [p.market_value for p in portfolio.positions] == [3000, pytest.approx(1152), -800]
    assert [p.cost_basis for p in portfolio.positions] == [1500, pytest.approx(576), -900]
    assert {p.hint for p in portfolio.skipped} == {"lot of AAPL", "total"}


def test_a_broker_s_bond_without_terms_stays_with_its_value_and_a_reason(load) -> None:
    text = SCHWAB_2026.replace("US TREASUR NT 4%02/34UST NOTE DUE 02/15/34", "SOME BOND")
    bond = load(text).positions[1]
    assert bond.market_value == 9875
    assert "coupon, maturity" in bond.reason


def test_a_broker_s_quantity_in_hundreds_of_face_value_is_scaled_and_said(load) -> None:
    portfolio = load(SCHWAB_2026.replace('"10,000","98.75"', '"100","98.75"'))
    bond = portfolio.positions[1]
    assert (bond.quantity, bond.market_value) == (10_000, 9875)
    assert any(w.row == 5 and "units of 100" in w.hint for w in portfolio.warnings)


def test_old_positions_are_said_to_be_old(load) -> None:
    assert not any("days" in w.hint for w in load(SCHWAB).warnings)
    old = load(SCHWAB.replace("07/28/2026", "07/28/2024"))
    assert any("2024-07-28" in w.found for w in old.warnings)


@pytest.mark.parametrize("text", [FIDELITY, SCHWAB, SCHWAB_2026, IBKR, TRADES])
def test_the_layout_is_told_by_the_content_also_with_other_case_and_column_order(load, text: str) -> None:
    assert load(text).value == pytest.approx(load("\n\n" + text.replace("\r\n", "\n")).value)
    if text is FIDELITY:
        shouting = text.replace("Last Price,Current Value", "LAST  PRICE,CURRENT VALUE")
        assert load(shouting).value == load(text).value
