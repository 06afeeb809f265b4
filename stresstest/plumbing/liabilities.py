"""Liabilities with laws of their own: currency, the Treasury's account, overnight reverse repo, the deferred asset.

Reserves are what these leave. Amounts are USD bn, arrays (S,).
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from functools import cache

import numpy as np

from ..records import MarketSnapshot, RunoffPlan
from ..tables import Draws, parameter_table, read_table
from ..units import PERCENT, WEEKS_A_YEAR
from .constants import constant


@cache
def _seasonal() -> np.ndarray:
    rows = read_table("stresstest.plumbing", "tga_seasonal.csv")
    return np.array([float(row["usd_bn"]) for row in rows])


def tga_normal(day: date, p: Draws, bank: str = "fed") -> np.ndarray:
    """Usual level of the Treasury's account: its target and the season of taxes and refunds (US only)."""
    season = _seasonal()[day.isocalendar().week - 1] if bank == "fed" else 0.0
    return p["tga_target"] + season


def tga_course(plan: RunoffPlan, day: date, start: date, level: float) -> float | None:
    """Level that the plan's dated steps give for ``day``; None where the account follows its usual course.

    Straight lines from the level at the start through the steps; after the last step the usual course returns.
    """
    knots = [(start, level)] + [(step.date, step.level) for step in plan.tga if step.date > start]
    if len(knots) == 1 or day > knots[-1][0]:
        return None
    days = [knot.toordinal() for knot, _ in knots]
    return float(np.interp(day.toordinal(), days, [value for _, value in knots]))


def under_debt_ceiling(plan: RunoffPlan, day: date) -> bool:
    """Whether ``day`` lies on the way to a step that is marked as a debt-ceiling spell."""
    following = next((step for step in plan.tga if step.date >= day), None)
    return following is not None and following.debt_ceiling


def bills_plentiful(bill_supply: np.ndarray, ceiling: bool) -> np.ndarray:
    """How far money funds find bills to buy, 0 to 1: a logistic in the net supply over the window, (S,), USD bn.

    bill_supply: from the Treasury's account and from runoff; the bills that finance deficits are added. ceiling:
    whether the debt ceiling binds; then funds find none.
    """
    if ceiling:
        return np.zeros_like(bill_supply)
    supply = bill_supply + constant("deficit_bills") * constant("bill_supply_window") / WEEKS_A_YEAR
    return np.asarray(1.0 / (1.0 + np.exp(-2.0 * supply / constant("bill_supply_scale"))))


def phi(plentiful: np.ndarray, p: Draws) -> np.ndarray:
    """Share of a drain that ON RRP takes while it lasts: high when bills are plentiful, low when they are not."""
    low = constant("phi_debt_ceiling")
    return np.asarray(low + (p["on_rrp_share"] - low) * plentiful)


def on_rrp_change(
    level: np.ndarray, drain: np.ndarray, scarcity: np.ndarray, plentiful: np.ndarray, p: Draws
) -> np.ndarray:
    """Overnight reverse repo drains first, down to a floor, and refills only when liquidity is abundant.

    drain: (S,) smoothed. plentiful: (S,), see ``bills_plentiful``.
    """
    refill = (scarcity > p["on_rrp_abundance"]) * p["on_rrp_refill"]
    change = -refill * np.minimum(drain, 0.0) - phi(plentiful, p) * np.maximum(drain, 0.0)
    return np.maximum(change, np.minimum(0.0, p["on_rrp_floor"] - level))


def smoothed(memory: np.ndarray, drain: np.ndarray) -> np.ndarray:
    """The drain that money funds answer to: a mean with a half-life of weeks; tax-date swings fall on reserves."""
    keep = 0.5 ** (1.0 / constant("drain_memory"))
    return np.asarray(keep * memory + (1.0 - keep) * drain)


@cache
def core_yield(start: date) -> float:
    """Net yield on coupons and MBS before inflation compensation, as known at ``start`` (soma_income.csv)."""
    rows = read_table("stresstest.plumbing", "soma_income.csv")
    known = [row for row in rows if date.fromisoformat(row["date"]) <= start]
    return float((known[-1] if known else rows[0])["percent"]) * PERCENT


def income(
    items: Mapping[str, np.ndarray],
    bills: np.ndarray,
    accrued: np.ndarray,
    rates: Mapping[str, np.ndarray | float],
    p: Draws,
) -> np.ndarray:
    """Net income of a week, (S,): interest and compensation earned less interest paid on reserves and reverse repo.

    rates: iorb, on_rrp, bill (market yield of bills at the start less IORB), core (see ``core_yield``), decimal. A
    draw of the parameter ``soma_yield`` moves the core yield by its distance from the central value.
    """
    yields = rates["core"] + p["soma_yield"] - parameter_table()["soma_yield"].value
    earned = yields * (items["treasuries"] + items["mbs"] - bills) + (rates["iorb"] + rates["bill"]) * bills
    paid = rates["iorb"] * items["reserves"] + rates["on_rrp"] * (items["on_rrp"] + items["foreign_repo"])
    return np.asarray((earned - paid) / WEEKS_A_YEAR + accrued)


def policy_path(snapshot: MarketSnapshot, weeks: int) -> np.ndarray:
    """Rate on reserves at the end of each week that the curve of the start implies, (T,), decimal.

    Forward rates of straight zero yields, as moves from the three-month rate; term premium is not taken out. Never
    below zero. It moves only the income of the central bank: SOFR is quoted on the rate of the start.
    """
    years = np.array([tenor for _, tenor in CURVE])
    yields = np.array([snapshot[name] for name, _ in CURVE])
    grid = np.arange(1, weeks + 1) / WEEKS_A_YEAR
    step = 1.0 / WEEKS_A_YEAR
    carried = [np.interp(at, years, yields) * at for at in (grid, grid + step)]
    forward = (carried[1] - carried[0]) / step
    return np.asarray(np.maximum(0.0, snapshot["iorb"] + forward - yields[0]))


def deferred_change(earned: np.ndarray, deferred: np.ndarray, bank: str = "fed") -> np.ndarray:
    """Income pays the deferred asset down, losses add to it; income beyond that goes to the Treasury.

    The Bank of England is indemnified: its losses are paid in cash as they arise, and nothing is deferred.
    """
    if bank == "boe":
        return np.zeros_like(deferred)
    return np.minimum(earned, np.maximum(0.0, -deferred))


#: Knots of the curve that gives the expected policy rate, and their years.
CURVE = (("ust_3m", 0.25), ("ust_1y", 1.0), ("ust_2y", 2.0), ("ust_5y", 5.0), ("ust_10y", 10.0))
