"""Specific risk on the way: one bridge for the whole book, from zero today to zero at the horizon."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass

import numpy as np

from ..records import Book, FactorPaths
from .unexplained import residual_scale


@dataclass(frozen=True, eq=False)
class Bridge:
    """Independent specific risks add up to one normal variable, to first order.

    deviation: (S,) standard deviation of the book's specific gain over the horizon, USD, at today's values.
    """

    deviation: np.ndarray
    seed: int

    @classmethod
    def of(cls, book: Book, factors: FactorPaths, seed: int) -> Bridge:
        """Variances of the holdings on their scales of calm and stress; peers add up before squaring."""
        variance = np.zeros(len(factors.moves))
        shared: dict[str, np.ndarray] = defaultdict(lambda: np.zeros(len(factors.moves)))
        for holding in book.holdings:
            exposure = holding.exposure
            gain = holding.instrument.value * exposure.residual_vol
            if gain:
                scaled = gain * residual_scale(holding, factors)
                share = exposure.peer_share if exposure.peers else 0.0
                variance += (1.0 - share) * scaled**2
                shared[exposure.peers] += np.sqrt(share) * scaled
        variance += sum((gain**2 for gain in shared.values()), np.zeros(len(factors.moves)))
        return cls(np.sqrt(variance * factors.years), seed)

    def of_block(self, number: int, rows: slice, weeks: int) -> np.ndarray:
        """(P, T) gain on each date of one block of paths."""
        deviation = self.deviation[rows]
        rng = np.random.default_rng([self.seed, number + 1])
        walked = np.cumsum(rng.standard_normal((len(deviation), weeks)), axis=1) / np.sqrt(weeks)
        return (walked - walked[:, -1:] * np.arange(1, weeks + 1) / weeks) * deviation[:, None]
