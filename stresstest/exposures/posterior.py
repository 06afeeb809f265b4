"""The regression itself, on arrays: N assets share the moves of T rows in K columns (factors, then the drift).

Rows are weekly and daily returns of the same weeks (a composite likelihood); errors of the betas come from scores added
up by week, so that a week counted twice is not taken for two.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .priors import settings

#: Assets whose scores are held in memory at once.
CHUNK = 64


@dataclass(frozen=True)
class Sample:
    """x: (T, K) standardised moves and a drift column. y, weight: (N, T), zero where missing. week: (T,) weeks ago."""

    x: np.ndarray
    y: np.ndarray
    weight: np.ndarray
    week: np.ndarray


@dataclass(frozen=True)
class Posterior:
    """Normal approximation of the posterior at its mode.

    mean: (N, K). covariance: (N, K, K) if the model were right. prior_mean, prior_precision: (N, K), the precision
    being that which the heavy-tailed prior settled on. noise: (N,) weekly scale of the Student residuals. residual,
    trust: (N, T) residuals and the weight that the Student tail leaves each row.
    """

    mean: np.ndarray
    covariance: np.ndarray
    prior_mean: np.ndarray
    prior_precision: np.ndarray
    noise: np.ndarray
    residual: np.ndarray
    trust: np.ndarray


def ridge(
    gram: np.ndarray, moment: np.ndarray, noise: np.ndarray, prior_mean: np.ndarray, prior_precision: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Posterior mean (N, K) and covariance (N, K, K) of betas under normal noise of variance ``noise`` (N,).

    gram: (N, K, K), X'WX. moment: (N, K), X'Wy. The mean is the ridge estimate about ``prior_mean`` with penalty
    noise x prior precision.
    """
    precision = gram / noise[:, None, None]
    diagonal = np.arange(gram.shape[1])
    precision[:, diagonal, diagonal] += prior_precision
    covariance = np.linalg.inv(precision)
    right = moment / noise[:, None] + prior_precision * prior_mean
    return (covariance @ right[..., None])[..., 0], covariance


def posterior(
    sample: Sample, prior_mean: np.ndarray, prior_sd: np.ndarray, firm: np.ndarray | None = None
) -> Posterior:
    """Mode of the betas under Student noise and Student priors, by reweighting both (Lange, Little and Taylor, 1989).

    prior_mean, prior_sd: (N, K). The prior of each beta is a Student t of few degrees (settings: prior_dof): most betas
    are held near the prior, and one that the data insist on is let go, so a gold fund gets its gold and nothing else.
    firm: (K,) columns whose prior is normal instead.
    """
    dof, floor = settings()["student_dof"], settings()["noise_floor"] ** 2
    prior_precision = np.maximum(prior_sd, settings()["least_sd"]) ** -2.0
    count = sample.weight.sum(axis=1)
    outer = outer_products(sample.x)
    trust = np.ones_like(sample.y)
    noise = np.maximum((sample.weight * sample.y**2).sum(axis=1) / np.maximum(count, 1.0), floor)
    rounds = int(settings()["iterations"])
    for i in range(rounds):
        gram, moment = products(sample, outer, sample.weight * trust)
        mean, covariance = ridge(gram, moment, noise, prior_mean, prior_precision)
        residual = sample.y - mean @ sample.x.T
        fitted = np.einsum("nij,nji->n", covariance, gram) / noise
        free = np.maximum(count - fitted, 1.0)
        noise = np.maximum((sample.weight * trust * residual**2).sum(axis=1) / free, floor)
        trust = (dof + 1.0) / (dof + residual**2 / noise[:, None])
        if i < rounds - 1:
            prior_precision = _loosened(prior_mean, prior_sd, mean, covariance, firm)
    return Posterior(mean, covariance, prior_mean, prior_precision, np.sqrt(noise), residual, trust)


def _loosened(
    prior_mean: np.ndarray, prior_sd: np.ndarray, mean: np.ndarray, covariance: np.ndarray, firm: np.ndarray | None
) -> np.ndarray:
    """(N, K) expected precision of each beta's prior, a gamma mixture of normals, given where the beta seems to be."""
    dof = settings()["prior_dof"]
    away = (mean - prior_mean) ** 2 + np.diagonal(covariance, axis1=1, axis2=2)
    held = np.maximum(prior_sd, settings()["least_sd"]) ** 2
    free = prior_sd > settings()["least_sd"]
    if firm is not None:
        free = free & ~firm
    return np.where(free, (dof + 1.0) / (dof * held + away), 1.0 / held)


def outer_products(x: np.ndarray) -> np.ndarray:
    """(T, K * K): the outer product of every row with itself."""
    return (x[:, :, None] * x[:, None, :]).reshape(len(x), -1)


def products(sample: Sample, outer: np.ndarray, weight: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """X'WX (N, K, K) and X'Wy (N, K) for every asset at once: one matrix product over rows."""
    columns = sample.x.shape[1]
    return (weight @ outer).reshape(-1, columns, columns), (weight * sample.y) @ sample.x


def robust_covariance(sample: Sample, fit: Posterior) -> np.ndarray:
    """(N, K, K) robust posterior covariance: bread x (score covariance + prior precision) x bread.

    Scores are the weighted, Student-trimmed products of move and residual, added up by week; their covariance is
    Newey-West. The expected curvature of the Student likelihood is (dof + 1) / (dof + 3) of the reweighted normal one.
    """
    dof, lags = settings()["student_dof"], int(settings()["hac_lags"])
    diagonal = np.arange(sample.x.shape[1])
    result = np.empty_like(fit.covariance)
    order = np.argsort(-sample.week, kind="stable")
    starts = np.flatnonzero(np.r_[True, np.diff(sample.week[order]) != 0])
    slope = sample.weight * fit.trust * fit.residual / fit.noise[:, None] ** 2
    for first in range(0, len(slope), CHUNK):
        part = slice(first, first + CHUNK)
        prior = np.zeros_like(result[part])
        prior[:, diagonal, diagonal] = fit.prior_precision[part]
        curvature = (dof + 1.0) / (dof + 3.0) * (np.linalg.inv(fit.covariance[part]) - prior) + prior
        scores = slope[part][:, order, None] * sample.x[None, order, :]
        weekly = np.add.reduceat(scores, starts, axis=1)
        bread = np.linalg.inv(curvature)
        result[part] = bread @ (newey_west(weekly, lags) + prior) @ bread
    return result


def newey_west(scores: np.ndarray, lags: int) -> np.ndarray:
    """(N, K, K) long-run sums of squares of scores (N, T, K), Bartlett kernel (Newey and West, 1987)."""
    total = np.swapaxes(scores, 1, 2) @ scores
    for lag in range(1, lags + 1):
        cross = np.swapaxes(scores[:, lag:], 1, 2) @ scores[:, :-lag]
        total += (1.0 - lag / (lags + 1.0)) * (cross + np.swapaxes(cross, 1, 2))
    return total
