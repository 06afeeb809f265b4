"""What a book was worth week by week after a past day, income and financing included."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from ..instruments.fund import FactorAsset, rate_duration
from ..instruments.reference import constant
from ..market.history import History
from ..records import Book, Holding
from ..tables import TENORS
from ..units import WEEKS_A_YEAR
from .backtest_books import CASH, NO_INCOME, compounded, series_of, times_of
from .backtest_moves import fridays

TENOR_YEARS = np.array(list(TENORS.values()))


@dataclass(frozen=True, eq=False)
class Held:
    """The weeks after a purchase. dates: (T+1,) Fridays, the day itself first. moves: (T+1, F) of the factors since.

    curve: (7,) yields on the day, from which what has no price of its own earns its income.
    """

    history: History
    dates: pd.DatetimeIndex
    moves: np.ndarray
    curve: np.ndarray

    @classmethod
    def between(cls, history: History, day: pd.Timestamp, last: pd.Timestamp) -> Held:
        """From ``day``, a Friday, to the last Friday that is known and not after ``last``."""
        known = fridays(history)
        dates = known[(known >= day) & (known <= last)]
        levels = history.levels.loc[dates]
        curve = levels[list(TENORS)].iloc[0].interpolate(limit_direction="both").to_numpy()
        return cls(history, dates, np.nan_to_num((levels - levels.iloc[0]).to_numpy()), curve)

    @property
    def years(self) -> np.ndarray:
        """(T+1,) time since the day."""
        return np.arange(len(self.dates)) / WEEKS_A_YEAR

    @property
    def bill(self) -> float:
        """Bill rate on the day."""
        return float(self.curve[0])

    def value(self, book: Book) -> np.ndarray:
        """(T+1,) net value of ``book``, USD."""
        return np.asarray(book.value + sum(self._gain(holding) for holding in book.holdings))

    def _gain(self, holding: Holding) -> np.ndarray:
        instrument, column = holding.instrument, series_of(holding, self.history)
        guessed = self._in_factors(holding)
        if column is None or not isinstance(instrument, FactorAsset):
            return guessed
        times = times_of(holding, column)
        logs = compounded(self.history.log_prices[column], times).reindex(self.dates).to_numpy()
        growth = logs - logs[0] - (times - 1.0) * self.bill * self.years
        financed = self.bill * self.years if holding.position.asset_class == "future" else 0.0
        return np.where(np.isnan(growth), guessed, instrument.notional * np.expm1(growth - financed))

    def _in_factors(self, holding: Holding) -> np.ndarray:
        """Revalued on the factor moves that came, plus income at the rates of the day."""
        instrument = holding.instrument
        gain = np.array([float(instrument.price_change(m, y)) for m, y in zip(self.moves, self.years, strict=True)])
        return gain + instrument.value * self._income(holding) * self.years

    def _income(self, holding: Holding) -> float:
        """A year: the curve at the duration of the holding; debt pays the spread of the broker as well."""
        kind, value = holding.position.asset_class, holding.instrument.value
        if kind in NO_INCOME or kind == "option" or not value:
            return 0.0
        duration = max(rate_duration(holding.instrument.sensitivity(0.0) / value), 0.0)
        spread = constant("broker_spread") if kind == CASH and value < 0 else 0.0
        return float(np.interp(duration, TENOR_YEARS, self.curve)) + spread
