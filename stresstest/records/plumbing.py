"""Plans, and the balance sheet and funding spread that they lead to."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date

import numpy as np
import pandas as pd


@dataclass(frozen=True)
class CapStep:
    """Monthly amounts from ``start`` until the next step, USD bn. Caps limit runoff; purchases and sales add to it.

    mbs_principal_to: overrides the plan's from ``start`` on; "" leaves it.
    """

    start: date
    treasury_cap: float = 0.0
    mbs_cap: float = 0.0
    bill_purchases: float = 0.0
    coupon_purchases: float = 0.0
    mbs_purchases: float = 0.0
    mbs_sales: float = 0.0
    treasury_sales: float = 0.0
    mbs_principal_to: str = ""


@dataclass(frozen=True)
class TgaStep:
    """A dated level of the Treasury's account, USD bn; the account moves to it in a straight line from the step before.

    debt_ceiling: whether the way to this level is a spell under the debt ceiling, in which the stock of bills shrinks.
    """

    date: date
    level: float
    debt_ceiling: bool = False


@dataclass(frozen=True)
class PlanRule:
    """What the plan itself says it will do, and when; asked every week of every path.

    when: "halt" (runoff stops), "slow" (runoff goes on at ``share`` of its amounts), "restart" (the announced amounts
    again), "purchase" (``amount`` of bills a month, USD bn, for ``weeks`` weeks) or "maintain" (as many bills as keep
    L at the bound under which it is asked). conditions: name of the measure (see ``MEASURES`` in plumbing.rules) to the
    bound it must pass, internal units; all must hold. The rule counts from ``start`` to ``until``, both included.
    """

    when: str
    conditions: Mapping[str, float]
    start: date = date.min
    until: date = date.max
    share: float = 0.0
    amount: float = 0.0
    weeks: int = 0


@dataclass(frozen=True)
class RunoffPlan:
    """What the central bank announces. A cap is an upper limit, not a flow.

    steps: dated amounts, in order. priced_in: share of the announcement that markets already expect (0 to 1).
    fill_with_bills: maturing bills fill what coupons leave of the cap. mbs_principal_to: what the principal above the
    cap buys: "bills", "treasuries" (at auction, over the mix of maturities) or "mbs" (settling weeks later).
    reaction: whether the committee may slow, stop or restart the plan. rules: conditions that the plan itself states.
    tga: dated levels of the Treasury's account, none for its usual course. bank: whose balance sheet ("fed", "ecb",
    "boe"); amounts are in that bank's currency. with_plans: plans of other banks that run beside this one.
    bill_share: share of the runoff that the Treasury refinances with bills, None for the draw of the parameter table.
    coupon_surprise: coupons that the Treasury issues beyond what markets expect, share of GDP a year. doubt:
    probability that markets doubt the currency and the dollar turns, None for the draw of the parameter table.
    """

    name: str
    title: str
    steps: tuple[CapStep, ...]
    end: date
    priced_in: float = 0.0
    fill_with_bills: bool = True
    mbs_principal_to: str = "bills"
    reaction: bool = True
    narrative: str = ""
    sources: tuple[str, ...] = ()
    rules: tuple[PlanRule, ...] = ()
    tga: tuple[TgaStep, ...] = ()
    bank: str = "fed"
    with_plans: tuple[str, ...] = ()
    bill_share: float | None = None
    coupon_surprise: float = 0.0
    doubt: float | None = None


@dataclass(frozen=True)
class MaturityList:
    """Treasury securities of the central bank one by one on ``as_of``; arrays (N,), amounts in USD bn.

    maturity: days (datetime64[D]). kind: "bills", "notes_bonds", "frn" or "tips". par: face value. compensation:
    inflation compensation accrued (TIPS only).
    """

    as_of: date
    maturity: np.ndarray
    kind: np.ndarray
    par: np.ndarray
    compensation: np.ndarray
    source: str


ASSETS = ("treasuries", "mbs", "loans_repo", "other_assets")
LIABILITIES = (
    "currency", "reserves", "on_rrp", "foreign_repo", "tga", "other_deposits", "other_liabilities", "capital",
    "deferred_asset",
)  # fmt: skip


@dataclass(frozen=True)
class Supply:
    """Cumulated par that the private sector must hold more of, by kind: arrays of one shape, USD bn."""

    coupons: np.ndarray
    mbs: np.ndarray
    bills: np.ndarray

    def duration(self, bill_factor: np.ndarray | float) -> np.ndarray:
        """Weighted by what moves the term premium: coupons and MBS in full, bills at ``bill_factor``."""
        return self.coupons + self.mbs + bill_factor * self.bills

    def par(self) -> np.ndarray:
        """All kinds together."""
        return self.coupons + self.mbs + self.bills

    def less(self, other: Supply) -> Supply:
        """Difference by kind; shapes broadcast."""
        return Supply(self.coupons - other.coupons, self.mbs - other.mbs, self.bills - other.bills)

    def at(self, index: int | slice | tuple[object, ...]) -> Supply:
        """The same entries of every kind."""
        return Supply(self.coupons[index], self.mbs[index], self.bills[index])  # type: ignore[index]


@dataclass(frozen=True)
class BalanceSheetPath:
    """Weekly balance sheet. ``dates`` has T+1 entries, the first is the start; each item is (S, T+1), USD bn.

    ``deferred_asset`` is a negative liability. ``imbalance`` is the largest absolute difference between assets and
    liabilities over all paths and dates, USD bn. ``scarcity`` is L = (reserves + ON RRP) / bank assets, decimal.
    ``supply`` is what the plan and the Treasury together hand to the private sector, (S, T+1).
    ``halted`` is True from the week in which the committee stops the runoff. ``detail``: Treasuries by class
    (bills, notes_bonds, frn, tips, tips_compensation), take-up of the Fed's lending facilities (facilities) and bank
    assets, each (S, T+1), USD bn.
    """

    dates: tuple[date, ...]
    items: Mapping[str, np.ndarray]
    scarcity: np.ndarray
    supply: Supply
    halted: np.ndarray
    emergency: np.ndarray
    imbalance: float
    detail: Mapping[str, np.ndarray] = field(default_factory=dict)

    def to_frame(self, statistic: Callable[..., np.ndarray] = np.mean) -> pd.DataFrame:
        """Dates by items, each item reduced over paths by ``statistic`` (called with axis=0)."""
        data = {name: statistic(values, axis=0) for name, values in self.items.items()}
        return pd.DataFrame(data, index=pd.DatetimeIndex(self.dates, name="date"))


@dataclass(frozen=True)
class FundingOutlook:
    """What the paths say of the regime of reserves and of single days.

    dates: (T,) ends of weeks. probability: (T,) of each regime by name, which add up to one. thresholds: L, decimal,
    below which reserves are ample and scarce. edges: (K+1,) of the spread, decimal; the last bins hold the tails.
    histogram: (K,) share of the days of each regime. days: share of all days. spikes: share of the days of each regime
    on which the spread passes ``level`` (decimal). kinds: of every business day of the funding path. warnings: dated
    warnings as JSON objects, in the order of time.
    """

    dates: tuple[date, ...]
    probability: Mapping[str, np.ndarray]
    thresholds: Mapping[str, float]
    edges: np.ndarray
    histogram: Mapping[str, np.ndarray]
    days: Mapping[str, float]
    spikes: Mapping[str, float]
    level: float
    kinds: tuple[str, ...]
    warnings: tuple[Mapping[str, object], ...]


@dataclass(frozen=True)
class FundingPath:
    """SOFR less IORB. spread: (S, D) daily, decimal, on business ``dates`` (D,); weekly: (S, T) mean of each week.

    stressed: (S, T) share of the last 20 business days with SOFR above IORB, as SOFR is published, in whole basis
    points: a day counts from half a basis point on. sofr: (S, T) weekly mean, decimal.
    """

    dates: tuple[date, ...]
    spread: np.ndarray
    weekly: np.ndarray
    stressed: np.ndarray
    sofr: np.ndarray

    def to_frame(self) -> pd.DataFrame:
        """Mean, 5th and 95th percentile of the daily spread in basis points."""
        low, high = np.quantile(self.spread, [0.05, 0.95], axis=0)
        data = {"mean": self.spread.mean(axis=0), "p05": low, "p95": high}
        return pd.DataFrame(data, index=pd.DatetimeIndex(self.dates, name="date")) * 1e4
