"""Where the user's refreshed series are: editions of a folder laid out like ``--data``, and the one in force.

    <cache>/current                       name of the edition in force
    <cache>/editions/<name>/series/...    the folder of series, newest values
    <cache>/editions/<name>/vintages/...  every value with the day on which it became known
    <cache>/editions/<name>/prices.csv    last close, currency and kind of each symbol that was asked for
    <cache>/editions/<name>/funds.json    what is published of the funds among them
    <cache>/editions/<name>/manifest.json what was fetched, when, from whom, and what failed

    <cache>/as-of/<name>-<date>/...       what was known on a past day, made when it is first asked for

``update`` writes an edition; everything else only reads the one in force, so a failed update changes nothing.
"""

from __future__ import annotations

import csv
import json
import os
import re
import shutil
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path
from typing import Any

from ..errors import DataError, Problem
from ..records import FundFacts
from .vintages import Place, Vintage, first_seen, read_all, tables

VARIABLE = "STRESSTEST_CACHE"
FUNDS = "funds.json"
#: In a folder of what was known on a past day: series that are revised, and whose values were fetched only later.
REVISED = "revised.json"
NAME = re.compile(r"[0-9]{8}T[0-9]{6}Z(-[0-9]+)?")


@dataclass(frozen=True, slots=True)
class CachedPrice:
    """Last close of a symbol, in its currency. kind: Yahoo's word (EQUITY, ETF, ...). duration: years or None."""

    symbol: str
    price: float
    currency: str
    date: date
    kind: str
    duration: float | None


def cache_root() -> Path:
    """Folder of the cache: ``STRESSTEST_CACHE``, or the place that the system has for caches."""
    chosen = os.environ.get(VARIABLE)
    if chosen:
        return Path(chosen)
    import platformdirs

    return Path(platformdirs.user_cache_dir("stresstest", appauthor=False))


def current_edition() -> Path | None:
    """The edition in force, or None where nothing has been fetched. Raises DataError for a broken cache."""
    pointer = cache_root() / "current"
    if not pointer.is_file():
        return None
    name = pointer.read_text(encoding="ascii", errors="replace").strip()
    edition = cache_root() / "editions" / name
    if not (NAME.fullmatch(name) and (edition / "manifest.json").is_file()):
        hint = "Run `stresstest update` again, or delete the folder."
        raise DataError(Problem(None, "", f"edition {name[:40]!r}", "a complete edition", hint, str(pointer)))
    return edition


def cached_folder(as_of: date | None = None) -> Path | None:
    """The cached folder of series, or None where nothing has been fetched.

    as_of: the values that were known on that day, revisions undone; the folder is made once for each day and edition.
    """
    edition = current_edition()
    if edition is None or as_of is None:
        return edition / "series" if edition else None
    past = cache_root() / "as-of" / f"{edition.name}-{as_of}"
    if not past.is_dir():
        past.parent.mkdir(parents=True, exist_ok=True)
        work = Path(tempfile.mkdtemp(prefix=".work-", dir=past.parent))
        try:
            series = read_all(edition / "vintages")
            for file, text in tables(series, as_of).items():
                (work / file).parent.mkdir(parents=True, exist_ok=True)
                (work / file).write_text(text, encoding="utf-8", newline="")
            changing = {(file, column) for file, column in manifest(edition).get("revised", ())}
            revised = {place: rows for place, rows in series.items() if place in changing}
            (work / REVISED).write_text(_later(revised, as_of), encoding="utf-8")
            os.replace(work, past)
        finally:
            shutil.rmtree(work, ignore_errors=True)
    return past


def _later(series: Mapping[Place, Sequence[Vintage]], as_of: date) -> str:
    """JSON: for each series whose newest value on ``as_of`` was first seen after it, the day on which it was seen."""
    seen = {place: first_seen(rows, as_of) for place, rows in series.items()}
    return json.dumps([[*place, day.isoformat()] for place, day in seen.items() if day is not None and day > as_of])


def seen_later(folder: Path) -> Mapping[Place, date]:
    """Series of a folder from ``cached_folder`` that were first fetched after its day, with the day of the fetch.

    Whatever was revised in between is in their values. Empty for the folder of today.
    """
    path = folder / REVISED
    if not path.is_file():
        return {}
    rows = json.loads(path.read_text(encoding="utf-8"))
    return {(file, column): date.fromisoformat(day) for file, column, day in rows}


def manifest(edition: Path) -> Mapping[str, Any]:
    """What the update wrote about itself."""
    found: Mapping[str, Any] = json.loads((edition / "manifest.json").read_text(encoding="utf-8"))
    return found


def cached_prices(as_of: date | None = None) -> Mapping[str, CachedPrice]:
    """Last closes by symbol; none later than ``as_of`` (a study of the past does not see today's price)."""
    edition = current_edition()
    path = edition / "prices.csv" if edition else None
    if path is None or not path.is_file():
        return {}
    with path.open(encoding="utf-8", newline="") as handle:
        rows = [_price(row) for row in csv.DictReader(handle)]
    return {row.symbol: row for row in rows if as_of is None or row.date <= as_of}


def cached_funds(as_of: date | None = None) -> Mapping[str, FundFacts]:
    """What is published of funds, by symbol; none that was fetched after ``as_of``."""
    edition = current_edition()
    path = edition / FUNDS if edition else None
    if path is None or not path.is_file():
        return {}
    try:
        rows = json.loads(path.read_text(encoding="utf-8"))
        funds = [FundFacts(**{**row, "date": date.fromisoformat(row["date"])}) for row in rows]
    except (ValueError, TypeError, KeyError) as error:
        hint = "Run `stresstest update` again, or delete the folder."
        raise DataError(Problem(None, FUNDS, str(error)[:80], "facts of funds", hint, str(path))) from None
    return {fund.symbol: fund for fund in funds if as_of is None or fund.date <= as_of}


def funds_text(funds: Mapping[str, FundFacts]) -> str:
    """The file that ``cached_funds`` reads."""
    rows = [{**asdict(fund), "date": fund.date.isoformat()} for _, fund in sorted(funds.items())]
    return json.dumps(rows, indent=1, sort_keys=True, allow_nan=False) + "\n"


def _price(row: Mapping[str, str]) -> CachedPrice:
    duration = float(row["duration"]) if row["duration"] else None
    day = date.fromisoformat(row["date"])
    return CachedPrice(row["symbol"], float(row["price"]), row["currency"], day, row["kind"], duration)
