"""Reserve management: what the committee buys so that reserves keep up with the banks, with and after runoff.

A plan may say that L is to be kept at a level (rule "maintain", which ``hold`` has): then bills follow the growth of
currency and of the demand for reserves, and make up within a year what L lacks.

After runoff both episodes on record ended with purchases: bills from four weeks after the break of September 2019, 60 a
month; and from 12 December 2025, after a halt on the first, 40 a month, then 25 and 10. So the fallback is the amount
that ``hold`` announces, or what keeps L from falling; and, below the level that ``hold`` keeps, the pace of the record
while SOFR trades over the rate on reserves.
"""

from __future__ import annotations

from datetime import date
from functools import cache

import numpy as np

from ..records import RunoffPlan
from ..tables import Draws
from ..units import MONTHS_A_YEAR, WEEKS_A_MONTH, WEEKS_A_YEAR
from .constants import constant
from .plan import named_plan
from .rules import KEPT
from .schedule import is_runoff, step_at
from .state import State


def falls_back(plan: RunoffPlan) -> bool:
    """Whether the committee buys after the runoff of ``plan``: with its reaction on, and at the Federal Reserve."""
    return plan.reaction and plan.bank == "fed" and is_runoff(plan)


def bought(state: State, p: Draws) -> np.ndarray:
    """Bills bought this week on each path, USD bn a month, (S,); none in an emergency or while a rule of the plan buys.

    From ``reserve_lag`` after the halt, or after the end of the plan.
    """
    lag = np.maximum(1.0, np.rint(p["reserve_lag"] * WEEKS_A_YEAR))
    free = (state.stopped >= lag) & (state.emergency_left <= 0) & (state.purchases.weeks <= 0)
    keeps = np.maximum(least(), keeping(state, p))
    more = (state.scarcity < ample()) * np.maximum(0.0, p["reserve_pace"] / MONTHS_A_YEAR - keeps)
    return np.asarray(free * (keeps + state.window.over_iorb * more))


def keeping(state: State, p: Draws) -> np.ndarray:
    """What keeps L where it is, USD bn a month, (S,): growth of bank assets and of currency; no swings are foreseen."""
    liquid = state.items["reserves"] + state.items["on_rrp"]
    a_year = p["bank_asset_growth"] * liquid + p["currency_growth"] * state.items["currency"]
    return np.asarray(a_year / MONTHS_A_YEAR)


def upkeep(state: State, plan: RunoffPlan, day: date, kept: float, p: Draws) -> np.ndarray:
    """Bills that lead L back to ``kept`` and that ``plan`` has not announced for ``day``, USD bn a month, (S,).

    Growth, and what L lacks spread over ``ample_gap``; together at most the pace of the record, ``reserve_pace``. None
    in an emergency.
    """
    free = state.emergency_left <= 0
    lacking = np.maximum(0.0, kept - state.scarcity) * state.bank_assets
    wanted = keeping(state, p) + lacking / constant("ample_gap") * WEEKS_A_MONTH
    announced = step_at(plan, day).bill_purchases * state.running
    return np.asarray(free * np.maximum(0.0, np.minimum(wanted, p["reserve_pace"] / MONTHS_A_YEAR) - announced))


@cache
def least() -> float:
    """Bills that the plan ``hold`` buys, USD bn a month."""
    return named_plan("hold").steps[0].bill_purchases


@cache
def ample() -> float:
    """The level of L, decimal, that the plan ``hold`` keeps."""
    return next(rule.conditions[KEPT] for rule in named_plan("hold").rules if rule.when == "maintain")
