"""The balance sheet closes, caps are limits and not flows, and scarcity does what the record says."""

from __future__ import annotations

import dataclasses
import itertools
from datetime import date

import numpy as np
import pytest

from stresstest.plumbing import Conditions, Plumbing, named_plan, plan_names, project, runoff_plan
from stresstest.plumbing.demand import told, weekly_memory
from stresstest.plumbing.horizon import unattended
from stresstest.plumbing.project import IDENTITY_TOLERANCE
from stresstest.records import ASSETS, LIABILITIES, CapStep, MarketSnapshot, PlanRule
from stresstest.tables import Draws, central, draw_parameters

WEEKS = 52


def run(plan_name: str, snapshot: MarketSnapshot, conditions: Conditions, *, reaction: bool = True) -> Plumbing:
    plan = named_plan(plan_name, snapshot.as_of, reaction=reaction)
    return project(plan, snapshot, WEEKS, conditions, draw_parameters(conditions.paths, np.random.default_rng(3)))


@pytest.mark.parametrize("name", plan_names())
def test_assets_equal_liabilities_on_every_path_and_date(
    name: str, snapshot: MarketSnapshot, conditions: Conditions
) -> None:
    balance = run(name, snapshot, conditions).balance
    gap = sum(balance.items[item] for item in ASSETS) - sum(balance.items[item] for item in LIABILITIES)
    assert np.abs(gap).max() < IDENTITY_TOLERANCE
    assert balance.imbalance < IDENTITY_TOLERANCE


def test_reserves_lose_what_the_other_items_gain(snapshot: MarketSnapshot, conditions: Conditions) -> None:
    """The flow identity of the H.4.1, computed a second way from the stocks; other assets fall with premiums."""
    items = run("fast-qt", snapshot, conditions).balance.items
    change = {name: np.diff(values, axis=1) for name, values in items.items()}
    assets = sum(change[name] for name in ASSETS)
    others = sum(change[name] for name in LIABILITIES if name != "reserves")
    np.testing.assert_allclose(change["reserves"], assets - others, atol=1e-8)


def test_a_cap_is_a_limit_not_a_flow(snapshot: MarketSnapshot) -> None:
    """Six whole months: Treasuries fill a cap of 60 with bills; mortgages prepay about 12 a month under one of 35."""
    start = dataclasses.replace(snapshot, as_of=date(2026, 9, 30))
    balance = project(runoff_plan(95, 12, start.as_of), start, 26).balance
    assert balance.dates[-1] == date(2027, 3, 31)
    released = balance.supply.coupons[0, -1] + balance.supply.bills[0, -1]
    assert released == pytest.approx(6 * 60, abs=0.1)
    treasuries, mbs = (balance.items[name][0, 0] - balance.items[name][0, -1] for name in ("treasuries", "mbs"))
    assert 345 < treasuries < released, "inflation compensation accrues meanwhile"
    assert balance.supply.mbs[0, -1] == pytest.approx(mbs)
    assert 50 < mbs < 100


def test_a_cap_above_everything_that_matures_releases_what_matures(snapshot: MarketSnapshot) -> None:
    plan = dataclasses.replace(runoff_plan(900, 12, snapshot.as_of), fill_with_bills=False)
    balance = project(plan, snapshot, WEEKS).balance
    coupons = snapshot["treasuries"] - snapshot["bills"]
    released = snapshot["treasuries"] - balance.items["treasuries"][0, -1]
    assert 0.11 * coupons < released < 0.14 * coupons
    assert balance.detail["bills"][0, -1] >= snapshot["bills"], "bills only grow, by principal of MBS above its cap"


def test_hold_changes_liquidity_little_and_fast_qt_drains_it(snapshot: MarketSnapshot) -> None:
    hold, fast = (project(named_plan(n, snapshot.as_of), snapshot, WEEKS).balance for n in ("hold", "fast-qt"))
    assert abs(hold.scarcity[0, -1] - hold.scarcity[0, 0]) < 0.005
    assert 0.095 < fast.scarcity[0, -1] < 0.12


def test_fast_runoff_drains_600_within_eight_months(snapshot: MarketSnapshot) -> None:
    """Scenario S2 of the reference: L below 12 percent in seven to eight months, with about 600 drained."""
    balance = project(named_plan("fast-qt", snapshot.as_of), snapshot, WEEKS).balance
    weeks = int(np.argmax(balance.scarcity[0] < 0.12))
    assert 28 <= weeks <= 39
    assert 450 < snapshot["reserves"] - balance.items["reserves"][0, weeks] < 750


def test_reverse_repo_drains_first(snapshot: MarketSnapshot) -> None:
    """From mid-2023 the facility took 95 percent of the drain while it lasted."""
    quotes = dict(snapshot.quotes)
    moved = 1500.0
    for name, value in (("on_rrp", snapshot["on_rrp"] + moved), ("reserves", snapshot["reserves"] - moved)):
        quotes[name] = dataclasses.replace(quotes[name], value=value)
    start = dataclasses.replace(snapshot, quotes=quotes)
    given = {"tga": np.full(WEEKS + 1, snapshot["tga"])}
    items = project(named_plan("fast-qt", start.as_of), start, WEEKS, given=given).balance.items
    drained = items["on_rrp"][0, 0] - items["on_rrp"][0, -1]
    lost = items["reserves"][0, 0] - items["reserves"][0, -1]
    assert drained > 0.85 * (drained + lost)


def test_the_committee_stops_fast_runoff_more_often_than_slow(snapshot: MarketSnapshot, conditions: Conditions) -> None:
    """Scenario S2 of the reference: halt probability above one half within twelve months."""
    halted = {n: run(n, snapshot, conditions).balance.halted[:, -1].mean() for n in ("slow-qt", "fast-qt", "hold")}
    assert halted["hold"] == 0
    assert halted["slow-qt"] < halted["fast-qt"]
    assert halted["fast-qt"] > 0.5


def test_without_reaction_nothing_stops(snapshot: MarketSnapshot, conditions: Conditions) -> None:
    balance = run("fast-qt", snapshot, conditions, reaction=False).balance
    assert not balance.halted.any()
    assert not balance.emergency.any()


def test_spikes_are_more_likely_when_liquidity_is_scarce(snapshot: MarketSnapshot, conditions: Conditions) -> None:
    rate = {
        n: (run(n, snapshot, conditions, reaction=False).funding.spread > 0.0015).mean() for n in ("hold", "fast-qt")
    }
    assert rate["fast-qt"] > 2 * rate["hold"]


def started(snapshot: MarketSnapshot, weeks: int = 12, **levels: float) -> np.ndarray:
    """Daily spreads of ``hold`` without chance, from the snapshot with some ``levels`` in the place of its own."""
    quotes = {name: dataclasses.replace(snapshot.quotes[name], value=value) for name, value in levels.items()}
    start = dataclasses.replace(snapshot, quotes={**snapshot.quotes, **quotes})
    return project(named_plan("hold", start.as_of), start, weeks).funding.spread[0]


def test_funding_starts_where_the_last_weeks_were(snapshot: MarketSnapshot) -> None:
    assert started(snapshot, 4)[0] == pytest.approx(snapshot["sofr_usual"], abs=0.0008)


def test_what_the_last_weeks_are_off_the_curve_fades_and_draws_of_the_curve_do_not(snapshot: MarketSnapshot) -> None:
    """Ten basis points over the curve leave the share that is demand, less by its memory every week after."""
    p, off = central(), 0.0010
    near, far = started(snapshot), started(snapshot, sofr_usual=snapshot["sofr_usual"] + off)
    gap, memory = far - near, float(weekly_memory(p)[0])
    assert gap[0] == pytest.approx(float(told(p)[0]) * off * memory, rel=0.01)
    assert gap[-1] == pytest.approx(gap[0] * memory**11, rel=0.02)
    bent = Draws({**p.by_name, "funding_slope": 2.0 * p["funding_slope"]})
    first = project(named_plan("hold", snapshot.as_of), snapshot, 4, parameters=bent).funding.spread[0, 0]
    assert first == pytest.approx(near[0], abs=0.00005)


def test_the_fixing_of_one_day_does_not_move_the_start(snapshot: MarketSnapshot) -> None:
    """A month end thirty basis points over the rate on reserves, or a spike of three points, is not demand."""
    near = started(snapshot, 4)
    for over in (0.0030, 0.03):
        np.testing.assert_array_equal(started(snapshot, 4, sofr=snapshot["iorb"] + over), near)


@pytest.mark.parametrize(
    ("steps", "rules", "told"),
    [
        ((CapStep(date(2026, 8, 1), 60, 35), CapStep(date(2026, 11, 1))), (), True),
        ((CapStep(date(2026, 8, 1), 60, 35),), (), False),
        ((CapStep(date(2026, 8, 1), 60, 35), CapStep(date(2026, 11, 1), bill_purchases=20)), (), False),
        ((CapStep(date(2026, 8, 1), 60, 35), CapStep(date(2026, 11, 1))), (PlanRule("purchase", {}, amount=10),), True),
        ((CapStep(date(2026, 8, 1), 60, 35), CapStep(date(2026, 11, 1))), (PlanRule("maintain", {}),), False),
    ],
    ids=["caps end by a step", "runoff goes on", "bills as announced", "a rule that buys once", "a level is kept"],
)
def test_runoff_after_which_nobody_buys_is_told(
    steps: tuple[CapStep, ...], rules: tuple[PlanRule, ...], told: bool
) -> None:
    plan = dataclasses.replace(named_plan("fast-qt", date(2026, 7, 29)), steps=steps, rules=rules, reaction=False)
    assert unattended(dataclasses.replace(plan, end=date(2036, 8, 1)), date(2029, 7, 29)) is told


def test_same_chance_same_paths(snapshot: MarketSnapshot, conditions: Conditions) -> None:
    first, second = (run("slow-qt", snapshot, conditions).funding.spread for _ in range(2))
    np.testing.assert_array_equal(first, second)


def test_dates_are_weekly_from_the_snapshot(snapshot: MarketSnapshot) -> None:
    dates = project(named_plan("hold", snapshot.as_of), snapshot, 10).balance.dates
    assert dates[0] == snapshot.as_of == date(2026, 7, 29)
    assert {(b - a).days for a, b in itertools.pairwise(dates)} == {7}
