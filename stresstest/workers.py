"""Work over the cores of the machine: our own threads, one block of work each, and no others beside them."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

#: Threads that work off blocks; more find the interpreter busy.
WORKERS = 2


@contextmanager
def pool(workers: int = WORKERS) -> Iterator[ThreadPoolExecutor]:
    """Threads for blocks of work.

    Meanwhile the linear algebra library keeps to one thread for each call: with threads of its own in each of ours,
    products of small matrices take three times as long.
    """
    from threadpoolctl import threadpool_limits

    with threadpool_limits(limits=1, user_api="blas"), ThreadPoolExecutor(workers) as threads:
        yield threads
