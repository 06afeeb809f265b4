"""``check``: what was understood of a holdings file, with analytics for every position."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any, TextIO

from ..market import load_snapshot
from ..records import Portfolio, Position
from ..study.books import read_holdings
from .analysed import Analysed, Analysis, analyse
from .shown import Noted, Shown, Table, clean

#: Rows that a person reads on a screen; the others are counted, and stand in the JSON.
SHOWN_ROWS = 200
NUMBERS = ("quantity", "price", "market_value")
#: Texts of rows that are kept for the rows that follow.
MOST_TEXTS = 50_000


@dataclass(frozen=True)
class Checked:
    """A holdings file as it was understood: to_document and write_json for scripts, to_text for people."""

    portfolio: Portfolio
    analysis: Analysis

    @property
    def total(self) -> float:
        """Net value in USD: what is modelled, cash, and what is not modelled at the file's value."""
        return self.analysis.value

    def rows(self) -> Iterator[dict[str, Any]]:
        """One row per position of the file, in its order, cash lines aside."""
        for position, item, share in self.analysis.rows(self.portfolio.positions):
            yield _row(position, item, share) | {"analytics": clean(item.analytics(share))}

    def to_document(self) -> dict[str, Any]:
        """The JSON of the contract."""
        return {"positions": list(self.rows()), **self._rest()}

    def write_json(self, stream: TextIO) -> None:
        """The same document, written row by row: a million rows never stand in memory as one text."""
        stream.write('{\n "positions": [')
        analytics: dict[int, str] = {}
        words: dict[tuple[object, ...], str] = {}
        for i, (position, item, share) in enumerate(self.analysis.rows(self.portfolio.positions)):
            key = (id(item), position.symbol, position.name, position.proxy, id(position.tags))
            said = words.get(key)
            if said is None:
                said = words[key] = json.dumps(_words(position, item), allow_nan=False, ensure_ascii=False)[1:-1]
                if len(words) > MOST_TEXTS:
                    words.clear()
            stream.write(
                f'{"," if i else ""}\n  {{"row": {position.row}, {said}, {_numbers_text(position, item, share)}, '
                f'"analytics": {_analytics(item, share, analytics)}}}'
            )
        rest = json.dumps(self._rest(), allow_nan=False, ensure_ascii=False, indent=1)
        stream.write(f"\n ],{rest[1:]}\n")

    def to_text(self, lang: str = "en") -> Any:
        """A table of the largest positions, then totals, warnings and what was left out."""
        return Shown({}, (self._table(),), self._lines()).to_text(lang)

    def _rest(self) -> dict[str, Any]:
        portfolio, coverage = self.portfolio, self.analysis.coverage
        rest = {
            "cash": [{"currency": currency, "amount": amount} for currency, amount in portfolio.cash.items()],
            "total_value": self.total,
            "currency": "USD",
            "coverage": coverage,
            "layout": portfolio.layout,
            "errors": [],
            "warnings": [problem.to_dict() for problem in (*portfolio.warnings, *self.analysis.warnings)],
            "skipped": [problem.to_dict() for problem in portfolio.skipped],
        }
        cleaned = clean(rest)
        assert isinstance(cleaned, dict)
        return cleaned

    def _table(self) -> Table:
        header = ("symbol", "class", "quantity", "value USD", "duration", "exposure or reason")
        rows = list(self.analysis.rows(self.portfolio.positions))
        if len(rows) > SHOWN_ROWS:
            largest = sorted(range(len(rows)), key=lambda i: -abs(rows[i][1].value(rows[i][2])))[:SHOWN_ROWS]
            rows = [rows[i] for i in sorted(largest)]
        return "Positions", header, [_cells(*row) for row in rows]

    def _lines(self) -> tuple[str | Noted, ...]:
        portfolio, analysis = self.portfolio, self.analysis
        cash = ", ".join(f"{currency} {amount:,.2f}" for currency, amount in portfolio.cash.items()) or "none"
        hidden = len(portfolio.positions) - SHOWN_ROWS
        missing = analysis.not_modelled
        return (
            *([f"The {SHOWN_ROWS} largest positions are shown; --json lists {hidden:,} more"] if hidden > 0 else []),
            f"Cash: {cash}",
            f"Total value: USD {self.total:,.2f}; modelled {_covered(analysis)}; layout {portfolio.layout}",
            *([f"Not modelled: {missing:,} positions, see the reasons above"] if missing else []),
            *(Noted("warning", problem) for problem in (*portfolio.warnings, *analysis.warnings)),
            *(Noted("left out", problem) for problem in portfolio.skipped),
        )


def _covered(analysis: Analysis) -> str:
    """The modelled share, and how many rows it cannot count."""
    share, unpriced = f"{analysis.coverage:.1%} of gross value", analysis.unpriced
    rows = "1 row" if unpriced == 1 else f"{unpriced:,} rows"
    return f"{share}, {rows} without a price not counted" if unpriced else share


def check(holdings: str, data: Path | None = None, as_of: date | None = None, mapping: Path | None = None) -> Checked:
    """Read, identify and value ``holdings``. mapping: a TOML file that says how to read a table of the user's own.

    Raises InputError with every fault of the file.
    """
    snapshot = load_snapshot(data, as_of)
    portfolio = read_holdings(holdings, snapshot, data, as_of, mapping)
    return Checked(portfolio, analyse(portfolio, snapshot))


def _row(position: Position, item: Analysed, share: float) -> dict[str, Any]:
    """A position in the words of the contract, without its analytics."""
    return {"row": position.row, **_words(position, item), **_numbers(position, item, share)}


def _words(position: Position, item: Analysed) -> dict[str, Any]:
    """What all rows of one instrument have in common."""
    return {
        "symbol": position.symbol,
        "name": position.name,
        "asset_class": position.asset_class,
        "currency": position.currency,
        "modelled": item.modelled,
        "reason": item.reason,
        "exposure": item.exposure,
        "identified_by": position.tags.get("identified_by", ""),
        "proxy": position.proxy,
    }


def _numbers(position: Position, item: Analysed, share: float) -> dict[str, float | None]:
    values = (position.quantity, position.price or item.price or 0.0, item.value(share))
    return {key: _twelve_digits(value) for key, value in zip(NUMBERS, values, strict=True)}


def _numbers_text(position: Position, item: Analysed, share: float) -> str:
    """``_numbers`` as JSON, twelve digits each; what is not finite takes the slow way, which makes it null."""
    values = (position.quantity, position.price or item.price or 0.0, item.value(share))
    if not all(map(math.isfinite, values)):
        return json.dumps(_numbers(position, item, share))[1:-1]
    return '"quantity": %.12g, "price": %.12g, "market_value": %.12g' % values  # noqa: UP031 (twice as fast)


def _twelve_digits(value: float) -> float | None:
    """Enough for any amount, and free of the noise of binary arithmetic; None for what is not finite."""
    return float(f"{value:.12g}") if math.isfinite(value) else None


def _analytics(item: Analysed, share: float, texts: dict[int, str]) -> str:
    """The analytics as JSON; made once for all rows of an item whose numbers do not depend on the size."""
    if share != 1.0 and item.extensive:
        return json.dumps(clean(item.analytics(share)), allow_nan=False, ensure_ascii=False)
    text = texts.get(id(item))
    if text is None:
        text = texts[id(item)] = json.dumps(clean(item.analytics(1.0)), allow_nan=False, ensure_ascii=False)
    return text


def _count(quantity: float) -> str:
    """Units as they stand in the file, to twelve digits and never with an exponent."""
    return f"{Decimal(f'{quantity:.12g}'):,f}" if math.isfinite(quantity) else str(quantity)


def _cells(position: Position, item: Analysed, share: float) -> tuple[str, ...]:
    analytics: Mapping[str, object] = item.analytics(share)
    duration = analytics.get("modified_duration", analytics.get("duration"))
    return (
        position.symbol,
        position.asset_class,
        _count(position.quantity),
        f"{item.value(share):,.0f}",
        f"{duration:.2f}" if isinstance(duration, float) else "",
        item.exposure if item.modelled else item.reason,
    )
