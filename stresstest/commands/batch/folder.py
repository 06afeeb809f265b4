"""A folder of holdings files, of any layout that a single file may have."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path

from ...errors import InputError, NoAnswerError, Problem
from ...records import MarketSnapshot, Portfolio
from ...study.books import read_holdings
from ...study.options import Options
from .gathered import Gathered

#: Files of a folder that are read.
MOST_FILES = 200_000


def gather_folder(
    folder: Path, snapshot: MarketSnapshot, options: Options, progress: Callable[[int, int], None]
) -> Gathered:
    """Every file of ``folder``; one that cannot be read is listed with all its faults and stops nothing.

    Hidden files and folders inside are left out. Raises InputError for an empty folder, or one of too many files.
    """
    files = sorted(path for path in folder.iterdir() if path.is_file() and not path.name.startswith("."))
    if not files or len(files) > MOST_FILES:
        expected = f"1 to {MOST_FILES:,} holdings files"
        raise InputError(Problem(None, "", f"{len(files):,} files", expected, "", folder.name))
    gathered = Gathered()
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


def _read(path: Path, snapshot: MarketSnapshot, options: Options) -> Portfolio:
    portfolio = read_holdings(path, snapshot, options.data, options.as_of, options.mapping)
    return replace(portfolio, name=path.name)
