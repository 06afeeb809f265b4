"""``batch`` names the rows that no figure contains, as ``run`` does for one portfolio."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from stresstest.commands.batch import batch
from stresstest.commands.batch.result import BatchResult, write_result
from stresstest.report import to_document
from stresstest.run import run
from stresstest.study.options import Options

#: The last has a margin account, so that it is priced in a book of its own.
FILES = {
    "whole": "symbol,quantity,price\nVTI,10,365\n",
    "some": "symbol,quantity,price,asset_class\nVTI,10,365,\nWEIRD,10,500,other\nNOPRICE,5,,\n",
    "many": "symbol,quantity,price,asset_class\nVTI,10,365,\n" + "".join(f"ODD{i},{i},9,other\n" for i in range(1, 8)),
    "short": "symbol,quantity,price,asset_class\nVTI,100,365,\nQQQ,-1,600,\nWEIRD,3,500,other\n",
}
FAST = Options(paths=120, months=3, scenarios=("fast-qt",), propose=False)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("clients")
    for name, text in FILES.items():
        (made / f"{name}.csv").write_text(text, encoding="utf-8")
    return made


@pytest.fixture(scope="module")
def result(folder: Path) -> BatchResult:
    return batch(folder, FAST)


@pytest.mark.parametrize("name", ["some", "short"])
def test_the_rows_are_those_of_the_report(name: str, folder: Path, result: BatchResult) -> None:
    found = {row["portfolio"]: row["not_modelled"] for row in result.to_document()["results"]}
    single = to_document(run(folder / f"{name}.csv", FAST))["portfolio"]["not_modelled"]
    keys = ("symbol", "name", "market_value", "reason")
    assert found[f"{name}.csv"] == [{key: row[key] for key in keys} for row in single]
    assert found["whole.csv"] == []


def test_a_value_that_is_not_known_is_null(result: BatchResult) -> None:
    rows = next(row for row in result.to_document()["results"] if row["portfolio"] == "some.csv")["not_modelled"]
    assert {row["symbol"]: row["market_value"] for row in rows} == {"WEIRD": 5_000.0, "NOPRICE": None}


def test_the_table_names_them(result: BatchResult, tmp_path: Path) -> None:
    with write_result(result, tmp_path / "out.csv").open(encoding="utf-8", newline="") as file:
        named = {row["portfolio"]: row["not_modelled"] for row in csv.DictReader(file)}
    assert named["whole.csv"] == ""
    assert named["some.csv"] == "WEIRD; NOPRICE"
    assert named["short.csv"] == "WEIRD"


@pytest.mark.parametrize(("language", "said"), [("en", "and 2 more"), ("zh-TW", "以及另外 2 項")])
def test_the_screen_names_the_largest(language: str, said: str, result: BatchResult) -> None:
    from rich.console import Console

    console = Console(width=200)
    with console.capture() as captured:
        console.print(result.to_text(language))
    line = next(line for line in captured.get().splitlines() if "ODD7" in line)
    assert "many.csv" in line
    assert "ODD7, ODD6, ODD5, ODD4, ODD3" in line.replace("、", ", ")
    assert line.rstrip().endswith(said)
