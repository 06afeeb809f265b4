"""The market snapshot: dated starting levels, embedded in the package or read from a folder of series."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from pathlib import Path

from ..errors import DataError, Problem
from ..records import MarketSnapshot, Quote
from ..tables import read_table
from ..units import size_of

#: A level older than this many days, seen from the snapshot's date, is reported as stale: a quarterly series is at most
#: two quarters and its publication lag old.
STALE_DAYS = 270
#: Statuses of levels that are assumptions rather than observations: they hold at every date.
ASSUMED = ("MEM", "JUDG")
#: Items of one weekly release: they are read from the last Wednesday that has all of them, so that the identity closes.
RELEASE = ("total_assets", "treasuries", "mbs", "reserves", "tga", "reverse_repo")
FX_FILE, CPI_FILE = "fx/fx_h10_daily.csv", "macro/macro_monthly.csv"
SAME_DATE = (*RELEASE, "loans_repo", "on_rrp", "foreign_repo", "bank_assets", "bills")


def load_snapshot(data: Path | None = None, as_of: date | None = None) -> MarketSnapshot:
    """Starting levels, nothing later than ``as_of``.

    data: a folder of series; without it the embedded snapshot. Levels that a folder does not hold, or holds only at an
    earlier date, keep the embedded value where that is not later than ``as_of``.

    Raises DataError when a level is missing or the embedded snapshot is later than ``as_of``.
    """
    embedded = _embedded()
    if as_of is not None and as_of > date.today():
        raise DataError(
            Problem(None, "as-of", as_of.isoformat(), "a date that has come", "Leave it out for the latest.")
        )
    if data is None:
        if as_of is not None and as_of < embedded.as_of:
            found, expected = as_of.isoformat(), f"{embedded.as_of} or later"
            raise DataError(
                Problem(None, "as-of", found, expected, "Give --data DIR: the embedded levels are later than that.")
            )
        return embedded
    quotes = _folder_quotes(data, as_of)
    for name, quote in embedded.quotes.items():
        usable = as_of is None or quote.date <= as_of or quote.status in ASSUMED
        newer = name not in quotes or (name not in SAME_DATE[:-1] and quote.date > quotes[name].date)
        if usable and newer:
            quotes[name] = quote
    _require(set(embedded.quotes) - {"other_assets", "currency"}, quotes, data)
    return _balanced(MarketSnapshot(quotes["total_assets"].date, quotes, f"folder {data.name}"))


def stale_quotes(snapshot: MarketSnapshot) -> tuple[Quote, ...]:
    """Levels more than ``STALE_DAYS`` older than the snapshot."""
    return tuple(q for q in snapshot.quotes.values() if (snapshot.as_of - q.date).days > STALE_DAYS)


def _embedded() -> MarketSnapshot:
    quotes = {row["name"]: _quote(row) for row in read_table("stresstest.market", "snapshot.csv")}
    return _balanced(MarketSnapshot(quotes["total_assets"].date, quotes, "embedded"))


def _quote(row: Mapping[str, str]) -> Quote:
    value = float(row["value"]) * size_of(row["unit"])
    return Quote(row["name"], value, date.fromisoformat(row["date"]), row["source"], row["status"])


def _balanced(snapshot: MarketSnapshot) -> MarketSnapshot:
    """Add the two items that close the identity: other assets, and currency in circulation."""
    q = snapshot.quotes
    level = {name: quote.value for name, quote in q.items()}
    other_assets = level["total_assets"] - level["treasuries"] - level["mbs"] - level["loans_repo"]
    others = ("reserves", "on_rrp", "foreign_repo", "tga", "other_deposits", "other_liabilities", "capital")
    currency = level["total_assets"] - sum(level[name] for name in others) - level["deferred_asset"]
    derived = {"other_assets": other_assets, "currency": currency}
    added = {
        name: Quote(name, value, snapshot.as_of, "residual of the balance-sheet identity", "derived")
        for name, value in derived.items()
    }
    return replace(snapshot, quotes={**q, **added})


def _folder_quotes(folder: Path, as_of: date | None) -> dict[str, Quote]:
    """Last value of each level at or before ``as_of``; balance-sheet items all from one Wednesday."""
    rows = read_table("stresstest.market", "levels.csv")
    tables = _read_all(folder, sorted({row["file"] for row in rows} | {FX_FILE, CPI_FILE}))
    release = _last_release(folder, rows, tables, as_of)
    quotes: dict[str, Quote] = {}
    for row in rows:
        until = release if row["name"] in SAME_DATE else as_of
        found = _last(tables[row["file"]], row["column"].split("|"), until)
        if found is not None:
            day, value = found
            quotes[row["name"]] = Quote(row["name"], value * float(row["size"]), day, row["title"], "V-data")
    quotes.update(_fx_quotes(tables[FX_FILE], as_of))
    quotes.update(_inflation_quote(tables[CPI_FILE], as_of))
    total = quotes.pop("reverse_repo")
    foreign = total.value - quotes["on_rrp"].value
    quotes["foreign_repo"] = replace(total, name="foreign_repo", value=foreign, status="derived")
    return quotes


def _last_release(
    folder: Path, rows: list[dict[str, str]], tables: Mapping[str, list[dict[str, str]]], as_of: date | None
) -> date:
    """Last Wednesday at or before ``as_of`` on which every item of the release is present."""
    columns = [row["column"] for row in rows if row["name"] in RELEASE]
    file = next(row["file"] for row in rows if row["name"] == "total_assets")
    for line in reversed(tables[file]):
        day = date.fromisoformat(line["date"])
        if (as_of is None or day <= as_of) and all(line.get(column) for column in columns):
            return day
    raise DataError(
        Problem(
            None, ", ".join(columns), "no week with all of them", "one complete weekly release", "", str(folder / file)
        )
    )


def _read_all(folder: Path, files: list[str]) -> dict[str, list[dict[str, str]]]:
    """Every file by name; all that cannot be used are reported together."""
    tables: dict[str, list[dict[str, str]]] = {}
    problems: list[Problem] = []
    for file in files:
        try:
            tables[file] = _read(folder / file)
        except DataError as error:
            problems.extend(error.problems)
    if problems:
        raise DataError(problems)
    return tables


def _read(path: Path) -> list[dict[str, str]]:
    if not path.is_file():
        raise DataError(Problem(None, "", "no such file", "a CSV file with a date column", "Check --data.", str(path)))
    with path.open(encoding="utf-8-sig", newline="") as handle:
        rows = list(csv.DictReader(handle))
    if not rows or "date" not in rows[0]:
        raise DataError(Problem(1, "date", "no such column", "a date column with ISO dates", "", str(path)))
    return rows


def _last(rows: list[dict[str, str]], columns: list[str], as_of: date | None) -> tuple[date, float] | None:
    for row in reversed(rows):
        day = date.fromisoformat(row["date"])
        if as_of is not None and day > as_of:
            continue
        for column in columns:
            if row.get(column):
                return day, float(row[column])
    return None


def _fx_quotes(rows: list[dict[str, str]], as_of: date | None) -> dict[str, Quote]:
    quotes = {}
    for column in rows[0]:
        found = _last(rows, [column], as_of) if column.endswith("_per_usd") else None
        if found is not None:
            name = f"fx_{column[:3].lower()}"
            quotes[name] = Quote(name, 1.0 / found[1], found[0], "Federal Reserve H.10 (inverted)", "V-data")
    return quotes


def _inflation_quote(rows: list[dict[str, str]], as_of: date | None) -> dict[str, Quote]:
    levels = {row["date"]: row["CPIAUCSL"] for row in rows if row["CPIAUCSL"]}
    days = [day for day in levels if as_of is None or date.fromisoformat(day) <= as_of]
    for day in reversed(days):
        year_before = f"{int(day[:4]) - 1}{day[4:]}"
        if year_before in levels:
            change = float(levels[day]) / float(levels[year_before]) - 1.0
            return {
                "cpi_yoy": Quote("cpi_yoy", change, date.fromisoformat(day), "CPI-U twelve-month change", "derived")
            }
    return {}


def _require(names: set[str], quotes: Mapping[str, Quote], folder: Path) -> None:
    problems = [
        Problem(None, name, "no value at or before the date", "a dated level", "Choose a later --as-of.", str(folder))
        for name in sorted(names - set(quotes))
    ]
    if problems:
        raise DataError(problems)
