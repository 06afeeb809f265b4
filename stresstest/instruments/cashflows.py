"""What a bond still pays, seen from settlement, for one unit of face value."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import numpy as np

from .daycount import ACTUAL_ACTUAL, THIRTY_360, coupon_dates, elapsed_share, years_between

BOND_EQUIVALENT = 2
DAYS_A_YEAR_OF_BILLS = 365.0
FREQUENCIES = (1, 2, 4, 12)


@dataclass(frozen=True, eq=False)
class CashFlows:
    """Remaining payments of one unit of face value; arrays are (K,).

    years: calendar time from settlement. periods: the same time in coupon periods, as street yields count it.
    amounts: principal included; an irregular coupon is simply another amount. accrued: interest earned since the last
    coupon. previous: the last coupon date. simple: the last payment lies within one period, where yields are simple.
    """

    years: np.ndarray
    periods: np.ndarray
    amounts: np.ndarray
    frequency: int
    accrued: float
    previous: date
    simple: bool


def fixed_coupon(
    coupon: float, maturity: date, frequency: int, settlement: date, convention: str, month_end: bool
) -> CashFlows:
    """Payments of a bullet bond with a fixed coupon (decimal a year), all periods regular."""
    previous, *dates = coupon_dates(maturity, frequency, settlement, month_end)
    elapsed = elapsed_share(previous, settlement, dates[0], frequency, convention)
    amounts = np.full(len(dates), coupon / frequency)
    amounts[-1] += 1.0
    return CashFlows(
        years=np.array([years_between(settlement, day) for day in dates]),
        periods=np.arange(1, len(dates) + 1) - elapsed,
        amounts=amounts,
        frequency=frequency,
        accrued=elapsed * coupon / frequency,
        previous=previous,
        simple=len(dates) == 1,
    )


def single_payment(maturity: date, settlement: date) -> CashFlows:
    """One unit at maturity: a bill or a zero.

    The yield is bond-equivalent on 365 days: simple within half a year, compounded twice a year beyond it.
    """
    periods = BOND_EQUIVALENT * (maturity - settlement).days / DAYS_A_YEAR_OF_BILLS
    return CashFlows(
        years=np.array([years_between(settlement, maturity)]),
        periods=np.array([periods]),
        amounts=np.ones(1),
        frequency=BOND_EQUIVALENT,
        accrued=0.0,
        previous=settlement,
        simple=periods <= 1.0,
    )


def default_convention(treasury: bool, dollar: bool) -> str:
    """Day count by custom: dollar bonds of companies 30/360, Treasuries and bonds in other currencies actual/actual."""
    return THIRTY_360 if dollar and not treasury else ACTUAL_ACTUAL
