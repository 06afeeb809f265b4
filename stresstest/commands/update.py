"""``update``: refresh the user cache from public sources."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from ..live.update import Update
from ..live.update import update as refresh
from ..market import load_snapshot
from ..market.own_prices import yahoo_name
from .fetch import UNQUOTED, read_unpriced
from .shown import Shown


def update(
    holdings: Iterable[str] = (),
    only: Iterable[str] = (),
    progress: Callable[[str, int, int], None] = lambda stage, done, total: None,
) -> Shown:
    """Fetch every series of the catalogue, and the prices of the symbols in the ``holdings`` files.

    Raises InputError for a file that cannot be read and NoAnswerError where no source answers.
    """
    done = refresh(_symbols(holdings), tuple(only), progress)
    return Shown(_document(done), (_table(done),), _lines(done))


def _symbols(holdings: Iterable[str]) -> dict[str, str]:
    """Yahoo's name of every symbol that it can have a price of, by our name. Raises InputError, all files at once."""
    return {
        position.symbol: yahoo_name(position.symbol, position.asset_class)
        for portfolio in read_unpriced(holdings, load_snapshot())
        for position in portfolio.positions
        if position.asset_class not in UNQUOTED
    }


def _document(done: Update) -> dict[str, object]:
    rows = [
        {
            "file": line.file,
            "column": line.column,
            "provider": line.provider,
            "state": line.state,
            "newest": line.newest.isoformat() if line.newest else None,
            "detail": line.detail,
        }
        for line in done.lines
    ]
    counts = {state: done.count(state) for state in ("fresh", "late", "kept", "missing")}
    return {"edition": done.edition, "date": done.day.isoformat(), "counts": counts, "series": rows}


def _table(done: Update) -> tuple[str, tuple[str, ...], list[tuple[str, ...]]]:
    """Only what a reader must know of: everything that did not arrive fresh from its first source."""
    rows: list[tuple[str, ...]] = [
        (line.state, line.column, line.file, line.newest.isoformat() if line.newest else "", line.detail)
        for line in done.lines
        if line.state != "fresh" or line.detail
    ]
    return "Not fresh from the first source", ("state", "series", "file", "newest", "reason"), rows


def _lines(done: Update) -> tuple[str, ...]:
    counts = ", ".join(f"{done.count(state)} {state}" for state in ("fresh", "late", "kept", "missing"))
    return (f"Edition {done.edition} is in force: {counts}. `--data` is not needed: every command now reads it.",)
