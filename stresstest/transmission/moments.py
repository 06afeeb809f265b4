"""Weekly moments of the factors by regime and by what leads markets: a flight to safety, rates, doubt of the dollar.

The tables hold the weeks since 2007, in which shares and yields mostly fell together. When rates lead, shares fall as
yields rise; the covariance of that case is the same with one link turned round, the others kept (``reverse``).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np

from ..errors import DataError, Problem
from ..tables import TENORS, factor_index, factor_names, read_table
from ..units import WEEKS_A_YEAR, size_of

PACKAGE = "stresstest.transmission"
#: What leads markets on a path: index on the first axis of ``Moments``.
LEADERS = ("flight", "rates", "doubt")
#: Sources of the first link that turns when rates lead, and the factor that it ends in.
RATES = tuple(TENORS)
SHARES = "equity_us"
#: The second link, turned as well when the currency is in doubt: yields and shares to the dollar.
DOLLAR = "usd_broad"
#: Ridge on the correlations that a link is estimated from: rates of neighbouring tenors are nearly one.
RIDGE = 0.01


@dataclass(frozen=True)
class Moments:
    """Weekly moments, single precision.

    roots: (leader, regime, F, F) roots with root @ root.T the covariance, regimes calm and turbulent. entry:
    (leader, F) mean move of the week in which turbulence begins, less the mean of all weeks. scale: (T, F) by what the
    noise of each factor is multiplied in each week from the start, in either regime, so that the correlations of a week
    stay; its last row goes on beyond its end; None for ones. Entries are not scaled.
    """

    roots: np.ndarray
    entry: np.ndarray
    scale: np.ndarray | None = None

    @property
    def calm(self) -> np.ndarray:
        """(F, F) root in calm weeks as estimated."""
        return np.asarray(self.roots[0, 0])

    @property
    def turbulent(self) -> np.ndarray:
        """(F, F) root in turbulent weeks as estimated."""
        return np.asarray(self.roots[0, 1])

    def covariance(self, leader: str, regime: int) -> np.ndarray:
        """(F, F) weekly covariance; regime 0 is calm, 1 turbulent."""
        root = self.roots[LEADERS.index(leader), regime].astype(float)
        return np.asarray(root @ root.T)

    def scales(self, weeks: int) -> np.ndarray:
        """(T, F) ``scale`` for so many weeks."""
        if self.scale is None:
            return np.ones((weeks, self.roots.shape[-1]))
        return np.asarray(self.scale[np.minimum(np.arange(weeks), len(self.scale) - 1)])

    def silent(self) -> Moments:
        """The same shapes without any move: what the noise layer is when it is switched off."""
        return Moments(np.zeros_like(self.roots), np.zeros_like(self.entry))


@cache
def load_moments() -> Moments:
    """Moments that ship with the package (moments_calm.csv, moments_stress.csv, moments_mean.csv, proxies.csv).

    A factor without a row in any of them does not move on its own: its noise is zero.
    """
    return make_moments(_table_covariance("moments_calm.csv"), _table_covariance("moments_stress.csv"), _table_mean())


def make_moments(calm: np.ndarray, turbulent: np.ndarray, entry: np.ndarray) -> Moments:
    """Moments under every leader from those of flights to safety.

    calm, turbulent: (F, F) weekly covariances, zero rows for factors without a history; entry: (F,) mean of the week in
    which turbulence begins. Raises DataError for a matrix that is no covariance.
    """
    roots = []
    for name, table in (("calm", calm), ("turbulent", turbulent)):
        covariance = _with_proxies(table)
        rates = reverse(covariance, RATES, SHARES)
        doubt = reverse(rates @ covariance @ rates.T, (*RATES, SHARES), DOLLAR)
        root = _root(covariance, name)
        roots.append(np.stack([root, rates @ root, doubt @ rates @ root]))
    flight = _with_proxies_mean(entry)
    led = _turned_mean(covariance, RATES, SHARES, flight)
    entries = np.stack([flight, led, doubt @ led])
    return Moments(np.stack(roots, axis=1).astype(np.float32), entries.astype(np.float32))


def reverse(covariance: np.ndarray, sources: Sequence[str], target: str) -> np.ndarray:
    """(F, F) map of moves after which ``target`` answers to ``sources`` with the opposite sign, all else as before.

    The factors are split into the sources x, the target y = a x + u, and the others z = b x + c u + w. The map sends y
    to -a x + u and z to (b - 2 c a) x + c u + w: the others keep their own answers to x and to y.
    """
    slope, passes = _link(covariance, sources, target)
    return np.asarray(np.eye(len(covariance)) - 2.0 * np.outer(passes, slope))


def _turned_mean(covariance: np.ndarray, sources: Sequence[str], target: str, mean: np.ndarray) -> np.ndarray:
    """A mean move with the sources reversed and the target as it was; the others by their partial answers."""
    slope, passes = _link(covariance, sources, target)
    rows = [factor_index()[name] for name in sources]
    answers = np.zeros_like(covariance)
    answers[:, rows] = _regression(covariance, rows)
    answers[rows] = np.eye(len(covariance))[rows]
    return np.asarray(mean - 2.0 * (answers @ mean - passes * (slope @ mean)))


def _link(covariance: np.ndarray, sources: Sequence[str], target: str) -> tuple[np.ndarray, np.ndarray]:
    """slope: (F,) of the target on the sources, zero elsewhere. passes: (F,) of each factor on what is left of it."""
    rows, y = [factor_index()[name] for name in sources], factor_index()[target]
    slopes = _regression(covariance, rows)
    slope = np.zeros(len(covariance))
    slope[rows] = slopes[y]
    left = covariance[:, y] - slopes @ covariance[rows, y]
    passes = left / left[y] if left[y] > 0 else np.zeros_like(left)
    passes[rows] = 0.0
    return slope, passes


def _regression(covariance: np.ndarray, rows: list[int]) -> np.ndarray:
    """(F, K) slopes of every factor on the K factors in ``rows``, with a small ridge."""
    within = covariance[np.ix_(rows, rows)]
    within = within + RIDGE * np.diag(np.diag(within))
    return np.asarray(np.linalg.solve(within, covariance[rows]).T)


def _table_mean() -> np.ndarray:
    mean = np.zeros(len(factor_names()))
    for row in read_table(PACKAGE, "moments_mean.csv"):
        if row["factor"] in factor_index():
            mean[factor_index()[row["factor"]]] = float(row["mean"])
    return mean


def _table_covariance(table: str) -> np.ndarray:
    """(F, F) of a table with columns factor, and one per factor."""
    covariance = np.zeros((len(factor_names()), len(factor_names())))
    index = factor_index()
    for row in read_table(PACKAGE, table):
        for name, cell in row.items():
            if name in index and cell:
                covariance[index[row["factor"]], index[name]] = float(cell)
    return (covariance + covariance.T) / 2


@cache
def _proxies() -> tuple[tuple[int, int, float, float], ...]:
    """Rows of proxies.csv: factor, the factor it follows, its beta, and its own weekly variance."""
    rows, index = [], factor_index()
    for row in read_table(PACKAGE, "proxies.csv"):
        own = float(row["own_sd"]) * size_of(row["unit"])
        rows.append((index[row["factor"]], index[row["on"]], float(row["beta"]), own**2 / WEEKS_A_YEAR))
    return tuple(rows)


def _with_proxies(covariance: np.ndarray) -> np.ndarray:
    """Add the factors without a history, one after the other: beta times the factor they follow, and their own part."""
    result = covariance.copy()
    for factor, on, beta, variance in _proxies():
        result[factor] = result[:, factor] = beta * result[on]
        result[factor, factor] = beta**2 * result[on, on] + variance
    return result


def _with_proxies_mean(mean: np.ndarray) -> np.ndarray:
    result = mean.copy()
    for factor, on, beta, _ in _proxies():
        result[factor] = beta * result[on]
    return result


def _root(covariance: np.ndarray, table: str) -> np.ndarray:
    """Symmetric square root. Raises DataError when ``covariance`` is none."""
    values, vectors = np.linalg.eigh(covariance)
    if values.min() < -1e-8 * values.max():
        raise DataError(Problem(None, table, f"smallest eigenvalue {values.min():.3g}", "a covariance matrix", ""))
    return np.asarray(vectors * np.sqrt(np.maximum(values, 0.0)) @ vectors.T)
