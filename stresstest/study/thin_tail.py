"""A tail of few simulated paths: its figures are those of a handful of draws."""

from __future__ import annotations

import math
from collections.abc import Iterable

import numpy as np

from ..errors import Problem
from .option_limits import option_limits

#: Paths in a tail below which a figure of it is told with a warning: the standard error of a mean of ten is a third of
#: their own spread.
FEWEST = 10


def tail_warnings(paths: int, level: float = 0.99, probability: np.ndarray | None = None) -> Iterable[Problem]:
    """One warning where fewer than ``FEWEST`` effective paths lie beyond ``level``, the furthest that is shown.

    probability: (paths,), None where all are equal. Uneven ones, as views make them, count as fewer paths: as many as
    the exponential of their entropy.
    """
    effective = paths if probability is None else _effective(probability)
    inside = effective * (1.0 - level)
    if round(inside, 6) < FEWEST:
        beyond = f"in the tail of VaR and ES {level:.0%}"
        whole = math.floor(round(inside, 6))
        found = f"{whole} paths {beyond}" if whole > 1 else f"1 path {beyond}"
        needed = math.ceil(round(paths * FEWEST / inside, 6))
        few = "Such a figure is that of a few draws"
        hint = f"{few}; --paths {needed} has enough." if needed <= option_limits()["paths"].high else f"{few}."
        yield Problem(None, "paths", found, f"at least {FEWEST} paths in it", hint)


def _effective(probability: np.ndarray) -> float:
    inside = probability[probability > 0]
    return math.exp(-float(inside @ np.log(inside)))
