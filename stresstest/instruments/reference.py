"""The tables of this stage, read once each."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

import numpy as np

from ..tables import read_table
from ..units import BP, PERCENT, size_of

PACKAGE = "stresstest.instruments"
#: The row that stands for whatever a table does not list.
OTHERS = "*"
#: Rows of spreads.csv that are not ratings, and the rating of whatever has none.
TREASURY, EMERGING, UNRATED = "UST", "EM", "BBB"


@dataclass(frozen=True, slots=True)
class Credit:
    """Spread of a rating, decimals. It moves by ``multiple`` times ``factor`` ("" for none)."""

    rating: str
    level: float
    factor: str
    multiple: float
    multiple_se: float
    residual: float


@dataclass(frozen=True, slots=True)
class Currency:
    """How a currency moves in dollars, and its curve with the US curve. proxied: it has no factor of its own."""

    code: str
    factor: str
    beta: float
    se: float
    residual_vol: float
    curve_beta: float
    frequency: int

    @property
    def exposure(self) -> Mapping[str, float]:
        """Log return in dollars per unit of factor."""
        return {self.factor: self.beta} if self.factor else {}

    @property
    def proxied(self) -> bool:
        """Whether another factor stands in."""
        return bool(self.factor) and self.factor != f"fx_{self.code.lower()}"


@dataclass(frozen=True, slots=True)
class Volatility:
    """Implied volatility over VIX, and its move per move of VIX at thirty days."""

    level: float
    move: float


@cache
def credit_rows() -> Mapping[str, Credit]:
    """Credit rows by broad rating."""
    return {
        row["rating"]: Credit(
            row["rating"],
            float(row["level_bp"]) * BP,
            row["factor"],
            float(row["multiple"]),
            float(row["multiple_se"]),
            float(row["residual_bp"]) * BP,
        )
        for row in read_table(PACKAGE, "spreads.csv")
    }


@cache
def rating_aliases() -> Mapping[str, str]:
    """Broad rating by the letters of any agency."""
    rows = read_table(PACKAGE, "spreads.csv")
    return {alias: row["rating"] for row in rows for alias in (row["rating"], *row["aliases"].split())}


@cache
def currency(code: str) -> Currency:
    """The row of a currency, or that of any other."""
    rows = {row["code"]: row for row in read_table(PACKAGE, "currencies.csv")}
    row = rows.get(code, rows[OTHERS])
    beta, se, residual_vol, curve_beta = (float(row[key]) for key in ("beta", "se", "residual_vol", "curve_beta"))
    return Currency(code, row["factor"], beta, se, residual_vol, curve_beta, int(row["frequency"]))


@cache
def volatility(asset_class: str) -> Volatility:
    """The row of a class of underlying, or that of any other."""
    rows = {row["asset_class"]: row for row in read_table(PACKAGE, "volatility.csv")}
    row = rows.get(asset_class, rows[OTHERS])
    return Volatility(float(row["level"]), float(row["move"]))


@cache
def constant(name: str) -> float:
    """A constant in internal units."""
    rows = {row["name"]: row for row in read_table(PACKAGE, "constants.csv")}
    return float(rows[name]["value"]) * size_of(rows[name]["unit"])


@cache
def margin_requirements() -> Mapping[str, float]:
    """Maintenance margin by key."""
    return {row["key"]: float(row["requirement"]) for row in read_table(PACKAGE, "margin.csv")}


@cache
def carry_rules() -> Mapping[str, str]:
    """Rule of income by asset class."""
    return {row["asset_class"]: row["rule"] for row in read_table(PACKAGE, "carry.csv")}


@cache
def spread_levels() -> Mapping[str, float]:
    """Level of each spread factor, decimals."""
    return {
        row["factor"]: float(row["level"]) * size_of(row["unit"]) for row in read_table(PACKAGE, "spread_levels.csv")
    }


@cache
def reset_years() -> Mapping[str, float]:
    """Time between settings of each index of floating-rate notes; 0 means once a coupon period."""
    return {row["index"]: float(row["reset_years"]) for row in read_table(PACKAGE, "floaters.csv")}


@cache
def mortgage_key_rates() -> Mapping[str, float]:
    """Shares of the rate sensitivity of a pass-through by rate factor."""
    return {row["factor"]: float(row["share"]) for row in read_table(PACKAGE, "mortgage_key_rates.csv")}


def mortgage_shape(coupon_gap: float) -> tuple[float, float]:
    """Duration and convexity of a pass-through whose coupon is ``coupon_gap`` (decimal) over the current coupon."""
    rows = read_table(PACKAGE, "mortgages.csv")
    gaps = np.array([float(row["coupon_gap_pp"]) for row in rows]) * PERCENT
    duration, convexity = (
        np.interp(coupon_gap, gaps, [float(row[key]) for row in rows]) for key in ("duration", "convexity")
    )
    return float(duration), float(convexity)
