"""Factor moves as earned returns: carry, convexity and financing inside the moves, so that betas explain total returns.

A bond loses duration x rise, but it also earns its yield, and its duration shrinks as yields rise. A rate factor is
therefore measured as the log loss over bills of a bond of constant maturity, divided by that bond's duration on the
reference date: in small steps it is the rise of the yield less the yield over bills earned meanwhile. Spreads likewise.
The coupon is the mean yield of the last five years, as in a fund that bought along the way: durations of par bonds
would shrink too fast. Assets that earn their own price change (shares, gold, coins) are measured over bills. Betas keep
their natural unit.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

import numpy as np
import pandas as pd

from ..tables import TENORS, read_table
from .priors import PACKAGE

DAYS_A_YEAR = 365.25
#: Yield below which the formulas of a bond lose digits.
LEAST_YIELD = 1e-3
#: Days whose mean yield is the coupon: five years.
SEASONED_DAYS = 1826
COUPONS_A_YEAR = 2.0
#: The bill whose yield finances everything.
BILL = "ust_3m"


@dataclass(frozen=True)
class Excess:
    """earned: (days, F) cumulated earned moves; those of ``duration`` are still in units of log price.

    bills: (days,) cumulated log return of three-month bills. duration: (days, f) of the bond behind each factor.
    """

    earned: pd.DataFrame
    bills: pd.Series
    duration: pd.DataFrame

    @property
    def last_duration(self) -> pd.Series:
        """Durations on the last day, the newest known of each; 1 where there is none."""
        return self.duration.ffill().iloc[-1].fillna(1.0)

    def per_unit(self, known: pd.Series) -> pd.DataFrame:
        """(days, F) earned levels per unit of yield or spread, for durations ``known`` on the reference date."""
        scaled = self.earned.copy()
        scaled[known.index] = scaled[known.index] / known
        return scaled


@cache
def _spreads() -> Mapping[str, tuple[float, str, float]]:
    """Maturity, Treasury factor beneath, and share of the spread that is earned, by factor."""
    rows = read_table(PACKAGE, "spread_bonds.csv")
    return {row["factor"]: (float(row["maturity"]), row["treasury"], float(row["earned"])) for row in rows}


@cache
def _over_bills() -> tuple[str, ...]:
    """Factors that are total returns of something bought with money."""
    return tuple(row["factor"] for row in read_table(PACKAGE, "financed.csv"))


def excess_levels(levels: pd.DataFrame) -> Excess:
    """Earned moves from factor levels (days, F) on every calendar day. Nothing of a later day enters an earlier one."""
    bill = levels[BILL].ffill()
    bills = (bill.shift() / DAYS_A_YEAR).fillna(0.0).cumsum()
    earned, durations = levels.copy(), {}
    for name, years in TENORS.items():
        gain, durations[name] = _bond_gain(levels[name].ffill(), levels[name].ffill(), years)
        carry = (levels[name].ffill() - bill).shift() / DAYS_A_YEAR
        earned[name] = _cumulated(gain + carry, levels[name])
    for name, (years, treasury, share) in _spreads().items():
        spread = levels[name].ffill()
        gain, durations[name] = _bond_gain(spread, spread + levels[treasury].ffill(), years)
        earned[name] = _cumulated(gain + share * spread.shift() / DAYS_A_YEAR, levels[name])
    for name in _over_bills():
        earned[name] = levels[name] - bills
    return Excess(earned, bills, pd.DataFrame(durations, index=levels.index))


def _bond_gain(driver: pd.Series, yields: pd.Series, years: float) -> tuple[pd.Series, pd.Series]:
    """Daily log gain of a seasoned bond as ``driver`` moves at the yield of the day before, and its duration."""
    coupons = yields.rolling(SEASONED_DAYS, min_periods=1).mean()
    found = bond_risk(yields.to_numpy(), coupons.to_numpy(), years)
    duration, convexity = (pd.Series(values, index=yields.index) for values in found)
    move = driver.diff()
    return -duration.shift() * move + 0.5 * (convexity - duration**2).shift() * move**2, duration


def _cumulated(gain: pd.Series, level: pd.Series) -> pd.Series:
    """Cumulated loss from the first level to the last, as the level itself would rise; NaN outside."""
    total = -gain.fillna(0.0).cumsum()
    return total.where(level.ffill().notna() & level.bfill().notna() & level.notna())


def bond_risk(yields: np.ndarray, coupons: np.ndarray, years: float) -> tuple[np.ndarray, np.ndarray]:
    """Modified duration and convexity of a bond with half-yearly coupons; up to half a year, of a zero.

    yields, coupons: decimals a year, one shape, NaN stays NaN.
    """
    y = np.maximum(yields, LEAST_YIELD)
    if years <= 1.0 / COUPONS_A_YEAR:
        duration = years / (1.0 + y * years)
        return duration, duration**2
    growth, periods = 1.0 + y / COUPONS_A_YEAR, COUPONS_A_YEAR * years
    face = growth**-periods
    face_1 = -years * growth ** -(periods + 1.0)
    face_2 = years * (years + 1.0 / COUPONS_A_YEAR) * growth ** -(periods + 2.0)
    income = (1.0 - face) / y
    income_1 = -face_1 / y - (1.0 - face) / y**2
    income_2 = -face_2 / y + 2.0 * face_1 / y**2 + 2.0 * (1.0 - face) / y**3
    price = coupons * income + face
    return -(coupons * income_1 + face_1) / price, (coupons * income_2 + face_2) / price
