"""Keeps what the weekly loop passes through and turns it into records. Time runs along the first axis, contiguous."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import numpy as np

from ..errors import StresstestError
from ..records import ASSETS, LIABILITIES, BalanceSheetPath, FundingPath, MarketSnapshot, Supply
from .calendar import FundingDay
from .ladder import CLASSES
from .state import State

#: The identity must close to this, USD bn, on every path and date.
IDENTITY_TOLERANCE = 0.01


@dataclass(frozen=True)
class Plumbing:
    """Result of the loop. turbulent, fragile: (S, T) bool; fragile: leverage is high and funding stress persists."""

    balance: BalanceSheetPath
    funding: FundingPath
    turbulent: np.ndarray
    fragile: np.ndarray


class Recorder:
    """Arrays (T+1, S) of the loop; a week is one row, so that writing it touches memory once."""

    def __init__(self, paths: int, weeks: int, days: int, start: State) -> None:
        def levels() -> np.ndarray:
            return np.zeros((weeks + 1, paths))

        self.items = {name: levels() for name in (*ASSETS, *LIABILITIES)}
        self.detail = {name: levels() for name in (*CLASSES, "facilities", "bank_assets")}
        self.supply = {name: levels() for name in start.supply}
        self.scarcity = levels()
        self.flags = {
            name: np.zeros((weeks, paths), dtype=bool) for name in ("turbulent", "fragile", "halted", "emergency")
        }
        self.spread, self.count = np.empty((days, paths)), 0
        self.weekly, self.stressed = np.empty((weeks, paths)), np.empty((weeks, paths))
        self._levels(0, start)

    def _levels(self, row: int, state: State) -> None:
        for name, values in self.items.items():
            values[row] = state.items[name]
        for name in CLASSES:
            self.detail[name][row] = state.treasuries.held[name]
        self.detail["facilities"][row], self.detail["bank_assets"][row] = state.borrowed, state.bank_assets
        for name, values in self.supply.items():
            values[row] = state.supply[name]
        self.scarcity[row] = state.scarcity

    def week(self, week: int, state: State, spread: np.ndarray, fragile: np.ndarray) -> None:
        """Keep one week. spread: (S, days of the week)."""
        self._levels(week + 1, state)
        self.spread[self.count : self.count + spread.shape[1]] = spread.T
        self.count += spread.shape[1]
        self.weekly[week], self.stressed[week] = spread.mean(axis=1), (state.window > 0).mean(axis=1)
        flags = {"turbulent": state.turbulent, "fragile": fragile, "halted": ~state.running}
        for name, values in (flags | {"emergency": state.emergency_left > 0}).items():
            self.flags[name][week] = values

    def result(
        self, dates: tuple[date, ...], calendar: tuple[tuple[FundingDay, ...], ...], snapshot: MarketSnapshot
    ) -> Plumbing:
        """The records. Raises StresstestError when the identity does not close (a bug, never the user's fault)."""
        imbalance = self._imbalance()
        if not imbalance < IDENTITY_TOLERANCE:
            raise StresstestError(f"the balance sheet does not close: {imbalance:.3g} USD bn")
        flags = {name: values.T for name, values in self.flags.items()}
        balance = BalanceSheetPath(
            dates,
            {name: values.T for name, values in self.items.items()},
            self.scarcity.T,
            Supply(**{name: values.T for name, values in self.supply.items()}),
            flags["halted"],
            flags["emergency"],
            imbalance,
            {name: values.T for name, values in self.detail.items()},
        )
        days = tuple(day.day for week in calendar for day in week)
        spread = FundingPath(days, self.spread.T, self.weekly.T, self.stressed.T, snapshot["iorb"] + self.weekly.T)
        return Plumbing(balance, spread, flags["turbulent"], flags["fragile"])

    def _imbalance(self) -> float:
        """Largest gap between the two sides, and between the Treasuries and their classes, row by row."""
        worst = 0.0
        for row in range(len(self.scarcity)):
            gap = sum(self.items[name][row] for name in ASSETS) - sum(self.items[name][row] for name in LIABILITIES)
            classes = sum(self.detail[name][row] for name in CLASSES) - self.items["treasuries"][row]
            worst = max(worst, float(np.abs(gap).max()), float(np.abs(classes).max()))
        return worst
