"""Newton's method kept inside a bracket, for many equations at once."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from ..errors import NoAnswerError

TOLERANCE = 1e-14
#: Steps this small that no longer lower the error are rounding, not progress.
STALLED = 1e-9
ITERATIONS = 200

#: Value and slope at a point, elementwise.
Function = Callable[[np.ndarray], tuple[np.ndarray, np.ndarray]]


def solve(
    function: Function,
    target: np.ndarray | float,
    start: np.ndarray | float,
    low: np.ndarray | float,
    high: float,
    what: str,
) -> np.ndarray:
    """x with ``function(x) = target``, elementwise, for a function that only rises or only falls on [low, high].

    A Newton step that leaves the bracket is replaced by its middle, so the search cannot run away.
    low: one number, or one for each element. what: the unknown and where it is looked for, for the error.
    Raises NoAnswerError where an element has no root in the bracket.
    """
    goal = np.asarray(target, dtype=float)
    x = np.broadcast_to(np.asarray(start, dtype=float), goal.shape).copy()
    left, right = np.full(goal.shape, low), np.full(goal.shape, high)
    at_left, at_right = function(left)[0] - goal, function(right)[0] - goal
    if not np.all(at_left * at_right <= 0):
        raise NoAnswerError(f"no {what} between {np.min(low):g} and {high:g}", "check the price and the terms")
    falling, last = at_left > at_right, np.full(goal.shape, np.inf)
    for _ in range(ITERATIONS):
        value, slope = function(x)
        error = value - goal
        too_low = (error > 0) == falling
        left, right = np.where(too_low, x, left), np.where(too_low, right, x)
        step = x - np.divide(error, slope, out=np.full(goal.shape, np.inf), where=slope != 0)
        middle = 0.5 * (left + right)
        nearer = np.where((step >= left) & (step <= right), step, middle)
        move, scale = np.abs(nearer - x), 1.0 + np.abs(x)
        stalled = (move <= STALLED * scale) & (np.abs(error) >= last)
        done = (error == 0) | stalled | (move <= TOLERANCE * scale)
        x, last = np.where(error == 0, x, nearer), np.abs(error)
        if done.all():
            return x
    raise NoAnswerError(
        f"the search for the {what} did not settle in {ITERATIONS} steps", "check the price and the terms"
    )
