"""Cash, margin debt, deposits and money-market funds: no price risk but the currency, and interest."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from ..records import Position
from .bond import build_bond
from .building import Built, Setting, contract_exposure, currency_note, currency_of, usd_rate
from .daycount import years_between
from .discounting import currency_return, vector_of
from .margins import margin_key_of
from .reference import Currency, constant

DOLLAR = "USD"


@dataclass(frozen=True, eq=False)
class Balance:
    """Money. value: USD, negative when owed. currency: log return in dollars per unit of factor.

    fixed: interest a year until ``fixed_years``, then SOFR less ``gap`` (not below zero); gap is negative for a debt,
    which pays more than SOFR. bears_interest: False where the local rate is not known and nothing is counted.
    """

    symbol: str
    value: float
    currency: Mapping[str, float]
    gap: float
    fixed: float = 0.0
    fixed_years: float = 0.0
    bears_interest: bool = True

    def price_change(self, moves: np.ndarray, years: np.ndarray | float) -> np.ndarray:
        """Gain from the currency; moves (..., F), result (...)."""
        change: np.ndarray = self.value * currency_return(self.currency, moves) + np.zeros(np.shape(years))
        return change

    def carry(self, years: np.ndarray | float, financing: np.ndarray | float) -> np.ndarray:
        """Interest received, or paid on debt; financing: mean annual SOFR over the horizon."""
        age = np.asarray(years, dtype=float)
        floating = (
            np.maximum(np.asarray(financing) - self.gap, 0.0) if self.bears_interest else np.zeros(np.shape(financing))
        )
        held = np.minimum(age, self.fixed_years)
        interest: np.ndarray = self.value * (self.fixed * held + floating * (age - held))
        return interest

    def sensitivity(self, years: float) -> np.ndarray:
        """(F,) derivative of ``price_change`` at zero moves."""
        return self.value * vector_of(self.currency)


def dollar() -> Balance:
    """One dollar of cash in a brokerage account."""
    return Balance("", 1.0, {}, constant("sweep_gap"))


def build_cash(symbol: str, position: Position, setting: Setting) -> Built:
    """An amount in a currency; a negative one is margin debt. Raises NotModelled without an exchange rate."""
    row, code = currency_of(position), position.currency
    value = position.quantity * usd_rate(setting, code)
    if value < 0:
        gap, note = -constant("broker_spread"), f"Margin debt pays SOFR plus {constant('broker_spread'):.2%}."
    elif code == DOLLAR:
        gap, note = constant("sweep_gap"), f"Cash earns SOFR less {constant('sweep_gap'):.2%}, not below zero."
    else:
        gap, note = 0.0, f"No interest is counted on {code}: its short rate is not in the snapshot."
    balance = Balance(symbol, value, row.exposure, gap, bears_interest=value < 0 or code == DOLLAR)
    return _built(balance, row, (note, *currency_note(row)), "none")


def build_deposit(symbol: str, position: Position, setting: Setting) -> Built:
    """A deposit or certificate: held to maturity at its coupon without mark to market, or a bond where it is traded."""
    row, terms = currency_of(position), position.terms
    if is_traded_certificate(position):
        return build_bond(symbol, position, setting)
    gap = constant("sweep_gap")
    if terms.coupon is None:
        note = (
            f"No coupon in the file: the deposit earns SOFR less {gap:.2%}, not below zero; nothing outside the dollar."
        )
        balance = Balance(symbol, position.market_value, row.exposure, gap, bears_interest=row.code == DOLLAR)
        return _built(balance, row, (note, *currency_note(row)), "none")
    term = max(years_between(setting.snapshot.as_of, terms.maturity), 0.0) if terms.maturity else np.inf
    until = f"until {terms.maturity}, then SOFR less {gap:.2%}" if terms.maturity else "throughout"
    note = f"Held to maturity without mark to market; earns {terms.coupon:.2%} {until}."
    balance = Balance(symbol, position.market_value, row.exposure, gap, terms.coupon, term)
    return _built(balance, row, (note, *currency_note(row)), margin_key_of(position))


def is_traded_certificate(position: Position) -> bool:
    """A brokered certificate with terms and a quote in percent of par other than par: it is marked to market."""
    terms = position.terms
    quoted = position.price not in {0.0, 1.0, 100.0} and 50.0 < position.price < 150.0
    return quoted and terms.coupon is not None and terms.maturity is not None


def build_money_market(symbol: str, position: Position, setting: Setting) -> Built:
    """A money-market fund at a stable price, which passes on SOFR less its fee."""
    row, fee = currency_of(position), constant("money_market_fee")
    note = f"Price taken as stable; earns SOFR less a fee of {fee:.2%}; nothing outside the dollar."
    balance = Balance(symbol, position.market_value, row.exposure, fee, bears_interest=row.code == DOLLAR)
    return _built(balance, row, (note, *currency_note(row)), margin_key_of(position))


def _built(balance: Balance, row: Currency, notes: tuple[str, ...], margin_key: str) -> Built:
    errors = {row.factor: row.se} if row.factor else {}
    sensitivity = balance.sensitivity(0.0)
    exposure = contract_exposure(balance.symbol, sensitivity, balance.value, errors, row.residual_vol, "contract terms")
    return Built(balance, exposure, {}, notes, abs(balance.value), margin_key)
