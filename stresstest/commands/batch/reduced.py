"""From gains of instruments to the risk of portfolios: a matrix product and a selection, in blocks."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

import numpy as np
from scipy import sparse

from ...risk.measures import tail_weights, value_at_risk

LEVELS = {"95": 0.95, "99": 0.99}
#: Bytes of the gains of one block.
BLOCK_BYTES = 32 << 20
#: Columns of the result beside the named scenarios, in their order.
COLUMNS = ("value", "coverage", "mean_loss", "var_95", "es_95", "var_99", "es_99")


@dataclass(frozen=True, eq=False)
class Units:
    """Instruments per unit held: value, value missing (N,); gain over the paths (N, S) and by scenario (N, K), USD.

    reasons: why an instrument is not modelled, by its place; nothing of the others. ratings: what stands in for the
    unknown rating of a bond, by its place.
    """

    value: np.ndarray
    missing: np.ndarray
    gain: np.ndarray
    named: np.ndarray
    reasons: Mapping[int, str] = field(default_factory=dict)
    ratings: Mapping[int, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Tail:
    """Which order statistics of equally likely paths make a VaR and an ES: the same for every portfolio.

    place: rank of the path that VaR reads; weights: (m,) of the m worst paths, worst first.
    """

    place: int
    weights: np.ndarray

    @classmethod
    def of(cls, paths: int, level: float) -> Tail:
        """Read off the measures themselves, on paths that are already in order."""
        ranks, probability = np.arange(paths, dtype=float), np.full(paths, 1.0 / paths)
        weights = tail_weights(ranks, probability, level)
        return cls(int(-value_at_risk(ranks, probability, level)), weights[: int(np.flatnonzero(weights)[-1]) + 1])


def blocks(portfolios: int, paths: int) -> Iterator[slice]:
    """Rows of blocks of which the gains take at most ``BLOCK_BYTES``."""
    size = max(1, BLOCK_BYTES // (8 * max(paths, 1)))
    return (slice(start, min(start + size, portfolios)) for start in range(0, portfolios, size))


def reduce_block(multiples: sparse.csr_matrix, units: Units) -> Mapping[str, np.ndarray]:
    """Measures of a block of portfolios: ``COLUMNS`` (b,) and "named" (b, K); fractions of net value, losses positive.

    A portfolio without net value gives numbers that are not finite; the caller says so.
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        value = np.asarray(multiples @ units.value)
        gross, missing = abs(multiples) @ np.abs(units.value), abs(multiples) @ np.abs(units.missing)
        result = {"value": value, "coverage": gross / (gross + missing)}
        total = np.asarray(multiples @ units.gain) / value[:, None]
        result["mean_loss"] = -total.mean(axis=1)
        result |= tail_measures(total)
        result["named"] = -np.asarray(multiples @ units.named) / value[:, None]
    return result


def tail_measures(total: np.ndarray) -> dict[str, np.ndarray]:
    """VaR and ES of rows of equally likely results (b, S), which are put out of order."""
    tails = {name: Tail.of(total.shape[1], level) for name, level in LEVELS.items()}
    deepest = max(max(tail.place + 1, len(tail.weights)) for tail in tails.values())
    if deepest < total.shape[1]:
        total.partition(deepest - 1, axis=1)
    worst = np.sort(total[:, :deepest], axis=1)
    found = {}
    for name, tail in tails.items():
        found[f"var_{name}"] = -worst[:, tail.place]
        found[f"es_{name}"] = -(worst[:, : len(tail.weights)] @ tail.weights)
    return found
