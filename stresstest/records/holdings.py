"""What is known of markets and of a portfolio before any stage has worked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING

import pandas as pd

from ..errors import Problem
from .plumbing import MaturityList

if TYPE_CHECKING:
    from .instruments import Exposure


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
    """Starting levels. ``quotes`` by name; ``origin`` says where they came from (embedded, cache, folder).

    maturities: Treasuries of the central bank one by one, where the folder has the list.
    warnings: what could not be used.
    """

    as_of: date
    quotes: Mapping[str, Quote]
    origin: str
    maturities: MaturityList | None = None
    warnings: tuple[Problem, ...] = ()

    def __getitem__(self, name: str) -> float:
        return self.quotes[name].value

    @property
    def levels(self) -> Mapping[str, float]:
        """Value of each quote by name, internal units."""
        return {name: quote.value for name, quote in self.quotes.items()}

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
class FundFacts:
    """What is published of a fund. All shares are of its net assets, decimals; what is not published is None or empty.

    category: the publisher's words ("Large Growth"). duration: years. stocks, bonds: share of each. sectors: shares of
    the shares held, by the publisher's names. ratings: shares of the bonds held. holdings: the largest, by symbol.
    """

    symbol: str
    date: date
    category: str = ""
    duration: float | None = None
    stocks: float | None = None
    bonds: float | None = None
    sectors: Mapping[str, float] = field(default_factory=dict)
    ratings: Mapping[str, float] = field(default_factory=dict)
    holdings: Mapping[str, float] = field(default_factory=dict)


#: How the reason of a contract begins that is over.
ENDED = ("expired on ", "matured on ")


@dataclass(frozen=True)
class Position:
    """One holding as it was understood.

    quantity: units (face value for bonds), negative for shorts. price: in ``currency`` as quoted (percent of par for
    bonds). market_value: USD, signed. ``reason`` is empty unless the row cannot be modelled. found: the exposure that
    its own prices or fund data tell, None where there are none. fx: USD per unit of ``currency``.
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
    found: Exposure | None = field(default=None, compare=False, repr=False)
    fx: float = field(default=1.0, compare=False, repr=False)

    @property
    def unpriced(self) -> bool:
        """Whether it has no known price or value: the file gives none, and none was found. A stated zero is known."""
        return self.tags.get("price_source") == "none" and not self.market_value

    @property
    def contract_value(self) -> float:
        """USD, signed: what a future is written on at its price, an option that still runs at its strike; else 0."""
        if self.reason.startswith(ENDED):
            return 0.0
        unit = {"future": self.price, "option": self.terms.strike or 0.0}.get(self.asset_class, 0.0)
        return self.quantity * self.terms.multiplier * unit * self.fx

    def counted_contract(self, modelled: bool) -> float | None:
        """``contract_value`` of what counts with it beside its price: a future, and an option that is not modelled."""
        counted = self.asset_class == "future" or (self.asset_class == "option" and not modelled)
        return self.contract_value or None if counted else None

    @property
    def gross_value(self) -> float:
        """What it counts while nothing else is known of its risk, USD: the larger of its value and its contract's."""
        return max(abs(self.market_value), abs(self.contract_value))


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
