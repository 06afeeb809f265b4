"""Inflation-linked bonds: real payments on the real curve, which is the nominal curve less breakeven inflation.

The face is taken to grow at the breakeven inflation of today, in whatever scenario.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from ..records import Position
from ..units import PERCENT
from .bond import Bond, maturity_of
from .building import Built, NotModelled, Setting, currency_of, level, usd_rate
from .cashflows import fixed_coupon
from .curve import COUPONS_A_YEAR
from .daycount import ACTUAL_ACTUAL
from .debt import Debt, finished, frequency_of, on_market, street_measures
from .discounting import Claims, Discounting
from .floored_linker import Floor, FlooredLinker
from .issuer import convention_of, stubs_of
from .reference import constant, principal_is_floored

BREAKEVEN = "breakeven_10y"
#: An index ratio further from one than this, either way, is a mistake.
WIDEST_RATIO = 5.0
NO_FLOOR_NOTE = "No floor under the principal is counted: "
REAL_CURVE_NOTE = "The real curve is the Treasury curve less the ten-year breakeven at every tenor."


def build_linker(symbol: str, position: Position, setting: Setting) -> Built:
    """An inflation-linked bond from its terms. Raises NotModelled where they do not suffice."""
    if position.terms.coupon is None:
        raise NotModelled("no coupon given")
    settlement = setting.settled(convention_of(position))
    maturity = maturity_of(position, settlement)
    frequency, notes = frequency_of(position, currency_of(position).frequency)
    rule = convention_of(position)
    flows = fixed_coupon(
        position.terms.coupon,
        maturity,
        frequency,
        settlement,
        ACTUAL_ACTUAL,
        True,
        stubs_of(position),
        rule.ex_dividend,
    )
    claims = Claims.fixed(flows.years, flows.amounts, 0.0)
    inflation = 2.0 * float(np.log1p(level(setting, BREAKEVEN) / 2.0))
    how = Discounting(setting.curve.shifted(-inflation), rates={BREAKEVEN: -1.0})
    floor, floor_note = _floor(position, float(flows.years[-1]), inflation, setting)
    beside = 0.0 if floor is None else _today(floor) / floor.ratio
    debt, ratio_note = _indexed(on_market(position, setting, claims, flows.accrued, how, beside), position, setting)
    parts = (symbol, debt.value, debt.notional, flows.years, flows.amounts, debt.how, inflation)
    linker = Bond(*parts) if floor is None else FlooredLinker(*parts, floor)
    real = street_measures(flows, debt.dirty)
    street = {
        **real,
        "real_yield": real["yield"],
        "breakeven": _nominal_yield(setting, flows.years[-1]) - real["yield"],
        "deflation_floor": beside / PERCENT,
    }
    return finished(linker, debt, claims, street, (*notes, ratio_note, REAL_CURVE_NOTE, floor_note))


def _floor(position: Position, maturity: float, inflation: float, setting: Setting) -> tuple[Floor | None, str]:
    """The put under the principal, where the market grants one and the index ratio is known, and a sentence."""
    ratio = _index_ratio(position.terms.index)
    if not principal_is_floored(position.currency or "USD"):
        return None, f"{NO_FLOOR_NOTE}linkers in {position.currency} have none that is known."
    if ratio is None:
        return None, f"{NO_FLOOR_NOTE}the index ratio is not in the file; it matters while that is near one."
    floor = Floor(ratio, inflation, maturity, setting.curve)
    note = f"Principal is repaid at no less than par: a put on the index ratio, worth {_today(floor):.2%} of par"
    return floor, f"{note} at an index volatility of {constant('index_volatility'):.1%}; durations leave it out."


def _today(floor: Floor) -> float:
    return float(floor.worth(0.0, np.zeros(()), np.zeros(())))


def _nominal_yield(setting: Setting, years: float) -> float:
    """Bond-equivalent zero yield of the Treasury curve at the maturity."""
    return float(COUPONS_A_YEAR * np.expm1(setting.curve.rate(years) / COUPONS_A_YEAR))


def _indexed(debt: Debt, position: Position, setting: Setting) -> tuple[Debt, str]:
    """Face value times the index ratio, where the file gives it in the column ``index`` and has not used it yet."""
    ratio = _index_ratio(position.terms.index)
    if ratio is None:
        return debt, "No index ratio in the file: the price is taken per unit of the face value as it is given."
    real = position.quantity * debt.clean * usd_rate(setting, position.currency)
    held = position.market_value / real if debt.quoted and real else 1.0
    if abs(held - ratio) < abs(held - 1.0):
        return debt, f"The market value in the file already holds the index ratio {ratio:g}."
    indexed = replace(debt, notional=debt.notional * ratio)
    return indexed, f"Face value is multiplied by the index ratio {ratio:g} of the file."


def _index_ratio(text: str) -> float | None:
    """The number in the column ``index``; None where it is empty or a name. Raises NotModelled for an absurd number."""
    try:
        ratio = float(text)
    except ValueError:
        return None
    if not 1.0 / WIDEST_RATIO < ratio < WIDEST_RATIO:
        raise NotModelled(f"index ratio {text} is not between {1 / WIDEST_RATIO:g} and {WIDEST_RATIO:g}")
    return ratio
