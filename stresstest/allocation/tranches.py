"""In which order to trade: what loses most in the tail first, purchases only when the cash for them is there."""

from __future__ import annotations

import numpy as np

from ..risk.measures import tail_weights
from ..tables import read_table
from .assets import Assets
from .call_cover import waits
from .limits import PACKAGE
from .outcome import Outcome, unchanged
from .trading import half_spread

#: Running cash may miss its floor by this fraction of net value: floating-point noise.
TOLERANCE = 1e-9


def tranches(assets: Assets, after: Outcome) -> np.ndarray:
    """(A,) tranche of each trade, from 1; 0 where there is none.

    Sales go by urgency, until tranches.csv's cumulative shares of their value are reached. Purchases, those that cover
    shorts first, take the earliest tranche that leaves debt no larger than today, and no debt at all for new positions.
    Shares that cover short calls wait for the tranche in which those are bought back.
    """
    shares = [float(row["cumulative_share"]) for row in read_table(PACKAGE, "tranches.csv")]
    urgent = np.argsort(-urgency(assets, after), kind="stable")
    sales = np.zeros(len(assets.weights), dtype=int)
    _place_sales(sales, [i for i in urgent if after.sell[i] > 0.0], after.sell, shares)
    while True:
        placed = _with_purchases(sales, urgent, assets, after, len(shares))
        later = sales.copy()
        for sold, bought in waits(assets, after):
            later[sold] = np.maximum(later[sold], placed[bought].max())
        if (later == sales).all():
            return placed
        sales = later


def _with_purchases(sales: np.ndarray, urgent: np.ndarray, assets: Assets, after: Outcome, count: int) -> np.ndarray:
    tranche = sales.copy()
    flow = after.sell - after.buy - after.cost - after.tax
    cash = assets.cash - assets.debt + np.array([flow[tranche == t].sum() for t in range(1, count + 1)]).cumsum()
    for i in sorted((i for i in urgent if after.buy[i] > 0.0), key=lambda i: not assets.short[i]):
        floor = -assets.debt if assets.short[i] else 0.0
        room = np.minimum.accumulate(cash[::-1])[::-1] + flow[i] >= floor - TOLERANCE
        first = int(np.argmax(room)) if room.any() else count - 1
        tranche[i] = first + 1
        cash[first:] += flow[i]
    return tranche


def urgency(assets: Assets, after: Outcome) -> np.ndarray:
    """(A,) tail loss that each trade takes away, plus the half spread of its value that waiting puts at risk."""
    tail = tail_weights(unchanged(assets).pnl, assets.probability)
    saved = (after.buy - after.sell) * (tail @ assets.returns)
    spread = np.array([half_spread(position) for position in assets.positions])
    result: np.ndarray = saved + spread * after.traded
    return result


def _place_sales(tranche: np.ndarray, order: list[int], value: np.ndarray, shares: list[float]) -> None:
    total, done = float(value[order].sum()), 0.0
    for i in order:
        tranche[i] = 1 + next(t for t, share in enumerate(shares) if done < share * total)
        done += value[i]
