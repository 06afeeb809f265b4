"""What markets and the committee do in a week: equities, VIX, the mortgage rate, macro, and decisions on the plan."""

from __future__ import annotations

import numpy as np

from ..tables import Draws
from ..units import WEEKS_A_YEAR
from . import reaction
from .booking import Week
from .constants import constant
from .rules import apply_rules
from .schedule import is_runoff
from .state import Conditions, State
from .treasuries import expected_inflation


def markets_week(state: State, chance: Conditions, week: Week, p: Draws) -> None:
    """Equity level, its peak, VIX, the mortgage rate, unemployment and inflation, as the committee sees them."""
    number = week.number
    equity = np.where(state.turbulent, chance.equity_turbulent[:, number], chance.equity_calm[:, number])
    state.equity = state.equity + equity
    state.peak = np.maximum(state.peak, state.equity)
    pull = p["vix_mean"] + p["vix_persistence"] * (state.vix - p["vix_mean"])
    state.vix = np.maximum(p["vix_floor"], pull + p["vix_beta"] * equity)
    rate = week.level("mortgage_rate")
    moved = state.mortgage_rate + chance.mortgage[:, number] if rate is None else rate + np.zeros_like(state.equity)
    rise = moved - state.mortgage_rate
    state.together = (equity < -p["emergency_equity_level"]) & (rise > p["emergency_yield_level"])
    state.mortgage_rate = np.maximum(0.0, moved)
    _macro_week(state, chance, week)


def _macro_week(state: State, chance: Conditions, week: Week) -> None:
    """Given paths, or the laws: unemployment answers to drawdowns with a lag, inflation returns to expectations."""
    number, snapshot = week.number, week.snapshot
    if chance.unemployment is not None:
        state.unemployment = chance.unemployment[:, number]
    else:
        aim = snapshot["unemployment"] + constant("unemployment_drawdown") * drawdown(state)
        state.unemployment = state.unemployment + (aim - state.unemployment) / constant("unemployment_lag")
    if chance.inflation is not None:
        state.inflation = chance.inflation[:, number]
    else:
        years = (number + 1) / WEEKS_A_YEAR + constant("tips_month_lag")
        level = expected_inflation(years, snapshot["cpi_yoy"], snapshot["breakeven_10y"])
        state.inflation = np.full(chance.paths, level)


def drawdown(state: State) -> np.ndarray:
    """Fall of equities from their peak, (S,), positive."""
    return np.asarray(1.0 - np.exp(state.equity - state.peak))


def decide(state: State, week: Week, spread: np.ndarray, chance: np.ndarray, p: Draws) -> None:
    """What the central bank decides at the end of the week: its hazards, then the rules of the plan."""
    if week.plan.reaction:
        _react(state, spread, is_runoff(week.plan), chance, week.snapshot["cpi_yoy"], p)
    if week.plan.rules:
        observed = {
            "days_over_iorb": (state.window > 0).mean(axis=1),
            "liquidity": state.scarcity,
            "drawdown": drawdown(state),
            "unemployment": state.unemployment,
            "inflation": state.inflation,
        }
        state.pace = apply_rules(week.plan.rules, week.day, observed, state.pace, state.purchases)


def _react(state: State, spread: np.ndarray, shrinks: bool, chance: np.ndarray, inflation: float, p: Draws) -> None:
    """Emergency purchases after a break; and, for a plan that shrinks the balance sheet, stop or resume."""
    emergency = chance[1] < reaction.emergency_hazard(spread.max(axis=1), state.vix, state.together, p)
    state.emergency_left = np.where(emergency, p["emergency_weeks"] * WEEKS_A_YEAR, state.emergency_left - 1.0)
    if not shrinks:
        return
    above_floor = (state.window > 0).mean(axis=1)
    halt = chance[0] < reaction.halt_hazard(above_floor, drawdown(state), inflation, state.scarcity, p)
    restart = chance[2] < reaction.restart_hazard(state.scarcity, inflation, p)
    running = np.where(state.running, ~(halt | emergency), restart)
    state.pace = np.where(running, np.where(state.running, state.pace, 1.0), 0.0)


def turn(
    state: State, pace: np.ndarray, fragile: np.ndarray, chance: np.ndarray, entry: np.ndarray | None, p: Draws
) -> None:
    """Enter or leave turbulence, which begins with a fall of equities by ``entry`` (S,).

    pace: supply above the baseline, share of GDP a year; chance: (S,) uniform.
    """
    enter = ~state.turbulent & (chance < reaction.turbulence_hazard(state.scarcity, pace, fragile, p))
    leave = state.turbulent & (chance < reaction.calm_hazard(p))
    state.turbulent = (state.turbulent & ~leave) | enter
    if entry is not None:
        fall = np.where(enter, entry, 0.0)
        state.equity = state.equity + fall
        state.vix = state.vix + p["vix_beta"] * fall
