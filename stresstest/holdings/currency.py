"""Which currency a row is in, and what one unit of it is worth in dollars."""

from __future__ import annotations

import re
from dataclasses import dataclass

from .context import Rates
from .fields import Fields
from .identity import Identity
from .markets import market_of
from .numbers import SIGNS

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
    stated = fields.text("currency") or _marked(fields)
    minor = MINOR.get(stated)
    code = minor or stated.upper() or implied or rates.base
    usd = rates.usd(code)
    if usd is None:
        hint = f"Rates are known for {', '.join(rates.known)}."
        fields.fault("currency", stated or code, "a currency code with a known rate", hint)
        return RowCurrency("", 1.0)
    return RowCurrency(code, usd, 0.01 if minor else 1.0)


#: Columns whose cells may carry a currency sign or code.
_MONEY_COLUMNS = ("market_value", "price", "quantity")
_MARK = re.compile(r"[A-Z€£¥$]")
_CODE = re.compile(r"(?:^|\s)([A-Z]{3})(?:\s|$)", re.ASCII)


def _marked(fields: Fields) -> str:
    """The currency that a code, or a sign of one currency alone, in the cells of the row names; "" where none does."""
    for column in _MONEY_COLUMNS:
        text = fields.row.text(column)
        if not _MARK.search(text):
            continue
        if match := _CODE.search(text):
            return match[1]
        for sign, codes in SIGNS.items():
            if sign in text and len(codes) == 1:
                return codes[0]
    return ""


def say_implied(fields: Fields, who: Identity) -> None:
    """Warn where the currency comes from the symbol's suffix alone."""
    if who.currency and who.future is None and not fields.text("currency"):
        note = market_of(fields.text("symbol")).get("note", "")
        hint = f"{who.currency} is taken from the symbol. {note}".strip()
        fields.doubt("currency", "no currency", "the currency of the price", hint)
