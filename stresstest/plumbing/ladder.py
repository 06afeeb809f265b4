"""When the Treasuries of a central bank mature: security by security where a list is given, a fitted curve otherwise.

A month is counted from the month of the start, which is month 0.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache

import numpy as np

from ..errors import DataError, Problem
from ..records import MarketSnapshot, MaturityList
from ..tables import read_table
from .constants import constant

DAYS_A_YEAR = 365.25
#: Banks of maturities.csv as a sentence names them.
BANK_NAMES = {"fed": "the Federal Reserve", "ecb": "the Eurosystem", "boe": "the Bank of England"}
#: Classes of Treasuries, in the order of arrays; bills are kept apart because they fill the cap.
COUPONS = ("notes_bonds", "frn", "tips")
CLASSES = ("bills", *COUPONS, "tips_compensation")
#: Day of the month on which a fitted ladder matures: mid-month and month-end are the dates of auctions.
MIDDLE = 15


@dataclass(frozen=True)
class Ladder:
    """Coupon securities by day of maturity, sorted. Arrays (N,), USD bn.

    maturity: datetime64[D]. kind: position in ``COUPONS``. par: face value; compensation: accrued at the start.
    fitted: whether the days are fitted to class totals rather than read from a list.
    """

    maturity: np.ndarray
    kind: np.ndarray
    par: np.ndarray
    compensation: np.ndarray
    fitted: bool
    source: str


def class_totals(snapshot: MarketSnapshot) -> dict[str, float]:
    """Holdings by class at the start, USD bn; they add up to ``treasuries``. Classes not given count as notes."""
    given = {name: snapshot.quotes[name].value if name in snapshot.quotes else 0.0 for name in CLASSES}
    given["notes_bonds"] = snapshot["treasuries"] - sum(given[name] for name in CLASSES if name != "notes_bonds")
    return given


def make_ladder(snapshot: MarketSnapshot, bank: str = "fed") -> Ladder:
    """The ladder at the start: the snapshot's list where there is one that is recent, else fitted to class totals."""
    totals = class_totals(snapshot)
    listed = snapshot.maturities
    if listed is not None and (snapshot.as_of - listed.as_of).days <= constant("list_oldest"):
        return _listed(listed, snapshot.as_of, totals)
    return _fitted(snapshot.as_of, totals, bank)


def _listed(listed: MaturityList, start: date, totals: Mapping[str, float]) -> Ladder:
    """What the list still holds after ``start``, each class scaled to its total at the start."""
    alive = (listed.maturity > np.datetime64(start, "D")) & np.isin(listed.kind, COUPONS)
    order = np.flatnonzero(alive)[np.argsort(listed.maturity[alive], kind="stable")]
    kind = np.array([COUPONS.index(name) for name in listed.kind[order]], dtype=int)
    par, compensation = listed.par[order].copy(), listed.compensation[order].copy()
    for position, name in enumerate(COUPONS):
        mine = kind == position
        held = par[mine].sum()
        par[mine] *= totals[name] / held if held > 0 else 0.0
    held = compensation.sum()
    compensation *= totals["tips_compensation"] / held if held > 0 else 0.0
    return Ladder(listed.maturity[order], kind, par, compensation, False, listed.source)


def _fitted(start: date, totals: Mapping[str, float], bank: str) -> Ladder:
    """Two days a month: every class follows the bank's cumulated maturities and the calendar of auctions."""
    months, share = monthly_shares(bank, start)
    days = [_days_of(start, month) for month in range(months)]
    maturity = np.array([day for pair in days for day in pair], dtype="datetime64[D]")
    split = np.repeat(share, 2) / 2.0
    kind = np.tile(np.arange(len(COUPONS)), len(maturity))
    par = np.concatenate([split[:, None] * np.array([totals[name] for name in COUPONS])]).ravel()
    compensation = np.where(kind == COUPONS.index("tips"), np.repeat(split, len(COUPONS)), 0.0)
    source = f"class totals with the maturities of {BANK_NAMES[bank]}"
    return Ladder(
        np.repeat(maturity, len(COUPONS)), kind, par, compensation * totals["tips_compensation"], True, source
    )


def _days_of(start: date, month: int) -> tuple[date, date]:
    """Middle and last day of a month; in the month of the start, never before the day after it."""
    year, index = divmod(start.year * 12 + start.month - 1 + month, 12)
    last = date(year + (index + 1) // 12, (index + 1) % 12 + 1, 1) - timedelta(days=1)
    earliest = min(start + timedelta(days=1), last)
    return max(date(year, index + 1, MIDDLE), earliest), max(last, earliest)


@cache
def monthly_shares(bank: str, start: date) -> tuple[int, np.ndarray]:
    """Share of coupon holdings that matures in each month from ``start``, month 0 first; they add up to one.

    A monotone curve through the cumulated maturities, times the month's place in the quarterly cycle of auctions.
    """
    from scipy.interpolate import PchipInterpolator

    years, cumulated = _knots(bank, start)
    curve = PchipInterpolator(np.concatenate([[0.0], years]), np.concatenate([[0.0], cumulated]))
    months = int(np.ceil(years[-1] * 12)) + 1
    first = (start.replace(day=1) - start).days / DAYS_A_YEAR
    edges = np.clip(first + np.arange(months + 1) / 12.0, 0.0, years[-1])
    share = np.diff(curve(edges)) * _cycle(start.month, months)
    return months, share / share.sum()


def _cycle(first_month: int, months: int) -> np.ndarray:
    """Weight of each month in the quarterly cycle, mean one over a year."""
    by_month = maturing_share()
    mean = sum(by_month.values()) / 12
    return np.array([by_month[(first_month - 1 + i) % 12 + 1] / mean for i in range(months)])


def _knots(bank: str, start: date) -> tuple[np.ndarray, np.ndarray]:
    """The newest cumulated maturities of the bank that are not after ``start``, else its earliest."""
    rows = [row for row in read_table("stresstest.plumbing", "maturities.csv") if row["bank"] == bank]
    if not rows:
        raise DataError(Problem(None, "bank", bank, "a bank of maturities.csv", "Use fed, ecb or boe."))
    dates = sorted({row["date"] for row in rows})
    chosen = max((day for day in dates if date.fromisoformat(day) <= start), default=dates[0])
    knots = [(float(row["years"]), float(row["share"])) for row in rows if row["date"] == chosen]
    years, share = zip(*sorted(knots), strict=True)
    return np.array(years), np.array(share)


@cache
def maturing_share() -> dict[int, float]:
    """Share of the coupon holdings that matures in each calendar month (table coupon_ladder.csv)."""
    return {int(row["month"]): float(row["share"]) for row in read_table("stresstest.plumbing", "coupon_ladder.csv")}


@cache
def auction_mix() -> tuple[dict[int, float], dict[str, float]]:
    """Share of coupon auctions by term in years, and by class (table auctions.csv)."""
    rows = read_table("stresstest.plumbing", "auctions.csv")
    total = sum(float(row["usd_bn"]) for row in rows)
    terms: dict[int, float] = {}
    classes = dict.fromkeys(COUPONS, 0.0)
    for row in rows:
        share = float(row["usd_bn"]) / total
        terms[int(row["years"])] = terms.get(int(row["years"]), 0.0) + share
        classes[row["kind"]] += share
    return terms, classes
