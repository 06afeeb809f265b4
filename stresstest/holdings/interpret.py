"""RawRow to Position or cash: the checks at the door. Inner code trusts what leaves here."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass

from ..records import Position
from .cash import Cash, read_cash
from .context import Context
from .fields import Fields
from .findings import Findings
from .identify import cash_currency
from .position import read_position
from .raw import RawRow, Reading
from .terms import asset_classes


@dataclass(frozen=True)
class Interpreted:
    """All rows of a file, understood, in its order."""

    positions: tuple[Position, ...]
    cash: tuple[Cash, ...]

    @property
    def values(self) -> dict[int, float]:
        """USD by physical line, for the comparison with the file's own totals."""
        sums: defaultdict[int, float] = defaultdict(float)
        for position in self.positions:
            sums[position.row] += position.market_value
        for item in self.cash:
            sums[item.line] += item.usd
        return dict(sums)


def interpret(reading: Reading, context: Context, findings: Findings) -> Interpreted:
    """Understand every row; a faulty row is recorded and left out, so that all faults are found in one pass."""
    items = [_read_row(row, context, findings) for row in reading.rows]
    positions = tuple(item for item in items if isinstance(item, Position))
    _say_repeated(positions, findings)
    return Interpreted(positions, tuple(item for item in items if isinstance(item, Cash)))


def _read_row(row: RawRow, context: Context, findings: Findings) -> Position | Cash | None:
    fields = Fields(row, findings)
    symbol = fields.text("symbol")
    stated = fields.choice("asset_class", asset_classes(), fields.text("asset_class").casefold())
    if not symbol:
        fields.fault("symbol", "no symbol", "a symbol", "Write CASH for money, or any name of your own for a bond.")
    in_symbol = cash_currency(symbol)
    if in_symbol is not None or "cash" in (stated, row.kind):
        return read_cash(fields, context, in_symbol or "")
    return read_position(fields, symbol, stated, context)


def _say_repeated(positions: tuple[Position, ...], findings: Findings) -> None:
    """Warn about rows that are equal in every respect: more often pasted twice than two equal lots."""
    first: dict[tuple[object, ...], int] = {}
    for p in positions:
        key = (p.symbol, p.account, p.quantity, p.price, p.cost_basis, p.acquired, p.terms)
        if key in first:
            findings.warn(p.row, "symbol", f"{p.symbol}, the same as row {first[key]}", "each holding once",
                          "Both rows are counted.")  # fmt: skip
        first.setdefault(key, p.row)
