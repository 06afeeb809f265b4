"""Every value with the day on which it became known, so that a past date sees what was known then.

A vintage row is (date, value, known_on, seen_on). The first value of a date is known ``lag_days`` after it; a value
that later differs is a revision, known on the day of the fetch. seen_on is the day of the fetch that brought the value:
where it is after known_on, the public may have known another value in between.
"""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

#: Relative difference below which two values are the same number printed twice.
SAME = 1e-9
HEADER = ("date", "value", "known_on", "seen_on")
#: File of the series folder, and column in it.
Place = tuple[str, str]


@dataclass(frozen=True, slots=True, order=True)
class Vintage:
    """One value of one date, the day from which it is taken to be known, and the day on which it was fetched."""

    day: date
    known_on: date
    value: float
    seen_on: date


def merged(old: Iterable[Vintage], points: Mapping[date, float], lag_days: int, today: date) -> tuple[Vintage, ...]:
    """``old`` with new dates and revisions added; nothing is taken away."""
    rows = sorted(old)
    latest = {row.day: row.value for row in rows}
    for day, value in points.items():
        if day not in latest:
            rows.append(Vintage(day, min(day + timedelta(days=lag_days), today), value, today))
        elif not math.isclose(latest[day], value, rel_tol=SAME, abs_tol=SAME):
            rows.append(Vintage(day, today, value, today))
    return tuple(sorted(rows))


def known(rows: Iterable[Vintage], as_of: date | None = None) -> dict[date, float]:
    """The values that were known at the end of ``as_of`` (None: now), by date."""
    return {row.day: row.value for row in sorted(rows) if as_of is None or row.known_on <= as_of}


def first_seen(rows: Iterable[Vintage], as_of: date) -> date | None:
    """The fetch that brought the newest value known on ``as_of``; None where there is no value."""
    newest = max((row for row in rows if row.known_on <= as_of), default=None)
    return newest.seen_on if newest else None


def to_text(rows: Iterable[Vintage]) -> str:
    """CSV with one row for each vintage."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(HEADER)
    writer.writerows(
        (row.day.isoformat(), repr(row.value), row.known_on.isoformat(), row.seen_on.isoformat())
        for row in sorted(rows)
    )
    return out.getvalue()


def from_text(text: str) -> tuple[Vintage, ...]:
    """The rows of ``to_text``; a file without seen_on is of an older edition, and says known_on instead.

    Raises ValueError or KeyError for anything else.
    """
    rows = []
    for row in csv.DictReader(io.StringIO(text)):
        known_on = date.fromisoformat(row["known_on"])
        seen_on = date.fromisoformat(row["seen_on"]) if row.get("seen_on") else known_on
        rows.append(Vintage(date.fromisoformat(row["date"]), known_on, float(row["value"]), seen_on))
    return tuple(rows)


def table(columns: Mapping[str, Mapping[date, float]]) -> str:
    """A CSV file of the folder layout: one row for each date, one column for each series, blank where there is none."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(("date", *columns))
    for day in sorted({day for values in columns.values() for day in values}):
        cells = (repr(values[day]) if day in values else "" for values in columns.values())
        writer.writerow((day.isoformat(), *cells))
    return out.getvalue()


def tables(series: Mapping[Place, Sequence[Vintage]], as_of: date | None = None) -> dict[str, str]:
    """The files of a series folder as known on ``as_of``, by path."""
    files: dict[str, dict[str, dict[date, float]]] = {}
    for (file, column), rows in series.items():
        files.setdefault(file, {})[column] = known(rows, as_of)
    return {file: table(columns) for file, columns in files.items()}


def read_all(folder: Path) -> dict[Place, tuple[Vintage, ...]]:
    """Every vintage file under ``folder``, by the file and column that it belongs to."""
    series = {}
    for path in sorted(folder.rglob("*.csv")):
        place = (f"{path.relative_to(folder).parent.as_posix()}.csv", path.stem)
        series[place] = from_text(path.read_text(encoding="utf-8"))
    return series
