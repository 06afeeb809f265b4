"""A user's file of prices: one column of dates, one column for each asset."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pandas as pd

from ..errors import InputError, Problem

DATE = "date"
#: Limits that keep a hostile file from filling the memory.
MOST_BYTES, MOST_COLUMNS = 500_000_000, 5_000
#: Faults of one kind in one column that are listed one by one.
MOST_LISTED = 5


def read_prices(path: Path) -> pd.DataFrame:
    """Prices by date (rows) and column, NaN where a cell is blank. Dates are ISO and strictly increasing.

    Raises InputError with every fault: no such file, no dates, dates out of order or twice, cells that are no numbers,
    prices of zero or less, two columns of one name, no price at all.
    """
    header = _header(path)
    table = pd.read_csv(path, dtype=str, encoding="utf-8-sig", keep_default_na=False, skipinitialspace=True)
    if table.shape[1] != len(header):
        raise InputError(Problem(1, "", f"{table.shape[1]} cells", f"{len(header)} cells a row", "", str(path)))
    table.columns = pd.Index(header)
    problems: list[Problem] = []
    days = _days(table.pop(_date_name(header)), path, problems)
    prices = pd.DataFrame({name: _column(table[name], path, problems) for name in table.columns})
    if not problems and not prices.notna().any(axis=None):
        problems.append(Problem(None, "", "no price", "at least one price", "Fill the columns.", str(path)))
    if problems:
        raise InputError(problems)
    return prices.set_axis(days, axis=0).rename_axis(DATE)


def _header(path: Path) -> list[str]:
    """Names of the columns. Raises InputError where the file cannot be a table of prices."""
    if not path.is_file():
        raise InputError(Problem(None, "", "no such file", "a CSV file of prices", "Check the path.", str(path)))
    if path.stat().st_size > MOST_BYTES:
        raise InputError(Problem(None, "", "a very large file", "at most 500 MB", "Split it.", str(path)))
    try:
        with path.open(encoding="utf-8-sig", newline="") as handle:
            header = [cell.strip() for cell in next(csv.reader(handle), [])]
            ragged = [n for n, row in enumerate(csv.reader(handle), 2) if row and len(row) != len(header)]
    except (UnicodeDecodeError, csv.Error) as error:
        raise InputError(Problem(None, "", str(error), "CSV text in UTF-8", "Save it as CSV.", str(path))) from error
    problems = _header_problems(header, path)
    for row in ragged[:MOST_LISTED]:
        problems.append(
            Problem(row, "", "more or fewer cells than the header", f"{len(header)}", "Mend it.", str(path))
        )
    if problems:
        raise InputError(problems)
    return header


def _header_problems(header: list[str], path: Path) -> list[Problem]:
    problems = []
    if not any(name.lower() == DATE for name in header):
        found = ", ".join(header[:5]) or "an empty file"
        problems.append(Problem(1, DATE, found, "a column named date", "Name the column of dates.", str(path)))
    if len(header) > MOST_COLUMNS:
        problems.append(Problem(1, "", f"{len(header)} columns", f"at most {MOST_COLUMNS}", "Split it.", str(path)))
    for name in sorted({name for name in header if header.count(name) > 1}):
        problems.append(Problem(1, name or "(no name)", "two columns", "each name once", "Rename one.", str(path)))
    if len(header) == 1:
        problems.append(Problem(1, "", "no price column", "a column for each asset", "Add prices.", str(path)))
    return problems


def _date_name(header: list[str]) -> str:
    return next(name for name in header if name.lower() == DATE)


def _days(column: pd.Series, path: Path, problems: list[Problem]) -> pd.DatetimeIndex:
    days = pd.to_datetime(column.str.strip(), format="%Y-%m-%d", errors="coerce")
    for i in np.flatnonzero(days.isna())[:MOST_LISTED]:
        hint = "Write dates as 2022-12-30."
        problems.append(Problem(int(i) + 2, DATE, repr(column.iloc[i]), "an ISO date", hint, str(path)))
    steps = days.diff()
    for i in np.flatnonzero(steps <= pd.Timedelta(0))[:MOST_LISTED]:
        what = "the same date again" if steps.iloc[i] == pd.Timedelta(0) else "an earlier date than the row above"
        hint = "Sort the file by date and keep one row for each."
        problems.append(Problem(int(i) + 2, DATE, what, "strictly increasing dates", hint, str(path)))
    return pd.DatetimeIndex(days)


def _column(column: pd.Series, path: Path, problems: list[Problem]) -> pd.Series:
    name, text = str(column.name), column.str.strip()
    values = pd.to_numeric(text, errors="coerce").astype(float)
    blank = (text == "").to_numpy()
    wrong = ~blank & ~np.isfinite(values.to_numpy())
    for i in np.flatnonzero(wrong)[:MOST_LISTED]:
        hint = "Write a price, or leave the cell blank."
        problems.append(Problem(int(i) + 2, name, repr(text.iloc[i]), "a number", hint, str(path)))
    with np.errstate(invalid="ignore"):
        negative = np.flatnonzero(values.to_numpy() <= 0)
    for i in negative[:MOST_LISTED]:
        hint = "A return needs positive prices: leave the cell blank."
        problems.append(Problem(int(i) + 2, name, f"{values.iloc[i]:g}", "a price above zero", hint, str(path)))
    return values
