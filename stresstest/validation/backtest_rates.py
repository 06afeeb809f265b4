"""The levels of a past day, and bonds as they could have been bought on it.

Terms and weights of the shipped portfolios are those of today. On a past day each bond keeps its remaining life and its
share of the book, but not its price: it is priced by its terms on the curve of that day, so that it earns what such a
bond earned then. Options keep their price, moneyness and time to expiry.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import pandas as pd

from ..market import load_snapshot
from ..market.history import History
from ..records import Exposure, MarketSnapshot, Portfolio, Position, Quote
from ..tables import TENORS
from .backtest_books import book_with

#: A rate that is older than this many days on the day is not its rate.
MOST_DAYS = 14
SOFR, BILL, TEN_YEARS = "sofr", "ust_3m", "ust_10y"
#: Classes priced by their terms.
BY_TERMS = ("bond", "bill", "floater", "linker", "mbs")


def snapshot_known(known: History) -> MarketSnapshot:
    """Today's snapshot with the curve, the overnight rate, VIX, inflation compensation and mortgage rate of a past day.

    The overnight rate is SOFR where it was published by then, else that of three-month bills. Dates stay those of
    today, so that terms keep their remaining life; exchange rates too: only weights matter.
    """
    today, last = load_snapshot(), known.levels.ffill(limit=MOST_DAYS).iloc[-1]
    curve = last[list(TENORS)].astype(float).interpolate(limit_direction="both").to_numpy()
    found: dict[str, float] = dict(zip(TENORS, curve.tolist(), strict=True))
    found[SOFR] = _overnight(known, found[BILL])
    found |= {name: float(last[name]) for name in ("vix", "breakeven_10y") if np.isfinite(last[name])}
    if np.isfinite(last["mortgage_spread"]):
        found["mortgage_rate"] = found[TEN_YEARS] + float(last["mortgage_spread"])
    quotes = {**today.quotes, **{name: _quote(name, value, known) for name, value in found.items()}}
    return replace(today, quotes=quotes, origin=f"as known on {known.as_of}")


def _overnight(known: History, bill: float) -> float:
    """Decimal a year."""
    series = known.observed.get("SOFR")
    day = pd.Timestamp(known.as_of)
    if series is None or series.empty or (day - series.index[-1]).days > MOST_DAYS:
        return bill
    return float(series.iloc[-1])


def _quote(name: str, value: float, known: History) -> Quote:
    return Quote(name, value, known.as_of, "history of the folder", "V-data")


def bought_on(portfolio: Portfolio, table: Mapping[str, Exposure], snapshot: MarketSnapshot) -> Portfolio:
    """``portfolio`` with its bonds priced by their terms on the curve of ``snapshot``, as many of them as keep weights.

    A bond that its terms cannot price stays as it was.
    """
    bonds = tuple(p for p in portfolio.positions if p.asset_class in BY_TERMS)
    unpriced = tuple(replace(p, price=0.0, market_value=0.0) for p in bonds)
    then, now = (
        book_with(replace(portfolio, positions=rows, cash={}, cash_usd=0.0), table, levels).holdings
        for rows, levels in ((unpriced, snapshot), (bonds, None))
    )
    value = {holding.position.row: holding.instrument.value for holding in now}
    changed = {
        h.position.row: _worth(h.position, h.instrument.value, value[h.position.row])
        for h in then
        if h.instrument.value and value.get(h.position.row)
    }
    return replace(portfolio, positions=tuple(changed.get(p.row, p) for p in portfolio.positions))


def _worth(position: Position, value: float, wanted: float) -> Position:
    """As many as are worth ``wanted``."""
    return replace(position, quantity=position.quantity * wanted / value, market_value=wanted)
