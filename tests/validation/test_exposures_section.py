"""The scorecard of exposures: what it asks, how it scores, and what it finds on two short episodes."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from stresstest.records import Evidence
from stresstest.validation import exposures, exposures_walk
from stresstest.validation.exposures import PORTFOLIOS, checks, scored
from stresstest.validation.exposures_walk import FUNDS, HELD, SHARES, Walk, walk

EPISODES = [
    {"name": "svb-2023", "start": "2023-03-08", "end": "2023-03-13"},
    {"name": "inflation-2022", "start": "2021-12-31", "end": "2022-12-30"},
]


def test_without_data_every_mark_is_listed_and_none_is_claimed() -> None:
    found = checks(Evidence())
    assert len(found) >= 13
    assert all(check.passed is None and "--data" in check.note for check in found)
    assert len({check.id for check in found}) == len(found)


def test_a_score_by_hand() -> None:
    frame = pd.DataFrame(
        {
            "predicted": [0.10, -0.01, -0.30, np.nan],
            "realised": [0.12, 0.01, 0.10, 0.5],
            "p05": [0.0, -0.2, -0.4, 0.0],
            "p95": [0.2, 0.0, -0.2, 1.0],
        }
    )
    found = scored(frame)
    assert found.pairs == 3
    assert found.sign == 0.5
    assert found.within == pytest.approx(2 / 3)
    assert found.error == pytest.approx((0.02 + 0.02 + 0.40) / 3)
    assert found.covered == pytest.approx(1 / 3)


@pytest.fixture(scope="module")
def found(shared_data: Path) -> Walk:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(exposures_walk, "read_table", lambda package, name: EPISODES)
        return walk(shared_data)


def test_pairs_have_enough_history_and_every_group(found: Walk) -> None:
    assert set(found.pairs["episode"]) == {row["name"] for row in EPISODES}
    assert {FUNDS, SHARES} <= set(found.pairs["group"])
    assert found.pairs["weeks"].min() >= 52
    assert found.pairs["realised"].notna().all()
    assert len(found.portfolios) == 2 * exposures_walk.PORTFOLIOS


def test_the_model_beats_the_naive_rivals(found: Walk) -> None:
    for group in (FUNDS, SHARES):
        frame = found.pairs[found.pairs["group"] == group]
        assert scored(frame).error < 0.85 * scored(frame, "market", None).error
        assert scored(frame).error < 0.6 * scored(frame, "history", None).error
    shares = found.pairs[found.pairs["group"] == SHARES]
    assert scored(shares).error < scored(shares, "sector", None).error


def test_portfolios_are_sums_of_their_assets(found: Walk) -> None:
    """An equal-weight portfolio can be no further off than the worst mean of twelve errors."""
    for episode, frame in found.portfolios.groupby("episode"):
        pairs = found.pairs[found.pairs["episode"] == episode]
        worst = (pairs["predicted"] - pairs["realised"]).abs().nlargest(HELD).mean()
        equal = frame[frame["equal"]]
        assert (equal["predicted"] - equal["realised"]).abs().max() <= worst


def test_the_seed_draws_the_portfolios(found: Walk) -> None:
    frame = found.portfolios
    assert frame[["predicted", "realised"]].drop_duplicates().shape[0] == len(frame)


def test_misses_name_their_worst_pairs(found: Walk, monkeypatch: pytest.MonkeyPatch) -> None:
    marks = [{**row, "low": "0.9999", "high": "1"} for row in exposures._marks() if row["measure"] == "sign"]
    monkeypatch.setattr(exposures, "_marks", lambda: marks)
    monkeypatch.setattr(exposures, "walk", lambda data, as_of, seed: found)
    claimed = {row["id"] for row in marks}
    result = [check for check in checks(Evidence(Path("folder"))) if check.id in claimed]
    assert {check.passed for check in result} <= {True, False}
    for check in result:
        if check.passed is False:
            assert "Largest errors" in check.note
            assert check.rival_value is not None
    assert any(PORTFOLIOS in check.title or "portfolios" in check.title for check in result)
