"""What can be said of a table only when all its rows are known: number format, dates, exchange rates, weights."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import Protocol

from ..dates import date_order
from ..findings import Findings
from ..numbers import COMMA, POINT, STANDARD, NumberFormat, is_empty, number_format, parse_amount
from ..preset import Preset
from ..raw import DATES, NUMBERS, Columns, FileTotal, RawRow, Reading
from ..text import Sheet

#: A list of weights without values is taken as a fund of this size, in its base currency.
FUND_SIZE = 100_000.0
#: Word of the side column of Taiwanese brokers for shares bought with the broker's loan.
MARGIN = "融資"


class Table(Protocol):
    """What the table reader knows at the end of a sheet."""

    findings: Findings
    mapping: Preset | None
    preset: Preset
    rows: list[RawRow]
    totals: list[FileTotal]
    stated: list[date]
    base: str
    names: list[str]


def finished(sheet: Sheet, days: Mapping[int, date], table: Table) -> Reading:
    """The reading of a sheet."""
    preset = table.mapping or table.preset
    how = format_of(sheet, table.rows, table.totals, preset)
    rows = _weighed(_with_multipliers(table.rows, how), table.findings, how)
    _say_loans(rows, table.findings, how)
    base = preset.base if table.mapping else table.base or "USD"
    kept = {row.line for row in rows}
    fallback = max(table.stated, default=None) if table.stated else None
    return Reading(
        layout=preset.name if table.mapping or len(set(table.names)) == 1 else "table",
        rows=rows,
        totals=tuple(_kept(total, kept) for total in table.totals),
        fx=_rates(rows, base, how),
        base=base,
        as_of=max(days.values(), default=fallback),
        numbers=how,
        dates=preset.dates or date_order(text for row in rows for c in DATES if (text := row.text(c))),
        market=preset.market,
        symbols=preset.symbols,
    )


def _kept(total: FileTotal, lines: set[int]) -> FileTotal:
    return replace(total, scopes=tuple(scope & lines for scope in total.scopes))


def format_of(sheet: Sheet, rows: Sequence[RawRow], totals: Iterable[FileTotal], preset: Preset) -> NumberFormat:
    """How the numbers of the sheet are written: as the mapping says, else as most of them show."""
    if preset.decimal:
        return NumberFormat(preset.decimal, mixed=sheet.typed)
    if not sheet.commas:
        return STANDARD
    cells = [text for row in rows for column in NUMBERS if (text := row.text(column))]
    return number_format([*cells, *(t.text for t in totals)], sheet.delimiter in ("", ","), mixed=sheet.typed)


def amount(text: str, how: NumberFormat) -> float | None:
    """The number in a cell, or None where there is none; faults are left to whoever reads the row."""
    try:
        return None if is_empty(text) else parse_amount(text, how).value
    except ValueError:
        return None


def written(value: float, how: NumberFormat) -> str:
    """A number in the format of the file, so that computed cells read like the others."""
    text = f"{value:.10f}"
    return text if how.decimal == POINT else text.replace(POINT, COMMA)


def with_cells(row: RawRow, **cells: str) -> RawRow:
    """The row with cells replaced or added."""
    columns = row.columns
    if any(name not in columns.position for name in cells):
        columns = Columns(tuple(dict.fromkeys((*columns.names, *cells))), columns.titles)
    values = tuple(cells.get(name, row.text(name)) for name in columns.names)
    return row._replace(columns=columns, values=values)


def _with_multipliers(rows: Sequence[RawRow], how: NumberFormat) -> list[RawRow]:
    """Futures of fund issuers: the multiplier is notional value over quantity times price."""
    return [_with_multiplier(row, how) if row.kind == "future" and row.text("notional") else row for row in rows]


def _with_multiplier(row: RawRow, how: NumberFormat) -> RawRow:
    notional, quantity, price = (amount(row.text(c), how) for c in ("notional", "quantity", "price"))
    if row.text("multiplier") or not (notional and quantity and price):
        return row
    return with_cells(row, multiplier=written(abs(notional / (quantity * price)), how), market_value="")


def _weighed(rows: list[RawRow], findings: Findings, how: NumberFormat) -> list[RawRow]:
    """A list of weights alone becomes a fund of a stated size, so that its risk can be seen."""
    priced = any(row.text(c) for row in rows for c in ("price", "market_value", "base_value"))
    weights = [amount(row.text("weight"), how) for row in rows]
    if priced or not rows or not any(weights):
        return rows
    share = 1.0 if sum(abs(w or 0.0) for w in weights) < 2.0 else 0.01
    hint = f"The list has no prices and no values: its weights are taken as a fund of {FUND_SIZE:,.0f}."
    findings.warn(rows[0].line, rows[0].heading("weight"), "weights alone", "prices or values", hint)
    values = (written((weight or 0.0) * share * FUND_SIZE, how) for weight in weights)
    return [
        with_cells(row, quantity=value) if row.kind == "cash" else with_cells(row, market_value=value)
        for row, value in zip(rows, values, strict=True)
    ]


def _say_loans(rows: Iterable[RawRow], findings: Findings, how: NumberFormat) -> None:
    """Shares bought on margin: the loan is the cost less what was paid, and it stands in no row."""
    for row in rows:
        if row.text("side") != MARGIN:
            continue
        numbers = [amount(row.text(c), how) for c in ("quantity", "cost_price", "cost_basis")]
        if None in numbers:
            continue
        quantity, cost_price, paid = (number or 0.0 for number in numbers)
        loan = quantity * cost_price - paid
        hint = "The loan is in no row and not counted. Add a CASH row with it, negative, to include it."
        findings.warn(row.line, row.heading("side"), f"a margin loan of {loan:,.2f}", "the loan as a row", hint)


def _rates(rows: Iterable[RawRow], base: str, how: NumberFormat) -> dict[str, float]:
    """Value of one unit of each currency in the base currency: as stated, else as the largest values imply."""
    stated: dict[str, float] = {}
    implied: dict[str, tuple[float, float]] = {}
    for row in rows:
        currency = row.text("currency").upper()
        if not currency or currency == base:
            continue
        rate = amount(row.text("fx_rate"), how)
        if rate and rate > 0:
            stated[currency] = rate
        local = amount(row.text("market_value") or (row.text("quantity") if row.kind == "cash" else ""), how)
        value = amount(row.text("base_value"), how)
        if local and value and value / local > 0 and abs(value) > implied.get(currency, (0.0, 0.0))[0]:
            implied[currency] = (abs(value), value / local)
    return {currency: rate for currency, (_, rate) in implied.items()} | stated
