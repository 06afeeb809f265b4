"""Other central banks: the same loop over their own levels, maturities and parameters, each in its own currency.

Their path is the one that the plan announces, without chance: no funding market of theirs is modelled.
"""

from __future__ import annotations

from datetime import date
from functools import cache

import numpy as np

from ..errors import InputError, Problem
from ..records import ASSETS, LIABILITIES, MarketSnapshot, Quote, RunoffPlan
from ..tables import Draws, central, parameter_table, read_table
from ..units import size_of
from .course import make_course
from .loop import run_loop
from .plan import named_plan
from .recorder import Plumbing, layout
from .room import Room

#: Banks beside the Federal Reserve, and their currencies.
FOREIGN = {"ecb": "EUR", "boe": "GBP"}


@cache
def bank_snapshot(bank: str) -> MarketSnapshot:
    """Embedded levels of a bank in bn of its currency; other assets and other liabilities close the identity."""
    if bank not in FOREIGN:
        raise InputError(Problem(None, "bank", bank, f"one of {', '.join(FOREIGN)}", ""))
    quotes = {row["name"]: _quote(row) for row in read_table("stresstest.plumbing", f"{bank}.csv")}
    as_of = quotes["total_assets"].date
    total = quotes["total_assets"].value
    for name, side in (("other_assets", ASSETS), ("other_liabilities", LIABILITIES)):
        rest = total - sum(quotes[item].value for item in side if item != name)
        quotes[name] = Quote(name, rest, as_of, "residual of the balance-sheet identity", "derived")
    return MarketSnapshot(as_of, quotes, f"embedded {bank}")


def _quote(row: dict[str, str]) -> Quote:
    value = float(row["value"]) * size_of(row["unit"])
    return Quote(row["name"], value, date.fromisoformat(row["date"]), row["source"], row["status"])


@cache
def bank_parameters(bank: str) -> Draws:
    """Central parameters with those of the bank in their place."""
    values = dict(central().by_name)
    for row in read_table("stresstest.plumbing", "banks.csv"):
        if row["bank"] == bank:
            unit = parameter_table()[row["name"]].unit
            values[row["name"]] = np.array([float(row["value"]) * size_of(unit)])
    return Draws(values)


def project_bank(plan: RunoffPlan, weeks: int) -> Plumbing:
    """The path that a plan of another central bank announces: one path of ``weeks`` weeks, bn of its currency."""
    course = make_course(plan, bank_snapshot(plan.bank), weeks)
    room = Room(1, layout(course, detail=True), float).columns(0, 1)
    return run_loop(course, None, bank_parameters(plan.bank), 0.0, {}, room)


def companions(plan: RunoffPlan, weeks: int) -> dict[str, Plumbing]:
    """Paths of the plans that run beside ``plan``, by name of the plan, each from its own bank's date."""
    return {
        name: project_bank(named_plan(name, bank_snapshot(named_plan(name).bank).as_of), weeks)
        for name in plan.with_plans
    }
