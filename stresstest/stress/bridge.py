"""Specific risk on the way: one bridge for the whole book, from zero today to zero at the horizon."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass

import numpy as np

from ..records import Book, FactorPaths
from .unexplained import name_of, residual_scale, unexplained_dollars

#: Paths that take their steps from one stream of numbers, so that blocks of any size up to it see the same steps.
STREAM = 2500


@dataclass(frozen=True, eq=False)
class Bridge:
    """Independent specific risks of underlyings add up to one normal variable, to first order.

    deviation: (S,) standard deviation of the book's specific gain over the horizon, USD, at today's values.
    """

    deviation: np.ndarray
    seed: int

    @classmethod
    def of(cls, book: Book, factors: FactorPaths, seed: int) -> Bridge:
        """Variances on the scales of calm and stress; contracts on one underlying, and peers, add up first."""
        variance = np.zeros(len(factors.moves))
        own, shared = (defaultdict[str, np.ndarray](lambda: np.zeros(len(factors.moves))) for _ in range(2))
        for holding in book.holdings:
            source = holding.source
            exposure = source.exposure
            gain = unexplained_dollars(holding) * exposure.residual_vol * source.sign
            if gain:
                scaled = gain * residual_scale(holding, factors)
                share = exposure.peer_share if exposure.peers else 0.0
                own[name_of(source)] += np.sqrt(1.0 - share) * scaled
                shared[exposure.peers] += np.sqrt(share) * scaled
        for part in (*own.values(), *shared.values()):
            variance += part**2
        return cls(np.sqrt(variance * factors.years), seed)

    def of_rows(self, rows: slice, weeks: int) -> np.ndarray:
        """(P, T) gain on each date of some paths, all of one stream."""
        deviation = self.deviation[rows]
        number, before = divmod(rows.start, STREAM)
        rng = np.random.default_rng([self.seed, number + 1])
        steps = rng.standard_normal((before + len(deviation), weeks))[before:]
        walked = np.cumsum(steps, axis=1) / np.sqrt(weeks)
        return (walked - walked[:, -1:] * np.arange(1, weeks + 1) / weeks) * deviation[:, None]
