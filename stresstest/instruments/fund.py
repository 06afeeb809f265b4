"""Whatever is moved by exposures: shares, funds, coins, commodities, real estate, futures."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..tables import TENORS
from .discounting import columns_of


@dataclass(frozen=True, eq=False)
class FactorAsset:
    """Log return = beta . moves + convexity_gap / 2 * y^2. value: USD, signed.

    notional: what the return applies to, USD, signed: the value, or for a future the contract. beta: (F,).
    weights: (F,) shares of the rate factors in the rate move y. convexity_gap: convexity beyond the square of the
    duration that the exponential already holds. income: a year, per unit of notional.
    """

    symbol: str
    value: float
    notional: float
    beta: np.ndarray
    weights: np.ndarray | None = None
    convexity_gap: float = 0.0
    income: float = 0.0

    def price_change(self, moves: np.ndarray, years: np.ndarray | float) -> np.ndarray:
        """Gain from the factors; age does not matter, a fund renews what it holds. moves (..., F), result (...)."""
        growth = self.log_return(moves, years)
        change: np.ndarray = self.notional * np.expm1(growth) + np.zeros(np.shape(years))
        return change

    def log_return(self, moves: np.ndarray, years: np.ndarray | float) -> np.ndarray:
        """Log return to the moves, in the leading shape of ``moves``; years: not used here."""
        growth: np.ndarray = moves @ self.beta
        if self.weights is not None and self.convexity_gap:
            growth = growth + 0.5 * self.convexity_gap * (moves @ self.weights) ** 2
        return growth

    def carry(self, years: np.ndarray | float, financing: np.ndarray | float) -> np.ndarray:
        """Income at its yearly rate, negative for shorts; financing: not used, but its shape is kept."""
        return self.notional * self.income * np.multiply(years, np.ones(np.shape(financing)))

    def sensitivity(self, years: float) -> np.ndarray:
        """(F,) derivative of ``price_change`` at zero moves."""
        return self.notional * self.beta


def rate_duration(beta: np.ndarray) -> float:
    """Loss per unit of a parallel rise of all rate factors."""
    return float(0.0 - beta[columns_of(list(TENORS))].sum())


def rate_shares(beta: np.ndarray) -> np.ndarray:
    """(F,) shares of the rate factors in the duration, which must not be zero; they sum to one."""
    rates = columns_of(list(TENORS))
    weights = np.zeros_like(beta)
    weights[rates] = -beta[rates] / rate_duration(beta)
    return weights
