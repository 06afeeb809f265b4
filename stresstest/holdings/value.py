"""Price and value of a row: what the file says, what may be assumed, and whether price and value agree."""

from __future__ import annotations

from dataclasses import dataclass

from ..records import Terms
from ..units import PERCENT
from .fields import Fields
from .terms import asset_classes

#: Price and value that differ by more than this share are reported.
TOLERANCE = 0.005
#: Differences that rounding to cents explains.
ROUNDING = 0.02
#: Half-width of what counts as "a hundred times".
AROUND_HUNDRED = 0.05
#: A value typed by hand that is further from quantity x price than this has an error in it, not a rounding.
FAR = 0.1
#: Value over quantity x price that terms outside the row explain: index ratios, and factors of what is left of a pool.
EXPLAINED = {"linker": (0.2, 5.0), "mbs": (0.0, 1.0)}
#: A bond price below this is more likely a fraction of par than percent of par.
FRACTION_OF_PAR = 2.5


@dataclass(frozen=True)
class Valuation:
    """quantity as corrected; price as quoted; value in the row's currency.

    source: where the price came from: "file", "market_value", "prices" (the caller's), "last_trade", "default",
    "model", "zero" or "none". With "model" price and value are 0, and the instruments stage prices the terms from the
    curve; with "zero" the file says that a bond is worthless, with "none" nothing is known, and the position carries a
    reason.
    """

    quantity: float
    price: float
    value: float
    source: str


@dataclass(frozen=True)
class Quoted:
    """What the row and the caller offer. extra: price from outside the file. last_trade: the last price that a list of
    transactions shows. by_hand: the user can mend the file.
    """

    asset_class: str
    quantity: float
    price: float | None
    market_value: float | None
    extra: float | None
    last_trade: float | None
    terms: Terms
    by_hand: bool

    @property
    def is_percent_of_par(self) -> bool:
        """True for what is quoted per 100 of face value: bonds, and deposits with a maturity."""
        if self.asset_class == "deposit":
            return self.terms.maturity is not None
        return asset_classes()[self.asset_class]["quoted"] == "percent_of_par"

    @property
    def factor(self) -> float:
        """Value of one unit at a price of one: 0.01 for percent of par, the multiplier for contracts."""
        return (PERCENT if self.is_percent_of_par else 1.0) * self.terms.multiplier


def value_row(quoted: Quoted, fields: Fields, *, complete: bool) -> Valuation:
    """Price and value, from the first that is known: price, market value, outside price, default, terms.

    complete: all terms that the class needs are known. Faults and doubts go to the fields of the row.
    """
    quantity, factor = quoted.quantity, quoted.factor
    if quoted.price == 0 and not quoted.market_value and quoted.is_percent_of_par:
        return Valuation(quantity, 0.0, 0.0, "zero")
    if quoted.price is not None:
        return _settled(_from_price(quoted, quoted.price, fields), quoted)
    if quoted.market_value is not None:
        price = quoted.market_value / (quantity * factor)
        return _settled(Valuation(quantity, price, quoted.market_value, "market_value"), quoted)
    if quoted.extra is not None:
        return _settled(Valuation(quantity, quoted.extra, quantity * quoted.extra * factor, "prices"), quoted)
    if quoted.last_trade is not None:
        value = quantity * quoted.last_trade * factor
        return _settled(Valuation(quantity, quoted.last_trade, value, "last_trade"), quoted)
    row = asset_classes()[quoted.asset_class]
    if row["default_price"]:
        price = float(row["default_price"]) * (100.0 if quoted.is_percent_of_par else 1.0)
        fields.doubt("price", "no price", "a price", f"One unit of a {row['description']} is taken at {price:g}.")
        return Valuation(quantity, price, quantity * price * factor, "default")
    if row["by_terms"] == "yes" and complete:
        return Valuation(quantity, 0.0, 0.0, "model")
    return Valuation(quantity, 0.0, 0.0, "none")


def _settled(valuation: Valuation, quoted: Quoted) -> Valuation:
    """A future is settled every day: it has exposure but no value."""
    if quoted.asset_class != "future":
        return valuation
    return Valuation(valuation.quantity, valuation.price, 0.0, valuation.source)


def _from_price(quoted: Quoted, price: float, fields: Fields) -> Valuation:
    """Quantity x price x factor; the file's own value, if any, wins: it knows index ratios and pool factors."""
    computed = quoted.quantity * price * quoted.factor
    stated = quoted.market_value
    if stated is None or quoted.asset_class == "future":
        if quoted.by_hand and quoted.is_percent_of_par and 0 < price < FRACTION_OF_PAR:
            hint = f"It is read as percent of par; if par is 1, write {price * 100:g}."
            fields.doubt("price", fields.row.text("price"), "a price in percent of par", hint)
        return Valuation(quoted.quantity, price, computed, "file")
    if abs(stated - computed) <= max(TOLERANCE * abs(stated), ROUNDING):
        return Valuation(quoted.quantity, price, stated, "file")
    if not quoted.by_hand and _is_accrued(quoted, stated - computed):
        fields.doubt("market_value", "a value above quantity x price", "the clean value",
                     "It is taken to include accrued interest.")  # fmt: skip
        return Valuation(quoted.quantity, price, stated, "file")
    return _disagree(quoted, price, computed, stated, fields)


def _is_accrued(quoted: Quoted, excess: float) -> bool:
    """Whether a bond's value exceeds quantity x price by no more than half a year of its coupon."""
    coupon = quoted.terms.coupon or 0.0
    share = excess / quoted.quantity
    return quoted.is_percent_of_par and 0 < share <= coupon / 2 + 1e-4


def _disagree(quoted: Quoted, price: float, computed: float, stated: float, fields: Fields) -> Valuation:
    """Report a value that is not quantity x price. A gap that nothing explains stops a file typed by hand."""
    ratio = stated / computed if computed else float("inf")
    found = f"{stated:,.2f} against {computed:,.2f} from quantity and price"
    hundred = any(abs(ratio / times - 1) < AROUND_HUNDRED for times in (100.0, 0.01))
    least, most = EXPLAINED.get(quoted.asset_class, (1.0, 1.0))
    far = abs(ratio - 1.0) > FAR and not least <= ratio <= most
    if quoted.by_hand and (hundred or far):
        fields.fault("market_value", found, "quantity x price", _remedy(quoted, price, computed, stated, hundred))
        return Valuation(quoted.quantity, price, stated, "file")
    quantity, remedy = quoted.quantity, "The market value of the file is used."
    if hundred and ratio > 1 and quoted.is_percent_of_par:
        quantity, remedy = quantity * 100, "Quantity is read in units of 100 of face value; the market value is used."
    fields.doubt("market_value", found, f"agreement within {TOLERANCE:.1%}", remedy)
    return Valuation(quantity, price, stated, "file")


def _remedy(quoted: Quoted, price: float, computed: float, stated: float, hundred: bool) -> str:
    """What to write instead, where value and quantity x price are far apart."""
    if stated * computed < 0:
        return "A short has a negative quantity and a negative market value."
    if not hundred:
        own = f"or price {stated / (quoted.quantity * quoted.factor):g}"
        return f"Write market_value {computed:g} in the currency of the row, {own}, or leave one of the two empty."
    ratio = stated / computed
    if quoted.is_percent_of_par and ratio > 1:
        if price < FRACTION_OF_PAR:
            return f"The price of a bond is percent of par: write {price * 100:g}."
        return f"The quantity of a bond is its face value: write {quoted.quantity * 100:g}."
    if quoted.asset_class == "option":
        return f"One contract is {quoted.terms.multiplier:g} units: write market_value {computed:g}, or the multiplier."
    if ratio > 1:
        return f"Write price {price * 100:g}, or market_value {computed:g}."
    if quoted.is_percent_of_par:
        return f"Write quantity {quoted.quantity / 100:g}, or market_value {computed:g}."
    return (
        "If the price is percent of par, set asset_class bond with coupon and maturity; "
        f"if it is in pence, set currency GBX; else write market_value {computed:g}."
    )
