"""A user's TOML file: what it says is what moves, the rest follows or not, and every fault is named."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from stresstest.errors import InputError
from stresstest.scenarios import Scenario, central_moves, choose, named_paths
from stresstest.scenarios.curve_shapes import curve_moves
from stresstest.scenarios.levels import factor_levels
from stresstest.scenarios.plausibility import law_of
from stresstest.tables import TENORS, factor_index, factor_names
from stresstest.units import WEEKS_A_MONTH

INDEX = factor_index()


def written(tmp_path: Path, text: str) -> tuple[Scenario, ...]:
    file = tmp_path / "mine.toml"
    file.write_text(text, encoding="utf-8")
    return choose([str(file)])


def shock(text: str) -> str:
    return f"[[shock]]\n{text}\n"


def move(scenario: Scenario, factor: str) -> float:
    return float(central_moves(scenario)[INDEX[factor]])


def faults(tmp_path: Path, text: str) -> dict[str, str]:
    with pytest.raises(InputError) as caught:
        written(tmp_path, text)
    assert all(problem.file == "mine.toml" for problem in caught.value.problems)
    return {
        problem.column: f"{problem.found} | {problem.expected} | {problem.hint}" for problem in caught.value.problems
    }


# ----------------------------------------------------------------------------------------------------------- what moves


def test_drivers_by_channel_are_read(tmp_path: Path) -> None:
    (got,) = written(tmp_path, 'title = "Mine"\n[channels.rates]\nterm_premium_bp = 100\nequity_percent = -20\n')
    assert got.title == "Mine"
    assert move(got, "ust_10y") == pytest.approx(0.01)
    assert np.expm1(move(got, "equity_us")) == pytest.approx(0.8 * np.exp(-0.03) - 1, abs=1e-9)


@pytest.mark.parametrize(
    ("text", "factor", "wanted"),
    [
        ('factor = "ust_10y"\nabsolute_bp = 75', "ust_10y", 0.0075),
        ('factor = "hy_spread"\nabsolute_percent = 2.5', "hy_spread", 0.025),
        ('factor = "equity_us"\nabsolute_percent = -20', "equity_us", np.log(0.8)),
        ('factor = "btc"\nrelative_percent = -50', "btc", np.log(0.5)),
        ('factor = "vix"\nabsolute_points = 15', "vix", 0.15),
        ('factor = "vix"\nlevel_points = 45', "vix", 0.45 - factor_levels(None)["vix"]),
        ('factor = "vix"\nrelative_percent = 100', "vix", factor_levels(None)["vix"]),
        ('factor = "ust_10y"\nlevel_percent = 6', "ust_10y", 0.06 - factor_levels(None)["ust_10y"]),
        ('factor = "fx_eur"\nlevel = 1.0', "fx_eur", -np.log(factor_levels(None)["fx_eur"])),
        ('factor = "mortgage_spread"\nlevel_bp = 300', "mortgage_spread", 0.03 - (0.0658 - 0.0467)),
    ],
)
def test_absolute_relative_and_to_level(tmp_path: Path, text: str, factor: str, wanted: float) -> None:
    for scenario in written(tmp_path, shock(text)):
        assert move(scenario, factor) == pytest.approx(wanted, abs=1e-9)


def test_shapes_of_the_curve() -> None:
    rates = np.array([INDEX[name] for name in TENORS])
    np.testing.assert_allclose(curve_moves("parallel", 0.01)[rates], 0.01)
    steep = curve_moves("steepener", 0.01)
    assert steep[INDEX["ust_30y"]] - steep[INDEX["ust_2y"]] == pytest.approx(0.01)
    assert steep[INDEX["ust_3m"]] == steep[INDEX["ust_2y"]]
    np.testing.assert_allclose(curve_moves("flattener", 0.01), -steep)
    bent = curve_moves("butterfly", 0.01)
    wings = (bent[INDEX["ust_2y"]] + bent[INDEX["ust_30y"]]) / 2
    assert wings - bent[INDEX["ust_10y"]] == pytest.approx(0.01)
    assert not np.any(np.delete(steep, rates))


def test_a_named_factor_beats_a_shape_and_both_beat_a_channel(tmp_path: Path) -> None:
    text = (
        "[channels.duration]\nterm_premium_bp = 40\n"
        + shock('curve = "parallel"\nabsolute_bp = 100')
        + shock('factor = "ust_30y"\nabsolute_bp = 10')
    )
    whole, alone = written(tmp_path, text)
    for scenario in (whole, alone):
        assert move(scenario, "ust_10y") == pytest.approx(0.01)
        assert move(scenario, "ust_30y") == pytest.approx(0.001)
    assert move(alone, "equity_us") == pytest.approx(-0.03 * 0.4)  # what the channel alone does
    assert move(whole, "equity_us") != pytest.approx(move(alone, "equity_us"))


def test_propagation_is_the_conditional_expectation_and_both_results_are_given(tmp_path: Path) -> None:
    whole, alone = written(tmp_path, "turbulent = true\n" + shock('factor = "equity_us"\nabsolute_percent = -10'))
    assert (whole.name, alone.name) == ("mine", "mine-alone")
    law, shares = law_of(whole.months * WEEKS_A_MONTH, "stress"), INDEX["equity_us"]
    slope = law.covariance[:, shares] / (1.1 * law.covariance[shares, shares])  # the ridge of the module
    expected = law.bend(slope * np.log(0.9))
    for name in ("gold", "hy_spread", "usd_broad", "ust_10y"):
        assert move(whole, name) == pytest.approx(expected[INDEX[name]])
        assert move(alone, name) == 0.0
    paths = named_paths((whole, alone))
    np.testing.assert_allclose(paths.by_channel.sum(axis=1), paths.moves, atol=1e-12)
    assert paths.channels == ("named", "propagated")


def test_propagation_can_be_switched_off(tmp_path: Path) -> None:
    (only,) = written(tmp_path, "propagate = false\n" + shock('factor = "equity_us"\nabsolute_percent = -10'))
    assert np.count_nonzero(central_moves(only)) == 1


def test_a_severity_may_name_factors_beside_its_channels(tmp_path: Path) -> None:
    """The yen by itself; the rest as its channels move it. Without ``propagate`` what follows comes as well."""
    text = (
        'title = "Mine"\n[base]\npropagate = false\n[base.channels.fear]\nequity_percent = -9\n'
        '[[base.shock]]\nfactor = "fx_jpy"\nabsolute_percent = 10\n'
        '[severe.channels.fear]\nequity_percent = -18\n[[severe.shock]]\nfactor = "fx_jpy"\nabsolute_percent = 16\n'
    )
    base, severe, alone = written(tmp_path, text)
    assert [s.name for s in (base, severe, alone)] == ["mine", "mine-severe", "mine-severe-alone"]
    assert {s.story for s in (base, severe, alone)} == {"mine"}
    assert base.title == "Mine"
    assert move(base, "fx_jpy") == pytest.approx(np.log(1.10))
    assert move(base, "equity_us") == pytest.approx(np.log(0.91))
    assert move(severe, "fx_jpy") == move(alone, "fx_jpy") == pytest.approx(np.log(1.16))
    assert move(severe, "gold") != pytest.approx(move(alone, "gold"))


def test_coins_follow_shares_by_the_response_table(tmp_path: Path) -> None:
    whole, _ = written(tmp_path, "turbulent = true\n" + shock('factor = "equity_us"\nabsolute_percent = -10'))
    assert move(whole, "btc") == pytest.approx(2.2 * np.log(0.9), rel=0.05)


# ------------------------------------------------------------------------------------------------------------- cautions


def test_moves_beyond_the_record_are_flagged(tmp_path: Path) -> None:
    far, near = (
        written(tmp_path, "propagate = false\n" + shock(f'factor = "equity_us"\nabsolute_percent = {size}'))[0]
        for size in (-70, -30)
    )
    assert [caution.column for caution in far.cautions] == ["equity_us"]
    assert "largest fall" in str(far.cautions[0])
    assert not near.cautions


def test_collinear_shocks_are_flagged_with_what_the_others_imply(tmp_path: Path) -> None:
    text = shock('factor = "ust_20y"\nabsolute_bp = 50') + shock('factor = "ust_30y"\nabsolute_bp = -50')
    whole, _ = written(tmp_path, text + shock('factor = "equity_us"\nabsolute_percent = -5'))
    told = {caution.column: str(caution) for caution in whole.cautions}
    assert {"ust_20y", "ust_30y"} <= set(told)
    assert "standard deviations away" in told["ust_30y"]
    text = shock('factor = "ust_20y"\nabsolute_bp = 50') + shock('factor = "ust_30y"\nabsolute_bp = 47')
    whole, _ = written(tmp_path, text + shock('factor = "equity_us"\nabsolute_percent = -5'))
    told = {caution.column: str(caution) for caution in whole.cautions}
    assert "variance inflation" in told["ust_30y"]


def test_two_shocks_that_contradict_each_other_are_flagged_though_they_are_not_collinear(tmp_path: Path) -> None:
    text = shock('factor = "ust_5y"\nabsolute_bp = {}') + shock('factor = "ust_10y"\nabsolute_bp = 20')
    apart, near = (written(tmp_path, text.replace("{}", size))[0].cautions for size in ("250", "30"))
    assert {"ust_5y", "ust_10y"} <= {caution.column for caution in apart if "away" in str(caution)}
    assert not any("away" in str(caution) for caution in near)


def test_a_tenor_that_contradicts_the_shape_around_it_is_flagged(tmp_path: Path) -> None:
    """A ten-year to a level far above the steepener beside it; ten points off a parallel shift are no contradiction."""
    steep = shock('curve = "steepener"\nabsolute_bp = 60')
    (_, torn) = written(tmp_path, steep + shock('factor = "ust_10y"\nabsolute_bp = 90') + "\n")
    (caution,) = [problem for problem in torn.cautions if problem.column == "ust_10y"]
    assert "standard deviations away" in caution.found
    flat = shock('curve = "parallel"\nabsolute_bp = 50')
    (_, near) = written(tmp_path, flat + shock('factor = "ust_10y"\nabsolute_bp = 60'))
    assert "ust_10y" not in {problem.column for problem in near.cautions}


def test_two_scenarios_of_one_name_are_refused_and_one_asked_for_twice_comes_once(tmp_path: Path) -> None:
    text = 'title = "Mine"\n' + shock('factor = "gold"\nabsolute_percent = -10')
    mine, other = tmp_path / "mine.toml", tmp_path / "elsewhere" / "mine.toml"
    other.parent.mkdir()
    mine.write_text(text, encoding="utf-8")
    other.write_text(text.replace("-10", "-20"), encoding="utf-8")
    twice = choose([str(mine), "fast-qt", str(mine), "fast-qt", "base"])
    names = [scenario.name for scenario in twice]
    assert len(names) == len(set(names))
    assert names[:3] == ["mine", "mine-alone", "fast-qt"]
    own = tmp_path / "fast-qt.toml"
    own.write_text(text, encoding="utf-8")
    with pytest.raises(InputError) as caught:
        choose([str(mine), str(other), "fast-qt", str(own)])
    found = [problem.found for problem in caught.value.problems]
    assert [text.rsplit(" ", 1)[-1] for text in found] == ["mine", "mine-alone", "fast-qt"]
    assert all("rename" in problem.hint for problem in caught.value.problems)


def test_rates_alone_are_flagged(tmp_path: Path) -> None:
    whole, _ = written(tmp_path, shock('curve = "parallel"\nabsolute_bp = 50'))
    assert any("good news" in str(caution) for caution in whole.cautions)
    led, _ = written(tmp_path, 'regime = "rate_led"\n' + shock('curve = "parallel"\nabsolute_bp = 50'))
    assert not led.cautions
    assert move(led, "equity_us") < 0 < move(whole, "equity_us")


# --------------------------------------------------------------------------------------------------------------- faults


def test_every_fault_of_a_file_at_once(tmp_path: Path) -> None:
    found = faults(
        tmp_path,
        "probability = 3\nhorizon = 2\nturbulent = 'yes'\nsources = 'me'\n"
        '[channels.rates]\nterm_premum_bp = 100\nequity_percent = "much"\nequity_bp = -20\n'
        + shock('factor = "ust_10yr"\nabsolute_bp = 5')
        + shock('factor = "gold"\nabsolute_bp = 5')
        + shock('factor = "ust_2y"\nlevel_points = 5')
        + shock('factor = "gold"\nlevel_percent = 5')
        + shock('curve = "twist"\nabsolute_bp = 5')
        + shock("absolute_bp = 5"),
    )
    assert set(found) >= {
        "probability", "horizon", "turbulent", "sources", "channels.rates.term_premum_bp",
        "channels.rates.equity_percent", "channels.rates.equity_bp", "shock 1 factor", "shock 2 absolute_bp",
        "shock 3 level_points", "shock 4 level_percent", "shock 5 curve", "shock 6",
    }  # fmt: skip
    assert "ust_10y" in found["shock 1 factor"]
    assert "absolute_percent" in found["shock 2 absolute_bp"]
    assert "term_premium_bp" in found["channels.rates.term_premum_bp"]


def test_conflicting_shocks_are_named_with_both_places(tmp_path: Path) -> None:
    twice = shock('factor = "gold"\nabsolute_percent = 5') + shock('factor = "gold"\nabsolute_percent = -5')
    found = faults(tmp_path, twice + 2 * shock('curve = "parallel"\nabsolute_bp = 5'))
    assert "shock 1" in found["shock 2 gold"]
    assert "shock 4 curve" in found
    opposite = shock('curve = "steepener"\nabsolute_bp = 5') + shock('curve = "flattener"\nabsolute_bp = 5')
    assert "shock 2 curve" in faults(tmp_path, opposite)


def test_a_size_needs_one_unit_and_a_known_level(tmp_path: Path) -> None:
    both = shock('factor = "ust_2y"\nabsolute_bp = 5\nlevel_percent = 4')
    unknown = shock('factor = "oil"\nlevel = 90')
    found = faults(tmp_path, both + unknown)
    assert "exactly one" in found["shock 1"]
    assert "absolute_percent" in found["shock 2 level"]


@pytest.mark.parametrize("value", ["nan", "inf", "-inf", "true", "1e300", "-150", "9" * 400, '"5"', "[1]"])
def test_numbers_that_are_none_are_refused(tmp_path: Path, value: str) -> None:
    assert faults(tmp_path, shock(f'factor = "equity_us"\nabsolute_percent = {value}'))
    assert faults(tmp_path, f"[channels.rates]\nequity_percent = {value}\n")
    assert faults(tmp_path, f"horizon_months = {value}\n[channels.rates]\nequity_percent = -1\n")


@pytest.mark.parametrize(
    "text",
    [
        "", "title = 'no moves'", "channels = 3", "[channels]\nrates = 3", "shock = 3", "[shock]\nfactor = 'gold'",
        "a = ", "x = " + "[" * 5000, "x = " + "9" * 5000, "a.b = 1\na.b.c = 2", "[mild]\n",
        "base = 3", "[base]\nchannels = []",
    ],
)  # fmt: skip
def test_hostile_files_end_in_a_clear_line(tmp_path: Path, text: str) -> None:
    assert faults(tmp_path, text)


def test_a_file_that_is_too_large_or_not_text_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "big.toml"
    file.write_bytes(b"# " + b"x" * 1_000_001)
    with pytest.raises(InputError, match="1 MB"):
        choose([str(file)])
    file.write_bytes(b"title = '\xff\xfe'")
    with pytest.raises(InputError, match="UTF-8"):
        choose([str(file)])


def test_a_user_may_write_three_severities(tmp_path: Path) -> None:
    text = 'title = "Mine"\n[mild.channels.a]\nequity_percent = -5\n[base.channels.a]\nequity_percent = -10\n'
    scenarios = written(tmp_path, text)
    assert [scenario.name for scenario in scenarios] == ["mine-mild", "mine"]
    assert scenarios[0].title == "Mine (mild)"
    found = faults(tmp_path, text + "[base.channels.b]\nequty_percent = -1\n")
    assert any(place.startswith("base.channels.b") for place in found)


def test_every_factor_can_be_named(tmp_path: Path) -> None:
    """The unit that a fault proposes is one that works."""
    for name in factor_names():
        told = faults(tmp_path, shock(f'factor = "{name}"\nabsolute_nothing = 1\nlevel_bp = 1e9'))
        assert told
        units = ("absolute_percent", "absolute_points")
        worked = [unit for unit in units if _works(tmp_path, f'factor = "{name}"\n{unit} = 1', name)]
        assert len(worked) == 1, name


def _works(tmp_path: Path, text: str, name: str) -> bool:
    try:
        (scenario,) = written(tmp_path, "propagate = false\n" + shock(text))
    except InputError:
        return False
    return move(scenario, name) != 0.0


def test_the_example_of_the_documentation_runs(tmp_path: Path) -> None:
    page = Path(__file__).resolve().parents[2] / "docs" / "model" / "scenarios.md"
    text = page.read_text(encoding="utf-8").split("```toml\n")[1].split("```")[0]
    whole, alone = written(tmp_path, text)
    assert whole.title == "Long bonds sell off and shares follow"
    assert move(alone, "ust_10y") == pytest.approx(0.055 - factor_levels(None)["ust_10y"])
    assert move(whole, "equity_us") == pytest.approx(np.log(0.88))
    assert move(alone, "ust_30y") - move(alone, "ust_2y") == pytest.approx(0.006)
