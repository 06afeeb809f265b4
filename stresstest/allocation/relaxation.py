"""When no trade meets the limits: which of them collide, and the smallest change of each that opens a way."""

# mypy: disable-error-code="attr-defined"
# cvxpy re-exports its functions in a way that mypy does not follow.

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Any

import cvxpy as cp
import numpy as np

from .assets import Assets
from .lot_search import broken_steps
from .outcome import Outcome
from .programme import MOST_STEPS, Branch, Decisions, branches, decisions, limited
from .rules import Row
from .screening import Task, outcome_of, run_solver
from .sentences import SENTENCES, amount, decimal

#: Slack below this many steps is noise of the solver.
NOISE = 1e-6
#: Limits are relaxed to a whole number of this part of a step, plus the same part again: whole lots need room.
ROUND_STEP = 0.25


@dataclass(frozen=True)
class Relaxation:
    """A change of one limit, in its own unit. alone: it opens a way without any other change."""

    row: Row
    slack: float
    alone: bool

    @property
    def steps(self) -> float:
        """Size in steps of the limit's own scale."""
        return self.slack / self.row.rule.scale

    @property
    def level(self) -> float:
        """The relaxed limit, rounded outwards."""
        step = ROUND_STEP * self.row.rule.scale
        relaxed = self.row.direction * self.row.limit + self.slack
        return self.row.direction * math.ceil(relaxed / step + ROUND_STEP) * step

    def sentence(self) -> str:
        """One line that a user can act on, with the keys of the limits file."""
        verb = SENTENCES["raise" if self.row.rule.sense == "<=" else "lower"]
        return SENTENCES["relax_alone" if self.alone else "relax_together"].format(verb=verb, **self.told())

    def told(self) -> dict[str, str]:
        """The limit, its level and the relaxed one in the unit of the report, and what to write in a limits file."""
        old, new = (amount(level, self.row.rule.unit) for level in (self.row.limit, self.level))
        return {"limit": self.row.name, "old": old, "new": new, "setting": self._setting()}

    def _setting(self) -> str:
        """Keys of the limit. A level alone is absolute: where other rows of the limit rest on today, that is kept."""
        rule = self.row.rule
        level = f"{'max' if rule.name == 'group' else 'level'} = {decimal(self.level)}"
        keeps = self.row.is_one_of_many and rule.relative is not None
        return f"{level}, relative = {rule.relative:g}" if keeps else level


def relaxations(assets: Assets, rows: tuple[Row, ...]) -> tuple[Relaxation, ...]:
    """Relaxations that open a way, smallest first.

    Each limit that takes part in the conflict is tried alone, all others kept. Where none suffices alone, the set with
    the smallest sum of steps is returned, to be relaxed together.
    """
    keys = np.array([_key(row) for row in rows])
    steps, conflict = _elastic(assets, rows, np.ones(len(rows), dtype=bool))
    together = _by_key(rows, keys, steps, alone=False)
    alone: list[Relaxation] = []
    for key in dict.fromkeys(keys[conflict]):
        steps, _ = _elastic(assets, rows, keys == key)
        if not (steps[keys != key] > NOISE).any():
            alone += _by_key(rows, keys, steps, alone=True)
    return tuple(sorted(alone or together, key=lambda found: found.steps))


def lot_relaxations(task: Task, after: Outcome) -> tuple[Relaxation, ...]:
    """Relaxations that together let the whole lots of ``after`` respect the limits, smallest first."""
    keys = np.array([_key(row) for row in task.rows])
    found = _by_key(task.rows, keys, broken_steps(task, after), alone=False)
    if len(found) == 1:
        found = [replace(found[0], alone=True)]
    return tuple(sorted(found, key=lambda relaxation: relaxation.steps))


def ease(row: Row, ways: tuple[Relaxation, ...]) -> Row:
    """``row`` at the level of the relaxation that is about it; a limit that is looser already stays."""
    for way in ways:
        if _key(way.row) == _key(row) and row.direction * way.level > row.direction * row.limit:
            return replace(row, limit=way.level)
    return row


def _key(row: Row) -> str:
    """Where a user finds the limit: the rule, or the group cap by its full name."""
    return row.name if row.rule.name == "group" else row.rule.name


def _by_key(rows: tuple[Row, ...], keys: np.ndarray, steps: np.ndarray, alone: bool) -> list[Relaxation]:
    """One relaxation per key: that of its row which needs the loosest level."""
    loosest: dict[str, Relaxation] = {}
    for j in np.flatnonzero(steps > NOISE):
        found = Relaxation(rows[j], float(steps[j]) * rows[j].rule.scale, alone)
        rival = loosest.setdefault(str(keys[j]), found)
        if found.row.direction * found.level > rival.row.direction * rival.level:
            loosest[str(keys[j])] = found
    return list(loosest.values())


def _elastic(assets: Assets, rows: tuple[Row, ...], free: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """(J,) smallest slack in steps with the ``free`` (J,) limits elastic, zero where that does not suffice.

    Also (J,) True for the limits that take part in the conflict: those with slack or with a shadow price.
    """
    best, least = (np.zeros(len(rows)), np.zeros(len(rows), dtype=bool)), np.inf
    for branch in branches(assets):
        problem, trades, limits = _problem(assets, rows, branch, free)
        if run_solver(problem) and problem.value < least:
            after, least = outcome_of(assets, trades), problem.value
            steps = np.array([max(row.excess(after), 0.0) / row.rule.scale for row in rows])
            best = steps, (steps > NOISE) | (np.asarray(limits.dual_value) > NOISE)
    return best


def _problem(assets: Assets, rows: tuple[Row, ...], branch: Branch, free: np.ndarray) -> tuple[Any, Decisions, Any]:
    after = decisions(assets, branch)
    slack = cp.Variable(len(rows), bounds=[0.0, np.where(free, MOST_STEPS, 0.0)])
    scale = np.array([row.rule.scale for row in rows])
    limits = limited(rows, after, cp.multiply(scale, slack))
    return cp.Problem(cp.Minimize(cp.sum(slack)), [*after.constraints, limits]), after, limits
