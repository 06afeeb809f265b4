"""The tables of this stage, read once each."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

import numpy as np

from ..errors import InputError, Problem
from ..tables import read_table
from ..units import BP, PERCENT, size_of
from .cashflows import ExDividend
from .daycount import DAYS_A_YEAR

PACKAGE = "stresstest.instruments"
#: The row that stands for whatever a table does not list.
OTHERS = "*"
#: Rows of spreads.csv that are not ratings, and the rating of whatever has none.
TREASURY, EMERGING, UNRATED, MUNICIPAL, INSURED = "UST", "EM", "BBB", "MUNI", "INSURED"


@dataclass(frozen=True, slots=True)
class Credit:
    """Spread of a rating, decimals. It moves by ``multiple`` times ``factor`` ("" for none).

    rate_multiple: move of its yield per move of the Treasury yield, at an unchanged factor (below one for municipals).
    """

    rating: str
    level: float
    factor: str
    multiple: float
    multiple_se: float
    residual: float
    rate_multiple: float = 1.0


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
    """Implied volatility over VIX, its move per move of VIX at thirty days, and the slope of its smile."""

    level: float
    move: float
    skew: float


@dataclass(frozen=True, slots=True)
class Convention:
    """How a bond of one kind of issuer accrues and settles; see conventions.csv."""

    day_count: str
    month_end: bool
    settle_days: int
    ex_dividend: ExDividend
    calendar: str


@cache
def convention(issuer: str, code: str) -> Convention:
    """The row of an issuer ("treasury", "municipal", "other") in a currency, or that of any other currency."""
    rows = {(row["issuer"], row["currency"]): row for row in read_table(PACKAGE, "conventions.csv")}
    row = rows.get((issuer, code), rows[(issuer, OTHERS)])
    ex_dividend = ExDividend(int(row["ex_days"]), row["calendar"])
    return Convention(
        row["day_count"], row["month_end"] == "yes", int(row["settle_days"]), ex_dividend, row["calendar"]
    )


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
            float(row["rate_multiple"]),
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
    return Volatility(float(row["level"]), float(row["move"]), float(row["skew"]))


@dataclass(frozen=True, slots=True)
class Stablecoin:
    """What backs a stablecoin, and how far a run multiplies the fall of the peg."""

    kind: str
    amplification: float


@cache
def stablecoin(symbol: str) -> Stablecoin:
    """The row of a stablecoin, or that of any other."""
    rows = {row["symbol"]: row for row in read_table(PACKAGE, "stablecoins.csv")}
    row = rows.get(symbol, rows[OTHERS])
    return Stablecoin(row["kind"], float(row["amplification"]))


@cache
def option_styles() -> Mapping[str, str]:
    """Style of exercise by underlying, where it is not American."""
    return {row["underlying"]: row["style"] for row in read_table(PACKAGE, "option_styles.csv")}


@cache
def constant(name: str) -> float:
    """A constant in internal units."""
    rows = {row["name"]: row for row in read_table(PACKAGE, "constants.csv")}
    return float(rows[name]["value"]) * size_of(rows[name]["unit"])


@cache
def margin_requirements(broker: str = "") -> Mapping[str, float]:
    """Maintenance margin by key: the rule, or what ``broker`` asks where that is more.

    Raises InputError for a broker without rows in margin_brokers.csv.
    """
    rule = {row["key"]: float(row["requirement"]) for row in read_table(PACKAGE, "margin.csv")}
    if not broker:
        return rule
    rows = [row for row in read_table(PACKAGE, "margin_brokers.csv") if row["broker"] == broker.lower()]
    if not rows:
        known = sorted({row["broker"] for row in read_table(PACKAGE, "margin_brokers.csv")})
        hint = "Leave it out for the rule alone."
        raise InputError(Problem(None, "broker", repr(broker), f"one of {', '.join(known)}", hint))
    house = {row["key"]: float(row["requirement"]) for row in rows}
    return {key: max(asked, house.get(key, 0.0)) for key, asked in rule.items()}


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
def principal_is_floored(code: str) -> bool:
    """Whether linkers in a currency repay no less than par."""
    rows = {row["currency"]: row["floor"] for row in read_table(PACKAGE, "linker_floors.csv")}
    return rows.get(code, rows[OTHERS]) == "1"


@cache
def floater_year(code: str) -> float:
    """Interest of a floating-rate note for a year on the calendar, per unit of its quoted rate."""
    days = {row["currency"]: float(row["days"]) for row in read_table(PACKAGE, "floater_days.csv")}
    return DAYS_A_YEAR / days.get(code, days[OTHERS])


@cache
def mortgage_key_rates() -> Mapping[str, float]:
    """Shares of the rate sensitivity of a pass-through by rate factor."""
    return {row["factor"]: float(row["share"]) for row in read_table(PACKAGE, "mortgage_key_rates.csv")}


@cache
def mortgage_rows() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Coupon over the current coupon (decimal), duration and convexity of pass-throughs, by rising coupon."""
    rows = read_table(PACKAGE, "mortgages.csv")
    gap, duration, convexity = (
        np.array([float(row[key]) for row in rows]) for key in ("coupon_gap_pp", "duration", "convexity")
    )
    return gap * PERCENT, duration, convexity


def mortgage_convexity(duration: float) -> float:
    """Convexity of a pass-through of a given duration: longer ones lie further below the current coupon."""
    _, durations, convexities = mortgage_rows()
    return float(np.interp(duration, durations[::-1], convexities[::-1]))


def mortgage_shape(coupon_gap: float) -> tuple[float, float]:
    """Duration and convexity of a pass-through whose coupon is ``coupon_gap`` (decimal) over the current coupon."""
    gaps, durations, convexities = mortgage_rows()
    return float(np.interp(coupon_gap, gaps, durations)), float(np.interp(coupon_gap, gaps, convexities))
