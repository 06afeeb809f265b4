"""Where the blocks are worked off: threads of this process, or Dask, which runs the very same blocks."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from scipy import sparse

from ...errors import InputError, Problem
from ...workers import pool
from .reduced import Units, blocks, reduce_block

Result = Mapping[str, np.ndarray]
Progress = Callable[[int, int], None]


def local(multiples: sparse.csr_matrix, units: Units, progress: Progress) -> Result:
    """All blocks in threads of this process."""
    rows = list(blocks(multiples.shape[0], units.gain.shape[1]))
    done = []
    with pool() as threads:
        for result in threads.map(lambda part: reduce_block(multiples[part], units), rows):
            done.append(result)
            progress(len(done), len(rows))
    return _joined(done)


def on_dask(multiples: sparse.csr_matrix, units: Units, progress: Progress) -> Result:
    """The same blocks as delayed tasks: on the cluster of a Dask client where there is one, else in its threads."""
    dask = _dask()
    shared = dask.delayed(units)
    rows = blocks(multiples.shape[0], units.gain.shape[1])
    tasks = [dask.delayed(reduce_block)(multiples[part], shared) for part in rows]
    progress(0, len(tasks))
    done = list(dask.compute(*tasks))
    progress(len(done), len(tasks))
    return _joined(done)


ENGINES: Mapping[str, Callable[[sparse.csr_matrix, Units, Progress], Result]] = {"local": local, "dask": on_dask}


def check_engine(name: str) -> None:
    """Refuse an engine that is not there, before any work. Raises InputError."""
    if name not in ENGINES:
        raise InputError(Problem(None, "engine", name, f"one of {', '.join(ENGINES)}", ""))
    if name == "dask":
        _dask()


def _dask() -> Any:
    try:
        import dask
    except ImportError:
        hint = "Install it with pip install 'stresstest[batch]', or leave --engine out."
        raise InputError(Problem(None, "engine", "dask, which is not installed", "an installed engine", hint)) from None
    return dask


def _joined(done: list[Result]) -> Result:
    return {name: np.concatenate([result[name] for result in done]) for name in (done[0] if done else ())}
