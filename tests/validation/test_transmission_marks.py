"""Pass marks of the section "transmission": those that are met stay met, and a miss is reported as one."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from stresstest.market import load_snapshot
from stresstest.market.history import load_history
from stresstest.plumbing import named_plan
from stresstest.records import Check
from stresstest.scenarios import generate
from stresstest.transmission.bounds import bend
from stresstest.validation import (
    transmission_bands,
    transmission_cloud,
    transmission_plan,
    transmission_replay,
    transmission_volatility,
)
from stresstest.validation.transmission_law import Law, band, known_from, law
from stresstest.validation.transmission_replay import drivers_of, moves_of


def by_id(checks: object) -> dict[str, Check]:
    return {check.id: check for check in checks}  # type: ignore[attr-defined]


@pytest.fixture(scope="module")
def plan() -> dict[str, Check]:
    return by_id(transmission_plan.checks(load_snapshot(), 0))


@pytest.fixture(scope="module")
def replay() -> dict[str, Check]:
    return by_id(transmission_replay.checks(None))


@pytest.fixture(scope="module")
def cloud() -> dict[str, Check]:
    return by_id(transmission_cloud.checks(load_snapshot(), None, None, 0))


@pytest.mark.parametrize("name", ["C1", "C2a", "C2b", "C3", "C4", "E1a", "E1c", "E1d", "E2a", "E2b"])
def test_marks_of_plans_are_met(plan: dict[str, Check], name: str) -> None:
    assert plan[name].passed is True, plan[name].measured


@pytest.mark.parametrize("name", ["D1", "D2", "D3a", "D4", "D5", "D7"])
def test_marks_of_replays_are_met(replay: dict[str, Check], name: str) -> None:
    assert replay[name].passed is True, replay[name].measured


@pytest.mark.parametrize("name", ["D6a", "D6b", "F2a", "F3"])
def test_marks_of_the_cloud_are_met(cloud: dict[str, Check], name: str) -> None:
    assert cloud[name].passed is True, cloud[name].measured


def test_a_wrong_sign_of_2022_is_named(replay: dict[str, Check]) -> None:
    found = replay["D2"]
    assert found.value is not None
    assert found.rival_value is not None
    assert found.rival_value < found.value < 18
    assert "Wrong sign: XLU." in found.note


@pytest.mark.parametrize("section", ["plan", "replay", "cloud"])
def test_every_mark_stands_beside_a_rival_that_was_measured(section: str, request: pytest.FixtureRequest) -> None:
    for check in request.getfixturevalue(section).values():
        if check.passed is not None:
            assert check.rival, check.id
            assert check.rival_value is not None, check.id
            assert check.rival_measured, check.id


@pytest.mark.parametrize(("name", "more"), [("D6a", 1.0), ("D6b", 25.0)])
def test_a_dash_for_cash_needs_the_liquidity_channel(cloud: dict[str, Check], name: str, more: float) -> None:
    """D6a: at least one of six signs more than its rival; D6b: basis points of the ten-year."""
    value, rival = cloud[name].value, cloud[name].rival_value
    assert value is not None
    assert rival is not None
    assert value >= rival + more


def test_what_needs_series_says_so(cloud: dict[str, Check]) -> None:
    for name in ("N1", "N2"):
        assert cloud[name].passed is None
        assert "--data" in cloud[name].note


def test_every_check_is_strict_json(plan: dict[str, Check], replay: dict[str, Check], cloud: dict[str, Check]) -> None:
    for check in (*plan.values(), *replay.values(), *cloud.values()):
        assert check.passed is None or type(check.passed) is bool
        assert check.value is None or (type(check.value) is float and np.isfinite(check.value))
        assert check.title


@pytest.mark.parametrize("episode", ["2022", "2023", "2013", "2025"])
def test_drivers_of_an_episode_give_back_its_yields(episode: str) -> None:
    record = {"2022": (368, 236, -26), "2023": (26, 101, 12), "2013": (26, 104, -22), "2025": (28, 47, 2)}
    moves = moves_of(drivers_of(episode))
    found = [moves[name] * 1e4 for name in ("ust_2y", "ust_10y", "breakeven_10y")]
    np.testing.assert_allclose(found, record[episode], atol=1e-6)


def one_normal(mean: float, sd: float, start: float = np.inf, room: float = np.inf, shift: float = 0.0) -> Law:
    return Law(*(np.array(v) for v in ([[mean]], [[[sd**2]]], [start], [room], [shift])))


def test_a_law_of_one_normal_is_that_normal() -> None:
    from scipy.stats import norm

    law = one_normal(0.01, 0.02)
    assert law.below(np.array([0.03]))[0] == pytest.approx(norm.cdf(1.0))
    assert law.log_density(np.array([0.03])) == pytest.approx(norm.logpdf(0.03, 0.01, 0.02))
    assert band(law, 0, 0.95) == pytest.approx(norm.ppf(0.95, 0.01, 0.02), abs=1e-9)


def test_a_bounded_density_integrates_to_one_and_its_band_agrees_with_draws() -> None:
    start, room, shift = 0.03, 0.015, 0.004
    law = one_normal(0.0, 0.01, start, room, shift)
    moves = np.linspace(-room + 1e-6, 0.12, 40_001)
    heights = np.exp([law.log_density(np.array([move])) for move in moves[::40]])
    assert np.trapezoid(heights, moves[::40]) == pytest.approx(1.0, abs=0.01)
    drawn = bend(0.01 * np.random.default_rng(0).standard_normal(400_000) - shift, np.array(start), np.array(room))
    assert band(law, 0, 0.9) == pytest.approx(float(np.quantile(drawn, 0.9)), rel=0.01)
    assert law.below(np.array([0.01]))[0] == pytest.approx(float((drawn < 0.01).mean()), abs=0.003)


def test_bands_and_log_score_against_what_came(shared_data: Path) -> None:
    found = by_id(transmission_bands.checks(shared_data, None, 0))
    assert found["F1a"].passed, found["F1a"].measured
    assert found["F1c"].passed, found["F1c"].measured
    assert found["F4"].passed, found["F4"].measured
    assert found["F4"].value is not None
    assert found["F4"].rival_value is not None
    assert found["F4"].value > found["F4"].rival_value
    assert all(check.rival_value is not None for check in found.values())


def test_following_implied_volatility_pays_out_of_sample(shared_data: Path) -> None:
    for check in transmission_volatility.checks(shared_data, None, 0):
        assert check.passed, check.measured
        assert check.value is not None
        assert check.rival_value is not None
        assert check.value > check.rival_value


def test_bands_of_rates_are_wider_when_move_is_high(shared_data: Path) -> None:
    known = known_from(load_history(shared_data, transmission_bands.ESTIMATED))
    assert known.volatility is not None
    widths = []
    for move in (0.6, 1.2):
        made = law(
            known,
            ["ust_2y"],
            {"move": move, "vix": 0.16, "mortgage_spread": 0.02},
            0.03,
            4,
            np.random.default_rng(0),
        )
        widths.append(band(made, 0, 0.95) - band(made, 0, 0.05))
    assert widths[1] > 1.5 * widths[0]


def test_the_horizon_and_the_turned_link_against_the_record(shared_data: Path) -> None:
    snapshot = load_snapshot()
    hold = generate(named_plan("hold", snapshot.as_of), snapshot, paths=5100, keep_paths=False).factors
    found = by_id(transmission_cloud.against_record(hold, shared_data, None))
    assert found["N1"].passed, found["N1"].measured
    assert found["N2"].passed, found["N2"].measured
