"""The walk-forward: its measures found a second way, its rivals, and that it holds what it says."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from stresstest import allocation as allocation_stage
from stresstest.allocation.trading import cost_rate
from stresstest.market.history import load_history
from stresstest.records import Book, Evidence
from stresstest.validation import allocation
from stresstest.validation.allocation import Record
from stresstest.validation.allocation_record import difference
from stresstest.validation.backtest_books import (
    Windows,
    book_known,
    book_with,
    exposures_known,
    shipped,
    symbols_of,
)
from stresstest.validation.backtest_moves import cloud, forecast, known_until
from stresstest.validation.backtest_path import Held
from stresstest.validation.backtest_rates import bought_on, snapshot_known


@pytest.fixture(scope="module")
def record() -> Record:
    rng = np.random.default_rng(0)
    dates = pd.date_range("2010-01-08", periods=260, freq="W-FRI")
    return Record(pd.Series(np.exp(0.02 * rng.standard_normal(260)), index=dates), 0.2, 0.001)


def test_measures_found_a_second_way(record: Record) -> None:
    value = np.concatenate([[1.0], np.cumprod(record.growth.to_numpy())])
    years = [value[t + 52] / value[t] - 1 for t in range(len(value) - 52)]
    quarters = np.sort([value[t + 12] / value[t] - 1 for t in range(len(value) - 12)])
    assert record.yearly == pytest.approx(value[-1] ** (1 / 5) - 1)
    assert record.worst(52) == pytest.approx(-min(years))
    tail = 0.05 * len(quarters)
    whole = int(tail)
    assert record.shortfall(12) == pytest.approx(-(quarters[:whole].sum() + (tail - whole) * quarters[whole]) / tail)
    assert record.volatility == pytest.approx(pd.Series(np.log(record.growth)).std() * np.sqrt(52))


def test_returns_between_days(record: Record) -> None:
    value = record.value
    assert record.between(date(2010, 3, 5), date(2010, 6, 6)) == pytest.approx(
        value["2010-06-04"] / value["2010-03-05"] - 1
    )
    assert np.isnan(record.between(date(2009, 3, 5), date(2010, 6, 4)))


def test_without_data_nothing_is_claimed() -> None:
    assert all(check.passed is None for check in allocation.checks(Evidence()))


@pytest.fixture(scope="module")
def year(shared_data: Path) -> allocation.Year:
    history, day = load_history(shared_data), pd.Timestamp(2018, 1, 5)
    known = known_until(history, day - allocation.PUBLISHED)
    symbols = symbols_of(shipped().values()) | {c.position.symbol for c in allocation_stage.candidates()}
    from dataclasses import replace

    snapshot = snapshot_known(known)
    paths = replace(cloud(forecast(known), False, 52, 400, 0), financing=np.full((400, 1), snapshot["sofr"]))
    held = Held.between(history, day, pd.Timestamp(2019, 1, 7))
    return allocation.Year(known, held, exposures_known(known, symbols), paths, Windows.of(known, 12), snapshot)


def book_of(name: str, year: allocation.Year) -> Book:
    portfolio = bought_on(shipped()[name], year.table, year.snapshot)
    return book_known(portfolio, year.table, year.known, year.snapshot)


def test_a_year_of_holding_is_the_return_of_the_prices(year: allocation.Year) -> None:
    book = book_of("sixty_forty", year)
    value = year.held.value(book)
    days = (year.held.dates[0].date(), year.held.dates[-1].date())
    growth = np.exp(year.held.history.asset_returns(*days))
    proxies = {"VTI": "VTI", "VEA": "EFA", "BND": "BND", "SGOV": "SGOV"}
    wanted = 0.0
    for holding in book.holdings:
        name = proxies.get(holding.position.symbol, "")
        if name and np.isfinite(growth[name]):
            wanted += holding.instrument.value * growth[name]
        else:
            wanted += holding.instrument.value * (1 + year.held.bills[-1])
    assert value[0] == pytest.approx(book.value)
    assert value[-1] == pytest.approx(wanted, rel=2e-3)


def test_levels_are_those_of_the_day(year: allocation.Year) -> None:
    levels = year.held.history.levels.loc["2017-12-29"]
    assert year.snapshot["ust_10y"] == pytest.approx(levels["ust_10y"])
    assert year.snapshot["vix"] == pytest.approx(levels["vix"])
    assert year.snapshot["sofr"] == pytest.approx(levels["ust_3m"])  # SOFR began in April 2018
    assert year.known.levels.index[-1] <= pd.Timestamp("2017-12-29")


def test_bonds_keep_their_weight_and_earn_the_yield_of_the_day(year: allocation.Year) -> None:
    today = book_with(shipped()["income_ladder"], year.table)
    then = book_with(bought_on(shipped()["income_ladder"], year.table, year.snapshot), year.table, year.snapshot)
    before, after = ({h.position.symbol: h for h in book.holdings} for book in (today, then))
    for name in ("UST-2031", "EXAMPLE-BBB-2035", "UST-FRN-2028", "TIPS-2035"):
        assert after[name].instrument.value == pytest.approx(before[name].instrument.value, rel=1e-6)
    treasury = after["UST-2031"]
    assert treasury.analytics["yield"] == pytest.approx(year.snapshot["ust_5y"], abs=0.0015)
    assert before["UST-2031"].analytics["yield"] > 0.035, "today's yield is another one"


def test_an_option_that_is_held_decays(year: allocation.Year) -> None:
    """Without any move the put is worth its intrinsic value at expiry: nothing, as the strike is below the spot."""
    from dataclasses import replace

    book = book_of("balanced", year)
    put = next(h for h in book.holdings if h.position.asset_class == "option")
    still = replace(year.held, moves=np.zeros_like(year.held.moves))
    gain = still._in_factors(put)
    assert gain[0] == 0.0
    assert (np.diff(gain) <= 1e-9 * put.instrument.value).all()
    assert gain[-1] == pytest.approx(-put.instrument.value, rel=1e-6)


def test_money_earns_the_rate_of_each_week(year: allocation.Year) -> None:
    weekly = year.held.history.levels.loc[year.held.dates, "ust_3m"].to_numpy()
    assert year.held.bills[-1] == pytest.approx(weekly[:-1].mean() * (len(weekly) - 1) / 52)
    assert year.held.bills[-1] > weekly[0] * year.held.years[-1], "rates rose in 2018"


def test_errors_of_differences_are_those_of_independent_years() -> None:
    rng = np.random.default_rng(4)
    dates = pd.date_range("2001-01-05", periods=52 * 20, freq="W-FRI")
    own, other = (pd.Series(1.0 + rng.normal(0.0, 0.02, len(dates)), index=dates) for _ in range(2))
    gap, error = difference(own, other, lambda growth: float(growth.mean()))
    assert gap == pytest.approx(own.mean() - other.mean())
    assert error == pytest.approx(0.02 * np.sqrt(2 / len(dates)), rel=0.35)
    assert difference(own, own, lambda growth: float(growth.mean())) == (0.0, 0.0)


def test_the_proposal_pays_its_costs_and_keeps_within_its_turnover(year: allocation.Year) -> None:
    book = book_of("growth_on_margin", year)
    limits = allocation_stage.load_limits()
    after, turnover, cost = allocation._proposed(book, year, limits, 0)
    assert 0 < turnover <= limits.rules["turnover"].bound(0.0) * np.abs(book.values).sum() / book.value + 1e-9
    assert after.value <= book.value
    tax_free = after.value == pytest.approx(book.value * (1 - cost), rel=2e-3)
    assert tax_free or after.value < book.value, "costs and taxes are paid from net value"
    gross = [np.abs(b.values[[h.position.asset_class != "cash" for h in b.holdings]]).sum() for b in (book, after)]
    assert gross[1] < gross[0], "a levered book sells"


def test_risk_parity_weighs_by_inverse_volatility(year: allocation.Year) -> None:
    book = book_of("balanced", year)
    after, turnover, cost = allocation._even(book, year)
    weekly = Windows.of(year.known, 1)
    rows = slice(len(weekly.starts) - 156, None)
    risk = np.nanstd(weekly.outcomes(after, rows), axis=0)
    names = {"VTI", "TLT", "GLD", "AAPL"}
    shares = [risk[n] for n, h in enumerate(after.holdings) if h.position.symbol in names]
    assert len(shares) == len(names)
    assert max(shares) == pytest.approx(min(shares), rel=1e-6)
    assert after.value == pytest.approx(book.value * (1 - cost), rel=1e-6)
    assert cost <= 2 * turnover * max(cost_rate(h.position) for h in book.holdings)
    assert (after.values > -0.01).all()
