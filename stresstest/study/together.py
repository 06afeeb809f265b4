"""Several inputs of one command read together, so that every fault of all of them comes in one answer."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ..errors import InputError, Problem


def read_together(*steps: Callable[[], Any]) -> list[Any]:
    """What each step returns, in order. Raises InputError with the problems of every step that has any."""
    results, problems = [], list[Problem]()
    for step in steps:
        try:
            results.append(step())
        except InputError as error:
            problems += error.problems
    if problems:
        raise InputError(problems)
    return results
