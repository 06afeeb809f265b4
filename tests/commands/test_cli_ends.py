"""How the command line ends: a reader that has seen enough, a full disk, a language for what goes wrong."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from stresstest.cli import app

CHINESE = re.compile(r"[\u4e00-\u9fff]")
ENGLISH = re.compile(r"(?:[A-Za-z][a-z]+ ){3}")
FULL = Path("/dev/full")
#: What is said does not depend on how long and how often is simulated.
QUICK = ("--paths", "200", "--months", "3")


def start(*arguments: str, stdout: int) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).resolve().parents[2]), "PYTHONIOENCODING": "utf-8"}
    command = [sys.executable, "-m", "stresstest", *arguments]
    return subprocess.run(command, env=environment, stdout=stdout, stderr=subprocess.PIPE, text=True, check=False)


@pytest.mark.parametrize("arguments", [("scenarios", "--json"), ("scenarios",)])
def test_a_closed_pipe_is_quiet(arguments: tuple[str, ...]) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    try:
        done = start(*arguments, stdout=writing)
    finally:
        os.close(writing)
    assert (done.returncode, done.stderr) == (141, "")


@pytest.mark.skipif(not FULL.exists(), reason="this system has no full device")
@pytest.mark.parametrize("arguments", [("scenarios", "--json"), ("check", "example:balanced"), ("--help",)])
def test_a_full_disk_is_one_line(arguments: tuple[str, ...]) -> None:
    with FULL.open("w") as full:
        done = start(*arguments, stdout=full.fileno())
    assert (done.returncode, done.stderr.count("\n")) == (1, 1)
    assert done.stderr.startswith("failed: No space left")


def test_a_wrong_option_says_so_once() -> None:
    done = start("check", "example:balanced", "--bogus", stdout=subprocess.PIPE)
    assert (done.returncode, done.stdout) == (2, "")
    assert "--bogus" in done.stderr
    assert "Traceback" not in done.stderr


def test_what_is_wrong_is_said_in_the_language_asked_for(tmp_path: Path) -> None:
    done = start("check", str(tmp_path / "nothing.csv"), "--lang", "zh-TW", stdout=subprocess.PIPE)
    assert done.returncode == 2
    assert all(CHINESE.search(line) for line in done.stderr.splitlines())


def test_the_faults_of_all_files_of_an_update_are_collected(tmp_path: Path) -> None:
    for name in ("one", "two"):
        (tmp_path / f"{name}.csv").write_text("symbol,quantity\nVTI,x\n", encoding="utf-8")
    done = start("update", *(str(tmp_path / f"{name}.csv") for name in ("one", "two")), stdout=subprocess.PIPE)
    assert done.returncode == 2
    assert "one.csv:2" in done.stderr
    assert "two.csv:2" in done.stderr


@pytest.mark.parametrize(
    "arguments",
    [
        ("check", "example:growth_on_margin"),
        ("scenarios", "severe"),
        ("scenarios", "coupon-surge"),
        ("compare", "example:sixty_forty", "example:income_ladder", *QUICK),
        ("rebalance", "example:sixty_forty", *QUICK),
        ("sweep", "example:sixty_forty", "--vary", "pace=0,50", *QUICK),
        ("reverse", "example:sixty_forty", "--loss", "0.1", *QUICK),
        ("project", *QUICK),
    ],
    ids=lambda arguments: " ".join(arguments[:2]),
)
def test_a_chinese_terminal_shows_no_english_sentence(
    arguments: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    arguments = (*arguments, "--lang", "zh-TW")
    monkeypatch.setattr(sys, "argv", ["stresstest", *arguments])
    done = CliRunner().invoke(app, arguments)
    assert done.exit_code == 0, done.output
    assert CHINESE.search(done.stdout)
    told = re.split(r"計畫的依據", done.stdout)[0] + done.stderr  # sources of a plan are publications
    lines = [line for line in told.splitlines() if ENGLISH.search(line) and not line.startswith("來源：")]
    assert [line for line in lines if not CHINESE.search(line)] == []


def test_cash_alone_gets_no_trade(tmp_path: Path) -> None:
    book = tmp_path / "cash.csv"
    book.write_text("symbol,quantity\nCASH,10000\n", encoding="utf-8")
    done = CliRunner().invoke(app, ("rebalance", str(book), *QUICK))
    assert (done.exit_code, len(done.stdout.splitlines())) == (0, 1)
    assert "no loss to lower" in done.stderr
