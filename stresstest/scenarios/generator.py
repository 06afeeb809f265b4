"""The generator: a runoff plan becomes paths of every factor.

Chance is drawn before anything else and is the same for every plan with the same seed (common random numbers), so that
the difference between two plans is the plans and not the dice. Paths are made in blocks, which bounds memory.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, fields, replace
from functools import cache
from typing import Any, TypeVar

import numpy as np

from ..errors import InputError, Problem
from ..plumbing.plan import named_plan
from ..plumbing.project import Conditions, Plumbing, announced_supply, project, weekly_calendar
from ..plumbing.reaction import calm_hazard, weekly
from ..records import BalanceSheetPath, FactorPaths, FundingPath, MarketSnapshot, RunoffPlan, Supply
from ..tables import Draws, central, draw_parameters, factor_index, factor_names
from ..transmission.channels import CHANNELS, Context
from ..transmission.noise import (
    Moments,
    drift_horizon,
    fat_tails,
    load_moments,
    noise_horizon,
    noise_paths,
    turbulence_drift,
    turbulence_sign,
)
from ..transmission.responses import DRIVERS, Loadings, loadings, respond_horizon, respond_paths
from ..units import WEEKS_A_YEAR

#: Paths in one block: small enough that its arrays stay in fast memory. Results depend on it, not on the workers.
BLOCK = 1700
WORKERS = 2
MOST_PATHS = 1_000_000
#: Announcements beyond this horizon are not priced as supply (no programme has been announced further ahead).
LONGEST_ANNOUNCEMENT_WEEKS = 156
#: A path counts as turbulent when this share of its weeks is.
TURBULENT_SHARE = 0.4
ALL_CHANNELS = (*CHANNELS, "turbulence", "market")
LAYERS = ("parameters", "noise", "exposures", "residual")


@dataclass(frozen=True)
class Generated:
    """Factor paths and the plumbing that led to them."""

    factors: FactorPaths
    balance: BalanceSheetPath
    funding: FundingPath


@dataclass(frozen=True)
class _Chance:
    """All randomness of one block, drawn in a fixed order."""

    parameters: Draws
    conditions: Conditions
    normal: np.ndarray
    maps_seed: np.random.SeedSequence
    jumps: np.ndarray
    depeg: np.ndarray
    leader: np.ndarray


def generate(
    plan: RunoffPlan,
    snapshot: MarketSnapshot,
    *,
    baseline: RunoffPlan | None = None,
    weeks: int = 52,
    paths: int = 10_000,
    seed: int = 0,
    channels: Iterable[str] = ALL_CHANNELS,
    layers: Iterable[str] = LAYERS,
    keep_paths: bool = True,
    progress: Callable[[int, int], None] | None = None,
) -> Generated:
    """Simulate ``plan`` against the path that markets expect (``baseline``, by default the plan "hold").

    channels, layers: what is switched on; the moves of a channel that is off are left out, its plumbing still runs.
    keep_paths: keep weekly paths (S, T, F) for drawdowns and margin calls. progress: called with (done, total) paths.

    Raises InputError for a number of paths or weeks out of range and for unknown channels or layers.
    """
    _check(paths, weeks, channels, layers)
    baseline = baseline or named_plan("hold", snapshot.as_of)
    world = _world(plan, baseline, snapshot, weeks, tuple(channels), tuple(layers))
    starts = range(0, paths, BLOCK)
    streams = np.random.SeedSequence(seed).spawn(len(starts))
    kept = np.empty((paths, weeks, len(factor_names())), dtype=np.float32) if keep_paths else None

    def block(start: int, stream: np.random.SeedSequence) -> Generated:
        size = min(BLOCK, paths - start)
        return _block(world, size, stream, None if kept is None else kept[start : start + size])

    blocks = []
    with ThreadPoolExecutor(WORKERS) as pool:
        for start, done in zip(starts, pool.map(block, starts, streams), strict=True):
            blocks.append(done)
            if progress is not None:
                progress(min(start + BLOCK, paths), paths)
    factors = _join([b.factors for b in blocks])
    return Generated(
        replace(factors, probability=np.full(paths, 1.0 / paths), seed=seed, paths=kept),
        _join([b.balance for b in blocks]),
        _join([b.funding for b in blocks]),
    )


@dataclass(frozen=True)
class _World:
    """What is the same for every block.

    expected: supply that the baseline implies; announced: what the plan announces beyond it, both to the end of plan or
    horizon. expected_spread: (T,) weekly funding spread of the baseline, without chance.
    """

    plan: RunoffPlan
    baseline: RunoffPlan
    snapshot: MarketSnapshot
    weeks: int
    channels: tuple[str, ...]
    layers: tuple[str, ...]
    expected: Supply
    announced: Supply
    expected_spread: np.ndarray

    @property
    def days(self) -> int:
        return sum(len(week) for week in weekly_calendar(self.snapshot.as_of, self.weeks))


def _world(
    plan: RunoffPlan,
    baseline: RunoffPlan,
    snapshot: MarketSnapshot,
    weeks: int,
    channels: tuple[str, ...],
    layers: tuple[str, ...],
) -> _World:
    ahead = min(LONGEST_ANNOUNCEMENT_WEEKS, -(-(plan.end - snapshot.as_of).days // 7))
    longest = max(weeks, ahead)
    expected = announced_supply(baseline, snapshot, longest)
    announced = announced_supply(plan, snapshot, longest).less(expected)
    spread = project(baseline, snapshot, weeks).funding.weekly[0]
    return _World(plan, baseline, snapshot, weeks, channels, layers, expected, announced, spread)


def _check(paths: int, weeks: int, channels: Iterable[str], layers: Iterable[str]) -> None:
    problems = []
    if not 1 <= paths <= MOST_PATHS:
        problems.append(Problem(None, "paths", str(paths), f"1 to {MOST_PATHS}", "10000 is the default."))
    if not 4 <= weeks <= 520:
        problems.append(Problem(None, "months", f"{weeks} weeks", "4 to 520 weeks", ""))
    for name in set(channels) - set(ALL_CHANNELS):
        problems.append(Problem(None, "channels", name, f"one of {', '.join(ALL_CHANNELS)}", ""))
    for name in set(layers) - set(LAYERS):
        problems.append(Problem(None, "layers", name, f"one of {', '.join(LAYERS)}", ""))
    if problems:
        raise InputError(problems)


def _draw(size: int, world: _World, stream: np.random.SeedSequence) -> _Chance:
    """Every random number of a block; the plan has no part in it."""
    parameter_seed, maps_seed, market_seed, plumbing_seed = stream.spawn(4)
    p = central() if "parameters" not in world.layers else draw_parameters(size, np.random.default_rng(parameter_seed))
    weeks, days = world.weeks, world.days
    market = np.random.default_rng(market_seed)
    tails = fat_tails(size, weeks, market)
    normal = market.standard_normal((size, weeks, len(factor_names())), dtype=np.float32)
    normal *= tails[:, :, None] if "noise" in world.layers else 0.0
    moments, index = load_moments(), factor_index()
    rates = [index["ust_10y"], index["mortgage_spread"]]
    drift = moments.turbulent_mean[index["equity_us"]]
    usual = drift * _expected_turbulence(weeks)
    rng = np.random.default_rng(plumbing_seed)
    conditions = Conditions(
        equity_calm=normal @ moments.calm[:, index["equity_us"]] - usual,
        equity_turbulent=normal @ moments.turbulent[:, index["equity_us"]] + drift - usual,
        mortgage=normal @ moments.calm[:, rates].sum(axis=1),
        demand=rng.standard_normal((size, weeks)),
        tga=rng.standard_normal((size, weeks)),
        daily=rng.standard_normal((size, days)),
        spikes=rng.random((2, size, days)),
        chance=rng.random((4, size, weeks)),
        leverage=rng.random(size),
    )
    jumps, depeg, leader = rng.random((size, weeks)), rng.random((size, weeks)), rng.random(size)
    return _Chance(p, conditions, normal, maps_seed, jumps, depeg, leader)


def _block(world: _World, size: int, stream: np.random.SeedSequence, paths: np.ndarray | None) -> Generated:
    """One block: moves at the horizon by channel, and plumbing. Fills ``paths`` (S, T, F) where it is wanted."""
    chance = _draw(size, world, stream)
    context, plumbing = _context(world, chance)
    turbulent, maps = plumbing.turbulent, _maps(world, chance.maps_seed, size)
    moments = load_moments() if "noise" in world.layers else load_moments().silent()
    rate_led = chance.parameters["rate_led"][:, None]
    sign = turbulence_sign(chance.leader < rate_led[:, 0])
    drift = turbulence_drift(turbulent, _expected_turbulence(world.weeks), sign, rate_led, moments)
    drift *= "turbulence" in world.channels
    normal = chance.normal if "market" in world.channels else np.zeros_like(chance.normal)

    by_channel = np.zeros((size, len(ALL_CHANNELS), len(factor_names())))
    drivers = _structural(world, context, maps, by_channel)
    by_channel[:, ALL_CHANNELS.index("turbulence")] = drift_horizon(drift)
    by_channel[:, ALL_CHANNELS.index("market")] = noise_horizon(normal, turbulent, sign, moments)
    if paths is not None:
        paths[:] = noise_paths(normal, turbulent, sign, drift, moments)
        paths += respond_paths(drivers, _amplified(turbulent), maps)
    factors = FactorPaths(
        moves=by_channel.sum(axis=1),
        by_channel=by_channel,
        channels=ALL_CHANNELS,
        probability=np.full(size, 1.0 / size),
        years=world.weeks / WEEKS_A_YEAR,
        turbulent=np.asarray(turbulent.mean(axis=1) > TURBULENT_SHARE),
        funding_break=np.asarray(plumbing.fragile.any(axis=1)),
        financing=_financing(plumbing, _short_rate(normal, drivers, turbulent, sign, maps, moments)),
    )
    return Generated(factors, plumbing.balance, plumbing.funding)


def _structural(world: _World, context: Context, maps: Loadings, by_channel: np.ndarray) -> np.ndarray:
    """Weekly moves of the drivers over all channels that are on, (S, T, drivers); fills in ``by_channel``."""
    total = np.zeros((*context.turbulent.shape, len(DRIVERS)))
    for name, channel in CHANNELS.items():
        if name in world.channels:
            moves = np.zeros_like(total)
            for driver, values in channel(context).items():
                moves[:, :, DRIVERS.index(driver)] = values
            by_channel[:, ALL_CHANNELS.index(name)] = respond_horizon(moves, _amplified(context.turbulent), maps)
            total += moves
    return total


def _amplified(turbulent: np.ndarray) -> np.ndarray:
    """Weeks that pass through the turbulent map: turbulent ones, and the next, in which what they added reverses."""
    return turbulent | np.concatenate([np.zeros_like(turbulent[:, :1]), turbulent[:, :-1]], axis=1)


def _maps(world: _World, seed: np.random.SeedSequence, size: int) -> Loadings:
    return loadings(np.random.default_rng(seed), size) if "parameters" in world.layers else loadings()


def _short_rate(
    normal: np.ndarray,
    drivers: np.ndarray,
    turbulent: np.ndarray,
    sign: np.ndarray,
    maps: Loadings,
    moments: Moments,
) -> np.ndarray:
    """Change of the three-month rate so far, (S, T): what financing needs of the paths."""
    column = factor_index()["ust_3m"]
    calm, stressed = normal @ moments.calm[:, column], normal @ moments.turbulent[:, column] * sign[:, column, None]
    noise = np.cumsum(np.where(turbulent, stressed, calm), axis=1)
    one = Loadings(maps.normal[:, :, column : column + 1], maps.turbulent[:, :, column : column + 1])
    return noise + respond_paths(drivers, _amplified(turbulent), one)[:, :, 0]


def _financing(plumbing: Plumbing, short_rate: np.ndarray) -> np.ndarray:
    """(S, T) mean rate on secured borrowing from the start: SOFR with the policy rate, never below zero."""
    rate = np.maximum(plumbing.funding.sofr + short_rate, 0.0)
    return np.cumsum(rate, axis=1) / np.arange(1, rate.shape[1] + 1)


def _context(world: _World, chance: _Chance) -> tuple[Context, Plumbing]:
    """Run the plumbing and gather what the channels look at."""
    p, snapshot, weeks = chance.parameters, world.snapshot, world.weeks
    expected, announced = world.expected, world.announced
    pace = expected.duration(central()["bill_factor"])[weeks] / snapshot["gdp"] * WEEKS_A_YEAR / weeks
    plumbing = project(world.plan, snapshot, weeks, chance.conditions, p, float(pace))
    balance = plumbing.balance
    stress = np.where(plumbing.turbulent | plumbing.fragile, p["crypto_jump_stress"][:, None], 1.0)
    context = Context(
        p=p.weekly(),
        announced=announced.at((None, slice(weeks + 1))),
        announced_in_all=announced.at((None, slice(-1, None))),
        delivered=balance.supply.less(expected.at(slice(weeks + 1))),
        balance=balance,
        funding=plumbing.funding,
        turbulent=plumbing.turbulent,
        fragile=plumbing.fragile,
        priced_in=world.plan.priced_in,
        gdp=snapshot["gdp"],
        total_assets=snapshot["total_assets"],
        expected_spread=world.expected_spread,
        jumps=chance.jumps < p["crypto_jump_rate"][:, None] / WEEKS_A_YEAR * stress,
        depeg=chance.depeg < p["depeg_rate"][:, None] / WEEKS_A_YEAR * stress,
        expected_turbulence=_expected_turbulence(weeks),
    )
    return context, plumbing


@cache
def _expected_turbulence(weeks: int) -> np.ndarray:
    """(T,) probability of turbulence with the base hazards only, from a calm start."""
    p = central()
    enter, leave = float(weekly(p["turbulence_base"] / 12)[0]), float(calm_hazard(p)[0])
    state, result = 0.0, np.empty(weeks)
    for week in range(weeks):
        state = state * (1.0 - leave) + (1.0 - state) * enter
        result[week] = state
    return result


Record = TypeVar("Record", FactorPaths, BalanceSheetPath, FundingPath, Supply)


def _join(parts: list[Record]) -> Record:
    """One record from blocks: path arrays are stacked, the largest of plain numbers is kept, the rest is shared."""
    values: dict[str, Any] = {}
    for field in fields(parts[0]):
        entries = [getattr(part, field.name) for part in parts]
        first = entries[0]
        if isinstance(first, np.ndarray):
            values[field.name] = np.concatenate(entries)
        elif isinstance(first, Supply):
            values[field.name] = _join(entries)
        elif isinstance(first, dict):
            values[field.name] = {key: np.concatenate([e[key] for e in entries]) for key in first}
        elif isinstance(first, float):
            values[field.name] = max(entries)
        else:
            values[field.name] = first
    return type(parts[0])(**values)
