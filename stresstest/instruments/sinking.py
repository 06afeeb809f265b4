"""Sinking funds: a bond of which parts are redeemed at par on coupon dates before maturity."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from ..records import Position
from ..units import PERCENT
from .building import NotModelled
from .cashflows import CashFlows
from .details import tag_dated_numbers

TAG = "sinking_fund"
NOTE = "Sinking fund: the parts of today's face in the file are redeemed at par on their dates, the rest at maturity."


def has_sinking_fund(position: Position) -> bool:
    """Whether the tag sinking_fund gives a schedule, as "2028-05-15:10; 2029-05-15:10" (percent of today's face)."""
    return bool(tag_dated_numbers(position, TAG))


def with_sinking_fund(flows: CashFlows, position: Position) -> tuple[CashFlows, tuple[str, ...]]:
    """The payments with parts of the principal paid early, and a sentence; the same without a schedule.

    A coupon is paid on the face that is left before its date. Raises NotModelled for dates on which nothing is paid and
    for parts that are negative or exceed the face. What lies before settlement has been redeemed.
    """
    redeemed = np.zeros(len(flows.amounts))
    for day, percent in tag_dated_numbers(position, TAG):
        if day <= flows.previous:
            continue
        if day not in flows.dates[:-1]:
            raise NotModelled(f"tag_{TAG}: {day} is not a coupon date before the maturity {flows.dates[-1]}")
        if percent < 0:
            raise NotModelled(f"tag_{TAG} has a negative part on {day}")
        redeemed[flows.dates.index(day)] += percent * PERCENT
    if not redeemed.any():
        return flows, ()
    left = 1.0 - redeemed.sum()
    if left < 0:
        raise NotModelled(f"tag_{TAG} redeems {redeemed.sum():.0%} of the face")
    before = 1.0 - np.cumsum(redeemed) + redeemed
    coupons = flows.amounts.copy()
    coupons[-1] -= 1.0
    redeemed[-1] += left
    return replace(flows, amounts=coupons * before + redeemed), (NOTE,)
