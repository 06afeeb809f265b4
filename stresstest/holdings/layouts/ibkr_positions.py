"""Interactive Brokers: a positions table, as a compact export or as a Flex query in CSV."""

from __future__ import annotations

from collections.abc import Iterator

from ..findings import Findings
from ..headings import Aliases, Header, holds_all, plain_heading, read_header
from ..raw import RawRow, Reading
from ..text import Sheet

NAME = "ibkr positions"
COLUMNS: Aliases = {
    "symbol": ("symbol",),
    "quantity": ("quantity", "position"),
    "name": ("description",),
    "kind": ("sectype", "assetclass", "asset class"),
    "currency": ("currency", "currencyprimary"),
    "price": ("mark price", "markprice"),
    "market_value": ("position value", "positionvalue"),
    "cost_price": ("cost basis price", "costbasisprice"),
    "multiplier": ("multiplier",),
    "strike": ("strike",),
    "expiry": ("expiry",),
    "maturity": ("maturity",),
    "put_call": ("put/call",),
    "underlying": ("underlyingsymbol", "underlying symbol"),
    "isin": ("isin",),
    "account": ("clientaccountid", "account"),
    "level": ("levelofdetail",),
}
SIGNATURE = tuple(COLUMNS[name] for name in ("symbol", "quantity", "kind", "price"))
#: IBKR's short names of asset classes in our words.
KINDS = {
    "stk": "equity", "opt": "option", "bond": "bond", "bill": "bill", "fund": "fund_equity", "fut": "future",
    "cash": "cash", "crypto": "crypto", "cmdty": "commodity",
}  # fmt: skip


def recognises(sheet: Sheet) -> bool:
    """Any row is the header of the positions table."""
    return any(holds_all(line, SIGNATURE) for line in sheet.lines)


def read(sheet: Sheet, findings: Findings) -> Reading:
    """One row per position; lots and totals are left out."""
    return Reading(NAME, tuple(_rows(sheet, findings)))


def _rows(sheet: Sheet, findings: Findings) -> Iterator[RawRow]:
    header: Header | None = None
    for line in sheet.lines:
        if holds_all(line, SIGNATURE):
            header = read_header(line, COLUMNS)
        elif header is None:
            findings.skip(line.number, line.text, "above the header row")
        elif plain_heading(header.cell(line, "symbol")) in ("", "total"):
            findings.skip(line.number, line.text, "total or footer")
        elif plain_heading(header.cell(line, "level")) == "lot":
            findings.skip(line.number, line.text, f"lot of {header.cell(line, 'symbol')}")
        else:
            kind = KINDS.get(plain_heading(header.cell(line, "kind")), "other")
            yield header.row(line, kind, account=header.cell(line, "account")[-4:])
