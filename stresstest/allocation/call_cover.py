"""Short calls and what covers them: a sale of shares must not leave a call naked."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from ..records import Position
from .assets import Assets
from .candidates import UNPRICED
from .outcome import Outcome

#: Classes that cannot be delivered against a call.
NOT_DELIVERABLE = frozenset({"option", "future", "cash"})
#: Smaller amounts are noise of floating-point arithmetic, fraction of net value.
NOISE = 1e-9


@dataclass(frozen=True)
class Cover:
    """What covers the short calls on one underlying, less what they may take: weights @ w + constant, over net value.

    weights: (A,) value of the underlying, at today's price, that a unit of weight stands for: positive also for short
    calls, which take shares because their own weight is negative. constant: short calls that cannot be traded here.
    short: (A,) True for the short calls.
    """

    underlying: str
    weights: np.ndarray
    constant: float
    short: np.ndarray


def covers(assets: Assets) -> Iterator[Cover]:
    """One cover for each underlying with short calls and with shares, or calls that last as long, held against them."""
    everything = (*assets.positions[: assets.held], *assets.untouched.positions)
    for underlying in sorted({_underlying(p) for p in everything if _is_call(p) and p.quantity < 0.0}):
        cover = _cover(assets, underlying)
        if cover is not None and (cover.weights * assets.weights > 0.0).any():
            yield cover


def waits(assets: Assets, after: Outcome) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Indices of sales, and of the short calls to buy back before them, where the sales use up the cover of today."""
    for cover in covers(assets):
        spare = max(float(cover.weights @ assets.weights) + cover.constant, 0.0)
        bought = np.flatnonzero(cover.short & (after.buy > 0.0))
        if len(bought) and float(cover.weights @ after.sell) > spare + NOISE:
            yield np.flatnonzero((cover.weights > 0.0) & (after.sell > 0.0)), bought


def _cover(assets: Assets, underlying: str) -> Cover | None:
    positions = assets.positions
    priced = [i for i, p in enumerate(positions[: assets.held]) if delivers(p, underlying)]
    calls = [i for i, p in enumerate(positions[: assets.held]) if _is_call(p) and _underlying(p) == underlying]
    price = float(assets.unit_value[priced[0]]) if priced else _strike(positions[calls[0]]) if calls else 0.0
    if not price:
        return None
    fixed = [p for p in assets.untouched.positions if _is_call(p) and _underlying(p) == underlying]
    last = max(_expiry(p) for p in (*(positions[i] for i in calls), *fixed) if p.quantity < 0.0)
    covering = [i for i in calls if positions[i].quantity < 0.0 or _expiry(positions[i]) >= last]
    weights = np.zeros(len(assets.weights))
    weights[priced] = 1.0
    for i in covering:
        weights[i] = positions[i].terms.multiplier * price / float(assets.unit_value[i])
    taken = sum(p.quantity * p.terms.multiplier for p in fixed if p.quantity < 0.0)
    short = np.zeros(len(assets.weights), dtype=bool)
    short[[i for i in calls if positions[i].quantity < 0.0]] = True
    return Cover(underlying, weights, taken * price / assets.value, short)


def _is_call(position: Position) -> bool:
    return position.asset_class == "option" and position.terms.put_call == "call"


def delivers(position: Position, underlying: str) -> bool:
    """Whether ``position`` is what an option on ``underlying`` is settled in: shares held long, in known number."""
    if position.asset_class in NOT_DELIVERABLE or UNPRICED.items() <= dict(position.tags).items():
        return False
    return position.quantity > 0.0 and position.symbol.strip().upper() == underlying.strip().upper()


def _underlying(position: Position) -> str:
    return position.terms.underlying.strip().upper()


def _expiry(position: Position) -> int:
    return position.terms.expiry.toordinal() if position.terms.expiry else 0


def _strike(position: Position) -> float:
    """Strike in USD: the rate is what turned the price of the option into its market value."""
    quoted = position.quantity * position.price * position.terms.multiplier
    return (position.terms.strike or 0.0) * position.market_value / quoted if quoted else 0.0
