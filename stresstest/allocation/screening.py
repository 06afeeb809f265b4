"""Exact solution by scenario screening: solve on a few scenarios, add the true tail, stop at a proven gap."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import cvxpy as cp
import numpy as np

from ..errors import StresstestError
from .assets import Assets
from .limits import Effort, Goal
from .outcome import Outcome, objective, outcome, unchanged
from .programme import LEVEL, Branch, Decisions, Programme, branches, programme
from .rules import Row

#: Solvers by name, tried in order; every answer is checked. Options tighten what the defaults leave loose.
SOLVERS: tuple[tuple[str, dict[str, Any]], ...] = (
    ("HIGHS", {"primal_feasibility_tolerance": 1e-9, "dual_feasibility_tolerance": 1e-9}),
    ("CLARABEL", {"tol_gap_abs": 1e-10, "tol_gap_rel": 1e-10, "tol_feas": 1e-10}),
)


@dataclass(frozen=True)
class Task:
    """What to solve: the best trades in ``assets`` within ``rows``."""

    assets: Assets
    rows: tuple[Row, ...]
    defensiveness: float
    goal: Goal
    effort: Effort

    def holds(self, after: Outcome) -> bool:
        """Whether every limit is respected."""
        return all(row.holds(after) for row in self.rows)


@dataclass(frozen=True)
class Solution:
    """Best trades found. gap: objective less proven lower bound. prices: (J,) shadow prices of the limits, >= 0.

    scenarios: indices of the simulated scenarios that the last solve used, from which a later solve can start.
    """

    after: Outcome
    objective: float
    bound: float
    prices: np.ndarray
    solver: str
    rounds: int
    scenarios: np.ndarray

    @property
    def gap(self) -> float:
        """Proven distance to the optimum, fraction of net value."""
        return max(self.objective - self.bound, 0.0)


def solve(task: Task, start: np.ndarray | None = None) -> Solution | None:
    """The optimum over all scenarios, or None where the limits cannot be met.

    start: scenarios to begin with. Raises StresstestError where no solver answers, or the gap does not close.
    """
    scenarios = _tail(task, unchanged(task.assets)) if start is None else start
    best: Solution | None = None
    bound = np.inf
    for branch in branches(task.assets):
        found = _solve_branch(task, branch, scenarios)
        if found is None:
            continue
        scenarios, bound = found.scenarios, min(bound, found.bound)
        if best is None or found.objective < best.objective:
            best = found
    return None if best is None else replace(best, bound=bound, scenarios=scenarios)


def _solve_branch(task: Task, branch: Branch, scenarios: np.ndarray) -> Solution | None:
    best: Solution | None = None
    for rounds in range(1, task.effort.rounds + 1):
        problem = programme(
            task.assets,
            task.rows,
            branch,
            scenarios,
            task.defensiveness,
            task.goal.worst_scenarios,
        )
        solver = run_solver(problem.problem)
        if not solver:
            return None
        best = _better(best, _read(task, problem, solver, rounds, scenarios))
        if best.gap <= task.effort.gap:
            return best
        scenarios = np.union1d(scenarios, _tail(task, outcome_of(task.assets, problem.after)))
    gap = best.gap if best else np.nan
    raise StresstestError(f"the optimum is not proven after {task.effort.rounds} rounds: gap {gap:.2e} of net value")


def _read(task: Task, solved: Programme, solver: str, rounds: int, scenarios: np.ndarray) -> Solution:
    after = outcome_of(task.assets, solved.after)
    value = objective(task.assets, after, task.defensiveness, task.goal.worst_scenarios)
    prices = np.maximum(np.atleast_1d(solved.limits.dual_value), 0.0)
    return Solution(after, value, float(solved.problem.value), prices, solver, rounds, scenarios)


def _better(best: Solution | None, new: Solution) -> Solution:
    """Lower bounds only rise and the best trades are kept; shadow prices belong to the newest, tightest solve."""
    if best is None or new.objective <= best.objective:
        return new
    return replace(new, after=best.after, objective=best.objective)


def outcome_of(assets: Assets, solved: Decisions) -> Outcome:
    """Outcome of the solved trades. Buying and selling the same asset cancels; rounding noise of the solver is cut."""
    net = np.asarray(solved.buy.value) - np.asarray(solved.sell.value)
    return outcome(assets, np.clip(net, 0.0, np.maximum(assets.buy_max, 0.0)), np.clip(-net, 0.0, assets.sell_max))


def _tail(task: Task, after: Outcome) -> np.ndarray:
    """Indices of the worst scenarios, a little more than the tail, in ascending order."""
    order = np.argsort(after.pnl, kind="stable")
    mass = np.cumsum(task.assets.probability[order])
    wanted = min((1.0 - LEVEL) * task.effort.tail, 1.0)
    return np.sort(order[: int(np.searchsorted(mass, wanted)) + 1])


def run_solver(problem: Any) -> str:
    """Solve with the first solver that answers and return its name; "" where the problem is infeasible.

    Raises StresstestError with the status of every solver when none gives an answer that satisfies the constraints.
    """
    record: list[str] = []
    for name, options in SOLVERS:
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # cvxpy warns about inaccurate answers: the status is read below
                problem.solve(solver=name, ignore_dpp=True, **options)
        except cp.SolverError as error:
            record.append(f"{name}: {error}")
            continue
        if problem.status == cp.OPTIMAL and _violation(problem.constraints) <= 1e-7:
            return name
        if problem.status == cp.INFEASIBLE:
            return ""
        record.append(f"{name}: {problem.status}")
    raise StresstestError(f"no solver gave an answer that satisfies the limits ({'; '.join(record)})")


def _violation(constraints: Sequence[Any]) -> float:
    return max(float(np.max(constraint.violation(), initial=0.0)) for constraint in constraints)
