"""Files with [mild], [base] and [severe]: every fault has its line, and a remedy that mends it."""

from __future__ import annotations

from pathlib import Path

import pytest

from stresstest.commands.words import cell, problem_text
from stresstest.errors import InputError, Problem
from stresstest.market import load_snapshot
from stresstest.records.study import NAMED_ALONE, TITLE_MARKS
from stresstest.scenarios import choose
from stresstest.scenarios.scenario import SEVERITIES
from stresstest.toml_text import line_of

SNAPSHOT = load_snapshot()
SHOCK = 'factor = "equity_us"\nabsolute_percent = -10\n'
NESTED = f'title = "Nested"\n[[base.shock]]\n{SHOCK}[[mild.shock]]\n{SHOCK}'


def faults(tmp_path: Path, text: str) -> dict[str, Problem]:
    file = tmp_path / "c.toml"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(InputError) as caught:
        choose([str(file)], SNAPSHOT)
    found = {problem.column: problem for problem in caught.value.problems}
    assert len(found) == len(caught.value.problems)
    return found


def test_every_fault_inside_a_severity_has_its_line(tmp_path: Path) -> None:
    text = (
        "# three outcomes\n[base]\nshock = 3\n[base.channels.duration]\nterm_premium_bp = 9e9\n"
        '[mild]\nprobability = 7\npropagate = "x"\nchannels.funding.equity_percent = true\n'
        f"[[severe.shock]]\n{SHOCK}[[severe.shock]]\n# here\n"
        'factor = "ust_10y"\nabsolute_bp = 1e9\nsize = 3\n'
    )
    assert {place: problem.row for place, problem in faults(tmp_path, text).items()} == {
        "base.shock": 3,
        "base.channels.duration.term_premium_bp": 5,
        "mild.probability": 7,
        "mild.propagate": 8,
        "mild.channels.funding.equity_percent": 9,
        "severe.shock 2 absolute_bp": 16,
        "severe.shock 2 size": 17,
    }


def test_what_severities_share_is_told_once_and_where_it_stands(tmp_path: Path) -> None:
    text = f"horizon_months = -1\n[[base.shock]]\n{SHOCK}[mild]\nhorizon_months = -2\n[[mild.shock]]\n{SHOCK}"
    text += f"[[severe.shock]]\n{SHOCK}"
    found = {place: problem.row for place, problem in faults(tmp_path, text).items()}
    assert found == {"horizon_months": 1, "mild.horizon_months": 6}


def test_a_place_is_found_however_its_table_is_written() -> None:
    lines = (
        "[base]",
        "channels.a = {x_bp = 1}",
        "[ mild . channels.'b' ]  # c",
        "y_bp = [[1],",
        "[2]]",
        "[[mild.shock]]",
    )
    places = {"base.channels.a.x_bp": 2, "mild.channels.b.y_bp": 4, "mild.shock 1 factor": 6, "mild.title": 3}
    assert {place: line_of(lines, place) for place in places} == places
    assert line_of(("shock = [{factor = 3}]",), "shock 1 factor") == 1
    assert line_of(lines, "severe.title") is None


@pytest.mark.parametrize(
    ("text", "mended", "hint"),
    [
        ("propagate = false\n[base]\n", f"[base]\npropagate = false\n[[base.shock]]\n{SHOCK}",
         "Write propagate under [base]."),
        ('regime = "calm"\n[base]\n', f'[base]\nregime = "calm"\n[[base.shock]]\n{SHOCK}', "Write regime under [base]"),
        (f"[base]\n[[shock]]\n{SHOCK}", f"[base]\n[[base.shock]]\n{SHOCK}", "Write [[base.shock]]."),
        ("[base]\n[channels.duration]\nterm_premium_bp = 9\n", "[base.channels.duration]\nterm_premium_bp = 50\n",
         "Write [base.channels.duration]."),
        ("[base]\n", f"[base]\n[[base.shock]]\n{SHOCK}",
         "[base.channels.duration] and term_premium_bp = 50, or [[base.shock]]"),
        (f"[[mild.shock]]\n{SHOCK}", NESTED, "Write [base.channels.duration] and term_premium_bp = 50"),
        ("[base]\nshock = [3]\n", NESTED, "Begin it with [[base.shock]]."),
        ("[base]\nchannels = 3\n", "[base.channels.duration]\nterm_premium_bp = 3\n",
         "Write [base.channels.duration]."),
        (f'[[base.shock]]\n{SHOCK}[[base.view]]\nmean = "gold"\n', NESTED, "Write [[view]]."),
        (f'[base]\nsources = ["a"]\n[[base.shock]]\n{SHOCK}', f'sources = ["a"]\n{NESTED}', "above the first table"),
    ],
)  # fmt: skip
def test_the_remedy_mends_it(tmp_path: Path, text: str, mended: str, hint: str) -> None:
    told = "\n".join(str(problem) for problem in faults(tmp_path, text).values())
    assert hint in told
    file = tmp_path / "mended.toml"
    file.write_text(mended, encoding="utf-8")
    assert choose([str(file)], SNAPSHOT)


def test_a_severity_without_moves_is_offered_no_views(tmp_path: Path) -> None:
    (inside,) = faults(tmp_path, "[base]\n").values()
    (flat,) = faults(tmp_path, 'title = "a"\n').values()
    assert "[[view]]" in str(flat)
    assert "[[view]]" not in str(inside)
    assert problem_text(inside, "zh-TW").startswith("c.toml:1 [base.channels]：讀到「空白」，應為：至少一個管道或")


def test_titles_say_the_severity_first_and_in_the_language(tmp_path: Path) -> None:
    file = tmp_path / "n.toml"
    file.write_text(NESTED, encoding="utf-8")
    titles = [scenario.title for scenario in choose([str(file)], SNAPSHOT)]
    assert titles == ["Nested (mild)", "Nested (mild, named factors alone)", "Nested", "Nested (named factors alone)"]
    said = [cell(title, "zh-TW") for title in titles]
    assert said == ["Nested（輕微）", "Nested（輕微，僅含指名因子）", "Nested", "Nested（僅含指名因子）"]
    assert {*SEVERITIES, NAMED_ALONE} - {"base"} == set(TITLE_MARKS)


def test_moments_are_named_in_the_language(tmp_path: Path) -> None:
    file = tmp_path / "n.toml"
    file.write_text(f'regime = "doubt"\nwanted_plausibility = 0.5\n[[shock]]\n{SHOCK}', encoding="utf-8")
    told = [
        problem_text(p, "zh-TW") for p in choose([str(file)], SNAPSHOT)[0].cautions if p.column.startswith("wanted")
    ]
    assert len(told) == 1
    assert "週「美元受疑」動差" in told[0]
