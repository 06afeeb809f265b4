"""Levels at which to act again after the trades: price, portfolio loss, margin and funding.

An option is watched by the price of its underlying, where that is held too: its own price says little.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache

import numpy as np

from ..records import Position, Stop
from ..risk.measures import contribution, expected_shortfall, value_at_risk
from ..tables import read_table
from ..units import BP
from .assets import Assets
from .call_cover import delivers
from .candidates import UNPRICED
from .limits import PACKAGE
from .outcome import Outcome
from .sentences import SENTENCES, share


@cache
def levels() -> Mapping[str, float]:
    """Levels of stops.csv by name."""
    return {row["name"]: float(row["level"]) for row in read_table(PACKAGE, "stops.csv")}


def stops(assets: Assets, after: Outcome, maintenance_margin: float) -> tuple[Stop, ...]:
    """Stops for the book after the trades. maintenance_margin: equity over gross value at which the broker calls."""
    return (
        *_positions(assets, after),
        _portfolio(assets, after),
        *_margin(after, maintenance_margin),
        _funding(),
    )


def _positions(assets: Assets, after: Outcome) -> Iterator[Stop]:
    """Largest contributors to expected shortfall, stopped where a small share of the simulated prices is beyond."""
    pnl = np.column_stack([assets.returns * after.weights, after.pnl - assets.returns @ after.weights])
    tail = contribution(pnl, assets.probability)[:-1]
    action = SENTENCES["stop_position"].format(beyond=share(levels()["position_tail"]))
    for i in np.argsort(-tail, kind="stable")[: int(levels()["position_count"])]:
        watched = _watched(assets, i)
        if tail[i] <= 0.0 or watched is None:
            continue
        position = assets.positions[watched]
        side = assets.sign[i] * _direction(assets.positions[i])
        level = position.price * (1.0 + _adverse(assets, watched, side))
        if side * (position.price - level) > 0.0:
            trigger = SENTENCES["watch_price"].format(symbol=assets.symbols[watched])
            yield Stop(assets.symbols[i], trigger, level, position.currency, action)


def _watched(assets: Assets, i: int) -> int | None:
    """Index of the position whose price is watched for ``i``: itself, or the underlying of an option; None if none."""
    position = assets.positions[i]
    if UNPRICED.items() <= dict(position.tags).items():
        return None
    if position.asset_class != "option":
        return i
    shares = (j for j in range(assets.held) if delivers(assets.positions[j], position.terms.underlying))
    return next(shares, None)


def _direction(position: Position) -> float:
    """+1 where a higher price of what is watched helps a long position, -1 for a put."""
    return -1.0 if position.asset_class == "option" and position.terms.put_call == "put" else 1.0


def _adverse(assets: Assets, i: int, side: float) -> float:
    """Simulated return of ``i`` that position_tail of the scenarios pass, downwards for side +1 and upwards for -1."""
    return -side * value_at_risk(side * assets.returns[:, i], assets.probability, 1.0 - levels()["position_tail"])


def _portfolio(assets: Assets, after: Outcome) -> Stop:
    loss = levels()["portfolio_tail"] * expected_shortfall(after.pnl, assets.probability) / after.value
    return Stop("", SENTENCES["watch_value"], max(loss, 0.0), "share", SENTENCES["stop_portfolio"])


def _margin(after: Outcome, maintenance_margin: float) -> Iterator[Stop]:
    if after.debt > 0.0:
        action = SENTENCES["stop_margin"].format(call=share(maintenance_margin))
        level = maintenance_margin + levels()["margin_buffer"]
        yield Stop("", SENTENCES["watch_equity"], level, "share", action)


def _funding() -> Stop:
    action = SENTENCES["stop_funding"].format(days=f"{levels()['funding_days']:g}")
    return Stop("", SENTENCES["watch_funding"], levels()["funding_spread"] * BP, "bp", action)
