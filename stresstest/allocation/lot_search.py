"""Whole lots as integers: the nearest trades to the optimum that respect every limit, by branch and bound."""

# mypy: disable-error-code="attr-defined,no-untyped-call"
# cvxpy re-exports its functions in a way that mypy does not follow.

from __future__ import annotations

import warnings
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import cvxpy as cp
import numpy as np

from .assets import Assets
from .outcome import Outcome, closed, outcome, unchanged
from .programme import MOST_STEPS, Branch, branches, decisions, limited
from .screening import Task

#: The only open solver here that takes integers.
SOLVER = "HIGHS"
#: Integers count steps of at least this fraction of net value, so that they stay small enough for the solver.
SMALLEST_STEP = 1e-5
#: Room kept below a limit wherever it can be had: ten times the tolerance of the solver on integers.
ROOM = 1e-5
#: The search stops this near to the nearest: total distance as a fraction of net value.
NEAR_ENOUGH = 5e-4
#: Weight of missing room against distance: room comes first.
ROOM_WEIGHT = 1e3


@dataclass(frozen=True)
class Steps:
    """Integers of the search. A closing trade is closing * step, plus the odd lot when the position is closed whole."""

    closing: Any
    opening: Any
    whole: Any
    sent: Any
    step: np.ndarray
    odd: np.ndarray

    @property
    def closes(self) -> Any:
        """(A,) value of longs sold and shorts bought back."""
        return cp.multiply(self.step, self.closing) + cp.multiply(self.odd, self.whole)

    @property
    def opens(self) -> Any:
        """(A,) value of longs bought."""
        return cp.multiply(self.step, self.opening)


def nearest(task: Task, exact: Outcome, minimum: float) -> Outcome | None:
    """Whole-lot trades of at least ``minimum`` with the smallest total distance to ``exact``, or None."""
    tried = [_search(task, branch, exact, minimum) for branch in branches(task.assets)]
    found = [after for after in tried if after is not None and task.holds(after)]
    return min(found, key=lambda after: _distance(after, exact), default=None)


def least_broken(task: Task, exact: Outcome) -> Outcome:
    """Trades in whole lots that break the limits by the fewest steps, however far from ``exact``."""
    tried = [_search(task, branch, exact, 0.0, elastic=True) for branch in branches(task.assets)]
    found = [after for after in tried if after is not None]
    return min(found, key=lambda after: broken_steps(task, after).sum(), default=unchanged(task.assets))


def broken_steps(task: Task, after: Outcome) -> np.ndarray:
    """(J,) steps by which each limit is broken; zero where it holds."""
    return np.array([0.0 if row.holds(after) else row.excess(after) / row.rule.scale for row in task.rows])


def _distance(after: Outcome, exact: Outcome) -> float:
    return float(np.abs(after.buy - exact.buy).sum() + np.abs(after.sell - exact.sell).sum())


def _search(task: Task, branch: Branch, exact: Outcome, minimum: float, elastic: bool = False) -> Outcome | None:
    """The nearest whole lots; with elastic limits, those that break them least, however far away."""
    assets, short, held = task.assets, task.assets.short.astype(float), np.abs(task.assets.weights)
    scale = np.array([row.rule.scale for row in task.rows])
    slack = cp.Variable(len(task.rows), bounds=[0.0, MOST_STEPS * scale if elastic else ROOM])
    steps = _steps(assets, exact)
    after = decisions(assets, branch)
    links = [
        after.sell == cp.multiply(1.0 - short, steps.closes),
        after.buy == cp.multiply(short, steps.closes) + cp.multiply(1.0 - short, steps.opens),
        steps.closing >= cp.multiply(_whole_steps(assets, steps.step), steps.whole),
        steps.closes + steps.opens >= minimum * steps.sent,
        held - steps.closes >= cp.multiply(np.minimum(minimum, held), 1.0 - steps.whole),  # no dust is left
        steps.closes <= cp.multiply(held, steps.sent),
        steps.opens <= cp.multiply(exact.buy + steps.step, steps.sent),
        limited(task.rows, after, slack - ROOM),
    ]
    distance = cp.norm1(after.buy - exact.buy) + cp.norm1(after.sell - exact.sell)
    goal = cp.sum(slack / scale) if elastic else distance + ROOM_WEIGHT * cp.sum(slack)
    problem = cp.Problem(cp.Minimize(goal), [*after.constraints, *links])
    with warnings.catch_warnings(), suppress(cp.SolverError):  # no answer within the nodes allowed: tried and None
        warnings.simplefilter("ignore")  # the best answer at the last node is still checked by the caller
        problem.solve(solver=SOLVER, mip_max_nodes=task.effort.search_nodes, mip_abs_gap=NEAR_ENOUGH)
    if steps.closing.value is None:
        return None
    closes = steps.step * np.round(steps.closing.value) + steps.odd * np.round(steps.whole.value)
    opens = steps.step * np.round(steps.opening.value)
    return outcome(assets, np.where(assets.short, closes, opens), np.where(assets.short, 0.0, closes))


def _steps(assets: Assets, exact: Outcome) -> Steps:
    count = len(assets.weights)
    step = assets.lot_value * np.maximum(np.ceil(SMALLEST_STEP / assets.lot_value), 1.0)
    whole = _whole_steps(assets, step)
    may_close = closed(assets, assets.buy_max, assets.sell_max) > 0.0
    opening = np.where(assets.short, 0.0, np.ceil(exact.buy / step))
    return Steps(
        closing=cp.Variable(count, integer=True, bounds=[0.0, whole * may_close]),
        opening=cp.Variable(count, integer=True, bounds=[0.0, opening]),
        whole=cp.Variable(count, integer=True, bounds=[0.0, may_close.astype(float)]),
        sent=cp.Variable(count, integer=True, bounds=[0.0, 1.0]),
        step=step,
        odd=np.abs(assets.weights) - whole * step,
    )


def _whole_steps(assets: Assets, step: np.ndarray) -> np.ndarray:
    """(A,) whole steps in today's position."""
    return np.asarray(np.floor(np.abs(assets.weights) / step * (1.0 + 1e-12)))
