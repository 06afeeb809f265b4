"""Treasuries by class: what matures in a week, what of it is redeemed under the cap, and what is rolled over."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..tables import Draws
from ..units import MONTHS_A_YEAR, WEEKS_A_YEAR
from .constants import constant
from .ladder import CLASSES, COUPONS, Ladder, auction_mix
from .schedule import Schedule, Slice

TIPS = COUPONS.index("tips")


@dataclass
class TreasuryBook:
    """Holdings by class (``CLASSES``), each (S,), USD bn; private to the loop.

    later: (M, S) what was bought since the start and matures in each month. kept: (S,) share of the starting ladder
    that has not been sold. index: (S,) consumer prices since the start, with the lag of TIPS.
    """

    held: dict[str, np.ndarray]
    later: np.ndarray
    kept: np.ndarray
    index: np.ndarray

    def total(self) -> np.ndarray:
        """All classes with inflation compensation, (S,)."""
        return np.asarray(sum(self.held.values()))


def start_book(ladder: Ladder, totals: dict[str, float], months: int, paths: int) -> TreasuryBook:
    """The book at the start, the same on every path."""
    held = {name: np.full(paths, totals[name]) for name in CLASSES}
    return TreasuryBook(held, np.zeros((months, paths)), np.ones(paths), np.ones(paths))


def accrue(book: TreasuryBook, inflation: np.ndarray) -> np.ndarray:
    """Inflation compensation of one week, (S,). inflation: (S,) annual, as indexed (three months before)."""
    growth = inflation / WEEKS_A_YEAR
    accrued = (book.held["tips"] + book.held["tips_compensation"]) * growth
    book.held["tips_compensation"] = book.held["tips_compensation"] + accrued
    book.index = book.index * (1.0 + growth)
    return np.asarray(accrued)


def run_off(
    book: TreasuryBook, slices: tuple[Slice, ...], schedule: Schedule, pace: np.ndarray, fill: bool, p: Draws
) -> tuple[np.ndarray, np.ndarray]:
    """Redeem and roll over what matures in a week; returns coupons and bills redeemed, each (S,), USD bn.

    pace: (S,) share of the announced amounts that is in force, 0 after a halt. fill: whether bills fill the cap.
    """
    redeemed, bills_redeemed = np.zeros_like(book.kept), np.zeros_like(book.kept)
    maturing_bills = book.held["bills"] / (p["bill_life"] * WEEKS_A_YEAR)
    for part in slices:
        matured = part.par.sum() * book.kept + _compensation(part.par[TIPS], part.compensation, book)
        matured = matured + book.later[part.month] * part.share
        whole = _of_month(book, schedule, part.month)
        cap = schedule.caps[part.month] * pace
        share = np.divide(cap, whole, out=np.ones_like(whole), where=whole > cap)
        mature(book, part)
        roll_over(book, (1.0 - share) * matured, part.month)
        redeemed += share * matured
        if fill:
            bills_redeemed += np.maximum(0.0, cap - whole) * part.share
    bills_redeemed = np.minimum(bills_redeemed, maturing_bills)
    book.held["bills"] = book.held["bills"] - bills_redeemed
    return redeemed, bills_redeemed


def _compensation(par: float, accrued: float, book: TreasuryBook) -> np.ndarray:
    """Compensation paid on TIPS of face value ``par``: accrued at the start, and grown with prices since."""
    return np.asarray(((par + accrued) * book.index - par) * book.kept)


def _of_month(book: TreasuryBook, schedule: Schedule, month: int) -> np.ndarray:
    """All coupons that mature in a month after the start, (S,)."""
    par = schedule.coupons[month]
    paid = _compensation(par[TIPS], schedule.compensation[month], book)
    return np.asarray(par.sum() * book.kept + paid + book.later[month])


def mature(book: TreasuryBook, part: Slice) -> None:
    """Take what matures out of the classes. Later purchases mature out of the classes that auctions fill."""
    _, classes = auction_mix()
    paid = _compensation(part.par[TIPS], part.compensation, book)
    book.held["tips_compensation"] = book.held["tips_compensation"] - paid
    for position, name in enumerate(COUPONS):
        gone = part.par[position] * book.kept + classes[name] * book.later[part.month] * part.share
        book.held[name] = book.held[name] - gone


def roll_over(book: TreasuryBook, amount: np.ndarray, month: int) -> None:
    """Buy ``amount`` (S,) in the mix of coupon auctions; what matures within the horizon is put into ``later``."""
    terms, classes = auction_mix()
    for name, share in classes.items():
        book.held[name] = book.held[name] + share * amount
    for years, share in terms.items():
        if month + years * MONTHS_A_YEAR < len(book.later):
            book.later[month + years * MONTHS_A_YEAR] += share * amount


def sell(book: TreasuryBook, amount: np.ndarray) -> np.ndarray:
    """Sell ``amount`` (S,) of coupons pro rata; returns what was there to sell."""
    coupons = np.asarray(sum(book.held[name] for name in (*COUPONS, "tips_compensation")))
    sold = np.minimum(amount, coupons)
    share = np.divide(sold, coupons, out=np.zeros_like(coupons), where=coupons > 0)
    for name in (*COUPONS, "tips_compensation"):
        book.held[name] = book.held[name] * (1.0 - share)
    book.kept = book.kept * (1.0 - share)
    book.later *= 1.0 - share
    return sold


def expected_inflation(years: float, now: float, expected: float) -> float:
    """Inflation ``years`` after the start as TIPS feel it: the gap to what markets expect halves again and again."""
    elapsed = max(0.0, years - constant("tips_month_lag"))
    return float(expected + (now - expected) * 0.5 ** (elapsed / constant("inflation_half_life")))
