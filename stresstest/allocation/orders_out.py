"""From weights back to what a broker understands: orders, and the positions that they leave."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from ..records import Position, Trade
from .assets import Assets
from .call_cover import waits
from .candidates import UNPRICED
from .explanation import Story, reason
from .outcome import Outcome
from .sentences import quantity_note
from .tranches import tranches

#: A position this much smaller than one lot is closed.
DUST = 1e-6
#: Decimals of a quantity: finer than any lot.
DECIMALS = 9


def trades(story: Story) -> tuple[Trade, ...]:
    """Orders by tranche, short calls that release shares first, then sales before purchases, largest first. USD."""
    assets, after = story.assets, story.after
    tranche = tranches(assets, after)
    first = {j for _, calls in waits(assets, after) for j in calls}
    order = sorted(
        (i for i in range(len(assets.weights)) if after.traded[i] > 0.0),
        key=lambda i: (tranche[i], i not in first, after.buy[i] > 0.0, -after.traded[i]),
    )
    return tuple(_trade(story, i, int(tranche[i])) for i in order)


def _trade(story: Story, i: int, tranche: int) -> Trade:
    assets, after = story.assets, story.after
    position = assets.positions[i]
    unpriced = UNPRICED.items() <= dict(position.tags).items()
    return Trade(
        symbol=assets.symbols[i],
        name=position.name + quantity_note(position),
        side="sell" if after.sell[i] > 0.0 else "buy",
        quantity=None if unpriced else quantity(assets, i, after.traded[i]),
        price=None if unpriced else position.price,
        value=float(after.traded[i]) * assets.value,
        cost=float(after.cost[i]) * assets.value,
        tax=float(after.tax[i]) * assets.value,
        tranche=tranche,
        reason=reason(story, i),
        quantity_unit=position.tags.get("quantity_unit", "units"),
    )


def quantity(assets: Assets, i: int, weight: float) -> float:
    """Units of asset ``i`` that make up ``weight`` of net value, positive."""
    return round(float(weight) * assets.value / float(assets.unit_value[i]), DECIMALS)


def positions(assets: Assets, after: Outcome, as_of: date) -> tuple[Position, ...]:
    """Positions after the trades, cash apart: their market values and ``cash_after`` sum to net value after costs.

    Closed positions are left out; the cost basis shrinks with the quantity; what cannot be traded here stays.
    """
    traded = (i for i, position in enumerate(assets.positions) if position.asset_class != "cash")
    changed = (_position(assets, i, float(after.weights[i]), as_of) for i in traded)
    return tuple(position for position in changed if position is not None) + assets.untouched.positions


def cash_after(assets: Assets, after: Outcome) -> float:
    """Cash less margin debt after the trades, all currencies, USD."""
    foreign = sum(after.weights[i] for i, position in enumerate(assets.positions) if position.asset_class == "cash")
    return float(after.cash - after.debt + foreign) * assets.value


def _position(assets: Assets, i: int, weight: float, as_of: date) -> Position | None:
    before, old = assets.positions[i], float(assets.weights[i])
    units = quantity(assets, i, abs(weight))
    if units <= DUST * assets.lot[i]:
        return None
    signed = units if weight > 0.0 else -units
    value = weight * assets.value
    if i >= assets.held:
        return replace(before, quantity=signed, market_value=value, cost_basis=value, acquired=as_of)
    kept = weight / old
    basis = None if before.cost_basis is None else before.cost_basis * kept
    return replace(before, quantity=signed, market_value=value, cost_basis=basis)
