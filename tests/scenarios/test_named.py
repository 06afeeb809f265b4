"""The library: every story is sourced and lands where the reference says it should; files are checked at the door."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from stresstest.errors import InputError
from stresstest.scenarios import choose, library, named_paths, scenario_plausibility
from stresstest.scenarios.propagation import complete, stress_covariance
from stresstest.tables import factor_index, factor_names

INDEX = factor_index()
LIBRARY = library()


def moves(name: str) -> dict[str, float]:
    return dict(zip(factor_names(), named_paths(choose([name])).moves[0].tolist(), strict=True))


def simple(log_return: float) -> float:
    return float(np.expm1(log_return))


@pytest.mark.parametrize("name", LIBRARY)
def test_every_scenario_is_told_sourced_and_complete(name: str) -> None:
    scenario = LIBRARY[name]
    assert scenario.title
    assert scenario.narrative
    assert scenario.sources
    assert np.isfinite(named_paths((scenario,)).moves).all()
    assert 0 <= scenario_plausibility(scenario, named_paths((scenario,)).moves[0]) <= 1


def test_channels_of_named_scenarios_add_up() -> None:
    paths = named_paths(tuple(LIBRARY.values()))
    np.testing.assert_allclose(paths.by_channel.sum(axis=1), paths.moves, atol=1e-12)


def test_the_stories_land_where_the_reference_expects_them() -> None:
    """Section 8.1 of the reference: what should happen in each scenario."""
    surge = moves("coupon-surge")
    assert 0.0040 <= surge["ust_10y"] <= 0.0100
    worst = min((k for k in surge if k.startswith("sector_")), key=surge.__getitem__)
    assert worst in ("sector_utilities", "sector_real_estate")
    hikes = moves("qt-hikes-inflation")
    assert -0.40 < simple(hikes["equity_us"] + 0.5 * hikes["growth_value"]) < -0.18
    assert -0.75 < simple(hikes["btc"]) < -0.45
    cash = moves("dash-for-cash")
    assert cash["ust_10y"] > 0 > cash["equity_us"]
    assert cash["gold"] < -0.03
    assert cash["usd_broad"] > 0.02
    sales = moves("active-mbs-sales")
    assert 0.0010 <= sales["mortgage_spread"] <= 0.0030
    assert abs(simple(moves("repo-spike-only")["equity_us"])) < 0.01
    reverse = moves("qe4")
    assert -0.0060 <= reverse["ust_10y"] <= -0.0025
    assert 0.03 < simple(reverse["equity_us"]) < 0.12
    assert -0.06 < simple(reverse["usd_broad"]) < -0.01
    promise = moves("qt-expectation")
    assert -0.13 < simple(promise["gold"]) < -0.07
    assert -0.32 < simple(promise["btc"]) < -0.2
    assert abs(promise["ust_10y"]) < 0.0006


def test_styles_flip_with_the_rate_component() -> None:
    """Pass mark D4: growth beats value in the term-premium sell-off and loses badly under hikes."""
    assert moves("coupon-surge")["growth_value"] > -0.02
    assert moves("qt-hikes-inflation")["growth_value"] < -0.15


def test_bands_surround_the_centre() -> None:
    scenario = choose(["coupon-surge"])
    drawn = named_paths(scenario, draws=500, seed=3).moves[:, INDEX["sector_utilities"]]
    low, high = np.quantile(drawn, [0.05, 0.95])
    assert low < named_paths(scenario).moves[0, INDEX["sector_utilities"]] < high


def test_what_is_unsaid_is_filled_by_conditional_expectation() -> None:
    """Against the textbook formula on a three-factor case, and exact where nothing is missing."""
    covariance = np.zeros((len(INDEX), len(INDEX)))
    covariance[:3, :3] = [[4.0, 1.0, 0.5], [1.0, 9.0, 2.0], [0.5, 2.0, 1.0]]
    known = np.zeros(len(INDEX))
    known[1:3] = [np.nan, 0.7]
    known[0] = 0.3
    within = covariance[np.ix_([0, 2], [0, 2])] * (1 + 0.1 * np.eye(2))  # the ridge of the module
    expected = covariance[1, [0, 2]] @ np.linalg.solve(within, [0.3, 0.7])
    assert complete(known, covariance, factor_names()[:3])[1] == pytest.approx(expected)
    full = named_paths(choose(["coupon-surge"])).moves[0]
    np.testing.assert_array_equal(complete(full, stress_covariance()), full)


def test_a_user_file_is_read(tmp_path: Path) -> None:
    file = tmp_path / "mine.toml"
    file.write_text('title = "Mine"\n[channels.rates]\nterm_premium_bp = 100\nequity_percent = -20\n', encoding="utf-8")
    got = named_paths(choose([str(file)])).moves[0]
    assert got[INDEX["ust_10y"]] == pytest.approx(0.01)
    assert simple(got[INDEX["equity_us"]]) == pytest.approx(0.8 * np.exp(-0.03) - 1, abs=1e-9)


def test_every_fault_of_a_user_file_at_once(tmp_path: Path) -> None:
    file = tmp_path / "wrong.toml"
    file.write_text(
        "probability = 3\nhorizon = 2\n[channels.rates]\nterm_premum_bp = 100\n"
        'equity_percent = "much"\nequity = -0.2\n',
        encoding="utf-8",
    )
    with pytest.raises(InputError) as caught:
        choose([str(file)])
    columns = {problem.column for problem in caught.value.problems}
    assert columns >= {"probability", "horizon", "channels.rates.term_premum_bp", "channels.rates.equity"}
    assert any("term_premium_bp" in problem.hint for problem in caught.value.problems)


def test_unknown_names_are_answered_with_the_nearest() -> None:
    with pytest.raises(InputError, match="coupon-surge"):
        choose(["coupon-surg"])
