"""Liabilities: who takes a drain, debt ceilings, losses that create reserves, the lending facilities."""

from __future__ import annotations

import dataclasses
from datetime import date

import numpy as np
import pytest

from stresstest.errors import InputError
from stresstest.plumbing import Conditions, named_plan, project
from stresstest.plumbing.facilities import srf_take_up, take_up
from stresstest.plumbing.liabilities import (
    bills_plentiful,
    on_rrp_change,
    phi,
    policy_path,
    tga_course,
    under_debt_ceiling,
)
from stresstest.plumbing.project import week_dates
from stresstest.records import MarketSnapshot, Quote
from stresstest.tables import central

P = central()
WEEKS = 52


def with_levels(snapshot: MarketSnapshot, **levels: float) -> MarketSnapshot:
    quotes = dict(snapshot.quotes)
    for name, value in levels.items():
        quotes[name] = Quote(name, value, snapshot.as_of, "test", "JUDG")
    return dataclasses.replace(snapshot, quotes=quotes)


def test_phi_is_high_with_bills_and_low_under_a_debt_ceiling() -> None:
    """Reference, equation 4: 0.95 when bills are plentiful, 0.2 under a debt ceiling."""
    supply = np.array([-500.0, -100.0, 0.0, 300.0])
    share = phi(bills_plentiful(supply, ceiling=False), P)
    assert (np.diff(share) > 0).all()
    assert share[0] == pytest.approx(0.2, abs=0.01)
    assert share[-1] == pytest.approx(0.95, abs=0.01)
    np.testing.assert_allclose(phi(bills_plentiful(supply, ceiling=True), P), 0.2)


def test_reverse_repo_never_passes_its_floor() -> None:
    change = on_rrp_change(np.array([12.0, 5.0, 800.0]), np.full(3, 100.0), np.full(3, 0.2), np.ones(3), P)
    np.testing.assert_allclose(change, [-2.0, 0.0, -95.0])


def test_reverse_repo_refills_only_in_abundance() -> None:
    change = on_rrp_change(np.full(2, 500.0), np.full(2, -100.0), np.array([0.20, 0.30]), np.ones(2), P)
    np.testing.assert_allclose(change, [0.0, 80.0])


def test_the_account_follows_the_dated_levels_and_then_its_usual_course(snapshot: MarketSnapshot) -> None:
    plan = named_plan("debt-ceiling-rebuild", snapshot.as_of)
    items = project(plan, snapshot, 70).balance.items
    dates = week_dates(snapshot.as_of, 70)
    lowest, rebuilt = (dates.index(step.date) for step in plan.tga[1:])
    assert items["tga"][0, lowest] == pytest.approx(100, abs=15), "the gap of the start has closed by then"
    assert items["tga"][0, rebuilt] == pytest.approx(850, abs=15)
    middle = (plan.tga[0].date.toordinal() + plan.tga[1].date.toordinal()) // 2
    assert tga_course(plan, date.fromordinal(middle), snapshot.as_of, 970.0) == pytest.approx(475, abs=6)
    assert tga_course(plan, date(2027, 7, 1), snapshot.as_of, 970.0) is None
    assert under_debt_ceiling(plan, date(2027, 1, 1))
    assert not under_debt_ceiling(plan, date(2027, 5, 1))


def test_a_rebuild_without_buffer_falls_on_reserves(snapshot: MarketSnapshot) -> None:
    """Scenario S6: with no reverse repo left, the rebuild of 750 takes almost as much from reserves."""
    plan = named_plan("debt-ceiling-rebuild", snapshot.as_of)
    items = project(plan, snapshot, 60).balance.items
    low, high = (week_dates(snapshot.as_of, 60).index(step.date) for step in plan.tga[1:])
    rebuilt = items["tga"][0, high] - items["tga"][0, low]
    lost = items["reserves"][0, low] - items["reserves"][0, high]
    assert 0.9 * rebuilt < lost < 1.1 * rebuilt


def test_losses_create_reserves_one_for_one(snapshot: MarketSnapshot) -> None:
    """Two runs that differ in the rate paid on reserves alone: reserves differ by the difference of the losses."""
    hold = named_plan("hold", snapshot.as_of)
    rates = {name: {"iorb": np.full(WEEKS + 1, rate)} for name, rate in (("low", 0.01), ("high", 0.08))}
    runs = {name: project(hold, snapshot, WEEKS, given=given).balance.items for name, given in rates.items()}
    more = {item: runs["high"][item][0, -1] - runs["low"][item][0, -1] for item in ("reserves", "deferred_asset")}
    assert more["deferred_asset"] < -100
    assert more["reserves"] == pytest.approx(-more["deferred_asset"], abs=1e-6)


def test_income_beyond_the_deferred_asset_goes_to_the_treasury(snapshot: MarketSnapshot) -> None:
    start = with_levels(snapshot, deferred_asset=-5.0, capital=snapshot["capital"] - 230.0)
    given = {"iorb": np.zeros(WEEKS + 1)}
    deferred = project(named_plan("hold", start.as_of), start, WEEKS, given=given).balance.items["deferred_asset"][0]
    assert deferred[-1] == 0
    assert (deferred <= 0).all()


def test_the_expected_policy_rate_follows_forwards(snapshot: MarketSnapshot) -> None:
    """A flat curve expects no change; a curve that rises by 1 point a year and tenor expects more than that."""
    flat = with_levels(snapshot, **dict.fromkeys(("ust_3m", "ust_1y", "ust_2y", "ust_5y", "ust_10y"), 0.04))
    np.testing.assert_allclose(policy_path(flat, 100), flat["iorb"], atol=1e-12)
    rising = with_levels(flat, ust_1y=0.0475, ust_2y=0.0575)
    assert policy_path(rising, 52)[-1] > rising["iorb"] + 0.01


def test_take_up_of_the_facilities() -> None:
    """October 31 and December 31 of 2025: 50 at 32 bp and 75 at 22 bp over IORB; nothing below the rate."""
    assert srf_take_up(np.array([0.0032]), P)[0] == pytest.approx(66, abs=30)
    assert srf_take_up(np.array([0.0022]), P)[0] == pytest.approx(36, abs=40)
    assert not take_up(np.array([[-0.001, 0.0, 0.001]]), P).any()
    assert srf_take_up(np.array([0.5]), P)[0] == 500


def test_borrowing_is_booked_on_both_sides(snapshot: MarketSnapshot, conditions: Conditions) -> None:
    plan = named_plan("fast-qt", snapshot.as_of, reaction=False)
    balance = project(plan, snapshot, WEEKS, conditions).balance
    borrowed = balance.detail["facilities"]
    assert borrowed.max() > 5
    assert borrowed.min() >= 0
    np.testing.assert_allclose(balance.items["loans_repo"] - borrowed, snapshot["loans_repo"], atol=1e-9)


@pytest.mark.parametrize(
    ("given", "column"),
    [
        ({"tga": np.ones(5)}, "tga"),
        ({"tgaa": np.ones(WEEKS + 1)}, "tgaa"),
        ({"tga": np.full(WEEKS + 1, np.nan)}, "tga"),
        ({"on_rrp": np.full(WEEKS + 1, -1.0)}, "on_rrp"),
    ],
)
def test_given_levels_are_checked(snapshot: MarketSnapshot, given: dict[str, np.ndarray], column: str) -> None:
    with pytest.raises(InputError) as caught:
        project(named_plan("hold", snapshot.as_of), snapshot, WEEKS, given=given)
    assert {problem.column for problem in caught.value.problems} == {column}


def test_given_levels_are_taken_as_they_are(snapshot: MarketSnapshot) -> None:
    wanted = snapshot["tga"] + 50.0 * np.sin(np.arange(WEEKS + 1))
    items = project(named_plan("hold", snapshot.as_of), snapshot, WEEKS, given={"tga": wanted}).balance.items
    np.testing.assert_allclose(items["tga"][0, 1:], wanted[1:])
