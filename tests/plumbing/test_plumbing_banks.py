"""Other central banks on their own balance sheets, with the code of the Federal Reserve's."""

from __future__ import annotations

import numpy as np
import pytest

from stresstest.errors import InputError
from stresstest.plumbing import foreign_plan_names, named_plan, project
from stresstest.plumbing.banks import FOREIGN, bank_snapshot, companions, project_bank
from stresstest.records import ASSETS, LIABILITIES, MarketSnapshot


@pytest.mark.parametrize("name", foreign_plan_names())
def test_every_plan_runs_and_closes(name: str) -> None:
    bank = named_plan(name).bank
    plan = named_plan(name, bank_snapshot(bank).as_of)
    assert plan.title
    assert plan.sources
    balance = project_bank(plan, 52).balance
    gap = sum(balance.items[item] for item in ASSETS) - sum(balance.items[item] for item in LIABILITIES)
    assert np.abs(gap).max() < 1e-6
    assert balance.items["treasuries"][0, -1] < balance.items["treasuries"][0, 0]
    assert (balance.items["loans_repo"] == balance.items["loans_repo"][0, 0]).all(), "no facility of theirs is modelled"


def test_the_bank_of_england_reaches_its_target() -> None:
    """Market notice of 2025-09-18: from 558 to 488 by September 2026, of which sales of 21 (status V-2nd)."""
    start = bank_snapshot("boe").as_of
    sold, passive = (
        project_bank(named_plan(name, start), 52).balance.items["treasuries"][0]
        for name in ("boe-sales", "boe-passive")
    )
    assert sold[-1] == pytest.approx(488, abs=5)
    assert passive[-1] - sold[-1] == pytest.approx(21, abs=2)


def test_the_pace_of_2023_is_a_cap_and_the_runoff_of_2025_is_not() -> None:
    start = bank_snapshot("ecb").as_of
    fall = {}
    for name in ("ecb-2023", "ecb-passive"):
        held = project_bank(named_plan(name, start), 52).balance.items["treasuries"][0]
        fall[name] = held[0] - held[-1]
    assert fall["ecb-2023"] == pytest.approx(12 * 15, rel=0.06)
    assert 400 < fall["ecb-passive"] < 550, "about 13 percent of 3,750 matures in a year"


def test_global_qt_names_its_companions() -> None:
    plan = named_plan("global-qt")
    paths = companions(plan, 26)
    assert set(paths) == set(plan.with_plans)
    assert {named_plan(name).bank for name in paths} == set(FOREIGN)


def test_plans_faster_than_expected_differ_by_their_sales() -> None:
    """Sales of a year beyond the expected plan: 12 x 15 of the ECB, 51 against 21 of the Bank of England."""
    for faster, expected, sales in (("ecb-sales", "ecb-passive", 180), ("boe-100", "boe-sales", 30)):
        bank = named_plan(faster).bank
        held = [
            project_bank(named_plan(name, bank_snapshot(bank).as_of), 52).balance.items["treasuries"][0, -1]
            for name in (faster, expected)
        ]
        assert 0.9 * sales < held[1] - held[0] < sales, "some of what was sold would have matured"


def test_a_plan_of_another_bank_is_refused_by_the_own_loop(snapshot: MarketSnapshot) -> None:
    with pytest.raises(InputError, match="Federal Reserve"):
        project(named_plan("ecb-passive", snapshot.as_of), snapshot, 10)


def test_an_unknown_bank() -> None:
    with pytest.raises(InputError, match="ecb"):
        bank_snapshot("boj")
