"""Time and memory of ``check`` on long holdings files.

    make bench

Each size runs in a process of its own, so that the peak memory is its own. Nothing is asserted: machines differ.
Goals: 100,000 rows in 3 s; 1,000,000 rows in 30 s and 2 GB.
"""

from __future__ import annotations

import random
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
SIZES = {100_000: 3.0, 1_000_000: 30.0}


def write_lots(path: Path, rows: int) -> None:
    """Lots of known securities, spread over accounts and years."""
    from stresstest.holdings.identity import securities

    symbols = sorted({s.symbol for s in securities().values() if s.symbol.isalpha()})
    rng = random.Random(1)
    with path.open("w", encoding="utf-8") as file:
        file.write("symbol,quantity,price,currency,account,acquired,cost_basis\n")
        for i in range(rows):
            quantity, price = rng.randint(1, 500), rng.randint(500, 50_000) / 100
            day = f"{2015 + i % 10}-{1 + i % 12:02d}-{1 + i % 28:02d}"
            cost = round(0.8 * quantity * price, 2)
            file.write(f"{rng.choice(symbols)},{quantity},{price},USD,account {i % 20},{day},{cost}\n")


def write_unknown(path: Path, rows: int) -> None:
    """Every row another symbol, of which nothing is known."""
    rng = random.Random(2)
    with path.open("w", encoding="utf-8") as file:
        file.write("symbol,quantity,price\n")
        for i in range(rows):
            file.write(f"X{i:07d},{rng.randint(1, 500)},{rng.randint(500, 50_000) / 100}\n")


def measure(path: Path) -> None:
    """Print the seconds of reading and analysing, of the JSON and of the text, and the peak memory."""
    from stresstest.commands.check import check

    start = time.perf_counter()
    checked = check(str(path))
    read = time.perf_counter()
    with Path("/dev/null").open("w", encoding="utf-8") as nowhere:
        checked.write_json(nowhere)
    written = time.perf_counter()
    checked.to_text()
    shown = time.perf_counter()
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"{read - start:7.2f} s read, {written - read:6.2f} s JSON, {shown - written:5.2f} s text, {peak:6.0f} MB")


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        for rows, goal in SIZES.items():
            for name, write in (("lots of known securities", write_lots), ("unknown symbols", write_unknown)):
                path = Path(folder) / f"{rows}.csv"
                write(path, rows)
                print(f"{rows:>9,} {name:<26} (goal {goal:.0f} s) ", end="", flush=True)
                subprocess.run([sys.executable, __file__, str(path)], check=True, cwd=ROOT)


if __name__ == "__main__":
    if len(sys.argv) > 1:
        measure(Path(sys.argv[1]))
    else:
        main()
