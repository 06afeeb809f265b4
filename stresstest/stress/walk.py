"""The book along the weekly paths: net value for drawdowns, and whether equity ever falls short of the margin.

Between today and the horizon the unexplained shock of a holding grows in proportion to time, and specific risk adds a
bridge that ends at nothing, so the last date agrees with the revaluation at the horizon.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import numpy as np

from ..records import Book, Holding, StressResult
from .drift import without_drift

#: Paths in one block, to bound memory.
BLOCK = 2500
WORKERS = 2


def walk(
    result: StressResult,
    shock: np.ndarray,
    drift: np.ndarray,
    seed: int | None,
    progress: Callable[[int, int], None] | None = None,
) -> StressResult:
    """Add ``path_value`` (S, T+1) and, for a levered book, ``margin_call`` (S,) to ``result``.

    shock: (S, N) log shocks at the horizon that the factors do not explain. drift: (N,) of ordinary noise over the
    horizon. seed: of the bridges; None means none.
    """
    paths = result.factors.paths
    assert paths is not None
    scenarios, weeks = paths.shape[:2]
    value = np.full((scenarios, weeks + 1), result.book.value)
    gross = np.full((scenarios, weeks + 1), _gross(result.book))

    def block(number: int) -> int:
        rows = slice(number * BLOCK, (number + 1) * BLOCK)
        gain, gross_change = _block(result, paths[rows].astype(float), shock[rows], drift, rows, seed, number)
        value[rows, 1:] += gain
        gross[rows, 1:] += gross_change
        return min(rows.stop, scenarios)

    with ThreadPoolExecutor(WORKERS) as pool:
        for done in pool.map(block, range(-(-scenarios // BLOCK))):
            if progress is not None:
                progress(done, scenarios)
    short = value < result.book.maintenance_margin * gross
    margin_call = np.asarray(short.any(axis=1)) if is_levered(result.book) else None
    return replace(result, path_value=value, margin_call=margin_call)


def is_levered(book: Book) -> bool:
    """Whether the book borrows: negative cash or short positions."""
    return any(holding.instrument.value < 0 for holding in book.holdings)


def _block(
    result: StressResult,
    moves: np.ndarray,
    shock: np.ndarray,
    drift: np.ndarray,
    rows: slice,
    seed: int | None,
    number: int,
) -> tuple[np.ndarray, np.ndarray]:
    """Gain of the book and change of its gross value on each date, both (paths, T)."""
    weeks = moves.shape[1]
    elapsed = np.arange(1, weeks + 1) / weeks
    years = result.factors.years * elapsed
    financing = 0.0 if result.factors.financing is None else result.factors.financing[rows]
    gain, gross = np.zeros(moves.shape[:2]), np.zeros(moves.shape[:2])
    for n, holding in enumerate(result.book.holdings):
        instrument = holding.instrument
        change = without_drift(holding, instrument.price_change(moves, years), drift[n] * elapsed)
        unexplained = shock[:, n : n + 1] * elapsed
        if seed is not None and holding.exposure.residual_vol > 0:
            spread = holding.exposure.residual_vol * np.sqrt(result.factors.years)
            unexplained = unexplained + spread * _bridge(holding, moves.shape[:2], seed, number)
        change = change + (instrument.value + change) * np.expm1(unexplained)
        gain += change + instrument.carry(years, financing)
        if holding.position.asset_class != "cash":
            gross += np.abs(instrument.value + change) - abs(instrument.value)
    return gain, gross


def _bridge(holding: Holding, shape: tuple[int, int], seed: int, number: int) -> np.ndarray:
    """Brownian bridges over a unit of time, from zero to zero."""
    rng = np.random.default_rng([seed, number + 1, zlib.crc32(holding.position.symbol.encode())])
    walked = np.cumsum(rng.standard_normal(shape), axis=1) / np.sqrt(shape[1])
    return walked - walked[:, -1:] * np.arange(1, shape[1] + 1) / shape[1]


def _gross(book: Book) -> float:
    return float(sum(abs(h.instrument.value) for h in book.holdings if h.position.asset_class != "cash"))
