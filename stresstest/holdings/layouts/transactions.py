"""Lists of transactions are refused by name: summing trades would silently miss what was held before."""

from __future__ import annotations

from ...errors import InputError
from ..findings import Findings
from ..headings import holds_all
from ..raw import Reading
from ..text import Line, Sheet

NAME = "transactions"
_WHEN = ("date", "run date", "trade date", "tradedate", "time", "settlement date", "timestamp", "utc_time")
_WHAT = ("action", "type", "transaction type", "buy/sell", "activity type", "operation", "fee", "side")
_HEADER_LINES = 40


def recognises(sheet: Sheet) -> bool:
    """A header near the top with a date and an action, side or fee."""
    return _header(sheet) is not None


def read(sheet: Sheet, findings: Findings) -> Reading:
    """Always raises InputError: the file lists transactions, not positions."""
    header = _header(sheet)
    findings.error(
        header.number if header else None, "", header.text if header else "transactions", "a list of positions",
        "This looks like a list of transactions. Export the positions (holdings, portfolio) instead.",
    )  # fmt: skip
    raise InputError(findings.errors)


def _header(sheet: Sheet) -> Line | None:
    return next((line for line in sheet.lines[:_HEADER_LINES] if holds_all(line, (_WHEN, _WHAT))), None)
