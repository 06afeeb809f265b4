"""Floating-rate notes: coupons follow the index, so rates matter until its next setting, the spread until maturity."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import numpy as np

from ..records import Position
from ..units import BP
from .bond import maturity_of
from .building import Built, NotModelled, Setting, level
from .cashflows import CashFlows, fixed_coupon
from .daycount import ACTUAL_ACTUAL, years_between
from .debt import Debt, curve_measures, finished, frequency_of, on_market
from .discounting import Claims, Discounting, gradient, income_over, over_ages, present_value, value_change
from .issuer import convention_of, is_treasury, stubs_of
from .reference import floater_year, reset_years

FREQUENCY = 4


@dataclass(frozen=True, eq=False)
class Floater:
    """Coupons of index plus ``margin``. value: clean, USD. notional: face in USD, negative for shorts.

    years: (K,) coupon dates after settlement. started: time since the last coupon date. reset: time between settings of
    the index, 0 for once a period. index: its level today. basis: index less SOFR. year: interest for a calendar year
    per unit of rate (365.25 / 360 under actual/360); rates are as quoted.
    Coupons not yet set are projected on the curve that discounts them, so with a rise of all rates they rise as well.
    """

    symbol: str
    value: float
    notional: float
    years: np.ndarray
    started: float
    reset: float
    index: float
    margin: float
    basis: float
    how: Discounting
    year: float = 1.0

    def claims(self, age: float) -> Claims:
        """Payments still to come after ``age`` years, as amounts fixed at one time and paid at another."""
        return floating_claims(
            self.years, self.started, self.reset, self.year * self.index, self.year * self.margin, age
        )

    def price_change(self, moves: np.ndarray, years: np.ndarray | float) -> np.ndarray:
        """Remaining payments on shocked less unshocked factors; moves (..., F), result (...)."""
        return over_ages(lambda part, age: self.notional * value_change(self.claims(age), self.how, part), moves, years)

    def carry(self, years: np.ndarray | float, financing: np.ndarray | float) -> np.ndarray:
        """Interest at ``financing`` plus basis and margin, and the pull of the price to par; after maturity, SOFR."""
        last = float(self.years[-1])
        age = np.asarray(years, dtype=float)
        alive = np.minimum(age, last)
        interest = self.year * ((financing + self.basis + self.margin) * alive + financing * (age - alive))
        today = self._clean(0.0)
        pull = income_over(lambda t: self._clean(t) - today, years, financing)
        gain: np.ndarray = self.notional * (interest + pull)
        return gain

    def _clean(self, age: float) -> float:
        if age >= self.years[-1]:
            return 1.0
        return present_value(self.claims(age), self.how) - self._accrued(age)

    def _accrued(self, age: float) -> float:
        paid = self.years[self.years <= age]
        return self.year * (self.index + self.margin) * (age - (paid[-1] if paid.size else -self.started))

    def sensitivity(self, years: float) -> np.ndarray:
        """(F,) derivative of ``price_change`` at zero moves."""
        return self.notional * gradient(self.claims(float(years)), self.how)


def floating_claims(dates: np.ndarray, started: float, reset: float, index: float, margin: float, age: float) -> Claims:
    """Claims of a floater of unit face after ``age``; index and margin are interest for a calendar year.

    A coupon over (s, t) set in the future is worth discount(s) - discount(t) before credit: plus one fixed at s, less
    one fixed at t, both paid at t. What has accrued by the next setting is already fixed.
    """
    due = dates[dates > age] - age
    if not due.size:
        return Claims(np.empty(0), np.empty(0), np.empty(0))
    paid = dates[dates <= age]
    since = age - paid[-1] if paid.size else age + started
    setting = min(reset, due[0]) if reset else due[0]
    starts = np.concatenate([[setting], due[:-1]])
    spans = np.diff(due, prepend=-since)
    fixed = margin * spans - 1.0
    fixed[0] += index * (since + setting)
    fixed[-1] += 1.0
    return Claims(np.concatenate([np.ones(due.size), fixed]), np.concatenate([starts, due]), np.concatenate([due, due]))


def build_floater(symbol: str, position: Position, setting: Setting) -> Built:
    """A floating-rate note from its terms. Raises NotModelled where they do not suffice."""
    frequency, notes = frequency_of(position, FREQUENCY)
    flows, settlement = _schedule(position, setting, frequency)
    name, index, basis = _index(position, setting)
    margin, margin_note = _margin(position, index)
    year, started = floater_year(position.currency), years_between(flows.previous, settlement)
    clock = (flows.years, started, reset_years()[name])
    claims = floating_claims(*clock, year * index, year * margin, age=0.0)
    debt = on_market(position, setting, claims, year * (index + margin) * started, Discounting(setting.curve))
    floater = Floater(symbol, debt.value, debt.notional, *clock, index, margin, basis, debt.how, year)
    notes += (margin_note, f"Coupons follow {name}; its level today is {index:.2%}.")
    return finished(floater, debt, claims, _street(debt, claims, index), notes)


def _street(debt: Debt, claims: Claims, index: float) -> dict[str, float]:
    """The index plus the discount margin for a yield, and effective measures where a fixed bond has street ones."""
    own = curve_measures(claims, debt.how)
    return {
        "yield": index + debt.how.spread,
        "discount_margin": debt.how.spread,
        "index_rate": index,
        "modified_duration": own["effective_duration"],
        "convexity": own["effective_convexity"],
    }


def _schedule(position: Position, setting: Setting, frequency: int) -> tuple[CashFlows, date]:
    """Coupon dates and settlement; the amounts are of no use, for they float."""
    rule = convention_of(position)
    settlement = setting.settled(rule)
    maturity = maturity_of(position, settlement)
    flows = fixed_coupon(0.0, maturity, frequency, settlement, ACTUAL_ACTUAL, rule.month_end, stubs_of(position))
    return flows, settlement


def _index(position: Position, setting: Setting) -> tuple[str, float, float]:
    """Name of the index in floaters.csv, its level today and its basis to SOFR."""
    text = position.terms.index.lower().replace("-", "").replace(" ", "")
    sofr, bill = level(setting, "sofr"), level(setting, "ust_3m")
    if "bill" in text or text in {"ust_3m", "ust3m"} or (not text and is_treasury(position)):
        return "tbill", bill, bill - sofr
    if not text or text == "sofr" or "overnight" in text:
        return "sofr", sofr, 0.0
    return "term", sofr, 0.0


def _margin(position: Position, index: float) -> tuple[float, str]:
    """Quoted margin: the spread of the file, else the coupon of the file less the index. NotModelled with neither."""
    terms = position.terms
    if terms.spread is not None:
        return terms.spread, f"Quoted margin {terms.spread / BP:.0f} bp is the spread in the file."
    if terms.coupon is not None:
        margin = terms.coupon - index
        return margin, f"Quoted margin {margin / BP:.0f} bp is the coupon in the file less the index today."
    raise NotModelled("neither a quoted margin (spread_bp) nor a current coupon is given")
