"""Editions of the cache: written aside, checked, then put in force in one step."""

from __future__ import annotations

import csv
import io
import json
import os
import shutil
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ..errors import InputError, Problem
from ..market.cache import FUNDS, CachedPrice, cache_root, current_edition, funds_text, manifest
from ..market.vintages import Place, Vintage, read_all, tables, to_text
from ..records import FundFacts
from .sources import setting


@dataclass
class Contents:
    """What an edition holds. extra: other files of the series folder, by path, as text."""

    series: dict[Place, tuple[Vintage, ...]] = field(default_factory=dict)
    prices: dict[str, CachedPrice] = field(default_factory=dict)
    funds: dict[str, FundFacts] = field(default_factory=dict)
    extra: dict[str, str] = field(default_factory=dict)


def load() -> Contents:
    """The edition in force, or nothing."""
    edition = current_edition()
    contents = Contents()
    if edition is None:
        return contents
    from ..market.cache import cached_funds, cached_prices

    contents.series = read_all(edition / "vintages")
    contents.prices, contents.funds = dict(cached_prices()), dict(cached_funds())
    for path in sorted((edition / "series" / "bonds").glob("*.csv")):
        contents.extra[path.relative_to(edition / "series").as_posix()] = path.read_text(encoding="utf-8")
    return contents


@contextmanager
def lock() -> Iterator[None]:
    """One update at a time. Raises InputError while another runs."""
    root = cache_root()
    root.mkdir(parents=True, exist_ok=True)
    with (root / "update.lock").open("ab") as handle:
        try:
            _claim(handle.fileno())
        except OSError:
            hint = "Wait until it has ended."
            raise InputError(Problem(None, "update", "another update is running", "one at a time", hint)) from None
        yield


def _claim(handle: int) -> None:
    """Lock an open file until it is closed or its process ends, however it ends. Raises OSError where it is locked."""
    if sys.platform == "win32":
        import msvcrt

        os.lseek(handle, 0, os.SEEK_SET)
        msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)
    else:
        import fcntl

        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)


def publish(contents: Contents, about: Mapping[str, Any], stamp: str) -> Path:
    """Write ``contents`` as edition ``stamp`` and put it in force; older editions beyond the limit are removed."""
    editions = cache_root() / "editions"
    editions.mkdir(parents=True, exist_ok=True)
    staging = Path(tempfile.mkdtemp(prefix=".staging-", dir=editions))
    try:
        _write(staging, contents, about)
        final = _unused(editions, stamp)
        os.replace(staging, final)
    except BaseException:
        shutil.rmtree(staging, ignore_errors=True)
        raise
    pointer = cache_root() / f"current.{os.getpid()}.tmp"
    pointer.write_text(final.name + "\n", encoding="ascii")
    os.replace(pointer, cache_root() / "current")
    kept = int(setting("editions_kept"))
    older = [path for path in editions.iterdir() if path != final and not path.name.startswith(".")]
    for old in sorted(older, key=lambda path: path.stat().st_mtime_ns, reverse=True)[kept - 1 :]:
        shutil.rmtree(old, ignore_errors=True)
    return final


def with_rows(fresh: Mapping[str, Any]) -> dict[str, Any]:
    """The manifest ``fresh`` of some series, with the rows of all others from the edition in force."""
    edition = current_edition()
    if edition is None:
        return dict(fresh)
    before = manifest(edition)
    new = {(row["file"], row["column"]) for row in fresh["series"]}
    kept = [row for row in before["series"] if (row["file"], row["column"]) not in new]
    return {**fresh, "fetched_on": before["fetched_on"], "series": [*kept, *fresh["series"]]}


def _unused(editions: Path, stamp: str) -> Path:
    candidate, number = editions / stamp, 1
    while candidate.exists():
        candidate, number = editions / f"{stamp}-{number}", number + 1
    return candidate


def _write(folder: Path, contents: Contents, about: Mapping[str, Any]) -> None:
    for (file, column), rows in contents.series.items():
        _put(folder / "vintages" / file.removesuffix(".csv") / f"{column}.csv", to_text(rows))
    for file, text in tables(contents.series).items():
        _put(folder / "series" / file, text)
    for file, text in contents.extra.items():
        _put(folder / "series" / file, text)
    _put(folder / "prices.csv", _prices(contents.prices))
    _put(folder / FUNDS, funds_text(contents.funds))
    _put(folder / "manifest.json", json.dumps(about, indent=1, sort_keys=True, allow_nan=False) + "\n")


def _put(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8", newline="")


def _prices(prices: Mapping[str, CachedPrice]) -> str:
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(("symbol", "price", "currency", "date", "kind", "duration"))
    for row in sorted(prices.values(), key=lambda price: price.symbol):
        duration = "" if row.duration is None else repr(row.duration)
        writer.writerow((row.symbol, repr(row.price), row.currency, row.date.isoformat(), row.kind, duration))
    return out.getvalue()
