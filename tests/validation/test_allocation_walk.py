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
from stresstest.validation.backtest_books import Windows, book_known, exposures_known, shipped, symbols_of
from stresstest.validation.backtest_moves import cloud, forecast, known_until
from stresstest.validation.backtest_path import Held


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

    paths = replace(cloud(forecast(known), False, 52, 400, 0), financing=np.full((400, 1), 0.02))
    held = Held.between(history, day, pd.Timestamp(2019, 1, 7))
    return allocation.Year(known, held, exposures_known(known, symbols), paths, Windows.of(known, 12))


def book_of(name: str, year: allocation.Year) -> Book:
    return book_known(shipped()[name], year.table, year.known)


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
            wanted += holding.instrument.value * (1 + year.held.bill * year.held.years[-1])
    assert value[0] == pytest.approx(book.value)
    assert value[-1] == pytest.approx(wanted, rel=2e-3)


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
