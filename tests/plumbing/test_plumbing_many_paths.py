"""What makes many paths quick changes nothing: blocks beside each other, running counts, logits in place of odds."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from stresstest.plumbing import Conditions, named_plan, project
from stresstest.plumbing.course import make_course
from stresstest.plumbing.project import IDENTITY_TOLERANCE, project_block
from stresstest.plumbing.reaction import bar, logistic, weekly
from stresstest.plumbing.recorder import Plumbing, layout
from stresstest.plumbing.room import Room
from stresstest.plumbing.together import averaged, mean_path, whole
from stresstest.plumbing.window import HALF_A_POINT, WINDOW_DAYS, Window, spread_evenly
from stresstest.records import ASSETS, LIABILITIES, MarketSnapshot
from stresstest.tables import Draws, central, draw_parameters
from stresstest.units import WEEKS_A_MONTH

WEEKS, PATHS, FIRST = 52, 300, 120


def some(conditions: Conditions, draws: Draws, rows: slice) -> tuple[Conditions, Draws]:
    """The chance and the parameters of some paths."""
    paths = {"equity_calm", "equity_turbulent", "mortgage", "demand", "tga", "daily", "leverage"}
    mine = {name: getattr(conditions, name)[rows] for name in paths}
    mine |= {name: getattr(conditions, name)[:, rows] for name in ("spikes", "chance")}
    return dataclasses.replace(conditions, **mine), Draws({k: v[rows] for k, v in draws.by_name.items()})


@pytest.fixture(scope="module")
def drawn(conditions: Conditions) -> tuple[Conditions, Draws]:
    return some(conditions, draw_parameters(conditions.paths, np.random.default_rng(4)), slice(PATHS))


@pytest.fixture(scope="module")
def alone(snapshot: MarketSnapshot, drawn: tuple[Conditions, Draws]) -> Plumbing:
    return project(named_plan("fast-qt", snapshot.as_of), snapshot, WEEKS, *drawn)


@pytest.fixture(scope="module")
def blocks(snapshot: MarketSnapshot, drawn: tuple[Conditions, Draws]) -> tuple[Room, list[Plumbing]]:
    """The same paths in single precision, in two blocks of unequal size, the second first."""
    course = make_course(named_plan("fast-qt", snapshot.as_of), snapshot, WEEKS)
    room = Room(PATHS, layout(course, detail=False))
    made = []
    for start, stop in ((FIRST, PATHS), (0, FIRST)):
        chance, p = some(*drawn, slice(start, stop))
        made.append(project_block(course, chance, p.single(), 0.0, room.columns(start, stop)))
    return room, made[::-1]


def test_blocks_beside_each_other_are_the_paths_run_at_once(
    alone: Plumbing, blocks: tuple[Room, list[Plumbing]]
) -> None:
    """To the resolution of single precision; a uniform within it of a hazard may fall to the other side, rarely."""
    together = whole(*blocks)
    same = (together.balance.halted == alone.balance.halted).all(axis=1) & (together.turbulent == alone.turbulent).all(
        axis=1
    )
    assert same.mean() > 0.99
    for name, values in alone.balance.items.items():
        np.testing.assert_allclose(together.balance.items[name][same], values[same], rtol=2e-6, atol=0.02)
    np.testing.assert_allclose(together.funding.spread[same], alone.funding.spread[same], atol=5e-7)
    np.testing.assert_allclose(together.funding.sofr[same], alone.funding.sofr[same], atol=5e-7)
    np.testing.assert_allclose(together.balance.supply.par()[same], alone.balance.supply.par()[same], atol=0.01)


def test_the_identity_closes_in_the_record_of_single_precision(blocks: tuple[Room, list[Plumbing]]) -> None:
    items = whole(*blocks).balance.items
    gap = sum(items[n].astype(float) for n in ASSETS) - sum(items[n].astype(float) for n in LIABILITIES)
    assert items["reserves"].dtype == np.float32
    assert np.abs(gap).max() < IDENTITY_TOLERANCE


def test_items_that_no_law_moves_take_no_room(blocks: tuple[Room, list[Plumbing]]) -> None:
    assert whole(*blocks).balance.items["capital"].strides[0] == 0


def test_the_mean_path_is_the_mean_of_all_paths(blocks: tuple[Room, list[Plumbing]]) -> None:
    """Blocks of unequal size count by their paths; flags become shares."""
    together = whole(*blocks)
    mean = mean_path([averaged(block) for block in blocks[1]], [FIRST, PATHS - FIRST])
    for name in ("reserves", "on_rrp", "capital"):
        np.testing.assert_allclose(mean.balance.items[name][0], together.balance.items[name].mean(axis=0, dtype=float))
    np.testing.assert_allclose(mean.balance.halted[0], together.balance.halted.mean(axis=0))
    np.testing.assert_allclose(mean.funding.spread[0], together.funding.spread.mean(axis=0, dtype=float))
    np.testing.assert_allclose(mean.turbulent[0], together.turbulent.mean(axis=0))


def test_a_bar_is_a_hazard_turned_round() -> None:
    """Weekly odds of a monthly and of a daily logit against the comparison of logits, on a grid of both."""
    uniform, index = np.meshgrid(np.linspace(0.0, 0.999, 400), np.linspace(-12.0, 6.0, 300))
    np.testing.assert_array_equal(uniform < weekly(logistic(index)), index > bar(uniform, WEEKS_A_MONTH))
    daily = 1.0 - (1.0 - logistic(index)) ** 5
    np.testing.assert_array_equal(uniform < daily, index > bar(uniform, 1 / 5))


def test_a_day_counts_as_over_the_rate_on_reserves_as_it_is_published() -> None:
    """In whole basis points: four tenths over are published as none, six tenths as one."""
    window = Window(0.0, 0.00004, 5, 2, central())
    window.add(np.tile([[0.00004, 0.00006]], (5, 1)))
    np.testing.assert_allclose(window.over_iorb, [0.0, 5 / WINDOW_DAYS])


def test_the_window_starts_from_the_share_on_record_and_forgets_it_as_days_leave() -> None:
    """Spread evenly, in whole days: after half a window half of them are left."""
    for count in range(WINDOW_DAYS + 1):
        flags = spread_evenly(count / WINDOW_DAYS)
        assert flags.sum() == spread_evenly((count + 0.4) / WINDOW_DAYS).sum() == count
        assert abs(flags[WINDOW_DAYS // 2 :].sum() - count / 2) <= 0.5
    window = Window(0.3, 0.01, 10, 2, central())
    np.testing.assert_allclose(window.over_iorb, 0.3)
    np.testing.assert_allclose(window.stressed, 1.0)
    window.add(np.zeros((10, 2)))
    np.testing.assert_allclose(window.over_iorb, 0.15)
    np.testing.assert_allclose(window.stressed, 0.5)


def test_the_window_counts_the_last_twenty_days(snapshot: MarketSnapshot) -> None:
    """Against a plain look at the last twenty days, over weeks of three to five days."""
    rng = np.random.default_rng(0)
    lengths = rng.integers(3, 6, 30)
    level = float(central()["liquidity_spread"][0])
    start, spread = 0.0001, 2.0 * level * rng.standard_normal((lengths.sum(), 50))
    window = Window(1.0, start, len(spread), 50, central())
    for end in np.cumsum(lengths):
        window.add(spread[window.seen : end])
        last = np.concatenate([np.full((WINDOW_DAYS, 50), start), spread[:end]])[-WINDOW_DAYS:]
        np.testing.assert_allclose(window.over_iorb, (last > HALF_A_POINT).mean(axis=0))
        np.testing.assert_allclose(window.stressed, (last > level).mean(axis=0))
