"""Rules that a plan states: each measure, each action, the window, and every fault of a file at once."""

from __future__ import annotations

import dataclasses
from datetime import date
from pathlib import Path

import numpy as np
import pytest

from stresstest.errors import InputError
from stresstest.plumbing import Conditions, named_plan, project, runoff_plan
from stresstest.plumbing.rules import MEASURES, Purchases, apply_rules, holds
from stresstest.records import MarketSnapshot, PlanRule

START = date(2026, 7, 29)
OBSERVED = {
    "days_over_iorb": np.array([0.1, 0.7]),
    "liquidity": np.array([0.16, 0.12]),
    "drawdown": np.array([0.05, 0.25]),
    "unemployment": np.array([0.04, 0.06]),
    "inflation": np.array([0.03, 0.02]),
}
#: Key, bound, and on which of the two paths it holds.
CASES = (
    ("days_over_iorb_above_percent", 0.6, (False, True)),
    ("days_over_iorb_below_percent", 0.6, (True, False)),
    ("liquidity_below_percent", 0.13, (False, True)),
    ("liquidity_above_percent", 0.13, (True, False)),
    ("drawdown_above_percent", 0.2, (False, True)),
    ("unemployment_above_percent", 0.05, (False, True)),
    ("unemployment_below_percent", 0.05, (True, False)),
    ("inflation_below_percent", 0.025, (False, True)),
    ("inflation_above_percent", 0.025, (True, False)),
)


def asked(rules: tuple[PlanRule, ...], day: date, pace: tuple[float, float]) -> tuple[np.ndarray, Purchases]:
    purchases = Purchases(np.zeros(2), np.zeros(2))
    return apply_rules(rules, day, OBSERVED, np.array(pace), purchases, lambda kept: np.full(2, 100 * kept)), purchases


def test_every_measure_is_tested() -> None:
    assert {key for key, *_ in CASES} == {m.key for m in MEASURES}


@pytest.mark.parametrize(("key", "bound", "expected"), CASES)
def test_each_measure_looks_the_right_way(key: str, bound: float, expected: tuple[bool, bool]) -> None:
    assert tuple(holds(PlanRule("halt", {key: bound}), OBSERVED)) == expected


def test_all_conditions_of_a_rule_must_hold() -> None:
    rule = PlanRule("halt", {"liquidity_below_percent": 0.13, "inflation_above_percent": 0.025})
    assert not holds(rule, OBSERVED).any()


def test_actions() -> None:
    scarce = {"liquidity_below_percent": 0.13}
    pace, purchases = asked((PlanRule("halt", scarce),), START, (1.0, 1.0))
    assert tuple(pace) == (1.0, 0.0)
    assert tuple(asked((PlanRule("slow", scarce, share=0.5),), START, (1.0, 1.0))[0]) == (1.0, 0.5)
    assert tuple(asked((PlanRule("slow", scarce, share=0.5),), START, (0.0, 0.0))[0]) == (0.0, 0.0)
    assert tuple(asked((PlanRule("restart", {"liquidity_above_percent": 0.13}),), START, (0.0, 0.0))[0]) == (1.0, 0.0)
    bought = PlanRule("purchase", scarce, amount=60.0, weeks=13)
    pace, purchases = asked((bought,), START, (1.0, 1.0))
    assert tuple(pace) == (1.0, 1.0)
    assert tuple(purchases.weeks) == (0.0, 13.0)
    assert purchases.amount[1] == 60.0


def test_maintaining_buys_what_keeps_the_level_and_waits_for_other_purchases() -> None:
    scarce = {"liquidity_below_percent": 0.13}
    keeps, buys = PlanRule("maintain", scarce), PlanRule("purchase", scarce, amount=60.0, weeks=13)
    for rules, weeks, amount in (((keeps,), 1.0, 13.0), ((buys, keeps), 13.0, 60.0), ((keeps, buys), 13.0, 60.0)):
        pace, purchases = asked(rules, START, (1.0, 1.0))
        assert tuple(pace) == (1.0, 1.0)
        assert (*purchases.weeks, purchases.amount[1]) == (0.0, weeks, amount)


def test_a_rule_counts_in_its_window_only() -> None:
    rule = PlanRule("halt", {"liquidity_below_percent": 0.13}, date(2027, 1, 1), date(2027, 12, 31))
    for day, pace in ((date(2026, 12, 31), 1.0), (date(2027, 1, 1), 0.0), (date(2027, 12, 31), 0.0)):
        assert asked((rule,), day, (1.0, 1.0))[0][1] == pace
    assert asked((rule,), date(2028, 1, 1), (1.0, 1.0))[0][1] == 1.0


def test_a_halting_rule_stops_exactly_the_paths_that_meet_it(snapshot: MarketSnapshot, conditions: Conditions) -> None:
    """No hazard, one rule on L: a path stops in the first week in which its own L lies below, and stays stopped."""
    rule = PlanRule("halt", {"liquidity_below_percent": 0.135})
    plan = dataclasses.replace(runoff_plan(95, 12, snapshot.as_of, reaction=False), rules=(rule,))
    balance = project(plan, snapshot, 52, conditions).balance
    met = np.logical_or.accumulate(balance.scarcity[:, 1:] < 0.135, axis=1)
    np.testing.assert_array_equal(balance.halted, met)
    assert met[:, -1].any()


def test_a_purchasing_rule_buys_what_it_says(snapshot: MarketSnapshot, conditions: Conditions) -> None:
    """A condition that always holds, hold plan without hazards or a rule of its own: bills grow by 60 a month more."""
    always = PlanRule("purchase", {"liquidity_above_percent": 0.02}, amount=60.0, weeks=4)
    hold = dataclasses.replace(named_plan("hold", snapshot.as_of), reaction=False, rules=())
    bought, quiet = (
        project(plan, snapshot, 52, conditions).balance.detail["bills"]
        for plan in (dataclasses.replace(hold, rules=(always,)), hold)
    )
    np.testing.assert_allclose((bought - quiet)[:, -1], 60 * 12 * 51 / 52, rtol=1e-9)


def test_no_reaction_leaves_the_rules_out() -> None:
    assert named_plan("conditional-qt", START).rules
    assert not named_plan("conditional-qt", START, reaction=False).rules


def test_all_faults_of_rules_and_levels_at_once(tmp_path: Path) -> None:
    file = tmp_path / "mine.toml"
    file.write_text(
        "[[step]]\ntreasury_cap = 60000\n"
        '[[rule]]\nwhen = "stop"\nliquidity_below_percent = 13\n'
        '[[rule]]\nwhen = "halt"\nliquidity_below_percent = 0.13\n'
        '[[rule]]\nwhen = "slow"\ndrawdown_above_percent = 20\n'
        '[[rule]]\nwhen = "purchase"\namount = 60\nliquidity_below_percnt = 12\n'
        '[[rule]]\nwhen = "maintain"\ninflation_above_percent = 2\n'
        '[[rule]]\nwhen = "halt"\ninflation_below_percent = 2.5\nfrom = 2028-01-01\nuntil = 2027-01-01\nshare = 0.5\n'
        "[[tga]]\ndate = 2027-05-01\nlevel = 100\n[[tga]]\ndate = 2027-05-01\nlevel = 850000\n",
        encoding="utf-8",
    )
    with pytest.raises(InputError) as caught:
        named_plan(str(file), START)
    found = {(problem.row, problem.column) for problem in caught.value.problems}
    assert {
        (2, "treasury_cap"), (4, "when"), (8, "liquidity_below_percent"), (9, "share"), (15, "liquidity_below_percnt"),
        (12, "rule"), (16, "liquidity_below_percent"), (23, "until"), (24, "share"), (29, "date"), (30, "level"),
    } <= found  # fmt: skip
    hints = " ".join(problem.hint for problem in caught.value.problems)
    assert "millions" in hints
    assert "13, not 0.13" in hints
    assert "liquidity_below_percent?" in hints


@pytest.mark.parametrize(
    ("text", "column"),
    [
        ("months = 12\nend = 2027-01-01\n[[step]]\nmbs_cap = 1\n", "end"),
        ("end = 2026-12-31\n[[step]]\nstart = 2026-08-01\nmbs_cap = 1\n[[step]]\nstart = 2027-02-01\n", "start"),
        ('bank = "bok"\n[[step]]\nmbs_cap = 1\n', "bank"),
        ("priced_in = nan\n[[step]]\nmbs_cap = 1\n", "priced_in"),
        ("[[step]]\nmbs_cap = -35\n", "mbs_cap"),
        ("[[step]]\nmbs_cap = inf\n", "mbs_cap"),
        ('fill_with_bills = "yes"\n[[step]]\nmbs_cap = 1\n', "fill_with_bills"),
        ('with_plans = ["ecb"]\n[[step]]\nmbs_cap = 1\n', "with_plans"),
    ],
)
def test_single_faults(text: str, column: str, tmp_path: Path) -> None:
    file = tmp_path / "mine.toml"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(InputError) as caught:
        named_plan(str(file), START)
    assert [problem.column for problem in caught.value.problems] == [column]
