"""From a file to a book that can be revalued, before and after trades."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path

from ..exposures import load_exposures, resolve, why_not
from ..holdings import example_path, load_portfolio
from ..instruments.book import build_book
from ..market.prices import last_prices
from ..records import Book, MarketSnapshot, Portfolio, Rebalance


def read_holdings(
    holdings: str | Path, snapshot: MarketSnapshot, data: Path | None = None, as_of: date | None = None
) -> Portfolio:
    """A portfolio from a file or from ``example:NAME``; unpriced rows take the last price of the folder ``data``."""
    text = str(holdings)
    path = example_path(text.removeprefix("example:")) if text.startswith("example:") else Path(text)
    return load_portfolio(path, snapshot, prices=last_prices(data, as_of) if data is not None else None)


def make_book(portfolio: Portfolio, snapshot: MarketSnapshot) -> Book:
    """Join positions to exposures and instruments; what cannot be modelled keeps its reason."""
    table = load_exposures()
    exposures = [resolve(position, table) for position in portfolio.positions]
    reasons = [why_not(p) if e is None else "" for p, e in zip(portfolio.positions, exposures, strict=True)]
    return build_book(portfolio, exposures, snapshot, reasons)


def priced(portfolio: Portfolio, book: Book) -> Portfolio:
    """The portfolio with the prices that the book found for bonds that came without one."""
    by_row = {h.position.row: h.position for h in book.holdings if h.position.asset_class != "cash"}
    return replace(portfolio, positions=tuple(by_row.get(p.row, p) for p in portfolio.positions))


def traded_book(proposal: Rebalance, book: Book, snapshot: MarketSnapshot) -> Book:
    """The book after the proposed trades, rebuilt from its positions."""
    cash = {h.position.currency: h.position.quantity for h in book.holdings if h.position.asset_class == "cash"}
    before = sum(amount * snapshot.fx(currency) for currency, amount in cash.items())
    cash["USD"] = cash.get("USD", 0.0) + proposal.cash_after - before
    missing = tuple(position for position, _ in book.not_modelled)
    positions = (*proposal.positions_after, *missing)
    return make_book(Portfolio("after", positions, cash, proposal.cash_after), snapshot)
