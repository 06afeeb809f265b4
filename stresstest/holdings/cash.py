"""Rows that are money: cash in each currency, margin debt as negative cash."""

from __future__ import annotations

from dataclasses import dataclass

from .context import Context
from .currency import RowCurrency, row_currency
from .fields import Fields


@dataclass(frozen=True)
class Cash:
    """Money of one row, negative where borrowed. usd: its value in dollars."""

    line: int
    currency: str
    amount: float
    usd: float


def read_cash(fields: Fields, context: Context, in_symbol: str) -> Cash | None:
    """The quantity, or the market value where a broker gives only that; None, with the reason recorded, without both.

    in_symbol: currency in a symbol such as CASH.EUR, or "".
    """
    currency = row_currency(fields, context.rates, in_symbol)
    if in_symbol and currency.code not in (in_symbol, ""):
        fields.fault("currency", currency.code, in_symbol, "The symbol and the column name two currencies.")
    if context.by_hand:
        _check_price(fields, currency)
    amount = _amount(fields, currency)
    if amount is None and not fields.faulty:
        _say_no_amount(fields, context.by_hand)
    if fields.faulty or amount is None:
        return None
    return Cash(fields.row.line, currency.code, amount, amount * currency.usd)


def _check_price(fields: Fields, currency: RowCurrency) -> None:
    price = fields.money("price", currency.code, "1, the price of money")
    if price not in (None, 1.0):
        fields.fault("price", fields.text("price"), "1, the price of money", "Give the amount as quantity.")


def _amount(fields: Fields, currency: RowCurrency) -> float | None:
    quantity = fields.money("quantity", currency.code, "an amount of money")
    value = fields.money("market_value", currency.code, "an amount of money")
    return value if quantity is None else quantity


def _say_no_amount(fields: Fields, by_hand: bool) -> None:
    if by_hand:
        fields.fault("quantity", "no amount", "an amount of money", "Negative for a margin loan.")
    else:
        fields.findings.skip(fields.row.line, fields.text("symbol"), "cash without an amount")
