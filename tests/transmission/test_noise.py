"""How noise is drawn and accumulates: covariance of its table, tails, trends and returns to a level."""

from __future__ import annotations

import numpy as np
import pytest

from stresstest.tables import factor_index, read_table
from stresstest.transmission.moments import load_moments
from stresstest.transmission.noise import (
    accumulation,
    entry_horizon,
    entry_moves,
    noise_paths,
    variates,
)

INDEX = factor_index()
MOMENTS = load_moments()


def drawn(paths: int, weeks: int, seed: int = 0) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    return variates(paths, weeks, rng), rng.random((paths, weeks)) < 0.3, rng.integers(0, 3, paths)


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
    paths = noise_paths(*drawn_calm(20_000, 6), MOMENTS)
    column = INDEX["hy_spread"]
    weekly = np.diff(paths[:, :, column], axis=1, prepend=0.0)
    np.testing.assert_allclose(weekly.var(axis=0), MOMENTS.covariance("flight", 0)[column, column], rtol=0.08)
    assert np.corrcoef(weekly[:, 2], weekly[:, 3])[0, 1] == pytest.approx(accumulation().momentum[column], abs=0.04)


def drawn_calm(paths: int, weeks: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    normal, turbulent, leader = drawn(paths, weeks, 3)
    return normal, np.zeros_like(turbulent), np.zeros_like(leader)


def test_entries_accumulate_to_their_horizon_and_have_no_mean_under_the_baseline() -> None:
    rng = np.random.default_rng(4)
    usual = np.full(20, 0.05)
    begins, leader = rng.random((40_000, 20)) < usual, rng.integers(0, 3, 40_000)
    odds = np.full(3, 1 / 3)
    few = slice(50)
    moves = entry_moves(begins[few], usual, leader[few], odds, MOMENTS).astype(float)
    level = np.zeros_like(moves[:, 0])
    for week in range(moves.shape[1]):
        level = accumulation().memory * level + moves[:, week]
    np.testing.assert_allclose(level, entry_horizon(begins[few], usual, leader[few], odds, MOMENTS), atol=1e-6)
    horizon = entry_horizon(begins, usual, leader, odds, MOMENTS)
    spread = horizon.std(axis=0)
    assert np.abs(horizon.mean(axis=0)[spread > 0] / spread[spread > 0]).max() < 0.025
