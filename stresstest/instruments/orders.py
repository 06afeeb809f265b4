"""How much of a full revaluation the first and the second order explain."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..records import Instrument

#: Share of the moves over which the second order is taken: small enough for the fourth order to vanish.
STEP = 0.01


@dataclass(frozen=True, eq=False)
class Orders:
    """Price change by order, USD, each in the leading shape of the moves. first: delta, duration. second: gamma,
    convexity, cross effects along the move. rest: what full revaluation adds to both. full: their sum.
    """

    first: np.ndarray
    second: np.ndarray
    rest: np.ndarray

    @property
    def full(self) -> np.ndarray:
        """The full revaluation."""
        return self.first + self.second + self.rest

    @property
    def linear_gap(self) -> np.ndarray:
        """What full revaluation adds to the first order."""
        return self.second + self.rest


def orders(instrument: Instrument, moves: np.ndarray, years: float = 0.0) -> Orders:
    """Full revaluation of one instrument split by order; moves (..., F), years: its age.

    The second order is the second derivative along each move, by central differences of the full revaluation.
    """
    first = np.asarray(moves @ instrument.sensitivity(years))
    both = instrument.price_change(STEP * moves, years) + instrument.price_change(-STEP * moves, years)
    second = np.asarray(both / (2.0 * STEP**2))
    return Orders(first, second, np.asarray(instrument.price_change(moves, years)) - first - second)
