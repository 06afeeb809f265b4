"""The stage in one screen: bytes, rows, a layout, positions, checks, a Portfolio."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Mapping
from datetime import date
from pathlib import Path

from ..records import MarketSnapshot, Portfolio
from .context import Context, Rates
from .findings import Findings, in_order
from .interpret import Interpreted, interpret
from .layouts import read_layout
from .raw import Reading
from .text import Sheet, read_sheet
from .totals import reconcile

#: Prices older or newer than the market snapshot by more days than this are worth a warning.
STALE_DAYS = 7


def load_portfolio(
    path: Path, snapshot: MarketSnapshot, *, prices: Mapping[str, float] | None = None, name: str | None = None
) -> Portfolio:
    """Read a holdings file of any known layout.

    snapshot: gives the date and the exchange rates. prices: by symbol, in the currency of the position (percent of par
    for bonds), used where the file has neither price nor value. name: of the portfolio, default the file's stem.
    Raises InputError with every fault of the file.
    """
    path = Path(path)
    sheet = read_sheet(path)
    findings = Findings(sheet.name)
    reading = read_layout(sheet, findings)
    rates = Rates(snapshot, reading.base, reading.fx)
    context = Context(rates, snapshot.as_of, reading.by_hand, _checked(prices or {}))
    book = interpret(reading, context, findings)
    _check_something(reading, book, findings)
    findings.raise_errors()
    _say_encoding(sheet, findings)
    _say_stale(reading, snapshot.as_of, findings)
    reconcile(reading.totals, book.values, rates.base_usd or 1.0, findings)
    return _portfolio(name or path.stem, book, findings, sheet, reading.layout)


def _portfolio(name: str, book: Interpreted, findings: Findings, sheet: Sheet, layout: str) -> Portfolio:
    cash: defaultdict[str, float] = defaultdict(float)
    for item in book.cash:
        cash[item.currency] += item.amount
    return Portfolio(
        name=name,
        positions=book.positions,
        cash=dict(cash),
        cash_usd=math.fsum(item.usd for item in book.cash),
        warnings=in_order(findings.warnings),
        skipped=in_order(findings.skipped),
        source=sheet.name,
        sha256=sheet.sha256,
        layout=layout,
    )


def _checked(prices: Mapping[str, float]) -> Mapping[str, float]:
    """Prices from outside, which must be finite and not negative."""
    findings = Findings("prices")
    for symbol, price in prices.items():
        if not (math.isfinite(price) and price >= 0):
            findings.error(None, symbol, str(price), "a finite price of zero or more", "Mend or leave out the price.")
    findings.raise_errors()
    return prices


def _check_something(reading: Reading, book: Interpreted, findings: Findings) -> None:
    """A file that holds nothing, or nothing that can be valued, is not a portfolio."""
    if findings.errors:
        return
    if not reading.rows:
        findings.error(None, "", "no holdings", "at least one row below the header")
    elif not book.cash and not any(p.tags["price_source"] != "none" for p in book.positions):
        hint = "Add a column price or market_value."
        findings.error(None, "price", "no holding with a price or value", "at least one holding of known value", hint)


def _say_encoding(sheet: Sheet, findings: Findings) -> None:
    if sheet.encoding in ("cp950", "cp1252"):
        findings.warn(None, "", f"text that is not UTF-8, read as {sheet.encoding.upper()}", "UTF-8")


def _say_stale(reading: Reading, as_of: date, findings: Findings) -> None:
    if reading.as_of is not None and abs((reading.as_of - as_of).days) > STALE_DAYS:
        hint = "Prices and starting levels are of different days; export the positions again."
        findings.warn(
            None, "", f"positions of {reading.as_of.isoformat()}", f"positions near {as_of.isoformat()}", hint
        )
