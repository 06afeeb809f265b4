"""Our own format: symbol, quantity and any of the optional columns; lines that begin with # are comments."""

from __future__ import annotations

from collections.abc import Iterator
from difflib import get_close_matches

from ...tables import factor_names
from ..findings import Findings
from ..headings import Header, plain_heading
from ..raw import BETA, PLAIN_COLUMNS, TAG, RawRow, Reading
from ..text import Line, Sheet

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
    """A row near the top has at least one column of the format: the rest are then named as faults."""
    return _find_header(sheet) is not None


def read(sheet: Sheet, findings: Findings) -> Reading:
    """Rows below the header; every wrong column is an error that names the nearest right one."""
    top = _find_header(sheet)
    if top is None:
        raise ValueError("read is called only for sheets that recognises() accepts")
    start = sheet.lines.index(top)
    for line in sheet.lines[:start]:
        findings.skip(line.number, line.text, "above the header row")
    header = _check_header(top, findings)
    usable = all(name in header.index for name in REQUIRED)
    rows = tuple(_rows(header, top, sheet.lines[start + 1 :], findings)) if usable else ()
    return Reading(NAME, rows, by_hand=True)


def _find_header(sheet: Sheet) -> Line | None:
    """The line near the top with most columns of the format, required ones first; None if there is none."""
    top = sheet.lines[: PREAMBLE + 1]
    best = max(top, key=_score)
    return best if _score(best) > (0, 0) else None


def _score(line: Line) -> tuple[int, int]:
    names = {_column(cell) for cell in line.cells}
    return sum(name in names for name in REQUIRED), len(names.intersection(PLAIN_COLUMNS))


def _column(cell: str) -> str:
    return plain_heading(cell).replace(" ", "_")


def _names(top: Line) -> list[str]:
    """Column names of the header, without the empty cells that spreadsheets leave at its end."""
    names = [_column(cell) for cell in top.cells]
    while names and not names[-1]:
        names.pop()
    return names


def _check_header(top: Line, findings: Findings) -> Header:
    names = _names(top)
    index: dict[str, int] = {}
    for position, name in enumerate(names):
        if name in index:
            hint = "Keep one of the two columns."
            findings.error(top.number, name, "a column named twice", "each column once", hint)
        else:
            _check_column(top.number, name, top.cells[position], findings)
            index[name] = position
    for name in REQUIRED:
        if name not in index:
            findings.error(top.number, name, top.text, f"a column {name}", f"Add or rename a column to {name}.")
    return Header(index, {name: top.cells[i] for name, i in index.items()})


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


def _rows(header: Header, top: Line, lines: tuple[Line, ...], findings: Findings) -> Iterator[RawRow]:
    width = len(_names(top))
    for line in lines:
        symbol, quantity = header.cell(line, "symbol"), header.cell(line, "quantity")
        if line.cells == top.cells:
            findings.error(line.number, "", "a second header row", "a holding", "Remove the repeated header.")
        elif symbol.casefold() in ("total", "totals") and not quantity:
            findings.skip(line.number, line.text, "total")
        elif any(line.cells[width:]):
            hint = 'Numbers with a thousands separator need quotation marks: "1,250". So do names with a comma.'
            findings.error(line.number, "", f"{len(line.cells)} cells", f"{width} cells, as in the header", hint)
        else:
            yield header.row(line)
