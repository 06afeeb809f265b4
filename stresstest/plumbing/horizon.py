"""What a horizon reaches into: further than any runoff has gone, or past a runoff after which nobody buys."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from ..errors import Problem
from ..records import CapStep, RunoffPlan
from ..units import WEEKS_A_MONTH
from .constants import constant
from .management import falls_back
from .schedule import is_runoff, shrinks, step_at


def longest_on_record() -> float:
    """Months of the longest runoff on record."""
    return constant("longest_runoff") / WEEKS_A_MONTH


def beyond_record(months: float) -> Iterable[Problem]:
    """One warning where the horizon is longer than the longest runoff on record, else none."""
    longest = longest_on_record()
    if months > longest:
        hint = (
            "Laws of liquidity, repo demand and the committee are those of 2017 to 2026: read figures this far ahead "
            "as arithmetic, not as a forecast."
        )
        expected = f"at most {longest:.0f} months, the longest runoff on record"
        yield Problem(None, "months", f"{months:g} months", expected, hint)


def unattended(plan: RunoffPlan, last: date) -> bool:
    """Whether runoff may be over before ``last`` and nothing in ``plan`` buys from then on, so that L keeps falling.

    Rules that buy once, under a condition, do not count: what keeps L is a rule "maintain", or purchases as announced.
    """
    if plan.bank != "fed" or not is_runoff(plan) or falls_back(plan):
        return False
    actions = {rule.when for rule in plan.rules}
    if "maintain" in actions or last < plan.steps[0].start:
        return False
    step = step_at(plan, last) if last <= plan.end else CapStep(last)
    return not step.bill_purchases and ("halt" in actions or not shrinks(step))


def left_alone(plan: RunoffPlan, last: date) -> Iterable[Problem]:
    """One warning where a plan is ``unattended``, else none."""
    if unattended(plan, last):
        hint = (
            "Without the reaction of the committee liquidity goes on falling as banks and currency grow. A rule with "
            'when = "maintain" keeps it at a level.'
        )
        found = "a plan under which nothing is bought after runoff"
        yield Problem(None, "plan", found, "purchases that keep reserves ample", hint)
