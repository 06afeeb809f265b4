"""Spreads and volatilities: never below their bound, larger moves from higher levels, and no drift by doing nothing."""

from __future__ import annotations

import numpy as np
import pytest

from stresstest.market import load_snapshot
from stresstest.tables import factor_index, factor_names
from stresstest.transmission.bounds import at_levels, bend, centring_shift, make_bounds, start_levels, unbend
from stresstest.transmission.moments import load_moments

INDEX = factor_index()
QUOTES = {name: quote.value for name, quote in load_snapshot().quotes.items()}


def test_bending_is_one_to_one_and_never_passes_the_bound() -> None:
    start, room = np.array([0.03]), np.array([0.015])
    moves = np.linspace(-0.08, 0.08, 401)[:, None]
    bent = bend(moves, start, room)
    assert (np.diff(bent[:, 0]) > 0).all()
    assert bent.min() > -0.015
    np.testing.assert_allclose(unbend(bent, start, room), moves, atol=1e-10)
    assert np.isnan(unbend(np.array([-0.02]), start, room)[0])
    assert bend(np.array([1e-7]), start, room)[0] == pytest.approx(1e-7, rel=1e-4)


def test_the_shift_centres_a_mixture_of_normals() -> None:
    """Against a sample of two million draws."""
    start, room = np.array([0.03]), np.array([0.015])
    mean, spread = np.array([[-0.004], [0.02]]), np.array([[0.008], [0.015]])
    shift = centring_shift(mean, spread, start, room)
    rng = np.random.default_rng(0)
    which = rng.integers(0, 2, 2_000_000)
    drawn = mean[which, 0] + spread[which, 0] * rng.standard_normal(len(which))
    bent = bend(drawn - shift[0], start, room)
    assert abs(bent.mean()) < 4 * bent.std() / np.sqrt(len(bent))
    assert shift[0] > mean.mean(), "bending raises the mean, so more than the mean is taken off"


def test_weekly_moves_grow_with_the_level() -> None:
    column = INDEX["vix"]
    low, high = (at_levels(load_moments(), {**QUOTES, "vix": level}) for level in (0.12, 0.36))
    for regime in (0, 1):
        sizes = [np.linalg.norm(moments.roots[0, regime, column]) for moments in (low, high)]
        assert sizes[1] / sizes[0] == pytest.approx(3.0, rel=1e-4)
    np.testing.assert_array_equal(low.roots[:, :, INDEX["equity_us"]], high.roots[:, :, INDEX["equity_us"]])


def test_a_level_below_its_bound_keeps_some_room() -> None:
    columns, start, room = start_levels({**QUOTES, "vix": 0.05})
    k = columns.tolist().index(INDEX["vix"])
    assert room[k] > 0
    assert start[k] > 0.05


def test_bounds_of_silent_moments_move_nothing() -> None:
    silent = load_moments().silent()
    turbulent = np.random.default_rng(1).random((50, 8)) < 0.3
    bounds = make_bounds(
        QUOTES, turbulent, np.full(8, 0.03), np.zeros(50, dtype=int), np.array([1.0, 0.0, 0.0]), silent
    )
    zeros = np.zeros((3, len(bounds.columns)))
    np.testing.assert_allclose(bounds.bend(zeros, -1), 0.0, atol=1e-9)


def test_every_bounded_factor_is_a_spread_or_a_volatility() -> None:
    columns, start, room = start_levels(QUOTES)
    assert {factor_names()[i] for i in columns} == {
        "hy_spread", "ig_spread", "em_spread", "mortgage_spread", "vix", "move",
    }  # fmt: skip
    assert (room < start).all()
