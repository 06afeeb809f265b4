"""The Excel workbook: the tables of the page with full precision, text as text and never as a formula."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

from . import numbers, prose
from .catalogue import Catalogue
from .tables import book, inputs, losses, proposal, risk
from .tables.cells import Document, Table, table

FORMATS = {
    "money": "#,##0",
    "signed_money": "+#,##0;-#,##0;0",
    "price": "#,##0.00####",
    "quantity": "#,##0.######",
    "percent": "0.00%",
    "signed_percent": "+0.00%;-0.00%;0.00%",
    "judged": "0.0%",
    "chance": "0.00%",
    "number": "#,##0.00",
    "signed_number": "+#,##0.0;-#,##0.0;0.0",
    "count": "#,##0",
    "significant": "0.000E+00",
}
#: Excel holds no longer text in a cell.
LONGEST_TEXT = 32_767
NARROWEST, WIDEST = 8, 48

Maker = Callable[[Document, Catalogue], Table]


def write(d: Document, t: Catalogue, path: Path) -> None:
    """Write the workbook. The date of creation is that of the snapshot, so the same study gives the same bytes."""
    import xlsxwriter

    safe = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False, "in_memory": True}
    with xlsxwriter.Workbook(path, safe) as workbook:
        created = datetime.fromisoformat(d["snapshot"]["as_of"])
        workbook.set_properties({"title": t("page.title", name=d["portfolio"]["name"]), "created": created})
        styles = {kind: workbook.add_format({"num_format": form}) for kind, form in FORMATS.items()}
        styles["head"] = workbook.add_format({"bold": True, "bottom": 1, "text_wrap": True, "valign": "bottom"})
        styles["caption"] = workbook.add_format({"bold": True, "font_size": 13})
        for name, makers in _sheets(d).items():
            _fill(workbook.add_worksheet(t(f"sheet.{name}")), [make(d, t) for make in makers], styles)


def _sheets(d: Document) -> dict[str, tuple[Maker, ...]]:
    proposed = d["rebalance"] is not None
    orders: tuple[Maker, ...] = (proposal.trades, proposal.stops) if proposed else ()
    limits: tuple[Maker, ...] = (proposal.limits, proposal.measures, proposal.out_of_sample) if proposed else ()
    return {
        "summary": (answer, risk.measures, risk.increment, risk.states, risk.error_budget),
        "positions": (book.ledger, book.classes),
        "scenarios": (losses.losses, proposal.before_after, losses.losses_by_class),
        "by_position": (losses.by_position,),
        "moves": (losses.all_moves,),
        "trades": orders,
        "limits": limits,
        "inputs": (inputs.parameters, inputs.quotes, inputs.steps, inputs.rules, book.warnings),
    }


def answer(d: Document, t: Catalogue) -> Table:
    """The answer of the first screen, as a table."""
    columns = ((t("column.subject"), "text"), (t("column.figure"), "text"), (t("column.meaning"), "text"))
    return table(t("table.answer"), columns, prose.answer(d, t))


def _fill(sheet: Any, tables: list[Table], styles: dict[str, Any]) -> None:
    """Tables one below the other, a blank row between."""
    line = 0
    for content in tables:
        sheet.write_string(line, 0, content.caption, styles["caption"])
        for k, column in enumerate(content.columns):
            sheet.write_string(line + 1, k, column.header, styles["head"])
        for i, row in enumerate(content.rows, start=line + 2):
            for k, (value, column) in enumerate(zip(row, content.columns, strict=True)):
                _cell(sheet, i, k, value, column.kind, styles)
        line += len(content.rows) + 3
    if tables:
        sheet.freeze_panes(2, 1)
        for k, width in enumerate(_widths(tables)):
            sheet.set_column(k, k, width)


def _cell(sheet: Any, row: int, column: int, value: object, kind: str, styles: dict[str, Any]) -> None:
    if value is None or value == "":
        return
    if kind in numbers.NUMERIC and isinstance(value, (int, float)):
        sheet.write_number(row, column, value, styles[kind])
    else:
        sheet.write_string(row, column, str(value)[:LONGEST_TEXT])


def _widths(tables: list[Table]) -> list[int]:
    """Width of each column in characters: its longest text, within bounds."""
    longest = [NARROWEST] * max(len(content.columns) for content in tables)
    for content in tables:
        for cells in content.shown():
            for k, (text, _) in enumerate(cells):
                longest[k] = max(longest[k], len(text) + 1)
    return [min(width, WIDEST) for width in longest]
