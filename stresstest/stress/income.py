"""Carry on the way: what does not depend on the rate of financing is the same on every path."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..instruments.cash import dollar
from ..records import Book
from .way import Way

#: Two rates of financing that tell whether carry depends on it: none, and one above every gap and floor.
PROBES = (0.0, 0.2)


@dataclass(frozen=True, eq=False)
class Income:
    """fixed: (N, T) carry so far of holdings that do not look at financing, zero for the ``floating`` (n,) others."""

    book: Book
    fixed: np.ndarray
    floating: np.ndarray

    @classmethod
    def of(cls, book: Book, years: np.ndarray) -> Income:
        """Sort the holdings by what their carry depends on. years: (T,) ages of the weekly dates."""
        fixed = np.zeros((len(book.holdings), len(years)))
        floating = []
        for n, holding in enumerate(book.holdings):
            low, high = (np.asarray(holding.instrument.carry(years[-1], rate)) for rate in PROBES)
            if np.array_equal(low, high):
                fixed[n] = holding.instrument.carry(years, 0.0)
            else:
                floating.append(n)
        return cls(book, fixed, np.array(floating, dtype=int))

    def total(self, way: Way, chosen: np.ndarray) -> np.ndarray:
        """(P, T) carry so far of the ``chosen`` (N,) holdings."""
        carry = np.broadcast_to(self.fixed[chosen].sum(axis=0), way.financing.shape).copy()
        for n in self.floating[chosen[self.floating]]:
            carry += self.book.holdings[n].instrument.carry(way.years, way.financing)
        return carry

    def of_one(self, n: int, way: Way) -> np.ndarray:
        """Carry so far of one holding, (T,) or (P, T)."""
        if n not in self.floating:
            return self.fixed[n]
        return np.asarray(self.book.holdings[n].instrument.carry(way.years, way.financing))

    @property
    def debt(self) -> int | None:
        """Column of the largest debt, None where money is only borrowed through shorts."""
        owed = [(h.instrument.value, n) for n, h in enumerate(self.book.holdings) if h.position.asset_class == "cash"]
        value, column = min(owed, default=(0.0, -1))
        return column if value < 0 else None

    @property
    def owed(self) -> float:
        """Debt today over all currencies, USD, not negative."""
        money = (h.instrument.value for h in self.book.holdings if h.position.asset_class == "cash")
        return -sum(min(value, 0.0) for value in money)

    def debt_rate(self, way: Way) -> np.ndarray:
        """(P, T) what a dollar of repaid debt saves in each week: SOFR plus the broker's spread; zero without debt."""
        if self.debt is None:
            return np.zeros_like(way.financing)
        owed = self.book.holdings[self.debt].instrument
        return np.diff(np.asarray(owed.carry(way.years, way.financing)), axis=1, prepend=0.0) / owed.value

    def cash_rate(self, way: Way) -> np.ndarray:
        """(P, T) what a dollar of cash earns in each week: SOFR less the gap of the account, not below zero."""
        return np.diff(np.asarray(dollar().carry(way.years, way.financing)), axis=1, prepend=0.0)
