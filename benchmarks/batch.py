"""Time ``batch``: many made-up portfolios of 20 holdings over one scenario set, against a loop of single stresses.

    python benchmarks/batch.py [PORTFOLIOS] [INSTRUMENTS] [PATHS]

The loop is timed on a few portfolios and scaled up. Its world is simulated once, which flatters it.
"""

from __future__ import annotations

import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np

from stresstest.commands.batch import engines
from stresstest.commands.batch.long_table import gather_table
from stresstest.commands.batch.pricing import make_world, price_alone, price_units
from stresstest.market import load_snapshot
from stresstest.study.books import read_holdings
from stresstest.study.options import Options

HOLDINGS, SAMPLE = 20, 10
DEFAULTS = ("2000", "500", "2000")


def write_table(path: Path, portfolios: int, instruments: int) -> None:
    """A long table of made-up shares and cash."""
    rng = np.random.default_rng(0)
    lines = ["portfolio,symbol,quantity,price,asset_class"]
    for portfolio in range(portfolios):
        for share in rng.choice(instruments, HOLDINGS - 1, replace=False):
            lines.append(f"P{portfolio},S{share:05d},{rng.integers(1, 500)},{10 + share % 90},equity")
        lines.append(f"P{portfolio},CASH,{rng.integers(100, 9000)},,")
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")


def timed(name: str, work: Callable[[], object]) -> tuple[object, float]:
    """The result and the CPU seconds of ``work``, printed."""
    wall, cpu = time.perf_counter(), time.process_time()
    result = work()
    cpu = time.process_time() - cpu
    print(f"{name:<24} {time.perf_counter() - wall:8.2f} s wall {cpu:8.2f} s cpu")
    return result, cpu


def quiet(done: int, total: int) -> None:
    """No progress."""


def one_by_one(path: Path, world: object, options: Options) -> float:
    """CPU seconds for each portfolio when each is read and revalued alone."""
    header, *lines = path.read_text(encoding="utf-8").splitlines()
    started = time.process_time()
    with tempfile.TemporaryDirectory() as folder:
        for i in range(SAMPLE):
            rows = [line.partition(",")[2] for line in lines[i * HOLDINGS : (i + 1) * HOLDINGS]]
            own = Path(folder) / f"P{i}.csv"
            own.write_text("\n".join([header.partition(",")[2], *rows]) + "\n", encoding="utf-8")
            price_alone(read_holdings(own, load_snapshot()), world)
    return (time.process_time() - started) / SAMPLE


def main() -> None:
    """Print the stages, the total, and the ratio to the loop."""
    given = sys.argv[1:]
    portfolios, instruments, paths = (int(word) for word in (*given, *DEFAULTS[len(given) :]))
    options, snapshot = Options(paths=paths), load_snapshot()
    print(f"{portfolios:,} portfolios of {HOLDINGS}, {instruments:,} instruments, {paths:,} paths")
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "long.csv"
        write_table(path, portfolios, instruments)
        gathered, read = timed("read", partial(gather_table, path, snapshot, options, quiet))
        world, _ = timed("simulate", partial(make_world, options, snapshot))
        units, price = timed("price each once", partial(price_units, gathered.instruments, world, quiet))
        _, reduce = timed("reduce in blocks", partial(engines.local, gathered.matrix(), units, quiet))
        each = one_by_one(path, replace(world), options)
    total = read + price + reduce
    one, ratio = total / portfolios, each * portfolios / total
    print(f"one by one: {each * 1e3:.1f} ms a portfolio; batch: {one * 1e3:.3f} ms; {ratio:,.0f} times")


if __name__ == "__main__":
    main()
