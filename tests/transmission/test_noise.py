"""How noise is drawn and accumulates: covariance of its table, tails, trends and returns to a level."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from stresstest.market import load_snapshot
from stresstest.tables import TENORS, factor_index, parameter_table, read_table
from stresstest.transmission.moments import LEADERS, Moments, load_moments
from stresstest.transmission.noise import (
    accumulation,
    both_regimes,
    entry_horizon,
    entry_moves,
    noise_horizon,
    noise_law,
    special_noise,
    weekly_factors,
    weekly_noise,
)
from stresstest.transmission.today import moments_for

INDEX = factor_index()
MOMENTS = load_moments()


def at_horizon(moments: Moments, turbulent: np.ndarray, leader: np.ndarray, seed: int) -> np.ndarray:
    """Noise at the horizon, (S, F)."""
    law = noise_law(moments, turbulent.shape[1])
    drawn = law.draw(len(turbulent), np.random.SeedSequence(seed))
    special = special_noise(drawn, turbulent, leader, law)
    return noise_horizon(drawn, law.sums(drawn, turbulent), leader, special, law)


def by_week(moments: Moments, turbulent: np.ndarray, leader: np.ndarray, seed: int) -> np.ndarray:
    """Noise so far of the same draw, (S, T, F), by the recursion at the head of the module."""
    law, kind = noise_law(moments, turbulent.shape[1]), accumulation()
    drawn = law.draw(len(turbulent), np.random.SeedSequence(seed))
    directions, rng = law.sums(drawn, turbulent).directions(drawn.scale, slice(None)), np.random.default_rng(seed)
    weekly = weekly_noise(drawn, turbulent, directions, leader, law, rng).transpose(1, 0, 2)
    level, change = np.empty_like(weekly), weekly[0].copy()
    level[0] = change
    for week in range(1, len(weekly)):
        change = kind.momentum * change + np.sqrt(1.0 - kind.momentum**2) * weekly[week]
        level[week] = kind.memory * level[week - 1] + change
    return level.transpose(1, 0, 2)


def scaled(weeks: int) -> Moments:
    """Noise of rates starts half as large again and comes down, that of shares is a fifth smaller throughout."""
    scale = np.ones((weeks, len(INDEX)))
    scale[:, [INDEX[name] for name in TENORS]] += 0.5 * 0.9 ** np.arange(weeks)[:, None]
    scale[:, [INDEX[name] for name in ("equity_us", "growth_value", "equity_emerging")]] = 0.8
    return replace(MOMENTS, scale=scale)


def test_impulses_agree_with_the_recursion() -> None:
    """The law at the head of the module, walked for one unit in each week."""
    law = accumulation()
    for name in ("hy_spread", "vix", "ust_2y", "equity_us"):
        column, weeks = INDEX[name], 12
        memory, momentum = law.memory[column], law.momentum[column]
        expected = np.empty(weeks)
        for week in range(weeks):
            level = change = 0.0
            for date in range(weeks):
                fresh = float(date == week) * (1.0 if date == 0 else np.sqrt(1.0 - momentum**2))
                change = momentum * change + fresh
                level = memory * level + change
            expected[week] = level
        np.testing.assert_allclose(law.impulse(weeks, column), expected, rtol=1e-12)


def test_variance_ratios_of_the_noise_are_those_of_the_record() -> None:
    """Thirteen weeks for what trends, a year for what returns, against memory.csv."""
    law = accumulation()
    for row in read_table("stresstest.transmission", "memory.csv"):
        column = INDEX[row["factor"]]
        weeks, wanted = (13, row["ratio_13"]) if float(row["momentum"]) else (52, row["ratio_52"])
        start = law.impulse(1, column)[0] ** 2
        memory = law.memory[column]
        if memory < 1.0:
            ratio = (1.0 - memory**weeks) / (1.0 - memory) / weeks
        else:
            ratio = float((law.impulse(weeks, column) ** 2).sum() / start / weeks)
        assert ratio == pytest.approx(float(wanted), rel=0.12)


def test_every_week_of_a_trending_factor_has_the_variance_of_the_table() -> None:
    calm, column = np.zeros((20_000, 6), dtype=bool), INDEX["hy_spread"]
    paths = by_week(MOMENTS, calm, np.zeros(20_000, dtype=int), 3)
    weekly = np.diff(paths[:, :, column], axis=1, prepend=0.0)
    np.testing.assert_allclose(weekly.var(axis=0), MOMENTS.covariance("flight", 0)[column, column], rtol=0.08)
    assert np.corrcoef(weekly[:, 2], weekly[:, 3])[0, 1] == pytest.approx(accumulation().momentum[column], abs=0.04)


@pytest.mark.parametrize("moments", [MOMENTS, scaled(20)], ids=["as estimated", "scaled"])
def test_the_horizon_of_the_noise_is_the_end_of_its_path(moments: Moments) -> None:
    rng = np.random.default_rng(1)
    turbulent, leader = rng.random((130, 20)) < 0.4, rng.integers(0, 3, 130)
    horizon, paths = (noise(moments, turbulent, leader, 0) for noise in (at_horizon, by_week))
    scale = paths[:, -1].std(axis=0) + 1e-12
    assert np.abs((horizon - paths[:, -1]) / scale).max() < 1e-4


@pytest.mark.parametrize("weeks", [4, 7, 13])
@pytest.mark.parametrize(("move", "vix"), [(0.8, 0.17), (1.5, 0.6)])
def test_weeks_reach_their_horizon_where_scales_are_nearly_alike(weeks: int, move: float, vix: float) -> None:
    """Implied volatility fades by group: over a few weeks its columns are nearly one, and sums must not split hairs."""
    rng = np.random.default_rng(2)
    turbulent, leader = rng.random((300, weeks)) < 0.3, rng.integers(0, 3, 300)
    moments = moments_for({**load_snapshot().levels, "move": move, "vix": vix})
    law = noise_law(moments, weeks)
    assert len(law.mix) > 2
    np.testing.assert_allclose(law.mix @ law.shapes, np.unique(law.scales, axis=1).T, rtol=1e-5)
    drawn = law.draw(300, np.random.SeedSequence(1))
    found = law.sums(drawn, turbulent).directions(drawn.scale, slice(None)).astype(float)
    gram = found @ found.transpose(0, 2, 1)
    there = np.diagonal(gram, axis1=1, axis2=2) > 0.5
    np.testing.assert_allclose(gram, there[:, :, None] * np.eye(gram.shape[1]), atol=1e-5)
    horizon, paths = (noise(moments, turbulent, leader, 0) for noise in (at_horizon, by_week))
    assert np.abs((horizon - paths[:, -1]) / (paths[:, -1].std(axis=0) + 1e-12)).max() < 1e-3


@pytest.mark.parametrize("turbulent", [False, True])
def test_the_horizon_of_free_walks_has_the_covariance_of_its_weeks(turbulent: bool) -> None:
    """All free factors, against the table times the weeks, one bound for every entry of the correlation."""
    paths, weeks = 30_000, 4
    regime = np.full((paths, weeks), turbulent)
    horizon = at_horizon(MOMENTS, regime, np.zeros(paths, dtype=int), 5)
    free = np.flatnonzero(~accumulation().special & (horizon.std(axis=0) > 1e-9))
    table = weeks * MOMENTS.covariance("flight", int(turbulent))[np.ix_(free, free)]
    size = np.sqrt(np.diag(table))
    found = horizon[:, free].T.astype(float) @ horizon[:, free] / paths
    np.testing.assert_allclose(found / np.outer(size, size), table / np.outer(size, size), atol=0.045)


def test_a_scale_multiplies_the_noise_of_its_weeks_and_keeps_their_correlations() -> None:
    """Each week against the week unscaled, drawn alike; the horizon against the sum of the variances."""
    paths, weeks = 20_000, 5
    regime, leader = np.random.default_rng(2).random((paths, weeks)) < 0.3, np.zeros(paths, dtype=int)
    scale = scaled(weeks).scales(weeks)
    assert len(np.unique(scale, axis=1).T) == 3
    plain, moved = (noise_law(moments, weeks) for moments in (MOMENTS, scaled(weeks)))
    drawn = moved.draw(paths, np.random.SeedSequence(2))
    both = [both_regimes(drawn, leader, law, weekly_factors()) for law in (plain, moved)]
    np.testing.assert_allclose(both[1], both[0] * scale[:, None, weekly_factors()], rtol=1e-5)
    special = [special_noise(drawn, regime, leader, law) for law in (plain, moved)]
    np.testing.assert_allclose(special[1], special[0] * scale[:, accumulation().special], rtol=1e-5)
    horizon = at_horizon(scaled(weeks), regime, leader, 4)
    variance = np.array([np.diag(MOMENTS.covariance("flight", k)) for k in (0, 1)])
    share = np.stack([1.0 - regime.mean(axis=0), regime.mean(axis=0)], axis=1)
    for name in ("equity_us", "growth_value", "gold", "ust_10y"):
        column = INDEX[name]
        wanted = float((scale[:, column] ** 2 * (share @ variance[:, column])).sum())
        assert horizon[:, column].var() == pytest.approx(wanted, rel=0.06), name


def test_the_last_row_of_a_scale_goes_on() -> None:
    table = np.full((3, len(INDEX)), 2.0) * np.arange(1, 4)[:, None]
    np.testing.assert_array_equal(replace(MOMENTS, scale=table).scales(5)[:, 0], [2.0, 4.0, 6.0, 6.0, 6.0])
    np.testing.assert_array_equal(MOMENTS.scales(2), np.ones((2, len(INDEX))))


def test_triangular_roots_have_the_covariance_of_the_tables_and_agree_between_leaders() -> None:
    """Rates come first and are the same whatever leads, variate by variate."""
    law, first = noise_law(MOMENTS, 4), weekly_factors()
    for which, leader in enumerate(LEADERS):
        for regime in (0, 1):
            root, table = law.roots[which, regime].astype(float), MOMENTS.covariance(leader, regime)
            np.testing.assert_allclose(root @ root.T, table, atol=2e-6 * table.max())
            assert (root[first, len(first) :] == 0).all()
            np.testing.assert_allclose(root[first[:7]], law.roots[0, regime, first[:7]], rtol=1e-3, atol=1e-8)


def test_turbulence_of_a_plan_changes_only_the_noise_of_its_weeks() -> None:
    """Common random numbers: the gap of two runs has the variance that the gap of their turbulent weeks has."""
    paths, weeks = 20_000, 26
    rng = np.random.default_rng(6)
    one, other = (np.zeros((paths, weeks), dtype=bool) for _ in range(2))
    other[:, 10:16] = True
    leader = rng.integers(0, 3, paths)
    gap = np.subtract(*(at_horizon(MOMENTS, regime, leader, 6) for regime in (other, one)))
    law = noise_law(MOMENTS, weeks)
    for name in ("equity_us", "growth_value", "gold", "fx_eur"):
        column = INDEX[name]
        change = (law.roots[:, 1, column] - law.roots[:, 0, column]).astype(float)
        wanted = 6.0 * (change**2).sum(axis=1)[leader].mean()
        assert gap[:, column].var() == pytest.approx(wanted, rel=0.08), name


def test_entries_accumulate_to_their_horizon_and_have_no_mean_under_the_baseline() -> None:
    rng = np.random.default_rng(4)
    usual = np.full(20, 0.05)
    begins, leader = rng.random((40_000, 20)) < usual, rng.integers(0, 3, 40_000)
    odds = np.full(3, 1 / 3)
    few = slice(50)
    moves = entry_moves(begins[few], usual, leader[few], odds, MOMENTS.entry).transpose(1, 0, 2).astype(float)
    level = np.zeros_like(moves[:, 0])
    for week in range(moves.shape[1]):
        level = accumulation().memory * level + moves[:, week]
    np.testing.assert_allclose(level, entry_horizon(begins[few], usual, leader[few], odds, MOMENTS), atol=1e-6)
    horizon = entry_horizon(begins, usual, leader, odds, MOMENTS)
    spread = horizon.std(axis=0)
    assert np.abs(horizon.mean(axis=0)[spread > 0] / spread[spread > 0]).max() < 0.025


def test_filled_weeks_have_the_tails_and_the_covariance_of_the_table() -> None:
    """Single weeks of factors that the horizon only sums: kurtosis of Student's t, correlations, no memory."""
    paths, weeks = 6_000, 8
    calm = np.zeros((paths, weeks), dtype=bool)
    weekly = np.diff(by_week(MOMENTS, calm, np.zeros(paths, dtype=int), 7).astype(float), axis=1)
    gold, euro = (weekly[:, :, INDEX[name]] for name in ("gold", "fx_eur"))
    table = MOMENTS.covariance("flight", 0)
    degrees = parameter_table()["noise_degrees"].value
    assert np.mean(gold**4) / np.mean(gold**2) ** 2 == pytest.approx(3 * (degrees - 2) / (degrees - 4), rel=0.15)
    assert np.mean(gold * euro) == pytest.approx(table[INDEX["gold"], INDEX["fx_eur"]], rel=0.06)
    assert np.mean(gold**2) == pytest.approx(table[INDEX["gold"], INDEX["gold"]], rel=0.04)
    assert abs(np.corrcoef(gold[:, 1:].ravel(), gold[:, :-1].ravel())[0, 1]) < 4 / np.sqrt(gold[:, 1:].size)


def test_a_factor_without_noise_takes_no_variate_and_calm_and_turbulence_stay_common() -> None:
    calm, turbulent = noise_law(load_moments(), 13).roots[0].astype(float)
    lengths = np.linalg.norm(calm, axis=1) * np.linalg.norm(turbulent, axis=1)
    silent = lengths == 0.0
    assert silent[factor_index()["sofr_iorb"]]
    assert not silent[factor_index()["gold"]]
    cosine = (calm * turbulent).sum(axis=1)[~silent] / lengths[~silent]
    assert cosine.min() > 0.5
