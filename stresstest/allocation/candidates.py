"""What the proposal may buy: candidates.csv as positions of unit value."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from ..records import Position, Terms
from ..tables import read_table
from ..units import BP

#: Tag of a position whose price is not known: its quantity counts US dollars.
UNPRICED = {"quantity_unit": "USD"}


@dataclass(frozen=True)
class Candidate:
    """One asset on offer. position: one dollar of it. half_spread: decimal share of the value traded."""

    position: Position
    group: str
    half_spread: float
    source: str


def candidates(prices: Mapping[str, float] | None = None) -> tuple[Candidate, ...]:
    """Built-in candidates, each a Position worth one dollar.

    prices: USD by symbol. Without one the price is 1 and the quantity counts dollars (the tag ``quantity_unit`` says
    so); the trade then names an amount, not a number of shares.
    """
    return tuple(
        _candidate(row, (prices or {}).get(row["symbol"]))
        for row in read_table("stresstest.allocation", "candidates.csv")
    )


@cache
def half_spreads() -> Mapping[str, float]:
    """Half spread of each built-in candidate by symbol, decimal."""
    return {candidate.position.symbol: candidate.half_spread for candidate in candidates()}


def _candidate(row: dict[str, str], price: float | None) -> Candidate:
    known = price or (float(row["price_reference"]) if row["price_reference"] else None)
    position = Position(
        row=0,
        symbol=row["symbol"],
        name=row["name"],
        asset_class=row["asset_class"],
        currency="USD",
        quantity=1.0 / known if known else 1.0,
        price=known or 1.0,
        market_value=1.0,
        terms=Terms(duration=float(row["duration_years"])) if row["duration_years"] else Terms(),
        tags={"sleeve": row["group"], **({} if known else UNPRICED)},
    )
    return Candidate(position, row["group"], float(row["half_spread_bp"]) * BP, row["source"])
