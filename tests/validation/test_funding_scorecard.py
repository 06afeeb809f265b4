"""The funding section of the scorecard: marks met, the one that is missed, and no look-ahead."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from stresstest.market.history import History, load_history
from stresstest.records import Check, Evidence
from stresstest.validation.funding import checks
from stresstest.validation.funding_2025 import regime_record
from stresstest.validation.funding_reliability import reliability_test
from stresstest.validation.funding_walk import FORECASTS, WalkForward, walk_forward

#: Missed, with the reason in its note.
MISSED = {"B2-times"}


@pytest.fixture(scope="module")
def history(shared_data: Path) -> History:
    return load_history(shared_data)


@pytest.fixture(scope="module")
def walk(history: History) -> WalkForward:
    return walk_forward(history.observed)


@pytest.fixture(scope="module")
def found(shared_data: Path) -> dict[str, Check]:
    return {check.id: check for check in checks(Evidence(shared_data))}


def test_every_mark_is_answered(found: dict[str, Check]) -> None:
    assert {name.split("-")[0] for name in found} == {f"B{i}" for i in range(1, 8)}
    assert {name for name, check in found.items() if check.passed is not True} <= MISSED
    assert all(check.section == "funding" and check.measured and check.wanted for check in found.values())


def test_without_data_the_model_marks_still_run() -> None:
    found = {check.id: check for check in checks(Evidence())}
    assert found["B5"].passed
    assert found["B6-tail"].passed
    assert found["B1"].passed is None
    assert "--data" in found["B7"].note


def test_a_record_that_ends_too_early_is_not_scored(shared_data: Path) -> None:
    found = {check.id: check for check in checks(Evidence(shared_data, date(2025, 6, 30)))}
    assert found["B1"].passed is None
    assert "2026-07-31" in found["B1"].note


def test_forecasts_beat_each_rival(found: dict[str, Check], walk: WalkForward) -> None:
    spike = walk.table["spike"].to_numpy(float)
    brier = {name: ((walk.table[name] - spike) ** 2).mean() for name in FORECASTS}
    assert brier["model"] < min(brier["without_demand"], brier["simple_logit"], brier["base_rate"])
    assert found["B7-brier"].value == pytest.approx(brier["model"])
    assert walk.table["model"].sum() == pytest.approx(spike.sum(), abs=10)


def test_forecasts_do_not_change_when_the_future_is_deleted(history: History, walk: WalkForward) -> None:
    until = date(2020, 3, 2)
    early = walk_forward(history.observed, until).table
    late = walk.table.loc[: early.index[-1]]
    pd.testing.assert_index_equal(early.index, late.index)
    for name in FORECASTS:
        np.testing.assert_allclose(early[name], late[name], rtol=1e-12)


def test_regimes_of_the_record(walk: WalkForward) -> None:
    monthly = regime_record(walk).resample("MS").mean()
    assert (monthly.loc["2021-08":"2024-06", "abundant"] > 0.9).all()
    assert monthly.loc["2019-09-01", "scarce"] > 0.5 > monthly.loc["2019-03-01", "scarce"]
    assert (monthly.loc["2025-10":"2026-07", "abundant"] < 0.5).all()


def test_reliability_of_true_probabilities_is_accepted_and_of_wrong_ones_refused() -> None:
    rng = np.random.default_rng(0)
    chance = rng.random(4000) ** 4
    seen = (rng.random(4000) < chance).astype(float)
    assert reliability_test(chance, seen)[1] > 0.01
    assert reliability_test(np.clip(3 * chance, 0.0, 0.99), seen)[1] < 1e-6
