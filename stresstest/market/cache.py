"""Where the user's refreshed series are: editions of a folder laid out like ``--data``, and the one in force.

    <cache>/current                       name of the edition in force
    <cache>/editions/<name>/series/...    the folder of series, newest values
    <cache>/editions/<name>/vintages/...  every value with the day on which it became known
    <cache>/editions/<name>/prices.csv    last close, currency and kind of each symbol that was asked for
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
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from ..errors import DataError, Problem
from .vintages import read_all, tables

VARIABLE = "STRESSTEST_CACHE"
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
            for file, text in tables(read_all(edition / "vintages"), as_of).items():
                (work / file).parent.mkdir(parents=True, exist_ok=True)
                (work / file).write_text(text, encoding="utf-8", newline="")
            os.replace(work, past)
        finally:
            shutil.rmtree(work, ignore_errors=True)
    return past


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


def _price(row: Mapping[str, str]) -> CachedPrice:
    duration = float(row["duration"]) if row["duration"] else None
    day = date.fromisoformat(row["date"])
    return CachedPrice(row["symbol"], float(row["price"]), row["currency"], day, row["kind"], duration)
