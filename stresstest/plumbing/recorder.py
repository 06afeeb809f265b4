"""Keeps what the weekly loop passes through and turns it into records. Time runs along the first axis, contiguous."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

import numpy as np

from ..errors import StresstestError
from ..records import ASSETS, LIABILITIES, BalanceSheetPath, FundingPath, Supply
from .course import Course
from .ladder import CLASSES
from .room import Columns, Layout, Name
from .state import State

#: The identity must close to this, USD bn, on every path and date.
IDENTITY_TOLERANCE = 0.01
#: Items that no law moves: one level for all paths.
COMMON = ("foreign_repo", "other_deposits", "other_liabilities", "capital")
ITEMS = tuple(name for name in (*ASSETS, *LIABILITIES) if name not in COMMON)
#: What is kept of each path at the start and after each week, by group.
LEVELS = {"item": ITEMS, "supply": ("coupons", "mbs", "bills"), "": ("scarcity",)}
DETAIL = {"detail": (*CLASSES, "facilities", "bank_assets")}
#: What is kept of each week.
FLAGS = ("turbulent", "fragile", "halted", "emergency")
FUNDING = ("weekly", "stressed", "sofr")


@dataclass(frozen=True)
class Plumbing:
    """Result of the loop. turbulent, fragile: (S, T) bool; fragile: leverage is high and funding stress persists."""

    balance: BalanceSheetPath
    funding: FundingPath
    turbulent: np.ndarray
    fragile: np.ndarray


def layout(course: Course, *, detail: bool) -> Layout:
    """What a record of ``course`` takes. detail: with classes of Treasuries, facilities and bank assets."""
    groups = LEVELS | DETAIL if detail else LEVELS
    levels = {(group, name): (course.weeks + 1, float) for group, members in groups.items() for name in members}
    funding = {("funding", name): (course.weeks, float) for name in FUNDING}
    flags = {("flag", name): (course.weeks, bool) for name in FLAGS}
    return levels | funding | {("funding", "spread"): (len(course.days), float)} | flags


class Recorder:
    """Writes the weeks of the loop into arrays (rows, S); a week is one row, so that writing it touches memory once."""

    def __init__(self, arrays: Columns, course: Course, start: State) -> None:
        """arrays: laid out as ``layout`` says, with detail or without."""
        self.arrays = arrays
        self.common = {name: np.empty(course.weeks + 1) for name in COMMON}
        self.course, self.days, self.imbalance = course, 0, 0.0
        self.detail = any(group in DETAIL for group, _ in arrays)
        self._levels(0, start)

    def _levels(self, row: int, state: State) -> None:
        for name in ITEMS:
            self.arrays["item", name][row] = state.items[name]
        for name, levels in self.common.items():
            levels[row] = state.items[name][0]
        for name, values in state.supply.items():
            self.arrays["supply", name][row] = values
        self.arrays["", "scarcity"][row] = state.scarcity
        held = state.treasuries.held if self.detail else {"all": state.treasuries.total()}
        self._check(state, held)
        if self.detail:
            held |= {"facilities": state.borrowed, "bank_assets": state.bank_assets}
            for name, values in held.items():
                self.arrays["detail", name][row] = values

    def _check(self, state: State, held: Mapping[str, np.ndarray]) -> None:
        """The gap between the two sides, and between the Treasuries and their classes."""
        gap = sum(state.items[name] for name in ASSETS) - sum(state.items[name] for name in LIABILITIES)
        classes = sum(held.values()) - state.items["treasuries"]
        worst = [np.abs(values).max() for values in (gap, classes)]
        self.imbalance = float(np.max([self.imbalance, *worst]))  # unlike max(), hands a NaN on

    def week(self, week: int, state: State, spread: np.ndarray, fragile: np.ndarray) -> None:
        """Keep one week. spread: (days of the week, S)."""
        self._levels(week + 1, state)
        self.arrays["funding", "spread"][self.days : self.days + len(spread)] = spread
        self.days += len(spread)
        mean = spread.sum(axis=0) / len(spread)
        funding = {"weekly": mean, "stressed": state.window.over_iorb, "sofr": self.course.snapshot["iorb"] + mean}
        for name, values in funding.items():
            self.arrays["funding", name][week] = values
        flags = {"turbulent": state.turbulent, "fragile": fragile, "halted": ~state.running}
        for name, values in (flags | {"emergency": state.emergency_left > 0}).items():
            self.arrays["flag", name][week] = values

    def plumbing(self) -> Plumbing:
        """The records. Raises StresstestError when the identity does not close (a bug, never the user's fault)."""
        if not self.imbalance < IDENTITY_TOLERANCE:
            raise StresstestError(f"the balance sheet does not close: {self.imbalance:.3g} USD bn")
        return records(self.arrays, self.common, self.course.dates, self.course.days, self.imbalance)


def records(
    arrays: Mapping[Name, np.ndarray],
    common: Mapping[str, np.ndarray],
    dates: tuple[date, ...],
    days: tuple[date, ...],
    imbalance: float,
) -> Plumbing:
    """The records of ``arrays`` (rows, S), and of ``common`` levels (T+1,) that are the same on all paths."""

    def group(name: str) -> dict[str, np.ndarray]:
        return {member: values.T for (kind, member), values in arrays.items() if kind == name}

    scarcity, flags = arrays["", "scarcity"].T, group("flag")
    items = group("item") | {name: np.broadcast_to(levels, scarcity.shape) for name, levels in common.items()}
    balance = BalanceSheetPath(
        dates=dates,
        items={name: items[name] for name in (*ASSETS, *LIABILITIES)},
        scarcity=scarcity,
        supply=Supply(**group("supply")),
        halted=flags["halted"],
        emergency=flags["emergency"],
        imbalance=imbalance,
        detail=group("detail"),
    )
    return Plumbing(balance, FundingPath(days, **group("funding")), flags["turbulent"], flags["fragile"])
