"""The last twenty business days of the funding spread: how many were over IORB, and how many were stressed."""

from __future__ import annotations

import numpy as np

from ..tables import Draws
from ..units import BP

WINDOW_DAYS = 20
#: SOFR is published in whole basis points: a day of a path is over the rate on reserves from half a point on.
HALF_A_POINT = 0.5 * BP


def spread_evenly(share: float) -> np.ndarray:
    """(WINDOW_DAYS,) flags of which ``share`` are up, to the nearest day.

    Which days they were is not known at the start. Spread over the window, their share falls in step with the days
    that leave it: oldest first would forget them within their number of days, newest first keep all until the last.
    """
    count = round(WINDOW_DAYS * share)
    reached = (np.arange(WINDOW_DAYS + 1) * count + WINDOW_DAYS // 2) // WINDOW_DAYS
    return np.asarray(np.diff(reached) > 0)


class Window:
    """Counts of days, kept up to date by what a week adds and drops; private to the loop.

    over_iorb, stressed: (S,) number of the last ``WINDOW_DAYS`` days on which SOFR is published over the rate on
    reserves, and of those with a spread over the level of ``liquidity_spread``.
    """

    def __init__(self, over: float, observed: float, days: int, paths: int, p: Draws) -> None:
        """over: share of the last days before the start that were over IORB, decimal. days: (D) of the whole horizon.

        observed: the usual spread before the start, decimal. It is stressed on every one of those days or on none: the
        level that counts as stress differs by path, and the days are not known one by one.
        """
        self.level = p["liquidity_spread"]
        self.flags = np.empty((2, WINDOW_DAYS + days, paths), dtype=bool)
        self.flags[0, :WINDOW_DAYS] = spread_evenly(over)[:, None]
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
