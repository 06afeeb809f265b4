"""What a book was worth week by week after a past day: income, financing at the rates that came, decay of options."""

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

BILL = "ust_3m"
TENOR_YEARS = np.array(list(TENORS.values()))


@dataclass(frozen=True, eq=False)
class Held:
    """The weeks after a purchase. dates: (T+1,) Fridays, the day itself first. moves: (T+1, F) of the factors since.

    curve: (7,) yields on the day, from which what has no price of its own earns its income. bills: (T+1,) interest
    since the day on money lent from week to week at the bill rate of each.
    """

    history: History
    dates: pd.DatetimeIndex
    moves: np.ndarray
    curve: np.ndarray
    bills: np.ndarray

    @classmethod
    def between(cls, history: History, day: pd.Timestamp, last: pd.Timestamp) -> Held:
        """From ``day``, a Friday, to the last Friday that is known and not after ``last``."""
        known = fridays(history)
        dates = known[(known >= day) & (known <= last)]
        levels = history.levels.loc[dates]
        curve = levels[list(TENORS)].iloc[0].interpolate(limit_direction="both").to_numpy()
        rates = levels[BILL].ffill().fillna(curve[0]).to_numpy()
        bills = np.concatenate([[0.0], np.cumsum(rates[:-1] / WEEKS_A_YEAR)])
        return cls(history, dates, np.nan_to_num((levels - levels.iloc[0]).to_numpy()), curve, bills)

    @property
    def years(self) -> np.ndarray:
        """(T+1,) time since the day."""
        return np.arange(len(self.dates)) / WEEKS_A_YEAR

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
        growth = logs - logs[0] - (times - 1.0) * self.bills
        financed = self.bills if holding.position.asset_class == "future" else 0.0
        return np.where(np.isnan(growth), guessed, instrument.notional * np.expm1(growth - financed))

    def _in_factors(self, holding: Holding) -> np.ndarray:
        """Revalued on the factor moves that came, plus income at the rates of the day."""
        instrument = holding.instrument
        gain = np.array([float(instrument.price_change(m, y)) for m, y in zip(self.moves, self.years, strict=True)])
        return gain + self._income(holding)

    def _income(self, holding: Holding) -> np.ndarray:
        """(T+1,) what time has brought, USD: bonds the curve at their duration, money and debt the bill rate of each
        week (debt with the spread of the broker), options their decay, which is a loss for those who hold them.
        """
        kind, instrument, value = holding.position.asset_class, holding.instrument, holding.instrument.value
        if kind == "option":
            return np.array([float(instrument.carry(y, self.curve[0])) for y in self.years])
        if kind in NO_INCOME or not value:
            return np.zeros(len(self.years))
        if kind == CASH:
            spread = constant("broker_spread") if value < 0 else 0.0
            return value * (self.bills + spread * self.years)
        duration = max(rate_duration(instrument.sensitivity(0.0) / value), 0.0)
        return value * float(np.interp(duration, TENOR_YEARS, self.curve)) * self.years
