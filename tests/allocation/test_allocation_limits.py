"""The limits file: defaults, overrides, every fault at once, and what an infeasible answer promises."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import numpy as np
import pytest
from allocation_books import BALANCED, CRYPTO_ON_MARGIN, Line, synthetic
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from stresstest.allocation import Inputs, load_limits, propose
from stresstest.allocation.limits import Rule, rule_rows
from stresstest.errors import InputError
from stresstest.tables import read_table

PACKAGE = "stresstest.allocation"


def write(folder: Path, text: str) -> Path:
    path = folder / "mine.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_every_rule_and_setting_has_a_default_a_unit_and_a_meaning() -> None:
    limits = load_limits()
    assert set(limits.rules) == set(rule_rows()) - {"group"}
    for rule in limits.rules.values():
        assert rule.level is not None
        assert rule.sense in {"<=", ">="}
        assert rule.meaning
    defaults = tomllib.loads(Path(__file__).parents[2].joinpath("stresstest/allocation/limits.toml").read_text())
    known = {row["key"] for row in read_table(PACKAGE, "settings.csv")}
    for name, table in defaults.items():
        if name not in limits.rules:
            keys = {f"{name}.{key}" for key in table} if isinstance(table, dict) else {name}
            assert keys <= known


def test_the_looser_of_level_and_relative_rule_applies() -> None:
    upper = Rule("x", "x", "<=", "share", 0.01, "", 0.10, 0.7)
    lower = Rule("x", "x", ">=", "share", 0.01, "", 0.30, 0.9)
    assert [upper.bound(0.05), upper.bound(0.85)] == [0.10, pytest.approx(0.595)]
    assert [lower.bound(0.10), lower.bound(0.80)] == [pytest.approx(0.09), 0.30]


def test_a_user_level_alone_is_absolute_and_the_rest_stays(tmp_path: Path) -> None:
    mine = load_limits(
        write(tmp_path, "[crypto_share]\nlevel = 0.05\n[duration]\nrelative = 0.5\n[tax]\nlong_term = 0\n")
    )
    assert mine.rules["crypto_share"].bound(0.85) == 0.05
    assert mine.rules["duration"].bound(20.0) == 10.0
    assert mine.tax.long_term == 0
    assert mine.tax.short_term == load_limits().tax.short_term


def test_every_fault_is_reported_at_once_with_its_line_and_the_nearest_name(tmp_path: Path) -> None:
    text = (
        'no_trades = ["TLT"]\nbuy_only = "yes"\n[turnovr]\nlevel = 0.2\n[duration]\nlevl = 3\n[loss_cap]\n'
        'level = "ten"\nrelative = 1.5\n[tax]\nlong_term = 15\n[solver]\nrounds = 2.5\n'
        "[group.region.Asia]\nmaximum = 0.2\n"
        "[gross_leverage]\n"
    )
    with pytest.raises(InputError) as caught:
        load_limits(write(tmp_path, text))
    found = {problem.column: problem for problem in caught.value.problems}
    assert set(found) == {
        "no_trades", "buy_only", "turnovr", "duration.levl", "loss_cap.level", "loss_cap.relative", "tax.long_term",
        "solver.rounds", "group.region.Asia.maximum", "group.region.Asia.max", "gross_leverage",
    }  # fmt: skip
    assert "no_trade" in found["no_trades"].hint
    assert "turnover" in found["turnovr"].hint
    assert "level" in found["duration.levl"].hint
    lines = {name: found[name].row for name in ("no_trades", "turnovr", "duration.levl", "tax.long_term")}
    assert lines == {"no_trades": 1, "turnovr": 3, "duration.levl": 6, "tax.long_term": 11}


@pytest.mark.parametrize(
    ("text", "words"),
    [("[duration\nlevel = 3", "valid TOML"), ("[duration]\nlevel = nan", "a number"), ("duration = 3", "a table"),
     ("[group]\nregion = 3", "a table with max"), ("no_trade = [1]", "a list of words")],
)  # fmt: skip
def test_what_cannot_be_read_is_named(tmp_path: Path, text: str, words: str) -> None:
    with pytest.raises(InputError, match=words):
        load_limits(write(tmp_path, text))


def test_a_missing_file_is_an_input_error(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="readable TOML"):
        load_limits(tmp_path / "absent.toml")


def test_an_infinite_level_switches_a_limit_off(tmp_path: Path, balanced: Inputs) -> None:
    off = propose(balanced, load_limits(write(tmp_path, "[turnover]\nlevel = inf\n")))
    assert "turnover" not in {check.name.partition(":")[0] for check in off.limits}
    assert off.after["turnover"] > load_limits().rules["turnover"].level


CONFLICTS = {
    "margin book, little turnover": (CRYPTO_ON_MARGIN, {"turnover": 0.05}),
    "crypto book, hard cap": (CRYPTO_ON_MARGIN, {"crypto_share": 0.05}),
    "short duration, little turnover": (BALANCED, {"duration": 1.0, "turnover": 0.1}),
    "three wishes": (BALANCED, {"turnover": 0.05, "loss_cap": 0.05, "defensive_share": 0.9}),
}


@pytest.mark.parametrize("case", CONFLICTS)
def test_an_infeasible_answer_has_no_trades_and_each_relaxation_opens_a_way(case: str, tmp_path: Path) -> None:
    lines, levels = CONFLICTS[case]
    inputs = synthetic(lines)
    answer = propose(inputs, load_limits(limits_file(tmp_path, levels)))
    assert answer.status == "infeasible"
    assert answer.trades == ()
    assert answer.relaxation
    for sentence in answer.relaxation:
        name, setting = parsed(sentence)
        kept = {other: level for other, level in levels.items() if other != name}
        eased = propose(inputs, load_limits(limits_file(tmp_path, kept, f"[{name}]\n{setting}\n")))
        assert eased.status == "optimal", sentence
        assert all(check.ok for check in eased.limits)


def limits_file(folder: Path, levels: dict[str, float], more: str = "") -> Path:
    defaults = load_limits().rules
    parts = []
    for name, level in levels.items():
        keep = f"relative = {defaults[name].relative}\n" if name in {"loss_cap", "single_name"} else ""
        parts.append(f"[{name}]\nlevel = {level}\n{keep}")
    return write(folder, "".join(parts) + more)


def parsed(sentence: str) -> tuple[str, str]:
    """The limit of a relaxation, and what it says to write in the limits file, whose level is the figure shown."""
    figure = r"-?\d+\.\d\d+(?: years| %)?"
    form = rf"(?:raise|lower) (\w+)(?:: [\w -]+)? from {figure} to ({figure}) \(in the limits file: (level = .+)\)"
    found = re.fullmatch(form, sentence)
    assert found, sentence
    level = tomllib.loads(found[3].replace(", ", "\n"))["level"]
    number, _, unit = found[2].partition(" ")
    assert float(number) == pytest.approx(level * (100.0 if unit == "%" else 1.0))
    return found[1], found[3].replace(", ", "\n")


def test_limits_that_only_yield_together_are_listed_together(tmp_path: Path, balanced: Inputs) -> None:
    text = 'no_sell = ["TLT", "LQD", "BTC"]\n[crypto_share]\nlevel = 0.01\n[duration]\nlevel = 1.0\n'
    answer = propose(balanced, load_limits(write(tmp_path, text)))
    assert answer.status == "infeasible"
    assert all("together" in sentence for sentence in answer.relaxation)
    assert {sentence.split()[1] for sentence in answer.relaxation} == {"duration", "crypto_share"}


def test_a_group_cap_holds_and_is_named(tmp_path: Path) -> None:
    tagged = [
        Line("EEM", "fund_equity", 60_000, {"equity_us": 0.9}, more={"tags": {"region": "Asia"}}),
        Line("SPY", "fund_equity", 40_000, {"equity_us": 1.0}, more={"tags": {"region": "US"}}),
    ]
    answer = propose(synthetic(tagged), load_limits(write(tmp_path, "[group.region.Asia]\nmax = 0.4\n")))
    check = next(check for check in answer.limits if check.name == "group.region.Asia")
    assert check.before == pytest.approx(0.6)
    assert check.after <= 0.4 + 1e-9
    assert check.ok


@st.composite
def books(draw: st.DrawFn) -> list[Line]:
    """Long books of up to six names with up to 55 percent of their gross value on margin."""
    kinds = {
        "crypto": {"btc": 1.2}, "equity": {"equity_us": 1.3, "growth_value": 0.8}, "fund_bond": {"ust_10y": -12.0},
        "fund_equity": {"equity_us": 0.9, "growth_value": -0.4}, "bond": {"ust_10y": -5.0, "ig_spread": -5.0},
    }  # fmt: skip
    chosen = draw(st.lists(st.sampled_from(sorted(kinds)), min_size=1, max_size=6))
    sizes = draw(st.lists(st.floats(0.05, 1.0), min_size=len(chosen), max_size=len(chosen)))
    scale = 1e6 / sum(sizes)
    lines = [
        Line(f"{kind}{i}", kind, size * scale, kinds[kind], price=90.0, duration=-kinds[kind].get("ust_10y", 0.0))
        for i, (kind, size) in enumerate(zip(chosen, sizes, strict=True))
    ]
    return [*lines, Line("CASH", "cash", draw(st.floats(-0.55, 0.5)) * 1e6)]


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow], derandomize=True)
@given(books())
def test_the_default_limits_leave_every_long_book_a_way(lines: list[Line]) -> None:
    answer = propose(synthetic(lines, paths=200), load_limits())
    assert answer.status in {"optimal", "no_trade"}
    assert all(check.ok for check in answer.limits)
    assert np.isfinite(list(answer.after.values())).all()


@pytest.mark.parametrize(
    ("name", "level"),
    [("turnover", -1), ("loss_cap", -0.05), ("single_name", -0.1), ("cash_minimum", 1.5), ("defensive_share", "inf"),
     ("turnover", "-inf"), ("gross_leverage", -2), ("crypto_share", -0.01)],
)  # fmt: skip
def test_senseless_levels_are_refused(tmp_path: Path, name: str, level: object) -> None:
    with pytest.raises(InputError) as caught:
        load_limits(write(tmp_path, f"[{name}]\nlevel = {level}\n"))
    (problem,) = caught.value.problems
    assert (problem.column, problem.row) == (f"{name}.level", 2)
    assert problem.expected.startswith("a number of at")


@pytest.mark.parametrize(("name", "level"), [("cash_minimum", "-inf"), ("turnover", "inf"), ("cash_minimum", -0.4)])
def test_open_sides_stay_open(tmp_path: Path, name: str, level: object) -> None:
    limits = load_limits(write(tmp_path, f"[{name}]\nlevel = {level}\n"))
    assert limits.rules[name].level == float(str(level))


def test_every_limit_has_a_range() -> None:
    listed = {row["name"] for row in read_table("stresstest.allocation", "level_ranges.csv")}
    assert listed == set(rule_rows()) - {"group"}
