"""Full revaluation: every holding under every scenario, instrument by instrument, never path by path."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

import numpy as np

from ..instruments.leveraged import LeveragedFund
from ..instruments.reference import carry_rules
from ..records import Book, FactorPaths, Holding, StressResult
from .drift import convexity_drifts, without_drift
from .legs import LogLinear
from .option_law import OptionLaw, option_laws, premium_gaps
from .unexplained import EXPOSURES, RESIDUAL, base_value, deviations, log_shocks
from .walk import Chance, walk
from .weeks import dates

ALL_LAYERS = (EXPOSURES, RESIDUAL)
#: Rule of carry.csv for classes whose income is that of a bill, in place of a premium.
NEUTRAL = "bill"
#: Holdings whose gains stand in memory at a time where only their sum is wanted.
TOGETHER = 256
#: An age, the scenarios in which holdings have it, and their moves.
Aged = tuple[float, np.ndarray | slice, np.ndarray]


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
    acts, where that differs from the horizon of ``factors``. Single jumps that say what time they stand for
    (``factors.horizons``) and what financing costs in it earn their carry over that time. along_paths: follow the
    weekly paths too, where there are any: drawdowns, margin calls and what the way adds (``StressResult.effects``).
    progress: called with (done, total) paths.
    """
    layers = tuple(layers)
    years = _years(factors) if residual_years is None else residual_years
    drift, laws = convexity_drifts(book, factors), option_laws(book, factors)
    price, carry = _prices(book, factors, drift, laws), _carry(book, factors)
    shock = log_shocks(book, factors, layers, seed, years)
    residual = _residual(book, factors, shock, price, laws, layers, years)
    sensitivities = np.array([holding.instrument.sensitivity(factors.years) for holding in book.holdings])
    result = StressResult(
        book, factors, price, carry, residual, sensitivities.reshape(-1, factors.moves.shape[1]),
        warnings=tuple(premium_gaps(book, laws)),
    )  # fmt: skip
    if not along_paths or not dates(factors):
        return result
    return walk(result, Chance(shock, drift, laws, layers, seed), progress)


def total_gains(
    book: Book,
    factors: FactorPaths,
    choices: Sequence[Iterable[str]] = (ALL_LAYERS,),
    *,
    seed: int = 0,
    residual_years: np.ndarray | None = None,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> list[np.ndarray]:
    """(S,) gain of ``book`` for each choice of layers: the totals of ``revalue`` where nothing follows the way.

    Holdings are taken a block at a time, so that the memory is that of one block however long the book, and what no
    layer changes is worked out once. progress: called with (done, total) holdings.
    """
    years = _years(factors) if residual_years is None else residual_years
    totals = [np.zeros(len(factors.moves)) for _ in choices]
    for start in range(0, len(book.holdings), TOGETHER):
        part = Book(book.holdings[start : start + TOGETHER])
        drift, laws = convexity_drifts(part, factors), option_laws(part, factors)
        price = _prices(part, factors, drift, laws)
        known = price.sum(axis=1) + _carry(part, factors).sum(axis=1)
        for total, layers in zip(totals, map(tuple, choices), strict=True):
            shock = log_shocks(part, factors, layers, seed, years)
            total += known + _residual(part, factors, shock, price, laws, layers, years).sum(axis=1)
        progress(start + len(part.holdings), len(book.holdings))
    return totals


def _years(factors: FactorPaths) -> np.ndarray | float:
    """Time over which specific risk acts: that of single jumps, else the horizon."""
    return factors.years if factors.horizons is None else factors.horizons


def _residual(
    book: Book,
    factors: FactorPaths,
    shock: np.ndarray,
    price: np.ndarray,
    laws: Mapping[int, OptionLaw],
    layers: tuple[str, ...],
    years: np.ndarray | float,
) -> np.ndarray:
    """(S, N) gain from log shocks (S, N) beside those from the factors, ``price`` (S, N)."""
    residual = np.expm1(shock)
    residual *= [base_value(holding) for holding in book.holdings] + price  # a long position never loses more than all
    for n, law in laws.items():
        error, specific = deviations(book.holdings[n], factors, layers, years)
        variance = np.square(error) + np.square(specific)
        residual[:, n] = _option_changes(law, factors, shock[:, n], variance) - price[:, n]
    return residual


def _prices(book: Book, factors: FactorPaths, drift: np.ndarray, laws: Mapping[int, OptionLaw]) -> np.ndarray:
    """(S, N) gain from the factors, less what ordinary noise would earn."""
    none = np.zeros(len(factors.moves))
    price = np.empty((len(factors.moves), len(book.holdings)))
    together = LogLinear.of(book)
    for columns, gain in together.gains(factors.moves, -drift):
        price[:, columns] = gain
    aged = [(age, rows, factors.moves[rows]) for age, rows in _ages(factors)]
    for n in np.setdiff1d(np.arange(len(book.holdings)), together.columns):
        holding = book.holdings[n]
        if n in laws:
            price[:, n] = _option_changes(laws[n], factors, none, none)
        else:
            price[:, n] = without_drift(holding, _aged_change(holding, aged, len(price)), drift[n])
    return price


def _aged_change(holding: Holding, aged: Iterable[Aged], scenarios: int) -> np.ndarray:
    """(S,) gain from the factors at the age that the holding has when they have moved."""
    change = np.empty(scenarios)
    for age, rows, moves in aged:
        change[rows] = holding.instrument.price_change(moves, age)
    return change


def _option_changes(law: OptionLaw, factors: FactorPaths, shock: np.ndarray, variance: np.ndarray) -> np.ndarray:
    """(S,) gain of an option from the factors and a log shock (S,) of its underlying, of log ``variance`` (S,)."""
    change = np.empty(len(factors.moves))
    for age, rows in _ages(factors):
        change[rows] = law.change(factors.moves[rows], age, shock[rows], variance[rows])
    return change


def _ages(factors: FactorPaths) -> Iterator[tuple[float, np.ndarray | slice]]:
    """Each age at which holdings are valued, with its scenarios.

    Jumps that earn carry over a time of their own are priced at its end, so that decay and carry are counted once.
    """
    if factors.horizons is None or factors.financing is None:
        yield factors.years, slice(None)
        return
    for age in np.unique(factors.horizons):
        yield float(age), factors.horizons == age


def _carry(book: Book, factors: FactorPaths) -> np.ndarray:
    """(S, N) gain from the passage of time.

    The moves of a past episode are total returns: what shares earned is in them, and their neutral income is left out.
    """
    financing: np.ndarray | float = 0.0
    years: np.ndarray | float = factors.years
    jumps = factors.horizons is not None and factors.financing is not None
    if factors.financing is not None:
        financing = factors.financing[:, -1]
        years = factors.years if factors.horizons is None else factors.horizons
    whole = np.zeros(len(factors.moves), dtype=bool) if factors.total_return is None else factors.total_return
    carry = np.zeros((len(factors.moves), len(book.holdings)))
    for n, holding in enumerate(book.holdings):
        if jumps and isinstance(holding.instrument, LeveragedFund):
            carry[:, n] = holding.instrument.held_through(factors.moves, years, financing)
            continue
        carry[:, n] = holding.instrument.carry(years, financing)
        if carry_rules().get(holding.position.asset_class) == NEUTRAL:
            carry[whole, n] = 0.0
    return carry
