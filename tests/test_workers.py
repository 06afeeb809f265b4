"""Threads of ours leave no room for threads of the linear algebra library, and give it back."""

from __future__ import annotations

import numpy as np
from threadpoolctl import threadpool_info, threadpool_limits

from stresstest.workers import pool


def blas_threads() -> list[int]:
    return [library["num_threads"] for library in threadpool_info() if library["user_api"] == "blas"]


def test_pools_that_overlap_give_the_threads_back_together() -> None:
    """The first to open is the first to close: the other still works, so the limit stays until it ends too."""
    with threadpool_limits(limits=2, user_api="blas"):
        before, first, second = blas_threads(), pool(1), pool(1)
        first.__enter__()
        second.__enter__()
        first.__exit__(None, None, None)
        assert set(blas_threads()) <= {1}
        second.__exit__(None, None, None)
        assert blas_threads() == before


def test_products_keep_to_one_thread_while_blocks_are_worked_off() -> None:
    matrix = np.ones((4, 4))
    with threadpool_limits(limits=2, user_api="blas"):
        before = blas_threads()
        with pool(2) as threads:
            products = list(threads.map(lambda k: float((matrix @ matrix).sum()) + k, range(5)))
            assert set(blas_threads()) <= {1}
        assert blas_threads() == before
    assert products == [64.0 + k for k in range(5)], "results come in the order of the work"
