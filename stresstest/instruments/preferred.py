"""Preferred shares with a fixed dividend: perpetual or dated claims on the long end of the curve and on spreads.

A preferred without a dividend rate in the file keeps its exposures, like any share.
"""

from __future__ import annotations

import re
from dataclasses import replace

import numpy as np

from ..records import Position
from .bond import Bond
from .building import Built, Setting, currency_of
from .callable_bond import finish_callable, is_callable
from .cashflows import CashFlows, fixed_coupon
from .daycount import THIRTY_360, add_months
from .debt import finished, frequency_of, on_market, street_measures
from .details import tag_date, tag_number
from .discounting import Claims, Discounting
from .reference import constant

_NAME = re.compile(r"\b(PFD|PREFERRED|PREF(ERENCE)? SH|DEP(OSITAR)?Y? SH\w* .*SER(IES)? [A-Z]{1,2})\b")
QUARTERLY = 4
#: Usual par values of US preferreds, by the highest price at which each is likely.
PARS = ((60.0, 25.0), (250.0, 100.0), (np.inf, 1000.0))


def is_preferred(position: Position) -> bool:
    """A share or "other" with a dividend rate in ``coupon`` that is called preferred by its name or the tag type."""
    if position.asset_class not in {"equity", "other"} or not position.terms.coupon or position.price <= 0:
        return False
    return position.tags.get("type", "").lower() == "preferred" or bool(_NAME.search(position.name.upper()))


def build_preferred(symbol: str, position: Position, setting: Setting) -> Built:
    """A preferred as a bond of par value, with its call where the tags give one."""
    given = tag_number(position, "par", 0.01, 100_000.0)
    par = next(par for highest, par in PARS if position.price <= highest) if given is None else given
    bond_like = replace(position, quantity=position.quantity * par, price=100.0 * position.price / par)
    flows, notes = _flows(bond_like, setting)
    notes = (*notes, f"Preferred share of par {par:g}" + ("." if given is not None else ", judged by its price."))
    if is_callable(position):
        return finish_callable(symbol, bond_like, setting, flows, notes)
    claims = Claims.fixed(flows.years, flows.amounts, 0.0)
    debt = on_market(bond_like, setting, claims, flows.accrued, Discounting(setting.curve))
    bond = Bond(symbol, debt.value, debt.notional, flows.years, flows.amounts, debt.how)
    note = "No call date given: valued as if it were never called."
    return finished(bond, debt, claims, street_measures(flows, debt.dirty), (*notes, note))


def _flows(position: Position, setting: Setting) -> tuple[CashFlows, tuple[str, ...]]:
    """Dividends to the maturity, or for ``preferred_years``; the next one falls on the tag next_dividend, if given."""
    frequency, notes = frequency_of(position, QUARTERLY if currency_of(position).code == "USD" else 1)
    end, coupon = position.terms.maturity, position.terms.coupon or 0.0
    if end is None:
        start = tag_date(position, "next_dividend") or add_months(setting.settlement, 12 // frequency, False)
        end = add_months(start, 12 * int(constant("preferred_years")), False)
        notes += (f"Perpetual: dividends are counted for {constant('preferred_years'):g} years, then par.",)
    flows = fixed_coupon(coupon, end, frequency, setting.settlement, THIRTY_360, False)
    # Shares are quoted with what has accrued.
    return replace(flows, accrued=0.0), notes
