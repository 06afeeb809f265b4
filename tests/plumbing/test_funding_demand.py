"""The state of repo demand: the filter against its closed form, robustness, and the law in daily steps."""

from __future__ import annotations

import numpy as np
import pytest

from stresstest.plumbing.demand import HUBER, DemandLaw, daily_law, filtered_demand

LAW = DemandLaw(memory=0.9, shock=1.0, noise=2.0)


def simulated(law: DemandLaw, days: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    state = np.empty(days)
    state[0] = np.sqrt(law.variance) * rng.standard_normal()
    for day in range(1, days):
        state[day] = law.memory * state[day - 1] + law.shock * rng.standard_normal()
    return state, state + law.noise * rng.standard_normal(days)


def test_the_filter_is_the_conditional_mean() -> None:
    """Small residuals are not clipped: prediction and variance against the normal regression on the whole past."""
    days = 12
    residual = 0.5 * np.sin(np.arange(days))
    seen = np.array([True, True, False, True] * 3)
    lag = np.abs(np.subtract.outer(np.arange(days + 1), np.arange(days + 1)))
    covariance = LAW.variance * LAW.memory**lag
    past = np.flatnonzero(seen)
    gain = np.linalg.solve(covariance[np.ix_(past, past)] + LAW.noise**2 * np.eye(len(past)), covariance[past, days])
    made = filtered_demand(residual[None], seen, LAW)
    assert made.last[0] == pytest.approx(gain @ residual[past])
    assert made.last_variance == pytest.approx(LAW.variance - gain @ covariance[past, days])


def test_predictions_do_not_use_the_day_itself() -> None:
    _, residual = simulated(LAW, 50, 1)
    changed = residual.copy()
    changed[30:] += 5.0
    first, second = (filtered_demand(x[None], np.ones(50, bool), LAW).predicted[0] for x in (residual, changed))
    np.testing.assert_array_equal(first[:31], second[:31])
    assert second[31] > first[31]


def test_one_extreme_day_moves_the_state_by_a_bounded_step() -> None:
    quiet, shocked = np.zeros((1, 40)), np.zeros((1, 40))
    shocked[0, 20] = 300.0
    made = filtered_demand(shocked, np.ones(40, bool), LAW)
    step = made.predicted[0, 21] - filtered_demand(quiet, np.ones(40, bool), LAW).predicted[0, 21]
    innovation = np.sqrt(made.variance[20] + LAW.noise**2)
    assert 0 < step <= LAW.memory * HUBER * innovation


def test_errors_are_as_large_as_the_filter_says() -> None:
    state, residual = simulated(LAW, 20_000, 2)
    made = filtered_demand(residual[None], np.ones(len(state), bool), LAW)
    error = made.predicted[0] - state
    assert error.std() == pytest.approx(np.sqrt(made.variance[-1]), rel=0.05)


def test_the_daily_law_has_the_monthly_memory_and_the_stationary_sd() -> None:
    law = daily_law(3.0, 0.6, 1.0)
    assert law.memory ** (5 * 52 / 12) == pytest.approx(0.6)
    assert np.sqrt(law.variance) == pytest.approx(3.0)
    mean, variance = law.ahead(10_000, np.array([8.0]), 0.5)
    assert mean[0] == pytest.approx(0.0, abs=1e-6)
    assert variance == pytest.approx(9.0)
