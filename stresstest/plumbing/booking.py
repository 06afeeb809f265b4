"""One week of the balance sheet: holdings, then liabilities that have their own laws, then reserves as what is left."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import numpy as np

from ..records import MarketSnapshot, RunoffPlan
from ..tables import Draws
from ..units import WEEKS_A_MONTH, WEEKS_A_YEAR
from . import liabilities, mortgages, treasuries
from .constants import constant
from .schedule import Schedule
from .state import Given, State


@dataclass(frozen=True)
class Week:
    """Which week it is and what is fixed about it. number: from 0; day: its last day; policy: (T,) expected IORB."""

    number: int
    day: date
    plan: RunoffPlan
    schedule: Schedule
    snapshot: MarketSnapshot
    given: Given
    policy: np.ndarray

    def amount(self, name: str) -> float:
        """USD bn of one of the plan's amounts that falls into the week."""
        return float(self.schedule.amounts[name][self.number])

    def level(self, name: str) -> float | None:
        """The given level at the end of the week, if any."""
        return float(self.given[name][self.number + 1]) if name in self.given else None


@dataclass(frozen=True)
class _Securities:
    """Flows of the securities side, each (S,), USD bn, positive as named. accrued: inflation compensation."""

    treasuries: np.ndarray
    mbs: np.ndarray
    accrued: np.ndarray
    bill_runoff: np.ndarray


def book_week(state: State, week: Week, tga_noise: np.ndarray, p: Draws) -> None:
    """Book one week into ``state``. tga_noise: (S,) standard normal."""
    flows = _book_securities(state, week, p)
    items = state.items
    changes = {"treasuries": flows.treasuries, "mbs": flows.mbs, "loans_repo": _loans(state, week)}
    changes["other_assets"] = _other_assets(state, week)
    for name in ("currency", "foreign_repo", "other_deposits"):
        changes[name] = _liability(state, week, name, p)
    changes["tga"] = _tga_change(state, week, tga_noise, p)
    earned = liabilities.income(items, state.treasuries.held["bills"], flows.accrued, _rates(state, week), p)
    changes["deferred_asset"] = liabilities.deferred_change(earned, items["deferred_asset"], week.plan.bank)
    assets = flows.treasuries + flows.mbs + changes["loans_repo"] + changes["other_assets"]
    claimed = sum(changes[name] for name in ("currency", "foreign_repo", "other_deposits", "tga", "deferred_asset"))
    drain = np.asarray(claimed - assets)
    changes["on_rrp"] = _on_rrp(state, week, drain, changes["tga"], flows.bill_runoff, p)
    changes["reserves"] = -drain - changes["on_rrp"]
    for name, change in changes.items():
        items[name] = items[name] + change
    state.bank_assets = state.bank_assets * (1.0 + p["bank_asset_growth"] / WEEKS_A_YEAR)


def _book_securities(state: State, week: Week, p: Draws) -> _Securities:
    """Maturities, paydowns, purchases and sales of the week; adds up what the private sector must hold more of."""
    book, go = state.treasuries, state.pace
    before, mbs_before = book.total(), state.mortgages.total()
    accrued = treasuries.accrue(book, _inflation(state, week))
    sold = treasuries.sell(book, week.amount("treasury_sales") * go)
    slices, fill = week.schedule.weeks[week.number], week.plan.fill_with_bills
    redeemed, bills_redeemed = treasuries.run_off(book, slices, week.schedule, go, fill, p)
    paid, reinvested, mbs_bought, mbs_sold = _book_mortgages(state, week, p)
    to = week.schedule.principal_to[week.number]
    emergency = np.where(state.emergency_left > 0, p["emergency_pace"] / 12, 0.0)
    ruled = np.where(state.purchases.weeks > 0, state.purchases.amount, 0.0)
    bills = week.amount("bill_purchases") * state.running + (emergency + ruled) / WEEKS_A_MONTH
    bills = bills + (reinvested if to == "bills" else 0.0)
    coupons = week.amount("coupon_purchases") * go + (reinvested if to == "treasuries" else 0.0)
    book.held["bills"] = book.held["bills"] + bills
    treasuries.roll_over(book, coupons, slices[-1].month)
    share = p["coupon_refinancing"]
    runoff = redeemed + bills_redeemed
    supply = {
        "coupons": share * runoff - coupons + p["active_factor"] * sold,
        "mbs": paid - (reinvested if to == "mbs" else 0.0) + p["active_factor"] * mbs_sold - mbs_bought,
        "bills": (1.0 - share) * runoff - bills,
    }
    for name, flow in supply.items():
        state.supply[name] = state.supply[name] + flow
    mbs = state.mortgages.total() - mbs_before
    return _Securities(book.total() - before, mbs, accrued, (1.0 - share) * runoff)


def _book_mortgages(state: State, week: Week, p: Draws) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Paydowns, what of them is reinvested, purchases and sales of MBS in the week, each (S,)."""
    book, go = state.mortgages, state.pace
    repaid = mortgages.paydown(book, state.mortgage_rate, week.day.month, p)
    paid = repaid.sum(axis=0)
    reinvested = paid - np.minimum(week.amount("mbs_cap") * go, paid)
    sold = np.minimum(week.amount("mbs_sales") * go, np.maximum(0.0, book.total() - paid))
    bought = week.amount("mbs_purchases") * go
    mortgages.settle(book, repaid, sold, bought, state.mortgage_rate)
    into_mbs = week.schedule.principal_to[week.number] == "mbs"
    mortgages.order(book, reinvested if into_mbs else np.zeros_like(reinvested))
    return paid, reinvested, bought, sold


def _inflation(state: State, week: Week) -> np.ndarray:
    """Inflation that TIPS feel this week, (S,): expected at the start, plus what the path has departed from it."""
    snapshot, years = week.snapshot, week.number / WEEKS_A_YEAR
    now, expected = snapshot["cpi_yoy"], snapshot["breakeven_10y"]
    felt = treasuries.expected_inflation(years, now, expected)
    today = treasuries.expected_inflation(years + constant("tips_month_lag"), now, expected)
    return np.asarray(felt + state.inflation - today)


def _loans(state: State, week: Week) -> np.ndarray:
    """Loans and repo outside the facilities stay unless they are given; the facilities are booked after the spread."""
    level = week.level("loans_repo")
    now = state.items["loans_repo"]
    return np.zeros_like(now) if level is None else level + state.borrowed - now


def _other_assets(state: State, week: Week) -> np.ndarray:
    """Fall of unamortised premiums, (S,); or given.

    Income is net of it. While the bank makes losses, the deferred asset grows by as much and reserves are untouched;
    with profits the Treasury is remitted that much less and takes it from the banks.
    """
    level = week.level("other_assets")
    if level is not None:
        return np.asarray(level - state.items["other_assets"])
    securities = state.items["treasuries"] + state.items["mbs"]
    if week.plan.bank != "fed":
        return np.zeros_like(securities)  # holdings of the others are not stated at face value
    return np.asarray(-constant("premium_amortisation") / WEEKS_A_YEAR * securities)


def _liability(state: State, week: Week, name: str, p: Draws) -> np.ndarray:
    """Change of a liability that grows at its own rate unless it is given."""
    level, now = week.level(name), state.items[name]
    if level is not None:
        return np.asarray(level - now)
    growth = p[f"{name}_growth"] if name == "currency" else 0.0
    return np.asarray(now * growth / WEEKS_A_YEAR + np.zeros_like(now))


def _tga_change(state: State, week: Week, noise: np.ndarray, p: Draws) -> np.ndarray:
    """The given level, or the plan's dated course, or the usual one with a gap that closes."""
    now, level = state.items["tga"], week.level("tga")
    if level is not None:
        return np.asarray(level - now)
    state.tga_gap = p["tga_persistence"] * state.tga_gap + p["tga_noise"] * noise
    snapshot = week.snapshot
    course = liabilities.tga_course(week.plan, week.day, snapshot.as_of, snapshot["tga"])
    aim = liabilities.tga_normal(week.day, p, week.plan.bank) if course is None else course
    return np.asarray(np.maximum(0.0, aim + state.tga_gap) - now)


def _rates(state: State, week: Week) -> dict[str, np.ndarray | float]:
    """Policy rates of the week, (S,): given, or what the curve of the start implies and rates have moved since.

    A mortgage rate away from its start is read as news about rates, with the pass-through of the table.
    """
    s = week.snapshot
    level = week.level("iorb")
    moved = constant("policy_pass_through") * (state.mortgage_rate - s["mortgage_rate"])
    iorb = np.maximum(0.0, week.policy[week.number] + moved) if level is None else level + np.zeros_like(moved)
    own = s.quotes.get("portfolio_yield")
    core = liabilities.core_yield(s.as_of) if own is None else own.value
    return {"iorb": iorb, "on_rrp": iorb + s["on_rrp_rate"] - s["iorb"], "bill": s["ust_3m"] - s["iorb"], "core": core}


def _on_rrp(
    state: State, week: Week, drain: np.ndarray, tga: np.ndarray, bill_runoff: np.ndarray, p: Draws
) -> np.ndarray:
    """Change of overnight reverse repo: given, or its answer to the smoothed drain and to the supply of bills.

    The Treasury fills its account with bills and lets them run down with it, so that its change counts as supply.
    """
    level, now = week.level("on_rrp"), state.items["on_rrp"]
    state.bill_supply = np.concatenate([state.bill_supply[1:], (tga + bill_runoff)[None]])
    state.drained = liabilities.smoothed(state.drained, drain)
    if level is not None:
        return np.asarray(level - now)
    ceiling = liabilities.under_debt_ceiling(week.plan, week.day)
    plentiful = liabilities.bills_plentiful(state.bill_supply.sum(axis=0), ceiling)
    return liabilities.on_rrp_change(now, state.drained, state.scarcity, plentiful, p)
