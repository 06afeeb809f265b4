"""Means and covariances of factor moves whose histories have different lengths."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

#: Added to the unit variances of observed factors when one is predicted from others: keeps near-collinear weeks stable.
RIDGE = 1e-3
TOLERANCE = 1e-6
MOST_ROUNDS = 100


@dataclass(frozen=True)
class GaussianMoments:
    """Maximum-likelihood moments of incomplete rows.

    mean: (F,). covariance: (F, F), positive semidefinite. filled: (T, F), the rows with every missing value replaced by
    its expectation given what was observed in the same week.
    """

    mean: np.ndarray
    covariance: np.ndarray
    filled: np.ndarray


def gaussian_moments(
    moves: np.ndarray, prior_correlation: np.ndarray | None = None, prior_weeks: float = 0.0
) -> GaussianMoments:
    """EM for a normal with values missing at random (Dempster, Laird and Rubin, 1977; Little and Rubin, ch. 11).

    moves: (T, F), NaN where missing. prior_correlation counts as ``prior_weeks`` more weeks (the mode under an
    inverse-Wishart prior), which keeps a short sample away from singularity. A column that never varies keeps a unit
    variance and the prior correlation.
    """
    centre, spread = centre_and_spread(moves)
    z = (moves - centre) / spread
    prior = np.eye(z.shape[1]) if prior_correlation is None else prior_correlation
    patterns, which = _patterns(np.isnan(z))
    mean, covariance = np.zeros(z.shape[1]), prior
    for _ in range(MOST_ROUNDS):
        filled, unsure = _expect(z, patterns, which, mean, covariance)
        mean = filled.mean(axis=0)
        away = filled - mean
        updated = (away.T @ away + unsure + prior_weeks * prior) / (len(z) + prior_weeks)
        change = np.abs(updated - covariance).max()
        covariance = updated
        if change < TOLERANCE:
            break
    return GaussianMoments(centre + mean * spread, covariance * np.outer(spread, spread), centre + filled * spread)


def expected(rows: np.ndarray, mean: np.ndarray, covariance: np.ndarray) -> np.ndarray:
    """``rows`` (T, F) with every missing value replaced by its expectation under given moments."""
    spread = np.sqrt(np.maximum(np.diag(covariance), np.finfo(float).tiny))
    z = (rows - mean) / spread
    patterns, which = _patterns(np.isnan(z))
    filled, _ = _expect(z, patterns, which, np.zeros(len(mean)), covariance / np.outer(spread, spread))
    return np.asarray(mean + filled * spread)


def centre_and_spread(moves: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Mean and standard deviation (F,) of what is there; zero and one for a column with fewer than two values."""
    count = (~np.isnan(moves)).sum(axis=0)
    centre = np.nansum(moves, axis=0) / np.maximum(count, 1)
    spread = np.sqrt(np.nansum((moves - centre) ** 2, axis=0) / np.maximum(count, 1))
    return centre, np.where(spread > 0, spread, 1.0)


def _patterns(missing: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The distinct sets of missing factors, and which one each week has. There are few: they change as series begin."""
    patterns, which = np.unique(missing, axis=0, return_inverse=True)
    return patterns, which.ravel()


def _expect(
    z: np.ndarray, patterns: np.ndarray, which: np.ndarray, mean: np.ndarray, covariance: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Rows with missing values at their conditional mean, and the summed conditional covariance (F, F)."""
    filled, unsure = z.copy(), np.zeros_like(covariance)
    for k, missing in enumerate(patterns):
        if not missing.any():
            continue
        rows, seen = np.flatnonzero(which == k), ~missing
        observed = covariance[np.ix_(seen, seen)] + RIDGE * np.eye(seen.sum())
        loading = np.linalg.solve(observed, covariance[np.ix_(seen, missing)])
        filled[np.ix_(rows, missing)] = mean[missing] + (z[np.ix_(rows, seen)] - mean[seen]) @ loading
        rest = covariance[np.ix_(missing, missing)] - covariance[np.ix_(missing, seen)] @ loading
        unsure[np.ix_(missing, missing)] += len(rows) * rest
    return filled, unsure
