"""The weekly loop: plan and weather in, balance sheet, funding spread and regimes out. Vectorised over paths.

One step books the flows of a week, finds the new scarcity, draws the funding spread of each business day, and asks
whether the committee stops and whether turbulence begins. Only the loop over weeks is a Python loop.
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import cache

import numpy as np

from ..errors import StresstestError
from ..records import ASSETS, LIABILITIES, BalanceSheetPath, FundingPath, MarketSnapshot, RunoffPlan, Supply
from ..tables import Draws, central, read_table
from ..units import WEEKS_A_MONTH, WEEKS_A_YEAR
from . import funding, reaction, securities
from .calendar import FundingDay, business_days, funding_day

#: The identity must close to this, USD bn, on every path and date.
IDENTITY_TOLERANCE = 0.01
WINDOW_DAYS = 20


@dataclass(frozen=True)
class Conditions:
    """What the plumbing takes from markets and from chance: the same numbers for every plan that is compared.

    equity_calm, equity_turbulent: (S, T) weekly log returns in either regime. mortgage: (S, T) weekly change of the
    mortgage rate. demand, tga: (S, T) standard normals. daily: (S, D) standard normals. spikes: (2, S, D) uniforms.
    chance: (4, S, T) uniforms for halt, emergency, restart and turbulence. leverage: (S,) uniform.
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

    @property
    def paths(self) -> int:
        """Number of paths, S."""
        return int(self.leverage.shape[0])


@dataclass(frozen=True)
class Plumbing:
    """Result of the loop. turbulent, fragile: (S, T) bool; fragile: leverage is high and funding stress persists."""

    balance: BalanceSheetPath
    funding: FundingPath
    turbulent: np.ndarray
    fragile: np.ndarray


@dataclass
class _State:
    """Levels at the start of a week, each (S,); private to the loop.

    anchor: observed spread less the curve at the start. It stays, so that a draw of the curve's parameters changes how
    the spread moves and not where it is today; demand is the shift that comes and goes.
    """

    items: dict[str, np.ndarray]
    bills: np.ndarray
    bank_assets: np.ndarray
    anchor: np.ndarray
    demand: np.ndarray
    tga_gap: np.ndarray
    mortgage_rate: np.ndarray
    equity: np.ndarray
    peak: np.ndarray
    vix: np.ndarray
    window: np.ndarray
    running: np.ndarray
    emergency_left: np.ndarray
    turbulent: np.ndarray
    supply: dict[str, np.ndarray] = field(default_factory=dict)

    @property
    def scarcity(self) -> np.ndarray:
        return (self.items["reserves"] + self.items["on_rrp"]) / self.bank_assets


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


def project(
    plan: RunoffPlan,
    snapshot: MarketSnapshot,
    weeks: int,
    conditions: Conditions | None = None,
    parameters: Draws | None = None,
    baseline_supply: float = 0.0,
) -> Plumbing:
    """Run ``plan`` from the snapshot for ``weeks`` weeks.

    conditions: None means no chance at all: one path, central parameters, no reaction (what the plan announces).
    parameters: draws with S entries, or central values. baseline_supply: effective supply of the plan that markets
    expect, share of GDP a year; faster supply raises the hazard of turbulence.

    Raises StresstestError when the balance-sheet identity does not close (a bug, never the user's fault).
    """
    p = central() if parameters is None else parameters
    dates, calendar = week_dates(snapshot.as_of, weeks), weekly_calendar(snapshot.as_of, weeks)
    chance = conditions if conditions is not None else _no_chance(weeks, sum(len(week) for week in calendar))
    react = plan.reaction and conditions is not None
    shrinks = securities.is_runoff(plan)
    state = _start(snapshot, p, chance.paths)
    keep = _Recorder(chance.paths, weeks, chance.daily.shape[1], state)
    leverage_high = chance.leverage < p["leverage_high"]
    day_count = 0
    for week in range(weeks):
        _book_week(state, plan, dates[week + 1], chance.tga[:, week], snapshot, p)
        days = calendar[week]
        spread = _spread_week(state, days, chance, slice(day_count, day_count + len(days)), week, p)
        day_count += len(days)
        _markets_week(state, chance, week, p)
        fragile = leverage_high & ((state.window > p["liquidity_spread"][:, None]).mean(axis=1) > p["liquidity_share"])
        if react:
            _react(state, spread, shrinks, chance.chance[:, :, week], snapshot["cpi_yoy"], p)
        if conditions is not None:
            pace = _pace(state, snapshot["gdp"], week + 1, p) - baseline_supply
            _turn(state, pace, fragile, chance.chance[3, :, week], p)
        keep.week(week, state, spread, fragile)
    return keep.result(dates, calendar, snapshot)


def announced_supply(plan: RunoffPlan, snapshot: MarketSnapshot, weeks: int) -> Supply:
    """Supply that the plan implies without chance or reaction: each kind (T+1,)."""
    return project(plan, snapshot, weeks).balance.supply.at(0)


@cache
def _seasonal() -> np.ndarray:
    rows = read_table("stresstest.plumbing", "tga_seasonal.csv")
    return np.array([float(row["usd_bn"]) for row in rows])


def _tga_normal(day: date, p: Draws) -> np.ndarray:
    return p["tga_target"] + _seasonal()[day.isocalendar().week - 1]


def _no_chance(weeks: int, days: int) -> Conditions:
    zero, never = np.zeros((1, weeks)), np.ones((4, 1, weeks))
    return Conditions(
        zero, zero, zero, zero, zero, np.zeros((1, days)), np.ones((2, 1, days)) - 1e-12, never, np.ones(1)
    )


def _start(snapshot: MarketSnapshot, p: Draws, paths: int) -> _State:
    def level(name: str) -> np.ndarray:
        return np.full(paths, snapshot[name])

    items = {name: level(name) for name in (*ASSETS, *LIABILITIES)}
    scarcity = (items["reserves"] + items["on_rrp"]) / snapshot["bank_assets"]
    observed = snapshot["sofr"] - snapshot["iorb"]
    return _State(
        items=items,
        bills=level("bills"),
        bank_assets=level("bank_assets"),
        anchor=observed - funding.ordinary_spread(scarcity, p) + np.zeros(paths),
        demand=np.zeros(paths),
        tga_gap=snapshot["tga"] - _tga_normal(snapshot.as_of, p) + np.zeros(paths),
        mortgage_rate=level("mortgage_rate"),
        equity=np.zeros(paths),
        peak=np.zeros(paths),
        vix=level("vix"),
        window=np.full((paths, WINDOW_DAYS), observed),
        running=np.ones(paths, dtype=bool),
        emergency_left=np.zeros(paths),
        turbulent=np.zeros(paths, dtype=bool),
        supply={name: np.zeros(paths) for name in ("coupons", "mbs", "bills")},
    )


def _book_week(
    state: _State, plan: RunoffPlan, day: date, tga_noise: np.ndarray, snapshot: MarketSnapshot, p: Draws
) -> None:
    """Book one week: holdings, then liabilities that have their own laws, then reserves as what is left."""
    items = state.items
    emergency = np.where(state.emergency_left > 0, p["emergency_pace"] / 12, 0.0)
    coupons = items["treasuries"] - state.bills
    flows = securities.weekly_flows(
        securities.step_at(plan, day), plan, state.running, emergency, day, coupons, state.bills, items["mbs"],
        state.mortgage_rate, p,
    )  # fmt: skip
    currency = items["currency"] * p["currency_growth"] / WEEKS_A_YEAR
    state.tga_gap = p["tga_persistence"] * state.tga_gap + p["tga_noise"] * tga_noise
    tga = np.maximum(0.0, _tga_normal(day, p) + state.tga_gap) - items["tga"]
    deferred = _deferred_change(items, snapshot, p)
    drain = currency + tga + deferred - flows.treasuries - flows.mbs
    on_rrp = _on_rrp_change(items["on_rrp"], drain, state.scarcity, p)
    changes = {
        "treasuries": flows.treasuries, "mbs": flows.mbs, "currency": currency, "tga": tga, "on_rrp": on_rrp,
        "deferred_asset": deferred, "reserves": -drain - on_rrp,
    }  # fmt: skip
    for name, change in changes.items():
        items[name] = items[name] + change
    state.bills = state.bills + flows.bills
    state.bank_assets = state.bank_assets * (1.0 + p["bank_asset_growth"] / WEEKS_A_YEAR)
    for name, flow in (("coupons", flows.coupon_supply), ("mbs", flows.mbs_supply), ("bills", flows.bill_supply)):
        state.supply[name] = state.supply[name] + flow


def _deferred_change(items: Mapping[str, np.ndarray], snapshot: MarketSnapshot, p: Draws) -> np.ndarray:
    """Income pays the deferred asset down, losses add to it; income beyond that goes to the Treasury."""
    income = (
        p["soma_yield"] * (items["treasuries"] + items["mbs"])
        - snapshot["iorb"] * items["reserves"]
        - snapshot["on_rrp_rate"] * (items["on_rrp"] + items["foreign_repo"])
    ) / WEEKS_A_YEAR
    return np.minimum(income, np.maximum(0.0, -items["deferred_asset"]))


def _on_rrp_change(level: np.ndarray, drain: np.ndarray, scarcity: np.ndarray, p: Draws) -> np.ndarray:
    """Overnight reverse repo drains first, down to a floor, and refills only when liquidity is abundant."""
    drained = np.minimum(p["on_rrp_share"] * drain, np.maximum(0.0, level - p["on_rrp_floor"]))
    refill = np.where(scarcity > p["on_rrp_abundance"], p["on_rrp_refill"] * -drain, 0.0)
    return np.where(drain > 0, -drained, refill)


def _spread_week(
    state: _State, days: tuple[FundingDay, ...], chance: Conditions, columns: slice, week: int, p: Draws
) -> np.ndarray:
    """Daily spreads of the week, (S, days); updates the demand state and the 20-day window."""
    weekly_memory = p["demand_persistence"] ** (1.0 / WEEKS_A_MONTH)
    shock = p["demand_sd"] * np.sqrt(1.0 - weekly_memory**2)
    state.demand = weekly_memory * state.demand + shock * chance.demand[:, week]
    noise, uniform = chance.daily[:, columns], chance.spikes[:, :, columns]
    spread = funding.week_spread(days, state.scarcity, state.anchor + state.demand, noise, uniform, p)
    state.window = np.concatenate([state.window[:, len(days) :], spread], axis=1)
    return spread


def _markets_week(state: _State, chance: Conditions, week: int, p: Draws) -> None:
    """Equity level, its peak, VIX and the mortgage rate, as far as the committee watches them."""
    equity = np.where(state.turbulent, chance.equity_turbulent[:, week], chance.equity_calm[:, week])
    state.equity = state.equity + equity
    state.peak = np.maximum(state.peak, state.equity)
    pull = p["vix_mean"] + p["vix_persistence"] * (state.vix - p["vix_mean"])
    state.vix = np.maximum(p["vix_floor"], pull + p["vix_beta"] * equity)
    state.mortgage_rate = np.maximum(0.0, state.mortgage_rate + chance.mortgage[:, week])


def _react(state: _State, spread: np.ndarray, shrinks: bool, chance: np.ndarray, inflation: float, p: Draws) -> None:
    """Emergency purchases after a break; and, for a plan that shrinks the balance sheet, stop or resume."""
    emergency = chance[1] < reaction.emergency_hazard(spread.max(axis=1), state.vix, p)
    state.emergency_left = np.where(emergency, p["emergency_weeks"] * WEEKS_A_YEAR, state.emergency_left - 1.0)
    if not shrinks:
        return
    scarcity, drawdown = state.scarcity, 1.0 - np.exp(state.equity - state.peak)
    above_floor = (state.window > 0).mean(axis=1)
    halt = chance[0] < reaction.halt_hazard(above_floor, drawdown, inflation, scarcity, p)
    restart = chance[2] < reaction.restart_hazard(scarcity, inflation, p)
    state.running = np.where(state.running, ~(halt | emergency), restart)


def _pace(state: _State, gdp: float, weeks: int, p: Draws) -> np.ndarray:
    """Effective supply so far as a share of GDP a year."""
    return Supply(**state.supply).duration(p["bill_factor"]) / gdp * WEEKS_A_YEAR / weeks


def _turn(state: _State, pace: np.ndarray, fragile: np.ndarray, chance: np.ndarray, p: Draws) -> None:
    enter = chance < reaction.turbulence_hazard(state.scarcity, pace, fragile, p)
    leave = chance < reaction.calm_hazard(p)
    state.turbulent = np.where(state.turbulent, ~leave, enter)


class _Recorder:
    """Keeps the arrays of the loop and turns them into records."""

    def __init__(self, paths: int, weeks: int, days: int, start: _State) -> None:
        self.items = {name: np.empty((paths, weeks + 1)) for name in (*ASSETS, *LIABILITIES)}
        self.supply = {name: np.zeros((paths, weeks + 1)) for name in start.supply}
        self.scarcity = np.empty((paths, weeks + 1))
        self.flags = {
            name: np.zeros((paths, weeks), dtype=bool) for name in ("turbulent", "fragile", "halted", "emergency")
        }
        self.spread, self.count = np.empty((paths, days)), 0
        self.weekly, self.stressed = np.empty((paths, weeks)), np.empty((paths, weeks))
        self._levels(0, start)

    def _levels(self, column: int, state: _State) -> None:
        for name, values in self.items.items():
            values[:, column] = state.items[name]
        for name, values in self.supply.items():
            values[:, column] = state.supply[name]
        self.scarcity[:, column] = state.scarcity

    def week(self, week: int, state: _State, spread: np.ndarray, fragile: np.ndarray) -> None:
        self._levels(week + 1, state)
        self.spread[:, self.count : self.count + spread.shape[1]] = spread
        self.count += spread.shape[1]
        self.weekly[:, week], self.stressed[:, week] = spread.mean(axis=1), (state.window > 0).mean(axis=1)
        flags = {"turbulent": state.turbulent, "fragile": fragile, "halted": ~state.running}
        for name, values in (flags | {"emergency": state.emergency_left > 0}).items():
            self.flags[name][:, week] = values

    def result(
        self, dates: tuple[date, ...], calendar: tuple[tuple[FundingDay, ...], ...], snapshot: MarketSnapshot
    ) -> Plumbing:
        gap = sum(self.items[name] for name in ASSETS) - sum(self.items[name] for name in LIABILITIES)
        imbalance = float(np.abs(gap).max())
        if not imbalance < IDENTITY_TOLERANCE:
            raise StresstestError(f"the balance sheet does not close: {imbalance:.3g} USD bn")
        balance = BalanceSheetPath(
            dates, self.items, self.scarcity, Supply(**self.supply),
            self.flags["halted"], self.flags["emergency"], imbalance,
        )  # fmt: skip
        days = tuple(day.day for week in calendar for day in week)
        spread = FundingPath(days, self.spread, self.weekly, self.stressed, snapshot["iorb"] + self.weekly)
        return Plumbing(balance, spread, self.flags["turbulent"], self.flags["fragile"])
