"""Statistical tests of a series of risk forecasts, and how often each test would catch a model that is wrong."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

#: Significance at which a forecast is rejected.
SIZE = 0.05


def kupiec(hits: int, count: int, probability: float) -> float:
    """p-value of the proportion of failures (Kupiec, 1995): likelihood ratio against chi-squared with one degree."""
    return _chi_squared(2.0 * (_log_likelihood(hits, count, hits / count) - _log_likelihood(hits, count, probability)))


def christoffersen(hit: np.ndarray) -> float:
    """p-value of independence against a first-order Markov chain (Christoffersen, 1998). hit: (n,) bool in time order.

    One where the series never, or always, hits: nothing then speaks against independence.
    """
    before, after = hit[:-1].astype(int), hit[1:].astype(int)
    counts = np.zeros((2, 2), dtype=int)
    np.add.at(counts, (before, after), 1)
    if not counts.sum(axis=0).all() or not counts.sum(axis=1).all():
        return 1.0
    pooled = counts[:, 1].sum() / counts.sum()
    apart = sum(_log_likelihood(row[1], row.sum(), row[1] / row.sum()) for row in counts)
    return _chi_squared(2.0 * (apart - _log_likelihood(int(counts[:, 1].sum()), int(counts.sum()), pooled)))


def overlapping(hit: np.ndarray, probability: float, overlap: int) -> float:
    """p-value of the mean of ``hit`` (n,) where neighbours share ``overlap`` weeks: Newey-West with twice as many lags.

    The variance is at least that of independent hits, so that a series without hits is not called certain.
    """
    away = hit - probability
    lags = min(2 * overlap, len(hit) - 1)
    variance = away @ away / len(hit)
    for lag in range(1, lags + 1):
        variance += 2.0 * (1.0 - lag / (lags + 1.0)) * (away[lag:] @ away[:-lag]) / len(hit)
    least = probability * (1.0 - probability) * (1.0 + overlap) / 2.0
    return _two_sided(float(away.mean() / np.sqrt(max(float(variance), least) / len(hit))))


@dataclass(frozen=True)
class ShortfallTest:
    """Z2 of Acerbi and Szekely (2014): zero is expected, below it the shortfall was understated. p_value: one-sided."""

    statistic: float
    p_value: float


def shortfall_test(
    losses: np.ndarray, var: np.ndarray, shortfall: np.ndarray, draws: np.ndarray, level: float
) -> ShortfallTest:
    """Test of expected shortfall. losses, var, shortfall: (n,). draws: (n, R) losses from the forecast of each date."""
    found = _z2(losses[:, None], var, shortfall, level)[0]
    under_model = _z2(draws, var, shortfall, level)
    return ShortfallTest(float(found), float((under_model <= found).mean()))


def _z2(losses: np.ndarray, var: np.ndarray, shortfall: np.ndarray, level: float) -> np.ndarray:
    """(R,) statistics of losses (n, R)."""
    excess = losses * (losses > var[:, None]) / shortfall[:, None]
    return np.asarray(1.0 - excess.sum(axis=0) / (len(losses) * (1.0 - level)))


def quantile_loss(losses: np.ndarray, var: np.ndarray, level: float) -> np.ndarray:
    """(n,) score of each forecast quantile, lower is better; its mean is least for the true one (Koenker, 1978)."""
    over = losses - var
    return np.asarray(np.where(over > 0, level * over, (level - 1.0) * over))


def mean_and_error(values: np.ndarray, overlap: int) -> tuple[float, float]:
    """Mean of a series and its standard error, Bartlett weights up to twice the ``overlap`` of neighbours."""
    away, lags = values - values.mean(), 2 * overlap
    variance = float(away @ away)
    for lag in range(1, lags + 1):
        variance += 2.0 * (1.0 - lag / (lags + 1.0)) * float(away[lag:] @ away[:-lag])
    return float(values.mean()), max(variance, 0.0) ** 0.5 / len(values)


def power(count: int, probability: float, true: float) -> float:
    """Chance that ``kupiec`` rejects ``probability`` in ``count`` independent trials when it is ``true``."""
    from scipy.stats import binom

    rejected = [hits for hits in range(count + 1) if kupiec(hits, count, probability) < SIZE]
    return float(binom.pmf(rejected, count, true).sum())


def _log_likelihood(hits: int, count: int, probability: float) -> float:
    """Log likelihood of ``hits`` in ``count`` trials; zero times the logarithm of zero is zero."""
    parts = ((hits, probability), (count - hits, 1.0 - probability))
    return float(sum(n * np.log(p) for n, p in parts if n))


def _chi_squared(ratio: float) -> float:
    from scipy.stats import chi2

    return float(chi2.sf(max(ratio, 0.0), 1))


def _two_sided(z: float) -> float:
    from scipy.stats import norm

    return float(2.0 * norm.sf(abs(z)))
