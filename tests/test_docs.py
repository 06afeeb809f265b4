"""Documentation tells today's truth: its examples run, and every command and option it names exists."""

from __future__ import annotations

import csv
import importlib.util
import re
from pathlib import Path

import pytest
import typer.main
from typer.testing import CliRunner

from stresstest.cli import app
from stresstest.errors import InputError
from stresstest.market import load_snapshot
from stresstest.plumbing import foreign_plan_names, plan_names
from stresstest.study.books import make_book, read_holdings
from stresstest.study.sweep import LEVERS
from stresstest.validation.scorecard import SECTIONS

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = ROOT / "stresstest"
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").rglob("*.md"))]
COMMANDS = typer.main.get_command(app).commands  # type: ignore[attr-defined]


def blocks(page: Path, language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", page.read_text(encoding="utf-8"), re.DOTALL)


def test_the_python_of_the_readme_runs(capsys: pytest.CaptureFixture[str]) -> None:
    for code in blocks(ROOT / "README.md", "python"):
        exec(compile(code, "README.md", "exec"), {})
    assert "worst of 2,000 paths: -" in capsys.readouterr().out


def test_the_holdings_of_the_readme_are_understood(tmp_path: Path) -> None:
    snapshot = load_snapshot()
    for text in blocks(ROOT / "README.md", "csv"):
        (tmp_path / "readme.csv").write_text(text, encoding="utf-8")
        book = make_book(read_holdings(tmp_path / "readme.csv", snapshot), snapshot)
        assert book.coverage == pytest.approx(1)
        assert len(book.holdings) == len(text.strip().splitlines()) - 1


def test_the_example_script_runs_and_orders_the_paces() -> None:
    spec = importlib.util.spec_from_file_location("faster_runoff", ROOT / "examples" / "faster_runoff.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    added = list(module.main(paths=1500).values())
    assert added == sorted(added)


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_has_help_with_an_example_and_stands_in_the_readme(name: str) -> None:
    shown = CliRunner().invoke(app, [name, "--help"]).output
    assert f"stresstest {name}" in shown
    assert f"`stresstest {name}" in (ROOT / "README.md").read_text(encoding="utf-8")


def told(command: str, option: str) -> str:
    """The help of one option."""
    return str(next(p.help for p in COMMANDS[command].params if p.name == option))


def test_help_names_every_choice_and_range_there_is() -> None:
    """Help is written out, so that it stays instant; here it is held against the tables and files it speaks of."""
    plans = re.findall(r"[a-z0-9-]+", told("run", "plan").partition("shipped plan: ")[2].partition(" Default")[0])
    assert sorted(plans) == sorted(plan_names())
    abroad = re.findall(r"[a-z]+-[a-z0-9]+", told("project", "plan").partition("central banks: ")[2])
    assert sorted(abroad) == sorted(foreign_plan_names())
    text = (PACKAGE / "instruments" / "margin_brokers.csv").read_text(encoding="utf-8")
    rows = csv.DictReader(line for line in text.splitlines() if not line.startswith("#"))
    assert set(re.findall(r"[a-z]+", told("run", "broker").partition(": ")[2].partition(";")[0])) - {"or"} == {
        row["broker"] for row in rows
    }
    assert set(re.findall(r"[a-z_]+", told("validate", "section").partition(";")[0])) - {"or"} == set(SECTIONS)
    vary = told("sweep", "vary")
    for name, lever in LEVERS.items():
        said = vary.partition(f"{name}: ")[2].partition(". ")[0]
        assert f"{lever.low:g} to {lever.high:g}" in said
        assert lever.unit in said


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_commands_and_options_named_in_the_documentation_exist(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    assert set(re.findall(r"(?:`|^|/)stresstest ([a-z]+)", text, re.MULTILINE)) <= set(COMMANDS)
    options = set(re.findall(r"(?<![\w-])--([a-z][a-z-]+)", text)) - {"constraint"}
    known = {opt.lstrip("-") for c in COMMANDS.values() for p in c.params for opt in (*p.opts, *p.secondary_opts)}
    assert options <= known | {"help", "debug"}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_and_paths_lead_somewhere(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    for target in re.findall(r"\]\(([^)#:]+)\)", text):
        assert (page.parent / target).exists(), target


def test_an_unknown_example_is_answered_with_the_names() -> None:
    with pytest.raises(InputError, match="balanced"):
        read_holdings("example:blanced", load_snapshot())
