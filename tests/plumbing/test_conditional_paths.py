"""Conditional plans: each path answers to its own markets and macro, checked by a loop over single paths."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping

import numpy as np
import pytest

from stresstest.plumbing import Conditions, Plumbing, foreign_plan_names, named_plan, plan_names, project, runoff_plan
from stresstest.plumbing.chance import draw_conditions
from stresstest.plumbing.window import HALF_A_POINT, WINDOW_DAYS, spread_evenly
from stresstest.records import MarketSnapshot, PlanRule, RunoffPlan

PATHS, WEEKS = 300, 52
OVER_IORB = PlanRule("halt", {"days_over_iorb_above_percent": 0.6})
FALL = PlanRule("halt", {"drawdown_above_percent": 0.12})
JOBS = PlanRule("halt", {"unemployment_above_percent": 0.05, "inflation_below_percent": 0.03})
PRICES = PlanRule("restart", {"inflation_above_percent": 0.025, "unemployment_below_percent": 0.05})


@pytest.fixture(scope="module")
def weather(snapshot: MarketSnapshot) -> Conditions:
    """Chance with wandering unemployment (about 4.5 percent) and inflation (about 2.75), and one kind of equities."""
    rng = np.random.default_rng(11)
    drawn = draw_conditions(snapshot.as_of, WEEKS, PATHS, rng)
    wander = np.cumsum(rng.standard_normal((2, PATHS, WEEKS)), axis=2)
    return dataclasses.replace(
        drawn,
        equity_turbulent=drawn.equity_calm,
        unemployment=0.045 + 0.001 * wander[0],
        inflation=0.0275 + 0.001 * wander[1],
    )


def run(rules: tuple[PlanRule, ...], snapshot: MarketSnapshot, weather: Conditions) -> Plumbing:
    """Slow runoff with these rules and without hazards of the committee."""
    plan = dataclasses.replace(runoff_plan(30, 12, snapshot.as_of, reaction=False), rules=rules)
    return project(plan, snapshot, WEEKS, weather)


def seen(result: Plumbing, weather: Conditions, start: float, path: int, week: int) -> Mapping[str, float]:
    """What the committee sees on one path at the end of a week, from the published results alone.

    start: share of the 20 days before the start that were over IORB.
    """
    assert weather.unemployment is not None
    assert weather.inflation is not None
    until = sum(day <= result.balance.dates[week + 1] for day in result.funding.dates)
    before = spread_evenly(start)
    over = np.concatenate([before, result.funding.spread[path, :until] > HALF_A_POINT])[-WINDOW_DAYS:]
    level = np.concatenate([[0.0], np.cumsum(weather.equity_calm[path, : week + 1].astype(float))])
    return {
        "days_over_iorb": float(over.sum() / 20.0),
        "drawdown": float(1.0 - np.exp(level[-1] - level.max())),
        "unemployment": float(weather.unemployment[path, week]),
        "inflation": float(weather.inflation[path, week]),
    }


def expected(rules: tuple[PlanRule, ...], result: Plumbing, weather: Conditions, start: float, path: int) -> list[bool]:
    """Whether the path is halted, week by week: a plain loop with plain comparisons."""
    halted, record = False, []
    for week in range(WEEKS):
        now = seen(result, weather, start, path, week)
        for rule in rules:
            met = True
            for key, bound in rule.conditions.items():
                name, _, side = key.removesuffix("_percent").rpartition("_")
                met &= now[name] > bound if side == "above" else now[name] < bound
            if met:
                halted = rule.when == "halt"
        record.append(halted)
    return record


@pytest.mark.parametrize("rules", [(OVER_IORB,), (FALL,), (JOBS,), (FALL, JOBS, PRICES), (PRICES, OVER_IORB)])
def test_rules_act_on_just_the_paths_that_meet_them(
    rules: tuple[PlanRule, ...], snapshot: MarketSnapshot, weather: Conditions
) -> None:
    result = run(rules, snapshot, weather)
    halted = result.balance.halted
    assert 0.02 < halted.mean() < 0.98
    assert len(np.unique(halted.argmax(axis=1))) > 5, "each path at its own time"
    for path in range(0, PATHS, 5):
        assert halted[path].tolist() == expected(rules, result, weather, snapshot["days_over_iorb"], path)


def test_a_restart_lets_runoff_go_on(snapshot: MarketSnapshot, weather: Conditions) -> None:
    rules = (FALL, JOBS, PRICES)
    once, again = (run(chosen, snapshot, weather).balance for chosen in (rules[:2], rules))
    resumed = once.halted[:, -1] & ~again.halted[:, -1]
    assert resumed.any()
    gap = (once.items["treasuries"] - again.items["treasuries"])[resumed, -1]
    assert (gap >= -1e-9).all()
    weeks = (once.halted & ~again.halted)[resumed].sum(axis=1)
    assert np.corrcoef(gap, weeks)[0, 1] > 0.9, "the longer it goes on, the more has left"
    untouched = ~once.halted.any(axis=1)
    np.testing.assert_array_equal(again.items["treasuries"][untouched], once.items["treasuries"][untouched])


def test_a_halted_path_keeps_its_coupons(snapshot: MarketSnapshot, weather: Conditions) -> None:
    """Once halted all is rolled over: securities change by inflation compensation and MBS by nothing but their turn."""
    balance = run((JOBS,), snapshot, weather).balance
    first = balance.halted.argmax(axis=1)
    for path in np.flatnonzero(balance.halted.any(axis=1))[:20]:
        total = (balance.items["treasuries"] + balance.items["mbs"])[path, first[path] + 1 :]
        accrued = balance.detail["tips_compensation"][path, first[path] + 1 :]
        assert total[-1] - total[0] >= accrued[-1] - accrued[0] - 1e-6
        assert total[-1] - total[0] < 15.0


def names() -> tuple[str, ...]:
    return (*plan_names(), *foreign_plan_names())


def test_every_plan_of_the_request_ships() -> None:
    assert {"qt1", "qt2", "rmp-2026", "hold", "slow-qt", "fast-qt", "active-mbs-sales", "global-qt", "qe4"} <= set(
        names()
    )
    assert {"conditional-qt", "debt-ceiling-rebuild", "ecb-passive", "boe-sales"} <= set(names())


@pytest.mark.parametrize("name", plan_names())
def test_a_plan_without_chance_is_a_path_of_a_plan_with_it(name: str, snapshot: MarketSnapshot) -> None:
    """The announced path lies among those with chance: within their range in each liquidity item at the end."""
    plan: RunoffPlan = named_plan(name, snapshot.as_of, reaction=False)
    weather = draw_conditions(snapshot.as_of, 26, 100, np.random.default_rng(2))
    many, one = project(plan, snapshot, 26, weather).balance, project(plan, snapshot, 26).balance
    for item in ("treasuries", "mbs", "tga", "reserves"):
        paths = many.items[item][:, -1]
        assert paths.min() - 1.0 <= one.items[item][0, -1] <= paths.max() + 1.0
