"""What every reader produces: rows in the words of our plain format, cells still text, plus what else the file says."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

#: Columns of the plain format. Readers of brokers' files translate their headings into these names.
PLAIN_COLUMNS = (
    "symbol", "quantity", "name", "price", "market_value", "currency", "asset_class", "account", "cost_basis",
    "acquired", "coupon", "maturity", "frequency", "rating", "spread_bp", "duration", "convexity", "index",
    "multiplier", "strike", "expiry", "put_call", "underlying", "proxy",
)  # fmt: skip
BETA, TAG = "beta_", "tag_"


@dataclass(frozen=True)
class RawRow:
    """One holding as the file states it.

    cells: text by plain-format column; brokers' files may add cost_price (per unit) and isin.
    headings: the file's own name of each column, for messages.
    kind: asset class that the broker's category suggests, used only where nothing better is known.
    """

    line: int
    cells: Mapping[str, str]
    headings: Mapping[str, str] = field(default_factory=dict)
    kind: str = ""

    def text(self, column: str) -> str:
        """The cell, or "" where the file has no such column."""
        return self.cells.get(column, "")

    def heading(self, column: str) -> str:
        """The column's name in the file."""
        return self.headings.get(column, column)


@dataclass(frozen=True)
class FileTotal:
    """A total that the file states, and the physical lines of the rows that it should sum."""

    line: int
    label: str
    amount: float
    lines: frozenset[int]


@dataclass(frozen=True)
class Reading:
    """A file as one layout understood it.

    totals: in ``base`` currency. fx: value of one unit of each currency in ``base``, as the file states it.
    as_of: date of the prices, where stated. by_hand: the user wrote the file and can mend it, so gaps in bond terms
    are errors; in a broker's file they are reasons on the position.
    """

    layout: str
    rows: tuple[RawRow, ...]
    totals: tuple[FileTotal, ...] = ()
    fx: Mapping[str, float] = field(default_factory=dict)
    base: str = "USD"
    as_of: date | None = None
    by_hand: bool = False
