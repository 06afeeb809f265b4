"""``check``: what was understood of a holdings file, with analytics for every position."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any

from ..market import load_snapshot
from ..records import Book, Portfolio
from ..study.books import make_book, read_holdings
from .shown import Shown, Table


def check(holdings: str, data: Path | None = None, as_of: date | None = None) -> Shown:
    """Read, identify and value ``holdings``. Raises InputError with every fault of the file."""
    snapshot = load_snapshot(data, as_of)
    portfolio = read_holdings(holdings, snapshot, data, as_of)
    book = make_book(portfolio, snapshot)
    rows = _positions(portfolio, book)
    total = book.value + sum(position.market_value for position, _ in book.not_modelled)
    document = {
        "positions": rows,
        "cash": [{"currency": currency, "amount": amount} for currency, amount in portfolio.cash.items()],
        "total_value": total,
        "currency": "USD",
        "coverage": book.coverage,
        "errors": [],
        "warnings": [problem.to_dict() for problem in portfolio.warnings],
        "skipped": [problem.to_dict() for problem in portfolio.skipped],
    }
    return Shown(document, (_table(rows),), _lines(portfolio, total, book))


def _positions(portfolio: Portfolio, book: Book) -> list[dict[str, Any]]:
    """One row per position of the file, in its order, cash lines aside."""
    reasons = {position.row: reason for position, reason in book.not_modelled}
    held = {h.position.row: h for h in book.holdings if h.position.asset_class != "cash"}
    rows = []
    for position in portfolio.positions:
        holding = held.get(position.row)
        analytics: Mapping[str, object] = holding.analytics if holding else {}
        rows.append(
            {
                "row": position.row,
                "symbol": position.symbol,
                "name": position.name,
                "asset_class": position.asset_class,
                "currency": position.currency,
                "quantity": position.quantity,
                "price": position.price,
                "market_value": holding.instrument.value if holding else position.market_value,
                "modelled": holding is not None,
                "reason": reasons.get(position.row, ""),
                "exposure": holding.exposure.source if holding else "",
                "analytics": dict(analytics),
            }
        )
    return rows


def _table(rows: list[dict[str, Any]]) -> Table:
    header = ("symbol", "class", "quantity", "value USD", "duration", "exposure or reason")
    body = []
    for row in rows:
        duration = row["analytics"].get("modified_duration", row["analytics"].get("duration"))
        shown = f"{duration:.2f}" if isinstance(duration, float) else ""
        body.append(
            (
                row["symbol"],
                row["asset_class"],
                f"{row['quantity']:,.4g}",
                f"{row['market_value']:,.0f}",
                shown,
                row["exposure"] if row["modelled"] else row["reason"],
            )
        )
    return "Positions", header, body


def _lines(portfolio: Portfolio, total: float, book: Book) -> tuple[str, ...]:
    cash = ", ".join(f"{currency} {amount:,.2f}" for currency, amount in portfolio.cash.items()) or "none"
    return (
        f"Cash: {cash}",
        f"Total value: USD {total:,.2f}; modelled {book.coverage:.1%} of gross value; layout {portfolio.layout}",
        *([f"Not modelled: {len(book.not_modelled)} positions, see the reasons above"] if book.not_modelled else []),
        *(f"warning: {problem}" for problem in portfolio.warnings),
        *(f"left out: {problem}" for problem in portfolio.skipped),
    )
