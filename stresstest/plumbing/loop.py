"""The weekly loop: plan and weather in, balance sheet, funding spread and regimes out. Vectorised over paths.

One step books the flows of a week, finds the new scarcity, draws the funding spread of each business day, and asks
whether the committee stops and whether turbulence begins. Only the loop over weeks is a Python loop.
"""

from __future__ import annotations

import itertools
from datetime import date, timedelta
from functools import cache

import numpy as np

from ..records import MarketSnapshot, RunoffPlan, Supply
from ..tables import Draws
from ..units import WEEKS_A_MONTH, WEEKS_A_YEAR
from . import decisions, facilities, funding, liabilities
from .booking import Week, book_week
from .calendar import FundingDay, business_days, funding_day
from .ladder import make_ladder
from .recorder import Plumbing, Recorder
from .schedule import make_schedule
from .state import Conditions, Given, State, no_chance, start_state


def week_dates(start: date, weeks: int) -> tuple[date, ...]:
    """T+1 weekly dates from ``start``."""
    return tuple(start + timedelta(weeks=i) for i in range(weeks + 1))


@cache
def weekly_calendar(start: date, weeks: int) -> tuple[tuple[FundingDay, ...], ...]:
    """Business days of each week, with their calendar effects."""
    dates = week_dates(start, weeks)
    return tuple(
        tuple(funding_day(day) for day in business_days(before, after)) for before, after in itertools.pairwise(dates)
    )


def run_loop(
    plan: RunoffPlan,
    snapshot: MarketSnapshot,
    weeks: int,
    conditions: Conditions | None,
    p: Draws,
    baseline_supply: float,
    given: Given,
) -> Plumbing:
    """Run ``plan`` from the snapshot for ``weeks`` weeks; arguments as in ``project``, already checked."""
    dates, calendar = week_dates(snapshot.as_of, weeks), weekly_calendar(snapshot.as_of, weeks)
    chance = conditions if conditions is not None else no_chance(weeks, sum(len(week) for week in calendar))
    ladder = make_ladder(snapshot, plan.bank)
    schedule = make_schedule(plan, ladder, snapshot.as_of, weeks)
    state = start_state(plan, snapshot, ladder, schedule.months, chance.paths, p, given)
    keep = Recorder(chance.paths, weeks, chance.daily.shape[1], state)
    policy = liabilities.policy_path(snapshot, weeks)
    leverage_high = chance.leverage < p["leverage_high"]
    day_count = 0
    for number, days in enumerate(calendar):
        week = Week(number, dates[number + 1], plan, schedule, snapshot, given, policy)
        book_week(state, week, chance.tga[:, number], p)
        spread = _spread_week(state, days, chance, slice(day_count, day_count + len(days)), number, p)
        day_count += len(days)
        if plan.bank == "fed":
            _borrow(state, spread, p)
        decisions.markets_week(state, chance, week, p)
        fragile = leverage_high & ((state.window > p["liquidity_spread"][:, None]).mean(axis=1) > p["liquidity_share"])
        if conditions is not None:
            decisions.decide(state, week, spread, chance.chance[:, :, number], p)
            pace = _pace(state, snapshot["gdp"], number + 1, p) - baseline_supply
            decisions.turn(state, pace, fragile, chance.chance[3, :, number], chance.entry, p)
        keep.week(number, state, spread, fragile)
    return keep.result(dates, calendar, snapshot)


def _spread_week(
    state: State, days: tuple[FundingDay, ...], chance: Conditions, columns: slice, week: int, p: Draws
) -> np.ndarray:
    """Daily spreads of the week, (S, days); updates the demand state and the 20-day window."""
    weekly_memory = p["demand_persistence"] ** (1.0 / WEEKS_A_MONTH)
    shock = p["demand_sd"] * np.sqrt(1.0 - weekly_memory**2)
    state.demand = weekly_memory * state.demand + shock * chance.demand[:, week]
    noise, uniform = chance.daily[:, columns], chance.spikes[:, :, columns]
    spread = funding.week_spread(days, state.scarcity, state.anchor + state.demand, noise, uniform, p)
    state.window = np.concatenate([state.window[:, len(days) :], spread], axis=1)
    return spread


def _borrow(state: State, spread: np.ndarray, p: Draws) -> None:
    """Book what banks borrow overnight on the last day of the week: loans and reserves grow together."""
    taken = facilities.take_up(spread[:, -1], p) + np.zeros_like(state.borrowed)
    change = taken - state.borrowed
    for name in ("loans_repo", "reserves"):
        state.items[name] = state.items[name] + change
    state.borrowed = taken


def _pace(state: State, gdp: float, weeks: int, p: Draws) -> np.ndarray:
    """Effective supply so far as a share of GDP a year."""
    return Supply(**state.supply).duration(p["bill_factor"]) / gdp * WEEKS_A_YEAR / weeks
