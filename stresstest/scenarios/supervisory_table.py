"""The Federal Reserve's supervisory tables as text: recognised by their header, checked cell by cell.

One file is one table, domestic or international, or both side by side; the other table and the historic one are looked
for in the same folder.
"""

from __future__ import annotations

import csv
import difflib
import io
import math
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from ..tables import read_table
from ..toml_text import LARGEST_FILE
from .toml_file import Door

#: Label of rows that are history rather than a scenario.
HISTORY = "Actual"
MOST_ROWS, MOST_FILES = 400, 60
#: Columns that name a row: official header, then as other copies write them.
NAME_COLUMNS, DATE_COLUMNS = ("scenario_name", "scenario"), ("date", "quarter")
#: A table is official when it has at least so many of the 28 columns.
LEAST_COLUMNS = 8
#: A header that is so like one of the 28 is taken for a slip.
NEARLY = 0.85


@dataclass(frozen=True)
class Variable:
    """One of the 28 columns: how it is written, and which factor it moves by which rule (supervisory.csv).

    low, high: what a value in this unit can be.
    """

    column: str
    header: str
    table: str
    unit: str
    factor: str
    rule: str
    coefficient: float
    low: float
    high: float


@dataclass(frozen=True, order=True)
class Quarter:
    """A calendar quarter."""

    year: int
    number: int

    def __str__(self) -> str:
        return f"{self.year} Q{self.number}"

    def later(self, quarters: int) -> Quarter:
        """So many quarters later."""
        year, number = divmod(self.year * 4 + self.number - 1 + quarters, 4)
        return Quarter(year, number + 1)


#: Values of one quarter by column, units of the table.
Row = Mapping[str, float]


@dataclass(frozen=True)
class Table:
    """Rows by scenario name and quarter; columns: those of the 28 that the file has; ignored: those it has besides."""

    file: str
    rows: Mapping[str, Mapping[Quarter, Row]]
    columns: tuple[str, ...]
    ignored: tuple[str, ...] = ()


@cache
def variables() -> Mapping[str, Variable]:
    """The 28 variables by column."""
    return {
        row["column"]: Variable(
            column=row["column"],
            header=row["header"],
            table=row["table"],
            unit=row["unit"],
            factor=row["factor"],
            rule=row["rule"],
            coefficient=float(row["coefficient"]),
            low=float(row["low"]),
            high=float(row["high"]),
        )
        for row in read_table("stresstest.scenarios", "supervisory.csv")
    }


def column_of(header: str) -> str:
    """A header in the form of supervisory.csv: "U.K. inflation" is u_k_inflation."""
    return re.sub(r"[^a-z0-9]+", "_", header.strip().lower()).strip("_")


def read_official(path: Path) -> Table:
    """The table in ``path``. Raises InputError with every fault: wrong header, cells, order of quarters."""
    door = Door(path.name)
    text = _text(path, door)
    door.close()
    table = _table(text, path.name, door)
    door.close()
    return table


def neighbours(path: Path) -> Iterable[Table]:
    """Other official tables in the folder of ``path``, in order of name; other files are passed by."""
    for other in sorted(path.parent.glob("*.csv"))[:MOST_FILES]:
        if other.name != path.name and other.is_file():
            door = Door(other.name)
            text = _text(other, door)
            table = _table(text, other.name, door) if _is_official(_header(text)) else None
            if table is not None and not door.problems:
                yield table


def parse_quarter(text: str) -> Quarter | None:
    """2025 Q1, 2025Q1 or a date inside the quarter; None where it is none of these."""
    match = re.fullmatch(r"\s*(\d{4})\s*[Qq]([1-4])\s*", text)
    if match:
        return Quarter(int(match[1]), int(match[2]))
    match = re.fullmatch(r"\s*(\d{4})-(\d{2})-\d{2}\s*", text)
    return Quarter(int(match[1]), (int(match[2]) + 2) // 3) if match and 1 <= int(match[2]) <= 12 else None


# -------------------------------------------------------------------------------------------------------------- reading


def _text(path: Path, door: Door) -> str:
    if path.stat().st_size > LARGEST_FILE:
        hint = "A table of the Federal Reserve has a few kilobytes."
        door.fault("", f"{path.stat().st_size / 1e6:,.0f} MB", "one official table of at most 1 MB", hint)
        return ""
    try:
        return path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError:
        door.fault("", "not UTF-8 text", "a CSV file in UTF-8", "Save it as UTF-8.")
        return ""


def _header(text: str) -> list[str]:
    first = text.split("\n", 1)[0].rstrip("\r")
    return [column_of(cell) for cell in next(csv.reader([first]), [])]


def _is_official(header: Sequence[str]) -> bool:
    return sum(column in variables() for column in header) >= LEAST_COLUMNS and "date" in {
        "date" if column in DATE_COLUMNS else column for column in header
    }


def _table(text: str, file: str, door: Door) -> Table:
    header = _header(text)
    if not _is_official(header):
        expected = f"a header with Scenario Name, Date and at least {LEAST_COLUMNS} of the 28 supervisory variables"
        hint = "A user scenario is a TOML file; official tables keep the Federal Reserve's column names."
        hint = "It is separated by semicolons; save it with commas." if text.split("\n", 1)[0].count(";") > 5 else hint
        door.fault("header", ", ".join(header[:6]) or "an empty file", expected, hint, 1)
        return Table(file, {}, ())
    _check_header(header, door)
    rows: dict[str, dict[Quarter, Row]] = {}
    lines = list(csv.reader(io.StringIO(text)))
    if len(lines) > MOST_ROWS:
        door.fault("", f"{len(lines)} lines", f"at most {MOST_ROWS}", "Keep the scenario and the quarters before it.")
        return Table(file, {}, ())
    for number, cells in enumerate(lines[1:], 2):
        filled = max((i + 1 for i, cell in enumerate(cells) if cell.strip()), default=0)
        if filled > len(header) or 0 < len(cells) < len(header):
            hint = "Leave a blank cell where a value is missing; no comma inside a number."
            door.fault("", f"{max(filled, len(cells))} cells", f"{len(header)}, as in the header", hint, number)
        elif filled:
            _read_row(number, dict(zip(header, cells, strict=False)), rows, door)
    columns = tuple(column for column in header if column in variables())
    labels = (*NAME_COLUMNS, *DATE_COLUMNS, "quarter_end")
    return Table(file, rows, columns, tuple(c for c in header if c not in columns and c not in labels))


def _check_header(header: Sequence[str], door: Door) -> None:
    """Columns that stand there twice, and columns whose name is nearly one of the 28 that is not there."""
    for column in sorted({column for column in header if header.count(column) > 1}):
        door.fault("header", column or "a column without a name", "each column once", "Leave one of the two out.", 1)
    missing = [column for column in variables() if column not in header]
    for column in header:
        near = [] if column in variables() else difflib.get_close_matches(column, missing, 1, NEARLY)
        if near:
            expected = f"{variables()[near[0]].header!r} or another name altogether"
            door.fault("header", column, expected, f"Did you mean {variables()[near[0]].header}?", 1)


def _read_row(number: int, cells: Mapping[str, str], rows: dict[str, dict[Quarter, Row]], door: Door) -> None:
    name = next((cells[c].strip() for c in NAME_COLUMNS if c in cells), "Scenario")
    label = next(cells[c] for c in DATE_COLUMNS if c in cells)
    quarter = parse_quarter(label)
    if quarter is None:
        door.fault("Date", label or "a blank cell", "a quarter such as 2025 Q1", "Or a day such as 2025-03-31.", number)
        return
    values = {}
    for column, cell in cells.items():
        if column in variables() and cell.strip():
            value, variable = _number(cell), variables()[column]
            if value is None or not variable.low <= value <= variable.high:
                expected = f"a number from {variable.low:g} to {variable.high:g} ({variable.unit})"
                door.fault(variable.header, cell, expected, _unit_hint(value, variable), number)
            else:
                values[column] = value
    if quarter in rows.setdefault(name, {}):
        door.fault("Date", str(quarter), f"each quarter of {name} once", "Leave one of the two rows out.", number)
    rows[name][quarter] = values


def _unit_hint(value: float | None, variable: Variable) -> str:
    """What to do about a value that cannot be in the unit of its column."""
    if value is None:
        return "Leave the cell blank where there is no value."
    if variable.unit.startswith("percent"):
        for size, name in ((100.0, "decimals"), (0.01, "basis points")):
            if variable.low <= value * size <= variable.high:
                return f"The table is in percent: {value:g} in {name} is {value * size:g}."
    return "The table holds levels, no returns." if variable.unit == "index" else f"The table is in {variable.unit}."


def _number(cell: str) -> float | None:
    try:
        value = float(cell.strip().replace(",", ""))
    except ValueError:
        return None
    return value if math.isfinite(value) and abs(value) < 1e7 else None
