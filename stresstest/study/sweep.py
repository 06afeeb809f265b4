"""Sensitivity of the simulated loss to one assumption, or to two at a time, on common random numbers."""

from __future__ import annotations

import difflib
import itertools
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from math import hypot
from statistics import NormalDist

import numpy as np

from ..errors import InputError, Problem
from ..plumbing.funding import ordinary_spread
from ..plumbing.window import WINDOW_DAYS
from ..records import Book, Estimate, MarketSnapshot, Quote, RunoffPlan, StressResult
from ..risk.measures import expected_shortfall
from ..risk.summary import batched
from ..scenarios import Generated, generate
from ..stress import revalue
from ..tables import central
from ..units import PERCENT, WEEKS_A_MONTH
from .pace import pace_plan, statistics, with_rebuild
from .plans import baseline_plan
from .switches import ALL_ON, Switches

#: Most settings in one grid.
MOST = 64


@dataclass(frozen=True)
class World:
    """What a lever may change: today's levels; the plan, or a pace in its place; and beside it the Treasury's rebuild
    and its share of bills (None: as the plan has it, else drawn).
    """

    snapshot: MarketSnapshot
    plan: RunoffPlan
    pace: float | None = None
    tga_rebuild: float = 0.0
    bill_share: float | None = None


@dataclass(frozen=True)
class Lever:
    """One assumption that can be swept: its unit, its bounds, how a value changes the world, and values to try."""

    unit: str
    low: float
    high: float
    apply: Callable[[World, float], World]
    meaning: str
    example: str


def starting_scarcity(world: World, value: float) -> World:
    """The same balance sheet against other bank assets, so that L starts at ``value`` percent.

    The spread starts where the funding curve puts it at that L, as far from the curve as it is today, and the
    last days over IORB are those of a spread that was there for as long.
    """
    snapshot = world.snapshot
    liquid = snapshot["reserves"] + snapshot["on_rrp"]
    before, after = liquid / snapshot["bank_assets"], value * PERCENT
    shift = ordinary_spread(np.array([after]), central()) - ordinary_spread(np.array([before]), central())
    along = {name: snapshot[name] + float(shift[0]) for name in ("sofr", "sofr_usual")}
    over = days_over(snapshot["days_over_iorb"], float(shift[0]))
    levels = {"bank_assets": liquid / after, "days_over_iorb": over, **along}
    quotes = {name: _moved(quote, levels.get(name)) for name, quote in snapshot.quotes.items()}
    return replace(world, snapshot=replace(snapshot, quotes=quotes))


def days_over(share: float, shift: float) -> float:
    """Share of the last days over IORB, had their spreads been ``shift`` higher; both decimal, in whole days.

    Spreads of single days are taken as normal around a level that fits ``share``, with the noise of a week and a day.
    """
    p, normal = central(), NormalDist()
    noise = hypot(float(p["demand_noise"][0]), float(p["funding_daily_sd"][0]))
    place = normal.inv_cdf((WINDOW_DAYS * share + 0.5) / (WINDOW_DAYS + 1))
    return round(WINDOW_DAYS * normal.cdf(place + shift / noise)) / WINDOW_DAYS


def _moved(quote: Quote, value: float | None) -> Quote:
    return quote if value is None else replace(quote, value=value, source=f"{quote.source} (assumed)", status="assumed")


LEVERS: Mapping[str, Lever] = {
    "pace": Lever("USD bn a month", -400, 400, lambda w, v: replace(w, pace=v), "sum of the monthly caps", "0:150:4"),
    "bill_share": Lever(
        "percent",
        0,
        100,
        lambda w, v: replace(w, bill_share=v * PERCENT),
        "share of runoff that the Treasury refinances with bills",
        "0,50,100",
    ),
    "starting_l": Lever(
        "percent", 8, 30, starting_scarcity, "liquidity as a share of bank assets on the first day", "12:18:4"
    ),
    "tga_rebuild": Lever(
        "USD bn",
        0,
        1500,
        lambda w, v: replace(w, tga_rebuild=v),
        "cash that the Treasury takes back in a quarter",
        "0,350,700",
    ),
}


@dataclass(frozen=True)
class SweepPoint:
    """One setting of the levers and what the book does there; fractions of net value, losses positive.

    added: what the plan adds to expected shortfall against holding the balance sheet, on the same random numbers.
    scarcity: mean L at the horizon; spread: mean of the last day's funding spread; turbulence: share of paths.
    warnings: of revaluation.
    """

    values: Mapping[str, float]
    mean: Estimate
    es_95: Estimate
    added: Estimate
    scarcity: float
    spread: float
    turbulence: float
    warnings: tuple[Problem, ...] = ()


@dataclass(frozen=True)
class SweepSetting:
    """Size of every simulation of a sweep. reaction: whether the committee may stop a swept pace.

    switches: channels and layers that are off.
    """

    months: int = 12
    paths: int = 2_000
    seed: int = 0
    reaction: bool = True
    progress: Callable[[int, int], None] | None = None
    switches: Switches = ALL_ON


def sweep(
    book: Book,
    snapshot: MarketSnapshot,
    levers: Mapping[str, Sequence[float]],
    plan: RunoffPlan,
    asked: SweepSetting,
) -> tuple[SweepPoint, ...]:
    """Every combination of the values of one or two levers, the last lever running fastest.

    plan: what runs where the pace is not swept. Raises InputError for an unknown lever, a value out of its bounds, and
    more than MOST settings.
    """
    check_levers(levers)
    settings = [dict(zip(levers, values, strict=True)) for values in itertools.product(*levers.values())]
    points, held = [], dict[float | None, np.ndarray]()
    for number, values in enumerate(settings):
        world = World(snapshot, plan)
        for name, value in values.items():
            world = LEVERS[name].apply(world, value)
        start = values.get("starting_l")  # the one lever that changes what holding the balance sheet loses
        if start not in held:
            held[start] = _simulated(book, world.snapshot, baseline_plan(world.snapshot, plan), asked)[1].total
        points.append(_point(book, world, values, held[start], asked))
        if asked.progress is not None:
            asked.progress(number + 1, len(settings))
    return tuple(points)


def check_levers(levers: Mapping[str, Sequence[float]]) -> None:
    """Raise InputError with every fault of the levers and their values."""
    problems = []
    if not 1 <= len(levers) <= 2:
        problems.append(Problem(None, "vary", f"{len(levers)} levers", "one or two", "Give --vary once or twice."))
    if np.prod([len(values) for values in levers.values()]) > MOST:
        found = " x ".join(str(len(values)) for values in levers.values())
        problems.append(Problem(None, "vary", f"{found} values", f"at most {MOST} combinations", "Take fewer steps."))
    for name, values in levers.items():
        if name not in LEVERS:
            problems.append(unknown_lever(name))
            continue
        lever = LEVERS[name]
        outside = [f"{value:g}" for value in values if not lever.low <= value <= lever.high]
        if outside:
            expected = f"{lever.unit} from {lever.low:g} to {lever.high:g}"
            hint = f"Write {name}={lever.example}, for example."
            problems.append(Problem(None, f"vary {name}", ", ".join(outside), expected, hint))
    if problems:
        raise InputError(problems)


def unknown_lever(name: str) -> Problem:
    """The fault of a lever that does not exist, with the nearest that does."""
    near = difflib.get_close_matches(name, LEVERS, 1)
    hint = f"Did you mean {near[0]}={LEVERS[near[0]].example}?" if near else "Write pace=0:150:4, for example."
    return Problem(None, "vary", name, f"one of {', '.join(LEVERS)}", hint)


def _simulated(
    book: Book, snapshot: MarketSnapshot, plan: RunoffPlan, asked: SweepSetting
) -> tuple[Generated, StressResult]:
    weeks, on = round(asked.months * WEEKS_A_MONTH), asked.switches
    cloud = generate(
        plan, snapshot, weeks=weeks, paths=asked.paths, seed=asked.seed, keep_paths=False, keep_balance=False,
        channels=on.channels, layers=on.layers,
    )  # fmt: skip
    return cloud, revalue(book, cloud.factors, seed=asked.seed, layers=on.of_the_book)


def _plan_of(world: World, asked: SweepSetting) -> RunoffPlan:
    """The plan that runs in ``world``."""
    plan = world.plan
    if world.pace is not None:
        plan = pace_plan(world.pace, asked.months, world.snapshot, reaction=asked.reaction)
    if world.tga_rebuild:
        plan = with_rebuild(plan, world.snapshot, world.tga_rebuild)
    return plan if world.bill_share is None else replace(plan, bill_share=world.bill_share)


def _point(book: Book, world: World, values: Mapping[str, float], held: np.ndarray, asked: SweepSetting) -> SweepPoint:
    """One setting. held: (S,) what holding the balance sheet brings on the same random numbers."""
    cloud, with_plan = _simulated(book, world.snapshot, _plan_of(world, asked), asked)
    pair = np.stack([with_plan.total, held], axis=1) / book.value
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
        warnings=with_plan.warnings,
    )
