"""Holdings that are revalued in full on every date of the way, and what the way itself does to them.

An option is settled at its expiry and its intrinsic value kept as cash; a levered fund pays for its daily reset; a
short pays its fees on what it is worth by then.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..instruments.fund import FactorAsset
from ..instruments.leveraged import LeveragedFund
from ..instruments.option import Option
from ..records import FactorPaths, Holding
from .drift import log_mean_noise, without_drift
from .leverage import reset_decay
from .option_law import OptionLaw
from .unexplained import base_value
from .way import Way

OPTION_EXPIRY, DAILY_RESET, SHORT_BORROWING = "option_expiry", "daily_reset", "short_borrowing"


@dataclass(frozen=True, eq=False)
class Walked:
    """One holding along the way, (P, T) each. gain: from price and the unexplained. extra: carry that the way adds.

    effect: name under which the difference to the straight line is shown; "" where there is none.
    """

    gain: np.ndarray
    extra: np.ndarray
    effect: str = ""


@dataclass(frozen=True, eq=False)
class Single:
    """A holding at its place on the N axis. unlevered_drift: drift of what a levered fund holds one time.

    law: of an option, None for all else.
    """

    column: int
    holding: Holding
    unlevered_drift: float = 0.0
    law: OptionLaw | None = None

    @classmethod
    def of(cls, column: int, holding: Holding, factors: FactorPaths, law: OptionLaw | None) -> Single:
        """The holding, with what its leverage needs."""
        instrument = holding.instrument
        if not isinstance(instrument, LeveragedFund):
            return cls(column, holding, law=law)
        return cls(column, holding, float(log_mean_noise(factors, instrument.beta[None] / instrument.leverage)[0]))

    def along(self, way: Way) -> Walked:
        """The holding on every date."""
        instrument = self.holding.instrument
        if isinstance(instrument, Option) and instrument.expiry < way.years[-1]:
            return self._until_expiry(instrument, way)
        if isinstance(instrument, LeveragedFund):
            return self._reset_daily(instrument, way)
        gain = self._gain(way, way.moves.astype(float), way.years, way.elapsed)
        if isinstance(instrument, FactorAsset) and instrument.value < 0:
            extra = instrument.income * np.cumsum(gain, axis=1) * way.week
            return Walked(gain, extra, SHORT_BORROWING)
        return Walked(gain, np.zeros_like(gain))

    def _gain(self, way: Way, moves: np.ndarray, years: np.ndarray, elapsed: np.ndarray) -> np.ndarray:
        """Price change and what is unexplained of it."""
        instrument, shock = self.holding.instrument, way.shock[:, self.column, None] * elapsed
        if self.law is not None:
            shift = shock - self.law.drift * elapsed
            return self.law.option.shifted_change(moves, years, shift, self.law.spent)
        change = without_drift(self.holding, instrument.price_change(moves, years), way.drift[self.column] * elapsed)
        return change + (base_value(self.holding) + change) * np.expm1(shock)

    def _until_expiry(self, option: Option, way: Way) -> Walked:
        """Settled at the expiry on the moves by then (linear between two dates); the cash earns the bill rate."""
        last = int(np.searchsorted(way.years, option.expiry, side="left"))
        alive = slice(0, last)
        moves = way.moves.astype(float)
        before = moves[:, last - 1] if last else np.zeros_like(moves[:, 0])
        share = option.expiry / way.week - last
        settled = (before + share * (moves[:, last] - before))[:, None]
        assert self.law is not None
        shift = way.settled[self.column][:, None] - self.law.settled
        end = option.shifted_change(settled, np.array([option.expiry]), shift)
        gain = np.repeat(end, len(way.years), axis=1)
        gain[:, alive] = self._gain(way, moves[:, alive], way.years[alive], way.elapsed[alive])
        paid = option.value + end + np.asarray(option.carry(option.expiry, 0.0))
        growth = float(option.curve.zero[0]) * (way.years - option.expiry) + way.bill - way.bill[:, last, None]
        extra = np.where(way.years > option.expiry, paid * np.expm1(growth), 0.0)
        return Walked(gain, extra, OPTION_EXPIRY)

    def _reset_daily(self, fund: LeveragedFund, way: Way) -> Walked:
        """Log return of the multiple, less the variance of the path that the daily reset pays for."""
        leverage = fund.leverage
        growth = way.moves.astype(float) @ fund.beta
        returns = np.diff(growth, axis=1, prepend=0.0) / leverage
        growth -= reset_decay(leverage, returns, self.holding.position.asset_class)
        growth += (way.shock[:, self.column, None] - leverage * self.unlevered_drift) * way.elapsed
        gain = fund.value * np.expm1(growth)
        extra = fund.income * np.cumsum(gain, axis=1) * way.week if fund.value < 0 else np.zeros_like(gain)
        return Walked(gain, extra, DAILY_RESET)
