"""Which currency a row is in, and what one unit of it is worth in dollars."""

from __future__ import annotations

from dataclasses import dataclass

from .context import Rates
from .fields import Fields
from .identify import Identity, markets

#: Quotation units that are a hundredth of a currency. Only the price is in them; amounts are in the currency.
MINOR = {"GBX": "GBP", "GBp": "GBP", "ZAc": "ZAR", "ILA": "ILS"}


@dataclass(frozen=True)
class RowCurrency:
    """Currency of a row, dollars per unit, and the share of a unit in which its price is quoted (0.01 for pence)."""

    code: str
    usd: float
    price_unit: float = 1.0


def row_currency(fields: Fields, rates: Rates, implied: str) -> RowCurrency:
    """The row's currency: its column, else what the symbol implies, else the base currency of the file.

    Where no rate is known that is a fault of the row, and a currency without a code lets the other cells be checked.
    """
    stated = fields.text("currency")
    minor = MINOR.get(stated)
    code = minor or stated.upper() or implied or rates.base
    usd = rates.usd(code)
    if usd is None:
        hint = f"Rates are known for {', '.join(rates.known)}."
        fields.fault("currency", stated or code, "a currency code with a known rate", hint)
        return RowCurrency("", 1.0)
    return RowCurrency(code, usd, 0.01 if minor else 1.0)


def say_implied(fields: Fields, who: Identity) -> None:
    """Warn where the currency comes from the symbol's suffix alone."""
    if who.currency and not fields.text("currency"):
        symbol = fields.text("symbol").upper()
        note = next((row["note"] for row in markets() if symbol.endswith(row["suffix"])), "")
        hint = f"{who.currency} is taken from the symbol. {note}".strip()
        fields.doubt("currency", "no currency", "the currency of the price", hint)
