"""Mahalanobis distance, the nearest scenario of a wanted plausibility, and conditional expectation, each done twice."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.optimize import minimize
from scipy.stats import f

from stresstest.errors import InputError
from stresstest.scenarios import central_moves, choose
from stresstest.scenarios.horizon import CORE, REGIMES, Law, covariance, sample_law
from stresstest.scenarios.levels import factor_levels
from stresstest.scenarios.plausibility import (
    at_plausibility,
    core_columns,
    distance_of,
    law_of,
    mahalanobis,
    plausibility,
)
from stresstest.scenarios.propagation import complete
from stresstest.scenarios.story import adjust
from stresstest.scenarios.words import move_text
from stresstest.tables import factor_index, factor_names
from stresstest.units import WEEKS_A_MONTH

INDEX = factor_index()


def test_plausibility_is_the_tail_of_the_distance() -> None:
    moves = central_moves(choose(["coupon-surge"])[0])
    core, count = core_columns(), len(CORE)
    for regime in REGIMES:
        law = law_of(13, regime)
        root = np.linalg.cholesky(law.covariance[np.ix_(core, core)])
        whitened = np.linalg.solve(root, law.straighten(moves)[core])
        squared = whitened @ whitened * law.degrees / (law.degrees - 2) / count
        assert mahalanobis(moves, 13, regime) == pytest.approx(np.linalg.norm(whitened))
        assert plausibility(moves, 13, regime) == pytest.approx(f.sf(squared, count, law.degrees))
        assert distance_of(plausibility(moves, 13, regime), law.degrees) == pytest.approx(np.linalg.norm(whitened))


def test_nothing_is_certain_and_twice_as_far_is_less_plausible() -> None:
    moves = central_moves(choose(["dash-for-cash"])[0])
    assert plausibility(0 * moves, 4) == 1.0
    assert plausibility(2 * moves, 4) < plausibility(moves, 4)
    assert plausibility(moves, 8) > plausibility(moves, 4)


def test_bonds_that_fall_with_shares_are_likelier_when_rates_lead() -> None:
    moves = central_moves(choose(["coupon-surge-severe"])[0])
    assert plausibility(moves, 13, "rate_led") > plausibility(moves, 13, "stress") > plausibility(moves, 13, "calm")


def test_what_returns_does_not_grow_with_the_year() -> None:
    """VIX is no farther from today after a year than after a quarter; what walks freely in calm grows with the root."""
    levels = {name: level for name, level in factor_levels(None).items() if name != "vix"}
    quarter, year = (np.sqrt(np.diag(law_of(weeks, "calm", {**levels, "vix": 0.2}).covariance)) for weeks in (13, 52))
    assert year[INDEX["vix"]] == pytest.approx(quarter[INDEX["vix"]], rel=0.05)
    assert year[INDEX["gold"]] == pytest.approx(2 * quarter[INDEX["gold"]], rel=1e-6)
    weekly = np.sqrt(np.diag(covariance("calm")))
    assert weekly[INDEX["gold"]] * np.sqrt(52) == pytest.approx(year[INDEX["gold"]], rel=1e-6)


@pytest.mark.parametrize("levels", [{"vix": 0.12}, {"vix": 0.12, "hy_spread": 0.08}])
def test_a_move_is_judged_from_the_level_it_starts_at(levels: dict[str, float]) -> None:
    """Twenty points of VIX are rarer from 12 than from 21; four hundred bp of high yield less so from 800 than 315."""
    whole = {"vix": 0.21, "hy_spread": 0.0315, "ig_spread": 0.009, "em_spread": 0.025, "mortgage_spread": 0.019}
    moves = np.zeros(len(INDEX))
    moves[INDEX["vix"]], moves[INDEX["hy_spread"]] = 0.20, 0.04
    from_lower = mahalanobis(moves, 4, "stress", {**whole, **levels})
    vix = np.where(np.arange(len(INDEX)) == INDEX["vix"], moves, 0.0)
    assert mahalanobis(vix, 4, "stress", {**whole, **levels}) > mahalanobis(vix, 4, "stress", whole)
    assert np.isfinite(from_lower)
    if "hy_spread" in levels:
        assert from_lower < mahalanobis(moves, 4, "stress", {**whole, "vix": 0.12})


def test_bending_is_undone_and_stops_short_of_the_bound() -> None:
    law = law_of(26, "stress")
    moves = central_moves(choose(["dash-for-cash-severe"])[0])
    np.testing.assert_allclose(law.bend(law.straighten(moves)), moves, atol=1e-12)
    past = np.where(np.arange(len(moves)) == INDEX["hy_spread"], -0.05, 0.0)
    assert np.isfinite(mahalanobis(past, 26))
    assert law.bend(law.straighten(past))[INDEX["hy_spread"]] > -0.0315


@pytest.mark.parametrize("wanted", [0.001, 0.05, 0.6])
def test_the_nearest_scenario_of_a_wanted_plausibility(wanted: float) -> None:
    """Against a general constrained optimiser, inwards and outwards."""
    moves, weeks = central_moves(choose(["coupon-surge"])[0]), 5.0
    core, law = core_columns(), law_of(5.0, "stress")
    spread = law.covariance[np.ix_(core, core)]
    scale = np.sqrt(np.diag(spread))
    found = law.straighten(at_plausibility(moves, weeks, wanted))[core]
    inverse, distance = np.linalg.inv(spread), distance_of(wanted, law.degrees)
    assert np.sqrt(found @ inverse @ found) == pytest.approx(distance, rel=1e-9)
    start = law.straighten(moves)[core] / scale
    correlation = np.linalg.inv(spread / np.outer(scale, scale))
    rival = minimize(
        lambda x: np.sum((x - start) ** 2),
        start,
        constraints={"type": "eq", "fun": lambda x: x @ correlation @ x - distance**2},
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
    matrix, nothing = np.zeros((len(INDEX), len(INDEX))), np.zeros(0)
    matrix[:3, :3] = [[4.0, 1.0, 0.5], [1.0, 9.0, 2.0], [0.5, 2.0, 1.0]]
    known = np.zeros(len(INDEX))
    known[:3] = [0.3, np.nan, 0.7]
    within = matrix[np.ix_([0, 2], [0, 2])] * (1 + 0.1 * np.eye(2))  # the ridge of the module
    expected = matrix[1, [0, 2]] @ np.linalg.solve(within, [0.3, 0.7])
    law = Law(matrix, 8.0, nothing.astype(int), nothing, nothing)
    assert complete(known, law, factor_names()[:3])[1] == pytest.approx(expected)
    full = central_moves(choose(["coupon-surge"])[0])
    np.testing.assert_array_equal(complete(full, law_of(13, "stress")), full)


def test_a_spread_that_has_risen_rises_in_proportion() -> None:
    """What follows for high yield is a share of the level it has reached, not of the level it started at."""
    law, names = law_of(13, "stress"), ("equity_us",)
    asked = np.where(np.arange(len(INDEX)) == INDEX["equity_us"], -0.2, np.nan)
    before = np.where(np.arange(len(INDEX)) == INDEX["hy_spread"], 0.0315, 0.0)
    first, second = (complete(asked, law, names, before=start)[INDEX["hy_spread"]] for start in (None, before))
    assert second == pytest.approx(2 * first)


def test_the_caution_tells_the_core_moves_that_changed_and_no_other() -> None:
    asked = choose(["coupon-surge"])[0]
    before, (caution,) = central_moves(asked), adjust(asked, 0.5, "stress").cautions
    after = central_moves(adjust(asked, 0.5, "stress"))
    told = [
        f"{name} {old} → {new}"
        for name in (factor_names()[column] for column in core_columns())
        if (old := move_text(name, before[INDEX[name]])) != (new := move_text(name, after[INDEX[name]]))
    ]
    assert 0 < len(told) < len(core_columns())
    assert caution.hint == f"Changed: {', '.join(told)}."
    same = adjust(asked, plausibility(before, asked.months * WEEKS_A_MONTH, "stress"), "stress").cautions[0]
    assert same.hint == "Changed: nothing by as much as is shown."


def test_regimes_differ_only_in_what_rates_go_with() -> None:
    shares, tens = INDEX["equity_us"], INDEX["ust_10y"]
    assert covariance("stress")[shares, tens] > 0 > covariance("rate_led")[shares, tens]
    np.testing.assert_allclose(covariance("stress")[shares, shares], covariance("rate_led")[shares, shares], rtol=0.35)
    with pytest.raises(InputError):
        covariance("boom")
    with pytest.raises(InputError):
        law_of(4, "boom")


def test_a_part_of_a_week_lies_between_two_whole_ones() -> None:
    less, half, more = (sample_law("stress", weeks) for weeks in (4.0, 4.5, 5.0))
    np.testing.assert_allclose(half.covariance, (less.covariance + more.covariance) / 2)
    assert less.degrees < half.degrees < more.degrees or less.degrees > half.degrees > more.degrees
