"""Tables of the path effects, read once: constants, dealing costs under stress, specific risk by regime."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

from ..tables import read_table
from ..units import BP, size_of

PACKAGE = "stresstest.stress"
#: The row that stands for every class without its own.
ANY = "*"


@cache
def constant(name: str) -> float:
    """One value of constants.csv, in internal units."""
    rows = {row["name"]: row for row in read_table(PACKAGE, "constants.csv")}
    return float(rows[name]["value"]) * size_of(rows[name]["unit"])


@cache
def _by_class(table: str) -> Mapping[str, dict[str, str]]:
    return {row["asset_class"]: row for row in read_table(PACKAGE, table)}


def _row(table: str, asset_class: str) -> Mapping[str, str]:
    rows = _by_class(table)
    return rows[asset_class] if asset_class in rows else rows[ANY]


@cache
def dealing_cost(asset_class: str) -> tuple[float, float]:
    """Cost of selling one dollar in calm markets, and what full stress adds to it; decimals.

    The calm cost is that of the proposal (allocation/costs.csv), so one trade has one price in both stages.
    """
    costs = {row["asset_class"]: row for row in read_table("stresstest.allocation", "costs.csv")}
    row = costs[asset_class]
    half_spread, fee = float(row["half_spread_bp"]) * BP, float(row["fee_bp"]) * BP
    multiplier = float(_by_class("liquidation.csv")[asset_class]["multiplier"])
    return half_spread + fee, (multiplier - 1.0) * half_spread


@cache
def stress_ratio(asset_class: str) -> float:
    """Specific risk of a stress week over that of any other week."""
    return float(_row("residual_regimes.csv", asset_class)["ratio"])


@cache
def daily_variance(asset_class: str) -> float:
    """Variance that daily moves add up to, over the variance of weekly moves."""
    return float(_row("daily_variance.csv", asset_class)["ratio"])
