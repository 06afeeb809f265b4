"""The weekly loop: plan and weather in, balance sheet, funding spread and regimes out. Vectorised over paths.

One step books the flows of a week, finds the new scarcity, draws the funding spread of each business day, and asks
whether the committee stops and whether turbulence begins. Only the loop over weeks is a Python loop.
"""

from __future__ import annotations

import numpy as np

from ..records import Supply
from ..tables import Draws
from ..units import WEEKS_A_YEAR
from . import decisions, facilities, funding
from .booking import Week, book_week
from .calendar import FundingDay
from .course import Course
from .demand import weekly_memory, weekly_shock
from .recorder import Plumbing, Recorder
from .room import Columns
from .state import Conditions, Given, State, no_chance, start_state


def run_loop(
    course: Course, conditions: Conditions | None, p: Draws, baseline_supply: float, given: Given, room: Columns
) -> Plumbing:
    """Run the plan of ``course``; arguments as in ``project``, already checked.

    room: where the record is kept, laid out as ``recorder.layout`` says.
    """
    chance = conditions if conditions is not None else no_chance(course.weeks, len(course.days))
    state = start_state(course, chance, p, given)
    keep = Recorder(room, course, state)
    leverage_high = chance.leverage < p["leverage_high"]
    asked = decisions.bars(chance) if conditions is not None else None
    for number, spread_days in enumerate(course.calendar):
        week = Week(number, course, given)
        book_week(state, week, chance.tga[:, number], p)
        spread = _spread_week(state, spread_days, chance, number, p)
        if course.plan.bank == "fed":
            _borrow(state, spread[-1], p)
        decisions.markets_week(state, chance, week, p)
        fragile = leverage_high & (state.window.stressed > p["liquidity_share"])
        if asked is not None:
            decisions.decide(state, week, spread.max(axis=0), asked, p)
            pace = _pace(state, course.snapshot["gdp"], number + 1, p) - baseline_supply
            decisions.turn(state, number, pace, fragile, asked, chance.entry, p)
        keep.week(number, state, spread, fragile)
    return keep.plumbing()


def _spread_week(state: State, days: tuple[FundingDay, ...], chance: Conditions, week: int, p: Draws) -> np.ndarray:
    """Daily spreads of the week, (days, S); updates the demand state and the 20-day window."""
    state.demand = p.once(weekly_memory) * state.demand + p.once(weekly_shock) * chance.demand[:, week]
    rows = slice(state.window.seen, state.window.seen + len(days))
    noise, uniform = chance.daily.T[rows], chance.spikes.transpose(0, 2, 1)[:, rows]
    spread = funding.daily_spread(days, state.scarcity, state.anchor + state.demand, noise, uniform, p)
    state.window.add(spread)
    return spread


def _borrow(state: State, spread: np.ndarray, p: Draws) -> None:
    """Book what banks borrow overnight on the last day of the week: loans and reserves grow together."""
    taken = facilities.take_up(spread, p)
    change = taken - state.borrowed
    for name in ("loans_repo", "reserves"):
        state.items[name] = state.items[name] + change
    state.borrowed = taken
    state.measure()


def _pace(state: State, gdp: float, weeks: int, p: Draws) -> np.ndarray:
    """Effective supply so far as a share of GDP a year."""
    return Supply(**state.supply).duration(p["bill_factor"]) / gdp * WEEKS_A_YEAR / weeks
