"""What a data folder must hold, and the reading of it: every series is checked on arrival against ``series.csv``."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields, replace
from datetime import date
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd

from ..errors import DataError, Problem
from ..tables import read_table
from ..units import SIZE

#: Silences are checked from here on: older ones are in the sources (no 30-year bond in 2002-2006) and in no estimate.
GAPS_FROM = pd.Timestamp(2007, 1, 1)
EVERY_COLUMN = "*"
#: A wrong unit is most often a power of ten away; these are tried for the hint.
LIKELY_SLIPS = (1e-3, 1e-2, 1e2, 1e3, 1e-6, 1e6)


@dataclass(frozen=True, slots=True)
class Contract:
    """One series: where it is, in which unit, how late it is published, and what its values may be."""

    name: str
    file: str
    column: str
    kind: str
    unit: str
    lag_days: int
    max_gap_days: int
    low: float
    high: float
    typical_low: float
    fallback: str
    title: str

    @property
    def is_price(self) -> bool:
        """Whether the logarithm is used."""
        return self.kind == "price"

    def fits(self, values: np.ndarray) -> bool:
        """Whether all values and their median lie where the unit puts them."""
        inside = values.min() >= self.low and values.max() <= self.high
        return bool(inside and np.median(np.abs(values)) >= self.typical_low)


@dataclass(frozen=True)
class Folder:
    """What a data folder holds, each series on its own dates. named: by name of the contract, internal units.

    prices: by column of the files of which every column is an asset; an asset may have the name of a contract.
    """

    named: Mapping[str, pd.Series]
    prices: Mapping[str, pd.Series]


@cache
def contracts() -> tuple[Contract, ...]:
    """Every row of ``series.csv``."""
    return tuple(_contract(row) for row in read_table("stresstest.market", "series.csv"))


def _contract(row: Mapping[str, str]) -> Contract:
    convert = {"int": int, "float": float, "str": str}
    return Contract(**{field.name: convert[str(field.type)](row[field.name]) for field in fields(Contract)})


@dataclass(frozen=True)
class Tables:
    """The files of a folder as they are, before anything is left out; problems: files that could not be read."""

    folder: Path
    by_file: Mapping[str, pd.DataFrame]
    problems: tuple[Problem, ...]


def read_tables(folder: Path) -> Tables:
    """Every file of the contract. Read once, a folder can be looked at as of many dates (``known_on``)."""
    problems: list[Problem] = []
    files = dict.fromkeys(contract.file for contract in contracts())
    found = {file: _read_file(folder / file, problems) for file in files}
    return Tables(folder, {file: table for file, table in found.items() if table is not None}, tuple(problems))


def known_on(tables: Tables, as_of: date | None) -> Folder:
    """Every series of the contract as the public had it on ``as_of``. Raises DataError with all faults at once."""
    problems = list(tables.problems)
    named: dict[str, pd.Series] = {}
    prices: dict[str, pd.Series] = {}
    for file, table in tables.by_file.items():
        for contract in _expand(file, table, tables.folder, problems):
            place = named if contract in contracts() else prices
            place[contract.name] = _checked(contract, table[contract.column], as_of, tables.folder, problems)
    if problems:
        raise DataError(problems)
    return Folder(_with_fallbacks(named, prices), prices)


def fingerprints(folder: Folder) -> dict[str, str]:
    """SHA-256 of the dates and values that were used, by file; all price columns together are "prices".

    Values that were not known yet are not in it: the same folder with later rows has the same fingerprints.
    """
    digests = {contract.file: hashlib.sha256() for contract in contracts() if contract.column != EVERY_COLUMN}
    for contract in contracts():
        if contract.name in folder.named:
            _update(digests[contract.file], contract.name, folder.named[contract.name])
    prices = hashlib.sha256()
    for name in sorted(folder.prices):
        _update(prices, name, folder.prices[name])
    return {file: digest.hexdigest() for file, digest in digests.items()} | {"prices": prices.hexdigest()}


def _update(digest: hashlib._Hash, name: str, series: pd.Series) -> None:
    days = pd.DatetimeIndex(series.index).strftime("%Y-%m-%d")
    rows = "".join(f"{day},{value:.12g}\n" for day, value in zip(days, series, strict=True))
    digest.update(f"{name}\n{rows}".encode())


def _read_file(path: Path, problems: list[Problem]) -> pd.DataFrame | None:
    """A file of dated columns, or None when it cannot be read (the reason is added to ``problems``)."""
    if not path.is_file():
        problems.append(Problem(None, "", "no such file", "a CSV file with a date column", "Add it.", str(path)))
        return None
    table = pd.read_csv(path, dtype={"date": str}, low_memory=False)
    if "date" not in table.columns:
        problems.append(Problem(1, "date", "no such column", "ISO dates", "Name the column of dates.", str(path)))
        return None
    dates = pd.to_datetime(table.pop("date"), format="%Y-%m-%d", errors="coerce")
    wrong = np.flatnonzero(dates.isna() | (dates.diff() <= pd.Timedelta(0)))
    if len(wrong):
        found = f"row out of order or not a date ({len(wrong)} such rows)"
        hint = "Sort the file by date and keep one row for each."
        problems.append(Problem(int(wrong[0]) + 2, "date", found, "ISO dates, strictly increasing", hint, str(path)))
        return None
    return table.set_index(pd.DatetimeIndex(dates, name="date"))


def _expand(file: str, table: pd.DataFrame, folder: Path, problems: list[Problem]) -> Iterator[Contract]:
    """Contracts of one file whose column is there; a ``*`` row becomes one contract for each column."""
    for contract in contracts():
        if contract.file != file:
            continue
        if contract.column == EVERY_COLUMN:
            yield from (replace(contract, name=str(column), column=str(column)) for column in table.columns)
        elif contract.column in table.columns:
            yield contract
        else:
            found, hint = "no such column", f"Add {contract.title} in {contract.unit}."
            problems.append(Problem(1, contract.column, found, contract.title, hint, str(folder / file)))


def _checked(
    contract: Contract, column: pd.Series, as_of: date | None, folder: Path, problems: list[Problem]
) -> pd.Series:
    """Values known at ``as_of`` in internal units. Faults are added to ``problems``."""
    if as_of is not None:
        column = column[column.index <= pd.Timestamp(as_of) - pd.Timedelta(days=contract.lag_days)]
    values = pd.to_numeric(column, errors="coerce")
    place = {"column": contract.column, "file": str(folder / contract.file)}
    not_numbers = np.flatnonzero(values.isna() & column.notna())
    if len(not_numbers):
        found = repr(column.iloc[not_numbers[0]])
        problems.append(Problem(int(not_numbers[0]) + 2, found=found, expected="a number", hint="Mend it.", **place))
    known = values.dropna().astype(float)
    if len(known) and not contract.fits(known.to_numpy()):
        problems.append(_magnitude_problem(contract, known, place))
    gap = _longest_gap(known)
    if contract.max_gap_days and gap.days > contract.max_gap_days:
        found, expected = f"{gap.days} days without a value before {gap.end}", f"at most {contract.max_gap_days}"
        problems.append(Problem(None, found=found, expected=expected, hint="Fill in what is missing.", **place))
    return known * SIZE.get(contract.unit, 1.0)


def _magnitude_problem(contract: Contract, known: pd.Series, place: Mapping[str, str]) -> Problem:
    values = known.to_numpy()
    found = f"values from {values.min():g} to {values.max():g}, median {np.median(values):g}"
    expected = f"{contract.unit} between {contract.low:g} and {contract.high:g}, median over {contract.typical_low:g}"
    slip = next((size for size in LIKELY_SLIPS if contract.fits(values * size)), None)
    hint = (
        f"Multiplied by {slip:g} they would fit: convert the column to {contract.unit}." if slip else "Mend the column."
    )
    return Problem(None, found=found, expected=expected, hint=hint, **place)


@dataclass(frozen=True, slots=True)
class _Gap:
    days: int
    end: date | None


def _longest_gap(known: pd.Series) -> _Gap:
    """The longest silence between two values since ``GAPS_FROM``."""
    recent = known.index[known.index >= GAPS_FROM]
    if len(recent) < 2:
        return _Gap(0, None)
    days = np.diff(recent.to_numpy()) // np.timedelta64(1, "D")
    longest = int(days.argmax())
    return _Gap(int(days[longest]), recent[longest + 1].date())


def _with_fallbacks(named: Mapping[str, pd.Series], prices: Mapping[str, pd.Series]) -> dict[str, pd.Series]:
    """Each series continued by its fallback; rates as they are, prices scaled to agree where the two meet."""
    result = dict(named)
    for contract in contracts():
        if contract.fallback:
            main = named[contract.name]
            spare = named[contract.fallback] if contract.fallback in named else prices[contract.fallback]
            result[contract.name] = _spliced(main, spare) if contract.is_price else main.combine_first(spare)
    return result


def _spliced(main: pd.Series, spare: pd.Series) -> pd.Series:
    """``spare`` before and after ``main``, multiplied by their ratio on the first or last common day.

    Without a common day the two cannot be joined: ``main`` is returned as it is, or ``spare`` where main is empty.
    """
    common = main.index.intersection(spare.index)
    if not len(common):
        return main if len(main) else spare
    first, last = common[0], common[-1]
    before = spare[spare.index < main.index[0]] * (main[first] / spare[first])
    after = spare[spare.index > main.index[-1]] * (main[last] / spare[last])
    return pd.concat([before, main, after])
