"""One block of weekly paths, with what every holding needs of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from ..records import FactorPaths
from ..tables import factor_index

SHORT_RATE = "ust_3m"


@dataclass(frozen=True, eq=False)
class Way:
    """P paths over T weekly dates. N holdings, F factors.

    moves: (P, T, F) from today, single precision. years, elapsed: (T,) ages, and the same as shares of the horizon.
    financing: (P, T) mean SOFR so far. bill: (P, T) integral so far of what the short rate has moved, so that money put
    aside at a date grows by exp(short x time + bill at the end - bill then). shock: (P, N) log shock at the horizon
    that the factors do not explain. unexplained: (P, N) the gain from it. drift: (N,) of ordinary noise.
    settled: (P,) log shock at its expiry of an option that expires on the way, by place on the N axis.
    """

    moves: np.ndarray
    years: np.ndarray
    elapsed: np.ndarray
    financing: np.ndarray
    bill: np.ndarray
    shock: np.ndarray
    unexplained: np.ndarray
    drift: np.ndarray
    settled: Mapping[int, np.ndarray]

    @property
    def week(self) -> float:
        """Years between two dates."""
        return float(self.years[0])

    def of(self, paths: np.ndarray) -> Way:
        """The same of some paths only."""
        by_path = ("moves", "financing", "bill", "shock", "unexplained")
        settled = {n: shock[paths] for n, shock in self.settled.items()}
        return replace(self, settled=settled, **{name: getattr(self, name)[paths] for name in by_path})


def make_way(
    factors: FactorPaths,
    rows: slice,
    moves: np.ndarray,
    shock: np.ndarray,
    unexplained: np.ndarray,
    drift: np.ndarray,
    settled: Mapping[int, np.ndarray],
) -> Way:
    """The block ``rows`` of the paths of ``factors``, whose weekly moves are ``moves`` (P, T, F)."""
    weeks = moves.shape[1]
    elapsed = np.arange(1, weeks + 1) / weeks
    years = factors.years * elapsed
    financing = np.zeros(moves.shape[:2]) if factors.financing is None else factors.financing[rows]
    bill = np.cumsum(moves[:, :, factor_index()[SHORT_RATE]], axis=1, dtype=float) * years[0]
    by_expiry = {n: at_expiry[rows] for n, at_expiry in settled.items()}
    return Way(moves, years, elapsed, financing, bill, shock[rows], unexplained[rows], drift, by_expiry)
