"""Mortgage-backed securities: a stack of coupons that prepay with the mortgage rate and the season.

Paydowns are what borrowers repay; the cap limits only how much of them leaves the balance sheet. What is reinvested in
MBS settles weeks later, so that holdings fall late when a runoff begins.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache

import numpy as np

from ..tables import Draws, parameter_table, read_table
from ..units import PERCENT, WEEKS_A_MONTH
from .constants import constant


@dataclass
class MortgageBook:
    """Holdings by coupon, private to the loop. balance: (K, S), USD bn. coupon: (K,) net, decimal.

    unsettled: (weeks of settlement, S) purchases made and not yet settled, the next to settle first.
    """

    coupon: np.ndarray
    balance: np.ndarray
    unsettled: np.ndarray

    def total(self) -> np.ndarray:
        """Settled holdings, (S,)."""
        return np.asarray(self.balance.sum(axis=0))


@cache
def _stack(start: date) -> tuple[np.ndarray, np.ndarray]:
    """Coupons and shares of the newest composition not after ``start`` (else the earliest)."""
    rows = read_table("stresstest.plumbing", "mbs_stack.csv")
    dates = sorted({row["date"] for row in rows})
    chosen = max((day for day in dates if date.fromisoformat(day) <= start), default=dates[0])
    mine = [row for row in rows if row["date"] == chosen]
    share = np.array([float(row["share"]) for row in mine])
    return np.array([float(row["coupon"]) for row in mine]) * PERCENT, share / share.sum()


@cache
def _season() -> Mapping[int, float]:
    rows = read_table("stresstest.plumbing", "mbs_seasonal.csv")
    return {int(row["month"]): float(row["factor"]) for row in rows}


def prepayment(mortgage_rate: np.ndarray, p: Draws, coupon: np.ndarray | float | None = None) -> np.ndarray:
    """Monthly share of MBS that prepays (single monthly mortality), decimal, before the season.

    mortgage_rate: (S,), decimal. coupon: decimal, None for the mean coupon of the parameter table. A floor when
    borrowers are locked in, and a logistic rise as the rate falls below the coupon (reference, equation 2).
    """
    incentive = ((p["mbs_coupon"] if coupon is None else coupon) - mortgage_rate) / p["smm_width"]
    monthly_base, monthly_open = p["smm_base"] / 12, p["smm_refinancing"] / 12
    return monthly_base + monthly_open / (1.0 + np.exp(-incentive))


def start_book(total: float, start: date, paths: int, mortgage_rate: float, p: Draws, reinvests: bool) -> MortgageBook:
    """The book at the start. reinvests: whether principal was being reinvested in MBS, so that purchases are under way.

    Then what was bought in the weeks before the start is still to settle: as much as prepaid in those weeks.
    """
    coupon, share = _stack(start)
    balance = np.repeat((total * share)[:, None], paths, axis=1)
    weeks = int(constant("mbs_settlement"))
    book = MortgageBook(coupon, balance, np.zeros((weeks, paths)))
    if reinvests:
        book.unsettled[:] = paydown(book, np.full(paths, mortgage_rate), start.month, p).sum(axis=0)
    return book


def paydown(book: MortgageBook, mortgage_rate: np.ndarray, month: int, p: Draws) -> np.ndarray:
    """Principal repaid in a week by coupon, (K, S), USD bn.

    A draw of the parameter ``mbs_coupon`` moves the whole stack by its distance from the central value.
    """
    shift = p["mbs_coupon"] - parameter_table()["mbs_coupon"].value
    rate = prepayment(mortgage_rate, p, book.coupon[:, None] + shift)
    return np.asarray(book.balance * rate * (_season()[month] / WEEKS_A_MONTH))


def settle(book: MortgageBook, repaid: np.ndarray, sold: np.ndarray, bought: np.ndarray, rate: np.ndarray) -> None:
    """Book one week. repaid: (K, S). sold, bought: (S,) at once. Settled purchases enter at today's coupon."""
    total = book.total()
    kept = 1.0 - np.divide(sold, total, out=np.zeros_like(total), where=total > 0)
    book.balance = np.maximum(book.balance - repaid, 0.0) * kept
    enters = bought + book.unsettled[0]
    if np.any(enters):
        today = np.abs(book.coupon[:, None] - (rate - constant("current_coupon_gap"))).argmin(axis=0)
        book.balance[today, np.arange(len(enters))] += enters


def order(book: MortgageBook, amount: np.ndarray) -> None:
    """Move the queue of settlements on by a week and put ``amount`` (S,) at its end."""
    book.unsettled = np.concatenate([book.unsettled[1:], amount[None]])
