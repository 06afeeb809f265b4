"""Which unit a named quantity is shown in: decimals inside, basis points and percent on the page."""

from __future__ import annotations

from functools import cache

from ..records import ASSETS, LIABILITIES
from ..tables import factor_index, factor_table
from ..units import BP, PERCENT, simple_return
from .catalogue import Catalogue

#: Factors shown first for every scenario, in this order.
HEADLINE = ("equity_us", "ust_10y", "ust_2y", "ig_spread", "hy_spread", "sofr_iorb", "usd_broad", "btc")

_POINTS = ("volatility",)
_AMOUNTS = frozenset(
    (
        *ASSETS,
        *LIABILITIES,
        "total_assets",
        "bank_assets",
        "gdp",
        "bills",
        "frn",
        "tips",
        "tips_compensation",
        "reverse_repo",
    )
)
_PLAIN_MEASURES = {"duration": "years", "value_tilt": "beta", "trades": "count"}
_SIZES = {"bp": BP, "share": PERCENT, "fraction": PERCENT, "percent": PERCENT, "vix_point": PERCENT}


@cache
def move_unit(factor: str) -> str:
    """Unit in which a move of the factor is shown: "bp", "vix_point" or "percent"."""
    known = factor_index()
    row = factor_table()[known[factor]] if factor in known else None
    if row is None or row.kind == "log_return":
        return "percent"
    return "vix_point" if row.group in _POINTS else "bp"


def move(factor: str, value: float | None) -> float | None:
    """A factor move in its shown unit; log returns as the simple returns that people read."""
    if value is None:
        return None
    unit = move_unit(factor)
    change = float(simple_return(value)) if unit == "percent" else value
    return change / _SIZES[unit]


def measure_unit(name: str) -> str:
    """Unit of a measure by name: a share of net value unless the name says otherwise."""
    return _PLAIN_MEASURES.get(name, "share")


def quote_unit(name: str) -> str:
    """Unit of a starting level by name."""
    if name in _AMOUNTS:
        return "usd_bn"
    if name.startswith("fx_"):
        return "usd"
    if name == "sofr_usual":
        return "bp"
    return move_unit(name) if move_unit(name) == "vix_point" else "share"


def shown(value: float | None, unit: str, t: Catalogue) -> tuple[float | None, str]:
    """A value in the unit that people read, and the name of that unit."""
    scaled = None if value is None else value / _SIZES.get(unit, 1.0)
    return scaled, t.label("unit", unit)
