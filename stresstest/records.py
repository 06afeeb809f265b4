"""Frozen records: what one stage hands to the next. No stage edits another's result.

Letters: S scenarios or paths, T weekly dates, F factors, C channels, N positions. Money is in the base currency
(USD); gains are positive in every ``pnl``; a loss or a risk is reported as a positive number.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Protocol

import numpy as np
import pandas as pd

from .errors import Problem

# ---------------------------------------------------------------------------------------------- market and holdings


@dataclass(frozen=True)
class Quote:
    """One dated number of the market snapshot, in internal units (decimals, USD bn)."""

    name: str
    value: float
    date: date
    source: str
    status: str


@dataclass(frozen=True)
class MarketSnapshot:
    """Starting levels. ``quotes`` by name; ``origin`` says where they came from (embedded, cache, folder)."""

    as_of: date
    quotes: Mapping[str, Quote]
    origin: str

    def __getitem__(self, name: str) -> float:
        return self.quotes[name].value

    def fx(self, currency: str) -> float:
        """Value of one unit of ``currency`` in USD. KeyError where the snapshot has no rate."""
        return 1.0 if currency == "USD" else self.quotes[f"fx_{currency.lower()}"].value


@dataclass(frozen=True)
class Terms:
    """Contract terms that a holdings row may give. Rates and spreads are decimals, durations years."""

    coupon: float | None = None
    maturity: date | None = None
    frequency: int | None = None
    rating: str = ""
    spread: float | None = None
    duration: float | None = None
    convexity: float | None = None
    index: str = ""
    multiplier: float = 1.0
    strike: float | None = None
    expiry: date | None = None
    put_call: str = ""
    underlying: str = ""


@dataclass(frozen=True)
class Position:
    """One holding as it was understood.

    quantity: units (face value for bonds), negative for shorts. price: in ``currency`` as quoted (percent of par for
    bonds). market_value: USD, signed. ``reason`` is empty unless the row cannot be modelled.
    """

    row: int
    symbol: str
    name: str
    asset_class: str
    currency: str
    quantity: float
    price: float
    market_value: float
    account: str = ""
    cost_basis: float | None = None
    acquired: date | None = None
    terms: Terms = Terms()
    proxy: str = ""
    betas: Mapping[str, float] = field(default_factory=dict)
    tags: Mapping[str, str] = field(default_factory=dict)
    reason: str = ""


@dataclass(frozen=True)
class Portfolio:
    """A holdings file, understood. Margin debt is negative cash; shorts have negative quantity.

    skipped: rows deliberately left out (totals, lots, pending items), each with its reason in ``hint``.
    """

    name: str
    positions: tuple[Position, ...]
    cash: Mapping[str, float]
    cash_usd: float
    warnings: tuple[Problem, ...] = ()
    skipped: tuple[Problem, ...] = ()
    source: str = ""
    sha256: str = ""
    layout: str = "plain"

    @property
    def value(self) -> float:
        """Net value in USD: positions plus cash (margin debt counts negative)."""
        return sum(p.market_value for p in self.positions) + self.cash_usd

    def to_frame(self) -> pd.DataFrame:
        """One row per position."""
        keys = ("row", "symbol", "name", "asset_class", "currency", "quantity", "price", "market_value", "reason")
        return pd.DataFrame([{key: getattr(p, key) for key in keys} for p in self.positions], columns=list(keys))


# ---------------------------------------------------------------------------------------------------------- plumbing


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


# ------------------------------------------------------------------------------------------------------ factor moves


@dataclass(frozen=True)
class FactorPaths:
    """Moves of the factors under each scenario, in the units of factors.csv (changes, log returns).

    moves: (S, F) over the horizon, from the baseline. by_channel: (S, C, F), sums to ``moves`` over C.
    paths: (S, T, F) cumulated weekly moves in single precision (they serve drawdowns and margin, not the loss at the
    horizon), or None for scenarios that are a single jump.
    probability: (S,), sums to one. turbulent, funding_break: (S,) flags of the regime that the path went through.
    financing: (S, T) mean annual SOFR from the start to each date, or None for scenarios that take no time.
    years: the horizon. names, titles: labels of the scenarios; empty for a cloud of paths.
    """

    moves: np.ndarray
    by_channel: np.ndarray
    channels: tuple[str, ...]
    probability: np.ndarray
    years: float
    paths: np.ndarray | None = None
    turbulent: np.ndarray | None = None
    funding_break: np.ndarray | None = None
    financing: np.ndarray | None = None
    names: tuple[str, ...] = ()
    titles: tuple[str, ...] = ()
    details: tuple[Mapping[str, object], ...] = ()
    seed: int | None = None

    def to_frame(self) -> pd.DataFrame:
        """Scenarios by factors."""
        from .tables import factor_names

        return pd.DataFrame(self.moves, index=list(self.names) or None, columns=list(factor_names()))


# --------------------------------------------------------------------------------------------- exposures, instruments


@dataclass(frozen=True)
class Exposure:
    """How one asset answers the factors: log return in USD per unit of factor move.

    beta, se: (F,). residual_vol: annual standard deviation of what the factors leave unexplained. source: "user
    columns", "embedded table", "proxy ...", or "class prior ..."; sample: over which dates, how many observations.
    """

    symbol: str
    beta: np.ndarray
    se: np.ndarray
    residual_vol: float
    source: str
    sample: str = ""
    r_squared: float | None = None


class Instrument(Protocol):
    """What stress needs of a position. Values in USD; arrays keep the leading shape of ``moves``."""

    @property
    def symbol(self) -> str:
        """Label on the N axis."""

    @property
    def value(self) -> float:
        """Value today, signed."""

    def price_change(self, moves: np.ndarray, years: np.ndarray | float) -> np.ndarray:
        """Gain from the factor moves alone: value aged by ``years`` on shocked factors less aged on unshocked ones.

        moves: (..., F); years broadcasts to the leading shape; result: the leading shape.
        """

    def carry(self, years: np.ndarray | float, financing: np.ndarray | float) -> np.ndarray | float:
        """Gain from the passage of time at unchanged factors: income, roll, financing. financing: mean annual SOFR."""

    def sensitivity(self, years: float) -> np.ndarray:
        """(F,) derivative of ``price_change`` at zero moves."""


@dataclass(frozen=True)
class Holding:
    """A position joined to its instrument and its exposure, ready for revaluation."""

    position: Position
    instrument: Instrument
    exposure: Exposure
    analytics: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True)
class Book:
    """All holdings that can be revalued, cash included, and those that cannot, with the reason."""

    holdings: tuple[Holding, ...]
    not_modelled: tuple[tuple[Position, str], ...] = ()
    maintenance_margin: float = 0.0

    @property
    def symbols(self) -> tuple[str, ...]:
        """Labels on the N axis, unique."""
        return tuple(h.instrument.symbol for h in self.holdings)

    @property
    def values(self) -> np.ndarray:
        """(N,) values today, USD."""
        return np.array([h.instrument.value for h in self.holdings])

    @property
    def value(self) -> float:
        """Net value of what is modelled, USD."""
        return float(self.values.sum())

    @property
    def coverage(self) -> float:
        """Modelled share of gross value (absolute values, cash included)."""
        modelled = float(np.abs(self.values).sum())
        missing = sum(abs(p.market_value) for p, _ in self.not_modelled)
        return modelled / (modelled + missing) if modelled + missing else 0.0


# --------------------------------------------------------------------------------------------------- stress and risk


@dataclass(frozen=True)
class Attribution:
    """One loss split five ways; each split sums to ``total`` exactly. Gains positive, USD.

    total = sum(by_position) = sum(by_factor) + linear_gap + carry + residual
          = sum(by_channel) + linear_gap + carry + residual
    linear_gap: full revaluation less first-order; residual: exposure error and what is specific to each position.
    """

    total: float
    by_position: Mapping[str, float]
    by_factor: Mapping[str, float]
    by_channel: Mapping[str, float]
    by_class: Mapping[str, float]
    linear_gap: float
    carry: float
    residual: float


@dataclass(frozen=True)
class StressResult:
    """P&L of every position in every scenario.

    pnl: (S, N) = price + carry + residual, each (S, N). sensitivities: (N, F). path_value: (S, T+1) net value along
    the path, or None. gross_path: (S, T+1) gross long plus short value, or None.
    """

    book: Book
    factors: FactorPaths
    price: np.ndarray
    carry: np.ndarray
    residual: np.ndarray
    sensitivities: np.ndarray
    path_value: np.ndarray | None = None
    margin_call: np.ndarray | None = None

    @property
    def pnl(self) -> np.ndarray:
        """(S, N) gains."""
        return self.price + self.carry + self.residual

    @property
    def total(self) -> np.ndarray:
        """(S,) gain of the whole book."""
        return self.pnl.sum(axis=1)


@dataclass(frozen=True)
class Estimate:
    """A number with its 90 percent band; ``error`` is the standard error where sampling is the source."""

    value: float
    low: float
    high: float
    error: float = 0.0


@dataclass(frozen=True)
class PlanIncrement:
    """What the plan adds to ordinary risk, on common random numbers: plan less baseline, fractions of value.

    mean: change of the mean loss; es_95: change of expected shortfall; each with its standard error over batches.
    by_state: expected loss difference in "quiet", "turbulence", "funding_break" paths of the plan, where any.
    """

    plan: str
    baseline: str
    mean: Estimate
    es_95: Estimate
    by_state: Mapping[str, Mapping[str, float]]


@dataclass(frozen=True)
class RiskSummary:
    """Risk of the simulated distribution, as fractions of net value; losses positive."""

    horizon_months: float
    paths: int
    mean: Estimate
    var_95: Estimate
    es_95: Estimate
    var_99: Estimate
    es_99: Estimate
    cdar_95: float
    max_drawdown_median: float
    margin_call_probability: float
    contribution: Mapping[str, float]
    by_state: Mapping[str, Mapping[str, float]]
    error_budget: Mapping[str, float]


# --------------------------------------------------------------------------------------------------------- allocation


@dataclass(frozen=True)
class LimitCheck:
    """One limit after the solve. ``sense`` is "<=" or ">="; shadow_price: objective gained per unit of slack."""

    name: str
    sense: str
    limit: float
    before: float
    after: float
    ok: bool
    shadow_price: float
    unit: str = "share"


@dataclass(frozen=True)
class TradeReason:
    """Why a trade is proposed: the scenario and factor where it helps most, the limit that forces it, in words."""

    scenario: str
    factor: str
    constraint: str
    shadow_price: float
    text: str


@dataclass(frozen=True)
class Trade:
    """One order. quantity and value are positive; side is "buy" or "sell"; tranche counts from 1; money in USD."""

    symbol: str
    name: str
    side: str
    quantity: float
    price: float
    value: float
    cost: float
    tax: float
    tranche: int
    reason: TradeReason


@dataclass(frozen=True)
class Stop:
    """A level at which to act again. ``trigger``: what is watched; ``level``: in ``unit``; action in words."""

    symbol: str
    trigger: str
    level: float
    unit: str
    action: str


@dataclass(frozen=True)
class Rebalance:
    """The proposal. status: "optimal", "infeasible" or "no_trade". Without a solution there are no trades.

    before, after: measures by name (fractions of net value). out_of_sample: the same measures on scenarios that the
    solve did not see. relaxation: when infeasible, the limits to relax and by how much, in words.
    gap: proven distance to the optimum, as a fraction of net value.
    """

    status: str
    trades: tuple[Trade, ...]
    limits: tuple[LimitCheck, ...]
    before: Mapping[str, float]
    after: Mapping[str, float]
    out_of_sample: Mapping[str, Mapping[str, float]]
    relaxation: tuple[str, ...]
    stops: tuple[Stop, ...]
    gap: float
    positions_after: tuple[Position, ...] = ()
    cash_after: float = 0.0
    notes: tuple[str, ...] = ()


# -------------------------------------------------------------------------------------------------------- the whole run


@dataclass(frozen=True)
class ScenarioLoss:
    """Loss of the book in one named scenario. Fractions of net value, and USD; a loss is positive.

    loss_after: the same fraction after the proposal. narrative, sources: the story and where its numbers come from.
    episode: a replay of the past rather than a story about what may come.
    """

    name: str
    title: str
    probability: float | None
    plausibility: float | None
    loss_fraction: float
    loss: float
    band: Estimate
    attribution: Attribution
    factor_moves: Mapping[str, float]
    loss_after: float | None = None
    narrative: str = ""
    sources: tuple[str, ...] = ()
    episode: bool = False


@dataclass(frozen=True)
class Study:
    """Everything a report shows. Built by ``run``; the report computes nothing."""

    inputs: Mapping[str, object]
    snapshot: MarketSnapshot
    portfolio: Portfolio
    book: Book
    plan: RunoffPlan
    baseline: RunoffPlan
    balance: BalanceSheetPath
    funding: FundingPath
    stress: StressResult
    scenarios: tuple[ScenarioLoss, ...]
    risk: RiskSummary
    tail: Attribution
    increment: PlanIncrement
    rebalance: Rebalance | None
    warnings: tuple[Problem, ...]
