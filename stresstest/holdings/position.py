"""One row that is a security: identity, terms, quantity, price and value become a Position."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date

from ..records import Position, Terms
from ..records.holdings import ENDED
from .context import Context
from .currency import RowCurrency, row_currency, say_implied
from .fields import Fields
from .identify import BOND_KINDS, Asked, identify
from .identity import Identity
from .questions import LONGEST, question
from .raw import BETA, TAG
from .sectors import sector_word
from .security_number import is_isin, looks_like_isin
from .terms import asset_classes, missing_terms, read_terms
from .value import Quoted, Valuation, value_row

#: A factor beta beyond this is a typing error.
LARGEST_BETA = 100.0
#: Classes whose risk depends on the sector that an issuer's file names.
SECTORED = ("equity", "fund_equity")
HINTS = {
    "coupon": "Write the coupon in percent; 0 for a zero-coupon bond, or asset_class bill.",
    "maturity": "Write the maturity as 2034-02-15.",
    "underlying": "Write the symbol of the underlying, or the option's symbol as the broker shows it.",
    "strike": "Write the strike, or the option's symbol as the broker shows it.",
    "expiry": "Write the expiry as 2027-01-15, or the option's symbol as the broker shows it.",
    "put_call": "Write call or put, or the option's symbol as the broker shows it.",
}


@dataclass(frozen=True, slots=True)
class Cells:
    """The numbers of a row as the file gives them; None where it does not. price is in whole units of the currency."""

    quantity: float | None
    price: float | None
    market_value: float | None
    cost_basis: float | None
    cost_price: float | None
    last_trade: float | None
    acquired: date | None
    betas: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Row:
    """A row while it is understood."""

    fields: Fields
    symbol: str
    who: Identity
    currency: RowCurrency
    terms: Terms
    cells: Cells
    missing: tuple[str, ...]
    context: Context


def read_position(fields: Fields, symbol: str, stated: str, context: Context) -> Position | None:
    """The row as a Position, or None where it has a fault or a quantity of zero (recorded in the findings).

    market_value is in USD, as is cost_basis (at today's rate); price stays as quoted. ``tags["price_source"]`` says
    where the price came from: "file", "market_value", "prices" (given by the caller), "last_trade" (of a list of
    transactions), "default" (money-like things at one), "model" (price and value are 0 and the terms are to be priced
    from the curve), "none" (see ``reason``). ``tags["identified_by"]`` says how the security was recognised.
    """
    row = understand(fields, symbol, stated, context)
    quantity = _units(row)
    if fields.faulty or quantity is None:
        return None
    if quantity == 0:
        fields.findings.skip(fields.row.line, symbol, "quantity is zero")
        return None
    return _valued(row, quantity)


def understand(fields: Fields, symbol: str, stated: str, context: Context) -> Row:
    """Identity, currency, terms and numbers of a row, every fault recorded."""
    who = _identity(fields, symbol, stated, context)
    currency = row_currency(fields, context.rates, who.currency)
    terms = read_terms(fields, who, context.by_hand)
    missing = missing_terms(who.asset_class, terms)
    cells = _read_cells(fields, currency, context)
    row = Row(fields, symbol, who, currency, terms, cells, missing, context)
    question(fields, terms, cells.quantity, cells.cost_basis, cells.acquired, context)
    if context.by_hand:
        _fault_missing(row, missing)
    return row


def _identity(fields: Fields, symbol: str, stated: str, context: Context) -> Identity:
    number = fields.text("isin") or fields.text("cusip")
    for text in (number, symbol):
        if looks_like_isin(text) and not is_isin(text):
            fields.doubt("isin" if text == number else "symbol", text, "an ISIN with the right check digit")
    who = identify(
        Asked(symbol, fields.text("name"), fields.text("currency").upper(), stated, fields.row.kind,
              bool(fields.text("maturity")), number, context.market)
    )  # fmt: skip
    if who.unplaced and context.strict:
        hint = f"Write the market, as {symbol}.TW, {symbol}.HK or {symbol}.T, or a column currency."
        fields.fault("symbol", symbol, "a code whose market is known", hint)
    return who


def _read_cells(fields: Fields, currency: RowCurrency, context: Context) -> Cells:
    """Every number of the row, so that all its faults are found together."""
    unit = currency.price_unit
    quantity = fields.number("quantity", "a number of units (face value for bonds)")
    price = fields.money("price", currency.code, "a price of zero or more", low=0.0)
    cost_price = fields.money("cost_price", currency.code, "the cost per unit", low=0.0)
    last_trade = fields.money("last_trade", currency.code, "the price of the last trade", low=0.0)
    return Cells(
        quantity=quantity,
        price=None if price is None else price * unit,
        market_value=_market_value(fields, currency, context),
        cost_basis=fields.money("cost_basis", currency.code, "the total cost"),
        cost_price=None if cost_price is None else cost_price * unit,
        last_trade=None if last_trade is None else last_trade * unit,
        acquired=fields.day("acquired", context.by_hand),
        betas=_betas(fields),
    )


def _market_value(fields: Fields, currency: RowCurrency, context: Context) -> float | None:
    """The value in the row's currency; of a table that has it only in the base currency, converted."""
    value = fields.money("market_value", currency.code, "a value")
    if value is not None or not fields.row.text("base_value"):
        return value
    base, unit = fields.money("base_value", context.rates.base, "a value"), context.rates.base_usd
    return None if base is None or unit is None else base * unit / currency.usd


def _units(row: Row) -> float | None:
    """Units held; where a broker gives only a value, the units that it buys at the default price, or one unit."""
    fields, value = row.fields, row.cells.market_value
    if row.cells.quantity is not None or fields.text("quantity"):
        return row.cells.quantity
    default = asset_classes()[row.who.asset_class]["default_price"]
    if value is None or (row.context.by_hand and not default):
        fields.fault("quantity", "no quantity", "a number of units", "Negative for a short position.")
        return None
    if default:
        return value / float(default)
    fields.doubt("quantity", "no quantity", "a number of units", "Taken as one unit at the market value.")
    return 1.0


def _valued(row: Row, quantity: float) -> Position | None:
    quoted = quoted_of(row, quantity)
    valuation = value_row(quoted, row.fields, complete=not row.missing)
    cost = _cost(row, quoted, valuation)
    return None if row.fields.faulty else _build(row, valuation, cost)


def quoted_of(row: Row, quantity: float) -> Quoted:
    """What the row and the caller offer for its value."""
    cells, prices = row.cells, row.context.prices
    extra = prices.get(row.symbol, prices.get(row.who.symbol)) if prices else None
    return Quoted(
        row.who.asset_class, quantity, cells.price, cells.market_value, extra, cells.last_trade, row.terms,
        row.context.by_hand,
    )  # fmt: skip


def _cost(row: Row, quoted: Quoted, valuation: Valuation) -> float | None:
    """Total cost in USD at today's rate; from the cost per unit where the file gives only that."""
    total = row.cells.cost_basis
    if total is None and row.cells.cost_price is not None:
        total = row.cells.cost_price * valuation.quantity * quoted.factor
    return None if total is None else total * row.currency.usd


def _build(row: Row, valuation: Valuation, cost: float | None) -> Position:
    fields, who = row.fields, row.who
    _say_assumed(row, valuation)
    terms = _with_index(row)
    return Position(
        row=fields.row.line,
        symbol=row.symbol,
        name=fields.text("name") or who.name,
        asset_class=who.asset_class,
        currency=row.currency.code,
        quantity=valuation.quantity,
        price=valuation.price,
        market_value=valuation.value * row.currency.usd,
        account=fields.text("account"),
        cost_basis=cost,
        acquired=row.cells.acquired,
        terms=terms,
        proxy=fields.text("proxy") or who.proxy,
        betas=row.cells.betas,
        tags=_tags(row, valuation),
        reason=_reason(valuation, who.asset_class, terms, row.missing, row.context.as_of),
        fx=row.currency.usd,
    )


def _fault_missing(row: Row, missing: tuple[str, ...]) -> None:
    kind = row.who.asset_class
    for name in missing:
        if not row.fields.text(name):
            row.fields.fault(
                name, f"no {name}", f"{_article(name)} {name}: {_article(kind)} {kind} needs it", HINTS[name]
            )


def _article(noun: str) -> str:
    return "an" if noun[0] in "aeiou" else "a"


def _with_index(row: Row) -> Terms:
    """A floater without an index follows Treasury bills if the Treasury issued it, else SOFR; said in a warning."""
    if row.who.asset_class != "floater" or row.terms.index:
        return row.terms
    index = "TBILL" if row.who.bond.issuer == "treasury" else "SOFR"
    row.fields.doubt("index", "no index", "SOFR or TBILL", f"The floater is taken to follow {index}.")
    return replace(row.terms, index=index)


def _say_assumed(row: Row, valuation: Valuation) -> None:
    """Warn about what was not in the file: class, currency, price."""
    if row.who.assumed:
        hint = f"{row.who.assumed}. State asset_class (and a proxy) to be sure."
        row.fields.doubt("asset_class", row.symbol, "a known symbol", hint)
    say_implied(row.fields, row.who)
    if row.currency.price_unit != 1.0:
        hint = f"The price is read in hundredths of {row.currency.code}, amounts in {row.currency.code}."
        row.fields.doubt("currency", row.fields.text("currency"), row.currency.code, hint)
    if ended := _ended(row.terms, row.context.as_of):
        column = "expiry" if ended.startswith(ENDED[0]) else "maturity"
        hint = "It is counted at the value in the file and is not modelled; remove it, or write the cash it paid."
        row.fields.doubt(column, f"{row.symbol} {ended}", "a contract that still runs", hint)
    if valuation.source == "last_trade":
        hint = "Priced at its last trade in the list; give --data for today's price."
        row.fields.doubt("price", "no price", "a price or a market value", hint)
    if valuation.source == "zero":
        hint = "It counts as worthless and is not modelled; leave the cell empty if there is no price."
        row.fields.doubt("price", "a price of zero", "a price above zero", hint)
    if valuation.source == "none":
        hint = "The position stays in the list but is not modelled; --fetch looks for its price."
        row.fields.doubt("price", f"no price of {row.symbol}", "a price or a market value", hint)


def _betas(fields: Fields) -> dict[str, float]:
    """Factor betas from beta_<factor> columns; empty cells are left out."""
    betas = {}
    for column in fields.row.columns.betas:
        beta = fields.number(column, "a beta", low=-LARGEST_BETA, high=LARGEST_BETA)
        if beta is not None:
            betas[column.removeprefix(BETA)] = beta
    return betas


def _tags(row: Row, valuation: Valuation) -> dict[str, str]:
    """What we know, then the user's tag_<name> columns over it, then where price and duration came from."""
    fields, who = row.fields, row.who
    tags = dict(who.tags)
    if who.bond.issuer:
        tags["sector"] = who.bond.issuer
    if isin := fields.text("isin"):
        tags["isin"] = isin
    if not tags.get("sector") and who.asset_class in SECTORED and (sector := sector_word(fields.text("sector"))):
        tags["sector"] = sector
    tags |= {c.removeprefix(TAG): text for c in fields.row.columns.tags if (text := fields.text(c))}
    if row.terms.duration is not None:
        table = "futures.csv" if who.future else "securities.csv"
        tags["duration_source"] = "file" if fields.text("duration") else f"{table} (approximate)"
    return tags | {"price_source": valuation.source, "identified_by": who.how}


def _ended(terms: Terms, as_of: date) -> str:
    """How an expired option or a matured bond says so; "" for what still runs."""
    expired, matured = ENDED
    if terms.expiry is not None and terms.expiry < as_of:
        return f"{expired}{terms.expiry.isoformat()}"
    if terms.maturity is not None and terms.maturity <= as_of:
        return f"{matured}{terms.maturity.isoformat()}"
    return ""


def _reason(valuation: Valuation, asset_class: str, terms: Terms, missing: tuple[str, ...], as_of: date) -> str:
    """Why the position cannot be modelled; "" where it can."""
    if ended := _ended(terms, as_of):
        return ended
    if asset_class in BOND_KINDS and terms.maturity and terms.maturity.year > as_of.year + LONGEST["maturity"]:
        return f"matures in {terms.maturity.year}: perpetual-like, its terms do not tell when it is repaid"
    if missing:
        return f"terms of the {asset_class} are not in the file: {', '.join(missing)}"
    if valuation.source == "none":
        return "no price in the file, and none was given"
    if valuation.source == "zero":
        return "the price in the file is zero"
    return ""
