"""Dated CSV files of a data folder: rows as text in order of date, and the last value of a column."""

from __future__ import annotations

import csv
import math
from datetime import date
from pathlib import Path

from ..errors import DataError, Problem

Row = dict[str, str]
#: Faults reported of one folder.
MOST_PROBLEMS = 30


def read_files(folder: Path, files: list[str], found: list[Problem]) -> dict[str, list[Row]]:
    """Every file by name. found: faults of the folder that are known already.

    Raises DataError with those and all that cannot be used: no file, no column of dates, bad dates.
    """
    problems = list(found)
    tables = {file: read_rows(folder / file, problems) for file in files}
    if problems:
        raise DataError(once(problems))
    return tables


def once(problems: list[Problem]) -> list[Problem]:
    """Each fault once, although a file that holds several series is read for each of them; not more than a page."""
    return list(dict.fromkeys(problems))[:MOST_PROBLEMS]


def read_rows(path: Path, problems: list[Problem]) -> list[Row]:
    """Rows of one file, in order of date as they must be; faults are added to ``problems``."""
    if not path.is_file():
        problems.append(Problem(None, "", "no such file", "a CSV file with a date column", "Check --data.", str(path)))
        return []
    with path.open(encoding="utf-8-sig", newline="") as handle:
        rows = list(csv.DictReader(handle))
    if not rows or "date" not in rows[0]:
        problems.append(Problem(1, "date", "no such column", "a date column with ISO dates", "", str(path)))
        return []
    _check_dates(path, rows, problems)
    return rows


def _check_dates(path: Path, rows: list[Row], problems: list[Problem]) -> None:
    """The first date that is no ISO date or not after the one before becomes a problem."""
    before = date.min
    for number, row in enumerate(rows, 2):
        try:
            day = date.fromisoformat(row["date"])
        except (TypeError, ValueError):
            problems.append(Problem(number, "date", repr(row["date"]), "an ISO date", "Mend the date.", str(path)))
            return
        if day <= before:
            hint = "Sort the file by date and keep one row for each."
            problems.append(Problem(number, "date", f"{day} after {before}", "increasing dates", hint, str(path)))
            return
        before = day


def last_value(rows: list[Row], columns: list[str], as_of: date | None) -> tuple[date, float] | None:
    """The newest value at or before ``as_of``, with its date; the first of ``columns`` that has one counts.

    Raises DataError where the cell is no number.
    """
    for row in reversed(rows):
        day = date.fromisoformat(row["date"])
        if as_of is not None and day > as_of:
            continue
        for column in columns:
            if row.get(column):
                return day, _number(day, column, row[column])
    return None


def _number(day: date, column: str, text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        raise DataError(Problem(None, column, repr(text), f"a number on {day}", "Mend the cell."))
    return value
