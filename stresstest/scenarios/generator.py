"""The generator: a runoff plan becomes paths of every factor.

Chance is drawn before anything else and is the same for every plan with the same seed (common random numbers), so that
the difference between two plans is the plans and not the dice. Paths are made in blocks, which bounds memory.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np

from ..errors import InputError, Problem
from ..plumbing.plan import named_plan
from ..records import BalanceSheetPath, FactorPaths, FundingPath, MarketSnapshot, RunoffPlan
from ..tables import factor_names
from ..transmission.bounds import at_levels
from ..transmission.moments import load_moments
from ..units import WEEKS_A_YEAR
from .block import ALL_CHANNELS, Block, run_block
from .stack import Stack
from .world import Setting, make_world

#: Paths in one block: small enough that its arrays stay in fast memory. Results depend on it, not on the workers.
BLOCK = 2500
WORKERS = 2
MOST_PATHS = 1_000_000
#: A path counts as turbulent when this share of its weeks is.
TURBULENT_SHARE = 0.4
LAYERS = ("parameters", "noise", "exposures", "residual")


@dataclass(frozen=True)
class Generated:
    """Factor paths and the plumbing that led to them."""

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
    workers: int = WORKERS,
    progress: Callable[[int, int], None] | None = None,
) -> Generated:
    """Simulate ``plan`` against the path that markets expect (``baseline``, by default the plan "hold").

    channels, layers: what is switched on; the moves of a channel that is off are left out, its plumbing still runs.
    keep_paths: keep weekly paths (S, T, F) for drawdowns and margin calls. workers: threads; they do not change the
    result. progress: called with (done, total) paths.

    Raises InputError for a number of paths or weeks out of range and for unknown channels or layers.
    """
    channels, layers = tuple(channels), tuple(layers)
    _check(paths, weeks, channels, layers)
    levels = {name: quote.value for name, quote in snapshot.quotes.items()}
    moments = at_levels(load_moments(), levels) if "noise" in layers else load_moments().silent()
    setting = Setting(plan, snapshot, weeks, layers, moments)
    world = make_world(setting, baseline or named_plan("hold", snapshot.as_of), channels)
    starts = range(0, paths, BLOCK)
    streams = np.random.SeedSequence(seed).spawn(len(starts))
    kept = np.empty((paths, weeks, len(factor_names())), dtype=np.float32) if keep_paths else None

    stack = Stack(paths)

    def block(start: int, stream: np.random.SeedSequence) -> int:
        size = min(BLOCK, paths - start)
        stack.put(start, run_block(world, size, stream, None if kept is None else kept[start : start + size]))
        return start + size

    with ThreadPoolExecutor(workers) as pool:
        for done in pool.map(block, starts, streams):
            if progress is not None:
                progress(done, paths)
    return _generated(stack.taken(), seed, weeks, kept)


def _generated(whole: Block, seed: int, weeks: int, kept: np.ndarray | None) -> Generated:
    paths = len(whole.leader)
    factors = FactorPaths(
        moves=whole.by_channel.sum(axis=1, dtype=np.float64),
        by_channel=whole.by_channel,
        channels=ALL_CHANNELS,
        probability=np.full(paths, 1.0 / paths),
        years=weeks / WEEKS_A_YEAR,
        paths=kept,
        turbulent=np.asarray(whole.plumbing.turbulent.mean(axis=1) > TURBULENT_SHARE),
        funding_break=np.asarray(whole.plumbing.fragile.any(axis=1)),
        financing=whole.financing,
        leader=whole.leader,
        seed=seed,
    )
    return Generated(factors, whole.plumbing.balance, whole.plumbing.funding)


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
