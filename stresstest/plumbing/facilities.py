"""Lending facilities of the central bank: what banks borrow at the spread that they face. Amounts USD bn.

Take-up is booked in ``loans_repo`` and in reserves, for as long as the spread asks for it: overnight.
"""

from __future__ import annotations

import numpy as np

from ..tables import Draws
from .constants import constant


def srf_take_up(spread: np.ndarray, p: Draws) -> np.ndarray:
    """Standing repo facility: grows with the excess of SOFR - IORB over the facility's own spread, up to the limit.

    spread: (S,) or (S, days), decimal.
    """
    excess = np.maximum(0.0, spread - _rate(spread, p))
    return np.minimum(constant("srf_slope") * excess, constant("srf_limit"))


def window_take_up(spread: np.ndarray, p: Draws) -> np.ndarray:
    """Discount window, priced like the facility and shunned: a small slope. spread: (S,) or (S, days), decimal."""
    return constant("window_slope") * np.maximum(0.0, spread - _rate(spread, p))


def take_up(spread: np.ndarray, p: Draws) -> np.ndarray:
    """Both facilities together."""
    return srf_take_up(spread, p) + window_take_up(spread, p)


def _rate(spread: np.ndarray, p: Draws) -> np.ndarray:
    rate = p["srf_spread"]
    return rate[:, None] if spread.ndim == 2 else rate
