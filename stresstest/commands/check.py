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

from ..errors import Problem
from ..market import load_snapshot
from ..records import Portfolio, Position
from ..report.numbers import MISSING
from ..study.books import read_holdings
from ..study.inputs import SMALLEST_SHARE
from ..units import fixed
from .analysed import Analysed, Analysis, analyse
from .shown import Kept, Noted, Shown, Table, clean

#: Rows that a person reads on a screen; the others are counted, and stand in the JSON.
SHOWN_ROWS = 200
#: What one column holds.
DURATION = (
    "Duration: percent of value lost when yields of all maturities rise by one percentage point (of futures, of the "
    "contract value). Of bonds it follows from their payments; of shares, funds and what is written on them from how "
    "prices moved with yields, so that it is negative where these rose together."
)
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

    @property
    def warnings(self) -> tuple[Problem, ...]:
        """What was doubted in the file, what its analysis assumes, and whether other commands will refuse it."""
        return (*self.portfolio.warnings, *self.analysis.warnings, *_worthless(self.analysis))

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
            "warnings": [problem.to_dict() for problem in self.warnings],
            "skipped": [problem.to_dict() for problem in portfolio.skipped],
        }
        cleaned = clean(rest)
        assert isinstance(cleaned, dict)
        return cleaned

    def _table(self) -> Table:
        rows = list(self.analysis.rows(self.portfolio.positions))
        if len(rows) > SHOWN_ROWS:
            largest = sorted(range(len(rows)), key=lambda i: -abs(rows[i][1].value(rows[i][2])))[:SHOWN_ROWS]
            rows = [rows[i] for i in sorted(largest)]
        contracts = any(position.counted_contract(item.modelled) is not None for position, item, _ in rows)
        extra = ("contract USD",) if contracts else ()
        header = ("symbol", "class", "quantity", "value USD", *extra, "duration", "exposure or reason")
        return "Positions", header, [_cells(*row, contracts) for row in rows]

    def _lines(self) -> tuple[str | Noted, ...]:
        portfolio, analysis = self.portfolio, self.analysis
        cash = ", ".join(f"{currency} {amount:,.2f}" for currency, amount in portfolio.cash.items()) or "none"
        hidden = len(portfolio.positions) - SHOWN_ROWS
        missing = analysis.not_modelled
        return (
            *([f"The {SHOWN_ROWS} largest positions are shown; --json lists {hidden:,} more"] if hidden > 0 else []),
            *((DURATION,) if portfolio.positions else ()),
            f"Cash: {cash}",
            f"Total value: USD {self.total:,.2f}{_covered(analysis)}; layout {portfolio.layout}",
            *(["Not modelled: 1 position, see the reason above"] if missing == 1 else []),
            *([f"Not modelled: {missing:,} positions, see the reasons above"] if missing > 1 else []),
            *(Noted("warning", problem) for problem in self.warnings),
            *(Noted("left out", problem) for problem in portfolio.skipped),
        )


def _worthless(analysis: Analysis) -> Iterator[Problem]:
    """A warning where there is no net value of which ``run`` could tell losses as a share."""
    sized = zip((analysis.items[group] for group in analysis.group), analysis.share, strict=True)
    values = [item.base * share for item, share in sized if item.modelled] + [analysis.cash]
    if not math.fsum(values) > SMALLEST_SHARE * math.fsum(map(abs, values)):
        hint = (
            "`run` and the other commands that tell losses as a share of it stop with exit code 3. "
            "Add the missing cash or positions, or repay the debt first."
        )
        found = f"a modelled net value of {fixed(math.fsum(values), ',.2f')} USD"
        yield Problem(None, "market_value", found, "a net value above zero", hint)


def _covered(analysis: Analysis) -> str:
    """The modelled share; first how many rows neither it nor the total can count."""
    share, unpriced = f"{analysis.coverage:.1%}", analysis.unpriced
    rows = "1 row" if unpriced == 1 else f"{unpriced:,} rows"
    if unpriced:
        return f" without {rows} of unknown value; of what has a value {share} is modelled"
    return f"; modelled {share} of gross value"


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
    found = dict(zip(NUMBERS, _values(position, item, share), strict=True))
    contract = position.counted_contract(item.modelled)
    known = {key: _twelve_digits(value) for key, value in found.items()}
    return known | {"contract_value": None if contract is None else _twelve_digits(contract)}


def _values(position: Position, item: Analysed, share: float) -> tuple[float, float, float]:
    """``NUMBERS`` of a row; NaN for a price or value that is not known."""
    price, value = position.price or item.price or 0.0, item.value(share)
    return (position.quantity, math.nan, math.nan) if item.unpriced else (position.quantity, price, value)


def _numbers_text(position: Position, item: Analysed, share: float) -> str:
    """``_numbers`` as JSON, twelve digits each; what is not finite takes the slow way, which makes it null."""
    values = _values(position, item, share)
    if position.counted_contract(item.modelled) is not None or not all(map(math.isfinite, values)):
        return json.dumps(_numbers(position, item, share))[1:-1]
    known = '"quantity": %.12g, "price": %.12g, "market_value": %.12g' % values  # noqa: UP031 (twice as fast)
    return f'{known}, "contract_value": null'


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


def _cells(position: Position, item: Analysed, share: float, contracts: bool) -> tuple[str, ...]:
    """A row of the table. contracts: whether it has a column for what futures, and options left out, are written on."""
    analytics: Mapping[str, object] = item.analytics(share)
    duration = analytics.get("modified_duration", analytics.get("duration"))
    contract = position.counted_contract(item.modelled)
    return (
        Kept(position.symbol),
        position.asset_class,
        _count(position.quantity),
        MISSING if item.unpriced else fixed(item.value(share), ",.0f"),
        *(("" if contract is None else fixed(contract, ",.0f"),) if contracts else ()),
        fixed(duration, ".2f") if isinstance(duration, float) else "",
        item.exposure if item.modelled else item.reason,
    )
