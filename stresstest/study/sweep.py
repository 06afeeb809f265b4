"""Sensitivity of the simulated loss to one assumption, or to two at a time, on common random numbers."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from ..errors import InputError, Problem
from ..plumbing.funding import ordinary_spread
from ..records import Book, Estimate, MarketSnapshot, Quote
from ..risk.measures import expected_shortfall
from ..risk.summary import batched
from ..scenarios import generate
from ..stress import revalue
from ..tables import central
from ..units import PERCENT, WEEKS_A_MONTH
from .pace import pace_plan, statistics
from .plans import baseline_plan

#: Most settings in one grid.
MOST = 64
DEFAULT_PACE = 95.0


@dataclass(frozen=True)
class World:
    """What a lever may change: today's levels, the pace, the Treasury's rebuild, its share of bills (None: drawn)."""

    snapshot: MarketSnapshot
    pace: float = DEFAULT_PACE
    tga_rebuild: float = 0.0
    bill_share: float | None = None


@dataclass(frozen=True)
class Lever:
    """One assumption that can be swept: its unit, its bounds, and how a value changes the world."""

    unit: str
    low: float
    high: float
    apply: Callable[[World, float], World]
    meaning: str


def starting_scarcity(world: World, value: float) -> World:
    """The same balance sheet against other bank assets, so that L starts at ``value`` percent.

    The spread starts where the funding curve puts it at that L, as far from the curve as it is today.
    """
    snapshot = world.snapshot
    liquid = snapshot["reserves"] + snapshot["on_rrp"]
    before, after = liquid / snapshot["bank_assets"], value * PERCENT
    shift = ordinary_spread(np.array([after]), central()) - ordinary_spread(np.array([before]), central())
    levels = {"bank_assets": liquid / after, "sofr": snapshot["sofr"] + float(shift[0])}
    quotes = {name: _moved(quote, levels.get(name)) for name, quote in snapshot.quotes.items()}
    return replace(world, snapshot=replace(snapshot, quotes=quotes))


def _moved(quote: Quote, value: float | None) -> Quote:
    return quote if value is None else replace(quote, value=value, source=f"{quote.source} (assumed)", status="assumed")


LEVERS: Mapping[str, Lever] = {
    "pace": Lever("USD bn a month", -400, 400, lambda w, v: replace(w, pace=v), "sum of the monthly caps"),
    "bill_share": Lever(
        "percent",
        0,
        100,
        lambda w, v: replace(w, bill_share=v * PERCENT),
        "share of runoff that the Treasury refinances with bills",
    ),
    "starting_l": Lever("percent", 8, 30, starting_scarcity, "liquidity as a share of bank assets on the first day"),
    "tga_rebuild": Lever(
        "USD bn", 0, 1500, lambda w, v: replace(w, tga_rebuild=v), "cash that the Treasury takes back in a quarter"
    ),
}


@dataclass(frozen=True)
class SweepPoint:
    """One setting of the levers and what the book does there; fractions of net value, losses positive.

    added: what the plan adds to expected shortfall against holding the balance sheet, on the same random numbers.
    scarcity: mean L at the horizon; spread: mean of the last day's funding spread; turbulence: share of paths.
    """

    values: Mapping[str, float]
    mean: Estimate
    es_95: Estimate
    added: Estimate
    scarcity: float
    spread: float
    turbulence: float


@dataclass(frozen=True)
class SweepSetting:
    """Size of every simulation of a sweep."""

    months: int = 12
    paths: int = 2_000
    seed: int = 0
    progress: Callable[[int, int], None] | None = None


def sweep(
    book: Book, snapshot: MarketSnapshot, levers: Mapping[str, Sequence[float]], asked: SweepSetting
) -> tuple[SweepPoint, ...]:
    """Every combination of the values of one or two levers, the last lever running fastest.

    Raises InputError for an unknown lever, a value out of its bounds, and more than MOST settings.
    """
    check_levers(levers)
    settings = [dict(zip(levers, values, strict=True)) for values in itertools.product(*levers.values())]
    points = []
    for number, values in enumerate(settings):
        world = World(snapshot)
        for name, value in values.items():
            world = LEVERS[name].apply(world, value)
        points.append(_point(book, world, values, asked))
        if asked.progress is not None:
            asked.progress(number + 1, len(settings))
    return tuple(points)


def check_levers(levers: Mapping[str, Sequence[float]]) -> None:
    """Raise InputError with every fault of the levers and their values."""
    problems = []
    if not 1 <= len(levers) <= 2:
        problems.append(Problem(None, "vary", f"{len(levers)} levers", "one or two", ""))
    if np.prod([len(values) for values in levers.values()]) > MOST:
        problems.append(Problem(None, "vary", "too many values", f"at most {MOST} combinations", ""))
    for name, values in levers.items():
        if name not in LEVERS:
            problems.append(Problem(None, "vary", name, f"one of {', '.join(LEVERS)}", ""))
            continue
        lever = LEVERS[name]
        for value in values:
            if not lever.low <= value <= lever.high:
                expected = f"{lever.unit} from {lever.low:g} to {lever.high:g}"
                problems.append(Problem(None, f"vary {name}", f"{value:g}", expected, ""))
    if problems:
        raise InputError(problems)


def _point(book: Book, world: World, values: Mapping[str, float], asked: SweepSetting) -> SweepPoint:
    weeks = round(asked.months * WEEKS_A_MONTH)
    plan = replace(pace_plan(world.pace, asked.months, world.snapshot, world.tga_rebuild), bill_share=world.bill_share)
    both = []
    for one in (plan, baseline_plan(world.snapshot)):
        cloud = generate(one, world.snapshot, weeks=weeks, paths=asked.paths, seed=asked.seed, keep_paths=False)
        both.append((cloud, revalue(book, cloud.factors, seed=asked.seed)))
    (cloud, with_plan), (_, without) = both
    pair = np.stack([with_plan.total, without.total], axis=1) / book.value
    found = statistics(with_plan)
    turbulent = cloud.factors.turbulent
    return SweepPoint(
        values=values,
        mean=found["mean"],
        es_95=found["es_95"],
        added=batched(pair, lambda x, q: expected_shortfall(x[:, 0], q) - expected_shortfall(x[:, 1], q)),
        scarcity=float(cloud.balance.scarcity[:, -1].mean()),
        spread=float(cloud.funding.weekly[:, -1].mean()),
        turbulence=0.0 if turbulent is None else float(turbulent.mean()),
    )
