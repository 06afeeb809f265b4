"""Interactive Brokers: Flex query in XML. Open positions are a table of attributes; cash and rates stand apart."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date

from ...errors import InputError
from ..dates import parse_date
from ..findings import Findings
from ..markup import Node
from ..raw import FileTotal, RawRow, Reading, raw_row
from ..text import Line, Sheet, clean_cell
from . import ledger, table

NAME = "ibkr flex"
#: IBKR's name of the cash report in all currencies together.
SUMMARY = "BASE_SUMMARY"
KEPT_PARTS = ("OpenPositions", "CashReport", "AccountInformation", "EquitySummaryInBase", "SecuritiesInfo")


def recognises(tree: Node) -> bool:
    """The root element is a Flex answer or statement."""
    return any(node.name in ("FlexQueryResponse", "FlexStatement", "FlexStatements") for node in tree.children)


def read(tree: Node, findings: Findings, as_of: date) -> Reading:
    """Open positions and ending cash; without positions, what the trades leave.

    Raises InputError for a statement that has neither.
    """
    positions = list(tree.all("OpenPosition"))
    if not positions:
        return _from_trades(tree, findings, as_of)
    base = next((text for n in tree.all("AccountInformation") if (text := n.attributes.get("currency", ""))), "")
    if not base:
        findings.warn(None, "currency", "no AccountInformation", "the base currency", "USD is assumed.")
    sheet = _sheet(findings.file, positions)
    reading = table.read(sheet, findings)
    rows = [*reading.rows, *_cash(tree, {row.line for row in reading.rows})]
    _list_unused(tree, findings)
    base = base or "USD"
    rated = ((node.attributes.get("currency", ""), _rate(node)) for node in positions)
    fx = {currency: rate for currency, rate in rated if currency not in ("", base) and rate > 0}
    return Reading(NAME, rows, _totals(tree, rows), fx, base, _until(tree), numbers=reading.numbers)


def _sheet(name: str, nodes: Sequence[Node]) -> Sheet:
    """Elements as the rows of a table whose headings are the names of the attributes."""
    headings = tuple(dict.fromkeys(key for node in nodes for key in node.attributes))
    unique = len({node.line for node in nodes}) == len(nodes)
    lines = [
        Line(node.line if unique else i, tuple(clean_cell(node.attributes.get(key, "")) for key in headings))
        for i, node in enumerate(nodes, start=2)
    ]
    return Sheet(name, (Line(max(lines[0].number - 1, 0), headings), *lines), "utf-8", "")


def _cash(tree: Node, used: set[int]) -> Iterator[RawRow]:
    """Ending cash by currency; of a report without currencies, the summary in base currency."""
    reports = list(tree.all("CashReportCurrency"))
    by_currency = [n for n in reports if n.attributes.get("currency") != SUMMARY]
    for i, node in enumerate(by_currency or reports):
        currency = node.attributes.get("currency", "")
        cells = {
            "symbol": "CASH",
            "currency": "" if currency == SUMMARY else currency,
            "quantity": node.attributes.get("endingCash", ""),
        }
        line = node.line if node.line not in used else max(used) + 1 + i
        yield raw_row(line, cells, {"quantity": "endingCash"}, "cash")


def _rate(node: Node) -> float:
    try:
        return float(node.attributes.get("fxRateToBase", ""))
    except ValueError:
        return 0.0


def _totals(tree: Node, rows: Sequence[RawRow]) -> tuple[FileTotal, ...]:
    """The last net asset value in base currency, less accruals, against everything that was read."""
    days = list(tree.all("EquitySummaryByReportDateInBase"))
    if not days:
        return ()
    last = max(days, key=lambda node: node.attributes.get("reportDate", ""))
    accruals = sum(_float(text) for key, text in last.attributes.items() if key.endswith("Accruals"))
    scope = frozenset(row.line for row in rows)
    text = last.attributes.get("total", "")
    return (FileTotal(last.line, "EquitySummaryByReportDateInBase total", text, (scope,), less=accruals),)


def _float(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return 0.0


def _until(tree: Node) -> date | None:
    for node in tree.all("FlexStatement"):
        try:
            return parse_date(node.attributes.get("toDate", ""))
        except ValueError:
            continue
    return None


def _list_unused(tree: Node, findings: Findings) -> None:
    for statement in tree.all("FlexStatement"):
        for part in statement.children:
            if part.children and part.name not in KEPT_PARTS:
                reason = "already contained in the open positions" if part.name == "Trades" else "section not used"
                findings.skip(part.line, f"{part.name} ({len(part.children)} entries)", reason)


def _from_trades(tree: Node, findings: Findings, as_of: date) -> Reading:
    """Trades alone are replayed like any list of transactions."""
    trades = [n for n in tree.all("Trade") if n.attributes.get("levelOfDetail", "EXECUTION") in ("EXECUTION", "TRADE")]
    if trades:
        return ledger.read(_sheet(findings.file, trades), findings, as_of)
    parts = sorted({part.name for node in tree.all("FlexStatement") for part in node.children})
    findings.error(
        None, "", f"a Flex statement with {', '.join(parts) or 'nothing'}", "OpenPositions",
        "Add the sections Open Positions and Cash Report to the Flex query.",
    )  # fmt: skip
    raise InputError(findings.errors)
