"""The slowest runoff that loses a given fraction, by bisection on common random numbers."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta

import numpy as np

from ..plumbing import runoff_plan
from ..records import Book, Estimate, MarketSnapshot, RunoffPlan, StressResult, TgaStep
from ..risk.measures import expected_shortfall
from ..risk.summary import batched
from ..scenarios import generate
from ..stress import revalue
from ..tables import Z_95
from ..units import WEEKS_A_MONTH

#: What may be asked to reach the loss.
STATISTICS = ("mean", "es_95", "turbulence")
#: Fastest pace that is tried, USD bn a month; far more than matures.
FASTEST = 400.0
#: Bisection ends at this width, USD bn a month.
WIDTH = 1.0
#: A rebuild of the Treasury's account takes so many weeks.
REBUILD_WEEKS = 13


@dataclass(frozen=True)
class PaceAnswer:
    """The slowest pace at which ``statistic`` loses ``loss``, USD bn a month; None where no pace does.

    reached: the statistic at that pace with its standard error. largest: the largest the statistic gets at any pace
    tried. without: the statistic without any runoff. tga_rebuild: USD bn that the Treasury takes back besides.
    """

    statistic: str
    loss: float
    pace: float | None
    reached: Estimate | None
    largest: Estimate
    without: Estimate
    tga_rebuild: float


@dataclass(frozen=True)
class PaceSetting:
    """What all paces share. reaction: whether the committee may stop; progress: called with each pace tried."""

    months: int = 12
    paths: int = 2_000
    seed: int = 0
    reaction: bool = True
    progress: Callable[[float], None] | None = None


def slowest_paces(
    book: Book, snapshot: MarketSnapshot, loss: float, asked: PaceSetting, tga_rebuild: float = 0.0
) -> tuple[PaceAnswer, ...]:
    """One answer for each of STATISTICS: mean loss, expected shortfall, and mean loss of turbulent paths.

    Every pace meets the same random numbers, so that the statistics move with the pace and not with the dice. Income
    over the horizon is part of the loss, as in every simulated distribution.
    """
    curve = _Curve(book, snapshot, asked, tga_rebuild)
    return tuple(_answer(curve, statistic, loss, tga_rebuild) for statistic in STATISTICS)


def pace_plan(
    pace: float, months: int, snapshot: MarketSnapshot, tga_rebuild: float = 0.0, reaction: bool = True
) -> RunoffPlan:
    """A runoff of ``pace`` from today, beside a Treasury that takes ``tga_rebuild`` back within a quarter."""
    plan = runoff_plan(pace, months, snapshot.as_of, reaction=reaction)
    if not tga_rebuild:
        return plan
    until = snapshot.as_of + timedelta(weeks=REBUILD_WEEKS)
    return replace(plan, tga=(TgaStep(until, snapshot["tga"] + tga_rebuild),))


class _Curve:
    """Statistics as functions of the pace, computed once for each pace."""

    def __init__(self, book: Book, snapshot: MarketSnapshot, asked: PaceSetting, tga_rebuild: float) -> None:
        self.book, self.snapshot, self.asked, self.tga_rebuild = book, snapshot, asked, tga_rebuild
        self.known: dict[float, Mapping[str, Estimate]] = {}

    def __call__(self, pace: float) -> Mapping[str, Estimate]:
        if pace not in self.known:
            asked = self.asked
            if asked.progress is not None:
                asked.progress(pace)
            plan = pace_plan(pace, asked.months, self.snapshot, self.tga_rebuild, asked.reaction)
            weeks = round(asked.months * WEEKS_A_MONTH)
            cloud = generate(plan, self.snapshot, weeks=weeks, paths=asked.paths, seed=asked.seed, keep_paths=False)
            self.known[pace] = statistics(revalue(self.book, cloud.factors, seed=asked.seed))
        return self.known[pace]


def statistics(result: StressResult) -> Mapping[str, Estimate]:
    """STATISTICS of a simulated book, fractions of net value, losses positive, each with its standard error."""
    total = result.total / result.book.value
    turbulent = result.factors.turbulent
    inside = total[turbulent] if turbulent is not None and turbulent.any() else np.zeros(0)
    stressed = Estimate(float("nan"), float("nan"), float("nan"), float("nan"))
    if len(inside) > 1:
        value, error = float(-inside.mean()), float(inside.std(ddof=1) / np.sqrt(len(inside)))
        stressed = Estimate(value, value - Z_95 * error, value + Z_95 * error, error)
    return {
        "mean": batched(total, lambda x, q: -float(q @ x)),
        "es_95": batched(total, expected_shortfall),
        "turbulence": stressed,
    }


def _answer(curve: _Curve, statistic: str, loss: float, tga_rebuild: float) -> PaceAnswer:
    def value(pace: float) -> float:
        return curve(pace)[statistic].value

    without, fastest = curve(0.0)[statistic], curve(FASTEST)[statistic]
    largest = max((without, fastest), key=lambda estimate: np.nan_to_num(estimate.value, nan=-np.inf))
    if value(0.0) >= loss:
        return PaceAnswer(statistic, loss, 0.0, without, largest, without, tga_rebuild)
    if not fastest.value >= loss:
        return PaceAnswer(statistic, loss, None, None, largest, without, tga_rebuild)
    low, high = 0.0, FASTEST
    while high - low > WIDTH:
        middle = (low + high) / 2.0
        low, high = (low, middle) if value(middle) >= loss else (middle, high)
    return PaceAnswer(statistic, loss, high, curve(high)[statistic], largest, without, tga_rebuild)
