"""RawRow to Position or cash: the checks at the door. Inner code trusts what leaves here."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from ..records import Position
from .bulk import Templates
from .cash import Cash, read_cash
from .context import Context
from .fields import Fields
from .findings import Findings
from .identify import cash_currency
from .position import read_position
from .raw import RawRow, Reading
from .terms import asset_classes
from .totals import Line

#: Where a price comes from that the file itself states.
FROM_FILE = ("file", "market_value", "zero")
#: Two prices of one holding may differ by so much: exports are not made in one second, and values are rounded.
PRICES_APART = 0.01


@dataclass(frozen=True)
class Interpreted:
    """All rows of a file, understood, in its order."""

    positions: tuple[Position, ...]
    cash: tuple[Cash, ...]

    def lines(self) -> Mapping[int, Line]:
        """What was read on each physical line, for the comparison with the file's own totals."""
        found: defaultdict[int, list[Line]] = defaultdict(list)
        for p in self.positions:
            known = p.tags["price_source"] in FROM_FILE
            found[p.row].append(Line(p.market_value, p.currency, p.symbol, known))
        for item in self.cash:
            found[item.line].append(Line(item.usd, item.currency, "CASH"))
        return {
            number: Line(sum(x.usd for x in lines), lines[0].currency, lines[0].symbol, all(x.known for x in lines))
            for number, lines in found.items()
        }


def interpret(reading: Reading, context: Context, findings: Findings) -> Interpreted:
    """Understand every row; a faulty row is recorded and left out, so that all faults are found in one pass.

    Rows that repeat a security are not understood anew: see ``bulk``.
    """
    positions: list[Position] = []
    cash: list[Cash] = []
    templates = Templates(context, findings)
    for row in reading.rows:
        item = templates.build(row) or _read_row(row, context, findings, templates)
        if isinstance(item, Position):
            positions.append(item)
        elif item is not None:
            cash.append(item)
    for first, again in _repeated(positions):
        findings.warn(again.row, "symbol", f"{again.symbol}, the same as row {first.row}", "each holding once",
                      "Both rows are counted.")  # fmt: skip
    for first, other in _priced_twice(positions):
        hint = "Each row is valued at its own price; a price is that of today, not that of a purchase (cost_basis)."
        findings.warn(other.row, "price", f"{other.symbol} at {other.price:g}, at {first.price:g} in row {first.row}",
                      "one price for one holding", hint)  # fmt: skip
    return Interpreted(tuple(positions), tuple(cash))


def _read_row(row: RawRow, context: Context, findings: Findings, templates: Templates) -> Position | Cash | None:
    fields = Fields(row, findings, context.numbers, context.dates)
    symbol = fields.text("symbol")
    stated = fields.choice("asset_class", asset_classes(), fields.text("asset_class").casefold())
    if not symbol:
        fields.fault("symbol", "no symbol", "a symbol", "Write CASH for money, or any name of your own for a bond.")
    in_symbol = cash_currency(symbol)
    if in_symbol is not None or "cash" in (stated, row.kind):
        return read_cash(fields, context, in_symbol or "")
    findings.recent.clear()
    position = read_position(fields, symbol, stated, context)
    if position is not None:
        templates.learn(row, position, tuple(findings.recent))
    return position


def _priced_twice(positions: list[Position]) -> Iterator[tuple[Position, Position]]:
    """The first row of a holding, and the first row that prices the same holding otherwise."""
    first: dict[str, Position] = {}
    said: set[str] = set()
    for p in positions:
        known = first.setdefault(p.symbol, p)
        if known.price == p.price or not (known.price and p.price) or p.symbol in said:
            continue
        same = all(getattr(known, key) == getattr(p, key) for key in ("asset_class", "currency", "terms"))
        if same and abs(p.price / known.price - 1.0) > PRICES_APART:
            said.add(p.symbol)
            yield known, p


def _repeated(positions: list[Position]) -> Iterator[tuple[Position, Position]]:
    """Rows that are equal in every respect: more often pasted twice than two equal lots."""
    first: dict[int, Position] = {}
    for p in positions:
        key = hash((p.symbol, p.account, p.quantity, p.price, p.cost_basis, p.acquired))
        known = first.setdefault(key, p)
        if known is not p and _equal(known, p):
            yield known, p


def _equal(a: Position, b: Position) -> bool:
    keys = ("symbol", "account", "quantity", "price", "cost_basis", "acquired", "terms")
    return all(getattr(a, key) == getattr(b, key) for key in keys)
