"""What a bond still pays, seen from settlement, for one unit of face value."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import numpy as np

from .calendars import US_BOND, add_business_days
from .daycount import (
    MONEY_MARKET,
    coupon_dates,
    last_of_month,
    periods_between,
    years_between,
)

BOND_EQUIVALENT = 2
DAYS_A_YEAR_OF_BILLS = 365.0
FREQUENCIES = (1, 2, 4, 12)


@dataclass(frozen=True, eq=False)
class CashFlows:
    """Remaining payments of one unit of face value; arrays are (K,).

    years: calendar time from settlement. periods: the same time in coupon periods, as street yields count it.
    amounts: principal included; an irregular coupon is simply another amount, and one that the buyer does not get
    (ex-dividend) is zero. accrued: interest earned since the last coupon, negative while ex-dividend. previous: the
    last coupon date. simple: the last payment lies within one period, where yields are simple. dates: of the payments.
    """

    years: np.ndarray
    periods: np.ndarray
    amounts: np.ndarray
    frequency: int
    accrued: float
    previous: date
    simple: bool
    dates: tuple[date, ...] = ()

    @property
    def ex_dividend(self) -> bool:
        """Whether the next coupon goes to the seller."""
        return self.accrued < 0.0


@dataclass(frozen=True, slots=True)
class Stubs:
    """What makes a schedule irregular; None for what is regular.

    dated: interest accrues from here. first: the first coupon date, where it is not the next regular one. last: the
    last coupon date before maturity, where the last period is short or long.
    """

    dated: date | None = None
    first: date | None = None
    last: date | None = None


@dataclass(frozen=True, slots=True)
class ExDividend:
    """A bond trades without its next coupon from ``days`` business days of ``market`` before the coupon date."""

    days: int = 0
    market: str = US_BOND


REGULAR, CUM_DIVIDEND = Stubs(), ExDividend()


def fixed_coupon(
    coupon: float,
    maturity: date,
    frequency: int,
    settlement: date,
    convention: str,
    month_end: bool,
    stubs: Stubs = REGULAR,
    ex_dividend: ExDividend = CUM_DIVIDEND,
) -> CashFlows:
    """Payments of a bullet bond with a fixed coupon (decimal a year).

    Regular coupons are coupon / frequency; under actual/360 and actual/365 they are paid by the days of the period.
    Stubs pay for the time they last, under actual/actual (ICMA) by their parts of regular periods.
    """
    anchor = stubs.last or maturity
    ends = month_end and last_of_month(anchor)
    previous, *dates = _payment_dates(maturity, frequency, settlement, ends, stubs)
    lengths = _lengths(previous, dates, anchor, frequency, convention, ends, stubs)
    elapsed = periods_between(previous, max(previous, settlement), anchor, frequency, convention, ends)
    amounts = coupon / frequency * lengths
    accrued = elapsed * coupon / frequency
    begins_in = max(previous, settlement)
    waiting = periods_between(settlement, begins_in, anchor, frequency, convention, ends)
    if ex_dividend.days and settlement >= add_business_days(dates[0], -ex_dividend.days, ex_dividend.market):
        accrued, amounts[0] = accrued - amounts[0], 0.0
    amounts[-1] += 1.0
    return CashFlows(
        years=np.array([years_between(settlement, day) for day in dates]),
        periods=np.cumsum(lengths) - elapsed + waiting,
        amounts=amounts,
        frequency=frequency,
        accrued=accrued,
        previous=previous,
        simple=len(dates) == 1,
        dates=tuple(dates),
    )


def _payment_dates(maturity: date, frequency: int, settlement: date, month_end: bool, stubs: Stubs) -> list[date]:
    """Start of the running period, then every payment date after settlement."""
    anchor = stubs.last or maturity
    dates = list(coupon_dates(anchor, frequency, settlement, month_end)) if settlement < anchor else [anchor]
    if stubs.last is not None and stubs.last < maturity:
        dates.append(maturity)
    first = stubs.first or stubs.dated
    if first is not None and dates[0] < first:
        kept = [day for day in dates if day > first or (stubs.first is not None and day == first)]
        dates = [stubs.dated or dates[0], *kept]
        if stubs.first is not None and settlement < stubs.first and stubs.first not in kept:
            dates.insert(1, stubs.first)
    return dates


def _lengths(
    previous: date, dates: list[date], anchor: date, frequency: int, convention: str, month_end: bool, stubs: Stubs
) -> np.ndarray:
    """(K,) length of each period in regular periods; all are one where the schedule is regular."""
    if stubs == REGULAR and convention not in MONEY_MARKET:
        return np.ones(len(dates))
    starts = [previous, *dates[:-1]]
    return np.array(
        [periods_between(s, e, anchor, frequency, convention, month_end) for s, e in zip(starts, dates, strict=True)]
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
        dates=(maturity,),
    )
