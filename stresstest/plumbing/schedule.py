"""What the calendar and the plan fix in advance: maturities and amounts of each week and month, before any chance.

Caps are amounts of a calendar month. Redemptions of a month are spread over its maturity dates in proportion to what
matures on each; what coupons leave of the cap is filled with bills (New York Fed operating policy, 2022-05-04).
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from datetime import date, timedelta

import numpy as np

from ..records import CapStep, RunoffPlan
from .ladder import COUPONS, Ladder

AMOUNTS = tuple(f.name for f in fields(CapStep) if f.type == "float")


@dataclass(frozen=True)
class Slice:
    """The part of one week that lies in one month.

    month: counted from the start. par: (classes,) face value of the starting ladder that matures. compensation: what
    the TIPS among it had accrued at the start. share: of the month's days, the first day of the ladder to its end.
    """

    month: int
    par: np.ndarray
    compensation: float
    share: float


@dataclass(frozen=True)
class Schedule:
    """Weeks as tuples of slices; by month the coupons of the starting ladder; by week the amounts of the plan.

    coupons: (M, classes) par that matures in each month after the start; compensation: (M,). caps: (M,) Treasury cap
    of each month as far as it is in force. amounts: name of the amount to (T,), USD bn a week. principal_to: (T,).
    """

    weeks: tuple[tuple[Slice, ...], ...]
    coupons: np.ndarray
    compensation: np.ndarray
    caps: np.ndarray
    amounts: dict[str, np.ndarray]
    principal_to: tuple[str, ...]

    @property
    def months(self) -> int:
        """Number of months that the horizon touches."""
        return len(self.caps)


def step_at(plan: RunoffPlan, day: date) -> CapStep:
    """The amounts in force on ``day``: zero before the first step and after the end."""
    current = CapStep(day)
    if day > plan.end:
        return current
    for step in plan.steps:
        if step.start <= day:
            current = step
    return current


def is_runoff(plan: RunoffPlan) -> bool:
    """Whether any step shrinks the balance sheet."""
    return any(shrinks(step) for step in plan.steps)


def shrinks(step: CapStep) -> bool:
    """Whether a step lets assets run off or sells them."""
    return bool(step.treasury_cap or step.mbs_cap or step.mbs_sales or step.treasury_sales)


def principal_to(plan: RunoffPlan, day: date) -> str:
    """What MBS principal above the cap buys on ``day``; before the first step, what it buys in the first."""
    step = plan.steps[0] if day < plan.steps[0].start else step_at(plan, day)
    return step.mbs_principal_to or plan.mbs_principal_to


def make_schedule(plan: RunoffPlan, ladder: Ladder, start: date, weeks: int) -> Schedule:
    """Maturities of ``ladder`` and amounts of ``plan`` for ``weeks`` weeks from ``start``."""
    days = [start + timedelta(days=i) for i in range(1, 7 * weeks + 1)]
    last = _month_end(days[-1])
    days_of_month = _month_index(np.array(days, dtype="datetime64[D]"), start)
    months = int(days_of_month[-1]) + 1
    coupons, compensation = _by_month(ladder, start, months)
    rate = _daily(plan, start, last)
    caps = np.zeros(months)
    whole = _month_index(np.array([start + timedelta(days=i + 1) for i in range(len(rate["treasury_cap"]))]), start)
    np.add.at(caps, whole, rate["treasury_cap"])
    slices = _slices(ladder, start, weeks, np.bincount(whole, minlength=months))
    amounts = {name: values[: 7 * weeks].reshape(weeks, 7).sum(axis=1) for name, values in rate.items()}
    to = tuple(principal_to(plan, day) for day in days[6::7])
    return Schedule(slices, coupons, compensation, caps, amounts, to)


def _month_end(day: date) -> date:
    following = date(day.year + day.month // 12, day.month % 12 + 1, 1)
    return following - timedelta(days=1)


def _month_index(days: np.ndarray, start: date) -> np.ndarray:
    """Months from the month of ``start``."""
    months = days.astype("datetime64[M]").astype(int)
    return np.asarray(months - (start.year - 1970) * 12 - start.month + 1)


def _by_month(ladder: Ladder, start: date, months: int) -> tuple[np.ndarray, np.ndarray]:
    """(M, classes) par and (M,) compensation that mature in each month."""
    month = _month_index(ladder.maturity, start)
    inside = month < months
    coupons, compensation = np.zeros((months, len(COUPONS))), np.zeros(months)
    np.add.at(coupons, (month[inside], ladder.kind[inside]), ladder.par[inside])
    np.add.at(compensation, month[inside], ladder.compensation[inside])
    return coupons, compensation


def _daily(plan: RunoffPlan, start: date, last: date) -> dict[str, np.ndarray]:
    """Amounts of each day from the day after ``start`` to ``last``: those of the month over its days."""
    days = [start + timedelta(days=i) for i in range(1, (last - start).days + 1)]
    result = {name: np.zeros(len(days)) for name in AMOUNTS}
    for i, day in enumerate(days):
        step, length = step_at(plan, day), _month_end(day).day
        for name in AMOUNTS:
            result[name][i] = getattr(step, name) / length
    return result


def _slices(ladder: Ladder, start: date, weeks: int, month_days: np.ndarray) -> tuple[tuple[Slice, ...], ...]:
    """The slices of every week. month_days: (M,) days of each month after the start."""
    since = (ladder.maturity - np.datetime64(start, "D")).astype(int)
    month = _month_index(ladder.maturity, start)
    result = []
    for week in range(weeks):
        days = np.arange(7 * week + 1, 7 * week + 8)
        touched = _month_index(np.datetime64(start, "D") + days, start)
        low, high = np.searchsorted(since, [days[0], days[-1] + 1])
        parts = []
        for m in np.unique(touched):
            mine = slice(low, high)
            chosen = month[mine] == m
            par = np.bincount(ladder.kind[mine][chosen], ladder.par[mine][chosen], minlength=len(COUPONS))
            compensation = float(ladder.compensation[mine][chosen].sum())
            share = float((touched == m).sum() / month_days[m])
            parts.append(Slice(int(m), par, compensation, share))
        result.append(tuple(parts))
    return tuple(result)
