"""Moments of histories of unequal length."""

from __future__ import annotations

import numpy as np
import pytest

from stresstest.exposures.moments import gaussian_moments


@pytest.fixture
def moves() -> np.ndarray:
    rng = np.random.default_rng(2)
    return rng.standard_normal((500, 3)) @ np.array([[1.0, 0.7, 0.0], [0.0, 0.7, 0.4], [0.0, 0.0, 2.0]]) + 0.1


def test_complete_rows_give_the_sample_moments(moves: np.ndarray) -> None:
    found = gaussian_moments(moves)
    np.testing.assert_allclose(found.mean, moves.mean(axis=0))
    np.testing.assert_allclose(found.covariance, np.cov(moves.T, bias=True), rtol=1e-6)
    np.testing.assert_allclose(found.filled, moves, rtol=1e-12)


def test_a_late_start_agrees_with_the_factored_likelihood(moves: np.ndarray) -> None:
    """With one series that begins late, regression on the others gives the maximum in closed form (Anderson, 1957)."""
    late = moves.copy()
    late[:300, 2] = np.nan
    found = gaussian_moments(late)
    x, y = moves[300:, :2], moves[300:, 2]
    design = np.column_stack([np.ones(200), x])
    slope, *_ = np.linalg.lstsq(design, y, rcond=None)
    mean = slope[0] + moves[:, :2].mean(axis=0) @ slope[1:]
    overall = np.cov(moves[:, :2].T, bias=True)
    variance = np.mean((y - design @ slope) ** 2) + slope[1:] @ overall @ slope[1:]
    assert found.mean[2] == pytest.approx(mean, abs=2e-3)
    assert found.covariance[2, 2] == pytest.approx(variance, rel=5e-3)


def test_a_prior_keeps_a_short_sample_positive_definite() -> None:
    few = np.random.default_rng(4).standard_normal((10, 30))
    assert np.linalg.matrix_rank(gaussian_moments(few).covariance) < 30
    held = gaussian_moments(few, np.eye(30), prior_weeks=30)
    assert np.linalg.eigvalsh(held.covariance).min() > 0.1
