"""Fat-tailed variates of a block of paths: by week for a few factors, and only what they sum to for all others.

Given the scale of each week, s, the variates of a week are normal, and so are their sums over weeks. A factor that
nobody looks at week by week needs no more than its sums over all weeks and over the turbulent ones, each weighted by
how volatile the weeks are expected to be (``Sums``). These sums are L x, with L a lower root of their covariance; x,
standard normals drawn before anything is known of the plan, are the coordinates of the weekly variates along as many
directions. The sum over all weeks comes first: it is the same whatever turbulence the plan brings. Where weeks are
wanted after all, ``give_coordinates`` gives independent ones these coordinates, so that they add up to the same sums.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..tables import parameter_table

#: Normals that are made at once: they stay in fast memory.
NORMALS_AT_ONCE = 1 << 16
LARGEST_WORD = (1 << 64) - 1
#: A direction of which less than this share is left once those before it are taken off is one of them already.
SMALLEST_PIVOT = 1e-9


@dataclass(frozen=True)
class Variates:
    """Unit-variance Student variates of S paths, single precision.

    scale: (S, T) of the weeks, common to all factors. weekly: (S, T, C) of the factors that are looked at week by week.
    coordinates: (S, 2 G, F - C) standard normals behind the sums of the others, for G shapes of ``Sums``. seed: of
    the stream that their weeks are drawn from.
    """

    scale: np.ndarray
    weekly: np.ndarray
    coordinates: np.ndarray
    seed: np.random.SeedSequence

    def rows(self, rows: slice) -> Variates:
        """Those of some paths."""
        return Variates(self.scale[rows], self.weekly[rows], self.coordinates[rows], self.seed)


def standard_normals(shape: tuple[int, ...], rng: np.random.Generator) -> np.ndarray:
    """Standard normals in single precision, by the polar coordinates of Box and Muller (1958).

    Logarithm, sine and cosine of arrays are fast enough to take a third of the time of numpy's own normals. Each pair
    takes one word of 64 bits: 31 bits for the radius, which ends at 6.7 standard deviations (radii beyond have a weight
    of 2e-10), and 32 for the angle.
    """
    count = int(np.prod(shape))
    result = np.empty(count + count % 2, dtype=np.float32)
    for start in range(0, len(result), NORMALS_AT_ONCE):
        part = result[start : start + NORMALS_AT_ONCE].reshape(2, -1)
        words = rng.integers(0, LARGEST_WORD, part.shape[1], dtype=np.uint64, endpoint=True).view(np.int32)
        first, second = words.reshape(part.shape)
        radius, angle = (first.view(np.uint32) >> 1).view(np.int32).astype(np.float32), second.astype(np.float32)
        radius += np.float32(0.5)
        radius *= np.float32(2.0**-31)
        np.multiply(np.log2(radius, out=radius), np.float32(-2.0 * np.log(2.0)), out=radius)
        np.sqrt(radius, out=radius)
        angle *= np.float32(np.pi * 2.0**-31)
        np.cos(angle, out=part[0])
        np.sin(angle, out=part[1])
        part *= radius
    return result[:count].reshape(shape)


def weekly_scales(paths: int, weeks: int, rng: np.random.Generator) -> np.ndarray:
    """(S, T) that turn normals into Student t of unit variance; one for all factors of a week."""
    degrees = parameter_table()["noise_degrees"].value
    gamma = rng.standard_gamma(degrees / 2.0, (paths, weeks))
    return np.asarray(np.sqrt((degrees - 2.0) / 2.0 / gamma), dtype=np.float32)


def draw_variates(
    paths: int, weeks: int, factors: int, *, by_week: int, shapes: int, stream: np.random.SeedSequence
) -> Variates:
    """Variates of a block; the first ``by_week`` of the factors by week. shapes: G."""
    drawn, seed = stream.spawn(2)
    rng = np.random.Generator(np.random.SFC64(drawn))
    scale = weekly_scales(paths, weeks, rng)
    weekly = standard_normals((paths, weeks, by_week), rng)
    weekly *= scale[:, :, None]
    return Variates(scale, weekly, standard_normals((paths, 2 * shapes, factors - by_week), rng), seed)


@dataclass(frozen=True)
class Sums:
    """The sums of a block of paths, whose regimes are known. weights: (S, 2 G, T); root: (S, 2 G, 2 G), double.

    root: the lower root of the covariance of the sums, given the scales of the weeks.
    """

    weights: np.ndarray
    root: np.ndarray

    @classmethod
    def of(cls, scale: np.ndarray, turbulent: np.ndarray, shapes: np.ndarray) -> Sums:
        """scale, turbulent: (S, T) of the weeks. shapes: (G, T)."""
        return cls(_weights(turbulent, shapes), _sums_root(scale, turbulent, shapes))

    def directions(self, scale: np.ndarray, rows: slice) -> np.ndarray:
        """(P, 2 G, T) along which normals of the weeks of some paths have the coordinates of the sums.

        They are orthonormal, as the root is that of the covariance of the sums; single precision. scale: (S, T) of the
        weeks.
        """
        left = self.weights[rows].astype(float) * scale[rows, None]
        return (_inverse(self.root[rows]) @ left).astype(np.float32)


def _inverse(root: np.ndarray) -> np.ndarray:
    """Inverses of lower roots (S, n, n); a direction with a zero column gets a row of zeros."""
    kept = np.diagonal(root, axis1=1, axis2=2) > 0.0
    return np.linalg.inv(root + np.where(kept, 0.0, 1.0)[:, None] * np.eye(root.shape[1])) * kept[:, :, None]


def _weights(turbulent: np.ndarray, shapes: np.ndarray) -> np.ndarray:
    """(S, 2 G, T) of the sums: each of the shapes (G, T) over all weeks, then each over the turbulent ones."""
    count, weeks = shapes.shape
    result = np.empty((len(turbulent), 2 * count, weeks), dtype=np.float32)
    result[:, :count] = shapes
    np.multiply(turbulent[:, None, :], shapes, out=result[:, count:], casting="same_kind")
    return result


def _sums_root(scale: np.ndarray, turbulent: np.ndarray, shapes: np.ndarray) -> np.ndarray:
    count = len(shapes)
    squares = scale.astype(float) ** 2
    exact = shapes.astype(float)
    products = (exact[:, None] * exact[None]).reshape(count * count, -1).T
    form = (len(scale), count, count)
    everywhere, within = ((chosen @ products).reshape(form) for chosen in (squares, np.where(turbulent, squares, 0.0)))
    return lower_root(np.block([[everywhere, within], [within, within]]))


def lower_root(covariance: np.ndarray) -> np.ndarray:
    """Cholesky factors of matrices (S, n, n); a direction that is one of those before it gets a zero column."""
    root = np.zeros_like(covariance)
    for k in range(covariance.shape[1]):
        left = covariance[:, k:, k] - np.einsum("sij,sj->si", root[:, k:, :k], root[:, k, :k])
        enough = left[:, 0] > SMALLEST_PIVOT * covariance[:, k, k]
        pivot = np.sqrt(np.where(enough, left[:, 0], 1.0))
        root[:, k:, k] = np.where(enough[:, None], left / pivot[:, None], 0.0)
    return root


def give_coordinates(normals: np.ndarray, coordinates: np.ndarray, directions: np.ndarray) -> None:
    """Give normals of weeks (S, T, R), in place, the ``coordinates`` (S, 2 G, R), and leave them as they are otherwise.

    directions: ``Sums.directions``. What the normals have along each of them is taken off, and what is wanted is put
    there; times the scale of the weeks they then add up to the sums.
    """
    normals += directions.transpose(0, 2, 1) @ (coordinates - directions @ normals)
