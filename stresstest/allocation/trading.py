"""What a trade costs, what tax it realises, and the step in which it can be sent."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from functools import cache

import numpy as np

from ..records import Position
from ..tables import read_table
from ..units import BP
from .candidates import half_spreads
from .limits import PACKAGE, Tax

#: Rows of the tax arrays.
SHORT_TERM, LONG_TERM = 0, 1


@cache
def _costs() -> Mapping[str, tuple[float, float]]:
    rows = read_table(PACKAGE, "costs.csv")
    return {row["asset_class"]: (float(row["half_spread_bp"]) * BP, float(row["fee_bp"]) * BP) for row in rows}


@cache
def _lots() -> Mapping[tuple[str, str], float]:
    return {(row["asset_class"], row["symbol"]): float(row["lot"]) for row in read_table(PACKAGE, "lots.csv")}


def half_spread(position: Position) -> float:
    """Half the quoted spread, share of value: of the candidate where it is one, else of its class."""
    return half_spreads().get(position.symbol, _costs()[position.asset_class][0])


def cost_rate(position: Position) -> float:
    """Cost of trading one dollar: half spread plus fee, decimal."""
    return half_spread(position) + _costs()[position.asset_class][1]


def lot(position: Position) -> float:
    """Smallest step of the quantity of ``position``."""
    lots = _lots()
    return lots.get((position.asset_class, position.symbol), lots[position.asset_class, ""])


def taxable_gain(position: Position, as_of: date, tax: Tax) -> np.ndarray:
    """(2,) gain realised by closing one dollar of the position, in the short-term and the long-term row.

    Negative for a loss; both zero where the account is exempt or the cost basis (total, USD) is not known. A short,
    and a gain of unknown age, count as short term.
    """
    gain = np.zeros(2)
    if position.cost_basis is None or position.market_value == 0.0 or is_exempt(position, tax):
        return gain
    ratio = abs(position.cost_basis / position.market_value)
    gain[_term(position, as_of, tax)] = 1.0 - ratio if position.quantity > 0 else ratio - 1.0
    return gain


def is_exempt(position: Position, tax: Tax) -> bool:
    """Whether the account of the position pays no tax on gains."""
    words = re.findall(r"[a-z0-9]+", re.sub(r"[()]", "", position.account.lower()))
    return any(word in words for word in tax.exempt_accounts)


def _term(position: Position, as_of: date, tax: Tax) -> int:
    held = (as_of - position.acquired).days if position.acquired else 0
    return LONG_TERM if held > tax.holding_days and position.quantity > 0 else SHORT_TERM
