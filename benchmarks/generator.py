"""Time the generator, and its noise beside peers that draw the same covariance, in one run.

    python benchmarks/generator.py

Seconds depend on the machine and on what else it does; the ratios to the peers measured in the same run hardly do.
"""

from __future__ import annotations

import importlib.util
import resource
import subprocess
import sys
import time
from collections.abc import Callable

import numpy as np
from threadpoolctl import threadpool_limits

from stresstest.market import load_snapshot
from stresstest.plumbing import named_plan
from stresstest.scenarios import generate
from stresstest.tables import factor_index, factor_names, parameter_table
from stresstest.transmission.moments import load_moments
from stresstest.transmission.noise import variates

PATHS, WEEKS = 100_000, 52
#: The peers draw fewer paths, so that none of them needs more than a few hundred MB; costs are linear in paths.
PEER_PATHS = 2_500
REPEATS = 3
#: What is asked of the generator. The goal, 5 s and 1.5 GB, is that of the first.
WAYS = {
    "horizon": "moves of all factors by channel, regimes, mean balance sheet",
    "balance": "the same, and the balance sheet and funding of every path by week",
    "weeks": "the first, and every week of every factor handed over",
    "kept": "the first, and every week of every factor kept (1.17 GB)",
}


def timed(call: Callable[[], object]) -> tuple[float, float]:
    """Seconds of wall time and of processor time."""
    wall, processor = time.perf_counter(), time.process_time()
    call()
    return time.perf_counter() - wall, time.process_time() - processor


def best(call: Callable[[], object], repeats: int = REPEATS) -> float:
    """Least processor time of a few runs, for ``PATHS`` paths where a run makes ``PEER_PATHS``."""
    return min(timed(call)[1] for _ in range(repeats)) * PATHS / PEER_PATHS


def generator(way: str) -> None:
    """Print wall and processor seconds of each of a few runs, and the largest memory, of one of ``WAYS``."""
    snapshot = load_snapshot()
    plan = named_plan("fast-qt", snapshot.as_of)
    generate(plan, snapshot, paths=100, keep_paths=False)  # reads the tables
    deepest = np.empty(PATHS, dtype=np.float32)

    def take(rows: slice, moves: np.ndarray) -> None:
        moves[:, :, factor_index()["equity_us"]].min(axis=1, out=deepest[rows])

    def once() -> None:
        weekly = take if way == "weeks" else None
        generate(plan, snapshot, paths=PATHS, keep_paths=way == "kept", weekly=weekly, keep_balance=way == "balance")

    runs = [timed(once) for _ in range(REPEATS)]
    megabytes = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    walls = ", ".join(f"{wall:.1f}" for wall, _ in runs)
    print(f"  {WAYS[way]:<70} {walls} s wall, {min(p for _, p in runs):.1f} s processor, peak {megabytes:.0f} MB")


def noises() -> dict[str, float]:
    """Processor seconds of weekly fat-tailed noise of all factors with the calm covariance, by who draws it."""
    degrees, count = parameter_table()["noise_degrees"].value, len(factor_names())
    root = load_moments().calm
    covariance = root.astype(float) @ root.T + 1e-12 * np.eye(count)
    rng = np.random.Generator(np.random.SFC64(0))

    def ours() -> np.ndarray:
        return np.asarray(variates(PEER_PATHS, WEEKS, rng) @ root.T)

    def plain() -> np.ndarray:
        generator = np.random.default_rng(0)
        normal = generator.multivariate_normal(np.zeros(count), covariance, PEER_PATHS * WEEKS, method="cholesky")
        return np.asarray(normal * np.sqrt(degrees / generator.chisquare(degrees, PEER_PATHS * WEEKS))[:, None])

    seconds = {"ours": best(ours), "numpy, multivariate normal over chi": best(plain)}
    from scipy.stats import multivariate_t

    peer = multivariate_t(shape=covariance, df=degrees, allow_singular=True)
    seconds["scipy multivariate_t"] = best(lambda: peer.rvs(PEER_PATHS * WEEKS, random_state=0))
    if importlib.util.find_spec("arch") is not None:
        seconds["arch, one factor at a time, constant variance"] = best(lambda: _arch(count, degrees), 1)
    return seconds


def _arch(count: int, degrees: float) -> None:
    """The nearest that arch has: univariate, so without the correlations."""
    from arch.univariate import ConstantVariance, StudentsT, ZeroMean

    model = ZeroMean(volatility=ConstantVariance(), distribution=StudentsT(seed=np.random.default_rng(0)))
    for _ in range(count):
        model.simulate([1.0, degrees], PEER_PATHS * WEEKS)


def main() -> None:
    if len(sys.argv) > 1:
        generator(sys.argv[1])
        return
    print(f"generator, {PATHS:,} paths x {WEEKS} weeks x {len(factor_names())} factors, {REPEATS} runs on idle cores")
    print("goal for the first line: 5 s and 1500 MB on two cores")
    for way in WAYS:  # each in a process of its own, so that none finds the memory of another
        subprocess.run([sys.executable, __file__, way], check=True)
    with threadpool_limits(limits=1, user_api="blas"):
        peers = noises()
    print("noise alone, the same size, processor seconds:")
    for name, seconds in peers.items():
        print(f"  {name:<45} {seconds:6.1f} s, {seconds / peers['ours']:4.1f} times ours")
    if "arch" not in " ".join(peers):
        print("  arch is not installed: no figure")


if __name__ == "__main__":
    main()
