"""What the central bank holds and what of it matures: Treasury ladder and mortgage prepayments.

A cap is an upper limit: redemptions are min(cap, maturing), paydowns min(cap, prepaying).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from functools import cache

import numpy as np

from ..records import CapStep, RunoffPlan
from ..tables import Draws, read_table
from ..units import WEEKS_A_MONTH, WEEKS_A_YEAR


@dataclass(frozen=True)
class WeeklyFlows:
    """Flows of one week before the balance sheet is booked, each (S,), USD bn, positive as named.

    treasuries, bills, mbs: change of the central bank's holdings. coupon_supply, mbs_supply, bill_supply: what the
    private sector must hold more of: the Treasury replaces what runs off partly by coupons and partly by bills, and
    mortgages that prepay out of the portfolio are refinanced by private investors.
    """

    treasuries: np.ndarray
    bills: np.ndarray
    mbs: np.ndarray
    coupon_supply: np.ndarray
    mbs_supply: np.ndarray
    bill_supply: np.ndarray


@cache
def maturing_share() -> dict[int, float]:
    """Share of the coupon holdings that matures in each calendar month (table coupon_ladder.csv)."""
    return {int(row["month"]): float(row["share"]) for row in read_table("stresstest.plumbing", "coupon_ladder.csv")}


def step_at(plan: RunoffPlan, day: date) -> CapStep:
    """The amounts in force on ``day``: zero before the first step and after the end."""
    current = CapStep(day)
    if day > plan.end:
        return current
    for step in plan.steps:
        if step.start <= day:
            current = step
    return current


def is_runoff(plan: RunoffPlan) -> bool:
    """Whether any step shrinks the balance sheet."""
    return any(step.treasury_cap or step.mbs_cap or step.mbs_sales for step in plan.steps)


def prepayment(mortgage_rate: np.ndarray, p: Draws) -> np.ndarray:
    """Monthly share of MBS that prepays (single monthly mortality), decimal. mortgage_rate: (S,), decimal.

    A floor when borrowers are locked in, and a logistic rise as the rate falls below the portfolio's coupon.
    """
    incentive = (p["mbs_coupon"] - mortgage_rate) / p["smm_width"]
    monthly_base, monthly_open = p["smm_base"] / 12, p["smm_refinancing"] / 12
    return monthly_base + monthly_open / (1.0 + np.exp(-incentive))


def weekly_flows(
    step: CapStep,
    plan: RunoffPlan,
    running: np.ndarray,
    emergency: np.ndarray,
    day: date,
    coupons: np.ndarray,
    bills: np.ndarray,
    mbs: np.ndarray,
    mortgage_rate: np.ndarray,
    p: Draws,
) -> WeeklyFlows:
    """Flows of the week that ends on ``day``.

    running: (S,) bool, False once the committee has stopped the plan. emergency: (S,) USD bn a month of bill purchases
    decided after a funding break. coupons, bills, mbs: (S,) holdings at the start of the week.
    """
    go = running / WEEKS_A_MONTH
    cap = step.treasury_cap * go
    maturing_coupons = coupons * maturing_share()[day.month] / WEEKS_A_MONTH
    maturing_bills = bills / (p["bill_life"] * WEEKS_A_YEAR) if plan.fill_with_bills else np.zeros_like(bills)
    coupon_runoff = np.minimum(cap, maturing_coupons)
    bill_runoff = np.minimum(cap - coupon_runoff, maturing_bills)
    paydown = mbs * prepayment(mortgage_rate, p) / WEEKS_A_MONTH
    mbs_runoff = np.minimum(step.mbs_cap * go, paydown)
    sales = np.minimum(step.mbs_sales * go, mbs - paydown)
    reinvested = paydown - mbs_runoff  # above the cap: back into Treasuries
    into_bills = reinvested if plan.mbs_principal_to == "bills" else np.zeros_like(reinvested)
    into_coupons = reinvested - into_bills
    bought_bills = (step.bill_purchases * running + emergency) / WEEKS_A_MONTH
    bought_coupons, bought_mbs = step.coupon_purchases * go, step.mbs_purchases * go
    share = p["coupon_refinancing"]
    refinanced = share * (coupon_runoff + bill_runoff)
    return WeeklyFlows(
        treasuries=into_bills + into_coupons + bought_bills + bought_coupons - coupon_runoff - bill_runoff,
        bills=into_bills + bought_bills - bill_runoff,
        mbs=bought_mbs - paydown - sales,
        coupon_supply=refinanced - into_coupons - bought_coupons,
        mbs_supply=paydown + p["active_factor"] * sales - bought_mbs,
        bill_supply=(coupon_runoff + bill_runoff) - refinanced - into_bills - bought_bills,
    )
