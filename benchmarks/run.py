"""Time what a user waits for: the help page, the whole command on 40 rows, and the stages inside it.

    make bench

Prints seconds, peak memory and ratios; nothing is asserted, because machines differ.
"""

from __future__ import annotations

import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
COMMAND = [sys.executable, "-m", "stresstest"]
#: Paths whose weeks are too many to be kept.
MANY = 100_000


def timed(arguments: list[str]) -> tuple[float, float]:
    """Seconds and peak memory in MB of one command."""
    start = time.perf_counter()
    subprocess.run([*COMMAND, *arguments], check=True, stdout=subprocess.DEVNULL)
    return time.perf_counter() - start, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024


def forty_rows(folder: Path) -> Path:
    """Forty priced rows: twenty-four funds and shares, twelve bonds by terms, four coins."""
    funds = [
        "SPY",
        "QQQ",
        "IWM",
        "VTI",
        "VLUE",
        "USMV",
        "XLF",
        "XLK",
        "XLE",
        "XLU",
        "XLV",
        "XLP",
        "TLT",
        "IEF",
        "SHY",
        "LQD",
        "HYG",
        "EMB",
        "AGG",
        "GLD",
        "AAPL",
        "MSFT",
        "NVDA",
        "JPM",
    ]
    lines = ["symbol,quantity,price,asset_class,coupon,maturity,frequency,rating"]
    lines += [f"{symbol},100,100,,,,," for symbol in funds]
    lines += [f"{'T ' if n % 2 else ''}NOTE{n},10000,98,bond,{3 + n / 8},{2027 + 2 * n}-05-15,2,BBB" for n in range(12)]
    lines += [
        f"{symbol},{quantity},{price},,,,," for symbol, quantity, price in (("BTC", 0.1, 70000), ("ETH", 2, 2300))
    ]
    lines += ["USDC,1000,1,,,,,", "CASH,5000,,,,,,"]
    path = folder / "forty.csv"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def best(call: Callable[[], object], repeats: int = 3) -> float:
    """Shortest of a few runs, seconds."""
    seconds = []
    for _ in range(repeats):
        start = time.perf_counter()
        call()
        seconds.append(time.perf_counter() - start)
    return min(seconds)


def stages() -> list[tuple[str, float]]:
    """Seconds of each stage at default size."""
    from stresstest.market import load_snapshot
    from stresstest.plumbing import named_plan
    from stresstest.scenarios import choose, generate, named_paths
    from stresstest.stress import revalue
    from stresstest.study.books import make_book, read_holdings

    snapshot = load_snapshot()
    plan = named_plan("fast-qt", snapshot.as_of)
    book = make_book(read_holdings("example:balanced", snapshot), snapshot)
    cloud = generate(plan, snapshot).factors
    named = named_paths(choose(()))
    return [
        ("generate 10,000 paths x 52 weeks x 52 factors", best(lambda: generate(plan, snapshot))),
        (f"revalue {len(book.holdings)} holdings along the paths", best(lambda: revalue(book, cloud))),
        (
            f"revalue {len(book.holdings)} holdings in {len(named.names)} named scenarios",
            best(lambda: revalue(book, named)),
        ),
    ]


def main() -> None:
    help_seconds = min(timed(["--help"])[0] for _ in range(5))
    print(f"stresstest --help                                     {help_seconds:7.2f} s   (goal 0.2)")
    with tempfile.TemporaryDirectory() as folder:
        holdings = forty_rows(Path(folder))
        seconds, megabytes = timed(["run", str(holdings), "--out", str(Path(folder) / "out"), "--quiet"])
    print(f"stresstest run, 40 rows, default settings             {seconds:7.2f} s   (goal 10)")
    print(f"  peak memory                                         {megabytes:7.0f} MB  (goal 1024)")
    seconds, megabytes = timed(["stress", "example:balanced", "--paths", str(MANY), "--quiet"])
    print(f"stresstest stress, balanced, {MANY:,} paths             {seconds:7.2f} s")
    print(f"  peak memory                                         {megabytes:7.0f} MB")
    for name, stage_seconds in stages():
        print(f"{name:<53} {stage_seconds:7.2f} s")


if __name__ == "__main__":
    main()
