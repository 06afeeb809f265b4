"""One week of the balance sheet: holdings, then liabilities that have their own laws, then reserves as what is left."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import numpy as np

from ..records import ASSETS, LIABILITIES, MarketSnapshot, RunoffPlan
from ..tables import Draws
from ..units import WEEKS_A_MONTH, WEEKS_A_YEAR
from . import liabilities, management, mortgages, treasuries
from .constants import constant
from .course import Course
from .state import Given, State

#: Items without a law of their own: they stay unless a level is given.
GIVEN_ALONE = ("loans_repo", "foreign_repo", "other_deposits")


@dataclass(frozen=True)
class Week:
    """Which week it is, from 0, and what is fixed about it."""

    number: int
    course: Course
    given: Given

    @property
    def plan(self) -> RunoffPlan:
        """The plan that runs."""
        return self.course.plan

    @property
    def snapshot(self) -> MarketSnapshot:
        """Levels at the start."""
        return self.course.snapshot

    @property
    def day(self) -> date:
        """Last day of the week."""
        return self.course.dates[self.number + 1]

    @property
    def principal_to(self) -> str:
        """What MBS principal above the cap buys."""
        return self.course.schedule.principal_to[self.number]

    def amount(self, name: str) -> float:
        """USD bn of one of the plan's amounts that falls into the week."""
        return float(self.course.schedule.amounts[name][self.number])

    def level(self, name: str) -> float | None:
        """The given level at the end of the week, if any."""
        return float(self.given[name][self.number + 1]) if name in self.given else None


@dataclass(frozen=True)
class _Securities:
    """Flows of the securities side, USD bn, positive as named. accrued: inflation compensation."""

    treasuries: np.ndarray
    mbs: np.ndarray
    accrued: np.ndarray
    bill_runoff: np.ndarray


def book_week(state: State, week: Week, tga_noise: np.ndarray, p: Draws) -> None:
    """Book one week into ``state``. tga_noise: (S,) standard normal."""
    flows = _book_securities(state, week, p)
    items = state.items
    changes = {"treasuries": flows.treasuries, "mbs": flows.mbs, "tga": _tga_change(state, week, tga_noise, p)}
    changes |= {name: _level(state, week, name) for name in GIVEN_ALONE if name in week.given}
    changes |= {"other_assets": _other_assets(state, week), "currency": _currency(state, week, p)}
    earned = liabilities.income(items, state.treasuries.bills, flows.accrued, _rates(state, week), p)
    changes["deferred_asset"] = liabilities.deferred_change(earned, items["deferred_asset"], week.plan.bank)
    assets = sum(changes[name] for name in ASSETS if name in changes)
    drain = np.asarray(sum(changes[name] for name in LIABILITIES if name in changes) - assets)
    changes["on_rrp"] = _on_rrp(state, week, drain, changes["tga"], flows.bill_runoff, p)
    changes["reserves"] = -drain - changes["on_rrp"]
    for name, change in changes.items():
        items[name] = items[name] + change
    state.bank_assets = state.bank_assets * (1.0 + p["bank_asset_growth"] / WEEKS_A_YEAR)
    state.measure()


def _book_securities(state: State, week: Week, p: Draws) -> _Securities:
    """Maturities, paydowns, purchases and sales of the week; adds up what the private sector must hold more of."""
    book, go = state.treasuries, state.pace
    before = book.total()
    accrued = treasuries.accrue(book, _inflation(state, week))
    wanted = week.amount("treasury_sales")
    sold = treasuries.sell(book, wanted * go) if wanted else np.zeros(1)
    schedule, fill = week.course.schedule, week.plan.fill_with_bills
    slices = schedule.weeks[week.number]
    redeemed, bills_redeemed = treasuries.run_off(book, slices, schedule, go, fill, p)
    paid, reinvested, mbs_bought, mbs_sold, mbs = _book_mortgages(state, week)
    to = week.principal_to
    bills = _bills_bought(state, week, p) + (reinvested if to == "bills" else 0.0)
    coupons = week.amount("coupon_purchases") * go + (reinvested if to == "treasuries" else 0.0)
    book.bills = book.bills + bills
    if coupons.any():
        treasuries.roll_over(book, coupons, slices[-1].month)
    share = p["coupon_refinancing"]
    runoff = redeemed + bills_redeemed
    with_bills = (1.0 - share) * runoff
    supply = {
        "coupons": runoff - with_bills - coupons + p["active_factor"] * sold,
        "mbs": paid - (reinvested if to == "mbs" else 0.0) + p["active_factor"] * mbs_sold - mbs_bought,
        "bills": with_bills - bills,
    }
    for name, flow in supply.items():
        state.supply[name] = state.supply[name] + flow
    return _Securities(book.total() - before, mbs, accrued, with_bills)


def _bills_bought(state: State, week: Week, p: Draws) -> np.ndarray:
    """Bills bought in the week as announced, in an emergency, by a rule of the plan, and to keep reserves ample."""
    bought = np.asarray(week.amount("bill_purchases") * state.running)
    if week.plan.reaction:
        bought = bought + (state.emergency_left > 0) * (p["emergency_pace"] / 12 / WEEKS_A_MONTH)
    if week.plan.rules:
        bought = bought + (state.purchases.weeks > 0) * state.purchases.amount / WEEKS_A_MONTH
    if management.falls_back(week.plan):
        bought = bought + management.bought(state, p) / WEEKS_A_MONTH
    return bought


def _book_mortgages(state: State, week: Week) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Paydowns, what of them is reinvested, purchases, sales and change of MBS in the week."""
    book, go = state.mortgages, state.pace
    repaid = mortgages.paydown(book, state.mortgage_rate, week.day.month)
    paid = repaid.sum(axis=0)
    cap, sales = week.amount("mbs_cap"), week.amount("mbs_sales")
    reinvested = paid - np.minimum(cap * go, paid) if cap else paid
    sold = np.minimum(sales * go, np.maximum(0.0, state.items["mbs"] - paid)) if sales else np.zeros(1)
    bought = week.amount("mbs_purchases") * go
    change = mortgages.settle(book, repaid, sold, bought, state.mortgage_rate)
    mortgages.order(book, reinvested if week.principal_to == "mbs" else np.zeros(1))
    return paid, reinvested, bought, sold, change


def _inflation(state: State, week: Week) -> np.ndarray:
    """Inflation that TIPS feel this week, (S,): expected at the start, plus what the path has departed from it."""
    snapshot, years = week.snapshot, week.number / WEEKS_A_YEAR
    now, expected = snapshot["cpi_yoy"], snapshot["breakeven_10y"]
    felt = treasuries.expected_inflation(years, now, expected)
    today = treasuries.expected_inflation(years + constant("tips_month_lag"), now, expected)
    return np.asarray(felt + state.inflation - today)


def _level(state: State, week: Week, name: str) -> np.ndarray:
    """Change to the given level. Loans and repo are given outside the facilities, which are booked after the spread."""
    level, now = week.level(name), state.items[name]
    assert level is not None
    return np.asarray(level + state.borrowed - now if name == "loans_repo" else level - now)


def _other_assets(state: State, week: Week) -> np.ndarray:
    """Fall of unamortised premiums, (S,); or given.

    Income is net of it. While the bank makes losses, the deferred asset grows by as much and reserves are untouched;
    with profits the Treasury is remitted that much less and takes it from the banks.
    """
    if "other_assets" in week.given:
        return _level(state, week, "other_assets")
    securities = state.items["treasuries"] + state.items["mbs"]
    if week.plan.bank != "fed":
        return np.zeros_like(securities)  # holdings of the others are not stated at face value
    return np.asarray(-constant("premium_amortisation") / WEEKS_A_YEAR * securities)


def _currency(state: State, week: Week, p: Draws) -> np.ndarray:
    """Growth of currency at its own rate; or given."""
    if "currency" in week.given:
        return _level(state, week, "currency")
    return np.asarray(state.items["currency"] * (p["currency_growth"] / WEEKS_A_YEAR))


def _tga_change(state: State, week: Week, noise: np.ndarray, p: Draws) -> np.ndarray:
    """The given level, or the plan's dated course, or the usual one with a gap that closes."""
    if "tga" in week.given:
        return _level(state, week, "tga")
    state.tga_gap = p["tga_persistence"] * state.tga_gap + p["tga_noise"] * noise
    snapshot = week.snapshot
    course = liabilities.tga_course(week.plan, week.day, snapshot.as_of, snapshot["tga"])
    aim = liabilities.tga_normal(week.day, p, week.plan.bank) if course is None else course
    return np.asarray(np.maximum(0.0, aim + state.tga_gap) - state.items["tga"])


def _rates(state: State, week: Week) -> dict[str, np.ndarray | float]:
    """Policy rates of the week, (S,): given, or what the curve of the start implies and rates have moved since.

    A mortgage rate away from its start is read as news about rates, with the pass-through of the table.
    """
    s = week.snapshot
    level = week.level("iorb")
    moved = constant("policy_pass_through") * (state.mortgage_rate - s["mortgage_rate"])
    iorb = np.maximum(0.0, float(week.course.policy[week.number]) + moved) if level is None else level
    own = s.quotes.get("portfolio_yield")
    core = liabilities.core_yield(s.as_of) if own is None else own.value
    return {"iorb": iorb, "on_rrp": iorb + s["on_rrp_rate"] - s["iorb"], "bill": s["ust_3m"] - s["iorb"], "core": core}


def _on_rrp(
    state: State, week: Week, drain: np.ndarray, tga: np.ndarray, bill_runoff: np.ndarray, p: Draws
) -> np.ndarray:
    """Change of overnight reverse repo: given, or its answer to the smoothed drain and to the supply of bills.

    The Treasury fills its account with bills and lets them run down with it, so that its change counts as supply.
    """
    state.bill_supply.append(tga + bill_runoff)
    state.bills_supplied = state.bills_supplied + state.bill_supply[-1] - state.bill_supply.popleft()
    state.drained = liabilities.smoothed(state.drained, drain)
    if "on_rrp" in week.given:
        return _level(state, week, "on_rrp")
    ceiling = liabilities.under_debt_ceiling(week.plan, week.day)
    plentiful = liabilities.bills_plentiful(state.bills_supplied, ceiling)
    return liabilities.on_rrp_change(state.items["on_rrp"], state.drained, state.scarcity, plentiful, p)
