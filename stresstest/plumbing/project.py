"""From a plan to the balance sheet and the funding spread that it leads to: the stage's front."""

from __future__ import annotations

from dataclasses import replace

from ..errors import InputError, Problem
from ..records import MarketSnapshot, RunoffPlan, Supply
from ..tables import Draws, central
from .course import Course, make_course, week_dates, weekly_calendar
from .loop import run_loop
from .recorder import IDENTITY_TOLERANCE, Plumbing, layout
from .room import Columns, Room
from .state import Conditions, Given, check_given, no_chance

__all__ = [
    "IDENTITY_TOLERANCE",
    "Conditions",
    "Given",
    "Plumbing",
    "announced_supply",
    "project",
    "project_block",
    "week_dates",
    "weekly_calendar",
]


def project(
    plan: RunoffPlan,
    snapshot: MarketSnapshot,
    weeks: int,
    conditions: Conditions | None = None,
    parameters: Draws | None = None,
    baseline_supply: float = 0.0,
    given: Given | None = None,
) -> Plumbing:
    """Run ``plan`` from the snapshot for ``weeks`` weeks.

    conditions: None means no chance at all: one path, central parameters, dated amounts alone (no reaction, no rules).
    parameters: draws with S entries, or central values. baseline_supply: effective supply of the plan that markets
    expect, share of GDP a year; faster supply raises the hazard of turbulence. given: weekly levels that replace the
    laws of the plumbing (names in ``state.GIVEN``, T+1 values each).

    Raises InputError for given levels that do not fit and for a plan of another bank, and StresstestError when the
    balance-sheet identity does not close (a bug, never the user's fault).
    """
    if plan.bank != "fed":
        hint = "Plans of other banks run on their own balance sheets: stresstest project --plan NAME."
        raise InputError(Problem(None, "plan", f"a plan of {plan.bank}", "a plan of the Federal Reserve", hint))
    p, levels = central() if parameters is None else parameters, check_given(given or {}, weeks)
    course, paths = make_course(plan, snapshot, weeks), 1 if conditions is None else conditions.paths
    room = Room(paths, layout(course, detail=True), float)
    return run_loop(course, conditions, p, baseline_supply, levels, room.columns(0, paths))


def project_block(
    course: Course, conditions: Conditions, parameters: Draws, baseline_supply: float, room: Columns
) -> Plumbing:
    """``project`` for a block of many paths, whose record is kept in ``room`` (see ``recorder.layout``).

    Single precision is enough for the draws: amounts are booked in double precision all the same.
    """
    return run_loop(course, conditions, parameters, baseline_supply, {}, room)


def announced_supply(plan: RunoffPlan, snapshot: MarketSnapshot, weeks: int, parameters: Draws | None = None) -> Supply:
    """Supply that the plan implies where nothing happens but what it says itself: each kind (T+1,).

    Its rules are asked every week on that one path, without chance; the reaction of the committee is left out. A rule
    that only chance can trigger (a drawdown, unemployment, inflation) therefore never acts here, though on some paths
    it does: where it stops runoff, more is announced than is handed over on average (docs/model/plumbing.md).
    parameters: one draw, or central values.
    """
    days = sum(len(week) for week in weekly_calendar(snapshot.as_of, weeks))
    stated = replace(plan, reaction=False)
    return project(stated, snapshot, weeks, no_chance(weeks, days), parameters).balance.supply.at(0)
