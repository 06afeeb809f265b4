"""What is fixed before any chance: amounts and maturities of the plan by week, calendar, expected policy rate."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache

import numpy as np

from ..records import MarketSnapshot, RunoffPlan
from .calendar import FundingDay, business_days, funding_day
from .ladder import make_ladder
from .liabilities import policy_path
from .schedule import Schedule, make_schedule


@dataclass(frozen=True)
class Course:
    """A plan from a snapshot over T weeks; the same for every block of paths.

    dates: (T+1,). calendar: business days of each week. days: (D,) all of them. policy: (T,) expected rate on reserves.
    """

    plan: RunoffPlan
    snapshot: MarketSnapshot
    dates: tuple[date, ...]
    calendar: tuple[tuple[FundingDay, ...], ...]
    days: tuple[date, ...]
    schedule: Schedule
    policy: np.ndarray

    @property
    def weeks(self) -> int:
        """Number of weeks, T."""
        return len(self.calendar)


def make_course(plan: RunoffPlan, snapshot: MarketSnapshot, weeks: int) -> Course:
    """Look ``plan`` up for ``weeks`` weeks from the snapshot."""
    dates, calendar = week_dates(snapshot.as_of, weeks), weekly_calendar(snapshot.as_of, weeks)
    days = tuple(day.day for week in calendar for day in week)
    schedule = make_schedule(plan, make_ladder(snapshot, plan.bank), snapshot.as_of, weeks)
    return Course(plan, snapshot, dates, calendar, days, schedule, policy_path(snapshot, weeks))


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
