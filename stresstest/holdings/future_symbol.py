"""Symbols of futures, and the contracts that are known: multiplier, and whose exposures stand in."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from ..tables import read_table

#: ESZ6, ESZ26, ESZ2026, /ESZ6, ES=F and /ES, an exchange after a colon or not. F G H J K M N Q U V X Z are the months.
_MONTHLY = re.compile(
    r"(?P<slash>/?)(?P<root>[A-Z0-9]{1,3}?)(?P<month>[FGHJKMNQUVXZ](?:20\d\d|\d\d?))(:X[A-Z]+)?", re.A
)
_ROOTED = re.compile(r"(?P<slash>/?)(?P<root>[A-Z0-9]{1,3})(?P<ending>=F)?(:X[A-Z]+)?", re.A)


@dataclass(frozen=True)
class FutureContract:
    """One row of futures.csv. multiplier: USD per point; 0 where it is not known. proxy: symbol whose exposures stand
    in, or "". duration: years to which they are scaled, for Treasury futures. aliases: other names of the underlying.
    """

    root: str
    multiplier: float = 0.0
    proxy: str = ""
    duration: float | None = None
    aliases: frozenset[str] = frozenset()
    name: str = ""


@cache
def futures() -> Mapping[str, FutureContract]:
    """Known contracts by root."""
    return {row["root"]: _contract(row) for row in read_table("stresstest.holdings", "futures.csv")}


def _contract(row: Mapping[str, str]) -> FutureContract:
    duration = float(row["duration_years"]) if row["duration_years"] else None
    aliases = frozenset((row["root"], *row["aliases"].split()))
    return FutureContract(row["root"], float(row["multiplier"]), row["proxy"], duration, aliases, row["name"])


def parse_future(symbol: str, stated: bool) -> FutureContract | None:
    """The contract that a symbol names; with multiplier 0 where only the spelling, a slash first, says that it is one.

    stated: the file says that the row is a future, so that a bare root will do. Without that a known root needs a
    month, a slash or ``=F``: ES alone is a share.
    """
    text = symbol.strip().upper()
    match = _MONTHLY.fullmatch(text)
    if match and match["root"] in futures():
        return futures()[match["root"]]
    rooted = _ROOTED.fullmatch(text)
    if rooted and rooted["root"] in futures() and (stated or rooted["slash"] or rooted["ending"]):
        return futures()[rooted["root"]]
    marked = (match and match["slash"]) or (rooted and (rooted["slash"] or rooted["ending"]))
    found = match or rooted
    return FutureContract(found["root"]) if marked and found else None


def by_underlying(name: str) -> FutureContract | None:
    """A contract on an underlying in the words of a user (SPX, NDX, GOLD): its proxy counts, not its multiplier."""
    wanted = name.strip().upper().lstrip("^/")
    return next((contract for contract in futures().values() if wanted in contract.aliases), None)
