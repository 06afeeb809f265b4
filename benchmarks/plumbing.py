"""Time the balance sheet: 10,000 paths of three years, weekly, with a funding spread for each business day.

    python benchmarks/plumbing.py

The rival is the same model asked for one path after the other, on a few paths, scaled up.
"""

from __future__ import annotations

import resource
import time

import numpy as np

from stresstest.market import load_snapshot
from stresstest.plumbing import Plumbing, named_plan, project
from stresstest.plumbing.chance import draw_conditions
from stresstest.records import MarketSnapshot
from stresstest.tables import draw_parameters

PATHS, WEEKS, FEW = 10_000, 156, 10
PLANS = ("fast-qt", "conditional-qt", "debt-ceiling-rebuild")


def run(plan: str, snapshot: MarketSnapshot, paths: int, seed: int) -> Plumbing:
    """Chance, parameter draws and the weekly loop."""
    rng = np.random.default_rng(seed)
    chance = draw_conditions(snapshot.as_of, WEEKS, paths, rng)
    chosen = named_plan(plan, snapshot.as_of)
    return project(chosen, snapshot, WEEKS, chance, draw_parameters(paths, rng))


def plumbing_figures() -> None:
    """Print seconds, processor seconds and peak memory of each plan, and the rival's seconds."""
    snapshot = load_snapshot()
    run("hold", snapshot, 10, 0)  # tables are read once
    for plan in PLANS:
        wall, processor = time.perf_counter(), time.process_time()
        days = run(plan, snapshot, PATHS, 1).funding.spread.shape[1]
        wall, processor = time.perf_counter() - wall, time.process_time() - processor
        print(f"{plan}: {PATHS:,} paths x {WEEKS} weeks, {days} days", end="")
        print(f"  {wall:.2f} s, processor {processor:.2f} s  (goal 4)")
    print(f"peak memory {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MB  (goal 1024)")
    start = time.perf_counter()
    for seed in range(FEW):
        run("fast-qt", snapshot, 1, seed)
    naive = (time.perf_counter() - start) / FEW * PATHS
    print(f"path after path, scaled from {FEW}: {naive:.0f} s")


if __name__ == "__main__":
    plumbing_figures()
