"""Thousands of damaged holdings files: each is read or refused, never a traceback, a hang or a flood of memory.

    python tests/holdings/fuzz_holdings.py 20000

The seeds are small files of every container and layout, and the public samples where they are on the machine. A
failure prints the seed number, from which the same file can be made again.
"""

from __future__ import annotations

import io
import json
import math
import os
import random
import resource
import signal
import sys
import tempfile
import time
import zipfile
import zlib
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import asdict
from pathlib import Path

if __name__ == "__main__":
    ROOT = Path(__file__).resolve().parents[2]
    sys.path[:0] = [str(ROOT), str(Path(__file__).resolve().parent)]

from samples import CONTAINERS
from test_brokers import FIDELITY, IBKR, SCHWAB, SCHWAB_2026, TRADES

from stresstest.errors import InputError
from stresstest.holdings import load_portfolio
from stresstest.market import load_snapshot

#: Seconds that one small file may take, and growth of memory over the whole run, in MB.
SLOWEST, MOST_MEMORY = 5, 400
LARGEST_SEED = 60_000
NASTY = (
    "", "-", "nan", "inf", "-1e308", "1e309", "0", "-0", "1" * 400, "١٢", "１２", "\x00", "\u202e", "\ufeff", '"', '""',
    "=1+1", "#REF!", "<a>", "&amp;", "&x;", "{", "[", "}", "\\", "'", "1,5", "1.234.567,89", "12 345,6", "(5)", "5%",
    "$", "9999-99-99", "0000-00-00", "31/02/2030", "115/13/40", "1e5", "TRUE", "NULL", "CASH", "Total", "合計", "2330",
    "\n", "\r", ",", ";", "\t", "|", "x" * 5000, "-" * 300, "US0378331005", "91282CJZ5", "CASH.ZZZ",
    "SPY 31FEB27 300 P", "🤓",
)  # fmt: skip


def seeds(folder: Path | None = None) -> list[bytes]:
    """Files to damage."""
    own = [*CONTAINERS.values(), FIDELITY, IBKR, SCHWAB, SCHWAB_2026, TRADES]
    found = [text if isinstance(text, bytes) else text.encode() for text in own]
    if folder is not None and folder.is_dir():
        paths = (path for path in sorted(folder.rglob("*.*")) if path.stat().st_size < LARGEST_SEED)
        found += [path.read_bytes() for path in paths]
    return found


# ------------------------------------------------------------------------------------------------------ mutations


def flip_bytes(data: bytes, rng: random.Random) -> bytes:
    changed = bytearray(data)
    for _ in range(rng.randint(1, 8)):
        if changed:
            changed[rng.randrange(len(changed))] = rng.randrange(256)
    return bytes(changed)


def truncate(data: bytes, rng: random.Random) -> bytes:
    at = rng.randrange(len(data) + 1)
    return data[:at] if rng.random() < 0.5 else data[at:]


def insert_nasty(data: bytes, rng: random.Random) -> bytes:
    at = rng.randrange(len(data) + 1)
    return data[:at] + rng.choice(NASTY).encode("utf-8", "surrogatepass") + data[at:]


def repeat_slice(data: bytes, rng: random.Random) -> bytes:
    start = rng.randrange(len(data) + 1)
    piece = data[start : start + rng.randint(1, 400)]
    return data[:start] + piece * rng.randint(2, 30) + data[start:]


def change_lines(data: bytes, rng: random.Random) -> bytes:
    lines = data.split(b"\n")
    first, second = rng.randrange(len(lines)), rng.randrange(len(lines))
    action = rng.randrange(4)
    if action == 0:
        lines[first], lines[second] = lines[second], lines[first]
    elif action == 1:
        lines.insert(first, lines[second])
    elif action == 2:
        del lines[first]
    else:
        lines = lines * rng.randint(1, 4)
    return b"\n".join(lines)


def change_cells(data: bytes, rng: random.Random) -> bytes:
    lines = data.split(b"\n")
    for _ in range(rng.randint(1, 4)):
        at = rng.randrange(len(lines))
        mark = rng.choice((b",", b";", b"<", b'"', b">"))
        cells = lines[at].split(mark)
        cells[rng.randrange(len(cells))] = rng.choice(NASTY).encode("utf-8", "surrogatepass")
        lines[at] = mark.join(cells)
    return b"\n".join(lines)


def change_marks(data: bytes, rng: random.Random) -> bytes:
    old, new = rng.sample((b",", b";", b"\t", b"|", b".", b'"', b"\n", b"\r\n"), 2)
    return data.replace(old, new)


def change_encoding(data: bytes, rng: random.Random) -> bytes:
    text = data.decode("utf-8", "replace")
    return text.encode(rng.choice(("utf-16", "cp1252", "cp950", "utf-8-sig", "utf-7", "utf-32", "latin-1")), "replace")


def damage_archive(data: bytes, rng: random.Random) -> bytes:
    """Damage one part inside a workbook, so that the damage reaches the reader of XML."""
    stream = io.BytesIO()
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as new:
            names = old.namelist()
            chosen = rng.choice(names)
            for name in names:
                part = old.read(name)
                new.writestr(name, rng.choice(PLAIN_MUTATIONS)(part, rng) if name == chosen else part)
    except (zipfile.BadZipFile, zlib.error, ValueError, OSError, NotImplementedError, RuntimeError, EOFError, KeyError):
        return flip_bytes(data, rng)
    return stream.getvalue()


PLAIN_MUTATIONS: tuple[Callable[[bytes, random.Random], bytes], ...] = (
    flip_bytes, truncate, insert_nasty, repeat_slice, change_lines, change_cells, change_cells, change_marks,
    change_encoding,
)  # fmt: skip


def mutated(data: bytes, rng: random.Random) -> bytes:
    for _ in range(rng.randint(1, 3)):
        archive = data.startswith(b"PK") and rng.random() < 0.8
        data = damage_archive(data, rng) if archive else rng.choice(PLAIN_MUTATIONS)(data, rng)
    return data[:2_000_000]


# ---------------------------------------------------------------------------------------------------------- checks


class Hang(Exception):
    """A file took longer than ``SLOWEST``."""


def _alarm(*_: object) -> None:
    raise Hang


def outcome(path: Path, content: bytes, snapshot: object) -> str:
    """ "read" or "refused"; anything else that happens is raised."""
    path.write_bytes(content)
    portfolio, problems = None, ()
    signal.setitimer(signal.ITIMER_REAL, SLOWEST)
    try:
        portfolio = load_portfolio(path, snapshot)
    except InputError as error:
        problems = error.problems
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
    if portfolio is None:
        assert problems
        assert all(problem.expected for problem in problems)
        json.dumps([problem.to_dict() for problem in problems])
        return "refused"
    assert math.isfinite(portfolio.value)
    json.dumps([asdict(position) for position in portfolio.positions[:50]], default=str, allow_nan=False)
    return "read"


def run(count: int, first: int = 0, folder: Path | None = None) -> Counter[str]:
    """Load ``count`` damaged files; raises AssertionError with the number of the first that is answered wrongly."""
    snapshot, corpus = load_snapshot(), seeds(folder)
    results: Counter[str] = Counter()
    before = signal.signal(signal.SIGALRM, _alarm)
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    try:
        with tempfile.TemporaryDirectory() as scratch:
            path = Path(scratch) / "fuzz.dat"
            for number in range(first, first + count):
                rng = random.Random(number)
                content = mutated(rng.choice(corpus), rng)
                try:
                    results[outcome(path, content, snapshot)] += 1
                except Exception as error:
                    raise AssertionError(f"file {number}: {type(error).__name__}: {error}") from error
    finally:
        signal.signal(signal.SIGALRM, before)
    grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - memory) / 1024
    assert grown < MOST_MEMORY, f"memory grew by {grown:.0f} MB"
    return results


def main(arguments: Sequence[str]) -> None:
    count = int(arguments[0]) if arguments else 20_000
    data = os.environ.get("STRESSTEST_DATA")
    folder = Path(data) / "holdings" if data else None
    start = time.perf_counter()
    results = run(count, folder=folder)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"{count:,} files: {dict(results)}; {time.perf_counter() - start:.0f} s, peak memory {peak:.0f} MB")


if __name__ == "__main__":
    main(sys.argv[1:])
