"""Gains of every distinct instrument over all scenarios, and of portfolios that need a margin account of their own."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from ...errors import InputError, Problem
from ...instruments.fund import FactorAsset
from ...records import Book, FactorPaths, Holding, MarketSnapshot, Portfolio, Position
from ...scenarios import Scenario, at_point, choose, known_on, named_paths
from ...stress import revalue
from ...study.books import Modelling, make_book
from ...study.inputs import horizon_warnings, market_warnings, require_value
from ...study.options import Options
from ...study.plans import choose_plan, simulate
from ...study.ratings import assumed_ratings, rating_warnings
from ...study.switches import ALL_ON, Switches, switch_warnings
from ...study.thin_tail import tail_warnings
from ...study.unseen import unseen_warnings
from .reduced import Units, tail_measures
from .unseen import LeftOut, left_out

#: Holdings that are revalued at a time: those that move with the factors alone, and those that follow weekly paths.
TOGETHER, ALONG = 256, 32
#: Elements of the table of gains: two gigabytes.
MOST_GAINS = 250_000_000


@dataclass(frozen=True, eq=False)
class World:
    """What every portfolio meets. columns: by scenario, its columns of the named gains; several for official paths.

    warnings: of what is switched off, the horizon and today's levels. off: channels and layers that are off.
    """

    snapshot: MarketSnapshot
    modelling: Modelling
    plan: str
    cloud: FactorPaths
    scenarios: tuple[Scenario, ...]
    named: FactorPaths
    columns: Mapping[str, list[int]]
    seed: int
    warnings: tuple[Problem, ...] = ()
    off: Switches = ALL_ON


def make_world(options: Options, snapshot: MarketSnapshot) -> World:
    """Simulated paths of the plan, and the named scenarios with every point of official paths."""
    plan = choose_plan(options, snapshot)
    cloud = simulate(plan, options, snapshot).factors
    chosen = known_on(choose(options.scenarios, snapshot), snapshot.as_of)
    points: list[Scenario] = []
    columns: dict[str, list[int]] = {}
    for scenario in chosen:
        at = [scenario] if scenario.path is None else [at_point(scenario, i) for i in range(len(scenario.path.labels))]
        columns[scenario.name] = list(range(len(points), len(points) + len(at)))
        points += at
    named = named_paths(tuple(points), sofr=snapshot["sofr"])
    modelling = Modelling(options.calibration, options.broker)
    off = options.switches
    warnings = (
        *switch_warnings(off), *horizon_warnings(snapshot, options, plan), *tail_warnings(options.paths),
        *market_warnings(snapshot, options),
    )  # fmt: skip
    return World(snapshot, modelling, plan.name, cloud, chosen, named, columns, options.seed, warnings, off)


def price_units(instruments: Sequence[Position], world: World, progress: Callable[[int, int], None]) -> Units:
    """Every instrument once. What cannot be modelled has no value and no gain; its value is ``missing``."""
    paths = len(world.cloud.moves)
    if len(instruments) * paths > MOST_GAINS:
        expected = f"at most {MOST_GAINS // paths:,} distinct instruments at {paths:,} paths"
        raise InputError(
            Problem(None, "paths", f"{len(instruments):,} distinct instruments", expected, "Take fewer --paths.")
        )
    value, missing = np.zeros(len(instruments)), np.zeros(len(instruments))
    gain = np.zeros((len(instruments), paths))
    named = np.zeros((len(instruments), len(world.named.moves)))
    places, holdings, reasons = _holdings(instruments, world, missing)
    value[places] = [holding.instrument.value for holding in holdings]
    simple = [i for i, h in enumerate(holdings) if type(h.instrument) is FactorAsset]
    others = sorted(set(range(len(holdings))) - set(simple))
    done = 0
    for group, size, along in ((simple, TOGETHER, False), (others, ALONG, True)):
        for start in range(0, len(group), size):
            part = group[start : start + size]
            book, rows = Book(tuple(holdings[i] for i in part)), places[part]
            simulated = revalue(book, world.cloud, layers=world.off.of_the_book, seed=world.seed, along_paths=along)
            gain[rows] = simulated.pnl.T
            named[rows] = revalue(book, world.named, layers=()).pnl.T
            done += len(part)
            progress(done, len(holdings))
    placed = zip(places.tolist(), holdings, strict=True)
    ratings = {place: rating for place, holding in placed for rating, _ in assumed_ratings([holding])}
    return Units(value, missing, gain, named, reasons, ratings)


def _holdings(
    instruments: Sequence[Position], world: World, missing: np.ndarray
) -> tuple[np.ndarray, tuple[Holding, ...], dict[int, str]]:
    """Place and holding of every instrument that can be modelled; why the others cannot, by place.

    The value of the others goes into ``missing``.
    """
    held = [i for i, p in enumerate(instruments) if p.asset_class != "cash"]
    cash = {p.currency: (i, p.quantity) for i, p in enumerate(instruments) if p.asset_class == "cash"}
    positions = tuple(instruments[i] for i in held)
    amounts = {code: amount for code, (_, amount) in cash.items()}
    book = make_book(Portfolio("batch", positions, amounts, 0.0), world.snapshot, world.modelling)
    found = {id(position): reason for position, reason in book.not_modelled}
    reasons = {i: found[id(instruments[i])] for i in held if id(instruments[i]) in found}
    places = [i for i in held if i not in reasons]
    for i in reasons:
        missing[i] = instruments[i].gross_value
    places += [cash[h.position.currency][0] for h in book.holdings[len(places) :]]
    return np.array(places, dtype=np.int64), book.holdings, reasons


def price_alone(
    portfolio: Portfolio, world: World
) -> tuple[dict[str, object], tuple[Problem, ...], tuple[LeftOut, ...]]:
    """Measures of one portfolio in a book of its own, followed along the paths with its margin account; warnings; rows
    that are not modelled.

    Raises NoAnswerError where its net value is not above zero.
    """
    book = make_book(portfolio, world.snapshot, world.modelling)
    require_value(book)
    value = book.value
    simulated = revalue(book, world.cloud, layers=world.off.of_the_book, seed=world.seed)
    total = simulated.total / value
    found: dict[str, object] = {"value": value, "coverage": book.coverage, "mean_loss": -float(total.mean())}
    found |= {name: float(numbers[0]) for name, numbers in tail_measures(total[None, :].copy()).items()}
    found["named"] = -revalue(book, world.named, layers=()).total / value
    whole = value + sum(position.market_value for position, _ in book.not_modelled)
    unseen = unseen_warnings(book.missing_value, whole, book.unpriced)
    warnings = (*unseen, *rating_warnings(assumed_ratings(book.holdings)), *simulated.warnings)
    return found, warnings, tuple(left_out(position, reason) for position, reason in book.not_modelled)


def worst_points(named: np.ndarray, world: World) -> np.ndarray:
    """(P, K) losses by scenario from those by point: of an official path, the point where each portfolio loses most."""
    return np.stack([named[:, columns].max(axis=1) for columns in world.columns.values()], axis=1)


def no_value(name: str) -> Problem:
    """Why a portfolio without net value has no losses as shares of it."""
    return Problem(None, "", "a net value that is not above zero", "a net value above zero", "", name)
