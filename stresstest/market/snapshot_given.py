"""Weekly levels of a data folder, checked: what may be given to the balance sheet, and what it is scored against."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from itertools import pairwise
from pathlib import Path
from statistics import median

import numpy as np

from ..errors import DataError, Problem
from ..tables import read_table
from .snapshot_files import Row, once, read_rows

#: Magnitudes are judged and silences counted from here on.
CHECKED_FROM = date(2014, 1, 1)
#: A wrong unit is most often a power of a thousand away.
SLIPS = (1e-3, 1e3, 1e-6, 1e6, 1e-2, 1e2)


@dataclass(frozen=True)
class _Contract:
    """One row of ``snapshot_given.csv``."""

    name: str
    file: str
    columns: tuple[str, ...]
    size: float
    unit: str
    low: float
    high: float
    max_gap_days: int
    title: str


@cache
def _contracts() -> Mapping[str, _Contract]:
    return {
        row["name"]: _Contract(
            row["name"], row["file"], tuple(row["column"].split("|")), float(row["size"]), row["unit"],
            float(row["low"]), float(row["high"]), int(row["max_gap_days"]), row["title"],
        )
        for row in read_table("stresstest.market", "snapshot_given.csv")
    }  # fmt: skip


#: Levels that follow from series: which series, and how.
DERIVED = {
    "foreign_repo": ("reverse_repo", "on_rrp"),
    "other_assets": ("total_assets", "treasuries", "mbs", "loans_repo"),
}
#: A month average stands in the middle of its month.
MIDDLE = timedelta(days=14)


def given_levels(folder: Path, names: Iterable[str], dates: Sequence[date]) -> dict[str, np.ndarray]:
    """Levels on ``dates`` by the names of the balance sheet, with those that follow from other series.

    foreign_repo: reverse repos less ON RRP. other_assets: what neither securities nor repos explain, emergency loans
    among it. currency: monetary base less reserves, month averages. Raises DataError like ``weekly_levels``.
    """
    names = tuple(names)
    plain = [name for name in names if name not in DERIVED and name != "currency"]
    needed = {series for name in names for series in DERIVED.get(name, ())}
    found = weekly_levels(folder, dict.fromkeys((*plain, *sorted(needed))), dates)
    result = {name: found[name] for name in plain}
    for name, (first, *others) in DERIVED.items():
        if name in names:
            result[name] = found[first] - np.sum([found[other] for other in others], axis=0)
    if "currency" in names:
        result["currency"] = _currency(folder, dates)
    return result


def _currency(folder: Path, dates: Sequence[date]) -> np.ndarray:
    """Currency in circulation between the middles of months: monetary base less the mean of reserves of the month."""
    problems: list[Problem] = []
    base, reserves = (read_series(folder, name, problems) for name in ("monetary_base", "reserves_average"))
    if problems:
        raise DataError(once(problems))
    size = _contracts()["reserves_average"].size
    by_month: dict[tuple[int, int], list[float]] = {}
    for day, value in reserves:
        by_month.setdefault((day.year, day.month), []).append(value * size)
    knots = [
        ((day + MIDDLE).toordinal(), value - float(np.mean(by_month[day.year, day.month])))
        for day, value in base
        if (day.year, day.month) in by_month
    ]
    days, values = np.array(knots).T
    wanted = np.array([day.toordinal() for day in dates])
    if wanted[0] < days[0] or wanted[-1] > days[-1] + _contracts()["monetary_base"].max_gap_days:
        last = date.fromordinal(int(days[-1]))
        found, expected = f"no value after {last}", "a value for every week"
        hint = "Choose an earlier end, or leave currency to the model."
        raise DataError(Problem(None, "BOGMBASE", found, expected, hint, str(folder)))
    return np.asarray(np.interp(wanted, days, values))


def weekly_levels(folder: Path, names: Iterable[str], dates: Sequence[date]) -> dict[str, np.ndarray]:
    """Levels of the named series on ``dates``, internal units: the last observation at or before each.

    Raises DataError with every fault of every series: a missing file, column or value, dates out of order, a silence
    longer than the contract allows, values that are no numbers or lie where another unit would put them.
    """
    problems: list[Problem] = []
    result = {}
    for contract in (_contracts()[name] for name in names):
        series = read_series(folder, contract.name, problems)
        if series:
            result[contract.name] = _at(contract, series, dates, folder, problems)
    if problems:
        raise DataError(once(problems))
    return result


def series_problems(folder: Path, names: Iterable[str]) -> list[Problem]:
    """Every fault of the named series; see ``weekly_levels``. An absent file is left to those who read the files."""
    problems: list[Problem] = []
    for name in names:
        if (folder / _contracts()[name].file).is_file():
            read_series(folder, name, problems)
    return problems


def read_series(folder: Path, name: str, problems: list[Problem]) -> list[tuple[date, float]]:
    """One series as (date, value) in the unit of the file; empty where it cannot be used (faults are added)."""
    contract = _contracts()[name]
    path = folder / contract.file
    rows, before = _rows(path, contract, problems), len(problems)
    values = [pair for pair in (_value(number, row, contract, path, problems) for number, row in rows) if pair]
    if rows and not values and len(problems) == before:
        problems.append(_problem(contract, path, "no value", contract.title, f"Add {contract.title}, {contract.unit}."))
    _check_magnitude(contract, path, values, problems)
    _check_gaps(contract, path, values, problems)
    return values


def _problem(contract: _Contract, path: Path, found: str, expected: str, hint: str, row: int | None = None) -> Problem:
    return Problem(row, contract.columns[0], found, expected, hint, str(path))


def _rows(path: Path, contract: _Contract, problems: list[Problem]) -> list[tuple[int, Row]]:
    """Rows of the file with their line numbers, in order of date; empty where the file or column cannot be used."""
    before, hint = len(problems), f"Add {contract.title} in {contract.unit}."
    if not path.is_file():
        problems.append(_problem(contract, path, "no such file", "a CSV file with a date column", hint))
        return []
    rows = read_rows(path, problems)
    if rows and not any(column in rows[0] for column in contract.columns):
        problems.append(_problem(contract, path, "no such column", " or ".join(contract.columns), hint, 1))
    return list(enumerate(rows, 2)) if len(problems) == before else []


def _value(
    number: int, row: Row, contract: _Contract, path: Path, problems: list[Problem]
) -> tuple[date, float] | None:
    text = next((row[column] for column in contract.columns if row.get(column)), "")
    if not text:
        return None
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        problems.append(_problem(contract, path, repr(text), "a number", "Mend the cell.", number))
        return None
    return date.fromisoformat(row["date"]), value


def _check_magnitude(
    contract: _Contract, path: Path, values: list[tuple[date, float]], problems: list[Problem]
) -> None:
    recent = [abs(value) for day, value in values if day >= CHECKED_FROM]
    if not recent:
        return
    typical = median(recent)
    if contract.low <= typical <= contract.high:
        return
    slip = next((size for size in SLIPS if contract.low <= typical * size <= contract.high), None)
    hint = (
        f"Multiplied by {slip:g} it would fit: convert the column to {contract.unit}." if slip else "Mend the column."
    )
    found, expected = f"a median of {typical:g}", f"{contract.unit}: {contract.low:g} to {contract.high:g}"
    problems.append(_problem(contract, path, found, expected, hint))


def _check_gaps(contract: _Contract, path: Path, values: list[tuple[date, float]], problems: list[Problem]) -> None:
    recent = [day for day, _ in values if day >= CHECKED_FROM]
    gaps = [((after - before).days, after) for before, after in pairwise(recent)]
    longest, end = max(gaps, default=(0, None))
    if longest > contract.max_gap_days:
        found, expected = f"{longest} days without a value before {end}", f"at most {contract.max_gap_days}"
        problems.append(_problem(contract, path, found, expected, "Fill in what is missing."))


def _at(
    contract: _Contract, series: list[tuple[date, float]], dates: Sequence[date], folder: Path, problems: list[Problem]
) -> np.ndarray:
    """Last value at or before each date, none older than the longest silence."""
    days = np.array([day for day, _ in series], dtype="datetime64[D]")
    wanted = np.array(dates, dtype="datetime64[D]")
    place = np.searchsorted(days, wanted, side="right") - 1
    age = (wanted - days[np.maximum(place, 0)]).astype(int)
    bad = np.flatnonzero((place < 0) | (age > contract.max_gap_days))
    if len(bad):
        first, last = series[0][0], series[-1][0]
        found = f"no value for {dates[int(bad[0])]} (the series runs from {first} to {last})"
        latest = last + timedelta(days=contract.max_gap_days)
        hint = f"Choose dates from {first} to {latest}, or leave it to the model."
        problems.append(_problem(contract, folder / contract.file, found, "a value for every week", hint))
        return np.full(len(dates), np.nan)
    return np.array([value for _, value in series])[place] * contract.size
