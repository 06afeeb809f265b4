"""Moves of the risk factors under each scenario."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pandas as pd


@dataclass(frozen=True, eq=False)
class Weeks:
    """Weekly paths that are not kept but made again each time that somebody follows them, always the same.

    dates: T. follow: hands over every path once, a few at a time and from several threads at once: their rows, and
    their cumulated moves (P, T, F) in single precision, which the taker may change but not keep.
    """

    dates: int
    follow: Callable[[Callable[[slice, np.ndarray], None]], None]


@dataclass(frozen=True)
class FactorPaths:
    """Moves of the factors under each scenario, in the units of factors.csv (changes, log returns).

    moves: (S, F) over the horizon, from the baseline. by_channel: (S, C, F), sums to ``moves`` over C.
    paths: (S, T, F) cumulated weekly moves in single precision (they serve drawdowns and margin, not the loss at the
    horizon), or None where they are not kept. weeks: makes them again where they are not kept and yet wanted; None, and
    no ``paths`` either, for scenarios that are a single jump.
    probability: (S,), sums to one. turbulent, funding_break: (S,) flags of the regime that the path went through.
    financing: (S, T) mean annual SOFR from the start to each date, or None for scenarios that take no time.
    years: the horizon. names, titles: labels of the scenarios; empty for a cloud of paths.
    leader: (S,) what led markets on the path: 0 a flight to safety, 1 rates, 2 rates with doubt of the currency.
    total_return: (S,) bool, jumps whose moves of shares hold their dividends (past episodes); None for none.
    horizons: (S,) years that each single jump stands for, over which income accrues; None for a cloud of paths.
    """

    moves: np.ndarray
    by_channel: np.ndarray
    channels: tuple[str, ...]
    probability: np.ndarray
    years: float
    paths: np.ndarray | None = None
    turbulent: np.ndarray | None = None
    funding_break: np.ndarray | None = None
    financing: np.ndarray | None = None
    names: tuple[str, ...] = ()
    titles: tuple[str, ...] = ()
    seed: int | None = None
    horizons: np.ndarray | None = None
    leader: np.ndarray | None = None
    total_return: np.ndarray | None = None
    weeks: Weeks | None = None

    def to_frame(self) -> pd.DataFrame:
        """Scenarios by factors."""
        from ..tables import factor_names

        return pd.DataFrame(self.moves, index=list(self.names) or None, columns=list(factor_names()))
