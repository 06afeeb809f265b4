"""Holdings in arrays: what the limits measure of each, whether it can be traded here or not."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from ..records import Holding, Position
from ..tables import factor_index, factor_names


@dataclass(frozen=True)
class Lines:
    """N holdings. weights: (N,) signed value today over net value. betas: (N, F) gain per unit of weight and move."""

    holdings: tuple[Holding, ...]
    weights: np.ndarray
    betas: np.ndarray

    @property
    def positions(self) -> tuple[Position, ...]:
        """(N,) positions; a candidate is worth one dollar."""
        return tuple(holding.position for holding in self.holdings)

    @property
    def symbols(self) -> tuple[str, ...]:
        """(N,) labels."""
        return tuple(holding.instrument.symbol for holding in self.holdings)

    @property
    def short(self) -> np.ndarray:
        """(N,) True for positions held short."""
        return self.weights < 0.0

    @property
    def sign(self) -> np.ndarray:
        """(N,) -1 for shorts, +1 for everything else: sign * weight is gross value, because no trade passes zero."""
        return np.where(self.short, -1.0, 1.0)

    @property
    def gross(self) -> float:
        """Long plus short value today, without USD cash."""
        return float(np.abs(self.weights).sum())

    def beta(self, *factors: str) -> np.ndarray:
        """(N,) sum of the sensitivities to ``factors``."""
        return np.asarray(self.betas[:, [factor_index()[name] for name in factors]].sum(axis=1))


def untouched(holdings: tuple[Holding, ...], value: float) -> Lines:
    """Lines of what cannot be traded here, over net value ``value`` (USD): futures at contract value, signed."""
    values = np.array([h.instrument.value or math.copysign(h.gross_value, h.position.quantity) for h in holdings])
    return Lines(holdings, values / value, sensitivities(holdings, values))


def sensitivities(holdings: tuple[Holding, ...], values: np.ndarray) -> np.ndarray:
    """(N, F) gain per unit of value and factor move to first order; zero for what is worth nothing."""
    shape = len(holdings), len(factor_names())
    slopes = np.array([holding.instrument.sensitivity(0.0) for holding in holdings]).reshape(shape)
    worth = values.reshape(-1, 1)
    return np.divide(slopes, worth, out=np.zeros(shape), where=worth != 0.0)
