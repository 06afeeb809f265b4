"""Which holding lost how much by forced sales: gains and losses that it no longer had, and the cost of dealing."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..records import Book
from .income import Income
from .legs import LogLinear, Smooth
from .margin import Sales, path_weights
from .single import Single
from .unexplained import base_value
from .way import Way

Legs = tuple[LogLinear, tuple[Smooth, ...], tuple[Single, ...]]


@dataclass(frozen=True, eq=False)
class _Called:
    """The paths with a margin call.

    forgone: (P, T) weights on cumulated gains. dealt: (P, T) share sold on each date; strained: the same times the
    stress of that date. today: (P,) share sold at once.
    """

    way: Way
    forgone: np.ndarray
    dealt: np.ndarray
    strained: np.ndarray
    today: np.ndarray

    def cost(self, size: np.ndarray, today: float, rates: np.ndarray) -> np.ndarray:
        """(P,) cost of selling a holding of absolute value ``size`` (P, T) at its ``rates`` (2,)."""
        dates = rates[0] * self.dealt + rates[1] * self.strained
        return np.asarray((dates * size).sum(axis=1) + rates[0] * self.today * today)


@dataclass(frozen=True, eq=False)
class Liquidation:
    """costs: (N, 2) of dealing. sellable: (N,)."""

    book: Book
    costs: np.ndarray
    sellable: np.ndarray
    income: Income

    def losses(
        self, way: Way, sales: Sales, unsold: np.ndarray, stress: np.ndarray, legs: Legs
    ) -> tuple[np.ndarray, np.ndarray]:
        """What holdings no longer gained or lost once sold, and the cost of selling them: gains, (P, N) each.

        Together they sum to the change of net value at the horizon. unsold: (P,) net value there without sales.
        What belongs to no single holding (reinvested receipts, the bridge of specific risk) is shared out by size.
        Interest that repaid debt saves goes to the debt.
        """
        forgone, cost = np.zeros((2, len(unsold), len(self.book.holdings)))
        rows = np.flatnonzero(sales.called)
        if not len(rows):
            return forgone, cost
        sold = sales.sold[rows]
        called = _Called(way.of(rows), path_weights(sales)[rows], sold[:, 1:], sold[:, 1:] * stress[rows], sold[:, 0])
        moved, paid = self._by_holding(called, legs)
        if self.income.debt is not None:
            moved[:, self.income.debt] += sales.saved[rows]
        size = np.abs([base_value(holding) for holding in self.book.holdings]) * self.sellable
        rest = sales.value[rows, -1] - unsold[rows] - moved.sum(axis=1) + paid.sum(axis=1)
        forgone[rows], cost[rows] = moved + rest[:, None] * size / size.sum(), -paid
        return forgone, cost

    def _by_holding(self, called: _Called, legs: Legs) -> tuple[np.ndarray, np.ndarray]:
        """(P, N) gain forgone, and cost as a positive number."""
        together, smooth, singles = legs
        forgone, cost = np.zeros((2, len(called.today), len(self.book.holdings)))
        self._together(called, together, forgone, cost)
        for leg in smooth:
            for n, gain in leg.each(called.way):
                forgone[:, n], cost[:, n] = self._one(called, n, gain, 0.0)
        for single in singles:
            n = single.column
            if self.sellable[n]:
                walked = single.along(called.way)
                forgone[:, n], cost[:, n] = self._one(called, n, walked.gain, walked.extra)
        return forgone, cost

    def _one(
        self, called: _Called, n: int, gain: np.ndarray, extra: np.ndarray | float
    ) -> tuple[np.ndarray, np.ndarray]:
        value = self.book.holdings[n].instrument.value
        forgone = (called.forgone * (gain + extra + self.income.of_one(n, called.way))).sum(axis=1)
        size = np.abs(value + gain) if value else np.zeros_like(gain)
        return forgone, called.cost(size, abs(value), self.costs[n])

    def _together(self, called: _Called, leg: LogLinear, forgone: np.ndarray, cost: np.ndarray) -> None:
        """Log-linear holdings: worth is value x growth, so cost and forgone gain are sums over dates of it."""
        for rows, places, growth in leg.along(called.way):
            columns, value = leg.columns[places], leg.value[places]
            rates = self.costs[columns]
            kept, dealt, strained = (
                np.einsum("pt,ptk->pk", weight[rows], growth)
                for weight in (called.forgone, called.dealt, called.strained)
            )
            income = called.forgone[rows] @ self.income.fixed[columns].T
            forgone[rows, columns] = value * (kept - called.forgone[rows].sum(axis=1)[:, None]) + income
            cost[rows, columns] = value * (rates[:, 0] * (dealt + called.today[rows, None]) + rates[:, 1] * strained)
