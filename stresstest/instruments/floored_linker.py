"""Inflation-linked bonds whose principal is repaid at no less than par: the deflation floor.

At maturity the holder gets par times the larger of the index ratio and one, so beside the indexed payments there is a
put on the index ratio, struck at one. The ratio is taken to be lognormal about its forward, today's ratio grown at
breakeven inflation, and the put is worth Black's formula on the nominal curve.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..tables import TENORS, factor_index
from .black_scholes import option_price
from .bond import Bond
from .curve import Curve, node_weights
from .discounting import columns_of, currency_return, over_ages, vector_of
from .reference import constant

BREAKEVEN = "breakeven_10y"


@dataclass(frozen=True)
class Floor:
    """The put for a bond whose index ratio is ``ratio`` today. growth: breakeven inflation, log. nominal: its curve."""

    ratio: float
    growth: float
    maturity: float
    nominal: Curve

    def worth(self, age: float, breakeven: np.ndarray, rate: np.ndarray) -> np.ndarray:
        """(...) value per unit of original par after ``age`` years, with breakeven inflation and the rate to maturity
        moved by so much (log, a year); what is left at maturity is the intrinsic value.
        """
        left = max(self.maturity - age, 0.0)
        nominal = self.nominal.rate(left) + rate
        forward = self.ratio * np.exp(self.growth * min(age, self.maturity) + (self.growth + breakeven) * left)
        vol = np.asarray(constant("index_volatility"))
        return option_price(forward * np.exp(-nominal * left), vol, nominal, 1.0, left, call=False).price

    def slopes(self, age: float) -> tuple[float, float]:
        """Derivatives of ``worth`` by breakeven inflation and by the rate, at no move."""
        left = max(self.maturity - age, 0.0)
        nominal = float(self.nominal.rate(left))
        spot = self.ratio * float(np.exp(self.growth * self.maturity - nominal * left))
        found = option_price(spot, constant("index_volatility"), nominal, 1.0, left, call=False)
        return float(found.delta) * spot * left, -left * float(found.price)


@dataclass(frozen=True, eq=False)
class FlooredLinker(Bond):
    """A linker and the floor under its principal. ``how`` is its real curve, ``growth`` breakeven inflation."""

    floor: Floor | None = None

    def price_change(self, moves: np.ndarray, years: np.ndarray | float) -> np.ndarray:
        """The indexed payments and the floor, on shocked less unshocked factors; moves (..., F), result (...)."""
        return np.asarray(super().price_change(moves, years) + over_ages(self._floor_change, moves, years))

    def sensitivity(self, years: float) -> np.ndarray:
        """(F,) derivative of ``price_change`` at zero moves."""
        floor, age = self._put, float(years)
        by_breakeven, by_rate = floor.slopes(age)
        slope = float(floor.worth(age, np.zeros(()), np.zeros(()))) * vector_of(self.how.currency)
        slope[columns_of(list(TENORS))] += by_rate * self.how.rate_beta * self._nodes(age)
        slope[factor_index()[BREAKEVEN]] += by_breakeven * self._quoted
        return np.asarray(super().sensitivity(years) + self._par * slope)

    @property
    def _put(self) -> Floor:
        assert self.floor is not None
        return self.floor

    @property
    def _par(self) -> float:
        """Original par in dollars."""
        return self.notional / self._put.ratio

    @property
    def _quoted(self) -> float:
        """Move of continuous breakeven inflation per move of the quoted one."""
        return float(np.exp(-0.5 * self.growth))

    def _nodes(self, age: float) -> np.ndarray:
        """(7,) move of the continuous nominal rate to maturity per move of each tenor."""
        left = max(self._put.maturity - age, 0.0)
        nodes: np.ndarray = node_weights(np.array([left]))[0] * np.exp(-0.5 * self._put.nominal.rate(left))
        return nodes

    def _floor_change(self, moves: np.ndarray, age: float) -> np.ndarray:
        """What has been paid by then no longer moves."""
        if age >= self._put.maturity:
            return np.zeros(moves.shape[:-1])
        rate = self.how.rate_beta * (moves[..., columns_of(list(TENORS))] @ self._nodes(age))
        after = self._put.worth(age, self._quoted * moves[..., factor_index()[BREAKEVEN]], rate)
        before = self._put.worth(age, np.zeros(()), np.zeros(()))
        dollars = currency_return(self.how.currency, moves) if self.how.currency else 0.0
        return np.asarray(self._par * (after * (1.0 + dollars) - before))

    def _worth(self, age: float) -> float:
        """Remaining payments, the money received, and the floor, which is money too once it has been paid."""
        idle = max(age - self._put.maturity, 0.0)
        floor = float(self._put.worth(age, np.zeros(()), np.zeros(())))
        return super()._worth(age) + self._par * floor * float(np.exp(self._put.nominal.zero[0] * idle))
