"""The central bank's securities one by one: ``bonds/soma_holdings_DATE.csv``, in the layout of the New York Fed."""

from __future__ import annotations

import csv
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import numpy as np

from ..errors import DataError, Problem
from ..records import MaturityList

PATTERN = re.compile(r"soma_holdings_(\d{4}-\d{2}-\d{2})\.csv")
#: Security types of the file and our classes; other types (agency debt, mortgages) are no Treasuries.
KINDS = {"Bills": "bills", "NotesBonds": "notes_bonds", "FRNs": "frn", "TIPS": "tips"}
COLUMNS = ("security_type", "maturity_date", "par_value", "inflation_compensation")
#: The file is in US dollars. Treasuries outside these bounds, USD bn, are most often in another unit.
DOLLARS, LEAST, MOST = 1e-9, 100.0, 20_000.0
#: Faults reported of one file.
MOST_PROBLEMS = 20


@dataclass(frozen=True)
class _Row:
    maturity: date
    kind: str
    par: float
    compensation: float


def newest_list(folder: Path, start: date) -> MaturityList | None:
    """The newest list of the folder not after ``start``; None where there is none.

    Raises DataError with every fault of that file.
    """
    found = [(match[1], path) for path in (folder / "bonds").glob("*.csv") if (match := PATTERN.fullmatch(path.name))]
    known = sorted((day, path) for day, path in found if date.fromisoformat(day) <= start)
    return read_list(known[-1][1], date.fromisoformat(known[-1][0])) if known else None


def read_list(path: Path, as_of: date) -> MaturityList:
    """One list. Raises DataError with every fault: columns, dates, amounts, unit."""
    with path.open(encoding="utf-8-sig", newline="") as handle:
        reader = csv.DictReader(handle)
        missing = [name for name in COLUMNS if name not in (reader.fieldnames or ())]
        if missing:
            raise DataError(
                [Problem(1, name, "no such column", "the layout of SOMA", "", str(path)) for name in missing]
            )
        problems: list[Problem] = []
        rows = [_row(number, row, path, problems) for number, row in enumerate(reader, 2)]
    kept = [row for row in rows if row is not None]
    total = sum(row.par for row in kept)
    if not problems and not LEAST <= total <= MOST:
        found, expected = f"{total:g} USD bn of Treasuries", f"{LEAST:g} to {MOST:g}"
        problems.append(Problem(None, "par_value", found, expected, "Amounts must be in US dollars.", str(path)))
    if problems:
        raise DataError(problems[:MOST_PROBLEMS])
    return MaturityList(
        as_of,
        np.array([row.maturity for row in kept], dtype="datetime64[D]"),
        np.array([row.kind for row in kept]),
        np.array([row.par for row in kept]),
        np.array([row.compensation for row in kept]),
        f"SOMA holdings of {as_of}",
    )


def _row(number: int, row: Mapping[str, str], path: Path, problems: list[Problem]) -> _Row | None:
    """One security, or None where it is no Treasury or cannot be read (the reason is added to ``problems``)."""
    kind = KINDS.get(row["security_type"])
    if kind is None:
        return None
    try:
        maturity = date.fromisoformat(row["maturity_date"])
        par, compensation = float(row["par_value"]), float(row["inflation_compensation"] or 0.0)
    except (TypeError, ValueError):
        found = f"{row['maturity_date']}, {row['par_value']}, {row['inflation_compensation']}"
        problems.append(Problem(number, "maturity_date", found, "an ISO date and amounts", "Mend the row.", str(path)))
        return None
    if not (np.isfinite(par) and par >= 0 and np.isfinite(compensation)):
        problems.append(Problem(number, "par_value", row["par_value"], "zero or more", "Mend the row.", str(path)))
        return None
    return _Row(maturity, kind, par * DOLLARS, compensation * DOLLARS)
