"""Our own format: symbol, quantity and any of the optional columns; lines that begin with # are comments."""

from __future__ import annotations

from collections.abc import Sequence
from difflib import get_close_matches
from operator import itemgetter

from ...tables import factor_names
from ..dates import date_order
from ..findings import Findings
from ..preset import GENERIC
from ..raw import BETA, DATES, PLAIN_COLUMNS, TAG, Columns, RawRow, Reading
from ..text import Line, Sheet
from .finish import format_of
from .table import find_preset

NAME = "plain"
REQUIRED = ("symbol", "quantity")
#: Lines above the header that are forgiven, and listed as left out.
PREAMBLE = 20
#: Names that people give to our columns; used for the hint only, the column is still refused.
OFTEN_MEANT = {
    "ticker": "symbol", "code": "symbol", "security": "symbol", "shares": "quantity", "qty": "quantity",
    "units": "quantity", "amount": "quantity", "value": "market_value", "type": "asset_class", "class": "asset_class",
    "description": "name", "cost": "cost_basis", "ccy": "currency", "last_price": "price", "rate": "coupon",
}  # fmt: skip


def recognises(sheet: Sheet) -> bool:
    """A row near the top has at least one column of the format: the rest are then named as faults.

    A row of a broker's headings is not ours: ours are all columns of the format, or are written in lower case.
    """
    top = _find_header(sheet)
    if top is None:
        return False
    names = _names(top)
    ours = all(name in PLAIN_COLUMNS or name.startswith((BETA, TAG)) or not name for name in names)
    by_hand = all(cell == cell.casefold() for cell in top.cells)
    complete = set(REQUIRED) <= set(names)
    preset = find_preset(top.cells)
    if preset is not None and (preset.marks or not complete):
        return ours and complete and not preset.only
    return ours or by_hand or preset is None


def read(sheet: Sheet, findings: Findings) -> Reading:
    """Rows below the header; every wrong column is an error that names the nearest right one."""
    top = _find_header(sheet)
    if top is None:
        raise ValueError("read is called only for sheets that recognises() accepts")
    start = sheet.lines.index(top)
    for line in sheet.lines[:start]:
        findings.skip(line.number, line.text, "above the header row")
    index = _check_header(top, findings)
    usable = all(name in index for name in REQUIRED)
    rows = _rows(index, top, sheet.lines[start + 1 :], findings) if usable else []
    dates = [text for column in DATES if column in index for row in rows if (text := row.text(column))]
    how = format_of(sheet, rows, (), GENERIC)
    return Reading(NAME, rows, by_hand=True, numbers=how, dates=date_order(dates))


def _find_header(sheet: Sheet) -> Line | None:
    """The line near the top with most columns of the format, required ones first; None if there is none."""
    top = sheet.lines[: PREAMBLE + 1]
    best = max(top, key=_score)
    return best if _score(best) > (0, 0) else None


def _score(line: Line) -> tuple[int, int]:
    names = {_column(cell) for cell in line.cells}
    return sum(name in names for name in REQUIRED), len(names.intersection(PLAIN_COLUMNS))


def _column(cell: str) -> str:
    return "_".join(cell.casefold().split())


def _names(top: Line) -> list[str]:
    """Column names of the header, without the empty cells that spreadsheets leave at its end."""
    names = [_column(cell) for cell in top.cells]
    while names and not names[-1]:
        names.pop()
    return names


def _check_header(top: Line, findings: Findings) -> dict[str, int]:
    """Position of each column, every fault of the header recorded."""
    index: dict[str, int] = {}
    for position, name in enumerate(_names(top)):
        if name in index:
            hint = "Keep one of the two columns."
            findings.error(top.number, name, "a column named twice", "each column once", hint)
        else:
            _check_column(top.number, name, top.cells[position], findings)
            index[name] = position
    for name in REQUIRED:
        if name not in index:
            findings.error(top.number, name, top.text, f"a column {name}", f"Add or rename a column to {name}.")
    return index


def _check_column(row: int, name: str, cell: str, findings: Findings) -> None:
    if name in PLAIN_COLUMNS or (name.startswith(TAG) and len(name) > len(TAG)):
        return
    known: tuple[str, ...] = PLAIN_COLUMNS
    if name.startswith(BETA):
        known = tuple(BETA + factor for factor in factor_names())
        if name in known:
            return
    near = OFTEN_MEANT.get(name) or next(iter(get_close_matches(name, known, n=1, cutoff=0.65)), "")
    hint = f"Did you mean {near}? " if near else ""
    expected = "beta_ and a factor of factors.csv" if name.startswith(BETA) else "a column of the plain format"
    findings.error(row, cell, cell or "an empty heading", expected, f"{hint}Columns of your own are named tag_<name>.")


def _rows(index: dict[str, int], top: Line, lines: Sequence[Line], findings: Findings) -> list[RawRow]:
    width = len(_names(top))
    columns = Columns(tuple(index), {name: top.cells[i] for name, i in index.items()})
    pick = itemgetter(*index.values()) if len(index) > 1 else lambda cells: (cells[0],)
    empty = ("",) * width
    symbol, quantity = index["symbol"], index["quantity"]
    rows = []
    for line in lines:
        number, cells = line
        if len(cells) < width:
            cells = cells + empty[len(cells) :]
        if cells[:width] == top.cells[:width]:
            findings.error(number, "", "a second header row", "a holding", "Remove the repeated header.")
        elif not cells[quantity] and cells[symbol].casefold() in ("total", "totals"):
            findings.skip(number, line.text, "total")
        elif len(cells) > width and any(cells[width:]):
            hint = 'Numbers with a thousands separator need quotation marks: "1,250". So do names with a comma.'
            findings.error(number, "", f"{len(cells)} cells", f"{width} cells, as in the header", hint)
        else:
            rows.append(RawRow(number, columns, pick(cells)))
    return rows
