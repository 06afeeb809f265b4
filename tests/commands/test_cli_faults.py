"""A wrong command line is told like other wrong input: option, found, expected, remedy, in the language asked for."""

from __future__ import annotations

import json
import re
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, get_args, get_origin, get_type_hints

import pytest

from stresstest import __version__
from stresstest.cli import app, main, screen
from stresstest.cli.app import ORDER
from stresstest.cli.options import Language
from stresstest.plumbing.plan_file import LONGEST_PLAN
from stresstest.plumbing.plan_parts import LARGEST_PACE
from stresstest.scenarios.generator import MOST_PATHS
from stresstest.study.option_limits import Within, option_limits

CHINESE = re.compile(r"[\u4e00-\u9fff]")
SENTENCE = re.compile(r"(?:[A-Za-z][a-z]+ ){3}")
Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """A command line in this process: exit code, standard output, standard error."""

    def started(*arguments: str) -> tuple[int, str, str]:
        monkeypatch.chdir(tmp_path)
        monkeypatch.setattr(sys, "argv", ["stresstest", *arguments])
        with pytest.raises(SystemExit) as ended:
            main()
        assert isinstance(ended.value.code, int)
        return ended.value.code, *capsys.readouterr()

    return started


FAULTS = {
    ("run", "x.csv", "--paths", "5"): ("[--paths]", "found 5", "a whole number from 100 to 1,000,000"),
    ("run", "x.csv", "--paths=many"): ("[--paths]", "found many", "a whole number from 100 to 1,000,000"),
    ("run", "x.csv", "--months", "0"): ("[--months]", "found 0", "a whole number from 1 to 120"),
    ("run", "x.csv", "--seed", "-1"): ("[--seed]", "found -1", "a whole number of 0 or more"),
    ("run", "x.csv", "--defensiveness", "nan"): ("[--defensiveness]", "found nan", "a number from 0 to 1"),
    ("run", "x.csv", "--qt-pace", "fast"): ("[--qt-pace]", "found fast", "a number"),
    ("run", "x.csv", "--as-of", "2020"): ("[--as-of]", "found 2020", "a date such as 2027-01-31"),
    ("run", "x.csv", "--data", "nowhere"): ("[--data]", "found nowhere", "a folder that is there"),
    ("run", "x.csv", "--limits", "no.toml"): ("[--limits]", "found no.toml", "a file that is there"),
    ("batch", "nowhere"): ("[source]", "found nowhere", "a file or folder that is there"),
    ("project", "--onrrp", "maybe"): ("[--onrrp]", "found maybe", "one of model, actual"),
    ("reverse", "x.csv", "--loss", "20%"): ("[--loss]", "found 20%", "a number"),
    ("reverse", "x.csv"): ("[--loss]", "found nothing", "a number"),
    ("run",): ("[holdings]", "found nothing", "a holdings file"),
    ("run", "x.csv", "y.csv", "z.csv"): ("[command line]", "found y.csv z.csv", "no further argument"),
    ("run", "x.csv", "--pathz", "3"): ("[command line]", "found --pathz", "Did you mean --paths?"),
    ("run", "x.csv", "--reaction=3"): ("[--reaction]", "found 3", "the option alone, without a value"),
    ("run", "x.csv", "--paths"): ("[--paths]", "found nothing", "a value after the option"),
    ("runn", "x.csv"): ("[command line]", "found runn", "Did you mean run?"),
}


@pytest.mark.parametrize("arguments", FAULTS, ids=" ".join)
def test_a_wrong_command_line_is_a_problem_of_ours(arguments: tuple[str, ...], run: Run) -> None:
    code, out, said = run(*arguments)
    assert (code, out) == (2, "")
    assert [part for part in FAULTS[arguments] if part not in said] == []
    assert "Usage:" not in said
    assert said.endswith("1 error; nothing was computed or written\n")


@pytest.mark.parametrize("arguments", FAULTS, ids=" ".join)
def test_it_is_said_in_chinese_too(arguments: tuple[str, ...], run: Run) -> None:
    code, _, said = run(arguments[0], "--lang", "zh-TW", *arguments[1:])
    assert code == 2
    assert all(CHINESE.search(line) for line in said.splitlines())
    assert not SENTENCE.search(re.sub(r"範例：.*", "", said))


def test_scripts_get_the_same_problem(run: Run) -> None:
    code, out, _ = run("stress", "x.csv", "--paths", "5", "--json")
    (error,) = json.loads(out)["errors"]
    assert code == 2
    assert {key: error[key] for key in ("row", "column", "found")} == {"row": None, "column": "--paths", "found": "5"}
    assert "stresstest stress" in error["hint"]


def test_the_language_may_be_written_in_any_case(run: Run) -> None:
    assert CHINESE.search(run("check", "no-such-file.csv", "--lang", "ZH-tw")[2])


def test_the_version_and_the_short_help(run: Run) -> None:
    assert run("--version")[:2] == (0, f"{__version__}\n")
    assert "Usage" in run("run", "-h")[1]


def test_help_lists_every_command_in_the_order_of_a_newcomer(run: Run) -> None:
    """The main job first; a command that the order forgets would come last, out of its place."""
    text = run("--help")[1]
    listed = re.findall(r"^│ ([a-z]+) {2,}", text.split("Commands", 1)[1], re.MULTILINE)
    assert tuple(listed) == ORDER


# ---------------------------------------------------------------------------------------------------------- limits


def test_limits_of_options_are_those_of_the_stages_behind_them() -> None:
    limits = option_limits()
    assert limits["pace"] == (-LARGEST_PACE, LARGEST_PACE)
    assert limits["months"] == (1, LONGEST_PLAN)
    assert limits["paths"].high == MOST_PATHS


def test_every_command_takes_the_numbers_of_the_table() -> None:
    seen = set()
    for command in app.registered_commands:
        assert command.callback is not None
        for name, hint in get_type_hints(command.callback, include_extras=True).items():
            if name in ("months", "paths"):
                assert get_origin(hint) is Annotated
                option = get_args(hint)[1]
                assert (option.min, option.max) == option_limits()[name]
                seen.add(name)
    assert seen == {"months", "paths"}


def test_no_number_lies_within_no_limits() -> None:
    assert 5 in Within(0, 5)
    assert float("nan") not in Within(0, 5)
    assert "3" not in Within(0, 5)


# -------------------------------------------------------------------------------------------------------- progress


@pytest.fixture
def often(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(screen, "EVERY", 0.02)


def worked(capsys: pytest.CaptureFixture[str], lines: int) -> tuple[str, str]:
    """What long work says until it has said so many lines, however slow the machine is, and all after that."""
    progress, said, out = screen.Progress(quiet=False), "", ""
    progress("revalue", 1, 4)
    last = time.monotonic() + 300.0
    with progress:
        while said.count("\n") < lines and time.monotonic() < last:
            time.sleep(0.01)
            heard = capsys.readouterr()
            out, said = out + heard.out, said + heard.err
    heard = capsys.readouterr()
    return out + heard.out, said + heard.err


@pytest.mark.usefixtures("often")
def test_long_work_in_a_pipe_says_how_far_it_is(capsys: pytest.CaptureFixture[str]) -> None:
    out, said = worked(capsys, 2)
    assert out == ""
    assert re.fullmatch(r"(\d+ s: revalue 25%\n){2,}", said)
    time.sleep(0.1)
    assert capsys.readouterr().err == ""


@pytest.mark.usefixtures("often")
def test_quiet_is_quiet(capsys: pytest.CaptureFixture[str]) -> None:
    with screen.Progress(quiet=True) as progress:
        progress("revalue", 1, 4)
        time.sleep(0.2)
    assert capsys.readouterr() == ("", "")


@pytest.mark.usefixtures("often")
def test_a_screen_that_is_gone_does_not_end_the_work(monkeypatch: pytest.MonkeyPatch) -> None:
    tried = threading.Event()

    def gone(text: str, err: bool) -> None:
        tried.set()
        raise BrokenPipeError

    monkeypatch.setattr(screen.typer, "echo", gone)
    with screen.Progress(quiet=False):
        assert tried.wait(300.0)


@pytest.mark.usefixtures("often")
def test_progress_speaks_the_language(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "argv", ["stresstest", "check", "x.csv", "--lang", Language.zh_TW.value])
    assert re.search(r"^已 \d+ 秒：重新評價 25%$", worked(capsys, 1)[1], re.MULTILINE)
