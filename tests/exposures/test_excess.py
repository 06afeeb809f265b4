"""Earned moves: durations against bumped prices, carry and convexity against full revaluation."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from stresstest.exposures.excess import bond_risk, excess_levels
from stresstest.tables import TENORS, factor_names


def price(rate: float, coupon: float, years: int) -> float:
    discount = (1 + rate / 2) ** -np.arange(1, 2 * years + 1)
    return float(coupon / 2 * discount.sum() + discount[-1])


@pytest.mark.parametrize(("rate", "coupon", "years"), [(0.04, 0.025, 20), (0.01, 0.03, 5), (0.08, 0.08, 10)])
def test_duration_and_convexity_are_those_of_bumped_prices(rate: float, coupon: float, years: int) -> None:
    bump = 1e-4
    up, middle, down = (price(rate + k * bump, coupon, years) for k in (1, 0, -1))
    duration, convexity = bond_risk(np.array([rate]), np.array([coupon]), years)
    assert duration[0] == pytest.approx((down - up) / (2 * bump * middle), rel=1e-6)
    assert convexity[0] == pytest.approx((up + down - 2 * middle) / (bump**2 * middle), rel=1e-4)


def levels(rates: np.ndarray) -> pd.DataFrame:
    """All rates alike, spreads at two percent, everything else still."""
    frame = pd.DataFrame(0.0, index=pd.date_range("2020-01-01", periods=len(rates)), columns=list(factor_names()))
    for name in TENORS:
        frame[name] = rates
    frame[["ig_spread", "hy_spread"]] = 0.02
    return frame


def test_when_nothing_moves_yield_over_bills_and_spreads_are_earned() -> None:
    frame = levels(np.full(366, 0.03))
    frame["ust_10y"] = 0.045
    found = excess_levels(frame)
    unit = found.per_unit(found.last_duration)
    assert found.bills.iloc[-1] == pytest.approx(0.03, rel=2e-3)
    gain = -(unit.iloc[-1] - unit.iloc[0]) * found.last_duration.reindex(unit.columns)
    assert gain["ust_10y"] == pytest.approx(0.015, rel=2e-3)
    assert gain["ust_2y"] == pytest.approx(0.0, abs=1e-12)
    assert gain["hy_spread"] == pytest.approx(0.02, rel=2e-3)
    assert (unit["equity_us"].iloc[-1] - unit["equity_us"].iloc[0]) == pytest.approx(-0.03, rel=2e-3)


def test_a_long_slow_rise_costs_what_full_revaluation_says() -> None:
    """A rise of two points in two hundred steps, no carry: the log price of the bond of the first day."""
    rates = 0.03 + np.r_[np.zeros(2000), np.linspace(0, 0.02, 201)]
    frame = levels(rates)
    frame.index = pd.date_range("2010-01-01", periods=len(rates))
    found = excess_levels(frame)
    loss = -(found.earned["ust_20y"].iloc[-1] - found.earned["ust_20y"].iloc[0])
    truth = np.log(price(0.05, 0.03, 20) / price(0.03, 0.03, 20))
    assert loss == pytest.approx(truth, rel=0.01)


def test_later_days_change_nothing_earlier() -> None:
    rng = np.random.default_rng(0)
    frame = levels(0.03 + np.cumsum(0.0005 * rng.standard_normal(500)))
    whole, part = excess_levels(frame), excess_levels(frame.iloc[:300])
    pd.testing.assert_frame_equal(whole.earned.iloc[:300], part.earned, check_exact=True)
