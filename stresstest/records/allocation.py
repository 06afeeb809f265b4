"""The proposal: trades, limits, reasons and stops."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from .holdings import Position

#: How the name of an order ends that is an amount of money.
IN_DOLLARS = " (amount in USD, no price is known)"


@dataclass(frozen=True)
class LimitCheck:
    """One limit after the solve. ``sense`` is "<=" or ">="; shadow_price: objective gained per unit of slack.

    origin: "default" or "user", with "_relaxed" where today's book and not the level sets the limit; "broken_today"
    where it only forbids more of the same. note: the same in words, and what the limit is a share of.
    """

    name: str
    sense: str
    limit: float
    before: float
    after: float
    ok: bool
    shadow_price: float
    unit: str = "share"
    origin: str = ""
    note: str = ""


@dataclass(frozen=True)
class TradeReason:
    """Why a trade is proposed: the scenario and factor where it helps most, the limit that forces it, in words."""

    scenario: str
    factor: str
    constraint: str
    shadow_price: float
    text: str


@dataclass(frozen=True)
class Trade:
    """One order. quantity and value are positive; side is "buy" or "sell"; tranche counts from 1; money in USD.

    quantity_unit: "units" (face value for bonds), or "USD" where no price is known: quantity and price are then None,
    and value is the amount.
    """

    symbol: str
    name: str
    side: str
    quantity: float | None
    price: float | None
    value: float
    cost: float
    tax: float
    tranche: int
    reason: TradeReason
    quantity_unit: str = "units"


@dataclass(frozen=True)
class Stop:
    """A level at which to act again. ``trigger``: what is watched; action in words.

    level: decimals and dollars, as everywhere; ``unit`` says how it is shown.
    """

    symbol: str
    trigger: str
    level: float
    unit: str
    action: str


@dataclass(frozen=True)
class Rebalance:
    """The proposal. status: "optimal", "infeasible" or "no_trade". Without a solution there are no trades.

    before, after: measures by name (fractions of net value). out_of_sample: the same measures on scenarios that the
    solve did not see. relaxation: when infeasible, the limits to relax and by how much, in words.
    gap: proven distance to the optimum, as a fraction of net value.
    """

    status: str
    trades: tuple[Trade, ...]
    limits: tuple[LimitCheck, ...]
    before: Mapping[str, float]
    after: Mapping[str, float]
    out_of_sample: Mapping[str, Mapping[str, float]]
    relaxation: tuple[str, ...]
    stops: tuple[Stop, ...]
    gap: float
    positions_after: tuple[Position, ...] = ()
    cash_after: float = 0.0
    notes: tuple[str, ...] = ()
