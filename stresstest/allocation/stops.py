"""Levels at which to act again after the trades: price, portfolio loss, margin and funding."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache

import numpy as np

from ..records import Stop
from ..risk.measures import contribution, expected_shortfall
from ..tables import read_table
from ..units import BP
from .assets import Assets
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
    """Largest contributors to expected shortfall, stopped at a multiple of their own simulated volatility."""
    pnl = np.column_stack([assets.returns * after.weights, after.pnl - assets.returns @ after.weights])
    tail = contribution(pnl, assets.probability)[:-1]
    multiple = levels()["position_volatility"]
    for i in np.argsort(-tail, kind="stable")[: int(levels()["position_count"])]:
        position = assets.positions[i]
        if tail[i] <= 0.0 or UNPRICED.items() <= dict(position.tags).items():
            continue
        mean = assets.probability @ assets.returns[:, i]
        volatility = float(np.sqrt(assets.probability @ (assets.returns[:, i] - mean) ** 2))
        level = position.price * np.exp(-assets.sign[i] * multiple * volatility)
        trigger = SENTENCES["watch_price"].format(symbol=assets.symbols[i])
        action = SENTENCES["stop_position"].format(multiple=f"{multiple:g}")
        yield Stop(assets.symbols[i], trigger, float(level), position.currency, action)


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
