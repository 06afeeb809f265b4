"""The balance-sheet section of the scorecard: every mark that is met, and what it says without data."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import numpy as np
import pytest

from stresstest.records import Check, Evidence
from stresstest.validation.balance_sheet import QT2, caps_as_flows, checks, replay

IDS = ("A1", "A2", "A3", "A4a", "A4b", "A5", "A6a", "A6b", "A7a", "A7b")


@pytest.fixture(scope="module")
def card(shared_data: Path) -> dict[str, Check]:
    return {check.id: check for check in checks(Evidence(shared_data))}


@pytest.mark.parametrize("mark", IDS)
def test_the_mark_is_met(card: dict[str, Check], mark: str) -> None:
    assert card[mark].passed is True, f"{card[mark].measured}; wanted {card[mark].wanted}"


@pytest.mark.parametrize("mark", ["A2", "A3", "A4a", "A4b", "A5", "A7a", "A7b"])
def test_the_model_beats_its_naive_rival(card: dict[str, Check], mark: str) -> None:
    check = card[mark]
    assert check.rival
    assert check.value is not None
    assert check.rival_value is not None
    assert check.value < check.rival_value


def test_weekly_errors_found_a_second_way(shared_data: Path, card: dict[str, Check]) -> None:
    """A7 from the paths themselves, week by week."""
    run = replay(shared_data, "qt2", QT2, date(2025, 10, 29), ("tga", "mortgage_rate"))
    errors = [
        abs(
            sum(run.model[n][i] for n in ("reserves", "on_rrp")) / sum(run.actual[n][i] for n in ("reserves", "on_rrp"))
            - 1
        )
        for i in range(len(run.dates))
    ]
    assert card["A7b"].value == pytest.approx(np.mean(errors))
    assert len(run.dates) > 170


def test_caps_as_flows_are_the_sums_of_the_reference(shared_data: Path) -> None:
    """Reference 1.3: caps of 1,640 of Treasuries and 1,417.5 of MBS from June 2022 to 10 December 2025."""
    run = replay(shared_data, "qt2", QT2, date(2025, 12, 10))
    naive = caps_as_flows(run, date(2025, 12, 10))
    assert run.actual["treasuries"][0] - naive["treasuries"] == pytest.approx(1640, abs=2)
    assert run.actual["mbs"][0] - naive["mbs"] == pytest.approx(1417.5, abs=2)


def test_without_data_only_the_identity_is_run() -> None:
    made = {check.id: check for check in checks(Evidence())}
    assert made["A1"].passed is True
    assert {check.passed for name, check in made.items() if name != "A1"} == {None}
    assert all("--data" in check.note for name, check in made.items() if name != "A1")


def test_marks_that_need_later_data_are_not_run(shared_data: Path) -> None:
    made = {check.id: check for check in checks(Evidence(shared_data, date(2020, 1, 1)))}
    assert made["A2"].passed is True
    assert made["A3"].passed is None
    assert "2025" in made["A3"].note
