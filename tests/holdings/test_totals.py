"""Nothing is counted twice: the file's own totals are reconciled to the cent."""

from __future__ import annotations

import pytest

from stresstest.errors import InputError

HEAD = "Ticker,Security Name,Shares,Last Price,Market Value\n"
ROWS = 'SPY,S&P 500,10,700.00,"7,000.00"\nQQQ,Nasdaq,2,600.10,"1,200.20"\n'


@pytest.mark.parametrize("total", ['Total,,,,"8,200.20"', '合計,,,,"8,200.20"', 'Gesamt,,,,"8,200.20"'])
def test_a_total_that_agrees_is_left_out_in_silence(load, total: str) -> None:
    portfolio = load(f"{HEAD}{ROWS}{total}\n")
    assert portfolio.value == pytest.approx(8200.20)
    assert not portfolio.warnings
    assert [problem.hint for problem in portfolio.skipped] == ["total"]


@pytest.mark.parametrize("gap", [0.05, -0.05, 100, -3000])
def test_a_difference_of_cents_is_an_error_that_says_where(load, gap: float) -> None:
    with pytest.raises(InputError) as caught:
        load(f'{HEAD}{ROWS}Total,,,,"{8200.20 + gap:,.2f}"\n')
    (problem,) = caught.value.problems
    assert (problem.row, problem.column) == (4, "Total")
    assert f"{-gap:,.2f}" in problem.hint


def test_rounding_of_each_row_is_allowed(load) -> None:
    assert load(f'{HEAD}{ROWS}Total,,,,"8,200.21"\n').value == pytest.approx(8200.20)


def test_a_row_pasted_twice_is_found_by_the_total(load) -> None:
    with pytest.raises(InputError, match="holds more than once"):
        load(f'{HEAD}{ROWS}{ROWS.splitlines()[1]}\nTotal,,,,"8,200.20"\n')


def test_a_row_that_the_total_leaves_out_is_named(load) -> None:
    (warning,) = load(f'{HEAD}{ROWS}Total,,,,"7,000.00"\n').warnings
    assert "the value of row 3, which the total leaves out" in warning.hint


def test_subtotals_and_a_grand_total_count_their_own_rows(load) -> None:
    more = 'BND,Bonds,10,72.00,720.00\nSubtotal,,,,720.00\nGrand Total,,,,"8,920.20"\n'
    assert load(f'{HEAD}{ROWS}Subtotal,,,,"8,200.20"\n{more}').value == pytest.approx(8920.20)
    with pytest.raises(InputError, match="Subtotal"):
        load(f'{HEAD}{ROWS}Subtotal,,,,"8,200.20"\n{more}'.replace("Subtotal,,,,720.00", "Subtotal,,,,721.00"))


def test_a_total_is_in_the_currency_that_its_rows_have_in_common(load) -> None:
    head = "商品,股票代號,股票名稱,庫存股數,現價,市值"
    text = f'{head}\n台股,2330,台積電,10,"1,010","10,100"\n台股,0050,元大台灣50,200,52,"10,400"\n'
    portfolio = load(f'{text}總計,,,,,"20,500"\n')
    assert portfolio.value == pytest.approx(20_500 * 0.031)
    with pytest.raises(InputError, match="總計"):
        load(f'{text}總計,,,,,"20,600"\n')


def test_lots_below_a_position_are_not_added_to_it(load) -> None:
    text = (
        "Symbol,Last Price $,Quantity,Price Paid $,Total Gain $,Value $\nSPY,700,3,500,600,2100\n"
        "     01/02/2020,700,1,400,300,700\n     --,700,2,550,300,1400\nCASH,,,,,50\nTOTAL,,,,,2150\n"
    )
    portfolio = load(text)
    assert [(p.symbol, p.quantity) for p in portfolio.positions] == [("SPY", 3)]
    assert (portfolio.value, portfolio.cash) == (2150, {"USD": 50})
    assert {p.hint for p in portfolio.skipped} == {"lot of SPY", "total"}


def test_the_last_day_of_several_counts(load) -> None:
    text = "date,symbol,quantity,price,currency\n2026-06-30,SPY,1,600,USD\n2026-07-28,SPY,2,700,USD\n"
    portfolio = load(text)
    assert portfolio.value == 1400
    assert [problem.row for problem in portfolio.skipped] == [2]


def test_values_in_two_currencies_give_the_rate_of_the_file(load) -> None:
    text = (
        "Product,Symbol/ISIN,Amount,Closing,Local value,,Value in CHF\n"
        'APPLE INC,US0378331005,10,"200,00",USD,"2000,00","1600,00"\n'
        'SAP,DE0007164600,10,"100,00",EUR,"1000,00","950,00"\n'
        'CASH & CASH FUND (CHF),,,,CHF,"80,00","80,00"\n'
    )
    portfolio = load(text)
    assert [p.market_value for p in portfolio.positions] == pytest.approx([2000, 950 / 0.8])
    assert portfolio.cash_usd == pytest.approx(80 / 0.8)


def test_a_list_of_weights_is_a_fund_of_a_stated_size(load) -> None:
    portfolio = load("Name,Ticker,Weight,Shares Held\nAPPLE INC,AAPL,60.5,100\nMICROSOFT,MSFT,39.5,50\n")
    assert [p.market_value for p in portfolio.positions] == pytest.approx([60_500, 39_500])
    assert any("weights" in warning.found for warning in portfolio.warnings)


def test_an_explicit_price_of_zero_is_not_a_missing_price(load) -> None:
    bonds = "A,1000,0,bond,4,2034-02-15\nB,1000,,bond,4,2034-02-15\n"
    text = f"symbol,quantity,price,asset_class,coupon,maturity\n{bonds}SPY,1,7,,,\n"
    zero, missing, _ = load(text).positions
    assert (zero.tags["price_source"], missing.tags["price_source"]) == ("zero", "model")
    assert "zero" in zero.reason
    assert (zero.market_value, missing.reason) == (0, "")
