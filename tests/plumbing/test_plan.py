"""Plans: the caps that were published, and every fault of a file reported at once."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from stresstest.errors import InputError
from stresstest.plumbing import named_plan, plan_names, runoff_plan
from stresstest.plumbing.schedule import is_runoff, step_at

START = date(2026, 7, 29)


@pytest.mark.parametrize("name", plan_names())
def test_every_shipped_plan_is_sourced_and_told(name: str) -> None:
    plan = named_plan(name, START)
    assert plan.title
    assert plan.narrative
    assert plan.sources


def test_a_pace_of_95_is_the_programme_of_2022() -> None:
    step = runoff_plan(95, 12, START).steps[0]
    assert (step.treasury_cap, step.mbs_cap) == pytest.approx((60, 35))


def test_a_negative_pace_buys() -> None:
    plan = runoff_plan(-120, 12, START)
    assert not is_runoff(plan)
    assert (plan.steps[0].coupon_purchases, plan.steps[0].mbs_purchases) == pytest.approx((80, 40))


def test_nothing_is_in_force_before_the_start_or_after_the_end() -> None:
    plan = runoff_plan(95, 6, START)
    assert plan.end == date(2027, 1, 29)
    assert step_at(plan, date(2026, 7, 28)).treasury_cap == 0
    assert step_at(plan, date(2027, 1, 29)).treasury_cap == pytest.approx(60)
    assert step_at(plan, date(2027, 1, 30)).treasury_cap == 0


def test_the_end_of_a_plan_that_starts_on_the_31st() -> None:
    assert runoff_plan(10, 1, date(2027, 1, 31)).end == date(2027, 2, 28)


@pytest.mark.parametrize(("pace", "months"), [(float("nan"), 12), (5000, 12), (60, 0), (60, 1000)])
def test_a_pace_out_of_range_is_refused(pace: float, months: int) -> None:
    with pytest.raises(InputError):
        runoff_plan(pace, months, START)


def test_all_faults_of_a_file_at_once(tmp_path: Path) -> None:
    file = tmp_path / "mine.toml"
    file.write_text(
        'titel = "x"\npriced_in = 2\n[[step]]\nstart = 2027-03-01\ntreasury_cap = -5\n'
        "[[step]]\nstart = 2027-01-01\nmbs_capp = 3\n",
        encoding="utf-8",
    )
    with pytest.raises(InputError) as caught:
        named_plan(str(file), START)
    columns = {problem.column for problem in caught.value.problems}
    assert columns == {"titel", "priced_in", "treasury_cap", "mbs_capp", "start"}
    assert any("mbs_cap" in problem.hint for problem in caught.value.problems)


def test_a_misspelt_name_is_answered_with_the_nearest() -> None:
    with pytest.raises(InputError, match="fast-qt"):
        named_plan("fst-qt", START)
