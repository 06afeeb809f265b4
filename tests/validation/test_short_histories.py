"""The section on short histories: what it claims without data, and that its figures do not look ahead."""

from __future__ import annotations

from datetime import date
from pathlib import Path

from stresstest.records import Evidence
from stresstest.validation import short_histories


def test_without_data_nothing_is_claimed() -> None:
    (check,) = short_histories.checks(Evidence())
    assert check.passed is None
    assert "--data" in check.note


def test_a_folder_that_ends_before_every_episode_is_no_evidence(shared_data: Path) -> None:
    (check,) = short_histories.checks(Evidence(shared_data, date(2007, 6, 29)))
    assert check.passed is None
    assert "no episode" in check.note


def test_early_episodes_are_scored_and_later_rows_change_nothing(shared_data: Path) -> None:
    found, later = (
        {c.id: c for c in short_histories.checks(Evidence(shared_data, day))}
        for day in (date(2013, 12, 31), date(2014, 6, 30))
    )
    assert set(found) == {f"short-{days}-{group}" for days in (30, 60, 120) for group in ("funds", "stocks")}
    funds = found["short-30-funds"]
    assert funds.value is not None
    assert funds.rival_value is not None
    assert funds.value < 0.8 * funds.rival_value
    assert found == later, "no episode ends in between"
