"""A long table, one row for each holding of each portfolio: Parquet, or CSV in the plain format with one column more.

Rows that differ only in portfolio and size are one instrument, which is read once by the ordinary reader; so a table
of millions of rows costs little more than its distinct instruments.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from ...errors import InputError, Problem
from ...records import MarketSnapshot, Portfolio, Position
from ...study.books import read_holdings
from ...study.options import Options
from .gathered import BY_THEMSELVES, Gathered, cash_position

PORTFOLIO, SYMBOL, QUANTITY, VALUE = "portfolio", "symbol", "quantity", "market_value"
#: Columns that belong to a row rather than to its instrument.
OF_ROWS = (PORTFOLIO, QUANTITY, VALUE, "cost_basis", "acquired", "account")
CASH = r"CASH(?:\.[A-Z]{3})?"
#: Units of each instrument that are read, enough for any rounding.
LOT = 1000.0
MOST_ROWS = 20_000_000
MOST_BYTES = 2_000_000_000
#: Distinct instruments that are read at a time: a file with more faults than are listed is read again without them.
CHUNK = 2_000
#: Decimals of value over quantity at which rows are one instrument.
DIGITS = 9


@dataclass(frozen=True)
class Reading:
    """How the table is read. file: its name, for problems."""

    file: str
    snapshot: MarketSnapshot
    options: Options


def gather_table(
    path: Path, snapshot: MarketSnapshot, options: Options, progress: Callable[[int, int], None]
) -> Gathered:
    """Portfolios of a long table; those with a row that cannot be read are listed with it. Raises InputError."""
    reading = Reading(path.name, snapshot, options)
    table = _load(path)
    missing = [name for name in (PORTFOLIO, SYMBOL, QUANTITY) if name not in table]
    if missing:
        expected = "columns portfolio, symbol and quantity"
        raise InputError([Problem(1, name, "no such column", expected, "", path.name) for name in missing])
    gathered = Gathered()
    problems = _numbers(table, path.name)
    cash = table[SYMBOL].str.upper().str.fullmatch(CASH)
    table["instrument"], positions, faults = _instruments(table, cash, reading, progress)
    problems += [_of_row(row, fault, table, path.name) for row, fault in _faulty(table, faults)]
    for portfolio, problem in problems:
        gathered.failed[portfolio] = (*gathered.failed.get(portfolio, ()), problem)
    gathered.instruments = positions
    _collect(table[~table[PORTFOLIO].isin(gathered.failed)], cash, gathered, reading)
    return gathered


def _load(path: Path) -> pd.DataFrame:
    """All cells as text. Raises InputError."""
    if path.suffix.lower() in (".parquet", ".pq"):
        table = _parquet(path)
    else:
        if path.stat().st_size > MOST_BYTES:
            raise InputError(Problem(None, "", "a very large file", f"at most {MOST_BYTES:,} bytes", "", path.name))
        try:
            table = pd.read_csv(path, dtype=str, keep_default_na=False, encoding="utf-8-sig", comment="#")
        except (ValueError, OSError) as error:
            raise InputError(Problem(None, "", str(error)[:200], "a CSV table in UTF-8", "", path.name)) from None
    if not 0 < len(table) <= MOST_ROWS:
        raise InputError(Problem(None, "", f"{len(table):,} rows", f"1 to {MOST_ROWS:,} rows", "", path.name))
    table.columns = [str(name).strip().lower() for name in table.columns]
    return table.apply(lambda column: column.str.strip())


def _parquet(path: Path) -> pd.DataFrame:
    try:
        from pyarrow import ArrowException, parquet
    except ImportError:
        hint = "Install it with pip install 'stresstest[batch]', or give the table as CSV."
        found = "Parquet, which needs pyarrow"
        raise InputError(Problem(None, "", found, "an installed reader", hint, path.name)) from None
    try:
        rows = parquet.ParquetFile(path).metadata.num_rows
        if rows > MOST_ROWS:
            raise InputError(Problem(None, "", f"{rows:,} rows", f"at most {MOST_ROWS:,} rows", "", path.name))
        table = parquet.read_table(path).to_pandas()
    except (ArrowException, OSError, ValueError) as error:
        raise InputError(Problem(None, "", str(error)[:200], "a Parquet table", "", path.name)) from None
    return table.apply(_as_text)


def _as_text(column: pd.Series[Any]) -> pd.Series[Any]:
    """Numbers and dates as a CSV would hold them; nothing as an empty cell."""
    if pd.api.types.is_datetime64_any_dtype(column):
        return column.dt.strftime("%Y-%m-%d").fillna("")
    if pd.api.types.is_float_dtype(column):
        return column.map(lambda number: "" if np.isnan(number) else repr(float(number)), na_action=None)
    return column.astype(object).where(column.notna(), "").astype(str)


def _numbers(table: pd.DataFrame, file: str) -> list[tuple[str, Problem]]:
    """Make quantity and market value numbers, in place; rows where they are none, by portfolio."""
    problems = []
    for name in (QUANTITY, VALUE):
        if name not in table:
            continue
        number = pd.to_numeric(table[name], errors="coerce")
        empty = (table[name] == "") if name == VALUE else np.zeros(len(table), dtype=bool)
        for row in np.flatnonzero(~np.isfinite(number) & ~empty):
            found = repr(table[name].iloc[row])[:80]
            problem = Problem(int(row) + 2, name, found, "a plain number", "Write 1250.5, without separators.", file)
            problems.append((str(table[PORTFOLIO].iloc[row]), problem))
        table[name] = number
    return problems


def _instruments(
    table: pd.DataFrame, cash: pd.Series[bool], reading: Reading, progress: Callable[[int, int], None]
) -> tuple[np.ndarray, list[Position], dict[int, Problem]]:
    """Number of the instrument of each row (-1 for cash and nothing held), the instruments, and faults by number."""
    terms = table.drop(columns=[name for name in OF_ROWS if name in table]).copy()
    terms["side"] = np.sign(table[QUANTITY])
    if VALUE in table:
        terms["unit"] = (table[VALUE] / table[QUANTITY].where(table[QUANTITY] != 0)).round(DIGITS)
    held = (~cash & table[QUANTITY].notna() & (table[QUANTITY] != 0)).to_numpy()
    numbers = np.full(len(table), -1)
    groups = terms[held].groupby(list(terms), sort=False, dropna=False)
    numbers[held] = groups.ngroup().to_numpy()
    distinct = terms[held].drop_duplicates()
    sheet = distinct.drop(columns=[name for name in ("side", "unit") if name in distinct])
    sheet.insert(1, QUANTITY, distinct["side"] * LOT)
    if VALUE in table:
        sheet[VALUE] = (distinct["unit"] * distinct["side"] * LOT).map(lambda v: "" if np.isnan(v) else repr(float(v)))
    positions: dict[int, Position] = {}
    faults: dict[int, Problem] = {}
    for start in range(0, len(sheet), CHUNK):
        found, wrong = _read_chunk(sheet.iloc[start : start + CHUNK], reading)
        positions |= {start + i: position for i, position in found.items()}
        faults |= {start + i: problem for i, problem in wrong.items()}
        progress(min(start + CHUNK, len(sheet)), len(sheet))
    place = {number: i for i, number in enumerate(positions)}
    faults |= {n: _unread(reading.file) for n in range(len(sheet)) if n not in place and n not in faults}
    mapped = np.array([place.get(n, -2 - n) for n in range(len(sheet))] + [-1])
    return mapped[numbers], list(positions.values()), {-2 - n: problem for n, problem in faults.items()}


def _unread(file: str) -> Problem:
    return Problem(None, SYMBOL, "a row that is no holding", "a holding", "Cash rows are CASH or CASH.EUR.", file)


def _read_chunk(sheet: pd.DataFrame, reading: Reading) -> tuple[dict[int, Position], dict[int, Problem]]:
    """Positions and faults by place in the sheet; rows with faults are left out until the rest can be read."""
    faults: dict[int, Problem] = {}
    while len(faults) < len(sheet):
        kept = [i for i in range(len(sheet)) if i not in faults]
        try:
            portfolio = _read_rows(sheet.iloc[kept], reading)
        except InputError as error:
            known = [problem for problem in error.problems if problem.row is not None]
            if not known:
                raise InputError([replace(problem, file=reading.file) for problem in error.problems]) from None
            faults |= {kept[(problem.row or 2) - 2]: problem for problem in known}
            continue
        return {kept[position.row - 2]: position for position in portfolio.positions}, faults
    return {}, faults


def _read_rows(rows: pd.DataFrame, reading: Reading) -> Portfolio:
    """Rows of the plain format through the ordinary reader."""
    options = reading.options
    with tempfile.TemporaryDirectory(prefix="stresstest-") as folder:
        path = Path(folder) / "rows.csv"
        rows.to_csv(path, index=False)
        return read_holdings(path, reading.snapshot, options.data, options.as_of)


def _faulty(table: pd.DataFrame, faults: dict[int, Problem]) -> list[tuple[int, Problem]]:
    numbers = table["instrument"].to_numpy()
    return [(int(row), faults[int(numbers[row])]) for row in np.flatnonzero(numbers < -1)]


def _of_row(row: int, problem: Problem, table: pd.DataFrame, file: str) -> tuple[str, Problem]:
    """The fault of an instrument as that of one row that holds it, with its portfolio."""
    return str(table[PORTFOLIO].iloc[row]), replace(problem, row=row + 2, file=file)


def _collect(table: pd.DataFrame, cash: pd.Series[bool], gathered: Gathered, reading: Reading) -> None:
    """Portfolios by their multiples; those with a margin account or derivatives keep their rows."""
    code = table[SYMBOL].str.upper().str.slice(5).replace("", "USD").where(cash[table.index], "")
    shared = {c: gathered.place(cash_position(c, LOT))[0] for c in sorted(set(code) - {""})}
    place = np.where(code != "", code.map(shared).fillna(-1), table["instrument"]).astype(np.int64)
    derivative = [i for i, p in enumerate(gathered.instruments) if p.asset_class in BY_THEMSELVES]
    number, names = pd.factorize(table[PORTFOLIO])
    lonely = np.zeros(len(names), dtype=bool)
    lonely[number[((table[QUANTITY] < 0) | np.isin(place, derivative)).to_numpy()]] = True
    kept = table[lonely[number]].drop(columns=[PORTFOLIO, "instrument"])
    of_each = (rows for _, rows in kept.groupby(number[lonely[number]]))  # in the order of the numbers
    own = dict(zip(np.flatnonzero(lonely).tolist(), of_each, strict=True))
    order = np.argsort(number, kind="stable")
    order = order[place[order] >= 0]
    ends = np.cumsum(np.bincount(number[order], minlength=len(names)))[:-1]
    places, times = (np.split(values[order], ends) for values in (place, table[QUANTITY].to_numpy() / LOT))
    for n, name in enumerate(map(str, names)):
        if lonely[n]:
            gathered.add_alone(name, partial(_alone, name, own[n], reading))
        else:
            gathered.add_multiples(name, places[n], times[n])


def _alone(name: str, rows: pd.DataFrame, reading: Reading) -> Portfolio:
    """The rows of one portfolio, read together."""
    shown = rows.copy()
    if VALUE in shown:
        shown[VALUE] = shown[VALUE].map(lambda v: "" if np.isnan(v) else repr(float(v)))
    return replace(_read_rows(shown, reading), name=name)
