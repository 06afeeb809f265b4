"""The law over a horizon, against paths that are simulated week by week by a loop of this file."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import chi2

from stresstest.plumbing.reaction import calm_hazard, weekly
from stresstest.scenarios.horizon import CORE, REGIMES, covariance, horizon_law, occupancy
from stresstest.scenarios.levels import factor_levels
from stresstest.scenarios.plausibility import core_columns, tail
from stresstest.tables import central, factor_index, parameter_table
from stresstest.transmission.bounds import at_levels
from stresstest.transmission.moments import LEADERS, load_moments
from stresstest.transmission.noise import accumulation
from stresstest.transmission.today import moments_for, turbulence_threshold
from stresstest.transmission.volatility import with_volatility

PATHS = 6000


def simulated(regime: str, weeks: int, seed: int) -> np.ndarray:
    """(S, core) straight moves: regimes drawn, one fat-tailed variate a week, levels that return or trend."""
    rng, core, p = np.random.default_rng(seed), core_columns(), central()
    levels, law = factor_levels(None), accumulation()
    moments = with_volatility(at_levels(load_moments(), levels), levels)
    leader, stressed = REGIMES[regime]
    degrees = parameter_table()["noise_degrees"].value
    enter, leave = weekly(p["turbulence_base"] / 12)[0], calm_hazard(p)[0]
    roots = [np.linalg.cholesky(moments.covariance(leader, which)[np.ix_(core, core)]) for which in (0, 1)]
    entry = moments.entry[LEADERS.index(leader)][core]
    memory, momentum = law.memory[core], law.momentum[core]
    scales, (_, usual) = moments.scales(weeks)[:, core], occupancy(weeks)
    level, change, inside = np.zeros((PATHS, len(core))), np.zeros((PATHS, len(core))), np.zeros(PATHS, dtype=bool)
    for week in range(weeks):
        before, drawn = inside, rng.random(PATHS)
        inside = np.where(before, drawn > leave, drawn < enter) if week else np.ones(PATHS, dtype=bool)
        inside = inside & bool(stressed)
        size = np.sqrt((degrees - 2) / rng.chisquare(degrees, PATHS))[:, None]
        normal = rng.standard_normal((PATHS, len(core))) * size
        fresh = np.where(inside[:, None], normal @ roots[1].T, normal @ roots[0].T) * scales[week]
        change = momentum * change + np.sqrt(1 - momentum**2) * fresh if week else fresh
        falls = (inside & ~before)[:, None] * entry - (usual[week] * entry if week and stressed else 0.0)
        level = memory * level + change + falls
    return level


@pytest.mark.parametrize("weeks", [1, 13, 52])
@pytest.mark.parametrize("regime", REGIMES)
def test_squared_distances_of_simulated_moves_have_the_mean_of_their_law(regime: str, weeks: int) -> None:
    """Their mean is the number of core factors; weekly covariance times weeks is far off for a year of stress."""
    moves, core = simulated(regime, weeks, 5), core_columns()
    law = horizon_law(regime, weeks, factor_levels(None))
    matrix = law.covariance[np.ix_(core, core)]
    squared = np.einsum("si,is->s", moves, np.linalg.solve(matrix, moves.T))
    error = squared.std() / np.sqrt(PATHS)
    assert squared.mean() == pytest.approx(len(CORE), abs=4 * error)
    if regime != "calm" and weeks == 52:
        plain = weeks * covariance(regime)[np.ix_(core, core)]
        assert np.einsum("si,is->s", moves, np.linalg.solve(plain, moves.T)).mean() < 0.7 * len(CORE)


@pytest.mark.parametrize("weeks", [1, 4, 13, 52])
def test_tails_are_fatter_than_normal_ones_and_near_those_of_the_law(weeks: int) -> None:
    """One in a hundred: the law comes nearer than the normal one, for calm and for stress."""
    core = core_columns()
    for regime in ("calm", "stress"):
        moves = simulated(regime, weeks, 6)
        law = horizon_law(regime, weeks, factor_levels(None))
        matrix = law.covariance[np.ix_(core, core)]
        distance = np.sqrt(np.einsum("si,is->s", moves, np.linalg.solve(matrix, moves.T)))
        ours = np.mean([tail(float(d), law.degrees, len(CORE)) < 0.05 for d in distance])
        normal = np.mean(chi2.sf(distance**2, len(CORE)) < 0.05)
        assert 0.035 < ours < 0.06
        assert abs(ours - 0.05) <= abs(normal - 0.05) + 0.004


def test_turbulence_begins_at_once_and_then_is_as_frequent_as_on_the_baseline() -> None:
    turbulent, begins = occupancy(520)
    assert turbulent[0] == begins[0] == 1.0
    assert (np.diff(turbulent) <= 1e-12).all()
    p = central()
    enter, leave = weekly(p["turbulence_base"] / 12)[0], calm_hazard(p)[0]
    assert turbulent[-1] == pytest.approx(enter / (enter + leave))


def test_a_high_vix_makes_the_weeks_ahead_wider_and_fades() -> None:
    shares, levels = factor_index()["equity_us"], dict(factor_levels(None))
    near, far = (
        horizon_law("calm", weeks, {**levels, "vix": 0.40}).covariance[shares, shares]
        / horizon_law("calm", weeks, {**levels, "vix": 0.20}).covariance[shares, shares]
        for weeks in (1, 52)
    )
    assert near > far > 1.0


def test_turbulence_of_today_is_not_begun_anew() -> None:
    """Just over the threshold stress is that of a spell without its first fall, and calm is one that leaves."""
    shares, levels = factor_index()["equity_us"], dict(factor_levels(None))
    stressed = {**levels, "vix": turbulence_threshold() * 1.0001}
    variance = {
        regime: [horizon_law(regime, weeks, stressed).covariance[shares, shares] for weeks in (1, 52)]
        for regime in ("calm", "stress")
    }
    leave = calm_hazard(central())[0]
    moments = moments_for(stressed)
    calm, turbulent = (
        moments.covariance("flight", k)[shares, shares] * moments.scales(1)[0, shares] ** 2 for k in (0, 1)
    )
    assert variance["stress"][0] == pytest.approx(turbulent)
    assert variance["calm"][0] == pytest.approx(leave * calm + (1 - leave) * turbulent)
    assert variance["calm"][1] < variance["stress"][1]
    assert occupancy(8, begun=True)[1][0] == 0.0


def test_the_law_is_a_covariance_for_every_regime_and_length() -> None:
    levels = factor_levels(None)
    for regime in REGIMES:
        for weeks in (0.4, 2.5, 26, 170):
            law = horizon_law(regime, weeks, levels)
            values = np.linalg.eigvalsh(law.covariance)
            assert values.min() > -1e-9 * values.max()
            assert law.degrees > 4
