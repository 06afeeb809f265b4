"""Plans, and the balance sheet and funding spread that they lead to."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date

import numpy as np
import pandas as pd


@dataclass(frozen=True)
class CapStep:
    """Monthly amounts from ``start`` until the next step, USD bn. Caps limit runoff; purchases and sales add to it."""

    start: date
    treasury_cap: float = 0.0
    mbs_cap: float = 0.0
    bill_purchases: float = 0.0
    coupon_purchases: float = 0.0
    mbs_purchases: float = 0.0
    mbs_sales: float = 0.0


@dataclass(frozen=True)
class RunoffPlan:
    """What the central bank announces. A cap is an upper limit, not a flow.

    steps: dated amounts, in order. priced_in: share of the announcement that markets already expect (0 to 1).
    fill_with_bills: maturing bills fill what coupons leave of the cap. mbs_principal_to: "bills" or "treasuries".
    reaction: whether the committee may slow, stop or restart the plan.
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
    ``halted`` is True from the week in which the committee stops the runoff.
    """

    dates: tuple[date, ...]
    items: Mapping[str, np.ndarray]
    scarcity: np.ndarray
    supply: Supply
    halted: np.ndarray
    emergency: np.ndarray
    imbalance: float

    def to_frame(self, statistic: Callable[..., np.ndarray] = np.mean) -> pd.DataFrame:
        """Dates by items, each item reduced over paths by ``statistic`` (called with axis=0)."""
        data = {name: statistic(values, axis=0) for name, values in self.items.items()}
        return pd.DataFrame(data, index=pd.DatetimeIndex(self.dates, name="date"))


@dataclass(frozen=True)
class FundingPath:
    """SOFR less IORB. spread: (S, D) daily, decimal, on business ``dates`` (D,); weekly: (S, T) mean of each week.

    stressed: (S, T) share of the last 20 business days with SOFR above IORB. sofr: (S, T) weekly mean, decimal.
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
