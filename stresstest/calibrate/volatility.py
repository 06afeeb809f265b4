"""How weekly variance answers to implied volatility some weeks before, and how fast that fades."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from ..market.history import History
from ..tables import read_table
from .constants import constant
from .regimes import StressWeeks, stress_weeks

#: Weeks ahead at which the slope is estimated.
AHEAD = (1, 2, 3, 4, 6, 8, 10, 13, 16, 20, 26)
#: Half-lives, in weeks, among which the fading is chosen.
HALF_LIVES = np.geomspace(1.0, 104.0, 200)
STEPS, CLOSE = 50, 1e-9


@dataclass(frozen=True)
class VolatilityTables:
    """answers: columns factor, index, elasticity, se, memory. levels: columns index, regime, level (geometric mean), sd
    of its logarithm, lowest, highest.
    """

    answers: pd.DataFrame
    levels: pd.DataFrame


@dataclass(frozen=True)
class _Pairs:
    """Squared moves over the variance of their regime (weeks, factors), and the logarithm of the index against its mean
    in the regime of each week (weeks,).
    """

    squares: np.ndarray
    away: np.ndarray

    def slope(self, ahead: int, kept: np.ndarray) -> float:
        """Slope of the logarithm of variance ``ahead`` weeks later: Poisson quasi-likelihood of exp(a + b z)."""
        later, z = self.squares[ahead:], self.away[:-ahead]
        rows = kept[:-ahead] & np.isfinite(z)
        values = later[rows]
        seen = np.isfinite(values)
        y, x = values[seen], np.broadcast_to(z[rows][:, None], values.shape)[seen]
        level, slope = np.log(y.mean()), 0.0
        for _ in range(STEPS):
            mean = np.exp(level + slope * x)
            away = y - mean
            first, second, third = mean.sum(), (mean * x).sum(), (mean * x * x).sum()
            change = np.linalg.solve([[first, second], [second, third]], [away.sum(), (away * x).sum()])
            level, slope = level + change[0], slope + change[1]
            if np.abs(change).max() < CLOSE:
                break
        return float(slope)

    def fading(self, kept: np.ndarray) -> tuple[float, float]:
        """Elasticity of next week's variance, and what is left of it a week later, by least squares over ``AHEAD``."""
        slopes = np.array([self.slope(ahead, kept) for ahead in AHEAD])
        best = (np.inf, 0.0, 0.0)
        for memory in 0.5 ** (1.0 / HALF_LIVES):
            shape = memory ** (np.array(AHEAD) - 1.0)
            first = float(slopes @ shape / (shape @ shape))
            best = min(best, (float(((slopes - first * shape) ** 2).sum()), first, float(memory)))
        return best[1], best[2]


def volatility_tables(history: History) -> VolatilityTables | None:
    """Estimates from ``history`` over the weeks of the factor moments.

    None when the folder has no MOVE over most of them.
    """
    stress = stress_weeks(history)
    weeks = pd.DatetimeIndex(stress.flag.index)
    indices = history.levels.reindex(weeks)[["vix", "move"]].astype(float).transform(np.log)
    if indices.notna().mean().min() < constant("volatility_share"):
        return None
    answers: list[tuple[object, ...]] = []
    for row in read_table("stresstest.calibrate", "volatility_groups.csv"):
        pairs = _pairs(history, stress, row["estimated"].split(), indices[row["index"]])
        elasticity, memory, error = _with_error(pairs)
        for factor in (*row["estimated"].split(), *row["followers"].split()):
            answers.append((factor, row["index"], elasticity, error, memory))
    columns = ["factor", "index", "elasticity", "se", "memory"]
    return VolatilityTables(pd.DataFrame(answers, columns=columns), _levels(stress, indices))


def _pairs(history: History, stress: StressWeeks, factors: list[str], index: pd.Series) -> _Pairs:
    moves = history.factors.loc[stress.flag.index, factors]
    squares = (moves - moves.mean()) ** 2
    usual = squares.groupby(stress.flag).transform("mean")
    away = index - index.groupby(stress.flag).transform("mean")
    return _Pairs((squares / usual).to_numpy(dtype=float), away.to_numpy(dtype=float))


def _with_error(pairs: _Pairs) -> tuple[float, float, float]:
    """Elasticity, memory, and the standard error of the first from leaving out one block of years after the other."""
    weeks, blocks = len(pairs.away), int(constant("volatility_blocks"))
    everything = np.ones(weeks, dtype=bool)
    block = np.arange(weeks) * blocks // weeks
    without = np.array([pairs.fading(block != left)[0] for left in range(blocks)])
    elasticity, memory = pairs.fading(everything)
    error = np.sqrt((blocks - 1) / blocks * ((without - without.mean()) ** 2).sum())
    return elasticity, memory, float(error)


def _levels(stress: StressWeeks, indices: pd.DataFrame) -> pd.DataFrame:
    rows: list[tuple[object, ...]] = []
    for name, logs in indices.items():
        for regime, flag in (("calm", False), ("stress", True)):
            some = logs[stress.flag == flag].dropna()
            level, lowest, highest = (float(np.exp(value)) for value in (some.mean(), some.min(), some.max()))
            rows.append((str(name), regime, level, float(some.std()), lowest, highest))
    return pd.DataFrame(rows, columns=["index", "regime", "level", "sd", "lowest", "highest"])
