"""Interactive Brokers: activity statement CSV, many sections in one file."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from ..dates import find_date
from ..findings import Findings
from ..headings import plain_heading
from ..numbers import is_empty, parse_amount
from ..raw import FileTotal, RawRow, Reading, raw_row
from ..text import Sheet
from . import ibkr_trades
from .ibkr_sections import KINDS, Entry, field_value, split_sections

NAME = "ibkr activity"
POSITIONS, TRADES, CASH, VALUE = "Open Positions", "Trades", "Cash Report", "Net Asset Value"
INSTRUMENTS, RATES = "Financial Instrument Information", "Base Currency Exchange Rate"
#: Sections that the reader uses beside those of ``ibkr_trades``.
USED = ("Statement", "Account Information", POSITIONS, TRADES, CASH, VALUE, INSTRUMENTS, RATES)
HEADINGS = {
    "symbol": "symbol", "quantity": "quantity", "currency": "currency", "multiplier": "mult",
    "cost_basis": "cost basis", "price": "close price", "market_value": "value",
}  # fmt: skip
#: Lines of Net Asset Value that sum positions of one kind, and the kinds.
VALUE_KINDS = {
    "stock": ("equity", "fund_equity"), "options": ("option",), "bonds": ("bond", "bill"), "cash": ("cash",),
    "crypto": ("crypto",), "total": (),
}  # fmt: skip


def recognises(sheet: Sheet) -> bool:
    """Rows that begin with a section we know and the word Header."""
    return any(line.cells[1:2] == ("Header",) and line.cells[0] in USED for line in sheet.lines)


def read(sheet: Sheet, findings: Findings) -> Reading:
    """Open positions and ending cash; where the statement has only trades, net positions built from them."""
    sections = split_sections(sheet)
    base = field_value(sections.get("Account Information", []), "base currency") or "USD"
    details = _details(sections.get(INSTRUMENTS, []))
    if POSITIONS in sections:
        rows = [*_positions(sections[POSITIONS], details, findings), *_cash(sections, base, findings)]
    else:
        rows = ibkr_trades.build(sections, findings)
    used: tuple[str, ...] = USED if POSITIONS in sections else (*USED, *ibkr_trades.FLOWS)
    _list_unused(sections, used, findings)
    totals = (*_totals(sections.get(VALUE, []), rows, findings), *_subtotals(sections.get(POSITIONS, [])))
    as_of = find_date(field_value(sections.get("Statement", []), "period"))
    return Reading(NAME, tuple(rows), totals, _rates(sections.get(RATES, []), findings), base, as_of)


def _positions(entries: list[Entry], details: Mapping[str, Mapping[str, str]], findings: Findings) -> Iterable[RawRow]:
    for entry in entries:
        if not _is_summary(entry):
            reason = f"lot of {entry.get('symbol')}" if entry.get("datadiscriminator") == "Lot" else "total"
            findings.skip(entry.line, entry.text, reason)
            continue
        category = plain_heading(entry.get("asset category"))
        cells = {column: entry.get(heading) for column, heading in HEADINGS.items()}
        cells |= details.get(entry.get("symbol"), {})
        yield raw_row(entry.line, cells, HEADINGS, KINDS.get(category, "other"))


def _is_summary(entry: Entry) -> bool:
    return entry.record == "Data" and entry.get("datadiscriminator") in ("Summary", "")


def _subtotals(entries: list[Entry]) -> Iterable[FileTotal]:
    """The subtotal of each category and currency, in that currency."""
    for at, entry in enumerate(entries):
        if entry.record != "SubTotal" or is_empty(entry.get("value")) or entry.get("symbol"):
            continue
        key = (entry.get("asset category"), entry.get("currency"))
        lines = frozenset(
            e.line for e in entries[:at] if _is_summary(e) and (e.get("asset category"), e.get("currency")) == key
        )
        yield FileTotal(entry.line, f"SubTotal {' '.join(key)}", entry.get("value"), (lines,), entry.get("currency"))


def _details(entries: list[Entry]) -> dict[str, dict[str, str]]:
    """Name, ISIN and maturity by symbol. An option's expiry and strike are in its symbol."""
    return {
        entry.get("symbol"): {
            "name": entry.get("description"),
            "isin": entry.get("security id"),
            "maturity": entry.get("maturity"),
        }
        for entry in entries
        if entry.record == "Data" and plain_heading(entry.get("asset category")) != "equity and index options"
    }


def _cash(sections: Mapping[str, list[Entry]], base: str, findings: Findings) -> list[RawRow]:
    """Ending cash by currency; a debit balance is a margin loan. The summary in base currency stands in for a missing
    list by currency.
    """
    ending = [e for e in sections.get(CASH, []) if plain_heading(e.get("currency summary")) == "ending cash"]
    by_currency = [e for e in ending if len(e.get("currency")) == 3]
    if not by_currency:
        findings.warn(None, CASH, "no ending cash by currency", "ending cash", f"Summary in {base} used where given.")
    return [_cash_row(e, e.get("currency") if by_currency else base) for e in by_currency or ending]


def _cash_row(entry: Entry, currency: str) -> RawRow:
    cells = {"symbol": "CASH", "currency": currency, "quantity": entry.get("total")}
    return raw_row(entry.line, cells, {"quantity": "Total"}, "cash")


def _rates(entries: list[Entry], findings: Findings) -> dict[str, float]:
    rates = {}
    for entry in entries:
        try:
            rate = parse_amount(entry.get("exchange rate")).value
        except ValueError:
            rate = 0.0
        if rate > 0:
            rates[entry.get("currency")] = rate
        else:
            findings.error(entry.line, "Exchange Rate", entry.get("exchange rate"), "a positive rate")
    return rates


def _totals(entries: list[Entry], rows: list[RawRow], findings: Findings) -> Iterable[FileTotal]:
    """The lines of Net Asset Value with what they should sum; accruals are in no position and listed as left out."""
    other = 0.0
    for entry in entries:
        label, text = plain_heading(entry.get("asset class")), entry.get("current total")
        if label not in VALUE_KINDS or is_empty(text):
            findings.skip(entry.line, entry.text, "net asset value that belongs to no position")
            other += number_or_zero(text)
            continue
        findings.skip(entry.line, entry.text, "total")
        kinds = VALUE_KINDS[label]
        lines = frozenset(row.line for row in rows if not kinds or row.kind in kinds)
        less = 0.0 if kinds else other
        yield FileTotal(entry.line, f"{VALUE}: {entry.get('asset class')}", text, (lines,), less=less)


def number_or_zero(text: str) -> float:
    """The number in a cell; 0 where there is none."""
    try:
        return 0.0 if is_empty(text) else parse_amount(text).value
    except ValueError:
        return 0.0


def _list_unused(sections: Mapping[str, list[Entry]], used: tuple[str, ...], findings: Findings) -> None:
    for name, entries in sections.items():
        if name not in used and entries:
            findings.skip(entries[0].line, f"{name} ({len(entries)} rows)", "section not used")
        elif name == TRADES and POSITIONS in sections and entries:
            findings.skip(entries[0].line, f"{name} ({len(entries)} rows)", "already contained in the open positions")
