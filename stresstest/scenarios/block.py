"""One block of paths: from its randomness to factor moves by channel, and the plumbing that led to them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass

import numpy as np

from ..plumbing.recorder import Plumbing
from ..plumbing.room import Columns
from ..records import Supply
from ..tables import Draws, factor_index
from ..transmission.channels import CHANNELS
from ..transmission.context import Context, Usual
from ..transmission.moments import LEADERS
from ..transmission.noise import accumulation, entry_horizon, entry_moves, noise_horizon, special_noise
from ..transmission.responses import DRIVERS, Driven, answers_at_horizon, loadings, respond_factor
from ..transmission.variates import Sums
from .chance import Chance
from .gathered import Gathered
from .ordinary import MARKET, TURBULENCE, ordinary_levels
from .world import World, begins, crypto_odds

ALL_CHANNELS = (*CHANNELS, TURBULENCE, MARKET)
#: The factor that secured borrowing is financed at.
SHORT_RATE = "ust_3m"
#: Takes weekly moves so far, single precision: rows of paths (P,), and their moves (P, T, F), which it may change.
Weekly = Callable[[slice, np.ndarray], None]


@dataclass(frozen=True)
class Block:
    """Result of one block. horizon: moves at the horizon. financing: (S, T). leader: (S,)."""

    horizon: Gathered
    financing: np.ndarray
    leader: np.ndarray
    plumbing: Plumbing


def run_block(
    world: World,
    size: int,
    stream: np.random.SeedSequence,
    weekly: Weekly | None = None,
    horizon: Gathered | None = None,
    room: Columns | None = None,
    turn: AbstractContextManager[object] | None = None,
) -> Block:
    """Moves at the horizon by channel, and plumbing.

    weekly: called with all paths in their order, a few at a time; None where weeks are not wanted, which takes half the
    time. horizon: filled, and room: where the record of the plumbing is kept; None for arrays of their own. turn: held
    while the plumbing runs, whose many short steps two threads cannot take at once without waiting for each other.
    """
    chance = world.setting.draw(size, stream)
    own = room or world.setting.room(size).columns(0, size)
    with turn or nullcontext():
        plumbing, p = world.setting.run(chance, world.expected_pace, own)
    drawn = "parameters" in world.setting.layers
    maps = loadings(np.random.Generator(np.random.SFC64(chance.maps_seed)), size) if drawn else loadings()
    moves = _driver_moves(world, _context(world, chance, plumbing, p))
    amplified = _amplified(plumbing.turbulent)
    horizon = horizon or Gathered.zeros(len(ALL_CHANNELS), len(factor_index()), size)
    for name, drivers in moves.items():
        horizon.put(ALL_CHANNELS.index(name), *answers_at_horizon(drivers, amplified, maps))
    special = special_noise(chance.variates, plumbing.turbulent, chance.leader, world.setting.noise)
    sums = world.setting.noise.sums(chance.variates, plumbing.turbulent)
    _add_noise(world, chance, plumbing.turbulent, special, sums, horizon)
    total = _together(moves, maps.reaching(SHORT_RATE) if weekly is None else DRIVERS)
    if weekly is not None:
        driven = Driven.of(total, amplified, maps)
        for rows, level in ordinary_levels(world, chance, plumbing.turbulent, sums):
            level += driven.paths(rows)
            weekly(rows, level)
    short = _short_rate(world, chance, plumbing.turbulent, special) + respond_factor(SHORT_RATE, total, amplified, maps)
    return Block(horizon, _financing(plumbing, short), chance.leader, plumbing)


def _context(world: World, chance: Chance, plumbing: Plumbing, p: Draws) -> Context:
    """Gather what the channels look at, in single precision: a thousandth of a USD bn, a thousandth of a bp."""
    plan, snapshot, weeks = world.setting.plan, world.setting.snapshot, world.setting.weeks
    jumps, depeg = crypto_odds(plumbing, p)
    return Context(
        p=p.weekly(),
        announced=_single(world.announced.at((None, slice(weeks + 1)))),
        announced_in_all=_single(world.announced.at((None, slice(-1, None)))),
        delivered=plumbing.balance.supply.less(_single(world.expected.at(slice(weeks + 1)))),
        balance=plumbing.balance,
        funding=plumbing.funding,
        turbulent=plumbing.turbulent,
        fragile=plumbing.fragile,
        priced_in=plan.priced_in,
        coupon_surprise=plan.coupon_surprise,
        doubt=chance.leader == LEADERS.index("doubt"),
        gdp=snapshot["gdp"],
        total_assets=snapshot["total_assets"],
        expected_spread=world.expected_spread.astype(np.float32),
        jumps=chance.jumps < jumps,
        depeg=chance.depeg < depeg,
        usual=Usual(*(values.astype(np.float32) for values in vars(world.usual).values())),
        foreign={name: shares.astype(np.float32) for name, shares in world.abroad.until(weeks).items()},
        foreign_assets=float(world.abroad.assets),
    )


def _single(supply: Supply) -> Supply:
    return Supply(*(values.astype(np.float32) for values in (supply.coupons, supply.mbs, supply.bills)))


def _driver_moves(world: World, context: Context) -> dict[str, dict[str, np.ndarray]]:
    """Weekly moves of drivers (S, T) by channel, of the channels that are on."""
    shape = context.turbulent.shape
    moves = {}
    for name, channel in CHANNELS.items():
        if name in world.channels:
            found = channel(context).items()
            moves[name] = {driver: np.broadcast_to(values, shape) for driver, values in found}
    return moves


def _together(moves: Mapping[str, Mapping[str, np.ndarray]], wanted: Sequence[str]) -> dict[str, np.ndarray]:
    """Sum over channels by driver, of the drivers that are wanted."""
    total: dict[str, np.ndarray] = {}
    for drivers in moves.values():
        for driver, values in drivers.items():
            if driver in wanted:
                total[driver] = total[driver] + values if driver in total else values
    return total


def _amplified(turbulent: np.ndarray) -> np.ndarray:
    """Weeks that pass through the turbulent map: turbulent ones, and the next, in which what they added reverses."""
    return turbulent | np.concatenate([np.zeros_like(turbulent[:, :1]), turbulent[:, :-1]], axis=1)


def _add_noise(
    world: World, chance: Chance, turbulent: np.ndarray, special: np.ndarray, sums: Sums, horizon: Gathered
) -> None:
    """Put the channels "turbulence" and "market" at the horizon; the bend at the bounds counts as market."""
    setting, columns = world.setting, world.bounds.columns
    entries = np.zeros((len(turbulent), len(factor_index())), dtype=np.float32)
    if TURBULENCE in world.channels:
        starts = begins(turbulent, setting.turbulent)
        entries[:] = entry_horizon(starts, world.usual.entering, chance.leader, world.odds, setting.moments)
        _put(horizon, TURBULENCE, entries)
    if MARKET in world.channels:
        market = noise_horizon(chance.variates, sums, chance.leader, special, setting.noise)
        market[:, columns] = world.bounds.bend(entries[:, columns] + market[:, columns], -1) - entries[:, columns]
        _put(horizon, MARKET, market)


def _put(horizon: Gathered, channel: str, moves: np.ndarray) -> None:
    """``moves`` (S, F) of a channel, of the factors that it moves."""
    columns = np.flatnonzero(moves.any(axis=0))
    horizon.put(ALL_CHANNELS.index(channel), columns, (moves[:, column] for column in columns))


def _short_rate(world: World, chance: Chance, turbulent: np.ndarray, special: np.ndarray) -> np.ndarray:
    """(S, T) change of the three-month rate so far by noise and by the falls with which turbulence begins.

    It is what the paths hold of that factor apart from the channels of the plan. turbulent: (S, T). special: (S, T, K)
    weekly noise of the factors that do not walk freely.
    """
    law, column = accumulation(), factor_index()[SHORT_RATE]
    of_noise, of_falls = law.levels(turbulent.shape[1], column)
    place = np.flatnonzero(law.special).tolist().index(column)
    level = special[:, :, place] @ of_noise * np.float32(MARKET in world.channels)
    if TURBULENCE in world.channels:
        entry, starts = world.setting.moments.entry[:, [column]], begins(turbulent, world.setting.turbulent)
        falls = entry_moves(starts, world.usual.entering, chance.leader, world.odds, entry)
        level += falls[:, :, 0].T @ of_falls
    return np.asarray(level)


def _financing(plumbing: Plumbing, short_rate: np.ndarray) -> np.ndarray:
    """(S, T) mean rate on secured borrowing from the start: SOFR with the policy rate, never below zero."""
    rate = np.maximum(plumbing.funding.sofr + short_rate, 0.0)
    return np.cumsum(rate, axis=1) / np.arange(1, rate.shape[1] + 1)
