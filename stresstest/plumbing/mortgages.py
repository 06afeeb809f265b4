"""Mortgage-backed securities: a stack of coupons that prepay with the mortgage rate and the season.

Paydowns are what borrowers repay; the cap limits only how much of them leaves the balance sheet. What is reinvested in
MBS settles weeks later, so that holdings fall late when a runoff begins.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache

import numpy as np

from ..tables import Draws, parameter_table, read_table
from ..units import PERCENT, WEEKS_A_MONTH
from .constants import constant


@dataclass(frozen=True)
class Prepayment:
    """Monthly share of MBS that prepays by coupon and mortgage rate, decimal, before the season; drawn path by path.

        base + room / (1 + exp((rate - coupon) / width))

    base, room, width: (S,). pull: (K, S), exp((centre - coupon) / width): the exponential of a difference is a product,
    of which this factor stays the same from week to week.
    """

    base: np.ndarray
    room: np.ndarray
    width: np.ndarray
    centre: float
    pull: np.ndarray

    def share(self, mortgage_rate: np.ndarray) -> np.ndarray:
        """(K, S) monthly share. mortgage_rate: (S,), decimal. A floor when borrowers are locked in, and a logistic
        rise as the rate falls below the coupon (reference, equation 2).
        """
        result = self.pull * np.exp((mortgage_rate - self.centre) / self.width)
        result += 1.0
        np.divide(self.room, result, out=result)
        result += self.base
        return result


def prepayment(coupon: np.ndarray, p: Draws) -> Prepayment:
    """The law for a stack of ``coupon`` (K,), decimal.

    A draw of the parameter ``mbs_coupon`` moves the whole stack by its distance from the central value.
    """
    shift = p["mbs_coupon"] - parameter_table()["mbs_coupon"].value
    base, room, width, centre = p["smm_base"] / 12, p["smm_refinancing"] / 12, p["smm_width"], float(coupon.mean())
    distance = ((centre - coupon)[:, None] - shift) / width
    return Prepayment(base, room, width, centre, np.exp(distance).astype(width.dtype))


@dataclass
class MortgageBook:
    """Holdings by coupon, private to the loop. balance: (K, S), or (K, 1) while all paths are alike, USD bn.

    coupon: (K,) net, rising, decimal. unsettled: purchases made and not yet settled, one array for each week of
    settlement, the next to settle first.
    """

    coupon: np.ndarray
    balance: np.ndarray
    unsettled: deque[np.ndarray]
    law: Prepayment

    def total(self) -> np.ndarray:
        """Settled holdings, (S,)."""
        return np.asarray(self.balance.sum(axis=0))


@cache
def _stack(start: date) -> tuple[np.ndarray, np.ndarray]:
    """Coupons, rising, and shares of the newest composition not after ``start`` (else the earliest)."""
    rows = read_table("stresstest.plumbing", "mbs_stack.csv")
    dates = sorted({row["date"] for row in rows})
    chosen = max((day for day in dates if date.fromisoformat(day) <= start), default=dates[0])
    mine = sorted((float(row["coupon"]), float(row["share"])) for row in rows if row["date"] == chosen)
    coupon, share = np.array(mine).T
    return coupon * PERCENT, share / share.sum()


@cache
def _season() -> Mapping[int, float]:
    rows = read_table("stresstest.plumbing", "mbs_seasonal.csv")
    return {int(row["month"]): float(row["factor"]) for row in rows}


def start_book(total: float, start: date, mortgage_rate: float, p: Draws, reinvests: bool) -> MortgageBook:
    """The book at the start. reinvests: whether principal was being reinvested in MBS, so that purchases are under way.

    Then what was bought in the weeks before the start is still to settle: as much as prepaid in those weeks.
    """
    coupon, share = _stack(start)
    law = prepayment(coupon, p)
    balance = (total * share)[:, None].astype(law.width.dtype)
    book = MortgageBook(coupon, balance, deque(), law)
    under_way = paydown(book, np.full(1, mortgage_rate), start.month).sum(axis=0) if reinvests else np.zeros(1)
    book.unsettled.extend([under_way] * int(constant("mbs_settlement")))
    return book


def paydown(book: MortgageBook, mortgage_rate: np.ndarray, month: int) -> np.ndarray:
    """Principal repaid in a week by coupon, (K, S), USD bn. mortgage_rate: (S,), decimal."""
    repaid = book.law.share(mortgage_rate)
    repaid *= _season()[month] / WEEKS_A_MONTH
    return repaid * book.balance


def settle(
    book: MortgageBook, repaid: np.ndarray, sold: np.ndarray, bought: np.ndarray, rate: np.ndarray
) -> np.ndarray:
    """Book one week; returns by how much holdings change, (S,). repaid: (K, S). sold: (S,) and bought at once.

    Settled purchases enter at today's coupon. rate: (S,) mortgage rate.
    """
    balance = np.maximum(book.balance - repaid, 0.0)
    if np.any(sold):
        left = balance.sum(axis=0)
        balance = balance * (1.0 - np.divide(sold, left, out=np.zeros_like(sold + left), where=left > 0))
    enters = bought + book.unsettled[0]
    if np.any(enters):
        balance = _add(balance, enters, book.coupon, rate - constant("current_coupon_gap"))
    book.balance = balance
    return np.asarray(enters - repaid.sum(axis=0) - sold)


def _add(balance: np.ndarray, amount: np.ndarray, coupon: np.ndarray, today: np.ndarray) -> np.ndarray:
    """``balance`` with ``amount`` (S,) put into the coupon nearest to ``today`` (S,)."""
    paths = max(balance.shape[1], len(amount), len(today))
    result = np.array(np.broadcast_to(balance, (len(coupon), paths)))
    nearest = np.broadcast_to(np.searchsorted((coupon[1:] + coupon[:-1]) / 2.0, today), paths)
    result[nearest, np.arange(paths)] += amount
    return result


def order(book: MortgageBook, amount: np.ndarray) -> None:
    """Move the queue of settlements on by a week and put ``amount`` (S,) at its end."""
    book.unsettled.popleft()
    book.unsettled.append(amount)
