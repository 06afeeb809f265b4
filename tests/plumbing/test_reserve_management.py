"""After runoff: purchases that keep reserves ample, when they begin, how large they are and what goes before them."""

from __future__ import annotations

import dataclasses
from datetime import date, timedelta

import numpy as np
import pytest

from stresstest.errors import StresstestError
from stresstest.plumbing import Conditions, named_plan, project
from stresstest.plumbing.chance import draw_conditions
from stresstest.plumbing.course import make_course
from stresstest.plumbing.horizon import beyond_record, left_alone
from stresstest.plumbing.management import ample, bought, falls_back, keeping, least, upkeep
from stresstest.plumbing.project import announced_supply
from stresstest.plumbing.recorder import Recorder, layout
from stresstest.plumbing.room import Room
from stresstest.plumbing.rules import KEPT
from stresstest.plumbing.state import State, start_state
from stresstest.plumbing.window import WINDOW_DAYS
from stresstest.records import MarketSnapshot
from stresstest.tables import central

WEEKS, PATHS, HALT = 156, 200, 26
LAG = 6


@pytest.fixture(scope="module")
def chance(snapshot: MarketSnapshot) -> Conditions:
    """Chance under which every path is halted in week ``HALT``, and none before, resumes or has an emergency."""
    drawn = draw_conditions(snapshot.as_of, WEEKS, PATHS, np.random.default_rng(3))
    uniforms = np.array(drawn.chance)
    uniforms[:3] = 1.0 - 1e-12
    uniforms[0, :, HALT] = 0.0
    return dataclasses.replace(drawn, chance=uniforms)


@pytest.fixture
def state(snapshot: MarketSnapshot, chance: Conditions) -> State:
    """A state long after a halt, with SOFR over IORB on none of 20 days."""
    made = start_state(make_course(named_plan("fast-qt", snapshot.as_of), snapshot, 4), chance, central(), {})
    made.stopped = np.full(1, 52.0)
    made.window.counts[0] = 0
    return made


def test_liquidity_stops_falling_after_a_halt(snapshot: MarketSnapshot, chance: Conditions) -> None:
    """Against the same chance with purchases that never begin: there banks outgrow their reserves year by year."""
    plan, never = named_plan("fast-qt", snapshot.as_of, months=36), dict(central().by_name)
    never["reserve_lag"] = np.full(1, 100.0)
    kept, left = (
        project(plan, snapshot, WEEKS, chance, dataclasses.replace(central(), by_name=by_name)).balance
        for by_name in (central().by_name, never)
    )
    assert kept.halted[:, HALT:].all()
    np.testing.assert_array_equal(kept.scarcity[:, : HALT + LAG], left.scarcity[:, : HALT + LAG])
    second, third = (slice(a, a + 52) for a in (53, 105))
    assert left.scarcity[:, third].mean() < left.scarcity[:, second].mean() - 0.005
    assert kept.scarcity[:, third].mean() > kept.scarcity[:, second].mean()
    assert (kept.scarcity[:, -1] > left.scarcity[:, -1]).all()


def test_what_is_bought_keeps_liquidity_where_it_is(state: State) -> None:
    """By hand: L stays when reserves grow with bank assets and what currency takes is bought as well."""
    p, items = central(), state.items
    month = float(keeping(state, p)[0])
    liquid = items["reserves"][0] + items["on_rrp"][0]
    grown = state.bank_assets[0] * (1.0 + p["bank_asset_growth"][0] / 12)
    taken = items["currency"][0] * p["currency_growth"][0] / 12
    assert (liquid + month - taken) / grown == pytest.approx(liquid / state.bank_assets[0], rel=1e-12)
    assert float(bought(state, p)[0]) == pytest.approx(max(least(), month))


def test_the_pace_of_the_record_while_funding_is_over_the_rate_on_reserves(state: State) -> None:
    state.window.counts[0] = WINDOW_DAYS
    assert state.scarcity[0] < ample()
    assert float(bought(state, central())[0]) == pytest.approx(50.0)
    state.scarcity = np.full(1, ample())
    assert float(bought(state, central())[0]) == pytest.approx(float(keeping(state, central())[0]))


def test_they_wait_and_make_room_for_an_emergency_and_for_a_rule_of_the_plan(state: State) -> None:
    state.stopped = np.resize([LAG - 1.0, LAG, LAG, LAG], PATHS)
    state.emergency_left = np.resize([0.0, 0.0, 3.0, 0.0], PATHS)
    state.purchases.weeks = np.resize([0.0, 0.0, 0.0, 3.0], PATHS)
    np.testing.assert_array_equal(bought(state, central()) > 0, np.resize([False, True, False, False], PATHS))


@pytest.mark.parametrize(("name", "reaction", "falls"), [
    ("fast-qt", True, True), ("fast-qt", False, False), ("conditional-qt", True, False), ("hold", True, False),
    ("qe4", True, False), ("qt2", True, False), ("ecb-passive", True, False),
])  # fmt: skip
def test_only_runoff_with_the_reaction_on_falls_back(name: str, reaction: bool, falls: bool) -> None:
    assert falls_back(named_plan(name, reaction=reaction)) is falls


def test_least_and_ample_are_those_of_the_plan_hold() -> None:
    assert least() == named_plan("hold").steps[0].bill_purchases == 10.0
    assert ample() == pytest.approx(0.154)


def test_upkeep_by_hand(state: State, snapshot: MarketSnapshot) -> None:
    """Growth and a year's share of what L lacks, beyond the announced 10; never over the pace of the record."""
    hold, p, day = named_plan("hold", snapshot.as_of), central(), snapshot.as_of + timedelta(weeks=8)
    level = float(state.scarcity[0])
    lacking = 0.001 * state.bank_assets[0]
    for kept, wanted in ((level, 0.0), (level - 0.01, 0.0), (level + 0.001, lacking / 12)):
        found = float(upkeep(state, hold, day, kept, p)[0])
        assert found == pytest.approx(float(keeping(state, p)[0]) + wanted - 10.0, rel=1e-4)
    assert float(upkeep(state, hold, day, level + 0.2, p)[0]) == pytest.approx(50.0 - 10.0)
    state.emergency_left = np.full(1, 2.0)
    assert not upkeep(state, hold, day, level + 0.2, p).any()


def test_the_baseline_and_a_halted_plan_come_to_the_same_level(snapshot: MarketSnapshot, chance: Conditions) -> None:
    """Without its rule ``hold`` lets L fall by half a point a year, until a halted runoff has more reserves than it."""
    hold, fast = named_plan("hold", snapshot.as_of), named_plan("fast-qt", snapshot.as_of, months=36)
    bare = dataclasses.replace(hold, rules=())
    kept, left, halted = (
        float(np.median(project(plan, snapshot, WEEKS, chance).balance.scarcity[:, -1])) for plan in (hold, bare, fast)
    )
    assert abs(kept - ample()) < 0.003
    assert abs(halted - ample()) < 0.005
    assert left < ample() - 0.007


def test_where_reserves_are_ample_the_baseline_buys_what_was_announced(
    snapshot: MarketSnapshot, chance: Conditions
) -> None:
    """With a level to keep that no path is under, the rule changes nothing; with 15.4 percent it buys on most paths."""
    hold = named_plan("hold", snapshot.as_of)
    never = dataclasses.replace(hold.rules[0], conditions={KEPT: 0.05})
    ruled, idle, bare = (
        project(dataclasses.replace(hold, rules=rules), snapshot, 52, chance).balance.supply.bills[:, -1]
        for rules in (hold.rules, (never,), ())
    )
    np.testing.assert_array_equal(idle, bare)
    assert (ruled <= bare).all()
    assert (ruled < bare - 5).mean() > 0.5


@pytest.mark.parametrize("name", ["hold", "conditional-qt"])
def test_a_plan_announces_what_its_rules_do_where_nothing_else_happens(name: str, snapshot: MarketSnapshot) -> None:
    """Duration expected of a plan is within a tenth of the mean over chance; by its dated amounts alone it is not."""
    plan, p, weeks = named_plan(name, snapshot.as_of, months=36), central(), 156
    drawn = draw_conditions(snapshot.as_of, weeks, 1000, np.random.default_rng(8))
    happens = float(project(plan, snapshot, weeks, drawn).balance.supply.duration(p["bill_factor"])[:, -1].mean())
    dated = project(dataclasses.replace(plan, rules=()), snapshot, weeks).balance.supply.at(0)
    expected = announced_supply(plan, snapshot, weeks)
    assert float(expected.duration(p["bill_factor"])[-1]) == pytest.approx(happens, rel=0.1)
    assert float(dated.duration(p["bill_factor"])[-1]) > 1.13 * happens


def test_a_plan_without_rules_announces_its_dated_amounts_alone(snapshot: MarketSnapshot) -> None:
    plan = named_plan("fast-qt", snapshot.as_of, months=12)
    dated, expected = project(plan, snapshot, 104).balance.supply.at(0), announced_supply(plan, snapshot, 104)
    for one, other in zip(dataclasses.astuple(dated), dataclasses.astuple(expected), strict=True):
        np.testing.assert_allclose(one, other, atol=1e-9)


def test_a_missing_number_does_not_pass_the_check_of_the_two_sides(
    snapshot: MarketSnapshot, chance: Conditions
) -> None:
    course = make_course(named_plan("hold", snapshot.as_of), snapshot, 4)
    state = start_state(course, chance, central(), {})
    state.items["reserves"] = np.array([np.nan])
    keep = Recorder(Room(1, layout(course, detail=False), float).columns(0, 1), course, state)
    with pytest.raises(StresstestError, match="does not close"):
        keep.plumbing()


def test_a_horizon_beyond_the_longest_runoff_is_named() -> None:
    """QT2 ran from June 2022 to November 2025: 42 months."""
    assert not list(beyond_record(36))
    assert not list(beyond_record(42))
    (problem,) = beyond_record(60)
    assert "60 months" in str(problem)
    assert "42 months" in str(problem)


@pytest.mark.parametrize(("name", "reaction", "months", "alone"), [
    ("qt2", True, 12, True), ("fast-qt", True, 36, False), ("fast-qt", False, 36, True), ("fast-qt", False, 12, False),
    ("conditional-qt", True, 36, False), ("conditional-qt", False, 36, True), ("hold", False, 36, False),
])  # fmt: skip
def test_a_plan_after_which_nobody_buys_is_named(name: str, reaction: bool, months: int, alone: bool) -> None:
    start = date(2026, 7, 29)
    plan = named_plan(name, start, reaction=reaction)
    found = [str(problem) for problem in left_alone(plan, start + timedelta(days=30 * months))]
    assert len(found) == alone
    assert all("maintain" in text for text in found)
