"""Full revaluation: every holding under every scenario, instrument by instrument, never path by path."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterable

import numpy as np

from ..instruments.fund import FactorAsset
from ..records import Book, FactorPaths, Holding, StressResult
from .walk import walk

MARKET = "market"
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
    price, carry, shock = (np.zeros((len(factors.moves), len(book.holdings))) for _ in range(3))
    for n, holding in enumerate(book.holdings):
        price[:, n] = holding.instrument.price_change(factors.moves, factors.years)
        carry[:, n] = holding.instrument.carry(factors.years, financing)
        shock[:, n] = _unexplained(holding, factors, layers, seed, years) - _convexity_drift(holding, factors)
    residual = specific_gain(book.values + price, shock)
    sensitivities = np.array([holding.instrument.sensitivity(factors.years) for holding in book.holdings])
    result = StressResult(book, factors, price, carry, residual, sensitivities.reshape(-1, factors.moves.shape[1]))
    if factors.paths is None or not along_paths:
        return result
    return walk(result, shock, seed if "residual" in layers else None, progress)


def specific_gain(shocked_value: np.ndarray, log_shock: np.ndarray) -> np.ndarray:
    """Multiplicative, so that a long position never loses more than all of it; the mean is zero by construction."""
    return shocked_value * np.expm1(log_shock)


def _convexity_drift(holding: Holding, factors: FactorPaths) -> float:
    """What ordinary noise alone would add to the mean of a log-linear holding: log E[exp(beta . noise)].

    Noise is symmetric in logs, so without this a volatile coin would seem to earn a fifth a year. Taken off, the noise
    of every holding has a mean gain of zero. Zero for scenarios without ordinary noise, and for other instruments.
    """
    instrument = holding.instrument
    if MARKET not in factors.channels or not isinstance(instrument, FactorAsset):
        return 0.0
    noise = factors.by_channel[:, factors.channels.index(MARKET)] @ instrument.beta
    return float(np.log(factors.probability @ np.exp(noise)))


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
