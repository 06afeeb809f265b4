"""What the weekly loop carries from one week to the next, and what it is given from outside."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from ..errors import InputError, Problem
from ..records import ASSETS, LIABILITIES, MarketSnapshot, RunoffPlan
from ..tables import Draws
from . import funding, liabilities, mortgages, treasuries
from .constants import constant
from .ladder import Ladder, class_totals
from .mortgages import MortgageBook
from .rules import Purchases
from .schedule import principal_to
from .treasuries import TreasuryBook

WINDOW_DAYS = 20
#: Weekly levels that may be given instead of modelled: T+1 values from the start. Rates decimal, amounts USD bn.
GIVEN = (
    "tga", "on_rrp", "currency", "foreign_repo", "loans_repo", "other_assets", "other_deposits", "mortgage_rate",
    "iorb",
)  # fmt: skip
Given = Mapping[str, np.ndarray]


@dataclass(frozen=True)
class Conditions:
    """What the plumbing takes from markets and from chance: the same numbers for every plan that is compared.

    equity_calm, equity_turbulent: (S, T) weekly log returns in either regime. mortgage: (S, T) weekly change of the
    mortgage rate. demand, tga: (S, T) standard normals. daily: (S, D) standard normals. spikes: (2, S, D) uniforms.
    chance: (4, S, T) uniforms for halt, emergency, restart and turbulence. leverage: (S,) uniform. unemployment,
    inflation: (S, T) levels, decimal, None for the laws of the plumbing (see docs/model/plumbing.md). entry: (S,) log
    return of equities with which turbulence begins, None for none.
    """

    equity_calm: np.ndarray
    equity_turbulent: np.ndarray
    mortgage: np.ndarray
    demand: np.ndarray
    tga: np.ndarray
    daily: np.ndarray
    spikes: np.ndarray
    chance: np.ndarray
    leverage: np.ndarray
    unemployment: np.ndarray | None = None
    inflation: np.ndarray | None = None
    entry: np.ndarray | None = None

    @property
    def paths(self) -> int:
        """Number of paths, S."""
        return int(self.leverage.shape[0])


@dataclass
class State:
    """Levels at the start of a week, each (S,) where not said otherwise; private to the loop.

    anchor: observed spread less the curve at the start. It stays, so that a draw of the curve's parameters changes how
    the spread moves and not where it is today; demand is the shift that comes and goes. pace: share of the announced
    amounts in force. drained: the smoothed drain that ON RRP answers to. bill_supply: (window, S) net supply of bills
    by week. together: whether bonds and equities both fell in the week. borrowed: take-up of the lending facilities,
    part of loans_repo.
    """

    items: dict[str, np.ndarray]
    treasuries: TreasuryBook
    mortgages: MortgageBook
    bank_assets: np.ndarray
    anchor: np.ndarray
    demand: np.ndarray
    tga_gap: np.ndarray
    mortgage_rate: np.ndarray
    equity: np.ndarray
    peak: np.ndarray
    vix: np.ndarray
    together: np.ndarray
    window: np.ndarray
    pace: np.ndarray
    emergency_left: np.ndarray
    purchases: Purchases
    turbulent: np.ndarray
    unemployment: np.ndarray
    inflation: np.ndarray
    drained: np.ndarray
    bill_supply: np.ndarray
    borrowed: np.ndarray
    supply: dict[str, np.ndarray] = field(default_factory=dict)

    @property
    def scarcity(self) -> np.ndarray:
        """L = (reserves + ON RRP) / bank assets."""
        return (self.items["reserves"] + self.items["on_rrp"]) / self.bank_assets

    @property
    def running(self) -> np.ndarray:
        """Paths on which runoff has not been halted."""
        return self.pace > 0.0


def no_chance(weeks: int, days: int) -> Conditions:
    """One path on which nothing happens that the plan does not announce."""
    zero, never = np.zeros((1, weeks)), np.ones((4, 1, weeks))
    return Conditions(
        zero, zero, zero, zero, zero, np.zeros((1, days)), np.ones((2, 1, days)) - 1e-12, never, np.ones(1)
    )


def check_given(given: Given, weeks: int) -> Given:
    """The given levels, checked. Raises InputError for unknown names, wrong lengths and values that are no levels."""
    problems = []
    for name, values in given.items():
        if name not in GIVEN:
            problems.append(Problem(None, name, "a given level", f"one of {', '.join(GIVEN)}", ""))
        elif np.shape(values) != (weeks + 1,):
            found = f"{np.shape(values)} values"
            problems.append(Problem(None, name, found, f"{weeks + 1} weekly levels from the start", ""))
        elif not np.isfinite(values).all() or (np.asarray(values) < 0).any():
            problems.append(Problem(None, name, "a missing or negative level", "a level of zero or more", ""))
    if problems:
        raise InputError(problems)
    return given


def start_state(
    plan: RunoffPlan, snapshot: MarketSnapshot, ladder: Ladder, months: int, paths: int, p: Draws, given: Given
) -> State:
    """Everything at the levels of the snapshot; only parameters differ between paths."""

    def level(name: str) -> np.ndarray:
        return np.full(paths, snapshot[name])

    items = {name: level(name) for name in (*ASSETS, *LIABILITIES)}
    scarcity = (items["reserves"] + items["on_rrp"]) / snapshot["bank_assets"]
    observed = snapshot["sofr"] - snapshot["iorb"]
    mortgage_rate = float(given["mortgage_rate"][0]) if "mortgage_rate" in given else snapshot["mortgage_rate"]
    reinvests = principal_to(plan, snapshot.as_of) == "mbs"
    usual = liabilities.tga_normal(snapshot.as_of, p, plan.bank)
    nothing = np.zeros(paths)
    return State(
        items=items,
        treasuries=treasuries.start_book(ladder, class_totals(snapshot), months, paths),
        mortgages=mortgages.start_book(snapshot["mbs"], snapshot.as_of, paths, mortgage_rate, p, reinvests),
        bank_assets=level("bank_assets"),
        anchor=observed - funding.ordinary_spread(scarcity, p) + nothing,
        demand=nothing,
        tga_gap=snapshot["tga"] - usual + nothing,
        mortgage_rate=np.full(paths, mortgage_rate),
        equity=nothing,
        peak=nothing,
        vix=level("vix"),
        together=np.zeros(paths, dtype=bool),
        window=np.full((paths, WINDOW_DAYS), observed, order="F"),
        pace=np.ones(paths),
        emergency_left=nothing,
        purchases=Purchases(nothing, nothing),
        turbulent=np.zeros(paths, dtype=bool),
        unemployment=level("unemployment"),
        inflation=level("cpi_yoy"),
        drained=nothing,
        bill_supply=np.zeros((int(constant("bill_supply_window")), paths)),
        borrowed=nothing,
        supply={name: np.zeros(paths) for name in ("coupons", "mbs", "bills")},
    )
