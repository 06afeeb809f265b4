"""One answer to "what is this row worth?" in every command, and names of holdings that no language changes."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from stresstest.commands.batch import batch
from stresstest.commands.check import check
from stresstest.errors import InputError
from stresstest.market import load_snapshot
from stresstest.report import to_document
from stresstest.run import run
from stresstest.study.books import read_holdings
from stresstest.study.options import Options

FAST = Options(paths=100, months=3, scenarios=("fast-qt",), propose=False)
OPTION = "symbol,quantity,price,asset_class,strike,expiry,put_call,underlying\n"
#: By name: a file, and how many of its rows have no known value.
FILES = {
    "zeros": ("symbol,quantity,price,market_value\nVTI,10,365,\nFOO,10,0,\nBAR,10,,0\nBAZ,10,,\n", 1),
    "zero": ("symbol,quantity,price\nSPY,10,600\nVTI,10,0\n", 0),
    "bond": ("symbol,quantity,price,asset_class,coupon,maturity\nVTI,10,365,,,\nB,1000,0,bond,4,2040-02-15\n", 0),
    "contracts": (f"{OPTION}SPY,100,600,,,,,\nESZ6,1,,future,,,,\nXYZ P,-2,,option,300,2099-06-18,put,XYZ\n", 2),
    "priced": (f"{OPTION}SPY,100,600,,,,,\nESZ6,-1,6500,future,,,,\nXYZ P,2,9,option,300,2099-06-18,put,XYZ\n", 0),
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("values")
    for name, (text, _) in FILES.items():
        (made / f"{name}.csv").write_text(text, encoding="utf-8")
    return made


@pytest.fixture(scope="module")
def told_by_batch(folder: Path) -> dict[str, Any]:
    return batch(folder, FAST).to_document()


def said_of(warnings: list[dict[str, Any]]) -> int:
    """How many rows the warnings call unknown."""
    found = [w["found"] for w in warnings if "without a known value" in w["found"]]
    assert len(found) <= 1
    return int(found[0].split()[0]) if found else 0


@pytest.mark.parametrize("name", FILES)
def test_every_command_counts_the_same_rows_of_unknown_value(
    name: str, folder: Path, told_by_batch: dict[str, Any]
) -> None:
    checked, studied = check(str(folder / f"{name}.csv")).to_document(), to_document(run(folder / f"{name}.csv", FAST))
    nulls = [sum(row["market_value"] is None for row in rows) for rows in
             (checked["positions"], studied["portfolio"]["positions"])]  # fmt: skip
    of_batch = [w for w in told_by_batch["warnings"] if w["file"] == f"{name}.csv"]
    assert [*nulls, *map(said_of, (checked["warnings"], studied["warnings"], of_batch))] == [FILES[name][1]] * 5


@pytest.mark.parametrize("name", FILES)
def test_contract_values_are_those_of_the_report(name: str, folder: Path) -> None:
    checked = check(str(folder / f"{name}.csv"))
    mine = {row["symbol"]: row["contract_value"] for row in checked.to_document()["positions"]}
    studied = to_document(run(folder / f"{name}.csv", FAST))["portfolio"]["positions"]
    assert mine == {row["symbol"]: row["contract_value"] for row in studied if row["asset_class"] != "cash"}
    if name == "priced":
        assert mine == {"SPY": None, "ESZ6": -325_000.0, "XYZ P": 60_000.0}
    if name == "contracts":
        assert mine == {"SPY": None, "ESZ6": None, "XYZ P": -60_000.0}
    text = shown(checked.to_text())
    assert ("contract USD" in text) is any(mine.values())
    assert all(f"{value:,.0f}" in text for value in mine.values() if value)
    stream = io.StringIO()
    checked.write_json(stream)
    assert json.loads(stream.getvalue()) == checked.to_document()


def shown(text: Any) -> str:
    console = Console(width=200, record=True, file=io.StringIO())
    console.print(text)
    return console.export_text()


def test_a_symbol_is_no_word_of_a_language(tmp_path: Path) -> None:
    path = tmp_path / "names.csv"
    path.write_text("symbol,quantity,price\ngold,1000,40\nVTI,10,365\n", encoding="utf-8")
    lines = shown(check(str(path)).to_text("zh-TW")).splitlines()
    assert lines[2].split()[:2] == ["gold", "股票"]


@pytest.mark.parametrize(("name", "place"), [(".", "."), ("example:nope", "[holdings]")])
def test_a_file_that_cannot_be_one_is_named(name: str, place: str) -> None:
    with pytest.raises(InputError) as caught:
        read_holdings(name, load_snapshot())
    assert str(caught.value).startswith(f"{place}: found ")
    assert "example:nope" in str(caught.value) or name == "."


def test_batch_and_check_name_bonds_of_unknown_rating(tmp_path: Path) -> None:
    path = tmp_path / "bonds.csv"
    rows = "".join(f"C{i},1000,99,bond,4,2034-02-15,\n" for i in range(7))
    path.write_text(
        f"symbol,quantity,price,asset_class,coupon,maturity,rating\n{rows}D,1000,99,bond,4,2034-02-15,A\n"
        "E GO BDS,1000,99,bond,3,2034-02-15,\n",
        encoding="utf-8",
    )
    wanted = ["no known rating of C0, C1, C2, C3, C4 and 2 more"]
    for warnings in (check(str(path)).to_document()["warnings"], batch(tmp_path, FAST).to_document()["warnings"],
                     to_document(run(path, FAST))["warnings"]):  # fmt: skip
        ratings = [w for w in warnings if w["column"] == "rating"]
        assert [w["found"] for w in ratings if "BBB" in w["hint"]] == wanted
        assert [w["found"] for w in ratings if "AA." in w["hint"]] == ["no known rating of E GO BDS"]
