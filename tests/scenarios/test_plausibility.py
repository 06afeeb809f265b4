"""Mahalanobis distance, the nearest scenario of a wanted plausibility, and conditional expectation, each done twice."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.optimize import minimize
from scipy.stats import chi2

from stresstest.errors import InputError
from stresstest.scenarios import central_moves, choose
from stresstest.scenarios.plausibility import (
    CORE,
    REGIMES,
    at_plausibility,
    core_columns,
    covariance,
    distance_of,
    mahalanobis,
    plausibility,
)
from stresstest.scenarios.propagation import complete, stress_covariance
from stresstest.scenarios.story import adjust
from stresstest.tables import factor_index, factor_names
from stresstest.units import WEEKS_A_MONTH

INDEX = factor_index()


def test_plausibility_is_the_chi_squared_tail_of_the_distance() -> None:
    moves = central_moves(choose(["coupon-surge"])[0])
    core = core_columns()
    for regime in REGIMES:
        whitened = np.linalg.solve(np.linalg.cholesky(13 * covariance(regime)[np.ix_(core, core)]), moves[core])
        assert mahalanobis(moves, 13, regime) == pytest.approx(np.linalg.norm(whitened))
        assert plausibility(moves, 13, regime) == pytest.approx(chi2.sf(whitened @ whitened, len(CORE)))
        assert distance_of(plausibility(moves, 13, regime)) == pytest.approx(np.linalg.norm(whitened))


def test_nothing_is_certain_and_twice_as_far_is_less_plausible() -> None:
    moves = central_moves(choose(["dash-for-cash"])[0])
    assert plausibility(0 * moves, 4) == 1.0
    assert plausibility(2 * moves, 4) < plausibility(moves, 4)
    assert plausibility(moves, 8) > plausibility(moves, 4)


def test_bonds_that_fall_with_shares_are_likelier_when_rates_lead() -> None:
    moves = central_moves(choose(["global-qt"])[0])
    assert plausibility(moves, 13, "rate_led") > plausibility(moves, 13, "stress") > plausibility(moves, 13, "calm")


@pytest.mark.parametrize("wanted", [0.001, 0.05, 0.6])
def test_the_nearest_scenario_of_a_wanted_plausibility(wanted: float) -> None:
    """Against a general constrained optimiser, inwards and outwards."""
    moves, weeks = central_moves(choose(["coupon-surge"])[0]), 5.0
    core = core_columns()
    spread = covariance("stress")[np.ix_(core, core)] * weeks
    scale = np.sqrt(np.diag(spread))
    found = at_plausibility(moves, weeks, wanted)
    inverse = np.linalg.inv(spread)
    assert np.sqrt(found @ inverse @ found) == pytest.approx(distance_of(wanted), rel=1e-9)
    start = moves[core] / scale
    correlation = np.linalg.inv(spread / np.outer(scale, scale))
    rival = minimize(
        lambda x: np.sum((x - start) ** 2),
        start,
        constraints={"type": "eq", "fun": lambda x: x @ correlation @ x - distance_of(wanted) ** 2},
        method="SLSQP",
        options={"ftol": 1e-14, "maxiter": 500},
    )
    ours = float(np.sum((found / scale - start) ** 2))
    assert ours <= float(np.sum((rival.x - start) ** 2)) + 1e-7
    np.testing.assert_allclose(found / scale, rival.x, atol=2e-3)


def test_an_adjusted_scenario_has_the_plausibility_asked_for() -> None:
    scenario = adjust(choose(["dash-for-cash"])[0], 0.1, "stress")
    weeks = scenario.months * WEEKS_A_MONTH
    assert plausibility(central_moves(scenario), weeks, "stress") == pytest.approx(0.1, rel=1e-6)
    assert "ust_10y" in str(scenario.cautions[-1])


@pytest.mark.parametrize("wanted", [0.0, 1.0, float("nan")])
def test_a_plausibility_must_be_a_probability(wanted: float) -> None:
    with pytest.raises(InputError):
        at_plausibility(central_moves(choose(["coupon-surge"])[0]), 4, wanted)


def test_a_scenario_that_stands_still_cannot_be_moved() -> None:
    with pytest.raises(InputError, match="core factor"):
        at_plausibility(np.zeros(len(INDEX)), 4, 0.5)


def test_what_is_unsaid_is_filled_by_conditional_expectation() -> None:
    """Against the textbook formula on a three-factor case, and exact where nothing is missing."""
    weekly = np.zeros((len(INDEX), len(INDEX)))
    weekly[:3, :3] = [[4.0, 1.0, 0.5], [1.0, 9.0, 2.0], [0.5, 2.0, 1.0]]
    known = np.zeros(len(INDEX))
    known[:3] = [0.3, np.nan, 0.7]
    within = weekly[np.ix_([0, 2], [0, 2])] * (1 + 0.1 * np.eye(2))  # the ridge of the module
    expected = weekly[1, [0, 2]] @ np.linalg.solve(within, [0.3, 0.7])
    assert complete(known, weekly, factor_names()[:3])[1] == pytest.approx(expected)
    full = central_moves(choose(["coupon-surge"])[0])
    np.testing.assert_array_equal(complete(full, stress_covariance()), full)


def test_regimes_differ_only_in_what_rates_go_with() -> None:
    shares, gold = INDEX["equity_us"], INDEX["ust_10y"]
    assert covariance("stress")[shares, gold] > 0 > covariance("rate_led")[shares, gold]
    np.testing.assert_allclose(covariance("stress")[shares, shares], covariance("rate_led")[shares, shares], rtol=0.35)
    with pytest.raises(InputError):
        covariance("boom")
