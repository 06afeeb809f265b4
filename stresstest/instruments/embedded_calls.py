"""Convexity of bonds of which a fund's file tells the effective duration, but not the calls in them."""

from __future__ import annotations

import numpy as np

from .reference import constant, mortgage_convexity

#: An effective duration nearer to the modified one than this share is that of another day count, not of a call; one
#: further below is not told apart.
CALLED, LEAST = 0.95, 0.02


def effective_convexity(
    effective: np.ndarray, modified: np.ndarray, bullet: np.ndarray, mortgages: np.ndarray
) -> np.ndarray:
    """(L,) convexity by line. effective: durations of the file, years. modified, bullet: duration and convexity to
    redemption. mortgages: (L,) bool.

    A bond with calls is the straight bond in the share w = effective / modified of the cases in which it is not called,
    and cash in the others. The call is decided by a normal rate of standard deviation s, so w rises by
    phi(Phi^-1(w)) / s per unit of rates, and the convexity is w times that of the straight bond less that slope times
    its duration. Pass-throughs have the convexity of their duration (mortgages.csv).
    """
    from scipy.special import ndtri

    share = np.clip(effective / modified, LEAST, 1.0)
    slope = np.exp(-0.5 * ndtri(np.minimum(share, CALLED)) ** 2) / (
        np.sqrt(2.0 * np.pi) * constant("call_rate_deviation")
    )
    called = np.where(share < CALLED, share * bullet - slope * modified, bullet)
    passed = [mortgage_convexity(float(years)) for years in effective]
    return np.where(mortgages, passed, called)
