"""Street convention: price from yield, yield from price, modified duration and convexity.

Arrays carry the payments on their last axis, so one call serves one bond (K,) or many (N, K) padded with zero amounts.
Yields compound ``frequency`` times a year; a bond in its last coupon period (``simple``) earns simple interest.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .solver import solve

#: The yield of a distressed bond may be thousands of percent; below, prices grow without bound near -frequency, and
#: simple ones near -1 / time.
HIGHEST_YIELD = 100.0
LOWEST_SHARE = -0.9


@dataclass(frozen=True, eq=False)
class StreetPrice:
    """Dirty price per unit of face, and its first and second derivative by yield; shape (...)."""

    price: np.ndarray
    slope: np.ndarray
    curvature: np.ndarray

    @property
    def modified_duration(self) -> np.ndarray:
        """Relative fall of the dirty price per unit of yield, years."""
        duration: np.ndarray = -self.slope / self.price
        return duration

    @property
    def convexity(self) -> np.ndarray:
        """Second derivative of the dirty price by yield over the price, years squared."""
        convexity: np.ndarray = self.curvature / self.price
        return convexity


def price_at_yield(
    rate: np.ndarray | float,
    amounts: np.ndarray,
    periods: np.ndarray,
    frequency: np.ndarray | int,
    simple: np.ndarray | bool,
) -> StreetPrice:
    """Dirty price at a street yield.

    rate, frequency, simple: (...); amounts, periods: (..., K).
    """
    rate, frequency, simple = (np.asarray(x)[..., None] for x in (rate, frequency, simple))
    time = periods / frequency
    growth = np.where(simple, 1.0 + rate * time, 1.0 + rate / frequency)
    value = amounts * growth ** np.where(simple, -1.0, -periods)
    slope = -value * time / growth
    curvature = value * time * np.where(simple, 2.0 * time, time + 1.0 / frequency) / growth**2
    return StreetPrice(value.sum(axis=-1), slope.sum(axis=-1), curvature.sum(axis=-1))


def street_yield(
    dirty: np.ndarray | float,
    amounts: np.ndarray,
    periods: np.ndarray,
    frequency: np.ndarray | int,
    simple: np.ndarray | bool,
) -> np.ndarray:
    """Street yield at a dirty price per unit of face; shapes as in ``price_at_yield``.

    Raises NoAnswerError where no yield gives the price.
    """

    def priced(rate: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        found = price_at_yield(rate, amounts, periods, frequency, simple)
        return found.price, found.slope

    longest = np.max(np.where(amounts != 0.0, periods, 0.0), axis=-1) / frequency
    lowest = np.where(simple & (longest > 1.0), LOWEST_SHARE / np.maximum(longest, 1.0), LOWEST_SHARE)
    with np.errstate(over="ignore", under="ignore"):
        return solve(priced, dirty, 0.05, lowest, HIGHEST_YIELD, "street yield")
