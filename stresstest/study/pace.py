"""The slowest runoff that loses a given fraction: a coarse grid of paces first, then the bracket where it is crossed.

Losses need not rise with the pace: beyond what matures a faster pace is the same, and a stop comes sooner. So the curve
is looked at as a whole, on common random numbers, before anything is solved for.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from itertools import pairwise

import numpy as np

from ..errors import Problem
from ..plumbing import runoff_plan
from ..records import Book, Estimate, MarketSnapshot, RunoffPlan, StressResult, TgaStep
from ..risk.measures import expected_shortfall
from ..risk.summary import BATCHES
from ..scenarios import generate
from ..stress import revalue
from ..tables import Z_95
from ..units import WEEKS_A_MONTH
from .switches import ALL_ON, Switches

#: What may be asked to reach the loss.
STATISTICS = ("mean", "es_95", "turbulence")
#: Paces that are looked at first, USD bn a month; the last is far more than matures.
GRID = (0.0, 25.0, 50.0, 75.0, 100.0, 150.0, 200.0, 300.0, 400.0)
#: The search inside a bracket ends at this width, USD bn a month, or so near the loss, in standard errors of it.
WIDTH, NEAR = 1.0, 0.02
STEPS = 12
#: A rebuild of the Treasury's account takes so many weeks.
REBUILD_WEEKS = 13
#: Standard errors beyond which a difference is said to be more than chance.
CLEAR = 2.0
#: How a statistic answers to the pace over the grid.
RISES, FLAT, FALLS = "rises", "flat within the error", "falls in places"


@dataclass(frozen=True)
class PacePoint:
    """One pace: estimates by statistic, the values in each batch of paths (BATCHES,), which all paces share, and what
    revaluation warns of.
    """

    pace: float
    estimates: Mapping[str, Estimate]
    batches: Mapping[str, np.ndarray]
    warnings: tuple[Problem, ...] = ()


@dataclass(frozen=True)
class PaceAnswer:
    """The slowest pace at which ``statistic`` loses ``loss``, USD bn a month; None where no pace does.

    reached: the statistic at that pace with its standard error. slowest, fastest: paces between which the answer lies,
    two standard errors of the statistic either way; None where not even the fastest pace is clear. largest: the most
    that the statistic gets on the grid, at pace ``largest_at``. without: the statistic without any runoff. shape: one
    of RISES, FLAT and FALLS, over the grid. tga_rebuild: USD bn that the Treasury takes back besides. curve: the grid,
    with what it loses. warnings: of revaluation without any runoff.
    """

    statistic: str
    loss: float
    pace: float | None
    reached: Estimate | None
    slowest: float | None
    fastest: float | None
    largest: Estimate
    largest_at: float
    without: Estimate
    shape: str
    tga_rebuild: float
    curve: tuple[tuple[float, Estimate], ...]
    warnings: tuple[Problem, ...] = ()

    @property
    def beyond(self) -> float:
        """Standard errors by which the loss lies above the largest; negative where it does not."""
        gap = self.loss - self.largest.value
        return gap / self.largest.error if self.largest.error else float(np.copysign(np.inf, gap))

    @property
    def clear(self) -> bool:
        """Whether the answer is more than chance: no pace comes near, or the loss is not there without any runoff."""
        if self.pace is None:
            return self.beyond > CLEAR
        return self.loss - self.without.value > CLEAR * self.without.error


@dataclass(frozen=True)
class PaceSetting:
    """What all paces share. reaction: whether the committee may stop; progress: called with each pace tried.

    switches: channels and layers that are off.
    """

    months: int = 12
    paths: int = 2_000
    seed: int = 0
    reaction: bool = True
    progress: Callable[[float], None] | None = None
    switches: Switches = ALL_ON


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
    return with_rebuild(plan, snapshot, tga_rebuild) if tga_rebuild else plan


def with_rebuild(plan: RunoffPlan, snapshot: MarketSnapshot, size: float) -> RunoffPlan:
    """``plan`` with a Treasury that takes ``size`` (USD bn) back within a quarter, in place of the plan's own steps."""
    until = snapshot.as_of + timedelta(weeks=REBUILD_WEEKS)
    return replace(plan, tga=(TgaStep(until, snapshot["tga"] + size),))


class _Curve:
    """Points by pace, each computed once."""

    def __init__(self, book: Book, snapshot: MarketSnapshot, asked: PaceSetting, tga_rebuild: float) -> None:
        self.book, self.snapshot, self.asked, self.tga_rebuild = book, snapshot, asked, tga_rebuild
        self.known: dict[float, PacePoint] = {}

    def __call__(self, pace: float) -> PacePoint:
        if pace not in self.known:
            if self.asked.progress is not None:
                self.asked.progress(pace)
            self.known[pace] = self.simulated(pace)
        return self.known[pace]

    def simulated(self, pace: float) -> PacePoint:
        """The point of one pace."""
        asked = self.asked
        plan = pace_plan(pace, asked.months, self.snapshot, self.tga_rebuild, asked.reaction)
        weeks, on = round(asked.months * WEEKS_A_MONTH), asked.switches
        cloud = generate(
            plan, self.snapshot, weeks=weeks, paths=asked.paths, seed=asked.seed, keep_paths=False, keep_balance=False,
            channels=on.channels, layers=on.layers,
        )  # fmt: skip
        result = revalue(self.book, cloud.factors, seed=asked.seed, layers=on.of_the_book)
        return PacePoint(pace, statistics(result), batch_values(result), result.warnings)


def statistics(result: StressResult) -> Mapping[str, Estimate]:
    """STATISTICS of a simulated book, fractions of net value, losses positive, each with its standard error."""
    total, turbulent = result.total / result.book.value, _turbulent(result)
    found = {}
    for name, batches in batch_values(result).items():
        value, known = _measure(name, total, turbulent), batches[np.isfinite(batches)]
        error = float(known.std(ddof=1) / np.sqrt(len(known))) if len(known) > 1 else float("nan")
        found[name] = Estimate(value, value - Z_95 * error, value + Z_95 * error, error)
    return found


def batch_values(result: StressResult) -> Mapping[str, np.ndarray]:
    """(BATCHES,) each of STATISTICS in disjoint batches of paths; NaN where a batch has no turbulent path."""
    total, turbulent = result.total / result.book.value, _turbulent(result)
    parts = list(zip(np.array_split(total, BATCHES), np.array_split(turbulent, BATCHES), strict=True))
    return {name: np.array([_measure(name, *part) for part in parts]) for name in STATISTICS}


def _turbulent(result: StressResult) -> np.ndarray:
    flags = result.factors.turbulent
    return np.zeros(len(result.total), dtype=bool) if flags is None else flags


def _measure(name: str, total: np.ndarray, turbulent: np.ndarray) -> float:
    """One of STATISTICS of equally likely returns."""
    if name == "es_95":
        return expected_shortfall(total, np.full(len(total), 1.0 / len(total)))
    inside = total if name == "mean" else total[turbulent]
    return -float(inside.mean()) if len(inside) else float("nan")


# ------------------------------------------------------------------------------------------------------------ searching


def _answer(curve: _Curve, statistic: str, loss: float, tga_rebuild: float) -> PaceAnswer:
    points = [curve(pace) for pace in GRID]
    estimates = [point.estimates[statistic] for point in points]
    values = np.nan_to_num([estimate.value for estimate in estimates], nan=-np.inf)
    most = int(np.argmax(values))
    crossed = np.flatnonzero(values >= loss)
    pace = None if not len(crossed) else _crossing(curve, statistic, loss, int(crossed[0]))
    return PaceAnswer(
        statistic=statistic,
        loss=loss,
        pace=pace,
        reached=None if pace is None else curve(pace).estimates[statistic],
        slowest=_first(estimates, loss, CLEAR),
        fastest=_first(estimates, loss, -CLEAR),
        largest=estimates[most],
        largest_at=GRID[most],
        without=estimates[0],
        shape=shape_of([point.batches[statistic] for point in points]),
        tga_rebuild=tga_rebuild,
        curve=tuple(zip(GRID, estimates, strict=True)),
        warnings=points[0].warnings,
    )


def _crossing(curve: _Curve, statistic: str, loss: float, first: int) -> float:
    """Slowest pace between two of the grid that loses ``loss``: false position, halving where one end stays (Illinois).

    first: index in GRID of the first pace that loses as much.
    """
    if first == 0:
        return 0.0
    low, high = GRID[first - 1], GRID[first]
    under, over = (curve(pace).estimates[statistic].value - loss for pace in (low, high))
    for _ in range(STEPS):
        estimate = curve(high).estimates[statistic]
        if high - low <= WIDTH or estimate.value - loss <= NEAR * estimate.error:
            break
        middle = float(np.clip(high - over * (high - low) / (over - under), low + WIDTH / 4, high - WIDTH / 4))
        value = curve(middle).estimates[statistic].value - loss
        if value >= 0.0:
            high, over, under = middle, value, under / 2.0
        else:
            low, under, over = middle, value, over / 2.0
    return high


def _first(estimates: Sequence[Estimate], loss: float, errors: float) -> float | None:
    """First pace at which the statistic and so many of its errors lose ``loss``, linear between points of the grid."""
    shifted = np.array([estimate.value + errors * estimate.error for estimate in estimates]) - loss
    crossed = np.flatnonzero(shifted >= 0.0)
    if not len(crossed):
        return None
    first = int(crossed[0])
    if first == 0 or not np.isfinite(shifted[first - 1]):
        return GRID[first]
    share = shifted[first - 1] / (shifted[first - 1] - shifted[first])
    return float(GRID[first - 1] + share * (GRID[first] - GRID[first - 1]))


def shape_of(batches: Sequence[np.ndarray]) -> str:
    """Whether a statistic rises with the pace, from its values (BATCHES,) at each pace of the grid.

    Differences are between the same paths, so their error is that of the difference and not of the level.
    """
    steps = [_clearly(later - earlier) for earlier, later in pairwise(batches)]
    if min(steps) < 0:
        return FALLS
    return RISES if max(*steps, _clearly(batches[-1] - batches[0])) > 0 else FLAT


def _clearly(differences: np.ndarray) -> int:
    """Sign of the mean of batch differences, zero where it is within ``CLEAR`` standard errors."""
    known = differences[np.isfinite(differences)]
    if len(known) < 2:
        return 0
    mean, error = float(known.mean()), float(known.std(ddof=1) / np.sqrt(len(known)))
    return int(np.sign(mean)) if abs(mean) > CLEAR * error else 0
