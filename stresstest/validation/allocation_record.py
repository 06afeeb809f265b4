"""What one strategy came to over the walk, and how sure differences between strategies are.

Calendar years are drawn anew, the same for both sides: a year is held from one January to the next, so years are the
blocks. Twelve-week windows that cross the seam of two drawn years are kept, as they are in the record.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
import pandas as pd

from ..risk.measures import expected_shortfall
from ..units import fixed

YEAR = 52
#: Weeks of the windows over which tails are measured.
WINDOW = 12
DRAWS = 400
#: Statistic of weekly growth factors (T,).
Statistic = Callable[[np.ndarray], float]


@dataclass(frozen=True, eq=False)
class Record:
    """One strategy on one portfolio. growth: weekly growth factors of net value, by date. turnover, cost: mean a year,
    shares of net value; turnover is the larger of bought and sold."""

    growth: pd.Series
    turnover: float
    cost: float

    @property
    def value(self) -> pd.Series:
        """One dollar at the start."""
        return self.growth.cumprod()

    @property
    def yearly(self) -> float:
        """Mean return a year, compounded."""
        return float(self.value.iloc[-1] ** (YEAR / len(self.growth)) - 1.0)

    @property
    def volatility(self) -> float:
        """Of weekly log returns, a year."""
        return float(np.log(self.growth.to_numpy()).std(ddof=1) * np.sqrt(YEAR))

    def worst(self, weeks: int) -> float:
        """Largest loss over so many weeks, positive."""
        return float(-self._over(weeks).min())

    def shortfall(self, weeks: int) -> float:
        """Mean loss of the worst twentieth of all windows of so many weeks."""
        gains = self._over(weeks)
        return expected_shortfall(gains, np.full(len(gains), 1.0 / len(gains)))

    def _over(self, weeks: int) -> np.ndarray:
        value = np.concatenate([[1.0], self.value.to_numpy()])
        return value[weeks:] / value[:-weeks] - 1.0

    def between(self, start: date, end: date) -> float:
        """Return between the Fridays at or before two days; NaN where they are outside."""
        dates, value = pd.DatetimeIndex(self.growth.index), self.value.to_numpy()
        if not dates[0].date() <= start < end <= dates[-1].date():
            return float("nan")
        first, last = dates.searchsorted([pd.Timestamp(start), pd.Timestamp(end)], side="right") - 1
        return float(value[last] / value[first] - 1.0)


def difference(one: pd.Series, other: pd.Series, statistic: Statistic, seed: int = 0) -> tuple[float, float]:
    """``statistic`` of ``one`` less that of ``other``, and its standard error. Both: growth by date, the same dates."""
    years = pd.DatetimeIndex(one.index).year.to_numpy()
    blocks = [np.flatnonzero(years == year) for year in np.unique(years)]
    pair = one.to_numpy(), other.to_numpy()
    rng = np.random.default_rng(seed)
    drawn = [_gap(pair, statistic, _rows(blocks, rng)) for _ in range(DRAWS)]
    return _gap(pair, statistic, np.arange(len(years))), float(np.std(drawn, ddof=1))


def _rows(blocks: Sequence[np.ndarray], rng: np.random.Generator) -> np.ndarray:
    return np.concatenate([blocks[k] for k in rng.integers(0, len(blocks), len(blocks))])


def _gap(pair: tuple[np.ndarray, np.ndarray], statistic: Statistic, rows: np.ndarray) -> float:
    return statistic(pair[0][rows]) - statistic(pair[1][rows])


def against(own: Record, rival: Record, name: str) -> str:
    """The change of shortfall and return from ``rival``, called ``name``, to ``own``, with standard errors."""
    tail, yearly = (
        difference(own.growth, rival.growth, statistic)
        for statistic in (lambda growth: _record(growth).shortfall(WINDOW), lambda growth: _record(growth).yearly)
    )
    return (
        f"Against {name}: shortfall {fixed(100 * tail[0], '+.1f')} points (s.e. {100 * tail[1]:.1f}), return "
        f"{fixed(100 * yearly[0], '+.1f')} points a year ({100 * yearly[1]:.1f})."
    )


def _record(growth: np.ndarray) -> Record:
    return Record(pd.Series(growth), 0.0, 0.0)
