"""The regression itself, on arrays: N assets share the moves of T weeks in K columns (factors, then a constant)."""

from __future__ import annotations

from dataclasses import dataclass
from math import lgamma, log, pi

import numpy as np

from .priors import settings


@dataclass(frozen=True)
class Sample:
    """x: (T, K) standardised moves and a constant. y, weight: (N, T), zero where missing. scale: (F,) sd of moves."""

    x: np.ndarray
    y: np.ndarray
    weight: np.ndarray
    scale: np.ndarray


@dataclass(frozen=True)
class Posterior:
    """Normal approximation of the posterior.

    mean: (N, K). precision: (N, K, K) of the data at the mode plus that of the prior. prior_mean, prior_precision:
    (N, K). noise: (N,) weekly scale of the Student residuals. residual_sd: (N,) weekly standard deviation, tails and
    all. r_squared: (N,). residual, trust: (N, T) residuals and the weight that the Student tail leaves each week.
    """

    mean: np.ndarray
    precision: np.ndarray
    prior_mean: np.ndarray
    prior_precision: np.ndarray
    noise: np.ndarray
    residual_sd: np.ndarray
    r_squared: np.ndarray
    residual: np.ndarray
    trust: np.ndarray


def ridge(
    gram: np.ndarray, moment: np.ndarray, noise: np.ndarray, prior_mean: np.ndarray, prior_precision: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Posterior mean (N, K) and precision (N, K, K) of betas under normal noise of variance ``noise`` (N,).

    gram: (N, K, K), X'WX. moment: (N, K), X'Wy. The mean is the ridge estimate about ``prior_mean`` with penalty
    noise x prior precision.
    """
    precision = gram / noise[:, None, None]
    diagonal = np.arange(gram.shape[1])
    precision[:, diagonal, diagonal] += prior_precision
    right = moment / noise[:, None] + prior_precision * prior_mean
    return np.linalg.solve(precision, right[..., None])[..., 0], precision


def posterior(sample: Sample, prior_mean: np.ndarray, prior_sd: np.ndarray) -> Posterior:
    """Mode of the betas under Student noise, by reweighting (Lange, Little and Taylor, 1989).

    prior_mean, prior_sd: (N, K). A prior sd of zero holds the beta at its mean.
    """
    dof, floor = settings()["student_dof"], settings()["noise_floor"] ** 2
    held = np.maximum(prior_sd, 1e-9)
    prior_precision = held**-2.0
    weeks = sample.weight.sum(axis=1)
    trust = np.ones_like(sample.y)
    noise = np.maximum((sample.weight * sample.y**2).sum(axis=1) / np.maximum(weeks, 1.0), floor)
    for _ in range(int(settings()["iterations"])):
        gram, moment = _products(sample, sample.weight * trust)
        mean, precision = ridge(gram, moment, noise, prior_mean, prior_precision)
        residual = sample.y - mean @ sample.x.T
        free = np.maximum(weeks - _fitted_parameters(gram, precision, noise), 1.0)
        noise = np.maximum((sample.weight * trust * residual**2).sum(axis=1) / free, floor)
        trust = (dof + 1.0) / (dof + residual**2 / noise[:, None])
    squares = (sample.weight * residual**2).sum(axis=1)
    return Posterior(
        mean, precision, prior_mean, prior_precision, np.sqrt(noise), np.sqrt(squares / free),
        1.0 - squares / _total_squares(sample), residual, trust,
    )  # fmt: skip


def _products(sample: Sample, weight: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """X'WX (N, K, K) and X'Wy (N, K) for every asset at once: one matrix product over weeks."""
    weeks, columns = sample.x.shape
    outer = (sample.x[:, :, None] * sample.x[:, None, :]).reshape(weeks, columns**2)
    return (weight @ outer).reshape(-1, columns, columns), (weight * sample.y) @ sample.x


def _fitted_parameters(gram: np.ndarray, precision: np.ndarray, noise: np.ndarray) -> np.ndarray:
    """(N,) effective number of parameters: the trace of the smoother."""
    return np.trace(np.linalg.solve(precision, gram), axis1=1, axis2=2) / noise


def _total_squares(sample: Sample) -> np.ndarray:
    weeks = np.maximum(sample.weight.sum(axis=1, keepdims=True), 1e-12)
    mean = (sample.weight * sample.y).sum(axis=1, keepdims=True) / weeks
    return np.maximum((sample.weight * (sample.y - mean) ** 2).sum(axis=1), 1e-12)


def log_evidence(sample: Sample, fit: Posterior) -> np.ndarray:
    """(N,) log marginal likelihood of each asset, Laplace approximation at the mode."""
    dof = settings()["student_dof"]
    constant = lgamma((dof + 1) / 2) - lgamma(dof / 2) - 0.5 * log(dof * pi)
    shape = -(dof + 1) / 2 * np.log1p(fit.residual**2 / (dof * fit.noise[:, None] ** 2))
    likelihood = (sample.weight * (constant - np.log(fit.noise[:, None]) + shape)).sum(axis=1)
    away = fit.prior_precision * (fit.mean - fit.prior_mean) ** 2
    prior = 0.5 * (np.log(fit.prior_precision) - away).sum(axis=1)
    return likelihood + prior - 0.5 * np.linalg.slogdet(fit.precision)[1]


def standard_errors(sample: Sample, fit: Posterior) -> np.ndarray:
    """(N, K) robust posterior standard deviations: bread x (score covariance + prior precision) x bread.

    Scores are the weighted, Student-trimmed products of move and residual; their covariance is Newey-West. The expected
    curvature of the Student likelihood is (dof + 1) / (dof + 3) of the reweighted normal one.
    """
    dof, lags = settings()["student_dof"], int(settings()["hac_lags"])
    prior = np.zeros_like(fit.precision)
    diagonal = np.arange(prior.shape[1])
    prior[:, diagonal, diagonal] = fit.prior_precision
    curvature = (dof + 1.0) / (dof + 3.0) * (fit.precision - prior) + prior
    slope = sample.weight * fit.trust * fit.residual / fit.noise[:, None] ** 2
    scores = slope[:, :, None] * sample.x[None, :, :]
    bread = np.linalg.inv(curvature)
    covariance = bread @ (newey_west(scores, lags) + prior) @ bread
    return np.sqrt(np.maximum(np.diagonal(covariance, axis1=1, axis2=2), 0.0))


def newey_west(scores: np.ndarray, lags: int) -> np.ndarray:
    """(N, K, K) long-run sums of squares of scores (N, T, K), Bartlett kernel (Newey and West, 1987)."""
    total = np.swapaxes(scores, 1, 2) @ scores
    for lag in range(1, lags + 1):
        cross = np.swapaxes(scores[:, lag:], 1, 2) @ scores[:, :-lag]
        total += (1.0 - lag / (lags + 1.0)) * (cross + np.swapaxes(cross, 1, 2))
    return total
