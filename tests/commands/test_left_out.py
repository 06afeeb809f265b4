"""A safe answer for a book that was not valued: every command says first what no loss contains."""

from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner

from stresstest.cli import app
from stresstest.commands.batch import batch
from stresstest.commands.compare import compare
from stresstest.study.options import Options

FILES = {
    "unpriced": "symbol,quantity\nVTI,200\nTLT,150\nCASH,5000\n",
    "priced": "symbol,quantity,price,asset_class\nVTI,10,365,\nWEIRD,10,500,other\nCASH,1000,,\n",
    "short": "symbol,quantity,price,asset_class\nVTI,100,365,\nQQQ,-1,600,\nWEIRD,10,5000,other\n",
    "whole": "symbol,quantity,price\nVTI,10,365\n",
}
FOUND = {
    "unpriced": "2 rows without a known value",
    "priced": "USD 5,000 not modelled, 52% of net value (contracts at what they are written on)",
    "short": "USD 50,000 not modelled, 58% of net value (contracts at what they are written on)",
}
FAST = Options(paths=120, months=3, scenarios=("fast-qt",))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name, text in FILES.items():
        (tmp_path / f"{name}.csv").write_text(text, encoding="utf-8")
    return tmp_path


def test_compare_warns_of_each_portfolio_and_first_of_what_is_left_out(folder: Path) -> None:
    names = [str(folder / f"{name}.csv") for name in FILES]
    document = compare(names, FAST).to_document()
    first = [(w["file"], w["found"]) for w in document["warnings"][: len(FOUND)]]
    assert first == list(FOUND.items())
    assert [p["unpriced"] for p in document["portfolios"]] == [2, 0, 0, 0]
    assert [p["not_modelled"] for p in document["portfolios"]] == [2, 1, 1, 0]


def test_batch_warns_as_run_does_in_a_book_of_its_own_or_not(folder: Path) -> None:
    result = batch(folder, FAST)
    assert result.about["alone"] == 1
    warned = {w["file"]: w["found"] for w in result.to_document()["warnings"] if w["column"] == "coverage"}
    assert warned == {f"{name}.csv": found for name, found in FOUND.items()}


def test_stress_says_it_on_the_screen_before_any_loss(folder: Path) -> None:
    arguments = ["stress", str(folder / "unpriced.csv"), "--paths", "120", "--months", "3", "--scenario", "fast-qt"]
    shown = CliRunner().invoke(app, arguments)
    assert shown.exit_code == 0
    assert shown.stderr.index("[coverage]: found 2 rows without a known value") == shown.stderr.index("[coverage]")
    assert shown.stdout.index("Not modelled, and in no figure here: VTI, TLT.") < shown.stdout.index("Tail loss")
    assert "[coverage]" not in CliRunner().invoke(app, [*arguments, "--quiet"]).stderr
