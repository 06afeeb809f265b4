"""Noise that follows implied volatility: how large weekly moves are, given the VIX and the MOVE of today.

The variance that a factor has k weeks after the start, against the one of its regime in moments_calm.csv or
moments_stress.csv, is
    exp(b_k z - b_k^2 s^2 / 2),  b_k = elasticity x memory^(k - 1),
with z the logarithm of the index of today over its usual level in the regime of today, and s the standard deviation of
that logarithm: averaged over the levels of the sample it is one, and it tends to one as weeks go by. The tables are
made by ``calibrate`` (calibrate/volatility.py).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cache

import numpy as np

from ..tables import factor_index, factor_names, read_table
from .moments import PACKAGE, Moments

#: Weeks of the table; by then what today says has faded in every group, and its last row goes on.
WEEKS = 156
CALM, STRESS = "calm", "stress"


@dataclass(frozen=True)
class Answer:
    """How the variance of a factor answers to ``index`` (a name of the levels): elasticity, and what a week keeps."""

    index: str
    elasticity: float
    memory: float


@dataclass(frozen=True)
class Usual:
    """Levels of an index in one regime of the sample: geometric mean, sd of the logarithm, and the range seen."""

    level: float
    sd: float
    lowest: float
    highest: float

    def away(self, level: float) -> float:
        """Logarithm of ``level`` over the usual one; levels beyond the sample count as its nearest end."""
        return float(np.log(np.clip(level, self.lowest, self.highest) / self.level))


@dataclass(frozen=True)
class VolatilityLaw:
    """answers: by factor; a factor without one keeps its variance. usual: by index and regime, internal units."""

    answers: Mapping[str, Answer]
    usual: Mapping[tuple[str, str], Usual]

    def scale(self, levels: Mapping[str, float], regime: str = CALM, weeks: int = WEEKS) -> np.ndarray:
        """(T, F) standard deviation of the weeks ahead over that of the tables.

        levels: of today by name; an index that is not among them leaves its factors as they are. regime: of today.
        """
        result = np.ones((weeks, len(factor_names())))
        for factor, answer in self.answers.items():
            if answer.index in levels:
                usual = self.usual[answer.index, regime]
                slope = answer.elasticity * answer.memory ** np.arange(weeks)
                logs = slope * usual.away(levels[answer.index]) - 0.5 * (slope * usual.sd) ** 2
                result[:, factor_index()[factor]] = np.exp(0.5 * logs)
        return result


def make_law(answers: Iterable[Mapping[str, object]], levels: Iterable[Mapping[str, object]]) -> VolatilityLaw:
    """From rows of volatility.csv and of volatility_levels.csv, as text or as numbers."""

    def number(row: Mapping[str, object], name: str) -> float:
        return float(str(row[name]))

    return VolatilityLaw(
        {
            str(row["factor"]): Answer(str(row["index"]), number(row, "elasticity"), number(row, "memory"))
            for row in answers
        },
        {
            (str(row["index"]), str(row["regime"])): Usual(
                *(number(row, name) for name in ("level", "sd", "lowest", "highest"))
            )
            for row in levels
        },
    )


@cache
def load_law() -> VolatilityLaw:
    """The law that ships with the package."""
    return make_law(read_table(PACKAGE, "volatility.csv"), read_table(PACKAGE, "volatility_levels.csv"))


def with_volatility(
    moments: Moments, levels: Mapping[str, float], regime: str = CALM, law: VolatilityLaw | None = None
) -> Moments:
    """``moments`` with the scale of the weeks ahead, from the VIX and the MOVE among ``levels``.

    regime: of today (see today.py). law: by default that of the package.
    """
    return replace(moments, scale=(law or load_law()).scale(levels, regime))
