"""Repairs of prices: what is repaired, and what is left alone."""

from __future__ import annotations

import numpy as np
import pandas as pd

from stresstest.exposures.cleaning import clean

DAYS = pd.bdate_range("2020-01-01", periods=500)


def a_walk(seed: int = 0) -> pd.Series:
    rng = np.random.default_rng(seed)
    return pd.Series(100 * np.exp(np.cumsum(0.01 * rng.standard_t(5, len(DAYS)))), index=DAYS)


def cleaned(column: pd.Series) -> tuple[pd.Series, list[str]]:
    result = clean(pd.DataFrame({"A": column}))
    return result.prices["A"], [str(problem) for problem in result.repairs]


def test_ordinary_prices_are_left_alone() -> None:
    for seed in range(20):
        column, repairs = cleaned(a_walk(seed))
        assert not repairs
        pd.testing.assert_series_equal(column, a_walk(seed), check_names=False, check_freq=False)


def test_a_tick_that_returns_is_left_out() -> None:
    column = a_walk()
    column.iloc[200] *= 10
    mended, repairs = cleaned(column)
    assert np.isnan(mended.iloc[200])
    assert mended.drop(DAYS[200]).equals(a_walk().drop(DAYS[200]))
    assert len(repairs) == 1


def test_splits_are_joined_both_ways() -> None:
    for factor in (4.0, 0.1):
        column = a_walk()
        column.iloc[300:] /= factor
        mended, repairs = cleaned(column)
        np.testing.assert_allclose(np.diff(np.log(mended)), np.diff(np.log(a_walk())), atol=1e-9)
        assert len(repairs) == 1


def test_a_crash_in_a_crash_is_no_split() -> None:
    column = a_walk()
    column.iloc[300:] /= 2.0
    column.iloc[301:] *= 0.75
    _, repairs = cleaned(column)
    assert not repairs


def test_stale_prices_are_left_out_but_a_peg_is_not() -> None:
    column = a_walk()
    column.iloc[100:120] = column.iloc[100]
    mended, repairs = cleaned(column)
    assert mended.iloc[100:120].notna().sum() == 6
    assert len(repairs) == 1
    peg, repairs = cleaned(pd.Series(1.0, index=DAYS))
    assert peg.notna().all()
    assert not repairs


def test_later_rows_change_no_earlier_repair() -> None:
    column = a_walk()
    column.iloc[200] *= 10
    column.iloc[300:] /= 2
    early = clean(pd.DataFrame({"A": column.iloc[:250]})).prices["A"]
    late = clean(pd.DataFrame({"A": column})).prices["A"].iloc[:250]
    np.testing.assert_allclose(np.diff(np.log(early.dropna())), np.diff(np.log(late.dropna())), atol=1e-9)
