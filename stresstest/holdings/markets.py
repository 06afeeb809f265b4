"""Markets: the suffix of a symbol, its currency and its region."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

from ..tables import read_table


@cache
def markets() -> tuple[Mapping[str, str], ...]:
    """Suffixes of symbols with the currency and region that they imply."""
    return tuple(read_table("stresstest.holdings", "markets.csv"))


@cache
def by_suffix() -> Mapping[str, Mapping[str, str]]:
    """Markets by suffix, as ".TW"."""
    return {row["suffix"]: row for row in markets()}


@cache
def currency_codes() -> frozenset[str]:
    """Codes of the currencies of all markets."""
    return frozenset(row["currency"] for row in markets())


def market_of(symbol: str) -> Mapping[str, str]:
    """The market that the symbol's suffix names, or an empty mapping."""
    head, dot, tail = symbol.upper().rpartition(".")
    return by_suffix().get(dot + tail, {}) if head else {}
