"""The proposal, from inputs to trades: the whole story of the stage on one screen."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from ..errors import InputError, Problem
from ..records import LimitCheck, Rebalance
from . import notes, orders_out
from .assets import Assets, assets
from .explanation import Story
from .inputs import Inputs
from .limits import Limits
from .outcome import Outcome, measures, unchanged
from .rules import Row, rows
from .sentences import limit_note
from .stops import stops

if TYPE_CHECKING:
    from .relaxation import Relaxation


#: So many of the largest single names are listed with their limit, whether it binds or not.
LARGEST_NAMES = 3


@dataclass(frozen=True)
class Question:
    """What is asked, and the arrays and limits that it comes to."""

    inputs: Inputs
    limits: Limits
    assets: Assets
    measured: tuple[Row, ...]
    defensiveness: float

    @property
    def rows(self) -> tuple[Row, ...]:
        """Limits that are switched on."""
        return tuple(row for row in self.measured if np.isfinite(row.limit))


def propose(inputs: Inputs, limits: Limits, defensiveness: float = 0.5) -> Rebalance:
    """The trades that best defend the book within the limits; see the programme for the objective.

    defensiveness: 0 trades only what the limits need, 1 gives the tail its full weight and the return given up none.
    Status "optimal" with trades; "no_trade" where nothing material is gained; "infeasible" with the relaxations that
    open a way, and no trades. ``before`` and ``after`` rest on linear P&L; the caller revalues in full.

    Raises InputError for a defensiveness outside 0 to 1, StresstestError where no solver answers.
    """
    from .lots import NoLots, orders  # cvxpy loads only when a proposal is asked for
    from .relaxation import lot_relaxations, relaxations
    from .screening import Task

    if not 0.0 <= defensiveness <= 1.0:
        raise InputError(Problem(None, "defensiveness", repr(defensiveness), "a number from 0 to 1", ""))
    axis = assets(inputs, limits)
    question = Question(inputs, limits, axis, rows(axis, limits), defensiveness)
    if not axis.holdings:
        return _no_trade(question, notes.nothing_to_trade())
    task = Task(axis, question.rows, defensiveness, limits.goal, limits.effort)
    found = orders(task, limits.smallest)
    eased: tuple[Relaxation, ...] = ()
    if found is None:
        return _infeasible(question, relaxations(axis, question.rows), notes.infeasible())
    if isinstance(found, NoLots):
        ways = lot_relaxations(task, found.nearest)
        again = _eased(question, ways)
        task = Task(axis, again.rows, defensiveness, limits.goal, limits.effort)
        found = orders(task, limits.smallest) if again is not question else None
        if found is None or isinstance(found, NoLots):
            return _infeasible(question, ways, notes.no_lots())
        question, eased = again, ways
    if not found.after.traded.any() or not _material(question, found.after):
        return _no_trade(question, notes.no_gain(axis, found.after, limits.goal))
    story = Story(axis, found.after, question.rows, found.exact.prices)
    return Rebalance(
        status="optimal",
        trades=orders_out.trades(story),
        limits=checks(question, found.after, found.exact.prices),
        before=figures(question, unchanged(axis)),
        after=figures(question, found.after),
        out_of_sample={},
        relaxation=(),
        stops=stops(axis, found.after, inputs.book.maintenance_margin),
        gap=found.exact.gap,
        positions_after=orders_out.positions(axis, found.after, inputs.as_of),
        cash_after=orders_out.cash_after(axis, found.after),
        notes=(*notes.eased(eased), *notes.assumptions(inputs, limits, axis, found.after), *notes.solved(axis, found)),
    )


def _eased(question: Question, ways: tuple[Relaxation, ...]) -> Question:
    """The question with default limits eased as far as whole lots need; the same where a user's limit is in the way.

    A default is a wish and not a rule of the user's: where whole lots cannot reach it, they may come near it.
    """
    from .relaxation import ease

    if not ways or not all(way.row.origin.startswith("default") for way in ways):
        return question
    return replace(question, measured=tuple(ease(row, ways) for row in question.measured))


def _material(question: Question, after: Outcome) -> bool:
    """Whether a limit is broken today, or the trades take a material share of net value off a loss.

    Only losses count: where the tail or the named scenarios leave a gain already, a larger gain is no defence.
    """
    before = unchanged(question.assets)
    if not all(row.holds(before) for row in question.rows):
        return True
    worst = question.limits.goal.worst_scenarios
    now, then = measures(question.assets, before, worst), measures(question.assets, after, worst)
    saved = [max(now[key], 0.0) - max(then[key], 0.0) for key in ("es_95", "mean_worst_named_loss")]
    return max(saved) >= question.limits.goal.material


def _no_trade(question: Question, why: str) -> Rebalance:
    axis, before = question.assets, unchanged(question.assets)
    same = figures(question, before)
    return Rebalance(
        status="no_trade",
        trades=(),
        limits=checks(question, before, np.zeros(len(question.rows))),
        before=same,
        after=same,
        out_of_sample={},
        relaxation=(),
        stops=stops(axis, before, question.inputs.book.maintenance_margin),
        gap=0.0,
        positions_after=orders_out.positions(axis, before, question.inputs.as_of),
        cash_after=orders_out.cash_after(axis, before),
        notes=(why, *notes.assumptions(question.inputs, question.limits, axis, before)),
    )


def _infeasible(question: Question, ways: tuple[Relaxation, ...], why: str) -> Rebalance:
    before = unchanged(question.assets)
    same = figures(question, before)
    return Rebalance(
        status="infeasible",
        trades=(),
        limits=checks(question, before, np.zeros(len(question.rows))),
        before=same,
        after={},
        out_of_sample={},
        relaxation=tuple(way.sentence() for way in ways),
        stops=(),
        gap=0.0,
        notes=(why, *notes.assumptions(question.inputs, question.limits, question.assets, before)),
    )


def checks(question: Question, after: Outcome, prices: np.ndarray) -> tuple[LimitCheck, ...]:
    """Limits for the report. Of a family with one row per name: those that bind or were broken, the tightest, the
    names that count most today, and every cover of short calls. Nothing is said of what is neither held nor traded.
    """
    before = unchanged(question.assets)
    touched = (before.weights != 0.0) | (after.weights != 0.0)
    said = [
        (row, price)
        for row, price in zip(question.rows, prices, strict=True)
        if not row.weights.any() or row.weights[touched].any() or not row.is_one_of_many
    ]
    shown = _shown([row for row, _ in said], after)
    return tuple(
        LimitCheck(
            row.name,
            row.rule.sense,
            row.limit,
            row.before,
            row.measure(after),
            row.holds(after),
            float(price),
            row.rule.unit,
            row.origin,
            limit_note(row),
        )
        for row, price in said
        if not row.is_one_of_many or row.name in shown or price > 0.0 or not (row.holds(before) and row.holds(after))
    )


def _shown(rows: list[Row], after: Outcome) -> set[str]:
    """Names of the rows that stand for their family."""
    families: dict[str, list[Row]] = {}
    for row in rows:
        families.setdefault(row.rule.name, []).append(row)
    names = {max(family, key=lambda row: row.excess(after)).name for family in families.values()}
    names |= {row.name for row in families.get("call_cover", [])}
    largest = sorted(families.get("single_name", []), key=lambda row: -row.before)[:LARGEST_NAMES]
    return names | {row.name for row in largest}


def figures(question: Question, after: Outcome) -> dict[str, float]:
    """Measures by name: risk, the limited quantities, and what the trades cost; fractions of net value, years."""
    axis = question.assets
    before = unchanged(axis)
    result = measures(axis, after, question.limits.goal.worst_scenarios)
    result |= {row.name: row.measure(after) for row in question.measured if not row.is_one_of_many}
    turnover = (row.measure(after) for row in question.measured if row.rule.name == "turnover")
    result |= {"turnover": max(turnover), "cost": float(after.cost.sum()), "tax": float(after.tax.sum())}
    result["carry_change"] = float(axis.probability @ (after.pnl - before.pnl))
    return result
