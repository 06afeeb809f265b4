"""Work over the cores of the machine: our own threads, one block of work each, and no others beside them."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from threading import Lock
from typing import Any

#: Threads that work off blocks; more find the interpreter busy.
WORKERS = 2


@contextmanager
def pool(workers: int = WORKERS) -> Iterator[ThreadPoolExecutor]:
    """Threads for blocks of work.

    Meanwhile the linear algebra library keeps to one thread for each call: with threads of its own in each of ours,
    products of small matrices take three times as long.
    """
    _limit.enter()
    try:
        with ThreadPoolExecutor(workers) as threads:
            yield threads
    finally:
        _limit.leave()


class _Limit:
    """One thread for linear algebra in the whole process, from the first pool that opens to the last that closes."""

    def __init__(self) -> None:
        self.lock, self.pools = Lock(), 0
        self.held: Any = None

    def enter(self) -> None:
        from threadpoolctl import threadpool_limits

        with self.lock:
            self.pools += 1
            if self.held is None:
                self.held = threadpool_limits(limits=1, user_api="blas")

    def leave(self) -> None:
        with self.lock:
            self.pools -= 1
            if self.pools == 0:
                self.held.restore_original_limits()
                self.held = None


_limit = _Limit()
