"""Bonds with known payments, zeros and bills: what is still to be paid, on the curve plus a spread."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from math import exp

import numpy as np

from ..records import Position
from .building import Built, NotModelled, Setting, currency_of
from .calendars import WEEKDAYS
from .cashflows import REGULAR, CashFlows, Stubs, fixed_coupon, single_payment
from .debt import finished, frequency_of, on_market, street_measures
from .discounting import Claims, Discounting, gradient, income_over, over_ages, present_value, value_change
from .issuer import convention_of, is_treasury, stubs_of
from .reference import Convention
from .sinking import has_sinking_fund, with_sinking_fund


@dataclass(frozen=True, eq=False)
class Bond:
    """Fixed payments, or payments fixed in real terms. value: clean, USD. notional: face in USD, negative for shorts.

    years, amounts: (K,) payments per unit of face after settlement. growth: yearly log growth of the face, which is the
    breakeven inflation of today for an inflation-linked bond (``how`` is its real curve) and zero for any other.
    """

    symbol: str
    value: float
    notional: float
    years: np.ndarray
    amounts: np.ndarray
    how: Discounting
    growth: float = 0.0

    def claims(self, age: float) -> Claims:
        """Payments still to come after ``age`` years; what was paid before is cash and no longer moves."""
        return Claims.fixed(self.years, self.amounts, age)

    def price_change(self, moves: np.ndarray, years: np.ndarray | float) -> np.ndarray:
        """Remaining payments on shocked less unshocked curve, spread and currency; moves (..., F), result (...)."""
        return over_ages(
            lambda part, age: self._face(age) * value_change(self.claims(age), self.how, part), moves, years
        )

    def carry(self, years: np.ndarray | float, financing: np.ndarray | float) -> np.ndarray:
        """Value at unchanged curve and spread, plus coupons and principal received, less value today.

        Receipts earn the short rate of today's curve until the horizon. Roll-down is included. financing: not used.
        """
        today = self._worth(0.0)
        return income_over(lambda age: self._worth(age) - today, years, financing)

    def _worth(self, age: float) -> float:
        """Remaining payments and the money received, in dollars."""
        return self.received(age) + self._face(age) * present_value(self.claims(age), self.how)

    def received(self, age: float) -> float:
        """Coupons and principal paid until ``age``, with interest at the short rate of today's curve, in dollars."""
        paid = self.years <= age
        short = float(self.how.curve.zero[0]) + self.growth
        growth = np.exp(self.growth * self.years[paid] + short * (age - self.years[paid]))
        return self.notional * float(self.amounts[paid] @ growth)

    def _face(self, age: float) -> float:
        return self.notional * exp(self.growth * age)

    def sensitivity(self, years: float) -> np.ndarray:
        """(F,) derivative of ``price_change`` at zero moves."""
        return self._face(float(years)) * gradient(self.claims(float(years)), self.how)


def build_bond(symbol: str, position: Position, setting: Setting) -> Built:
    """A bond, zero or bill from its terms. Raises NotModelled where they do not suffice."""
    flows, notes = fixed_flows(position, setting)
    claims = Claims.fixed(flows.years, flows.amounts, 0.0)
    debt = on_market(position, setting, claims, flows.accrued, Discounting(setting.curve))
    bond = Bond(symbol, debt.value, debt.notional, flows.years, flows.amounts, debt.how)
    street = street_measures(flows, debt.dirty)
    return finished(bond, debt, claims, street, notes + _optionality_note(position))


def maturity_of(position: Position, settlement: date) -> date:
    """The maturity. Raises NotModelled where it is missing or past."""
    maturity = position.terms.maturity
    if maturity is None:
        raise NotModelled("no maturity given")
    if maturity <= settlement:
        raise NotModelled(f"matured on {maturity}, before settlement on {settlement}: it is cash by now")
    return maturity


def fixed_flows(position: Position, setting: Setting) -> tuple[CashFlows, tuple[str, ...]]:
    """What a bond with a fixed coupon still pays, by the convention of its market and its stubs, with assumptions."""
    rule = convention_of(position)
    settlement = setting.settled(rule)
    maturity, coupon = maturity_of(position, settlement), position.terms.coupon
    if position.asset_class == "bill" or coupon == 0.0:
        return with_sinking_fund(single_payment(maturity, settlement), position)
    if coupon is None:
        raise NotModelled("no coupon given")
    frequency, notes = frequency_of(position, currency_of(position).frequency)
    stubs = stubs_of(position)
    flows = fixed_coupon(
        coupon, maturity, frequency, settlement, rule.day_count, rule.month_end, stubs, rule.ex_dividend
    )
    notes = (*notes, _convention_note(position, rule, settlement, flows), *_stub_note(stubs))
    flows, sinking_note = with_sinking_fund(flows, position)
    return flows, (*notes, *sinking_note)


def _convention_note(position: Position, rule: Convention, settlement: date, flows: CashFlows) -> str:
    text = f"Day count {rule.day_count}, settled on {settlement} ({rule.settle_days} business days)"
    if rule.calendar == WEEKDAYS:
        text += f"; holidays in {position.currency} are not known"
    return text + ("; ex-dividend: the next coupon is the seller's." if flows.ex_dividend else ".")


def _stub_note(stubs: Stubs) -> tuple[str, ...]:
    return () if stubs == REGULAR else ("First and last coupons are paid for the time that they last.",)


def _optionality_note(position: Position) -> tuple[str, ...]:
    if is_treasury(position) or position.asset_class == "bill":
        return ()
    missing = "calls, puts" if has_sinking_fund(position) else "calls, puts, sinking funds"
    return (f"Priced to maturity: {missing} and step-ups are not in the file.",)
