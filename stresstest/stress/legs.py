"""Groups of holdings that are revalued along the paths in the same way.

Most holdings are log-linear: their betas form one matrix, and all of them are revalued in one product. Bonds and their
like are smooth: first order on every date, the gap to full revaluation on a few dates and interpolated between. The
rest (options, futures, levered funds, shorts, cash) is revalued in full on every date (``single.py``).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from ..instruments.cash import Balance
from ..instruments.fund import FactorAsset
from ..records import Book, Holding
from ..tables import factor_names
from .way import Way

#: Elements of the largest temporary of one step: what stays in the cache of a core.
BLOCK = 1 << 18
#: Weeks between the dates on which smooth holdings are revalued in full.
GAP_WEEKS = 13


def is_log_linear(holding: Holding) -> bool:
    """Whether the holding is worth value x exp(beta . moves), is long, and owes nothing to the way."""
    instrument = holding.instrument
    if (
        not isinstance(instrument, FactorAsset) or type(instrument) is not FactorAsset
    ):  # its children bend their returns
        return False
    return instrument.notional == instrument.value > 0 and not instrument.convexity_gap


def is_smooth(holding: Holding) -> bool:
    """Whether first order and an interpolated gap serve on the way: neither exposures, nor money, nor an expiry."""
    instrument = holding.instrument
    return not isinstance(instrument, FactorAsset | Balance) and getattr(instrument, "expiry", None) is None


@dataclass(frozen=True, eq=False)
class LogLinear:
    """Log-linear holdings. columns: (n,) on the N axis. value: (n,). beta: (F, n)."""

    columns: np.ndarray
    value: np.ndarray
    beta: np.ndarray

    @classmethod
    def of(cls, book: Book) -> LogLinear:
        """The log-linear holdings of a book."""
        columns = np.array([n for n, h in enumerate(book.holdings) if is_log_linear(h)], dtype=int)
        slopes = [book.holdings[n].instrument.sensitivity(0.0) for n in columns]
        value = book.values[columns]
        return cls(columns, value, np.array(slopes).reshape(len(columns), len(factor_names())).T / value)

    def gains(self, moves: np.ndarray, shift: np.ndarray) -> Iterator[tuple[np.ndarray, np.ndarray]]:
        """Columns (k,) and gains (S, k) in turn. moves: (S, F). shift: (N,) added to the log return."""
        size = max(BLOCK // max(len(moves), 1), 1)
        for i in range(0, len(self.columns), size):
            columns = self.columns[i : i + size]
            growth = moves @ self.beta[:, i : i + size]
            growth += shift[columns]
            np.exp(growth, out=growth)
            growth -= 1.0
            growth *= self.value[i : i + size]
            yield columns, growth

    def along(self, way: Way) -> Iterator[tuple[slice, np.ndarray, np.ndarray]]:
        """Paths, places in ``columns``, and value over value today (P', T, k), single precision, in turn."""
        weeks, step = way.moves.shape[1], 256
        for i in range(0, len(self.columns), step):
            places = np.arange(i, min(i + step, len(self.columns)))
            beta = self.beta[:, places].astype(np.float32)
            shift = (way.shock[:, self.columns[places]] - way.drift[self.columns[places]]).astype(np.float32)
            size = max(BLOCK // (weeks * len(places)), 1)
            for start in range(0, len(way.moves), size):
                rows = slice(start, start + size)
                growth = way.moves[rows] @ beta
                growth += shift[rows, None, :] * way.elapsed[:, None].astype(np.float32)
                yield rows, places, np.exp(growth, out=growth)


@dataclass(frozen=True, eq=False)
class Smooth:
    """Smooth holdings of one sign. columns: (n,) on the N axis. value: (n,).

    dates: (G,) weeks of full revaluation, the last one included.
    slopes: (n, G + 1, F) sensitivities today and on those dates.
    """

    book: Book
    columns: np.ndarray
    value: np.ndarray
    dates: np.ndarray
    slopes: np.ndarray

    @classmethod
    def of(cls, book: Book, sign: float, years: np.ndarray) -> Smooth:
        """The smooth holdings of a book whose value has ``sign``. years: (T,) ages of the weekly dates."""
        chosen = [n for n, h in enumerate(book.holdings) if is_smooth(h) and np.sign(h.instrument.value) == sign]
        dates = np.unique(np.append(np.arange(GAP_WEEKS, len(years), GAP_WEEKS), len(years)))
        ages = [0.0, *years[dates - 1]]
        slopes = [[book.holdings[n].instrument.sensitivity(float(age)) for age in ages] for n in chosen]
        columns = np.array(chosen, dtype=int)
        return cls(
            book,
            columns,
            book.values[columns],
            dates,
            np.array(slopes).reshape(len(chosen), len(ages), len(factor_names())),
        )

    def all(self, way: Way) -> np.ndarray:
        """Gain of all of them, (P, T), carry apart. way.unexplained is what they end with."""
        gap = np.zeros((len(way.moves), len(self.dates)))
        for place in range(len(self.columns)):
            gap += self._full(place, way)
        slope = self.slopes.sum(axis=0)
        gap -= self._linear(slope[1:], way.moves[:, self.dates - 1])
        return self._joined(slope, gap, way.unexplained[:, self.columns].sum(axis=1), way)

    def each(self, way: Way) -> Iterator[tuple[int, np.ndarray]]:
        """Column and gain (P, T) of each, carry apart."""
        for place, column in enumerate(self.columns):
            slope = self.slopes[place]
            gap = self._full(place, way) - self._linear(slope[1:], way.moves[:, self.dates - 1])
            yield int(column), self._joined(slope, gap, way.unexplained[:, column], way)

    def _full(self, place: int, way: Way) -> np.ndarray:
        """(P, G) price change in full."""
        instrument, weeks = self.book.holdings[self.columns[place]].instrument, self.dates - 1
        moves = way.moves[:, weeks].astype(float)
        return instrument.price_change(moves, way.years[weeks])

    @staticmethod
    def _linear(slopes: np.ndarray, moves: np.ndarray) -> np.ndarray:
        return np.einsum("ptf,tf->pt", moves, slopes)

    def _joined(self, slope: np.ndarray, gap: np.ndarray, unexplained: np.ndarray, way: Way) -> np.ndarray:
        """(P, T) first order with slopes between dates, gaps between dates, and a growing unexplained part."""
        weeks, dates = np.arange(1, way.moves.shape[1] + 1), np.append(0, self.dates)
        left = np.clip(np.searchsorted(dates, weeks, side="left") - 1, 0, len(dates) - 2)
        share = (weeks - dates[left]) / (dates[left + 1] - dates[left])
        slopes = slope[left] * (1.0 - share)[:, None] + slope[left + 1] * share[:, None]
        gaps = np.concatenate([np.zeros((len(gap), 1)), gap], axis=1)
        between = gaps[:, left] * (1.0 - share) + gaps[:, left + 1] * share
        return self._linear(slopes, way.moves) + between + unexplained[:, None] * way.elapsed
