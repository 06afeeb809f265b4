"""Long files: a row that repeats a security is built from the first row of it, not understood anew.

A template holds what does not depend on the numbers of a row, nor on the coupon and the maturity of a bond. It is used
only for rows whose numbers and dates are written plainly and raise no question; every other row goes the careful way,
so both ways give the same positions.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from operator import itemgetter

from ..records import Position, Terms
from ..units import PERCENT
from .bond_text import has_bond_word
from .context import Context
from .fields import DIGITS
from .findings import Doubt, Findings
from .future_symbol import parse_future
from .identify import BOND_KINDS
from .identity import by_number, securities
from .numbers import COMMA, NumberFormat
from .questions import LONGEST
from .raw import Columns, RawRow
from .security_number import cusip_of, is_security_number
from .terms import HIGHEST_COUPON, asset_classes
from .value import FRACTION_OF_PAR, ROUNDING, TOLERANCE

#: Columns that differ from row to row; all others together are the key of a template.
FREE = ("quantity", "price", "market_value", "cost_basis", "acquired", "account", "coupon", "maturity")
#: After so many templates that were hardly used again, no more are learnt: every row is another security.
TRIAL, WORTH_IT = 5_000, 0.25
#: Columns whose presence in a row asks for the careful way.
CAREFUL = ("cost_price", "base_value", "last_trade", "fx_rate", "weight")
_NUMBER = re.compile(r"-?\d{1,12}(?:\.\d{1,10})?", re.ASCII)
#: Too short for an option or a security number, and no listing code, which begins with a digit.
_TICKER = re.compile(r"[A-Z][A-Z0-9]{0,7}", re.ASCII)
_ISO = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)


@dataclass(slots=True)
class _Shape:
    """Where the free columns of a table stand. key: picks the other cells; unnamed: those without the symbol."""

    key: Callable[[Sequence[str]], object]
    unnamed: Callable[[Sequence[str]], object]
    symbol: int
    name: int | None
    stated: int | None
    places: tuple[int | None, ...]
    careful: tuple[int, ...]


@dataclass(slots=True)
class _Numbers:
    """The free cells of a row, as text."""

    quantity: str
    price: str
    value: str
    cost: str
    day: str
    account: str
    coupon: str
    maturity: str


@dataclass(slots=True)
class _Template:
    position: Position
    factor: float
    price_unit: float
    usd: float
    lowest_price: float
    warnings: tuple[Doubt, ...]


def is_anonymous(symbol: str) -> bool:
    """Whether nothing follows from a symbol: no known security, code, number, option, coin pair, or cash."""
    if not _TICKER.fullmatch(symbol) or symbol in securities():
        return False
    if symbol.endswith("USD") or symbol == "CASH" or has_bond_word(symbol):
        return False
    return parse_future(symbol, stated=False) is None


def is_unknown_number(symbol: str) -> bool:
    """Whether a symbol is a valid CUSIP or ISIN that the table lacks: of a stated bond nothing follows from it."""
    return (
        is_security_number(symbol) and not has_bond_word(symbol) and not {symbol, cusip_of(symbol)} & by_number().keys()
    )


class Templates:
    """What was learnt from the rows of one file."""

    def __init__(self, context: Context, findings: Findings) -> None:
        self.context, self.findings = context, findings
        self.usable = context.numbers == NumberFormat(settled=True) and context.numbers.decimal != COMMA
        self.shapes: dict[int, _Shape] = {}
        self.known: dict[object, _Template] = {}
        self.accounts: dict[str, str] = {}
        self.learnt = self.used = 0

    def build(self, row: RawRow) -> Position | None:
        """The position of a row that repeats a known security with plain numbers; None for any other row."""
        if not self.usable or not self.known:
            return None
        shape, values = self._shape(row.columns), row.values
        symbol = values[shape.symbol]
        template = self.known.get(self._key(row, shape, symbol))
        if template is None or any(values[i] for i in shape.careful):
            return None
        cells = _Numbers(*["" if at is None else values[at] for at in shape.places])
        if not (_NUMBER.fullmatch(cells.quantity) and _NUMBER.fullmatch(cells.price)):
            return None
        if cells.account not in self.accounts:
            return None
        found = self._priced(template, row.line, symbol, cells)
        self.used += found is not None
        return found

    def _key(self, row: RawRow, shape: _Shape, symbol: str) -> object:
        """The cells that a template stands for, and which terms are given. Symbols of which nothing is known share one:
        nothing hangs on them.
        """
        stated_bond = shape.stated is not None and row.values[shape.stated].casefold() in BOND_KINDS
        # Letters may say something together with a name ("UST" and "bill 2027").
        named = shape.name is not None and row.values[shape.name] != "" and symbol.isalpha()
        nameless = (is_anonymous(symbol) and not named) or (stated_bond and is_unknown_number(symbol))
        pick = shape.unnamed if nameless else shape.key
        given = tuple(at is not None and row.values[at] != "" for at in shape.places[-2:])
        return id(row.columns), row.kind, given, pick(row.values)

    def learn(self, row: RawRow, position: Position, warnings: tuple[Doubt, ...]) -> None:
        """Keep a template of a row that was read with care, unless its numbers raised a question."""
        self.accounts.setdefault(row.text("account"), position.account)
        if self.learnt > TRIAL and self.used < WORTH_IT * self.learnt:
            return
        shape = self._shape(row.columns) if self.usable else None
        if shape is None or any(row.values[i] for i in shape.careful) or position.tags["price_source"] != "file":
            return
        free = {row.heading(column) for column in FREE}
        if position.asset_class == "future" or any(doubt.column in free for doubt in warnings):
            return
        if not _NUMBER.fullmatch(row.text("price")) or position.terms != self._terms(
            position.terms, row.text("coupon"), row.text("maturity")
        ):
            return
        factor, unit, usd = self._factors(row, position)
        lowest = FRACTION_OF_PAR if factor != position.terms.multiplier else 0.0
        self.learnt += 1
        self.known[self._key(row, shape, row.values[shape.symbol])] = _Template(
            position, factor, unit, usd, lowest, warnings
        )

    def _factors(self, row: RawRow, position: Position) -> tuple[float, float, float]:
        """Value per unit of quantity and price, size of the unit of price, dollars per unit of currency."""
        quoted = asset_classes()[position.asset_class]["quoted"]
        percent = position.terms.maturity is not None if position.asset_class == "deposit" else quoted != "unit"
        factor = (PERCENT if percent else 1.0) * position.terms.multiplier
        stated = float(row.text("price"))
        unit = 1.0 if position.price == stated else 0.01
        return factor, unit, self.context.rates.usd(position.currency) or 1.0

    def _priced(self, template: _Template, line: int, symbol: str, cells: _Numbers) -> Position | None:
        quantity, price = float(cells.quantity), float(cells.price) * template.price_unit
        computed, cost, day = quantity * price * template.factor, cells.cost, cells.day
        if quantity == 0 or price <= 0 or price < template.lowest_price:
            return None
        if cells.value:
            stated = float(cells.value) if _NUMBER.fullmatch(cells.value) else None
            if stated is None or abs(stated - computed) > max(TOLERANCE * abs(stated), ROUNDING):
                return None
            computed = stated
        if cost and (not _NUMBER.fullmatch(cost) or (quantity > 0 and cost.startswith("-"))):
            return None
        acquired = _day(day) if day else None
        if day and (acquired is None or acquired > self.context.as_of):
            return None
        p = template.position
        terms = self._terms(p.terms, cells.coupon, cells.maturity)
        if terms is None:
            return None
        for doubt in template.warnings:
            self.findings.repeat(doubt, line, p.symbol, symbol)
        return Position(
            line, symbol, p.name, p.asset_class, p.currency, quantity, price, computed * template.usd,
            self.accounts[cells.account],
            float(cost) * template.usd if cost else None, acquired, terms, p.proxy, p.betas, p.tags, p.reason,
            fx=p.fx,
        )  # fmt: skip

    def _terms(self, usual: Terms, coupon: str, maturity: str) -> Terms | None:
        """``usual`` with these cells, which may be empty; None where they are not plain or raise a question."""
        if not coupon and not maturity:
            return usual
        rate, last, today = usual.coupon, usual.maturity, self.context.as_of
        if coupon:
            percent = float(coupon) if _NUMBER.fullmatch(coupon) else -1.0
            if not 0.0 <= percent <= HIGHEST_COUPON:
                return None
            rate = round(percent / 100, DIGITS)
        if maturity:
            last = _day(maturity)
            if last is None or last <= today or last.year > today.year + LONGEST["maturity"]:
                return None
        t = usual
        return Terms(
            rate, last, t.frequency, t.rating, t.spread, t.duration, t.convexity, t.index, t.multiplier, t.strike,
            t.expiry, t.put_call, t.underlying,
        )  # fmt: skip

    def _shape(self, columns: Columns) -> _Shape:
        shape = self.shapes.get(id(columns))
        if shape is None:
            others = tuple(i for i, name in enumerate(columns.names) if name not in FREE)
            symbol = columns.position["symbol"]
            key, unnamed = _picker(others), _picker(tuple(i for i in others if i != symbol))
            places = tuple(columns.position.get(name) for name in FREE)
            careful = tuple(columns.position[name] for name in CAREFUL if name in columns.position)
            name, stated = columns.position.get("name"), columns.position.get("asset_class")
            shape = self.shapes[id(columns)] = _Shape(key, unnamed, symbol, name, stated, places, careful)
        return shape


def _picker(places: tuple[int, ...]) -> Callable[[Sequence[str]], object]:
    return itemgetter(*places) if places else _no_key


def _no_key(values: Sequence[str]) -> tuple[()]:
    return ()


@lru_cache(maxsize=20_000)
def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text) if _ISO.fullmatch(text) else None
    except ValueError:
        return None
