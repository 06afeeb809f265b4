"""Ordinary market moves: fat-tailed, correlated, with one covariance in calm and another in turbulent weeks."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np

from ..errors import DataError, Problem
from ..tables import factor_index, factor_names, parameter_table, read_table


@dataclass(frozen=True)
class Moments:
    """Weekly moments of the factors. calm, turbulent: (F, F) factors of the covariances (root @ root.T).

    turbulent_mean: (F,) mean move of a turbulent week less the overall mean. All in single precision, as the noise is.
    """

    calm: np.ndarray
    turbulent: np.ndarray
    turbulent_mean: np.ndarray

    def silent(self) -> Moments:
        """The same shapes without any move: what the noise layer is when it is switched off."""
        return Moments(*(np.zeros_like(values) for values in (self.calm, self.turbulent, self.turbulent_mean)))


@cache
def load_moments() -> Moments:
    """Moments that ship with the package (moments_calm.csv, moments_stress.csv, moments_mean.csv).

    A factor without a row does not move on its own: its noise is zero.
    """
    mean = np.zeros(len(factor_names()))
    for row in read_table("stresstest.transmission", "moments_mean.csv"):
        if row["factor"] in factor_index():
            mean[factor_index()[row["factor"]]] = float(row["mean"])
    return Moments(_root("moments_calm.csv"), _root("moments_stress.csv"), mean.astype(np.float32))


def _root(table: str) -> np.ndarray:
    """Symmetric square root of a covariance table with columns factor, and one per factor."""
    covariance = np.zeros((len(factor_names()), len(factor_names())))
    rows = read_table("stresstest.transmission", table)
    index = factor_index()
    for row in rows:
        for name, cell in row.items():
            if name in index and cell:
                covariance[index[row["factor"]], index[name]] = float(cell)
    values, vectors = np.linalg.eigh((covariance + covariance.T) / 2)
    if values.min() < -1e-8 * values.max():
        raise DataError(Problem(None, table, f"smallest eigenvalue {values.min():.3g}", "a covariance matrix", ""))
    return np.asarray(vectors * np.sqrt(np.maximum(values, 0.0)) @ vectors.T, dtype=np.float32)


def fat_tails(paths: int, weeks: int, rng: np.random.Generator) -> np.ndarray:
    """(S, T) scales that turn normals into Student t of unit variance; one scale moves all factors of a week."""
    degrees = parameter_table()["noise_degrees"].value
    return np.sqrt((degrees - 2.0) / rng.chisquare(degrees, size=(paths, weeks))).astype(np.float32)


@cache
def memory() -> np.ndarray:
    """(F,) weekly persistence of the noise: one for factors that walk freely, less for those that return to a mean."""
    persistence = np.ones(len(factor_names()))
    for row in read_table("stresstest.transmission", "memory.csv"):
        persistence[factor_index()[row["factor"]]] = float(row["memory"])
    return persistence


@cache
def rate_led_factors() -> np.ndarray:
    """(F,) bool: factors that turn against equities when turbulence is led by rates."""
    named = {row["factor"] for row in read_table("stresstest.transmission", "rate_led.csv")}
    return np.isin(factor_names(), sorted(named))


def turbulence_sign(rate_led: np.ndarray) -> np.ndarray:
    """(S, F) sign of each factor's turbulent noise: minus one for the rate-led factors of rate-led paths.

    rate_led: (S,) bool. The moments of stress weeks since 2007 are those of flights to safety, yields down with
    equities; with the sign turned, bonds and equities fall together, and what moves with bonds keeps doing so.
    """
    return np.where(rate_led[:, None] & rate_led_factors(), -1.0, 1.0).astype(np.float32)


def noise_paths(
    normal: np.ndarray, turbulent: np.ndarray, sign: np.ndarray, drift: np.ndarray, moments: Moments
) -> np.ndarray:
    """Noise accumulated so far, (S, T, F): x_t = memory x_{t-1} + weekly move, drift of turbulence included.

    normal: (S, T, F) scaled variates; turbulent: (S, T) bool; sign: (S, F) of turbulent noise; drift: (S, T, F).
    """
    path = normal @ moments.calm
    if turbulent.any():
        rows, _ = np.nonzero(turbulent)
        path[turbulent] = (normal[turbulent] @ moments.turbulent) * sign[rows]
    path += drift
    persistence = memory().astype(path.dtype)
    for week in range(1, path.shape[1]):
        path[:, week] += persistence * path[:, week - 1]
    return path


def noise_horizon(normal: np.ndarray, turbulent: np.ndarray, sign: np.ndarray, moments: Moments) -> np.ndarray:
    """Noise at the horizon without its path, (S, F): the same sum as the last date of ``noise_paths``, drift aside."""
    result = np.empty((normal.shape[0], normal.shape[2]))
    for persistence in np.unique(memory()):
        fading = persistence ** np.arange(normal.shape[1])[::-1]
        columns = memory() == persistence
        calm, stressed = (_weighted(normal, inside * fading) for inside in (~turbulent, turbulent))
        in_stress = (stressed @ moments.turbulent[:, columns]) * sign[:, columns]
        result[:, columns] = calm @ moments.calm[:, columns] + in_stress
    return result


def turbulence_drift(
    turbulent: np.ndarray, expected: np.ndarray, sign: np.ndarray, rate_led: np.ndarray, moments: Moments
) -> np.ndarray:
    """(S, T, F) mean of stress weeks in turbulent weeks, less what the baseline expects of it.

    expected: (T,) probability of turbulence on the baseline. rate_led: (S, 1) probability that turbulence is rate-led.
    """
    usual = moments.turbulent_mean * (1.0 - 2.0 * rate_led * rate_led_factors())
    inside = turbulent[:, :, None] * (moments.turbulent_mean * sign)[:, None, :]
    return (inside - expected[None, :, None] * usual[:, None, :]).astype(np.float32)


def drift_horizon(drift: np.ndarray) -> np.ndarray:
    """Drift of turbulence at the horizon, (S, F), from its weekly values (S, T, F)."""
    fading = memory()[None, :] ** np.arange(drift.shape[1])[::-1, None]
    return np.einsum("stf,tf->sf", drift, fading)


def _weighted(normal: np.ndarray, weight: np.ndarray) -> np.ndarray:
    """Sum over weeks, (S, F)."""
    return np.matmul(weight[:, None, :].astype(normal.dtype), normal)[:, 0, :]
