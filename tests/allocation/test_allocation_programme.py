"""The optimum, found a second way; its proof; its shadow prices."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy.optimize import linprog

from stresstest.allocation import Inputs, load_limits
from stresstest.allocation.assets import Assets, assets
from stresstest.allocation.outcome import objective, outcome, unchanged
from stresstest.allocation.programme import LEVEL, branches
from stresstest.allocation.rules import Row, rows
from stresstest.allocation.screening import SOLVERS, Solution, Task, solve
from stresstest.risk.measures import expected_shortfall

LIMITS = load_limits()


def task_for(inputs: Inputs, defensiveness: float = 0.5) -> Task:
    axis = assets(inputs, LIMITS)
    every = rows(axis, LIMITS)
    return Task(axis, every, defensiveness, LIMITS.goal, LIMITS.effort)


def optimum(task: Task) -> Solution:
    solution = solve(task)
    assert solution is not None
    return solution


class FullProgramme:
    """The whole Rockafellar-Uryasev programme with every scenario, as one matrix, for scipy's own HiGHS."""

    def __init__(self, task: Task) -> None:
        self.task, a = task, task.assets
        sizes = {"buy": len(a.weights), "sell": len(a.weights), "cash": 1, "debt": 1, "tax": 2, "z": 1,
                 "u": len(a.probability), "y": 1, "v": len(a.names), "given": 1}  # fmt: skip
        ends = np.cumsum(list(sizes.values()))
        self.at = {key: slice(end - size, end) for (key, size), end in zip(sizes.items(), ends, strict=True)}
        self.width = int(ends[-1])

    def row(self, **parts: object) -> np.ndarray:
        result = np.zeros(self.width)
        for key, value in parts.items():
            result[self.at[key]] = value
        return result

    def pnl(self, returns: np.ndarray, cash: float, debt: float) -> tuple[np.ndarray, float]:
        return self.row(buy=returns, sell=-returns, cash=cash, debt=-debt), float(returns @ self.task.assets.weights)

    def inequalities(self) -> list[tuple[np.ndarray, float]]:
        a = self.task.assets
        result = []
        for s in range(len(a.probability)):
            gain, today = self.pnl(a.returns[s], a.cash_return[s], a.debt_return[s])
            unit = np.zeros(len(a.probability))
            unit[s] = 1.0
            result.append((-gain - self.row(z=1.0, u=unit), today))
        for k in range(len(a.names)):
            gain, today = self.pnl(a.named[k], a.cash_named[k], a.debt_named[k])
            unit = np.zeros(len(a.names))
            unit[k] = 1.0
            result.append((-gain - self.row(y=1.0, v=unit), today))
        gain, today = self.pnl(a.probability @ a.returns, *(a.probability @ x for x in (a.cash_return, a.debt_return)))
        result.append((-gain - self.row(given=1.0), today - float(a.probability @ unchanged(a).pnl)))
        for term in range(2):
            taxable = a.tax_rate[term] * a.gain[term]
            result.append((self.row(buy=taxable * a.short, sell=taxable * ~a.short) - self.row(tax=np.eye(2)[term]), 0))
        return result + [self.limit(row) for row in self.task.rows]

    def limit(self, row: Row) -> tuple[np.ndarray, float]:
        """direction * (measure - limit * value) <= 0 with value = 1 - cost - tax."""
        a, sign = self.task.assets, row.direction
        coefficients = self.row(buy=row.weights + row.bought, sell=row.sold - row.weights, cash=row.cash, debt=row.debt)
        if row.per_value:
            coefficients += row.limit * self.row(buy=a.cost, sell=a.cost, tax=1.0)
        return sign * coefficients, sign * (row.limit - row.constant - float(row.weights @ a.weights))

    def solve(self) -> float:
        a, task = self.task.assets, self.task
        worst = min(task.goal.worst_scenarios, len(a.names))
        tail = a.probability / (1.0 - LEVEL)
        d = task.defensiveness
        cost = self.row(buy=a.cost, sell=a.cost, tax=1.0, z=d, u=d * tail, y=d, v=d / worst, given=1.0 - d)
        matrix, bound = zip(*self.inequalities(), strict=True)
        money = self.row(buy=1.0 + a.cost, sell=a.cost - 1.0, cash=1.0, debt=-1.0, tax=1.0)
        best = np.inf
        for branch in branches(a):
            box = np.tile([0.0, np.inf], (self.width, 1))
            box[self.at["z"], 0] = box[self.at["y"], 0] = -np.inf
            box[self.at["buy"], 1] = np.where(a.short | branch.may_buy, a.buy_max, 0.0)
            box[self.at["sell"], 1] = a.sell_max
            box[self.at["cash"], 1], box[self.at["debt"], 1] = branch.cash_max, branch.debt_max
            answer = linprog(cost, np.array(matrix), bound, money[None], [a.cash - a.debt], box, method="highs")
            best = min(best, answer.fun if answer.status == 0 else np.inf)
        return best


@pytest.mark.parametrize("book", ["balanced", "crypto_on_margin", "long_short"])
@pytest.mark.parametrize("defensiveness", [0.0, 0.5, 1.0])
def test_a_second_solver_on_all_scenarios_finds_the_same_objective(
    book: str, defensiveness: float, request: pytest.FixtureRequest
) -> None:
    task = task_for(request.getfixturevalue(book), defensiveness)
    assert optimum(task).objective == pytest.approx(FullProgramme(task).solve(), abs=1e-6)


@pytest.mark.parametrize("solver", [name for name, _ in SOLVERS])
def test_each_named_solver_gives_the_same_optimum(
    balanced: Inputs, solver: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    task = task_for(balanced)
    both = optimum(task)
    monkeypatch.setattr("stresstest.allocation.screening.SOLVERS", [s for s in SOLVERS if s[0] == solver])
    alone = optimum(task)
    assert alone.solver == solver
    assert alone.objective == pytest.approx(both.objective, abs=2e-6)


def test_the_gap_is_proven_and_the_bound_is_below_every_other_portfolio(balanced: Inputs) -> None:
    task = task_for(balanced)
    solution = optimum(task)
    assert 0.0 <= solution.gap <= task.effort.gap
    rng = np.random.default_rng(1)
    for _ in range(50):
        mix = rng.random(len(task.assets.weights))
        other = outcome(task.assets, mix * solution.after.buy, mix * solution.after.sell)
        if all(row.holds(other) for row in task.rows):
            assert objective(task.assets, other, 0.5, 3) >= solution.bound - 1e-9


def test_screening_needs_few_scenarios_and_the_start_does_not_matter(balanced: Inputs) -> None:
    task = task_for(balanced)
    solution = optimum(task)
    assert len(solution.scenarios) < len(task.assets.probability) / 2
    everything = solve(task, np.arange(len(task.assets.probability)))
    assert everything is not None
    assert everything.objective == pytest.approx(solution.objective, abs=1e-6)
    assert everything.rounds == 1


def test_the_tail_loss_of_the_optimiser_is_that_of_the_report(balanced: Inputs) -> None:
    task = task_for(balanced, 1.0)
    after = optimum(task).after
    named = np.sort(-after.named_pnl)[::-1][:3].mean()
    risk = expected_shortfall(after.pnl, task.assets.probability) + named
    assert optimum(task).objective == pytest.approx(risk + after.cost.sum() + after.tax.sum(), abs=1e-6)


def test_a_shadow_price_is_what_a_little_room_gains(balanced: Inputs) -> None:
    task, step = task_for(balanced), 1e-5
    solution = optimum(task)
    binding = [j for j, price in enumerate(solution.prices) if price > 1e-4]
    assert binding
    for j in binding:
        row = task.rows[j]
        roomier = replace(row, limit=row.limit + row.direction * step)
        moved = optimum(replace(task, rows=(*task.rows[:j], roomier, *task.rows[j + 1 :])))
        gained = (solution.objective - moved.objective) / step
        assert gained == pytest.approx(solution.prices[j] * solution.after.value, rel=0.02, abs=2e-4)


def test_prices_are_never_negative_and_vanish_where_there_is_room(balanced: Inputs) -> None:
    task = task_for(balanced)
    solution = optimum(task)
    room = np.array([-row.excess(solution.after) for row in task.rows])
    assert (solution.prices >= 0.0).all()
    assert (solution.prices[room > 1e-4] <= 1e-6).all()


def test_debt_is_repaid_before_anything_is_bought(crypto_on_margin: Inputs) -> None:
    after = optimum(task_for(crypto_on_margin)).after
    assert after.debt < 1.0
    assert after.debt == 0.0 or after.buy.sum() == 0.0


def axis_of(inputs: Inputs) -> Assets:
    return assets(inputs, LIMITS)


def test_losses_offset_gains_of_the_same_term_only(balanced: Inputs) -> None:
    axis = axis_of(balanced)
    gain = np.zeros((2, len(axis.weights)))
    gain[0, 0], gain[0, 1], gain[1, 2], gain[1, 3] = 0.5, -0.2, 0.4, -0.9
    axis = replace(axis, gain=gain, tax_rate=np.array([0.3, 0.1]))
    sell = np.zeros(len(axis.weights))
    sell[:4] = 0.1
    after = outcome(axis, np.zeros_like(sell), sell)
    assert after.tax.sum() == pytest.approx(0.3 * 0.03)
    assert after.tax[1] == after.tax[2] == after.tax[3] == 0.0
