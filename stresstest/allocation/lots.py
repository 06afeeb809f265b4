"""From the exact optimum to orders that can be sent: whole lots, a smallest trade, every limit checked again."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .assets import Assets
from .limits import Smallest
from .outcome import Outcome, closed, objective, outcome
from .screening import Solution, Task, solve

#: A number of lots this near to a whole one is that whole one: noise of the solver must not cost a lot.
NEARLY_WHOLE = 1e-6


@dataclass(frozen=True)
class Orders:
    """Trades in whole lots. exact: the optimum before rounding. rounding: objective lost to lots and small trades.

    searched: plain rounding broke a limit. kept_small: a limit needs trades below the smallest size.
    """

    after: Outcome
    exact: Solution
    rounding: float
    searched: bool = False
    kept_small: bool = False


@dataclass(frozen=True)
class NoLots:
    """The limits can be met, but not in whole lots. nearest: the whole lots that break them least."""

    nearest: Outcome


def orders(task: Task, smallest: Smallest) -> Orders | NoLots | None:
    """Whole-lot trades that respect every limit, or None where the limits cannot be met at all.

    Where rounding breaks a limit, the nearest whole lots within the limits are searched, with trades below the smallest
    size as a last resort.
    """
    exact = solve(task)
    if exact is None:
        return None
    minimum = max(smallest.minimum_usd / task.assets.value, smallest.minimum_share)
    after = whole_lots(task.assets, exact.after, minimum)
    if task.holds(after):
        return Orders(after, exact, _lost(task, after, exact))
    return _searched(task, exact, minimum)


def whole_lots(assets: Assets, exact: Outcome, minimum: float) -> Outcome:
    """Trades in whole lots of at least ``minimum`` (fraction of net value).

    Sales of longs and purchases that cover shorts round up, for they cut risk and raise cash; other purchases round
    down. A whole position can always be closed, odd lots included, and is where less than ``minimum`` would be left.
    """
    lot_value = assets.lot_value
    position = np.abs(assets.weights)
    closing = _up(closed(assets, exact.buy, exact.sell), lot_value)
    closing = np.where((closing > 0.0) & (position - closing < minimum), position, closing)
    sell = np.where(assets.short, 0.0, closing)
    buy = np.where(assets.short, closing, _down(exact.buy, lot_value))
    sent = buy + sell >= minimum
    return outcome(assets, buy * sent, sell * sent)


def _searched(task: Task, exact: Solution, minimum: float) -> Orders | NoLots:
    from .lot_search import least_broken, nearest

    for least in (minimum, 0.0):
        after = nearest(task, exact.after, least)
        if after is not None:
            return Orders(after, exact, _lost(task, after, exact), True, least == 0.0)
    after = least_broken(task, exact.after)
    return Orders(after, exact, _lost(task, after, exact), True, True) if task.holds(after) else NoLots(after)


def _up(amount: np.ndarray, step: np.ndarray) -> np.ndarray:
    return np.asarray(np.ceil(amount / step - NEARLY_WHOLE) * step)


def _down(amount: np.ndarray, step: np.ndarray) -> np.ndarray:
    return np.asarray(np.floor(amount / step + NEARLY_WHOLE) * step)


def _lost(task: Task, after: Outcome, exact: Solution) -> float:
    return objective(task.assets, after, task.defensiveness, task.goal.worst_scenarios) - exact.objective
