"""From a file to a book that can be revalued, before and after trades."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

from ..errors import InputError, Problem
from ..exposures import load_exposures, resolve, why_not
from ..holdings import example_path, load_portfolio
from ..instruments.book import build_book
from ..market.cache import CachedPrice, cached_prices
from ..market.prices import last_prices
from ..records import Book, MarketSnapshot, Portfolio, Position, Rebalance
from .found import with_found


@dataclass(frozen=True)
class Modelling:
    """How positions become instruments. calibration: a folder that ``calibrate --out`` wrote, None for the embedded
    tables. broker: whose margin requirements apply, "" for the rules.
    """

    calibration: Path | None = None
    broker: str = ""


STANDARD = Modelling()


def read_holdings(
    holdings: str | Path,
    snapshot: MarketSnapshot,
    data: Path | None = None,
    as_of: date | None = None,
    mapping: Path | None = None,
) -> Portfolio:
    """A portfolio from a file or from ``example:NAME``. mapping: a TOML file that says how to read the user's table.

    Unpriced rows take the last price of the folder ``data``, or without one that of the user cache; bond funds without
    a duration and options without a price of their underlying take those in the cache; positions that no table knows
    get what their prices or fund data tell. All is said in the warnings.

    Raises InputError with every fault of the file.
    """
    text = str(holdings)
    path = example_path(text.removeprefix("example:")) if text.startswith("example:") else Path(text)
    if data is not None:
        portfolio = load_portfolio(path, snapshot, prices=last_prices(data, as_of), mapping=mapping)
        return with_found(portfolio, load_exposures(), data, as_of)
    cached = cached_prices(as_of)
    prices = {symbol: found.price for symbol, found in cached.items()}
    portfolio = with_cached_facts(load_portfolio(path, snapshot, prices=prices, mapping=mapping), cached)
    return with_found(with_underlying_prices(portfolio, cached), load_exposures(), None, as_of)


def with_cached_facts(portfolio: Portfolio, cached: Mapping[str, CachedPrice]) -> Portfolio:
    """The portfolio with durations of bond funds filled in, and a warning for everything that the cache supplied.

    Raises InputError where a cached price is in another currency than the position.
    """
    positions, warnings, wrong = [], list(portfolio.warnings), []
    for position in portfolio.positions:
        found = cached.get(position.symbol)
        if found is not None and position.price == found.price:
            source = f"{found.price:g} {found.currency}, the close of {found.date} in the cache"
            warnings.append(Problem(position.row, "price", "none", source, "Give it in a column to replace it."))
            if position.currency != found.currency:
                expected = f"currency {found.currency}, that of the cached price"
                wrong.append(Problem(position.row, "currency", position.currency, expected, "Give the row a currency."))
        if found is not None and found.duration and _lacks_duration(position):
            position = replace(position, terms=replace(position.terms, duration=found.duration))
            source = f"{found.duration:g} years from the fund data of {found.date} in the cache"
            warnings.append(Problem(position.row, "duration", "none", source, "Give it in a column to replace it."))
        positions.append(position)
    if wrong:
        raise InputError(wrong)
    return replace(portfolio, positions=tuple(positions), warnings=tuple(warnings))


def unpriced_underlyings(portfolio: Portfolio) -> frozenset[str]:
    """Underlyings of options that are neither held nor priced in the row of the option."""
    held = {position.symbol.upper() for position in portfolio.positions}
    return frozenset(p.terms.underlying.upper() for p in portfolio.positions if _lacks_spot(p)) - held


def _lacks_spot(position: Position) -> bool:
    has_none = position.asset_class == "option" and not position.tags.get("underlying_price")
    return has_none and bool(position.terms.underlying)


def with_underlying_prices(portfolio: Portfolio, cached: Mapping[str, CachedPrice]) -> Portfolio:
    """The portfolio with prices of underlyings that are not held, from the cache, and a warning for each.

    A price in another currency than the option's is not used.
    """
    wanted, positions, warnings = unpriced_underlyings(portfolio), [], list(portfolio.warnings)
    for position in portfolio.positions:
        name = position.terms.underlying.upper()
        found = cached.get(name) if name in wanted and _lacks_spot(position) else None
        if found is not None and found.currency == position.currency:
            position = replace(position, tags={**position.tags, "underlying_price": f"{found.price:.12g}"})
            source = f"{found.price:g} {found.currency}, the close of {found.date} in the cache"
            missing = f"no price of {name}"
            hint = "Give it in a column to replace it."
            warnings.append(Problem(position.row, "tag_underlying_price", missing, source, hint))
        positions.append(position)
    return replace(portfolio, positions=tuple(positions), warnings=tuple(warnings))


def _lacks_duration(position: Position) -> bool:
    return position.asset_class == "fund_bond" and position.terms.duration is None


def make_book(portfolio: Portfolio, snapshot: MarketSnapshot, modelling: Modelling = STANDARD) -> Book:
    """Join positions to exposures and instruments; what cannot be modelled keeps its reason.

    Raises InputError for an unknown broker and DataError for a calibration folder that lacks a table.
    """
    table = load_exposures(modelling.calibration)
    exposures = [resolve(position, table) for position in portfolio.positions]
    reasons = [why_not(p) if e is None else "" for p, e in zip(portfolio.positions, exposures, strict=True)]
    return build_book(portfolio, exposures, snapshot, reasons, modelling.broker)


def priced(portfolio: Portfolio, book: Book) -> Portfolio:
    """The portfolio with the prices that the book found for bonds that came without one."""
    by_row = {h.position.row: h.position for h in book.holdings if h.position.asset_class != "cash"}
    return replace(portfolio, positions=tuple(by_row.get(p.row, p) for p in portfolio.positions))


def traded_book(proposal: Rebalance, book: Book, snapshot: MarketSnapshot, modelling: Modelling = STANDARD) -> Book:
    """The book after the proposed trades, rebuilt from its positions."""
    cash = {h.position.currency: h.position.quantity for h in book.holdings if h.position.asset_class == "cash"}
    before = sum(amount * snapshot.fx(currency) for currency, amount in cash.items())
    cash["USD"] = cash.get("USD", 0.0) + proposal.cash_after - before
    missing = tuple(position for position, _ in book.not_modelled)
    positions = (*proposal.positions_after, *missing)
    return make_book(Portfolio("after", positions, cash, proposal.cash_after), snapshot, modelling)
