"""Lists of transactions and crypto ledgers: replayed to positions with lots where they are complete, else refused.

A list is complete where it shows a running balance of each asset, or where its source keeps everything since the
start. Any other list may begin in the middle: a sale of more than was bought, income on what is not held, or a
reinvestment into nothing prove it, and then the list is refused, because positions built from it would be wrong.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from functools import cache
from typing import NoReturn

from ...errors import InputError
from ...tables import read_table
from ..dates import date_order, parse_date
from ..findings import Findings
from ..headings import Header, read_header
from ..numbers import STANDARD, NumberFormat, decimal_mark, is_empty, number_format, parse_amount
from ..raw import RawRow, Reading, raw_row
from ..text import Line, Sheet
from .transactions import is_transaction_header, ledger_headings

NAME = "transactions"
REQUIRED = ("date", "action", "symbol", "quantity")
#: Below this share of all that was traded, what is left is rounding.
NOTHING = 1e-9
INSTEAD = "Export the positions (holdings, portfolio) instead."
_CURRENCY = 3


@dataclass(frozen=True)
class Entry:
    """One row of a list of transactions. effect: of actions.csv. quantity: of units, positive."""

    line: int
    day: date
    effect: str
    symbol: str
    quantity: float
    price: str
    currency: str
    name: str = ""


@dataclass
class Held:
    """What the entries so far leave of one symbol. lots: purchases with what is left of them, the oldest first."""

    first: Entry
    last: Entry
    quantity: float = 0.0
    traded: float = 0.0
    lots: list[tuple[Entry, float]] = field(default_factory=list)


@cache
def effects() -> Mapping[str, str]:
    """What each word of actions.csv does to the quantity held."""
    return {row["word"]: row["effect"] for row in read_table("stresstest.holdings", "actions.csv")}


def recognises(sheet: Sheet) -> bool:
    """A header near the top with a day and an action, side or fee."""
    return _header(sheet) is not None


def read(sheet: Sheet, findings: Findings, as_of: date) -> Reading:
    """Positions from the transactions. Raises InputError where the list cannot give them, with the reason."""
    top = _header(sheet)
    if top is None:
        raise ValueError("read is called only for sheets that recognises() accepts")
    header = read_header(top.cells, ledger_headings())
    lines = [line for line in sheet.lines if line.number > top.number]
    if "balance" in header.index and _keeps_balances(header, lines):
        return _from_balances(top, header, lines, findings)
    missing = [
        name for name in REQUIRED if name not in header.index and not (name == "symbol" and "isin" in header.index)
    ]
    if missing:
        refuse(findings, top, f"a list of transactions without a column for {', '.join(missing)}")
    if "price" not in header.index:
        refuse(findings, top, "a ledger of changes without prices or running balances")
    entries = _entries(header, lines, findings, as_of)
    findings.raise_errors()
    return replay(entries, findings, complete=False)


def read_complete(sheet: Sheet, findings: Findings, as_of: date, names: Mapping[str, str]) -> Reading:
    """Positions from a source that keeps everything since the start. names: by symbol, where the source has them."""
    header = read_header(sheet.lines[0].cells, ledger_headings())
    missing = [name for name in (*REQUIRED, "price") if name not in header.index]
    if missing:
        refuse(findings, None, f"activities without {', '.join(missing)}")
    entries = _entries(header, sheet.lines[1:], findings, as_of)
    findings.raise_errors()
    named = [replace(entry, name=names.get(entry.symbol, entry.name)) for entry in entries]
    return replay(named, findings, complete=True, source="activities")


def _header(sheet: Sheet) -> Line | None:
    return next((line for line in sheet.lines[:100] if is_transaction_header(line.cells)), None)


def refuse(findings: Findings, line: Line | None, found: str, hint: str = INSTEAD) -> NoReturn:
    """Give up a list of transactions, with the reason."""
    findings.error(line.number if line else None, "", found, "a list of positions", hint)
    raise InputError(findings.errors)


# ------------------------------------------------------------------------------------------------ running balances


def _keeps_balances(header: Header, lines: Sequence[Line]) -> bool:
    """Whether every asset's last row states what is left of it: a ledger of one asset a row."""
    if header.cell(("x",) * header.width, "symbol") == "" or "price" in header.index or "isin" in header.index:
        return False
    last = {header.cell(line.cells, "symbol"): header.cell(line.cells, "balance") for line in _filled(header, lines)}
    return bool(last) and all(not is_empty(text) for text in last.values())


def _filled(header: Header, lines: Sequence[Line]) -> list[Line]:
    """Rows with a balance: a pending row has none and is repeated when it settles."""
    return [line for line in lines if not is_empty(header.cell(line.cells, "balance"))]


def _from_balances(top: Line, header: Header, lines: Sequence[Line], findings: Findings) -> Reading:
    """The last balance of each asset, in the order of the rows, or of their times where they run backwards."""
    rows = _filled(header, lines)
    times = [header.cell(line.cells, "date") for line in rows]
    if times and times[0] > times[-1]:
        rows = rows[::-1]
    last = {header.cell(line.cells, "symbol"): line for line in rows}
    kept = {line.number for line in last.values()}
    for line in lines:
        if line.number not in kept:
            findings.skip(line.number, line.text, "superseded by a later balance, or pending")
    hint = "Positions are the last balance of each asset."
    findings.warn(top.number, "", "a ledger with running balances", "a list of positions", hint)
    cells = (
        raw_row(
            line.number, {"symbol": symbol, "quantity": header.cell(line.cells, "balance")}, header.titles, "crypto"
        )
        for symbol, line in last.items()
    )
    rows_held = tuple(row for row in cells if row.text("quantity").strip("0.,"))
    days = [day for day in (_day(text, "mdy") for text in times) if day is not None]
    return Reading("ledger", rows_held, as_of=max(days, default=None))


def _day(text: str, order: str) -> date | None:
    try:
        return parse_date(text, order)
    except (ValueError, OverflowError):
        return None


# ------------------------------------------------------------------------------------------------------ replaying


def _entries(header: Header, lines: Sequence[Line], findings: Findings, as_of: date) -> list[Entry]:
    """Every row as an entry; faulty cells are named, and where there are any, also rows that can mean nothing."""
    cells = [header.cell(line.cells, c) for line in lines for c in ("quantity", "price", "fee")]
    marks = {decimal_mark(cell) for cell in cells}
    how = number_format(cells, comma_delimited=True, mixed={".", ","} <= marks)
    order = date_order(header.cell(line.cells, "date") for line in lines)
    doubts: list[tuple[int, str, str, str]] = []
    entries = []
    for line in lines:
        if sum(map(bool, line.cells)) <= 2:
            findings.skip(line.number, line.text, "title, total or footer")
            continue
        entry = _entry(header, line, how, order, findings)
        if entry is not None and entry.day > as_of:
            text = header.cell(line.cells, "date")
            doubts.append((line.number, header.titles["date"], text, f"a day up to {as_of.isoformat()}"))
            findings.skip(line.number, line.text, "dated in the future")
        elif entry is not None:
            entries.append(entry)
    if findings.errors:
        for row, column, found, expected in doubts:
            findings.error(row, column, found, expected)
    return entries


def _entry(header: Header, line: Line, how: NumberFormat, order: str, findings: Findings) -> Entry | None:
    """A row, with each of its faults recorded; None where it has any."""
    cell = {name: header.cell(line.cells, name) for name in ledger_headings()}
    faults = len(findings.errors)

    def fault(column: str, expected: str) -> None:
        title = header.titles.get(column, column)
        findings.error(line.number, title, cell[column] or f"no {column}", expected, INSTEAD)

    day = _day(cell["date"], order)
    if day is None:
        fault("date", "a day")
    effect = effects().get(cell["action"].casefold().replace("(", "").replace(")", "").strip())
    if effect is None:
        fault("action", "an action that changes a holding in a known way, such as buy or sell")
    moves = effect in ("buy", "sell", "reinvest")
    numbers = {}
    for name in ("quantity", "price", "fee"):
        numbers[name] = _number(cell[name], how)
        if numbers[name] is None and not is_empty(cell[name]) and (moves or name == "fee"):
            fault(name, "a number")
    if moves and is_empty(cell["quantity"]):
        fault("quantity", "a number of units")
    if moves and is_empty(cell["symbol"]) and is_empty(cell["isin"]):
        fault("symbol", "a symbol")
    if cell["currency"] and not (cell["currency"].isalpha() and len(cell["currency"]) == _CURRENCY):
        fault("currency", "a currency code of three letters")
    if len(findings.errors) > faults or day is None or effect is None:
        return None
    symbol = cell["isin"] if is_empty(cell["symbol"]) else cell["symbol"]
    price = "" if is_empty(cell["price"]) else repr(numbers["price"])
    return Entry(line.number, day, effect, _bare(symbol), abs(numbers["quantity"] or 0.0), price, cell["currency"],
                 cell["name"])  # fmt: skip


def _bare(symbol: str) -> str:
    """The ISIN of "Fund / ISIN IE00BK5BQT80"; other symbols unchanged."""
    return symbol.rpartition("ISIN ")[2] if " ISIN " in symbol else symbol


def _number(text: str, how: NumberFormat) -> float | None:
    try:
        return None if is_empty(text) else parse_amount(text, how).value
    except ValueError:
        return None


def replay(entries: Sequence[Entry], findings: Findings, *, complete: bool, source: str = "transactions") -> Reading:
    """Net positions after all entries, by day. complete: a sale without a holding is a short, not a missing past.

    Raises InputError where the list proves to begin in the middle, or where nothing is held at its end.
    """
    held: dict[str, Held] = {}
    ordered = sorted(entries, key=lambda e: (e.day, e.effect in ("sell", "income"), e.line))
    for entry in ordered:
        _book(entry, held, findings, complete)
    findings.raise_errors()
    rows = _rows(held, findings)
    if not rows:
        refuse(findings, None, "transactions that leave nothing held at the end")
    hint = "Positions are what the transactions leave; what was held before the first of them is taken as zero."
    findings.warn(None, "", "a list of transactions", "a list of positions", hint)
    return Reading(source, tuple(rows), as_of=max(entry.day for entry in entries), numbers=STANDARD)


def _book(entry: Entry, held: dict[str, Held], findings: Findings, complete: bool) -> None:
    if entry.effect == "none" or (entry.effect == "income" and complete):
        return
    item = held.setdefault(entry.symbol, Held(entry, entry))
    before = item.quantity
    proves = {
        "income": before <= 0 and bool(entry.symbol),
        "reinvest": before <= 0,
        "sell": before - entry.quantity < -NOTHING * max(item.traded, 1.0),
    }
    if not complete and proves.get(entry.effect, False):
        found = f"{entry.symbol}: {entry.effect} of {entry.quantity:g} with {max(before, 0.0):g} held"
        findings.error(entry.line, "", found, "a list that begins with the first purchase",
                       f"What was held before is not in the list. {INSTEAD}")  # fmt: skip
        item.quantity = item.traded = entry.quantity * 2  # one report for each symbol is enough
        return
    if entry.effect == "income":
        return
    change = -entry.quantity if entry.effect == "sell" else entry.quantity
    item.quantity += change
    item.traded += abs(change)
    if entry.price:
        item.last = entry
    if change > 0:
        item.lots.append((entry, change))
    else:
        _sell_oldest(item.lots, -change)


def _sell_oldest(lots: list[tuple[Entry, float]], quantity: float) -> None:
    """First in, first out."""
    while lots and quantity > 0:
        entry, size = lots[0]
        if size > quantity:
            lots[0] = (entry, size - quantity)
        else:
            lots.pop(0)
        quantity -= size


def _rows(held: Mapping[str, Held], findings: Findings) -> list[RawRow]:
    """A row for each lot still held, on the line of its purchase; closed positions are listed."""
    rows: list[RawRow] = []
    for symbol, item in held.items():
        if abs(item.quantity) <= NOTHING * item.traded:
            findings.skip(item.first.line, symbol, "bought and sold again: nothing is left")
        elif item.quantity > 0:
            rows.extend(_lot(item, entry, size) for entry, size in item.lots)
        else:
            rows.append(_lot(item, item.first, item.quantity))
    return rows


def _lot(item: Held, entry: Entry, size: float) -> RawRow:
    cells = {
        "symbol": entry.symbol,
        "name": item.last.name,
        "quantity": repr(round(size, 12)),
        "last_trade": item.last.price,
        "currency": item.last.currency,
        "acquired": entry.day.isoformat() if size > 0 else "",
        "cost_price": entry.price if size > 0 else "",
    }
    return raw_row(entry.line, cells, {"last_trade": "price of the last trade"})
