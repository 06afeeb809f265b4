"""Regimes of reserves and the warning list: probabilities, their order in L, and the sentences."""

from __future__ import annotations

from datetime import date

import numpy as np
import pytest

from stresstest.plumbing.calendar import business_days, funding_day
from stresstest.plumbing.regimes import REGIMES, path_demand, regime_probabilities
from stresstest.plumbing.warnings import warning_list
from stresstest.tables import central, draw_parameters

P = central()


def test_probabilities_sum_to_one_and_follow_scarcity() -> None:
    chances = regime_probabilities(np.linspace(0.30, 0.10, 60), np.zeros(60), P)
    assert chances.shape == (60, len(REGIMES))
    np.testing.assert_allclose(chances.sum(axis=1), 1.0)
    assert (np.diff(chances[:, 0]) <= 1e-12).all()
    assert (np.diff(chances[:, 2]) >= -1e-12).all()
    assert [REGIMES[i] for i in chances[[0, 30, -1]].argmax(axis=1)] == ["abundant", "abundant", "scarce"]
    assert REGIMES[int(regime_probabilities(np.array([0.155]), np.zeros(1), P).argmax())] == "ample"


def test_demand_moves_the_regime_and_doubt_blurs_it() -> None:
    level = np.array([0.155])
    strong, none, weak = (regime_probabilities(level, np.array([d * 1e-4]), P)[0] for d in (12, 0, -12))
    assert strong[2] > none[2] > weak[2]
    assert weak[0] > none[0] > strong[0]
    doubtful = regime_probabilities(level, np.array([12e-4]), P, 6e-4)[0]
    assert doubtful.max() < strong.max()


def test_the_mean_of_the_coming_month_is_as_variable_as_simulated() -> None:
    """The probability of scarce against simulated four-week means of the state."""
    rng, weeks, paths = np.random.default_rng(0), 4, 200_000
    memory = P["demand_persistence"][0] ** (12 / 52)
    state = np.full(paths, 5e-4)
    total = state.copy()
    for _ in range(weeks - 1):
        state = memory * state + P["demand_sd"][0] * np.sqrt(1 - memory**2) * rng.standard_normal(paths)
        total += state
    from stresstest.plumbing.funding import ordinary_spread

    mean = ordinary_spread(np.array([0.13]), P)[0] + total / weeks
    found = regime_probabilities(np.array([0.13]), np.array([5e-4]), P)[0, 2]
    assert found == pytest.approx((mean > 0.5 * P["srf_spread"][0]).mean(), abs=0.005)


def test_arrays_over_paths_and_weeks() -> None:
    p = draw_parameters(50, np.random.default_rng(1))
    scarcity = np.full((50, 8), 0.15)
    chances = regime_probabilities(scarcity, np.zeros((50, 8)), p)
    assert chances.shape == (50, 8, 3)
    np.testing.assert_allclose(chances.sum(axis=-1), 1.0)
    np.testing.assert_allclose(chances[:, 0], regime_probabilities(scarcity[:, 0], np.zeros(50), p))


def test_demand_is_recovered_from_paths() -> None:
    """An observer who sees only spreads and L finds the shift that the simulation put in."""
    from stresstest.plumbing.funding import week_spread

    days = tuple(funding_day(day) for day in business_days(date(2026, 12, 31), date(2027, 6, 30)))
    rng, paths = np.random.default_rng(2), 60
    shift = 4e-4 * rng.standard_normal(paths)
    scarcity = np.full(paths, 0.155)
    noise, uniform = rng.standard_normal((paths, len(days))), rng.random((2, paths, len(days)))
    spread = week_spread(days, scarcity, shift, noise, uniform, P)
    demand, sd = path_demand(days, spread, np.repeat(scarcity[:, None], len(days), axis=1), P)
    assert np.abs(demand[:, -1] - shift).mean() < 1e-4
    assert np.corrcoef(demand[:, -1], shift)[0, 1] > 0.97
    assert sd[-1] < sd[0]


# ----------------------------------------------------------------------------------------------------------- warnings


def test_warnings_name_the_day_the_chance_and_the_level() -> None:
    days = business_days(date(2027, 4, 9), date(2027, 5, 14))
    spread = np.zeros((100, len(days)))
    spread[:31, days.index(date(2027, 4, 15))] = 0.0030
    spread[:50, days.index(date(2027, 4, 30))] = 0.0016
    spread[:4, days.index(date(2027, 5, 3))] = 0.0016
    found = warning_list(days, spread)
    assert [w.sentence for w in found] == [
        "tax date 2027-04-15: 31 percent chance of more than 15 bp",
        "month end 2027-04-30: 50 percent chance of more than 15 bp",
    ]
    assert found[0].error == pytest.approx(np.sqrt(0.31 * 0.69 / 100))
    document = found[0].to_dict()
    assert (document["date"], document["kind"], document["probability"]) == ("2027-04-15", "tax", 0.31)
    assert [w.day for w in warning_list(days, spread, level=0.0020)] == [date(2027, 4, 15)]
    assert len(warning_list(days, spread, least=0.03)) == 3


def test_a_month_of_stress_is_one_line() -> None:
    days = business_days(date(2027, 6, 30), date(2027, 8, 31))
    spread = np.where(np.arange(100)[:, None] < 20, 0.003, 0.0) * np.ones(len(days))
    kinds = [w.kind for w in warning_list(days, spread)]
    assert kinds.count("ordinary") == 2
    assert kinds.count("month_end") == 2
    assert kinds == [w.kind for w in sorted(warning_list(days, spread), key=lambda w: w.day)]
