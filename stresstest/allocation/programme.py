"""The convex programme, written so that it reads like the sentence it stands for."""

# mypy: disable-error-code="attr-defined"
# cvxpy re-exports its functions in a way that mypy does not follow.

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import cvxpy as cp
import numpy as np

from .assets import LARGEST_TRADE, Assets
from .outcome import unchanged
from .rules import Row

#: Level of expected shortfall, as in the report.
LEVEL = 0.95
#: No limit is relaxed by more steps than this.
MOST_STEPS = 1e4
#: Losses, cash and value at risk stay inside this multiple of net value.
BOX = 100.0


@dataclass(frozen=True)
class Branch:
    """Sale proceeds repay margin debt first: either the debt is gone, or nothing is bought and no cash is kept."""

    debt_max: float
    cash_max: float
    may_buy: bool


def branches(assets: Assets) -> tuple[Branch, ...]:
    """The two ways to treat margin debt, or the only way of a book without any."""
    repaid = Branch(debt_max=0.0, cash_max=BOX, may_buy=True)
    owing = Branch(debt_max=assets.debt, cash_max=0.0, may_buy=False)
    return (repaid, owing) if assets.debt > 0.0 else (repaid,)


@dataclass(frozen=True)
class Decisions:
    """Variables, and what follows from them. Expressions of cvxpy; fractions of net value."""

    buy: Any
    sell: Any
    cash: Any
    debt: Any
    tax: Any
    weights: Any
    cost: Any
    constraints: list[Any]

    @property
    def value(self) -> Any:
        """Net value after cost and tax."""
        return 1.0 - self.cost - cp.sum(self.tax)


def decisions(assets: Assets, branch: Branch) -> Decisions:
    """Trades within their room, and the two identities of money: cash and tax."""
    count = len(assets.weights)
    buy_max = np.where(assets.short | branch.may_buy, assets.buy_max, 0.0)
    buy = cp.Variable(count, bounds=[0.0, buy_max])
    sell = cp.Variable(count, bounds=[0.0, assets.sell_max])
    cash = cp.Variable(bounds=[0.0, branch.cash_max])
    debt = cp.Variable(bounds=[0.0, branch.debt_max])
    tax = cp.Variable(2, bounds=[0.0, LARGEST_TRADE])
    cost = assets.cost @ (buy + sell)
    closes = sell + cp.multiply(assets.short.astype(float), buy - sell)
    money = [
        cash - debt == assets.cash - assets.debt + cp.sum(sell) - cp.sum(buy) - cost - cp.sum(tax),
        tax >= cp.multiply(assets.tax_rate, assets.gain @ closes),
        tax <= cp.multiply(assets.tax_rate, np.maximum(assets.gain, 0.0) @ closes),  # no money is burnt to lower value
    ]
    return Decisions(buy, sell, cash, debt, tax, assets.weights + buy - sell, cost, money)


def limited(rows: Sequence[Row], after: Decisions, slack: Any = 0.0) -> Any:
    """One inequality per row: direction * (measure - limit) <= slack, scaled by net value after costs where due.

    slack: (J,) relaxation, negative to keep room, or none.
    """
    weights = np.array([row.direction * row.weights for row in rows])
    bought, sold, cash, debt, constant, limit = (
        np.array([row.direction * getattr(row, key) for row in rows])
        for key in ("bought", "sold", "cash", "debt", "constant", "limit")
    )
    per_value = np.array([row.per_value for row in rows])
    beside = np.array([row.beside for row in rows])
    allowed = limit * (beside + ~per_value) + cp.multiply(limit * per_value, after.value)
    trades = bought * cp.sum(after.buy) + sold * cp.sum(after.sell)
    amount = weights @ after.weights + trades + cash * after.cash + debt * after.debt + constant
    return amount <= allowed + slack


@dataclass(frozen=True)
class Programme:
    """The problem on a subset of the simulated scenarios, with handles to read the answer."""

    problem: Any
    after: Decisions
    limits: Any


def programme(
    assets: Assets,
    rows: Sequence[Row],
    branch: Branch,
    scenarios: np.ndarray,
    defensiveness: float,
    worst: int,
) -> Programme:
    """Minimise tail loss, named loss, cost, tax and return given up, within the limits.

    scenarios: indices of the simulated scenarios kept. The others count as outside the tail, so the optimum is a lower
    bound of the optimum over all scenarios.
    """
    after = decisions(assets, branch)
    pnl = _gain(assets.returns[scenarios], assets.cash_return[scenarios], assets.debt_return[scenarios], after)
    pnl += assets.fixed_pnl[scenarios]
    named_pnl = _gain(assets.named, assets.cash_named, assets.debt_named, after) + assets.fixed_named
    tail_loss, tail = _tail_loss(pnl, assets.probability[scenarios])
    count = min(worst, len(assets.names))
    named_loss = cp.sum_largest(-named_pnl, count) / count
    trading_cost = after.cost + cp.sum(after.tax)
    objective = defensiveness * (tail_loss + named_loss) + trading_cost
    objective += (1.0 - defensiveness) * _return_given_up(assets, after)
    limits = limited(rows, after)
    problem = cp.Problem(cp.Minimize(objective), [*after.constraints, *tail, limits])
    return Programme(problem, after, limits)


def _gain(returns: np.ndarray, cash_return: np.ndarray, debt_return: np.ndarray, after: Decisions) -> Any:
    return returns @ after.weights + cash_return * after.cash - debt_return * after.debt


def _tail_loss(pnl: Any, probability: np.ndarray) -> tuple[Any, list[Any]]:
    """Expected shortfall as the smallest z + E[(loss - z)+] / tail (Rockafellar and Uryasev, 2000)."""
    threshold = cp.Variable(bounds=[-BOX, BOX])
    beyond = cp.Variable(len(probability), bounds=[0.0, BOX])
    return threshold + (probability / (1.0 - LEVEL)) @ beyond, [beyond >= -pnl - threshold]


def _return_given_up(assets: Assets, after: Decisions) -> Any:
    mean = assets.probability
    expected = (mean @ assets.returns) @ after.weights + float(mean @ assets.cash_return) * after.cash
    expected -= float(mean @ assets.debt_return) * after.debt
    today = float(mean @ (unchanged(assets).pnl - assets.fixed_pnl))
    return cp.pos(today - expected)
