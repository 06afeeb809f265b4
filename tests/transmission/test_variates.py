"""Variates: normal, fat-tailed by week; sums that stand for weeks that nobody looks at have the law of the weeks."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import kstest

from stresstest.tables import parameter_table
from stresstest.transmission.variates import (
    NORMALS_AT_ONCE,
    Sums,
    give_coordinates,
    standard_normals,
    weekly_scales,
)

RNG = np.random.default_rng(0)
#: Shapes of the weeks by number: alike, two that nearly are, and three of which one fades and one is a step.
SHAPES = {
    1: np.ones((1, 9), dtype=np.float32),
    2: np.stack([np.ones(9), 1.0 + 0.002 * 0.9 ** np.arange(9)]).astype(np.float32),
    3: np.stack([np.ones(9), 1.0 + 0.8 * 0.9 ** np.arange(9), np.where(np.arange(9) < 4, 1.3, 0.7)]).astype(np.float32),
}


def case(paths: int, shapes: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Scale (S, T), turbulent (S, T), shapes (G, T)."""
    return weekly_scales(paths, 9, RNG), RNG.random((paths, 9)) < 0.4, SHAPES[shapes]


def test_normals_are_standard_normal_and_independent() -> None:
    """Kolmogorov's distance, tails by count, and the two of a pair: neither levels nor sizes go together."""
    drawn = standard_normals((2, 200_000), np.random.default_rng(1)).astype(float)
    assert kstest(drawn.ravel()[::4], "norm").pvalue > 1e-3
    assert np.mean(np.abs(drawn) > 3.0) == pytest.approx(0.0026998, rel=0.1)
    assert np.mean(drawn**4) == pytest.approx(3.0, abs=0.06)
    first, second = drawn[0, :NORMALS_AT_ONCE].reshape(2, -1)
    for power in (1, 2):
        assert abs(np.corrcoef(first**power, second**power)[0, 1]) < 4 / np.sqrt(len(first))


class Words:
    """In the place of a generator: the same word of 64 bits again and again."""

    def __init__(self, word: int) -> None:
        self.word = word

    def integers(self, low: int, high: int, size: int, **_: object) -> np.ndarray:
        return np.full(size, self.word, dtype=np.uint64)


def test_the_extreme_words_are_the_ends_of_the_tails() -> None:
    """All zeros is the longest radius, sqrt(64 ln 2), and all ones in the radius none; never infinite."""
    farthest = standard_normals((2,), Words(0))  # type: ignore[arg-type]
    assert float(np.hypot(*farthest)) == pytest.approx(np.sqrt(64 * np.log(2)), rel=1e-6)
    nearest = standard_normals((2,), Words((1 << 64) - 1))  # type: ignore[arg-type]
    np.testing.assert_allclose(nearest, 0.0, atol=1e-7)


@pytest.mark.parametrize("shape", [(1,), (7,), (3, 5, 11), (NORMALS_AT_ONCE,), (NORMALS_AT_ONCE + 1,)])
def test_any_number_of_normals_is_drawn(shape: tuple[int, ...]) -> None:
    drawn = standard_normals(shape, RNG)
    assert drawn.shape == shape
    assert drawn.dtype == np.float32
    assert np.isfinite(drawn).all()


def test_scales_make_student_variates_of_unit_variance() -> None:
    degrees = parameter_table()["noise_degrees"].value
    drawn = standard_normals((400_000, 1), RNG) * weekly_scales(400_000, 1, RNG).astype(float)
    assert np.mean(drawn**2) == pytest.approx(1.0, abs=0.01)
    assert np.mean(np.abs(drawn)) == pytest.approx(_mean_size(degrees), rel=0.005)
    assert np.mean(drawn**4) == pytest.approx(3.0 * (degrees - 2.0) / (degrees - 4.0), rel=0.1)


def _mean_size(degrees: float) -> float:
    """Mean absolute value of a Student variate scaled to unit variance."""
    from scipy.stats import t

    return float(t.expect(np.abs, args=(degrees,)) * np.sqrt((degrees - 2.0) / degrees))


@pytest.mark.parametrize("shapes", [1, 2, 3])
def test_roots_are_those_of_the_covariance_of_the_sums(shapes: int) -> None:
    scale, turbulent, shape = case(50, shapes)
    sums = Sums.of(scale, turbulent, shape)
    root, rows = sums.root, sums.weights.astype(float) * scale[:, None]
    np.testing.assert_allclose(root @ root.transpose(0, 2, 1), rows @ rows.transpose(0, 2, 1), rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("shapes", [1, 2, 3])
@pytest.mark.parametrize("inside", [[], [3], list(range(9))])
def test_directions_that_are_not_there_do_no_harm(shapes: int, inside: list[int]) -> None:
    """No turbulence, one week of it, nothing else: fewer directions than sums, and the sums still come out."""
    scale, turbulent, shape = case(20, shapes)
    turbulent[:] = False
    turbulent[:, inside] = True
    coordinates = standard_normals((20, 2 * shapes, 4), RNG)
    sums, normals = Sums.of(scale, turbulent, shape), standard_normals((20, 9, 4), RNG)
    give_coordinates(normals, coordinates, sums.directions(scale, slice(None)))
    np.testing.assert_allclose(sums.weights @ (normals * scale[:, :, None]), sums.root @ coordinates, atol=2e-4)


@pytest.mark.parametrize("shapes", [1, 2, 3])
def test_filled_weeks_are_white_and_have_the_sums(shapes: int) -> None:
    """Over coordinates and free draws the weeks are independent again: what is fixed is drawn from the right law."""
    paths = 40_000
    scale, turbulent, shape = (values[:1] if len(values) == 1 else values for values in case(1, shapes))
    scale, turbulent = np.repeat(scale, paths, axis=0), np.repeat(turbulent, paths, axis=0)
    sums, coordinates = Sums.of(scale, turbulent, shape), standard_normals((paths, 2 * shapes, 1), RNG)
    normals = standard_normals((paths, 9, 1), RNG)
    give_coordinates(normals, coordinates, sums.directions(scale, slice(None)))
    np.testing.assert_allclose(sums.weights @ (normals * scale[:, :, None]), sums.root @ coordinates, atol=1e-3)
    white = normals[:, :, 0]
    np.testing.assert_allclose(white.T @ white / paths, np.eye(9), atol=5 / np.sqrt(paths) * 1.5)


def test_the_sum_over_all_weeks_does_not_depend_on_turbulence() -> None:
    """Common random numbers: what a plan brings of turbulence changes the part of it that is turbulent, not the sum."""
    scale, turbulent, shape = case(30, 3)
    first, second = (Sums.of(scale, inside, shape).root[:, :3] for inside in (turbulent, ~turbulent))
    np.testing.assert_array_equal(first, second)
