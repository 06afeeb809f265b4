"""Coupons and principal received on the way earn the simulated bill rate, not the one of today's curve."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..instruments.bond import Bond
from ..records import Book
from .way import Way


@dataclass(frozen=True, eq=False)
class Receipts:
    """Money that bonds pay before the horizon. columns: (n,) on the N axis. amounts: (n, T) USD by week of receipt.

    short: the short rate of today's curve, at which carry has banked them already.
    """

    columns: np.ndarray
    amounts: np.ndarray
    short: float

    @classmethod
    def of(cls, book: Book, years: np.ndarray) -> Receipts:
        """Receipts of the bonds on the dollar curve; those on another curve keep today's rate. years: (T,) dates."""
        columns, amounts, short = [], [], 0.0
        for n, holding in enumerate(book.holdings):
            bond = holding.instrument
            if isinstance(bond, Bond) and bond.how.rate_beta == 1.0 and bond.years[0] < years[-1]:
                columns.append(n)
                amounts.append(_by_week(bond, years))
                short = float(bond.how.curve.zero[0])
        return cls(np.array(columns, dtype=int), np.array(amounts).reshape(-1, len(years)), short)

    def at_horizon(self, way: Way) -> np.ndarray:
        """(P, n) what reinvestment at the simulated rate adds by the horizon."""
        growth = np.exp(self.short * (way.years[-1] - way.years)) * np.expm1(way.bill[:, -1:] - way.bill)
        return growth @ self.amounts.T

    def all(self, way: Way) -> np.ndarray:
        """(P, T) what it adds by each date, over all bonds."""
        paid = self.amounts.sum(axis=0)
        gain = np.zeros(way.bill.shape)
        for week in np.flatnonzero(paid):
            since = slice(week, None)
            factor = paid[week] * np.exp(self.short * (way.years[since] - way.years[week]))
            gain[:, since] += factor * np.expm1(way.bill[:, since] - way.bill[:, week, None])
        return gain


def _by_week(bond: Bond, years: np.ndarray) -> np.ndarray:
    """(T,) dollars received by the end of each week, so banked from there on."""
    due = bond.years <= years[-1]
    weeks = np.searchsorted(years, bond.years[due] - 1e-12, side="left")
    amounts = np.zeros(len(years))
    np.add.at(amounts, weeks, bond.notional * bond.amounts[due] * np.exp(bond.growth * bond.years[due]))
    return amounts
