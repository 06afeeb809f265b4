"""Paths that start in a crisis: turbulent at once, without a fall of its own, wider with the VIX, still centred."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import numpy as np
import pytest

from stresstest.market import load_snapshot
from stresstest.plumbing import named_plan
from stresstest.plumbing.reaction import calm_hazard
from stresstest.records import FactorPaths, MarketSnapshot
from stresstest.scenarios import ALL_CHANNELS, generate
from stresstest.scenarios.block import Block, run_block
from stresstest.scenarios.world import Setting, begins, make_world
from stresstest.study.inputs import start_warnings
from stresstest.tables import central, factor_index, factor_names
from stresstest.transmission.bounds import at_levels
from stresstest.transmission.moments import load_moments
from stresstest.transmission.today import in_turbulence, moments_for, turbulence_threshold
from stresstest.transmission.volatility import STRESS, with_volatility

SHARES, VIX = (factor_index()[name] for name in ("equity_us", "vix"))


def at_vix(level: float) -> MarketSnapshot:
    snapshot = load_snapshot()
    return replace(snapshot, quotes={**snapshot.quotes, "vix": replace(snapshot.quotes["vix"], value=level)})


@cache
def cloud(vix: float, keep_paths: bool = False) -> FactorPaths:
    snapshot = at_vix(vix)
    plan = named_plan("hold", snapshot.as_of)
    return generate(plan, snapshot, weeks=13, paths=4000, seed=3, keep_paths=keep_paths).factors


def test_the_rule_is_that_of_calibrate() -> None:
    assert not in_turbulence({"vix": turbulence_threshold()})
    assert in_turbulence({"vix": turbulence_threshold() + 1e-6})
    assert not in_turbulence({})


def test_moments_of_a_crisis_are_scaled_against_crises() -> None:
    levels = at_vix(0.40).levels
    wanted = with_volatility(at_levels(load_moments(), levels), levels, STRESS)
    np.testing.assert_array_equal(moments_for(levels).scale, wanted.scale)
    np.testing.assert_array_equal(moments_for(levels).roots, wanted.roots)
    assert not moments_for(levels, noise=False).roots.any()


@cache
def block() -> Block:
    """Thirteen weeks from a VIX of 40, central parameters."""
    snapshot = at_vix(0.40)
    plan = named_plan("hold", snapshot.as_of)
    setting = Setting(plan, snapshot, 13, ("noise",), moments_for(snapshot.levels))
    return run_block(make_world(setting, plan, ALL_CHANNELS), 4000, np.random.SeedSequence(3), None)


def test_paths_leave_turbulence_by_its_hazard() -> None:
    share = block().plumbing.turbulent.mean(axis=0)
    assert share[0] == pytest.approx(1.0 - calm_hazard(central())[0], abs=0.02)
    assert share[0] > share[4] > share[12] > 0.3


def test_no_path_takes_the_first_fall_of_a_spell_that_has_begun() -> None:
    turbulent = block().plumbing.turbulent
    fell = block().horizon.by_channel[ALL_CHANNELS.index("turbulence"), SHARES]
    anew = begins(turbulent, begun=True).any(axis=1)
    assert np.ptp(fell[~anew]) < 1e-6, "what is expected of falls, and nothing else"
    assert fell[anew].mean() < fell[~anew].mean() - 0.02
    assert turbulent[~anew, 0].mean() > 0.7, "most of these are in the spell that had begun"


def test_shares_move_more_the_higher_the_vix() -> None:
    spread = [cloud(level).moves[:, SHARES].std() for level in (0.20, 0.27, 0.40, 0.66)]
    assert (np.diff(spread) > 0.1 * spread[0]).all()


def test_doing_nothing_has_no_mean_in_a_crisis() -> None:
    moves = cloud(0.40).moves
    moved = moves.std(axis=0) > 0
    assert moved.sum() > 0.9 * len(factor_names())
    assert np.abs(moves.mean(axis=0)[moved] / moves.std(axis=0)[moved]).max() < 0.1


def test_weekly_paths_end_where_the_horizon_does() -> None:
    kept = cloud(0.40, keep_paths=True)
    assert kept.paths is not None
    np.testing.assert_allclose(kept.paths[:, -1, [SHARES, VIX]], kept.moves[:, [SHARES, VIX]], atol=2e-5)


def test_a_reader_is_told() -> None:
    (told,) = start_warnings(at_vix(0.40))
    assert "paths start in turbulence: VIX 40" in str(told)
    assert not list(start_warnings(at_vix(0.20)))
