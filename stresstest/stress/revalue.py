"""Full revaluation: every holding under every scenario, instrument by instrument, never path by path."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterable

import numpy as np

from ..records import Book, FactorPaths, Holding, StressResult
from .drift import convexity_drift, without_drift
from .walk import walk

ALL_LAYERS = ("exposures", "residual")


def revalue(
    book: Book,
    factors: FactorPaths,
    *,
    layers: Iterable[str] = ALL_LAYERS,
    seed: int = 0,
    residual_years: np.ndarray | None = None,
    along_paths: bool = True,
    progress: Callable[[int, int], None] | None = None,
) -> StressResult:
    """P&L of ``book`` under ``factors``: price, carry and what the factors do not explain.

    layers: "exposures" adds the standard errors of the betas, "residual" what is specific to each position; leave both
    out for single scenarios, where a central value is wanted. seed: of those two layers only; a symbol takes the
    same numbers in every book, whatever the order of the rows. residual_years: (S,) time over which specific risk
    acts, where that differs from the horizon of ``factors``. along_paths: follow the weekly paths too, where there are
    any, for drawdowns and margin calls. progress: called with (done, total) paths.
    """
    layers = tuple(layers)
    years = factors.years if residual_years is None else residual_years
    financing = factors.financing[:, -1] if factors.financing is not None else 0.0
    drift = np.array([convexity_drift(holding, factors) for holding in book.holdings])
    price, carry, shock = (np.zeros((len(factors.moves), len(book.holdings))) for _ in range(3))
    for n, holding in enumerate(book.holdings):
        price[:, n] = without_drift(holding, holding.instrument.price_change(factors.moves, factors.years), drift[n])
        carry[:, n] = holding.instrument.carry(factors.years, financing)
        shock[:, n] = _unexplained(holding, factors, layers, seed, years)
    residual = (book.values + price) * np.expm1(shock)  # a long position never loses more than all of it
    sensitivities = np.array([holding.instrument.sensitivity(factors.years) for holding in book.holdings])
    result = StressResult(book, factors, price, carry, residual, sensitivities.reshape(-1, factors.moves.shape[1]))
    if factors.paths is None or not along_paths:
        return result
    return walk(result, shock, drift, seed if "residual" in layers else None, progress)


def _unexplained(
    holding: Holding, factors: FactorPaths, layers: tuple[str, ...], seed: int, years: np.ndarray | float
) -> np.ndarray:
    """Log shock (S,) at the horizon from exposure error and specific risk."""
    exposure = holding.exposure
    rng = np.random.default_rng([seed, zlib.crc32(holding.position.symbol.encode())])
    error, specific = rng.standard_normal((2, len(factors.moves)))
    shock = np.zeros(len(factors.moves))
    if "exposures" in layers:
        deviation = np.sqrt(np.square(factors.moves) @ np.square(exposure.se))
        shock += deviation * error - deviation**2 / 2
    if "residual" in layers:
        deviation = exposure.residual_vol * np.sqrt(years)
        shock += deviation * specific - deviation**2 / 2
    return shock
