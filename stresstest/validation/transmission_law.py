"""The law of ordinary moves over a few weeks as a mixture of normals, without simulating a path.

Given the regimes of the weeks, what leads markets, and the weekly scales of the Student tails, moves are normal; the
mixture averages over draws of those three. Estimated on what was known on a date, it is scored on what came after.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from ..calibrate.regimes import FactorMoments, factor_moments
from ..calibrate.volatility import VolatilityTables, volatility_tables
from ..errors import DataError, Problem
from ..market.history import History
from ..plumbing.reaction import calm_hazard, weekly
from ..tables import central, factor_index, factor_names, parameter_table
from ..transmission.bounds import at_levels, bend, centring_shift, start_levels, unbend
from ..transmission.leaders import draw_leader, leader_odds
from ..transmission.moments import Moments, make_moments
from ..transmission.noise import accumulation
from ..transmission.volatility import CALM, STRESS, VolatilityLaw, make_law, with_volatility

#: Draws of the mixture: the standard error of a probability is below two hundredths.
DRAWS = 1000


@dataclass(frozen=True)
class Known:
    """What was estimated on a date: moments of the factors, how they follow implied volatility (None: they do not), and
    the VIX above which paths start in turbulence.
    """

    moments: Moments
    logs: Mapping[str, Mapping[str, float]]
    volatility: VolatilityLaw | None
    enter: float

    def turbulent(self, levels: Mapping[str, float]) -> bool:
        """Whether paths from ``levels`` start in turbulence: as in the generator, by the VIX of the day alone."""
        return levels.get("vix", 0.0) > self.enter


def known_from(history: History) -> Known:
    """Estimate from ``history``. Raises DataError when it has too few stress weeks."""
    found = factor_moments(history)
    if found is None:
        raise DataError(Problem(None, "factor moments", "too short a sample", "more weeks", "Use a longer folder."))
    moments = make_moments(_square(found.calm), _square(found.stressed), _entry(found))
    logs = {str(name): {str(key): float(value) for key, value in row.items()} for name, row in found.logs.iterrows()}
    tables = volatility_tables(history)
    volatility = None if tables is None else _volatility(tables)
    return Known(moments, logs, volatility, found.stress.enter)


def _volatility(tables: VolatilityTables) -> VolatilityLaw:
    """The law of freshly estimated tables."""

    def rows(table: pd.DataFrame) -> list[dict[str, object]]:
        return [{str(key): value for key, value in row.items()} for row in table.to_dict("records")]

    return make_law(rows(tables.answers), rows(tables.levels))


def _square(covariance: pd.DataFrame) -> np.ndarray:
    names = list(factor_names())
    return covariance.reindex(index=names, columns=names).fillna(0.0).to_numpy()


def _entry(found: FactorMoments) -> np.ndarray:
    return found.entry["mean"].reindex(list(factor_names())).fillna(0.0).to_numpy()


@dataclass(frozen=True)
class Law:
    """Moves of K factors over some weeks. mean: (R, K); covariance: (R, K, K); of what is bent at the bounds.

    size: start levels and room of the bounded factors; shift: (K,) zero elsewhere.
    """

    mean: np.ndarray
    covariance: np.ndarray
    start: np.ndarray
    room: np.ndarray
    shift: np.ndarray

    def straight(self, moves: np.ndarray) -> np.ndarray:
        """(K,) what was bent into ``moves``."""
        bounded = np.isfinite(self.room)
        result = np.asarray(moves, dtype=float).copy()
        result[bounded] = unbend(result[bounded], self.start[bounded], self.room[bounded]) + self.shift[bounded]
        return result

    def below(self, moves: np.ndarray) -> np.ndarray:
        """(K,) probability of a smaller move, factor by factor."""
        from scipy.special import ndtr

        sd = np.sqrt(np.einsum("rkk->rk", self.covariance))
        return np.asarray(ndtr((self.straight(moves) - self.mean) / sd).mean(axis=0))

    def log_density(self, moves: np.ndarray) -> float:
        """Of all K moves together."""
        from scipy.special import logsumexp

        away = self.straight(moves) - self.mean
        factor = np.linalg.cholesky(self.covariance)
        solved = np.linalg.solve(factor, away[:, :, None])[:, :, 0]
        heights = np.log(np.einsum("rkk->rk", factor)).sum(axis=1)
        logs = -0.5 * (solved**2).sum(axis=1) - heights - 0.5 * len(moves) * np.log(2.0 * np.pi)
        return float(logsumexp(logs) - np.log(len(logs)) + self._stretch(moves))

    def _stretch(self, moves: np.ndarray) -> float:
        """Logarithm of the density that bending adds: straight moves for one unit of bent ones."""
        bounded = np.isfinite(self.room)
        bent = np.asarray(moves)[bounded]
        size = np.where(bent < 0, self.room[bounded], self.start[bounded])
        return float(-np.log1p(bent / size).sum())


def law(
    known: Known,
    factors: Sequence[str],
    levels: Mapping[str, float],
    inflation: float,
    weeks: int,
    rng: np.random.Generator,
) -> Law:
    """The law of moves of ``factors`` over ``weeks`` weeks from ``levels`` (of bounded factors, by name)."""
    stressed = known.turbulent(levels)
    moments = at_levels(known.moments, levels, known.logs)
    if known.volatility is not None:
        moments = with_volatility(moments, levels, STRESS if stressed else CALM, known.volatility)
    columns = np.array([factor_index()[name] for name in factors])
    turbulent, begins = _regimes(stressed, weeks, rng)
    odds = leader_odds(central(), inflation)
    leader = draw_leader(rng.random(DRAWS), np.repeat(odds, DRAWS, axis=0))
    mean = _mean(moments, columns, begins, leader, odds[0])
    covariance = _covariance(moments, columns, turbulent, leader, rng)
    start, room = _sizes(columns, levels)
    shift = np.zeros(len(columns))
    bounded = np.isfinite(room)
    spread = np.sqrt(np.einsum("rkk->rk", covariance))[:, bounded]
    shift[bounded] = centring_shift(mean[:, bounded], spread, start[bounded], room[bounded])
    return Law(mean, covariance, start, room, shift)


def _regimes(stressed: bool, weeks: int, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Turbulent weeks and those in which turbulence begins, each (R, T), by the base hazards."""
    p = central()
    enter, leave = float(weekly(p["turbulence_base"] / 12)[0]), float(calm_hazard(p)[0])
    state, turbulent, begins = np.full(DRAWS, stressed), [], []
    for _ in range(weeks):
        uniform = rng.random(DRAWS)
        begins.append(~state & (uniform < enter))
        state = np.where(state, uniform >= leave, begins[-1])
        turbulent.append(state)
    return np.stack(turbulent, axis=1), np.stack(begins, axis=1)


def _mean(
    moments: Moments, columns: np.ndarray, begins: np.ndarray, leader: np.ndarray, odds: np.ndarray
) -> np.ndarray:
    """(R, K) falls of the weeks in which turbulence begins, less what is expected of them."""
    left = accumulation().memory[columns][None, :] ** np.arange(begins.shape[1])[::-1, None]
    usual = begins.mean(axis=0) @ left * (odds @ moments.entry[:, columns])
    return np.asarray((begins @ left) * moments.entry[leader][:, columns] - usual)


def _covariance(
    moments: Moments, columns: np.ndarray, turbulent: np.ndarray, leader: np.ndarray, rng: np.random.Generator
) -> np.ndarray:
    """(R, K, K) given regimes, leader and the scales of the weeks."""
    degrees = parameter_table()["noise_degrees"].value
    scale = (degrees - 2.0) / rng.chisquare(degrees, turbulent.shape)
    weeks = turbulent.shape[1]
    answer = np.stack([accumulation().impulse(weeks, column) for column in columns], axis=1)
    roots = moments.roots[:, :, columns].astype(float)
    squares = np.einsum("lrkf,lrjf->lrkj", roots, roots)
    answer *= moments.scales(weeks)[:, columns]
    weights = np.einsum("tk,tj->tkj", answer, answer)
    by_regime = [np.einsum("rt,tkj->rkj", scale * inside, weights) for inside in (~turbulent, turbulent)]
    return np.asarray(by_regime[0] * squares[leader, 0] + by_regime[1] * squares[leader, 1])


def _sizes(columns: np.ndarray, levels: Mapping[str, float]) -> tuple[np.ndarray, np.ndarray]:
    """Start level and room of each factor, infinite where it has no bound."""
    bounded, start, room = start_levels(levels)
    where = {int(column): k for k, column in enumerate(bounded)}
    chosen = [where.get(int(column)) for column in columns]
    infinite = [(np.inf, np.inf) if k is None else (start[k], room[k]) for k in chosen]
    return np.array([pair[0] for pair in infinite]), np.array([pair[1] for pair in infinite])


def band(one: Law, factor: int, probability: float) -> float:
    """The move of factor number ``factor`` below which ``probability`` lies, by bisection on the mixture."""
    from scipy.special import ndtr

    mean, sd = one.mean[:, factor], np.sqrt(one.covariance[:, factor, factor])
    low, high = float((mean - 10 * sd).min()), float((mean + 10 * sd).max())
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (middle, high) if ndtr((middle - mean) / sd).mean() < probability else (low, middle)
    if not np.isfinite(one.room[factor]):
        return low
    return float(bend(np.array(low - one.shift[factor]), one.start[factor], one.room[factor]))
