"""Writing: the same bytes for the same study, all or nothing, and only our own names."""

from __future__ import annotations

import csv
import os
import re
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from stresstest.errors import InputError
from stresstest.records import Study
from stresstest.report import FILES, csvs, workbook, write_reports


@pytest.fixture(scope="module")
def written(study: Study, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("reports") / "book"
    write_reports(study, out)
    return out


def test_writes_all_files_and_returns_them(study: Study, written: Path) -> None:
    assert sorted(path.name for path in written.iterdir()) == sorted(FILES)
    assert [path.name for path in written.parent.iterdir()] == ["book"]


def test_same_study_gives_the_same_bytes(study: Study, written: Path, tmp_path: Path) -> None:
    for path in write_reports(study, tmp_path / "again"):
        assert path.read_bytes() == (written / path.name).read_bytes(), path.name


def test_neither_clock_nor_locale_nor_hash_seed_changes_a_byte(written: Path, tmp_path: Path) -> None:
    code = "import fake, sys; from stresstest.report import write_reports; write_reports(fake.study(), sys.argv[1])"
    folders = os.pathsep.join(str(Path(__file__).resolve().parents[k]) for k in (0, 2))
    elsewhere = {"TZ": "Asia/Taipei", "LC_ALL": "C", "PYTHONHASHSEED": "7", "PYTHONPATH": folders}
    subprocess.run([sys.executable, "-c", code, str(tmp_path / "out")], check=True, env={**os.environ, **elsewhere})
    for name in FILES:
        assert (tmp_path / "out" / name).read_bytes() == (written / name).read_bytes(), name


def test_replaces_its_own_files_and_keeps_the_users(study: Study, tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("mine")
    (tmp_path / "report.json").write_text("old")
    seen: list[str] = []
    write_reports(study, tmp_path, progress=seen.append)
    assert (tmp_path / "notes.txt").read_text() == "mine"
    assert (tmp_path / "report.json").read_text().startswith("{")
    assert seen == list(FILES)


@pytest.mark.parametrize("exists", [True, False])
def test_a_failure_in_the_middle_leaves_everything_as_it_was(
    study: Study, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, exists: bool
) -> None:
    out = tmp_path / "out"
    if exists:
        out.mkdir()
        (out / "report.html").write_text("old")

    def fail(*_: object) -> None:
        raise OSError("disk full")

    monkeypatch.setattr(workbook, "write", fail)
    with pytest.raises(OSError, match="disk full"):
        write_reports(study, out)
    assert [path.name for path in tmp_path.rglob("*")] == (["out", "report.html"] if exists else [])
    assert not exists or (out / "report.html").read_text() == "old"


def test_a_file_or_a_folder_in_the_way_is_an_input_error(study: Study, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(InputError, match="expected a folder"):
        write_reports(study, tmp_path / "file")
    for name in ("report.json", "trades.csv"):
        (tmp_path / "out" / name).mkdir(parents=True)
    with pytest.raises(InputError) as caught:
        write_reports(study, tmp_path / "out")
    assert len(caught.value.problems) == 2


def test_an_unknown_language_is_an_input_error(study: Study, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="en, zh-TW"):
        write_reports(study, tmp_path / "out", lang="fr")
    assert not (tmp_path / "out").exists()


def test_page_is_small(written: Path) -> None:
    assert (written / "report.html").stat().st_size < 1_000_000


def test_workbook_holds_text_never_formulas(written: Path) -> None:
    with zipfile.ZipFile(written / "workbook.xlsx") as archive:
        parts = {name: archive.read(name).decode("utf-8") for name in archive.namelist() if name.endswith(".xml")}
    sheets = [text for name, text in parts.items() if name.startswith("xl/worksheets/")]
    assert len(sheets) == 8
    assert not any(re.search(r"<f[ >]|<hyperlink", text) for text in sheets)
    assert "=HYPERLINK(" in parts["xl/sharedStrings.xml"]
    assert "2026-07-29T00:00:00Z" in parts["docProps/core.xml"]
    assert all(re.search(r"<v>", text) for text in sheets)


def test_workbook_keeps_full_precision(written: Path, study: Study) -> None:
    with zipfile.ZipFile(written / "workbook.xlsx") as archive:
        scenarios = archive.read("xl/worksheets/sheet3.xml").decode("utf-8")
    worst = max(scenario.loss for scenario in study.scenarios)
    values = [float(value) for value in re.findall(r"<c [^>]*?(?<!t=\"s\")><v>([^<]+)</v>", scenarios)]
    assert min(abs(value - worst) for value in values) < 1e-6


def test_csv_cells_cannot_become_formulas(written: Path) -> None:
    for name in ("positions.csv", "trades.csv"):
        with (written / name).open(encoding="utf-8", newline="") as file:
            for row in csv.DictReader(file):
                for cell in row.values():
                    assert not cell.startswith(csvs.DANGEROUS) or _is_number(cell), cell


def _is_number(cell: str) -> bool:
    try:
        float(cell)
    except ValueError:
        return False
    return True


def test_trades_read_back_as_they_were(written: Path, study: Study) -> None:
    assert study.rebalance is not None
    with (written / "trades.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    found = {
        (
            row["symbol"].removeprefix("'"),
            row["side"],
            int(row["tranche"]),
            float(row["quantity"]),
            float(row["cost_usd"]),
        )
        for row in rows
    }
    assert found == {(t.symbol, t.side, t.tranche, t.quantity, t.cost) for t in study.rebalance.trades}
