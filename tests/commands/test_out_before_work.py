"""A place for results that takes none is told before anything is computed."""

from __future__ import annotations

import importlib
from pathlib import Path

import pytest
from typer.testing import CliRunner

from stresstest.cli import app
from stresstest.commands.batch import batch
from stresstest.commands.batch.result import check_out_file
from stresstest.commands.words import problem_text
from stresstest.errors import InputError
from stresstest.files import can_write_in, nearest
from stresstest.study.options import Options

#: A file system that takes no files, whoever asks.
NO_FILES = Path("/proc")
needs_proc = pytest.mark.skipif(not NO_FILES.is_dir(), reason="needs a file system that takes no files")
HOLDINGS = "symbol,quantity,price\nVTI,10,365\nAGG,5,99\n"


@pytest.fixture
def clients(tmp_path: Path) -> Path:
    folder = tmp_path / "clients"
    folder.mkdir()
    (folder / "mine.csv").write_text(HOLDINGS, encoding="utf-8")
    return folder


def refused(out: Path, source: Path | None = None) -> tuple[str, str]:
    with pytest.raises(InputError) as caught:
        check_out_file(out, source)
    (problem,) = caught.value.problems
    return str(problem), problem_text(problem, "zh-TW")


def test_the_nearest_folder_is_tried_and_nothing_stays(tmp_path: Path) -> None:
    assert nearest(tmp_path / "new" / "newer") == tmp_path
    assert can_write_in(tmp_path / "new")
    assert list(tmp_path.iterdir()) == []
    (tmp_path / "file").write_text("", encoding="utf-8")
    assert not can_write_in(tmp_path / "file")


@needs_proc
def test_a_table_of_results_needs_a_folder_that_takes_files() -> None:
    english, chinese = refused(NO_FILES / "x.csv")
    assert "found proc, which takes no files; expected a folder to write in" in english
    assert "proc，其中無法寫入檔案" in chinese
    assert "可寫入的資料夾" in chinese


@pytest.mark.parametrize("name", ["foo.txt", "foo", "foo.csv.gz", "foo.xlsx"])
def test_a_table_of_results_is_csv_or_parquet(name: str, tmp_path: Path) -> None:
    english, chinese = refused(tmp_path / name)
    assert f"found {name}; expected a name that ends in .csv or .parquet" in english
    assert "以 .csv 或 .parquet 結尾的檔名" in chinese


def test_results_never_replace_holdings(clients: Path) -> None:
    mine = clients / "mine.csv"
    for source in (clients, mine):
        english, chinese = refused(mine, source)
        assert "mine.csv, a file of what is read; expected a file of its own" in english
        assert "mine.csv，為所讀取的檔案" in chinese
    assert mine.read_text(encoding="utf-8") == HOLDINGS


def test_only_holdings_are_read_and_the_rest_is_named(clients: Path) -> None:
    (clients / "README.md").write_text("Clients of mine.\n", encoding="utf-8")
    (clients / "logo.png").write_bytes(b"\x89PNG")
    out = clients / "losses.csv"
    options = Options(paths=100)
    first = batch(clients, options, out=out)
    again = batch(clients, options, out=out)
    for result, others in ((first, ["README.md", "logo.png"]), (again, ["README.md", "logo.png", "losses.csv"])):
        assert result.names == ("mine.csv",)
        assert not result.failed
        assert result.to_document()["passed_over"] == others
        (told,) = [problem for problem in result.warnings if "passed over" in problem.found]
        assert told.found == f"{len(others)} files passed over: {', '.join(others)}"
        assert f"略過 {len(others)} 個檔案：README.md" in problem_text(told, "zh-TW")


def test_a_folder_of_other_files_says_which_are_read(tmp_path: Path) -> None:
    (tmp_path / "README.md").write_text("None here.\n", encoding="utf-8")
    with pytest.raises(InputError, match=r"0 files; expected 1 to .* Files are read that end in \.csv"):
        batch(tmp_path, Options(paths=100))


@needs_proc
@pytest.mark.parametrize(
    "words",
    [
        ["run", "example:balanced"],
        ["project", "--out", "o"],
        ["sweep", "example:balanced", "--vary", "pace=0,1", "--out", "o"],
        ["reverse", "example:balanced", "--loss", "0.1", "--out", "o"],
    ],
)
def test_a_folder_that_cannot_be_made_is_told_before_the_work(
    words: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def computed(*given: object) -> None:
        pytest.fail("computed before the folder was looked at")

    monkeypatch.setattr(importlib.import_module("stresstest.run"), "run", computed)
    for name in ("projection.projection", "sweep.load_snapshot", "reverse.load_snapshot"):
        monkeypatch.setattr(f"stresstest.commands.{name}", computed)
    monkeypatch.chdir(NO_FILES)
    result = CliRunner().invoke(app, words)
    assert isinstance(result.exception, InputError)
    assert "proc, which cannot hold a folder" in str(result.exception)
