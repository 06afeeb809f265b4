"""How positions answer to factors, and what stress needs of an instrument."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np

from .holdings import Position

CASH = "cash"


@dataclass(frozen=True)
class Exposure:
    """How one asset answers the factors: log return in USD per unit of factor move.

    beta, se: (F,). residual_vol: annual standard deviation of what the factors leave unexplained. source: "user
    columns", "embedded table", "proxy ...", or "class prior ..."; sample: over which dates, how many observations.
    peers: group of assets whose unexplained returns move together, "" for none; peer_share: share of the variance of
    ``residual_vol`` that the group has in common, so that two peers of one group correlate by it.
    stress_multiplier: residual vol of stress weeks over that of the others, 1 where it is not known. stability: whether
    the last two years tell the same betas as the years before ("stable", "moved", "short history"), "" if not known.
    """

    symbol: str
    beta: np.ndarray
    se: np.ndarray
    residual_vol: float
    source: str
    sample: str = ""
    r_squared: float | None = None
    peers: str = ""
    peer_share: float = 0.0
    stress_multiplier: float = 1.0
    stability: str = ""


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
class Source:
    """Where the unexplained return of a holding comes from: every contract on one underlying shares it.

    symbol: of the underlying, held or not. exposure: whose standard errors, specific risk and peers apply; asset_class:
    whose specific risk in stress. sign: -1 for a fund that gains when the underlying falls.
    """

    symbol: str
    asset_class: str
    exposure: Exposure
    sign: float = 1.0


@dataclass(frozen=True)
class Holding:
    """A position joined to its instrument and its exposure, ready for revaluation.

    maintenance: dollars of equity that the broker asks for it today. underlying: of a derivative or levered fund.
    """

    position: Position
    instrument: Instrument
    exposure: Exposure
    analytics: Mapping[str, object] = field(default_factory=dict)
    maintenance: float = 0.0
    underlying: Source | None = None

    @property
    def gross_value(self) -> float:
        """Absolute value, USD; of a future, which has none, the contract value."""
        if self.position.asset_class == "future":
            return abs(float(getattr(self.instrument, "notional", 0.0)))
        return abs(float(self.instrument.value))

    @property
    def source(self) -> Source:
        """Where its unexplained return comes from: its underlying, else itself."""
        own = Source(self.position.symbol or self.position.name, self.position.asset_class, self.exposure)
        return self.underlying or own


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
        """Modelled share of gross value (absolute values, cash included). See ``unpriced`` for what it cannot count."""
        modelled = sum(holding.gross_value for holding in self.holdings)
        return modelled / (modelled + self.missing_value) if modelled + self.missing_value else 0.0

    @property
    def missing_value(self) -> float:
        """Gross value of what is not modelled, USD: contracts at what they are written on."""
        return sum(position.gross_value for position, _ in self.not_modelled)

    @property
    def gross_value(self) -> float:
        """Absolute values without cash, USD, modelled or not; a future counts with its contract value."""
        held = sum(h.gross_value for h in self.holdings if h.position.asset_class != CASH)
        return held + self.missing_value

    @property
    def unpriced(self) -> int:
        """How many rows are of no known value: ``coverage`` counts them with their contract value, or not at all."""
        return sum(position.unpriced for position, _ in self.not_modelled)
