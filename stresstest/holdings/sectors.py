"""Sector names of issuers and trackers in the words of our tags."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

from ..tables import read_table


@cache
def _sectors() -> Mapping[str, str]:
    return {row["name"]: row["sector"] for row in read_table("stresstest.holdings", "sectors.csv")}


def sector_word(name: str) -> str:
    """Our word for a sector, "" for a name that is none."""
    return _sectors().get(name.casefold(), "")
