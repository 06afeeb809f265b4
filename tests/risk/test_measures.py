"""Tail measures against second routes: Rockafellar-Uryasev, closed forms, and identities."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy.optimize import minimize_scalar
from scipy.stats import norm

from stresstest.risk.measures import (
    conditional_drawdown,
    contribution,
    drawdown,
    expected_shortfall,
    tail_weights,
    value_at_risk,
)

gains = arrays(float, st.integers(5, 60), elements=st.floats(-100, 100))


def equal(count: int) -> np.ndarray:
    return np.full(count, 1 / count)


@given(gains, st.floats(0.5, 0.99))
@settings(max_examples=60, deadline=None)
def test_expected_shortfall_is_the_rockafellar_uryasev_minimum(pnl: np.ndarray, level: float) -> None:
    p = equal(len(pnl))

    def objective(threshold: float) -> float:
        return threshold + p @ np.maximum(-pnl - threshold, 0) / (1 - level)

    best = min(objective(t) for t in -pnl)  # the minimum is at one of the losses
    assert expected_shortfall(pnl, p, level) == pytest.approx(best, abs=1e-9 * (1 + abs(best)))
    assert minimize_scalar(objective, bounds=(-101, 101), method="bounded").fun >= best - 1e-3


@given(gains)
@settings(max_examples=60, deadline=None)
def test_shortfall_is_never_below_value_at_risk(pnl: np.ndarray) -> None:
    p = equal(len(pnl))
    assert expected_shortfall(pnl, p) >= value_at_risk(pnl, p) - 1e-12


def test_a_large_normal_sample_gives_the_closed_forms() -> None:
    pnl = norm.ppf((np.arange(200_000) + 0.5) / 200_000)
    p = equal(len(pnl))
    assert value_at_risk(pnl, p) == pytest.approx(norm.ppf(0.95), abs=1e-4)
    assert expected_shortfall(pnl, p) == pytest.approx(norm.pdf(norm.ppf(0.95)) / 0.05, abs=1e-3)


def test_the_straddling_scenario_counts_pro_rata() -> None:
    pnl, p = np.array([-10.0, -4.0, 0.0]), np.array([0.03, 0.04, 0.93])
    assert expected_shortfall(pnl, p, 0.95) == pytest.approx((0.03 * 10 + 0.02 * 4) / 0.05)


@given(gains)
@settings(max_examples=30, deadline=None)
def test_tail_weights_are_a_distribution_within_bounds(pnl: np.ndarray) -> None:
    p = equal(len(pnl))
    weights = tail_weights(pnl, p)
    assert weights.sum() == pytest.approx(1)
    assert (weights >= 0).all()
    assert (weights <= p / 0.05 + 1e-12).all()


def test_contributions_add_up_and_are_the_derivative() -> None:
    rng = np.random.default_rng(0)
    pnl = rng.standard_normal((400, 5)) * [1, 2, 3, 0.1, 0]
    p = equal(400)
    parts = contribution(pnl, p)
    assert parts.sum() == pytest.approx(expected_shortfall(pnl.sum(axis=1), p), abs=1e-12)
    bumped = pnl.copy()
    bumped[:, 1] *= 1 + 1e-6
    slope = (expected_shortfall(bumped.sum(axis=1), p) - expected_shortfall(pnl.sum(axis=1), p)) / 1e-6
    assert parts[1] == pytest.approx(slope, rel=1e-4)


def test_drawdown_of_a_known_path() -> None:
    value = np.array([[100.0, 120.0, 90.0, 130.0, 65.0]])
    np.testing.assert_allclose(drawdown(value)[0], [0, 0, 0.25, 0, 0.5])
    assert conditional_drawdown(value, np.array([1.0]), 0.8) == pytest.approx(0.5)
