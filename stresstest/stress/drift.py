"""Ordinary noise earns nothing: what symmetric noise in logs would add to the mean of a price is taken off.

Without this a volatile coin would seem to earn a fifth a year, and the proposal would believe it.
"""

from __future__ import annotations

import numpy as np

from ..instruments.fund import FactorAsset
from ..records import Book, FactorPaths, Holding

MARKET = "market"
#: Elements of the largest temporary.
BLOCK = 1 << 22


def convexity_drifts(book: Book, factors: FactorPaths) -> np.ndarray:
    """(N,) log E[exp(beta . noise)] over the horizon of every log-linear holding.

    Zero for scenarios without ordinary noise, and for instruments that are revalued otherwise.
    """
    drifts = np.zeros(len(book.holdings))
    columns = [n for n, holding in enumerate(book.holdings) if isinstance(holding.instrument, FactorAsset)]
    if MARKET in factors.channels and columns:
        betas = np.array([_beta(book.holdings[n]) for n in columns])
        drifts[columns] = log_mean_noise(factors, betas)
    return drifts


def log_mean_noise(factors: FactorPaths, betas: np.ndarray) -> np.ndarray:
    """(n,) log E[exp(beta . noise)] over the horizon; betas: (n, F). Zero where there is no ordinary noise."""
    if MARKET not in factors.channels:
        return np.zeros(len(betas))
    noise = factors.by_channel[:, factors.channels.index(MARKET)]
    size = max(BLOCK // max(len(noise), 1), 1)
    parts = [factors.probability @ np.exp(noise @ betas[i : i + size].T) for i in range(0, len(betas), size)]
    return np.log(np.concatenate(parts))


def without_drift(holding: Holding, change: np.ndarray, drift: np.ndarray | float) -> np.ndarray:
    """Price change with the shocked value scaled down by ``drift``; broadcasts against ``change``."""
    instrument = holding.instrument
    if not isinstance(instrument, FactorAsset):
        return change
    return (instrument.notional + change) * np.exp(-np.asarray(drift)) - instrument.notional


def _beta(holding: Holding) -> np.ndarray:
    instrument = holding.instrument
    assert isinstance(instrument, FactorAsset)
    return instrument.beta
