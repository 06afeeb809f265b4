"""What markets and the committee do in a week: equities, VIX, the mortgage rate, macro, and decisions on the plan."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..tables import Draws
from ..units import WEEKS_A_MONTH, WEEKS_A_YEAR
from . import management, reaction
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
    moved = state.mortgage_rate + chance.mortgage[:, number] if rate is None else np.full(1, rate)
    rise = moved - state.mortgage_rate
    state.together = (equity < -p["emergency_equity_level"]) & (rise > p["emergency_yield_level"])
    state.mortgage_rate = np.maximum(0.0, moved)
    _macro_week(state, chance, week)


def _macro_week(state: State, chance: Conditions, week: Week) -> None:
    """Given paths, or the laws: unemployment answers to drawdowns with a lag, inflation returns to expectations."""
    number, snapshot = week.number, week.snapshot
    state.unemployment_trail.append(state.unemployment)
    if chance.unemployment is not None:
        state.unemployment = chance.unemployment[:, number]
    else:
        aim = snapshot["unemployment"] + constant("unemployment_drawdown") * drawdown(state)
        state.unemployment = state.unemployment + (aim - state.unemployment) / constant("unemployment_lag")
    if chance.inflation is not None:
        state.inflation = chance.inflation[:, number]
    else:
        years = (number + 1) / WEEKS_A_YEAR + constant("tips_month_lag")
        state.inflation = np.full(1, expected_inflation(years, snapshot["cpi_yoy"], snapshot["breakeven_10y"]))


def drawdown(state: State) -> np.ndarray:
    """Fall of equities from their peak, (S,), positive."""
    return np.asarray(1.0 - np.exp(state.equity - state.peak))


@dataclass(frozen=True)
class Bars:
    """Log odds (T, S) that the index of each decision must pass: see ``reaction.bar``. calm: (T, S) uniforms."""

    halt: np.ndarray
    emergency: np.ndarray
    restart: np.ndarray
    turbulence: np.ndarray
    calm: np.ndarray


def bars(chance: Conditions) -> Bars:
    """What the uniforms of ``chance`` ask of each index; one uniform serves to enter turbulence and to leave it."""
    halt, emergency, restart, turbulence = (uniform.T for uniform in chance.chance)
    return Bars(
        halt=reaction.bar(halt, WEEKS_A_MONTH),
        emergency=reaction.bar(emergency, 1.0 / reaction.BUSINESS_DAYS),
        restart=reaction.bar(restart, WEEKS_A_MONTH),
        turbulence=reaction.bar(turbulence, WEEKS_A_MONTH),
        calm=turbulence,
    )


def decide(state: State, week: Week, worst: np.ndarray, chance: Bars, p: Draws) -> None:
    """What the central bank decides at the end of the week: its hazards, then the rules of the plan.

    worst: (S,) highest daily spread of the week, decimal.
    """
    if week.plan.reaction:
        _react(state, worst, week, chance, p)
    if week.plan.rules:
        observed = {
            "days_over_iorb": state.window.over_iorb,
            "liquidity": state.scarcity,
            "drawdown": drawdown(state),
            "unemployment": state.unemployment,
            "inflation": state.inflation,
        }

        def upkeep(kept: float) -> np.ndarray:
            return management.upkeep(state, week.plan, week.day, kept, p)

        state.pace = apply_rules(week.plan.rules, week.day, observed, state.pace, state.purchases, upkeep)


def unemployment_rise(state: State) -> np.ndarray:
    """Change of unemployment over the half year that ends now, (S,); none before the start."""
    return np.asarray(state.unemployment - state.unemployment_trail[0])


def _react(state: State, worst: np.ndarray, week: Week, chance: Bars, p: Draws) -> None:
    """Emergency purchases after a break; and, for a plan that shrinks the balance sheet, stop or resume."""
    now, scarcity = week.number, state.scarcity
    emergency = reaction.emergency_index(worst, state.vix, state.together, p) > chance.emergency[now]
    state.emergency_left = np.maximum(state.emergency_left - 1.0, emergency * (p["emergency_weeks"] * WEEKS_A_YEAR))
    if not is_runoff(week.plan):
        return
    over, inflation = state.window.over_iorb.astype(scarcity.dtype), week.snapshot["cpi_yoy"]
    index = reaction.halt_index(over, drawdown(state), unemployment_rise(state), inflation, scarcity, p)
    stops = (index > chance.halt[now]) | emergency
    resumes = ~state.running & (reaction.restart_index(scarcity, inflation, p) > chance.restart[now])
    state.pace = state.pace * ~stops + resumes
    state.stopped = (state.stopped + 1.0) * (~state.running | (week.day > week.plan.end))


def turn(
    state: State, week: int, pace: np.ndarray, fragile: np.ndarray, chance: Bars, entry: np.ndarray | None, p: Draws
) -> None:
    """Enter or leave turbulence in ``week``, which begins with a fall of equities by ``entry`` (S,).

    pace: supply above the baseline, share of GDP a year. fragile: (S,) bool.
    """
    index = reaction.turbulence_index(state.scarcity, pace.astype(state.scarcity.dtype), fragile, p)
    enter = ~state.turbulent & (index > chance.turbulence[week])
    leave = state.turbulent & (chance.calm[week] < p.once(reaction.calm_hazard))
    state.turbulent = (state.turbulent & ~leave) | enter
    if entry is not None:
        fall = enter * entry
        state.equity = state.equity + fall
        state.vix = state.vix + p["vix_beta"] * fall
