"""Fidelity: Portfolio_Positions CSV, all accounts in one table, disclaimers below."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from ..findings import Findings
from ..headings import Aliases, Header, holds_all, plain_heading, read_header
from ..numbers import find_date, is_empty
from ..raw import RawRow, Reading
from ..text import Line, Sheet

NAME = "fidelity"
COLUMNS: Aliases = {
    "symbol": ("symbol",),
    "name": ("description",),
    "quantity": ("quantity",),
    "price": ("last price",),
    "market_value": ("current value",),
    "cost_basis": ("cost basis total", "cost basis"),
    "account": ("account number",),
    "account_name": ("account name",),
}
SIGNATURE = (("account number", "account name"), ("symbol",), ("description",), ("last price",), ("current value",))
#: Core positions that are plain cash; the other symbols with two stars are money-market funds.
CORE_CASH = ("FCASH", "CORE", "USD")
PENDING = "pending activity"


def recognises(sheet: Sheet) -> bool:
    """Any row is the header of the positions table."""
    return any(holds_all(line, SIGNATURE) for line in sheet.lines)


def read(sheet: Sheet, findings: Findings) -> Reading:
    """One row per position; pending activity with an amount is cash; what has no symbol is a disclaimer."""
    return Reading(NAME, tuple(_rows(sheet, findings)), as_of=_downloaded(sheet))


def _downloaded(sheet: Sheet) -> date | None:
    stamps = [line.text for line in sheet.lines if plain_heading(line.text).startswith("date downloaded")]
    return find_date(stamps[-1].replace("-", " ", 2)) if stamps else None


def _rows(sheet: Sheet, findings: Findings) -> Iterator[RawRow]:
    header: Header | None = None
    for line in sheet.lines:
        if holds_all(line, SIGNATURE):
            header = read_header(line, COLUMNS)
        elif header is None:
            findings.skip(line.number, line.text, "above the header row")
        elif not (symbol := header.cell(line, "symbol")):
            findings.skip(line.number, line.text, "disclaimer or footer: no symbol")
        elif plain_heading(symbol) == PENDING:
            yield from _pending(header, line, findings)
        else:
            yield _position(header, line, symbol)


def _pending(header: Header, line: Line, findings: Findings) -> Iterator[RawRow]:
    amount = header.cell(line, "market_value")
    if is_empty(amount):
        findings.skip(line.number, line.text, "pending activity without an amount")
        return
    findings.warn(
        line.number, header.titles["market_value"], amount, "settled cash", "Pending activity counts as cash."
    )
    yield header.row(line, kind="cash", symbol="CASH", quantity="", price="", account=_account(header, line))


def _position(header: Header, line: Line, symbol: str) -> RawRow:
    """Stars mark the core position; its quantity is often left out because a share is worth one dollar."""
    bare, kind = symbol.rstrip("*"), ""
    if bare != symbol:
        kind = "cash" if bare in CORE_CASH else "money_market"
    return header.row(line, kind, symbol="CASH" if kind == "cash" else bare, account=_account(header, line))


def _account(header: Header, line: Line) -> str:
    """Name and last four characters of the number: enough to tell accounts apart in a report that is passed on."""
    return f"{header.cell(line, 'account_name')} {header.cell(line, 'account')[-4:]}".strip()
