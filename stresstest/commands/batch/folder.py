"""A folder of holdings files, of any layout that a single file may have."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

from ...errors import InputError, NoAnswerError, Problem
from ...records import MarketSnapshot, Portfolio
from ...study.books import read_holdings
from ...study.options import Options
from .gathered import Gathered
from .result import is_result

#: Files of a folder that are read.
MOST_FILES = 200_000
#: Endings of files that may hold a portfolio; .xls is read so that its refusal says what to do.
ENDINGS = (".csv", ".tsv", ".txt", ".xlsx", ".xlsm", ".xls", ".ofx", ".qfx", ".xml", ".json")
#: Names that a warning lists.
NAMED = 5


def gather_folder(
    folder: Path, snapshot: MarketSnapshot, options: Options, progress: Callable[[int, int], None]
) -> Gathered:
    """Every holdings file of ``folder``; one that cannot be read is listed with all its faults and stops nothing.

    Hidden files and folders inside are left out; files of other kinds, and tables that ``batch`` wrote, are passed over
    with a warning. Raises InputError for a folder without holdings files, or with too many.
    """
    there = sorted(path for path in folder.iterdir() if path.is_file() and not path.name.startswith("."))
    files = [path for path in there if path.suffix.lower() in ENDINGS and not is_result(path)]
    if not files or len(files) > MOST_FILES:
        expected = f"1 to {MOST_FILES:,} holdings files"
        hint = f"Files are read that end in {', '.join(ENDINGS)}."
        raise InputError(Problem(None, "", f"{len(files):,} files", expected, hint, folder.name))
    gathered = Gathered()
    others = [path.name for path in there if path not in set(files)]
    if others:
        gathered.passed_over = tuple(others)
        gathered.warnings = (_passed_over(others, folder),)
    for number, path in enumerate(files, start=1):
        again = partial(_read, path, snapshot, options)
        try:
            gathered.add(again(), again)
        except InputError as error:
            gathered.failed[path.name] = error.problems
        except NoAnswerError as error:
            gathered.failed[path.name] = (Problem(None, "", error.reason, "a portfolio", error.relaxation, path.name),)
        progress(number, len(files))
    return gathered


def _passed_over(names: Sequence[str], folder: Path) -> Problem:
    counted = "1 file" if len(names) == 1 else f"{len(names):,} files"
    more = ", ..." if len(names) > NAMED else ""
    found = f"{counted} passed over: {', '.join(name[:60] for name in names[:NAMED])}{more}"
    hint = f"Files are read that end in {', '.join(ENDINGS)}."
    return Problem(None, "", found, "holdings files only", hint, folder.name)


def _read(path: Path, snapshot: MarketSnapshot, options: Options) -> Portfolio:
    portfolio = read_holdings(path, snapshot, options.data, options.as_of, options.mapping)
    return replace(portfolio, name=path.name)
