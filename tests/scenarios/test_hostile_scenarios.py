"""Scenario files as nobody should write them: every fault is named with its line and a remedy, all at once."""

from __future__ import annotations

import csv
import io
import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from stresstest.errors import InputError, NoAnswerError, Problem
from stresstest.market import load_snapshot
from stresstest.scenarios import View, apply_views, choose, chosen_views, jumps, library
from stresstest.scenarios.horizon import covariance
from stresstest.scenarios.shipped import group
from stresstest.scenarios.supervisory_export import supervisory_csv
from stresstest.scenarios.supervisory_table import column_of, variables
from stresstest.tables import factor_index

SNAPSHOT = load_snapshot()


def faults(tmp_path: Path, text: str | bytes, name: str = "mine.toml") -> tuple[Problem, ...]:
    file = tmp_path / name
    file.write_bytes(text if isinstance(text, bytes) else text.encode())
    with pytest.raises(InputError) as caught:
        choose([str(file)], SNAPSHOT)
    return caught.value.problems


def test_the_line_is_the_one_in_the_file(tmp_path: Path) -> None:
    text = (
        "# a comment\nhorizon_months = -1\n[channels.duration]\nterm_premium_bp = 9e9\n\n"
        '[[shock]]\nfactor = "gold"\n\nabsolute_bp = 3\n[[shock]]\n# here\nfactor = "glod"\n'
    )
    rows = {problem.column: problem.row for problem in faults(tmp_path, text)}
    assert rows == {
        "horizon_months": 2,
        "channels.duration.term_premium_bp": 4,
        "shock 1 absolute_bp": 9,
        "shock 2 factor": 12,
    }


@pytest.mark.parametrize(
    ("text", "told", "remedy"),
    [
        (b"\xff\xfe\x00", "no UTF-8 text", "Save it as UTF-8"),
        ("a = " + "[" * 5000 + "]" * 5000, "nested too deeply", "brackets"),
        ("horizon_months = " + "9" * 5000, "thousands of digits", "Shorten"),
        ('title = "a"\ntitle = "b"\n', "overwrite", "keep one"),
        ("# x\n" * 400_000, "2 MB", "name another file"),
        ("", "nothing", "Write [channels.duration]"),
        ('narrative = "\\u001b[31m"\n', "\\x1b", "control characters"),
        ("view = 3\n", "3", "[[view]]"),
        ('shock = "equity"\n', "equity", "[[shock]]"),
        ('[[shock]]\nfactor = "vix"\nlevel_points = -5\n', "to -5", "Check the sign"),
        ('[[shock]]\nfactor = "hy_spread"\nabsolute_bp = -400\n', "hy_spread from 3.15", "Check the sign"),
        ('[[shock]]\nfactor = "ust_10y"\nlevel_percent = 400\n', "400", "check the unit"),
        ('[[shock]]\nfactor = "ust_10y"\nabsolute_bp = 1e300\n', "1e+300", "from -2000 to 2000"),
        ('[[shock]]\ncurve = "steepener"\nabsolute_bp = 9\n[[shock]]\ncurve = "flattener"\nabsolute_bp = 9\n',
         "flattener beside the steepener of shock 1", "Add the sizes up"),
    ],
)  # fmt: skip
def test_each_is_told_with_a_remedy(tmp_path: Path, text: str | bytes, told: str, remedy: str) -> None:
    problems = "\n".join(str(problem) for problem in faults(tmp_path, text))
    assert told in problems
    assert remedy in problems


def test_a_byte_order_mark_and_windows_lines_are_no_fault(tmp_path: Path) -> None:
    file = tmp_path / "mine.TOML"
    file.write_bytes(b'\xef\xbb\xbf[[shock]]\r\nfactor = "gold"\r\nabsolute_percent = -3\r\n')
    assert choose([str(file)], SNAPSHOT)[0].name == "mine"


def test_scenario_and_views_of_one_file_answer_together(tmp_path: Path) -> None:
    text = '[[shock]]\nfactor = "glod"\nabsolute_percent = 1\n[[view]]\nmean = "glod"\nequal_percent = 1\n'
    assert [problem.row for problem in faults(tmp_path, text)] == [2, 5]


@pytest.mark.parametrize(
    ("name", "remedy"),
    [("nowhere/mine.toml", "no such file"), ("{folder}", "It is a folder"), ("{folder}/a.txt", "must end in"),
     ("coupon-surg", "Did you mean coupon-surge")],
)  # fmt: skip
def test_a_name_that_is_nothing_gets_its_own_remedy(tmp_path: Path, name: str, remedy: str) -> None:
    (tmp_path / "a.txt").write_text("x", encoding="utf-8")
    with pytest.raises(InputError, match=remedy):
        choose([name.format(folder=tmp_path)], SNAPSHOT)


def test_a_misspelt_channel_is_kept_and_warned_of(tmp_path: Path) -> None:
    file = tmp_path / "mine.toml"
    file.write_text("[channels.duraton]\nterm_premium_bp = 20\n[channels.my_own]\nequity_percent = -1\n", "utf-8")
    (scenario,) = choose([str(file)], SNAPSHOT)
    assert [caution.column for caution in scenario.cautions] == ["channels.duraton"]
    assert "Did you mean duration?" in str(scenario.cautions[0])


# ---------------------------------------------------------------------------------------------------------------- views


def view(statistic: str, body: str) -> str:
    return f"[[view]]\n{statistic}\n{body}\n"


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (view('mean = "gold"', "equal_percent = 5") * 2, "a second view on the mean of gold"),
        (view('mean = "gold"', "at_least_percent = 5") + view('mean = "gold"', "at_most_percent = -5"),
         "at least +5.0 % (view 1) and at most -5.0 % (view 2)"),
        (view('order = ["gold", "btc", "oil"]', "") + view('order = ["oil", "gold"]', ""), "gold > btc > oil > gold"),
        (view('order = ["gold", "btc", "oil"]', "") + view('mean = "gold"', "equal_percent = 1")
         + view('mean = "oil"', "equal_percent = 2"), "gold above oil"),
        (view('probability = "gold"', "below_percent = -9\nat_least_percent = 50")
         + view('probability = "gold"', "below_percent = 0\nat_most_percent = 20"), "50.0% (view 1)"),
        (view('correlation = ["gold", "oil"]', "equal = 0.9") + view('correlation = ["gold", "btc"]', "equal = 0.9")
         + view('correlation = ["btc", "oil"]', "equal = -0.9"), "Nearest that can hold"),
    ],
)  # fmt: skip
def test_views_that_cannot_hold_together_are_refused_before_anything_runs(tmp_path: Path, text: str, told: str) -> None:
    file = tmp_path / "views.toml"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(InputError) as caught:
        chosen_views([str(file)])
    assert len(caught.value.problems) == 1
    assert told in str(caught.value)


def test_bounds_on_both_sides_and_long_orders_are_no_conflict(tmp_path: Path) -> None:
    text = view('mean = "gold"', "at_least_percent = -5") + view('mean = "gold"', "at_most_percent = 5")
    for first, second in (("gold", "oil"), ("oil", "btc"), ("gold", "btc"), ("btc", "eth")):
        text += view(f'order = ["{first}", "{second}"]', "")
    file = tmp_path / "views.toml"
    file.write_text(text, encoding="utf-8")
    assert len(chosen_views([str(file)])) == 6


def test_the_view_that_paths_cannot_meet_is_named() -> None:
    root = np.linalg.cholesky(52 * covariance("calm") + 1e-12 * np.eye(len(factor_index())))
    cloud = jumps(np.random.default_rng(0).standard_normal((500, len(root))) @ root.T)
    wanted = [
        View("mean", ("gold",), "equal", 0.0, place="view 1"),
        View("mean", ("equity_us",), "at_most", -3.0, place="view 2"),
    ]
    with pytest.raises(NoAnswerError, match="view 2, mean of equity_us"):
        apply_views(cloud, wanted)


# ------------------------------------------------------------------------------------------------------ official tables


def table() -> list[list[str]]:
    return list(csv.reader(io.StringIO(supervisory_csv(library()["coupon-surge"], SNAPSHOT))))


def as_text(rows: list[list[str]]) -> str:
    text = io.StringIO()
    csv.writer(text).writerows(rows)
    return text.getvalue()


def changed(column: str, change: float) -> list[list[str]]:
    """The table with one column multiplied; its history row too, so that only the unit is wrong."""
    rows = table()
    at = [column_of(cell) for cell in rows[0]].index(column)
    return [rows[0], *([*r[:at], str(float(r[at]) * change), *r[at + 1 :]] for r in rows[1:])]


def without(*columns: str) -> list[list[str]]:
    rows = table()
    kept = [i for i, cell in enumerate(rows[0]) if column_of(cell) not in columns]
    return [[row[i] for i in kept] for row in rows]


@pytest.mark.parametrize(
    ("rows", "told"),
    [
        (changed("bbb_corporate_yield", 0.01), "in decimals is"),
        (changed("10_year_treasury_yield", 100), "in basis points is"),
        (changed("market_volatility_index_level", 0.01), "index points"),
        (without("10_year_treasury_yield"), "10-year Treasury yield"),
        ([[*table()[0], "x"], *table()[1:]], "expected 31, as in the header"),
        ([*table()[:5], *table()[6:]], "quarters without a gap"),
        ([*table(), table()[4]], "each quarter"),
        (table()[:1], "It has a header only"),
        ([[cell.replace("10-year Treasury", "10-yr Treasury") for cell in table()[0]], *table()[1:]], "Did you mean"),
        ([table()[0][:3] * 2 + table()[0][3:], *table()[1:]], "each column once"),
    ],
)  # fmt: skip
def test_wrong_official_tables(tmp_path: Path, rows: list[list[str]], told: str) -> None:
    problems = faults(tmp_path, as_text(rows), "table.csv")
    assert told in "\n".join(str(problem) for problem in problems)
    assert all(problem.hint for problem in problems)


def test_an_index_on_another_base_is_found(tmp_path: Path) -> None:
    rows = table()
    at = [column_of(cell) for cell in rows[0]].index("dow_jones_total_stock_market_index_level")
    for row in rows[2:]:
        row[at] = str(float(row[at]) / 1000)
    assert "within 20 times" in str(faults(tmp_path, as_text(rows), "table.csv")[0])


def test_the_order_of_columns_and_rows_does_not_matter(tmp_path: Path) -> None:
    rows = table()
    order = np.random.default_rng(0).permutation(len(rows[0]))
    mixed = [rows[0], *rows[:0:-1]]
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    (tmp_path / "a" / "table.csv").write_text(as_text(rows), encoding="utf-8")
    (tmp_path / "b" / "table.csv").write_text(as_text([[row[i] for i in order] for row in mixed]), encoding="utf-8")
    one, two = (choose([str(tmp_path / name / "table.csv")], SNAPSHOT)[0].path for name in ("a", "b"))
    assert one is not None
    assert two is not None
    np.testing.assert_array_equal(one.moves, two.moves)


def test_the_export_has_the_columns_of_the_board_in_its_order(shared_data: Path) -> None:
    ours = [column_of(cell) for cell in table()[0]]
    theirs: list[str] = []
    for part in ("domestic", "international"):
        with (shared_data / "dfast" / f"2025_severely_adverse_{part}.csv").open(encoding="utf-8") as file:
            theirs += [column for column in next(csv.reader(file)) if column in variables()]
    assert ours == ["scenario_name", "date", *theirs]


def test_official_exercises_tell_what_is_published_apart_from_what_is_ours() -> None:
    for scenario in group("official"):
        published = [source for source in scenario.sources if source.startswith("Published: ")]
        assert len(published) >= 3
        assert all(source.endswith(("(V-src)", "(V-2nd)", "(MEM)")) for source in published)
        assert any("JUDG" in source for source in scenario.sources)
    assert {"boe-2024-demand", "boe-2024-supply", "eba-2021-adverse", "eba-2023-adverse"} <= set(library())


# -------------------------------------------------------------------------------------------------------------- command


@pytest.mark.parametrize("arguments", [["scenarios", "{file}"], ["views", "example:balanced", "{file}"]])
def test_the_command_answers_with_exit_code_2_and_a_document(tmp_path: Path, arguments: list[str]) -> None:
    file = tmp_path / "mine.toml"
    file.write_text('[[view]]\nmean = "glod"\nequal_percent = 1e300\n', encoding="utf-8")
    typed = [argument.format(file=file) for argument in arguments]
    done = subprocess.run([sys.executable, "-m", "stresstest", *typed, "--json"], capture_output=True, text=True)
    assert done.returncode == 2
    (error,) = json.loads(done.stdout)["errors"]
    assert (error["file"], error["row"], error["column"]) == ("mine.toml", 2, "view 1 mean")
    assert error["hint"] == "Did you mean gold? `stresstest scenarios factors` lists them."
    assert "Traceback" not in done.stderr
