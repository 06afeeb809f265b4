"""OFX and QFX statements (Open Financial Exchange 1 and 2): positions, balances and the list of securities."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date

from ...errors import InputError
from ..dates import parse_date
from ..findings import Findings
from ..markup import Node
from ..numbers import is_empty
from ..raw import FileTotal, RawRow, Reading, raw_row
from ..text import clean_cell
from .ibkr_activity import number_or_zero

NAME = "ofx"
#: Kinds of positions in the statement, and our classes.
KINDS = {"POSSTOCK": "equity", "POSMF": "fund_equity", "POSDEBT": "bond", "POSOPT": "option", "POSOTHER": "other"}
INFO = ("STOCKINFO", "MFINFO", "DEBTINFO", "OPTINFO", "OTHERINFO")
BALANCES = ("AVAILCASH", "MARGINBALANCE", "SHORTBALANCE")
TITLES = {"quantity": "UNITS", "price": "UNITPRICE", "market_value": "MKTVAL", "symbol": "TICKER"}
TOTAL_NAMES = ("total account value", "account value", "total value", "net account value")
STATEMENTS = ("INVSTMTRS", "STMTRS", "CCSTMTRS")


@dataclass(frozen=True)
class _Security:
    """What the list of securities says of one."""

    node: Node

    def cells(self) -> dict[str, str]:
        info, prefix = self.node, "SECINFO/"
        cells = {"symbol": info.get(f"{prefix}TICKER"), "name": info.get(f"{prefix}SECNAME")}
        if info.name == "OPTINFO":
            cells |= {
                "put_call": info.get("OPTTYPE"), "strike": info.get("STRIKEPRICE"),
                "expiry": _day(info.get("DTEXPIRE")), "multiplier": info.get("SHPERCTRCT"),
            }  # fmt: skip
        if info.name == "DEBTINFO":
            cells |= {"coupon": info.get("COUPONRT"), "maturity": _day(info.get("DTMAT"))}
        return cells


def recognises(tree: Node) -> bool:
    """The document has an OFX element."""
    return any(node.name == "OFX" for node in tree.children)


def read(tree: Node, findings: Findings) -> Reading:
    """Positions and balances of every account. Raises InputError for a statement without either."""
    securities = {node.get("SECINFO/SECID/UNIQUEID"): _Security(node) for node in tree.all(*INFO)}
    lines = _Lines()
    rows: list[RawRow] = []
    totals: list[FileTotal] = []
    days: list[date] = []
    base = next((node.text for node in tree.all("CURDEF")), "USD")
    for statement in tree.all(*STATEMENTS):
        found = [*_positions(statement, securities, lines), *_cash(statement, lines)]
        rows += found
        totals += _totals(statement, frozenset(row.line for row in found))
        days += [day for text in (statement.get("DTASOF"), statement.get("LEDGERBAL/DTASOF")) if (day := _date(text))]
        _list_transactions(statement, findings)
    if not rows:
        findings.error(
            None, "", "an OFX file without positions or balances", "a statement with INVPOSLIST or a balance",
            "Download a statement of holdings.",
        )  # fmt: skip
        raise InputError(findings.errors)
    rates = {code: rate for node in tree.all("CURRENCY") if (code := node.get("CURSYM")) and (rate := _rate(node))}
    return Reading(NAME, rows, tuple(totals), rates, base.upper(), max(days, default=None))


class _Lines:
    """Line numbers that are used once: a statement may be one long line."""

    def __init__(self) -> None:
        self.used: set[int] = set()

    def take(self, line: int) -> int:
        while line in self.used:
            line += 1
        self.used.add(line)
        return line


def _positions(statement: Node, securities: Mapping[str, _Security], lines: _Lines) -> Iterator[RawRow]:
    account = statement.get("INVACCTFROM/ACCTID")[-4:]
    for node in statement.all(*KINDS):
        identity = clean_cell(node.get("INVPOS/SECID/UNIQUEID"))
        known = securities[identity].cells() if identity in securities else {}
        kind = node.get("INVPOS/SECID/UNIQUEIDTYPE").casefold()
        cells = {column: clean_cell(text) for column, text in known.items()}
        cells["symbol"] = cells.get("symbol") or identity or cells.get("name", "")
        cells |= {
            "quantity": _units(node), "price": node.get("INVPOS/UNITPRICE"), "market_value": node.get("INVPOS/MKTVAL"),
            "currency": node.get("INVPOS/CURRENCY/CURSYM"), "account": account,
        }  # fmt: skip
        if kind in ("isin", "cusip"):
            cells[kind] = identity
        yield raw_row(lines.take(node.line), cells, TITLES, KINDS[node.name])


def _units(node: Node) -> str:
    """Units, negative for shorts whichever sign the broker writes."""
    units = node.get("INVPOS/UNITS")
    if node.get("INVPOS/POSTYPE") == "SHORT" and units and not units.startswith("-"):
        return f"-{units.lstrip('+')}"
    return units


def _cash(statement: Node, lines: _Lines) -> Iterator[RawRow]:
    """Balances that are not zero: cash, margin debt (negative), proceeds of shorts; or that of a bank account."""
    nodes = [child for part in statement.children if part.name == "INVBAL" for child in part.children]
    balances = [(n.line, n.name, n.text) for n in nodes if n.name in BALANCES]
    bank = [part for part in statement.children if part.name == "LEDGERBAL"]
    balances += [(part.line, "BALAMT", part.get("BALAMT")) for part in bank]
    for line, name, text in balances:
        if not is_empty(text) and text.strip("-+0.,"):
            yield raw_row(lines.take(line), {"symbol": "CASH", "quantity": text}, {"quantity": name}, "cash")


def _totals(statement: Node, scope: frozenset[int]) -> Iterator[FileTotal]:
    for balance in statement.all("BAL"):
        if balance.get("BALTYPE") == "DOLLAR" and balance.get("NAME").casefold() in TOTAL_NAMES:
            yield FileTotal(balance.line, balance.get("NAME"), balance.get("VALUE"), (scope,))


def _rate(node: Node) -> float:
    return number_or_zero(node.get("CURRATE"))


def _date(text: str) -> date | None:
    try:
        return parse_date(text[:8])
    except ValueError:
        return None


def _day(text: str) -> str:
    """A date of OFX (20340215120000.000[-5:EST]) as its day."""
    day = _date(text)
    return day.isoformat() if day else text


def _list_transactions(statement: Node, findings: Findings) -> None:
    for part in statement.all("INVTRANLIST", "BANKTRANLIST", "INVOOLIST"):
        count = sum(child.name not in ("DTSTART", "DTEND") for child in part.children)
        if count:
            findings.skip(part.line, f"{part.name} ({count} entries)", "already contained in the positions")
