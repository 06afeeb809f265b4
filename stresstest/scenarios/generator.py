"""The generator: a runoff plan becomes paths of every factor.

Chance is drawn before anything else and is the same for every plan with the same seed (common random numbers), so that
the difference between two plans is the plans and not the dice. Paths are made in blocks, which bounds memory.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from threading import Lock

import numpy as np

from ..errors import InputError, Problem
from ..plumbing.plan import named_plan
from ..records import BalanceSheetPath, FactorPaths, FundingPath, MarketSnapshot, RunoffPlan
from ..tables import factor_names
from ..transmission.today import moments_for
from ..units import WEEKS_A_YEAR
from ..workers import WORKERS, pool
from .block import ALL_CHANNELS, Weekly, run_block
from .stack import Stack, empty_stack
from .world import Setting, make_world

#: Paths in one block: so many that numpy works longer than Python does, so few that every worker has a block; larger
#: from ``MANY`` paths on, up to ``LONG`` weeks. Results depend on the block, not on the workers.
BLOCK, LARGE_BLOCK, MANY, LONG = 5000, 10_000, 50_000, 156
#: Just under the largest piece (32 MiB) that the GNU C library will keep instead of giving it back to the system.
KEPT_BYTES = 31 << 20
MOST_PATHS = 1_000_000
LAYERS = ("parameters", "noise", "exposures", "residual")


@dataclass(frozen=True)
class Generated:
    """Factor paths and the plumbing that led to them, path by path or as its mean (see ``generate``)."""

    factors: FactorPaths
    balance: BalanceSheetPath
    funding: FundingPath


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
    weekly: Weekly | None = None,
    keep_balance: bool = True,
    workers: int = WORKERS,
    progress: Callable[[int, int], None] | None = None,
) -> Generated:
    """Simulate ``plan`` against the path that markets expect: ``baseline``, by default "hold" under the same doubt.

    channels, layers: what is switched on; the moves of a channel that is off are left out, its plumbing still runs.
    Where today's VIX counts as stress, paths start in turbulence (transmission/today.py).
    keep_paths: keep weekly paths (S, T, F) for drawdowns and margin calls. weekly: is handed the weeks of every path, a
    few paths at a time and by several threads at once, so that what is wanted of them can be had without keeping them:
    their rows and moves so far (P, T, F). keep_balance: keep the balance sheet and funding of every path (without
    ``detail``); otherwise ``balance`` and ``funding`` hold one path, the mean over all, flags as shares of paths.
    workers: threads; they do not change the result. progress: called with (done, total).

    Raises InputError for a number of paths or weeks out of range and for unknown channels or layers.
    """
    channels, layers = tuple(channels), tuple(layers)
    _check(paths, weeks, channels, layers)
    setting = Setting(plan, snapshot, weeks, layers, moments_for(snapshot.levels, "noise" in layers))
    world = make_world(setting, baseline or _usual(plan, snapshot), channels)
    size = LARGE_BLOCK if paths >= MANY and weeks <= LONG else BLOCK
    starts = range(0, paths, size)
    streams = np.random.SeedSequence(seed).spawn(len(starts))
    kept = np.empty((paths, weeks, len(factor_names())), dtype=np.float32) if keep_paths else None
    room = setting.room(paths) if keep_balance else None
    stack, turn = empty_stack(paths, weeks, len(ALL_CHANNELS), len(factor_names()), room), Lock()

    def block(start: int, stream: np.random.SeedSequence) -> int:
        stop = min(start + size, paths)
        taker = _taker(start, kept, weekly)
        horizon, columns = stack.horizon.part(start, stop), stack.columns(start, stop)
        stack.put(start, run_block(world, stop - start, stream, taker, horizon, columns, turn))
        return stop

    _keep_freed_memory()
    with pool(workers) as threads:
        for done in threads.map(block, starts, streams):
            (progress or _silent)(done, paths)
    return _generated(stack, seed, weeks, kept)


def _usual(plan: RunoffPlan, snapshot: MarketSnapshot) -> RunoffPlan:
    """What markets expect: that reserves are kept ample, under the doubt that ``plan`` meets."""
    return replace(named_plan("hold", snapshot.as_of), doubt=plan.doubt)


def _silent(done: int, paths: int) -> None:
    """Progress that nobody follows."""


def _taker(first: int, kept: np.ndarray | None, weekly: Weekly | None) -> Weekly | None:
    """What takes the weeks of the block that begins with path ``first``: who asked for them, and ``kept`` (S, T, F)."""
    if kept is None and weekly is None:
        return None

    def take(rows: slice, moves: np.ndarray) -> None:
        all_rows = slice(first + rows.start, first + rows.stop)
        if kept is not None:
            kept[all_rows] = moves
        if weekly is not None:
            weekly(all_rows, moves)

    return take


def _keep_freed_memory() -> None:
    """Let the arrays of one block take the memory that those of the block before have left.

    The GNU C library returns what is larger than the largest piece freed so far to the system, and each block would pay
    for fresh pages, as much as a fifth of its time. Other libraries have their own rules; there this does nothing.
    """
    np.empty(KEPT_BYTES, dtype=np.uint8)  # never written to, and freed at once


def _generated(stack: Stack, seed: int, weeks: int, kept: np.ndarray | None) -> Generated:
    paths, plumbing = len(stack.leader), stack.all_plumbing()
    factors = FactorPaths(
        moves=stack.horizon.moves.T,
        by_channel=stack.horizon.by_channel.transpose(2, 0, 1),
        channels=ALL_CHANNELS,
        probability=np.full(paths, 1.0 / paths),
        years=weeks / WEEKS_A_YEAR,
        paths=kept,
        turbulent=stack.turbulent,
        funding_break=stack.broken,
        financing=stack.financing,
        leader=stack.leader,
        seed=seed,
    )
    return Generated(factors, plumbing.balance, plumbing.funding)


def _check(paths: int, weeks: int, channels: tuple[str, ...], layers: tuple[str, ...]) -> None:
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
