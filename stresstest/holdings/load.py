"""The stage in one screen: bytes, rows, a layout, positions, checks, a Portfolio."""

from __future__ import annotations

import gc
import math
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date
from pathlib import Path

from ..records import MarketSnapshot, Portfolio
from .context import Context, Rates
from .findings import Findings, in_order
from .interpret import Interpreted, interpret
from .layouts import read_layout
from .preset import Preset, read_mapping
from .raw import Reading
from .source import Source, read_source
from .terms import asset_classes
from .totals import reconcile

#: Prices older or newer than the market snapshot by more days than this are worth a warning.
STALE_DAYS = 7
ZERO = "quantity is zero"
#: Symbols that a message names one by one.
NAMED = 5


def load_portfolio(
    path: Path,
    snapshot: MarketSnapshot,
    *,
    prices: Mapping[str, float] | None = None,
    name: str | None = None,
    mapping: Path | None = None,
) -> Portfolio:
    """Read a holdings file of any known layout: CSV, Excel, OFX, Flex XML or JSON, told by its content.

    snapshot: gives the date and the exchange rates. prices: by symbol, in the currency of the position (percent of par
    for bonds), used where the file has neither price nor value. name: of the portfolio, default the file's stem.
    mapping: a TOML file that says how to read a table of the user's own. Raises InputError with every fault.
    """
    path = Path(path)
    preset = None if mapping is None else read_mapping(Path(mapping), tuple(asset_classes()))
    source = read_source(path)
    findings = Findings(source.name)
    with _collector_paused():
        return _load(source, findings, snapshot, prices or {}, name or path.stem, preset)


def _load(
    source: Source,
    findings: Findings,
    snapshot: MarketSnapshot,
    prices: Mapping[str, float],
    name: str,
    preset: Preset | None,
) -> Portfolio:
    found = read_layout(source, findings, snapshot.as_of, preset)
    reading = found.reading
    rates = Rates(snapshot, reading.base, reading.fx)
    strict = reading.by_hand or reading.layout == "table"
    context = Context(
        rates, snapshot.as_of, reading.by_hand, _checked(prices), reading.numbers, reading.dates, reading.market,
        strict,
    )  # fmt: skip
    book = interpret(reading, context, findings)
    _check_something(reading, book, findings)
    findings.raise_errors()
    _say_encoding(found.encoding, findings)
    _say_stale(reading, snapshot.as_of, findings)
    if reading.totals:
        reconcile(reading.totals, book.lines(), rates, reading.numbers, findings)
        findings.raise_errors()
    return _portfolio(name, book, findings, source, reading.layout)


@contextmanager
def _collector_paused() -> Iterator[None]:
    """Without the cyclic collector: a million rows make no cycles, and looking for them takes a fifth of the time."""
    running = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if running:
            gc.enable()


def _portfolio(name: str, book: Interpreted, findings: Findings, source: Source, layout: str) -> Portfolio:
    cash: defaultdict[str, float] = defaultdict(float)
    for item in book.cash:
        cash[item.currency] += item.amount
    return Portfolio(
        name=name,
        positions=book.positions,
        cash=dict(cash),
        cash_usd=math.fsum(item.usd for item in book.cash),
        warnings=(*in_order(findings.warnings), *findings.counted()),
        skipped=in_order(findings.skipped),
        source=source.name,
        sha256=source.sha256,
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
        if book.positions and not any(p.quantity for p in book.positions):
            findings.error(None, "quantity", "zero in every row", "at least one holding", "Is this an old statement?")
            return
        if not book.positions and findings.skipped and all(p.hint == ZERO for p in findings.skipped):
            found = f"quantity zero in {_named([problem.found for problem in findings.skipped])}"
            findings.error(None, "quantity", found, "at least one holding", "Is this an old statement?")
            return
        hint = "Add a column price or market_value, let --fetch look for prices, or give --data with prices."
        found = f"no holding with a price or value ({_named([p.symbol for p in book.positions])})"
        findings.error(None, "price", found, "at least one holding of known value", hint)


def _named(symbols: Sequence[str]) -> str:
    """The first symbols, and how many more there are."""
    more = f" and {len(symbols) - NAMED:,} more" if len(symbols) > NAMED else ""
    return (", ".join(symbols[:NAMED]) or "every row") + more


def _say_encoding(encoding: str, findings: Findings) -> None:
    if encoding in ("cp950", "cp1252"):
        findings.warn(None, "", f"text that is not UTF-8, read as {encoding.upper()}", "UTF-8")


def _say_stale(reading: Reading, as_of: date, findings: Findings) -> None:
    if reading.as_of is not None and abs((reading.as_of - as_of).days) > STALE_DAYS:
        hint = "Prices and starting levels are of different days; export the positions again."
        findings.warn(
            None, "", f"positions of {reading.as_of.isoformat()}", f"positions near {as_of.isoformat()}", hint
        )
