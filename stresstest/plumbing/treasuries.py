"""Treasuries by class: what matures in a week, what of it is redeemed under the cap, and what is rolled over."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from ..tables import Draws
from ..units import MONTHS_A_YEAR, WEEKS_A_YEAR
from .constants import constant
from .ladder import CLASSES, COUPONS, auction_mix
from .schedule import Schedule, Slice

TIPS = COUPONS.index("tips")
#: Months in which less than this matures have nothing to share out, USD bn.
NOTHING = 1e-9


@dataclass
class TreasuryBook:
    """Holdings, USD bn; private to the loop. Arrays are (S,), or (1,) while all paths are alike.

    bills. ladder: what is left of the starting ladder, by class (``COUPONS`` and "tips_compensation"). bought: par
    bought at auction since the start, in the mix of ``auction_mix``; compensation: accrued on the TIPS among it.
    later: by month after the start, what of ``bought`` matures in it. months: that the horizon touches. kept: share of
    the starting ladder that has not been sold. index: consumer prices since the start, with the lag of TIPS.
    """

    bills: np.ndarray
    ladder: dict[str, np.ndarray]
    months: int
    bought: np.ndarray = field(default_factory=lambda: np.zeros(1))
    compensation: np.ndarray = field(default_factory=lambda: np.zeros(1))
    later: dict[int, np.ndarray] = field(default_factory=dict)
    kept: np.ndarray = field(default_factory=lambda: np.ones(1))
    index: np.ndarray = field(default_factory=lambda: np.ones(1))

    @property
    def held(self) -> dict[str, np.ndarray]:
        """Holdings by class (``CLASSES``)."""
        _, classes = auction_mix()
        held = {name: self.ladder[name] + classes[name] * self.bought for name in COUPONS}
        return {"bills": self.bills, **held, "tips_compensation": self.ladder["tips_compensation"] + self.compensation}

    def coupons(self) -> np.ndarray:
        """All classes but bills, with inflation compensation."""
        return np.asarray(sum(self.ladder.values()) + self.bought + self.compensation)

    def total(self) -> np.ndarray:
        """All classes with inflation compensation."""
        return self.coupons() + self.bills


def start_book(totals: dict[str, float], months: int) -> TreasuryBook:
    """The book at the start, the same on every path. totals: by class, USD bn."""
    held = {name: np.full(1, totals[name]) for name in CLASSES}
    return TreasuryBook(held.pop("bills"), held, months)


def accrue(book: TreasuryBook, inflation: np.ndarray) -> np.ndarray:
    """Inflation compensation of one week. inflation: annual, as indexed (three months before)."""
    growth = inflation / WEEKS_A_YEAR
    _, classes = auction_mix()
    old = (book.ladder["tips"] + book.ladder["tips_compensation"]) * growth
    new = (classes["tips"] * book.bought + book.compensation) * growth
    book.ladder["tips_compensation"] = book.ladder["tips_compensation"] + old
    book.compensation = book.compensation + new
    book.index = book.index * (1.0 + growth)
    return np.asarray(old + new)


def run_off(
    book: TreasuryBook, slices: tuple[Slice, ...], schedule: Schedule, pace: np.ndarray, fill: bool, p: Draws
) -> tuple[np.ndarray, np.ndarray]:
    """Redeem and roll over what matures in a week; returns coupons and bills redeemed, USD bn.

    pace: share of the announced amounts that is in force, 0 after a halt. fill: whether bills fill the cap.
    """
    redeemed, gap = np.zeros(1), np.zeros(1)
    for part in slices:
        matured = part.par.sum() * book.kept + _compensation(part.par[TIPS], part.compensation, book)
        if part.month in book.later:
            matured = matured + book.later[part.month] * part.share
        whole = _of_month(book, schedule, part.month)
        mature(book, part)
        if not schedule.caps[part.month]:
            roll_over(book, matured, part.month)
            continue
        cap = schedule.caps[part.month] * pace
        out = np.minimum(1.0, cap / np.maximum(whole, NOTHING)) * matured
        roll_over(book, matured - out, part.month)
        redeemed = redeemed + out
        if fill:
            gap = gap + np.maximum(0.0, cap - whole) * part.share
    bills = np.minimum(gap, book.bills / (p["bill_life"] * WEEKS_A_YEAR)) if gap.any() else gap
    book.bills = book.bills - bills
    return redeemed, bills


def _compensation(par: float, accrued: float, book: TreasuryBook) -> np.ndarray:
    """Compensation paid on TIPS of face value ``par``: accrued at the start, and grown with prices since."""
    return np.asarray(((par + accrued) * book.index - par) * book.kept)


def _of_month(book: TreasuryBook, schedule: Schedule, month: int) -> np.ndarray:
    """All coupons that mature in a month after the start."""
    par = schedule.coupons[month]
    whole = par.sum() * book.kept + _compensation(par[TIPS], schedule.compensation[month], book)
    return np.asarray(whole + book.later[month] if month in book.later else whole)


def mature(book: TreasuryBook, part: Slice) -> None:
    """Take what matures out of the classes. Later purchases mature out of the classes that auctions fill."""
    paid = _compensation(part.par[TIPS], part.compensation, book)
    book.ladder["tips_compensation"] = book.ladder["tips_compensation"] - paid
    for position, name in enumerate(COUPONS):
        if part.par[position]:
            book.ladder[name] = book.ladder[name] - part.par[position] * book.kept
    if part.month in book.later:
        book.bought = book.bought - book.later[part.month] * part.share


def roll_over(book: TreasuryBook, amount: np.ndarray, month: int) -> None:
    """Buy ``amount`` in the mix of coupon auctions; what matures within the horizon is put into ``later``."""
    terms, _ = auction_mix()
    book.bought = book.bought + amount
    for years, share in terms.items():
        at = month + years * MONTHS_A_YEAR
        if at < book.months:
            book.later[at] = book.later.get(at, 0.0) + share * amount


def sell(book: TreasuryBook, amount: np.ndarray) -> np.ndarray:
    """Sell ``amount`` of coupons pro rata; returns what was there to sell."""
    coupons = book.coupons()
    sold = np.minimum(amount, coupons)
    left = 1.0 - np.divide(sold, coupons, out=np.zeros_like(sold), where=coupons > 0)
    book.ladder = {name: held * left for name, held in book.ladder.items()}
    book.later = {month: bought * left for month, bought in book.later.items()}
    book.bought, book.compensation, book.kept = book.bought * left, book.compensation * left, book.kept * left
    return sold


def expected_inflation(years: float, now: float, expected: float) -> float:
    """Inflation ``years`` after the start as TIPS feel it: the gap to what markets expect halves again and again."""
    elapsed = max(0.0, years - constant("tips_month_lag"))
    return float(expected + (now - expected) * 0.5 ** (elapsed / constant("inflation_half_life")))
