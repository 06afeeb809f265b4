"""The last twenty business days of the funding spread: how many were over IORB, and how many were stressed."""

from __future__ import annotations

import numpy as np

from ..tables import Draws
from ..units import BP

WINDOW_DAYS = 20
#: SOFR is published in whole basis points: a day is over the rate on reserves from half a point on.
HALF_A_POINT = 0.5 * BP


class Window:
    """Counts of days, kept up to date by what a week adds and drops; private to the loop.

    over_iorb, stressed: (S,) number of the last ``WINDOW_DAYS`` days on which SOFR is published over the rate on
    reserves, and of those with a spread over the level of ``liquidity_spread``.
    """

    def __init__(self, observed: float, days: int, paths: int, p: Draws) -> None:
        """observed: spread that counts for every day before the start. days: (D) of the whole horizon."""
        self.level = p["liquidity_spread"]
        self.flags = np.empty((2, WINDOW_DAYS + days, paths), dtype=bool)
        self.flags[0, :WINDOW_DAYS] = observed > HALF_A_POINT
        self.flags[1, :WINDOW_DAYS] = observed > self.level
        self.counts = self._sum(0, WINDOW_DAYS)
        self.end = WINDOW_DAYS

    def add(self, spread: np.ndarray) -> None:
        """Move on by the days of a week. spread: (days, S), decimal; at most ``WINDOW_DAYS`` days."""
        begin, end = self.end, self.end + len(spread)
        np.greater(spread, HALF_A_POINT, out=self.flags[0, begin:end])
        np.greater(spread, self.level, out=self.flags[1, begin:end])
        self.counts += self._sum(begin, end)
        self.counts -= self._sum(begin - WINDOW_DAYS, end - WINDOW_DAYS)
        self.end = end

    @property
    def seen(self) -> int:
        """Business days added so far."""
        return self.end - WINDOW_DAYS

    def _sum(self, begin: int, end: int) -> np.ndarray:
        """(2, S) days on which each flag is up; twenty fit into a byte."""
        return np.asarray(self.flags[:, begin:end].view(np.int8).sum(axis=1, dtype=np.int8))

    @property
    def over_iorb(self) -> np.ndarray:
        """(S,) share of the window with SOFR above IORB, decimal."""
        return self.counts[0] / np.float64(WINDOW_DAYS)

    @property
    def stressed(self) -> np.ndarray:
        """(S,) share of the window with a spread above ``liquidity_spread``, decimal."""
        return self.counts[1] / np.float64(WINDOW_DAYS)
