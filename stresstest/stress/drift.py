"""Ordinary noise earns nothing: what symmetric noise in logs would add to the mean of a price is taken off.

Without this a volatile coin would seem to earn a fifth a year, and the proposal would believe it.
"""

from __future__ import annotations

import numpy as np

from ..instruments.fund import FactorAsset
from ..records import FactorPaths, Holding

MARKET = "market"


def convexity_drift(holding: Holding, factors: FactorPaths) -> float:
    """log E[exp(beta . noise)] over the horizon, for log-linear instruments.

    Zero for scenarios without ordinary noise, and for instruments that are revalued otherwise.
    """
    instrument = holding.instrument
    if MARKET not in factors.channels or not isinstance(instrument, FactorAsset):
        return 0.0
    noise = factors.by_channel[:, factors.channels.index(MARKET)] @ instrument.beta
    return float(np.log(factors.probability @ np.exp(noise)))


def without_drift(holding: Holding, change: np.ndarray, drift: np.ndarray | float) -> np.ndarray:
    """Price change with the shocked value scaled down by ``drift``; broadcasts against ``change``."""
    instrument = holding.instrument
    if not isinstance(instrument, FactorAsset):
        return change
    return (instrument.notional + change) * np.exp(-np.asarray(drift)) - instrument.notional
