"""``scenarios``: the library as a list, or one scenario in full."""

from __future__ import annotations

import math
from typing import Any

from ..records import FactorPaths
from ..scenarios import Scenario, choose, library, named_paths, scenario_plausibility
from ..tables import factor_index, factor_table
from .shown import Shown

HEADLINE = ("ust_2y", "ust_10y", "equity_us", "hy_spread", "usd_broad", "gold", "btc")


def scenario_cards(name: str | None) -> Shown:
    """All scenarios with their headline moves, or one with its narrative, sources and every factor move.

    Raises InputError for an unknown name.
    """
    chosen = choose([name]) if name else tuple(library().values())
    paths = named_paths(chosen)
    cards = [_card(scenario, paths, k) for k, scenario in enumerate(chosen)]
    if name:
        return _one(cards[0])
    rows = [
        (card["name"], *(_shown(factor, card["factor_moves"][factor]) for factor in HEADLINE), card["title"])
        for card in cards
    ]
    return Shown({"scenarios": cards}, (("Scenarios", ("name", *HEADLINE, "title"), rows),))


def _card(scenario: Scenario, paths: FactorPaths, k: int) -> dict[str, Any]:
    moves = paths.moves[k]
    return {
        "name": scenario.name,
        "title": scenario.title,
        "narrative": scenario.narrative,
        "sources": list(scenario.sources),
        "kind": "episode" if scenario.observed is not None else "forward",
        "horizon_months": scenario.months,
        "probability": scenario.probability,
        "plausibility": scenario_plausibility(scenario, moves),
        "factor_moves": {name: moves[i] for name, i in factor_index().items()},
        "by_channel": {
            channel: {name: paths.by_channel[k, c, i] for name, i in factor_index().items()}
            for c, channel in enumerate(paths.channels)
            if channel in scenario.channels
        },
        "completed": list(scenario.completed),
    }


def _one(card: dict[str, Any]) -> Shown:
    rows = [(name, _shown(name, move)) for name, move in card["factor_moves"].items() if move]
    lines = [
        card["narrative"],
        f"Horizon {card['horizon_months']:.1f} months; plausibility {card['plausibility']:.2g}",
        *(f"Source: {source}" for source in card["sources"]),
    ]
    if card["probability"] is not None:
        lines.append(f"Probability within the horizon (judgement): {card['probability']:.0%}")
    if card["completed"]:
        lines.append(f"Filled by conditional expectation: {', '.join(card['completed'])}")
    return Shown(card, ((card["title"], ("factor", "move"), rows),), tuple(lines))


def _shown(name: str, move: float) -> str:
    """Basis points for changes, percent simple return for prices."""
    factor = factor_table()[factor_index()[name]]
    if name == "vix":
        return f"{100 * move:+.1f} points"
    if factor.kind == "change":
        return f"{1e4 * move:+.0f} bp"
    return f"{100 * math.expm1(move):+.1f} %"
