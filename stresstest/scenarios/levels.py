"""Levels of factors today, for shocks that are told as a level to reach or as a share of the level."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

from ..records import MarketSnapshot
from ..tables import factor_names, read_table
from ..units import size_of


def factor_levels(snapshot: MarketSnapshot | None) -> Mapping[str, float]:
    """Level of each factor that has one, internal units; prices of indices and coins have none here.

    snapshot: None takes the levels that ship with the package. Spreads of corporate and emerging-market bonds are the
    long-run levels of instruments/spread_levels.csv, because no official figure is free.
    """
    quoted = _embedded() if snapshot is None else snapshot.levels
    levels = {
        row["factor"]: float(row["level"]) * size_of(row["unit"])
        for row in read_table("stresstest.instruments", "spread_levels.csv")
    }
    levels |= {name: value for name, value in quoted.items() if name in factor_names()}
    for name, more, less in (("mortgage_spread", "mortgage_rate", "ust_10y"), ("sofr_iorb", "sofr", "iorb")):
        if more in quoted and less in quoted:
            levels[name] = quoted[more] - quoted[less]
    return levels


@cache
def _embedded() -> Mapping[str, float]:
    rows = read_table("stresstest.market", "snapshot.csv")
    return {row["name"]: float(row["value"]) * size_of(row["unit"]) for row in rows}
