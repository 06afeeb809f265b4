"""Rules that a plan states for itself: on what, from when, and what then. Asked every week of every path at once."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date

import numpy as np

from ..records import PlanRule

ACTIONS = ("halt", "slow", "restart", "purchase", "maintain")
#: The condition of "maintain" that says which level of L is kept.
KEPT = "liquidity_below_percent"


@dataclass(frozen=True)
class Measure:
    """One thing that a rule may look at. key: as written in TOML, with its unit and side; size: of one TOML unit.

    observed: name of the quantity in the loop. above: whether the bound must be passed upwards. low, high: in TOML
    units; values outside are refused because they are most often in the wrong unit.
    """

    key: str
    observed: str
    above: bool
    size: float
    low: float
    high: float


#: Everything that a rule may look at. "days": share of the last 20 business days with SOFR over IORB as published, so
#: from half a basis point on.
MEASURES = (
    Measure("days_over_iorb_above_percent", "days_over_iorb", True, 0.01, 1.0, 100.0),
    Measure("days_over_iorb_below_percent", "days_over_iorb", False, 0.01, 1.0, 100.0),
    Measure("liquidity_below_percent", "liquidity", False, 0.01, 2.0, 50.0),
    Measure("liquidity_above_percent", "liquidity", True, 0.01, 2.0, 50.0),
    Measure("drawdown_above_percent", "drawdown", True, 0.01, 1.0, 90.0),
    Measure("unemployment_above_percent", "unemployment", True, 0.01, 1.0, 30.0),
    Measure("unemployment_below_percent", "unemployment", False, 0.01, 1.0, 30.0),
    Measure("inflation_below_percent", "inflation", False, 0.01, 0.5, 30.0),
    Measure("inflation_above_percent", "inflation", True, 0.01, 0.5, 30.0),
)


def measure(key: str) -> Measure:
    """The measure of that key. Raises StopIteration for an unknown key (refused where plans are read)."""
    return next(m for m in MEASURES if m.key == key)


@dataclass
class Purchases:
    """Bill purchases that a rule has started: weeks left and USD bn a month, each (S,); private to the loop."""

    weeks: np.ndarray
    amount: np.ndarray


def apply_rules(
    rules: tuple[PlanRule, ...],
    day: date,
    observed: Mapping[str, np.ndarray],
    pace: np.ndarray,
    purchases: Purchases,
    upkeep: Callable[[float], np.ndarray],
) -> np.ndarray:
    """Pace after the rules of this week, (S,): 1 as announced, 0 halted. Starts or prolongs ``purchases``.

    Rules are asked in the order of the plan; a later one decides where two speak at once. "slow" never speeds up a
    path that is slower already, "restart" takes any path back to what was announced, "maintain" waits until other
    purchases are over, so that of two that are met the first decides.

    upkeep: from a level of L to the bills a month, (S,), that lead back to it and are not announced already.
    """
    purchases.weeks = np.maximum(purchases.weeks - 1.0, 0.0)
    for rule in rules:
        if not rule.start <= day <= rule.until:
            continue
        met = holds(rule, observed)
        if rule.when == "halt":
            pace = np.where(met, 0.0, pace)
        elif rule.when == "slow":
            pace = np.where(met, np.minimum(pace, rule.share), pace)
        elif rule.when == "restart":
            pace = np.where(met, 1.0, pace)
        elif rule.when == "maintain":
            met = met & (purchases.weeks <= 0)
            purchases.weeks = np.where(met, 1.0, purchases.weeks)
            purchases.amount = np.where(met, upkeep(rule.conditions[KEPT]), purchases.amount)
        else:
            purchases.weeks = np.where(met, float(rule.weeks), purchases.weeks)
            purchases.amount = np.where(met, rule.amount, purchases.amount)
    return pace


def holds(rule: PlanRule, observed: Mapping[str, np.ndarray]) -> np.ndarray:
    """Paths on which every condition of the rule holds, (S,) bool."""
    met = np.ones_like(observed["liquidity"], dtype=bool)
    for key, bound in rule.conditions.items():
        found = measure(key)
        value = observed[found.observed]
        met &= value > bound if found.above else value < bound
    return met
