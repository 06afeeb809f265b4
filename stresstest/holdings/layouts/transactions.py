"""Recognising lists of transactions by their header, in the languages of brokers."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

from ...tables import read_table
from ..headings import plain_heading

#: Headings that also occur in lists of positions, and those that only lists of positions have.
_WEAK = frozenset({"type", "category", "details", "change", "fee", "fees"})
_VALUES = frozenset({"market value", "current value", "total value", "ending value", "市值"})


@cache
def _words() -> tuple[frozenset[str], frozenset[str]]:
    rows = {row["field"]: frozenset(row["headings"].split("|")) for row in _table()}
    return rows["date"], rows["action"] | rows["movement"]


@cache
def _table() -> list[dict[str, str]]:
    return read_table("stresstest.holdings", "ledger_headings.csv")


@cache
def ledger_headings() -> dict[str, tuple[str, ...]]:
    """Our column of a ledger to its headings, in order of preference."""
    return {row["field"]: tuple(row["headings"].split("|")) for row in _table() if row["field"] != "movement"}


def is_transaction_header(cells: Sequence[str]) -> bool:
    """Whether a row names a day and an action, side, fee or movement: it heads a list of what was done."""
    when, what = _words()
    headings = {plain_heading(cell) for cell in cells if cell}
    if headings & _VALUES:
        headings -= _WEAK
    return len(headings) >= 3 and bool(headings & when) and bool(headings & what)
