"""Schwab: Positions CSV of one account or of all, with the headings of 2020 and of 2026."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from ..findings import Findings
from ..headings import Aliases, Header, holds_all, plain_heading, read_header
from ..numbers import find_date, is_empty, parse_amount
from ..raw import FileTotal, RawRow, Reading
from ..text import Line, Sheet

NAME = "schwab"
COLUMNS: Aliases = {
    "symbol": ("symbol",),
    "name": ("description",),
    "quantity": ("quantity", "qty (quantity)", "qty"),
    "price": ("price",),
    "market_value": ("market value", "mkt val (market value)", "mkt val"),
    "cost_basis": ("cost basis",),
    "rating": ("ratings",),
    "kind": ("security type", "asset type"),
}
SIGNATURE = tuple(COLUMNS[name] for name in ("symbol", "name", "quantity", "price", "market_value"))
#: Schwab's categories in our words.
KINDS = {
    "equity": "equity",
    "etfs & closed end funds": "fund_equity",
    "mutual fund": "fund_equity",
    "mutual funds": "fund_equity",
    "fixed income": "bond",
    "option": "option",
    "cash and money market": "money_market",
    "futures": "future",
}
CASH_ROWS = ("cash & cash investments", "futures cash", "cash", "cash & sweep vehicle")
TOTAL_ROWS = ("account total", "positions total", "total")
_TITLE = re.compile(r"positions for (?:account )?(.*?) as of ", re.IGNORECASE)


def recognises(sheet: Sheet) -> bool:
    """Any row is a header of the positions table."""
    return any(holds_all(line, SIGNATURE) for line in sheet.lines)


@dataclass
class _State:
    """Where the reader stands: the account and the rows read since the last header."""

    account: str = ""
    header: Header | None = None
    rows: list[RawRow] = field(default_factory=list)
    totals: list[FileTotal] = field(default_factory=list)
    block: set[int] = field(default_factory=set)


def read(sheet: Sheet, findings: Findings) -> Reading:
    """Positions of every account; a lone cell names the account that follows; each total is kept for the check."""
    state = _State()
    for line in sheet.lines:
        _take(line, state, findings)
    return Reading(NAME, tuple(state.rows), tuple(state.totals), as_of=find_date(sheet.lines[0].text))


def _take(line: Line, state: _State, findings: Findings) -> None:
    if holds_all(line, SIGNATURE):
        state.header, state.block = read_header(line, COLUMNS), set()
    elif sum(map(bool, line.cells)) == 1:
        title = _TITLE.match(line.text)
        state.account = title[1] if title else line.text
        findings.skip(line.number, line.text, "title: names the account below")
    elif state.header is None:
        findings.skip(line.number, line.text, "above the header row")
    elif plain_heading(state.header.cell(line, "symbol")) in TOTAL_ROWS:
        _keep_total(line, state.header, state, findings)
    else:
        state.rows.append(_row(line, state.header, state.account))
        state.block.add(line.number)


def _keep_total(line: Line, header: Header, state: _State, findings: Findings) -> None:
    text = header.cell(line, "market_value")
    findings.skip(line.number, line.text, "total")
    if is_empty(text):
        return
    try:
        amount = parse_amount(text).value
    except ValueError as reason:
        findings.error(line.number, header.titles["market_value"], text, "the total in dollars", f"{reason}.")
        return
    label = f"{header.cell(line, 'symbol')} {state.account}".strip()
    state.totals.append(FileTotal(line.number, label, amount, frozenset(state.block)))


def _row(line: Line, header: Header, account: str) -> RawRow:
    """Ratings of shares are Schwab's own and dropped; bonds keep theirs. Sweep cash has a value but no quantity."""
    kind = KINDS.get(plain_heading(header.cell(line, "kind")), "")
    rating = header.cell(line, "rating") if kind == "bond" else ""
    if plain_heading(header.cell(line, "symbol")) in CASH_ROWS:
        return header.row(line, "cash", symbol="CASH", quantity="", price="", rating="", account=account)
    return header.row(line, kind, rating=rating, account=account)
