"""What ships: every table, plan, scenario and portfolio; a small example report; pins without addresses."""

from __future__ import annotations

import re
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> set[str]:
    from hatchling.builders.wheel import WheelBuilder

    folder = tmp_path_factory.mktemp("wheel")
    (built,) = WheelBuilder(str(ROOT)).build(directory=str(folder), versions=["standard"])
    with zipfile.ZipFile(built) as archive:
        return set(archive.namelist())


def test_the_wheel_holds_every_file_of_the_package(wheel: set[str]) -> None:
    kinds = {".py", ".csv", ".toml", ".j2", ".css", ".typed"}
    source = {
        str(path.relative_to(ROOT))
        for path in (ROOT / "stresstest").rglob("*")
        if path.suffix in kinds or path.name == "py.typed"
    }
    assert source <= wheel


def test_the_wheel_holds_the_portfolios(wheel: set[str]) -> None:
    assert {f"stresstest/portfolios/{path.name}" for path in (ROOT / "portfolios").glob("*.csv")} <= wheel


def test_the_kept_example_report_is_small_and_complete() -> None:
    files = list((ROOT / "reports" / "example").iterdir())
    assert {file.name for file in files} == {
        "report.html", "report.json", "positions.csv", "trades.csv", "workbook.xlsx", "summary.md",
    }  # fmt: skip
    assert sum(file.stat().st_size for file in files) < 1_000_000


def test_constraints_name_versions_and_no_addresses() -> None:
    lines = [line for line in (ROOT / "constraints.txt").read_text().splitlines() if line and not line.startswith("#")]
    assert all(re.fullmatch(r"[A-Za-z0-9._-]+==[A-Za-z0-9.!+_-]+", line) for line in lines)
    pinned = {line.split("==")[0].lower().replace("_", "-") for line in lines}
    wanted = re.findall(r'^  "([A-Za-z0-9-]+)[>=]', (ROOT / "pyproject.toml").read_text(), re.MULTILINE)
    assert {name.lower() for name in wanted} <= pinned
