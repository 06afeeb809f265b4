"""Tests of forecasts: published rejection regions, sizes and powers by simulation, and no look-ahead."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy.stats import norm

from stresstest.market.history import load_history
from stresstest.records import Evidence
from stresstest.validation import allocation, risk
from stresstest.validation.backtest_books import (
    Windows,
    book_known,
    compounded,
    exposures_known,
    series_of,
    shipped,
    symbols_of,
)
from stresstest.validation.backtest_moves import cloud, forecast, fridays, known_until, stressed_weeks
from stresstest.validation.backtest_tests import (
    SIZE,
    christoffersen,
    kupiec,
    mean_and_error,
    overlapping,
    power,
    quantile_loss,
    shortfall_test,
)


@pytest.mark.parametrize(
    ("probability", "count", "fewest", "most"),
    [(0.01, 255, 1, 6), (0.01, 510, 2, 10), (0.01, 1000, 5, 16), (0.05, 255, 7, 20), (0.05, 510, 17, 35)],
)
def test_kupiec_against_the_published_regions(probability: float, count: int, fewest: int, most: int) -> None:
    """Numbers of failures that are not rejected at five percent (Kupiec, 1995, table 3).

    The table prints N < 7 for the first; none at all in 255 days has a ratio of 5.1 and is rejected too.
    """
    accepted = [hits for hits in range(60) if kupiec(hits, count, probability) >= SIZE]
    assert (accepted[0], accepted[-1]) == (fewest, most)


def test_power_is_the_share_of_rejections() -> None:
    rng = np.random.default_rng(0)
    hits = rng.binomial(80, 0.10, 20_000)
    share = np.mean([kupiec(int(n), 80, 0.05) < SIZE for n in hits])
    assert power(80, 0.05, 0.10) == pytest.approx(share, abs=0.01)
    assert power(80, 0.05, 0.05) < 0.1 < power(80, 0.05, 0.15)


def test_independence_accepts_chance_and_rejects_clusters() -> None:
    rng = np.random.default_rng(1)
    pvalues = [christoffersen(rng.random(400) < 0.1) for _ in range(400)]
    assert np.mean(np.array(pvalues) < SIZE) == pytest.approx(SIZE, abs=0.04)
    assert christoffersen(np.repeat(rng.random(40) < 0.1, 10)) < 1e-6
    assert christoffersen(np.zeros(80, dtype=bool)) == 1.0


def test_overlapping_windows_are_not_counted_as_independent() -> None:
    """Twelve-week sums every week: a right forecast is rejected about as often as it should be, a wrong one more."""
    rng = np.random.default_rng(2)
    found, naive, wrong = [], [], []
    for _ in range(300):
        sums = np.convolve(rng.standard_normal(971), np.ones(12), "valid") / np.sqrt(12)
        hit = sums < norm.ppf(0.05)
        found.append(overlapping(hit, 0.05, 11) < SIZE)
        naive.append(kupiec(int(hit.sum()), len(hit), 0.05) < SIZE)
        wrong.append(overlapping(sums < norm.ppf(0.15), 0.05, 11) < SIZE)
    assert np.mean(found) < 0.12 < np.mean(naive)
    assert np.mean(wrong) > 0.7


def test_shortfall_is_found_out_when_it_is_too_small() -> None:
    rng = np.random.default_rng(3)
    var, shortfall = norm.ppf(0.95), norm.pdf(norm.ppf(0.95)) / 0.05
    dates = np.ones(400)
    draws = rng.standard_normal((400, 2000))
    right, bold = (
        [
            shortfall_test(size * rng.standard_normal(400), var * dates, shortfall * dates, draws, 0.95)
            for _ in range(100)
        ]
        for size in (1.0, 1.4)
    )
    assert np.mean([test.statistic for test in right]) == pytest.approx(0.0, abs=0.1)
    assert np.mean([test.p_value < SIZE for test in right]) == pytest.approx(SIZE, abs=0.06)
    assert np.mean([test.statistic for test in bold]) < -0.5
    assert np.mean([test.p_value < SIZE for test in bold]) > 0.9


def test_the_quantile_score_is_least_at_the_true_quantile() -> None:
    losses = np.random.default_rng(6).standard_normal(40_000)
    guesses = norm.ppf(0.95) + np.array([-0.3, 0.0, 0.3])
    scores = [quantile_loss(losses, np.full(len(losses), guess), 0.95).mean() for guess in guesses]
    assert scores[1] < min(scores[0], scores[2])
    assert quantile_loss(np.array([3.0, 1.0]), np.array([2.0, 2.0]), 0.95) == pytest.approx([0.95, 0.05])


def test_errors_of_overlapping_means() -> None:
    rng = np.random.default_rng(7)
    found = [mean_and_error(np.convolve(rng.standard_normal(971), np.ones(12) / 12, "valid"), 11) for _ in range(200)]
    spread = np.std([mean for mean, _ in found])
    assert np.mean([error for _, error in found]) == pytest.approx(spread, rel=0.15)


def test_a_levered_series_compounds_by_day() -> None:
    logs = pd.Series(np.log([100.0, 110.0, 99.0, 99.0]))
    gained = float(np.exp(compounded(logs, 3.0).iloc[-1]))
    assert gained == pytest.approx(1.3 * 0.7)
    assert compounded(logs, 1.0) is logs


def test_without_data_nothing_is_claimed() -> None:
    found = risk.checks(Evidence())
    assert found
    assert all(check.passed is None and "--data" in check.note for check in found)


def test_a_short_history_is_no_evidence(shared_data: Path) -> None:
    for section in (risk, allocation):
        found = section.checks(Evidence(shared_data, pd.Timestamp(2010, 6, 30).date()))
        assert all(check.passed is None and "2013" in check.note for check in found)


@pytest.fixture(scope="module")
def day() -> pd.Timestamp:
    return pd.Timestamp(2014, 1, 3)


def test_nothing_after_the_day_is_used(shared_data: Path, day: pd.Timestamp) -> None:
    """Every later value doubled: estimates, regime and book stay as they were, to the last bit."""
    history, other = load_history(shared_data), load_history(shared_data)
    for table in (other.factors, other.assets, other.levels, other.log_prices):
        table.loc[table.index > day] *= 2.0
    books = shipped()
    symbols = symbols_of(books.values())
    seen = []
    for read in (history, other):
        known = known_until(read, day)
        found, table = forecast(known), exposures_known(known, symbols)
        book = book_known(books["balanced"], table, known)
        seen.append((found, table, book, stressed_weeks(known, found.rule)))
    (one, first, book, states), (two, second, same, also) = seen
    np.testing.assert_array_equal(one.roots, two.roots)
    np.testing.assert_array_equal(one.entry, two.entry)
    assert (one.enter, one.leave, one.rule) == (two.enter, two.leave, two.rule)
    assert states.equals(also)
    assert book.symbols == same.symbols
    assert all((first[name].beta == second[name].beta).all() for name in first)


def test_forecast_moves_have_the_size_of_the_past(shared_data: Path, day: pd.Timestamp) -> None:
    """Over twelve weeks, shares and rates: between calm and stress start, about what weeks before the day say."""
    known = known_until(load_history(shared_data), day)
    found = forecast(known)
    calm, stressed = (cloud(found, state, 12, 2000, 0).moves for state in (False, True))
    windows = Windows.of(known, 12)
    from stresstest.tables import factor_index

    for name in ("equity_us", "ust_10y", "gold"):
        column = factor_index()[name]
        usual = windows.moves[windows.starts >= pd.Timestamp(2004, 12, 1), column].std()
        assert calm[:, column].std() < stressed[:, column].std()
        assert 0.6 * usual < calm[:, column].std() < 1.4 * usual
        assert abs(calm[:, column].mean()) < 0.15 * usual


def test_a_fund_did_what_its_price_did(shared_data: Path, day: pd.Timestamp) -> None:
    """Outcome of a holding with a price: total return less the bill rate of the day, times its value."""
    history = load_history(shared_data)
    known = known_until(history, day)
    books = shipped()
    table = exposures_known(known, symbols_of(books.values()))
    book = book_known(books["sixty_forty"], table, known)
    windows = Windows.of(history, 12)
    row = int(np.searchsorted(windows.starts, day))
    gains = windows.outcomes(book, slice(row, row + 1))[0]
    holding = book.holdings[book.symbols.index("VTI")]
    assert series_of(holding, history) == "VTI"
    growth = history.asset_returns(day.date(), (day + pd.Timedelta(weeks=12)).date())["VTI"]
    income = history.levels.loc[day, "ust_3m"] * 12 / 52
    assert gains[book.symbols.index("VTI")] == pytest.approx(holding.instrument.value * np.expm1(growth - income))


def test_the_last_week_is_one_on_which_everything_is_known(shared_data: Path) -> None:
    history = load_history(shared_data)
    last = fridays(history)[-1]
    assert history.levels.loc[last, ["ust_5y", "ust_10y", "equity_us"]].notna().all()
