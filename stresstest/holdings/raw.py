"""What every reader produces: rows in the words of our plain format, cells still text, plus what else the file says."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import NamedTuple

from .dates import MONTH_FIRST
from .numbers import STANDARD, NumberFormat

#: Columns of the plain format. Readers of brokers' files translate their headings into these names.
PLAIN_COLUMNS = (
    "symbol", "quantity", "name", "price", "market_value", "currency", "asset_class", "account", "cost_basis",
    "acquired", "coupon", "maturity", "frequency", "rating", "spread_bp", "duration", "convexity", "index",
    "multiplier", "strike", "expiry", "put_call", "underlying", "proxy",
)  # fmt: skip
BETA, TAG = "beta_", "tag_"
#: Columns whose cells are numbers: they tell how the file writes numbers.
NUMBERS = (
    "quantity", "price", "market_value", "cost_basis", "cost_price", "coupon", "duration", "strike", "multiplier",
    "base_value", "fx_rate", "weight", "last_trade", "notional",
)  # fmt: skip
#: Columns that are terms of a contract.
TERMS = frozenset(PLAIN_COLUMNS[PLAIN_COLUMNS.index("coupon") : PLAIN_COLUMNS.index("underlying") + 1])
DATES = ("acquired", "maturity", "expiry")


class Columns:
    """The columns that the rows of one table share. titles: the file's own names, for messages."""

    __slots__ = ("betas", "has_terms", "names", "position", "tags", "titles")

    def __init__(self, names: Sequence[str], titles: Mapping[str, str] | None = None) -> None:
        self.names = tuple(names)
        self.position = {name: i for i, name in enumerate(self.names)}
        self.titles = dict(titles or {})
        self.betas = tuple(name for name in self.names if name.startswith(BETA))
        self.has_terms = not TERMS.isdisjoint(self.names)
        self.tags = tuple(name for name in self.names if name.startswith(TAG))


class RawRow(NamedTuple):
    """One holding as the file states it.

    values: text of each of ``columns``; brokers' files may add cost_price (per unit), isin, cusip, base_value (in the
    base currency of the file), fx_rate, last_trade (price of the last trade), notional and sector to the plain columns.
    kind: asset class that the broker's category suggests, used only where nothing better is known.
    """

    line: int
    columns: Columns
    values: tuple[str, ...]
    kind: str = ""

    def text(self, column: str) -> str:
        """The cell, or "" where the file has no such column."""
        position = self.columns.position.get(column)
        return "" if position is None else self.values[position]

    def heading(self, column: str) -> str:
        """The column's name in the file."""
        return self.columns.titles.get(column, column)


def raw_row(line: int, cells: Mapping[str, str], titles: Mapping[str, str] | None = None, kind: str = "") -> RawRow:
    """A row of its own columns, for readers that have no table."""
    return RawRow(line, Columns(tuple(cells), titles), tuple(cells.values()), kind)


@dataclass(frozen=True)
class FileTotal:
    """A total that the file states. text: as written. scopes: the sets of physical lines that it may be the sum of.

    currency: "" for the base currency of the file. common: the total is in the currency that its rows have in common,
    if they have one. less: what the total holds beside positions, such as accruals.
    """

    line: int
    label: str
    text: str
    scopes: tuple[frozenset[int], ...]
    currency: str = ""
    common: bool = False
    less: float = 0.0


@dataclass(frozen=True)
class Reading:
    """A file as one layout understood it.

    totals: in ``base`` currency unless they name another. fx: value of one unit of each currency in ``base``, as the
    file states it. as_of: date of the prices, where stated. by_hand: the user wrote the file and can mend it, so gaps
    in bond terms are errors; in a broker's file they are reasons on the position. market: suffix of bare numeric codes.
    """

    layout: str
    rows: Sequence[RawRow]
    totals: tuple[FileTotal, ...] = ()
    fx: Mapping[str, float] = field(default_factory=dict)
    base: str = "USD"
    as_of: date | None = None
    by_hand: bool = False
    numbers: NumberFormat = STANDARD
    dates: str = MONTH_FIRST
    market: str = ""
    symbols: Mapping[str, str] = field(default_factory=dict)
