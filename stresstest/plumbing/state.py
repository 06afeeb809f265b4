"""What the weekly loop carries from one week to the next, and what it is given from outside."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from ..errors import InputError, Problem
from ..records import ASSETS, LIABILITIES
from ..tables import Draws, central
from . import funding, liabilities, mortgages, treasuries
from .constants import constant
from .course import Course
from .demand import told
from .ladder import class_totals
from .mortgages import MortgageBook
from .rules import Purchases
from .schedule import principal_to
from .treasuries import TreasuryBook
from .window import Window

#: Weeks over which the committee looks at the change of unemployment.
HALF_YEAR = 26
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
    return of equities with which turbulence begins, None for none. turbulent: whether the paths start in turbulence.
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
    turbulent: bool = False

    @property
    def paths(self) -> int:
        """Number of paths, S."""
        return int(self.leverage.shape[0])


@dataclass
class State:
    """Levels at the start of a week, each (S,), or (1,) while all paths are alike; private to the loop.

    Amounts are in double precision, so that the balance sheet closes; what markets and hazards look at is in the
    precision of the draws. scarcity: L = (reserves + ON RRP) / bank assets, as of the last ``measure``. anchor:
    central curve less the drawn one at the start. It stays, so that a draw of the curve's parameters changes how the
    spread moves and not where it is today; demand is the shift that comes and goes, and at the start what the observed
    spread tells of it. pace: share of the announced amounts in force. stopped: weeks since runoff was halted or ended,
    zero while it runs. drained: the smoothed drain that ON RRP answers to. bill_supply: net supply of bills in each
    week of the window, bills_supplied: their sum. together: whether bonds and equities both fell in the week.
    unemployment_trail: levels at the start of the last ``HALF_YEAR`` weeks. borrowed: take-up of the lending
    facilities, part of loans_repo.
    """

    items: dict[str, np.ndarray]
    treasuries: TreasuryBook
    mortgages: MortgageBook
    bank_assets: np.ndarray
    scarcity: np.ndarray
    anchor: np.ndarray
    demand: np.ndarray
    tga_gap: np.ndarray
    mortgage_rate: np.ndarray
    equity: np.ndarray
    peak: np.ndarray
    vix: np.ndarray
    together: np.ndarray
    window: Window
    pace: np.ndarray
    emergency_left: np.ndarray
    stopped: np.ndarray
    purchases: Purchases
    turbulent: np.ndarray
    unemployment: np.ndarray
    unemployment_trail: deque[np.ndarray]
    inflation: np.ndarray
    drained: np.ndarray
    bill_supply: deque[np.ndarray]
    bills_supplied: np.ndarray
    borrowed: np.ndarray
    supply: dict[str, np.ndarray] = field(default_factory=dict)

    def measure(self) -> None:
        """Work out L anew, after something was booked."""
        liquid = self.items["reserves"] + self.items["on_rrp"]
        self.scarcity = (liquid / self.bank_assets).astype(self.anchor.dtype)

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


def start_state(course: Course, chance: Conditions, p: Draws, given: Given) -> State:
    """Everything at the levels of the snapshot; only parameters differ between paths."""
    plan, snapshot = course.plan, course.snapshot
    kind = np.result_type(p["funding_kink"], chance.demand)
    items = {name: np.full(1, snapshot[name]) for name in (*ASSETS, *LIABILITIES)}
    bank_assets = np.full(1, snapshot["bank_assets"])
    scarcity = ((items["reserves"] + items["on_rrp"]) / bank_assets).astype(kind)
    observed, usual = snapshot["sofr_usual"], funding.ordinary_spread(scarcity, central())
    mortgage_rate = float(given["mortgage_rate"][0]) if "mortgage_rate" in given else snapshot["mortgage_rate"]
    reinvests = principal_to(plan, snapshot.as_of) == "mbs"
    nothing, false = np.zeros(1, dtype=kind), np.zeros(1, dtype=bool)
    unemployment, bill_weeks = np.full(1, snapshot["unemployment"], dtype=kind), int(constant("bill_supply_window"))
    return State(
        items=items,
        treasuries=treasuries.start_book(class_totals(snapshot), course.schedule.months),
        mortgages=mortgages.start_book(snapshot["mbs"], snapshot.as_of, mortgage_rate, p, reinvests),
        bank_assets=bank_assets,
        scarcity=scarcity,
        anchor=(usual - funding.ordinary_spread(scarcity, p)).astype(kind),
        demand=(told(central()) * (observed - usual)).astype(kind),
        tga_gap=snapshot["tga"] - liabilities.tga_normal(snapshot.as_of, p, plan.bank),
        mortgage_rate=np.full(1, mortgage_rate, dtype=kind),
        equity=nothing,
        peak=nothing,
        vix=np.full(1, snapshot["vix"], dtype=kind),
        together=false,
        window=Window(snapshot["days_over_iorb"], observed, chance.daily.shape[1], chance.paths, p),
        pace=np.ones(1),
        emergency_left=nothing,
        stopped=nothing,
        purchases=Purchases(nothing, nothing),
        turbulent=np.full(1, chance.turbulent),
        unemployment=unemployment,
        unemployment_trail=deque([unemployment] * HALF_YEAR, maxlen=HALF_YEAR),
        inflation=np.full(1, snapshot["cpi_yoy"]),
        drained=np.zeros(1),
        bill_supply=deque([np.zeros(1)] * bill_weeks),
        bills_supplied=np.zeros(1),
        borrowed=nothing,
        supply={name: np.zeros(1) for name in ("coupons", "mbs", "bills")},
    )
