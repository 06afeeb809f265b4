"""The levels that a run starts from: a folder that the user names, else the user cache, else the embedded snapshot."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path

from ..errors import DataError, Problem
from ..records import MarketSnapshot
from ..tables import read_table
from .cache import cached_folder, seen_later
from .snapshot import CPI_FILE
from .snapshot import load_snapshot as load_from


def load_snapshot(data: Path | None = None, as_of: date | None = None) -> MarketSnapshot:
    """Starting levels, nothing later than ``as_of``.

    data: a folder of series. Without it the user cache is taken where it is complete and newer than the embedded
    levels; a cache that cannot be used is a warning of the snapshot, not an error.

    Raises DataError when a level of ``data`` is missing, or nothing is known as early as ``as_of``.
    """
    if data is not None:
        return load_from(data, as_of)
    try:
        folder = cached_folder(as_of)
        cached = load_from(folder, as_of) if folder is not None else None
    except DataError as error:
        reason = f"{error.problems[0].column or error.problems[0].file}: {error.problems[0].found}"
        hint = "Run `stresstest update` again; until then the embedded levels are used."
        unusable = Problem(None, "cache", reason, "a complete cache", hint)
        return replace(load_from(None, as_of), warnings=(unusable,))
    if cached is None or folder is None:
        return load_from(None, as_of)
    if as_of is None and cached.as_of < load_from().as_of:
        return load_from()
    cached = replace(cached, origin=f"user cache, edition {folder.parent.name if as_of is None else folder.name}")
    return _with_revisions(cached, folder)


def _with_revisions(snapshot: MarketSnapshot, folder: Path) -> MarketSnapshot:
    """Levels of a past day that come from a later fetch, and may have been revised in between, say so."""
    later = seen_later(folder)
    places = {(row["file"], column): row["name"] for row in _levels() for column in row["column"].split("|")}
    places[CPI_FILE, "CPIAUCSL"] = "cpi_yoy"
    seen = {places[place]: day for place, day in later.items() if place in places}
    marked = {name: day for name, day in seen.items() if name in snapshot.quotes}
    if not marked:
        return snapshot
    quotes = dict(snapshot.quotes)
    for name, day in marked.items():
        quotes[name] = replace(quotes[name], source=f"{quotes[name].source}; as revised, first seen {day}")
    found = f"{', '.join(sorted(marked))}: as revised, first seen {min(marked.values())}"
    hint = "The cache was filled later: what was revised before the fetch is in them."
    problem = Problem(None, "levels", found, "as they stood on that day", hint)
    return replace(snapshot, quotes=quotes, warnings=(*snapshot.warnings, problem))


def _levels() -> list[dict[str, str]]:
    return read_table("stresstest.market", "levels.csv")
