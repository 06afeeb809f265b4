"""Reserve management: what the committee buys once runoff is over, so that reserves keep up with the banks.

Both episodes on record ended this way: bills from four weeks after the break of September 2019, 60 a month; and from
12 December 2025, after a halt on the first, 40 a month, then 25 and 10. So the fallback is the plan ``hold``: its
amount, or what keeps L from falling; and the pace of the record while SOFR trades over the rate on reserves.
"""

from __future__ import annotations

from functools import cache

import numpy as np

from ..records import RunoffPlan
from ..tables import Draws
from ..units import WEEKS_A_YEAR
from .plan import named_plan
from .schedule import is_runoff
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
    return np.asarray(free * (keeps + state.window.over_iorb * np.maximum(0.0, p["reserve_pace"] / 12 - keeps)))


def keeping(state: State, p: Draws) -> np.ndarray:
    """What keeps L where it is, USD bn a month, (S,): growth of bank assets and of currency; no swings are foreseen."""
    liquid = state.items["reserves"] + state.items["on_rrp"]
    return np.asarray((p["bank_asset_growth"] * liquid + p["currency_growth"] * state.items["currency"]) / 12)


@cache
def least() -> float:
    """Bills that the plan ``hold`` buys, USD bn a month."""
    return named_plan("hold").steps[0].bill_purchases
