"""An activity statement without open positions: what its trades and cash flows leave at the end, from zero."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from ..findings import Findings
from ..headings import plain_heading
from ..numbers import is_empty, parse_amount
from ..raw import RawRow, raw_row
from .ibkr_sections import KINDS, Entry

#: Sections whose amounts change cash.
FLOWS = (
    "Deposits & Withdrawals", "Dividends", "Payment In Lieu Of Dividends", "Withholding Tax", "Interest", "Fees",
    "Other Fees", "Commission Adjustments", "Transaction Fees", "Bond Interest Received", "Bond Interest Paid",
)  # fmt: skip
#: Below this a net quantity is rounding of fractional shares.
NOTHING = 1e-9


@dataclass
class _Net:
    """Running quantity of one symbol, with the last price seen."""

    line: int
    kind: str
    currency: str
    quantity: float = 0.0
    price: str = ""


class _Ledger:
    """Cash by currency and net quantity by symbol."""

    def __init__(self, findings: Findings) -> None:
        self.findings = findings
        self.cash: defaultdict[str, float] = defaultdict(float)
        self.first_line: dict[str, int] = {}
        self.held: dict[str, _Net] = {}

    def add_cash(self, entry: Entry, currency: str, *headings: str) -> None:
        """Add the amounts under the headings; an empty cell is nothing."""
        self.first_line.setdefault(currency, entry.line)
        for heading in headings:
            self.cash[currency] += self.number(entry, heading)

    def add_trade(self, entry: Entry) -> None:
        """Book one order: proceeds and commission to cash, quantity to the symbol."""
        symbol, currency = entry.get("symbol"), entry.get("currency")
        self.add_cash(entry, currency, "proceeds", "comm/fee", f"comm in {currency.casefold()}")
        quantity = self.number(entry, "quantity")
        category = plain_heading(entry.get("asset category"))
        if category == "forex":
            bought = symbol.partition(".")[0]
            self.first_line.setdefault(bought, entry.line)
            self.cash[bought] += quantity
            return
        net = self.held.setdefault(symbol, _Net(entry.line, KINDS.get(category, "other"), currency))
        net.quantity += quantity
        net.price = entry.get("c. price") or entry.get("t. price")

    def number(self, entry: Entry, heading: str) -> float:
        """The cell as a number, 0 where empty; a fault goes to the findings."""
        text = entry.get(heading)
        if is_empty(text):
            return 0.0
        try:
            return parse_amount(text).value
        except ValueError as reason:
            self.findings.error(entry.line, heading, text, "a number", f"{reason}.")
            return 0.0


def build(sections: Mapping[str, list[Entry]], findings: Findings) -> list[RawRow]:
    """Net positions and cash from the orders and cash flows of the statement; opening balances count as zero."""
    if "Trades" not in sections:
        hint = "Export an activity statement that includes Open Positions and Cash Report."
        findings.error(None, "", ", ".join(sections) or "no sections", "a section Open Positions or Trades", hint)
        return []
    hint = "Positions and cash are built from the trades and cash flows; what was held before is taken as zero."
    findings.warn(sections["Trades"][0].line if sections["Trades"] else None, "Trades",
                  "a statement without Open Positions", "open positions", hint)  # fmt: skip
    ledger = _Ledger(findings)
    for entry in sections["Trades"]:
        if entry.record == "Data" and entry.get("datadiscriminator") in ("Order", ""):
            ledger.add_trade(entry)
        else:
            findings.skip(entry.line, entry.text, _why_skipped(entry))
    for name in FLOWS:
        for entry in sections.get(name, []):
            if entry.is_total:
                findings.skip(entry.line, entry.text, "total")
            else:
                ledger.add_cash(entry, entry.get("currency"), "amount")
    return [*_positions(ledger), *_cash(ledger)]


def _why_skipped(entry: Entry) -> str:
    return f"closed lot of {entry.get('symbol')}" if entry.get("datadiscriminator") == "ClosedLot" else "total"


def _positions(ledger: _Ledger) -> Iterator[RawRow]:
    for symbol, net in ledger.held.items():
        if abs(net.quantity) > NOTHING:
            cells = {"symbol": symbol, "currency": net.currency, "quantity": repr(net.quantity), "price": net.price}
            yield raw_row(net.line, cells, {"price": "C. Price"}, net.kind)


def _cash(ledger: _Ledger) -> Iterator[RawRow]:
    for currency, amount in ledger.cash.items():
        cells = {"symbol": "CASH", "currency": currency, "quantity": repr(amount)}
        yield raw_row(ledger.first_line[currency], cells, {"quantity": "cash flows"}, "cash")
