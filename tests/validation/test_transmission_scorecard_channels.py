"""Which channel moves which factor, that channels add up, and the second programme through the generator."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from stresstest.market import load_snapshot
from stresstest.plumbing.plan import named_plan
from stresstest.records import Check
from stresstest.scenarios import generate
from stresstest.scenarios.foreign import look_abroad
from stresstest.tables import factor_index, factor_names, read_table
from stresstest.transmission.channels import CHANNELS
from stresstest.validation import transmission_channels, transmission_qt2
from stresstest.validation.transmission_channels import every_channel, expected_factors, moved_factors


@pytest.fixture(scope="module")
def found() -> dict[str, Check]:
    return {check.id: check for check in transmission_channels.checks(load_snapshot(), 0)}


def test_the_table_names_every_channel_and_only_factors_that_exist() -> None:
    rows = read_table("stresstest.validation", "transmission_channels.csv")
    assert [row["channel"] for row in rows] == list(CHANNELS)
    assert all(set(row["factors"].split()) <= set(factor_names()) for row in rows)
    assert {row["rule"] for row in rows} == {"only", "but"}


def test_each_channel_moves_what_it_should_and_nothing_else(found: dict[str, Check]) -> None:
    assert found["G1"].passed, found["G1"].note
    assert found["G1"].rival_value is not None
    assert found["G1"].rival_value > 0


def test_channels_add_up(found: dict[str, Check]) -> None:
    assert found["G2"].passed
    assert found["G2"].rival_value is not None
    assert found["G2"].rival_value > 0.1


def test_faster_plans_abroad_have_effects(found: dict[str, Check]) -> None:
    """Once, all that other banks did counted as expected, and the plan of three banks was that of one."""
    check = found["G3"]
    assert check.passed, check.measured
    assert check.value is not None
    assert check.rival_value is not None
    assert check.value > check.rival_value + 5.0


def test_what_is_expected_abroad_has_none() -> None:
    plan = replace(named_plan("global-qt"), with_plans=("ecb-passive", "boe-sales"))
    made = look_abroad(plan, 52)
    assert made.assets == 0.0
    assert all((moves == 0.0).all() for moves in made.duration.values())


def test_a_factor_that_moves_where_it_should_not_is_named() -> None:
    moves = np.zeros((3, len(factor_names())))
    moves[1, factor_index()["oil"]] = 0.01
    assert moved_factors(moves) == {"oil"}
    assert "oil" not in expected_factors("mortgages")


def test_a_plan_without_mortgages_leaves_the_channel_of_mortgages_still() -> None:
    snapshot = load_snapshot()
    plan = every_channel(snapshot)
    treasuries = replace(plan, steps=(replace(plan.steps[0], mbs_cap=0.0, mbs_sales=0.0),))
    run = generate(treasuries, snapshot, baseline=named_plan("hold", snapshot.as_of), paths=1, channels=("mortgages",),
                   layers=(), keep_paths=False)  # fmt: skip
    assert np.abs(run.factors.moves).max() < 1e-8


def test_qt2_without_series_is_not_scored() -> None:
    checks = list(transmission_qt2.checks(None, 0))
    assert {check.id for check in checks} == set(transmission_qt2.TITLES)
    assert all(check.passed is None and "--data" in check.note for check in checks)


def test_qt2_through_the_generator(shared_data: Path) -> None:
    checks = {check.id: check for check in transmission_qt2.checks(shared_data, 0)}
    assert checks["C1b"].passed
    assert checks["C2c"].passed
    assert checks["C2c"].value is not None
    assert checks["C2c"].rival_value is not None
    assert checks["C2c"].value < checks["C2c"].rival_value
