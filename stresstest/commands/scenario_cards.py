"""``scenarios``: the library as a list, or one scenario in full."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np

from ..errors import InputError, Problem
from ..market import load_snapshot
from ..records import FactorPaths
from ..scenarios import Scenario, choose, library, named_paths, scenario_plausibility
from ..scenarios.horizon import REGIMES
from ..scenarios.levels import factor_levels
from ..scenarios.plausibility import mahalanobis
from ..scenarios.scenario import SEVERITIES
from ..scenarios.story import adjust
from ..scenarios.supervisory_export import supervisory_csv
from ..scenarios.words import level_text, move_text
from ..tables import factor_index, factor_table
from ..units import WEEKS_A_MONTH
from .scenario_list import Listed, ScenarioList
from .shown import Kept, Shown
from .switch_list import switch_list

#: Factors shown in a list, with their headings; where a screen is narrow, the first ones.
HEADLINE = {
    "ust_10y": "10-year",
    "equity_us": "shares",
    "hy_spread": "high yield",
    "ust_2y": "2-year",
    "usd_broad": "dollar",
    "gold": "gold",
    "btc": "bitcoin",
}
#: In place of a name: the list of factors, and that of channels and layers of uncertainty.
FACTORS, CHANNELS = "factors", "channels"
#: Layouts that a scenario can be written in.
EXPORTS = ("dfast",)
#: Moments under which a wanted plausibility is meant when the scenario itself does not say.
WANTED_REGIME = "stress"


def scenario_cards(
    name: str | None,
    wanted_plausibility: float | None = None,
    data: Path | None = None,
    as_of: date | None = None,
) -> Shown | ScenarioList:
    """All scenarios with their headline moves, or one with its narrative, sources and every factor move.

    name: of the library, a group such as "severe", a TOML file or an official CSV table; several scenarios are shown
    as a list, one in full, a story of the library with its milder and more severe outcomes beside it. "factors" lists
    what a scenario may name, "channels" what a simulation can leave out.
    wanted_plausibility: show the nearest scenario that is as plausible. Raises InputError for an unknown name and for
    every fault of a file.
    """
    if name == CHANNELS:
        return switch_list()
    snapshot = load_snapshot(data, as_of)
    levels = factor_levels(snapshot)
    if name == FACTORS:
        return _factors(levels)
    chosen = choose([name], snapshot) if name else tuple(library().values())
    if wanted_plausibility is not None:
        chosen = tuple(adjust(scenario, wanted_plausibility, WANTED_REGIME, levels) for scenario in chosen)
    paths = named_paths(chosen)
    cards = [_card(scenario, paths, k, levels) for k, scenario in enumerate(chosen)]
    if name and len({scenario.story or scenario.name for scenario in chosen}) == 1:
        beside = _beside(chosen) if wanted_plausibility is None else chosen
        return _full(cards[0], [_card(s, named_paths((s,)), 0, levels) for s in beside], cards)
    rows = [_listed(card) for card in cards]
    return ScenarioList({"scenarios": cards}, rows, tuple(HEADLINE.values()))


def _listed(card: Mapping[str, Any]) -> Listed:
    judged = "" if card["probability"] is None else f"{card['probability']:.1%}"
    moves = tuple(move_text(factor, card["factor_moves"][factor]) for factor in HEADLINE)
    return Listed(card["name"], card["title"], judged, moves)


def _factors(levels: Mapping[str, float]) -> Shown:
    """The factors with unit and level today; in the document also what it means when each rises, and its source."""
    document = [{**asdict(factor), "level": levels.get(factor.name)} for factor in factor_table()]
    rows = [(f.name, f'"{f.name}"', f.unit.split()[-1], level_text(f.name, levels)) for f in factor_table()]
    header = ("factor", "in a file", "shown in", "level today")
    tables = (("Factors that a scenario may name", header, rows),)
    lines = ("--json adds what it means when each rises, and its source.",)
    return Shown({"factors": document}, tables, lines, spelt=True)


def export_scenario(name: str, layout: str, data: Path | None = None, as_of: date | None = None) -> str:
    """One scenario as CSV text in the Federal Reserve's 28 columns (layout "dfast"), thirteen quarters from today.

    Raises InputError for an unknown layout, an unknown name, and a file that holds no scenario.
    """
    if layout not in EXPORTS:
        raise InputError(Problem(None, "export", layout, f"one of {', '.join(EXPORTS)}", ""))
    snapshot = load_snapshot(data, as_of)
    return supervisory_csv(choose([name], snapshot)[0], snapshot)


def _card(scenario: Scenario, paths: FactorPaths, k: int, levels: Mapping[str, float]) -> dict[str, Any]:
    moves = paths.moves[k]
    weeks = scenario.months * WEEKS_A_MONTH
    return {
        "name": scenario.name,
        "title": scenario.title,
        "narrative": scenario.narrative,
        "sources": list(scenario.sources),
        "kind": scenario.kind,
        "story": scenario.story,
        "severity": scenario.severity,
        "horizon_months": scenario.months,
        "probability": scenario.probability,
        "plausibility": scenario_plausibility(scenario, moves, levels=levels),
        "plausibility_by_regime": {name: scenario_plausibility(scenario, moves, name, levels) for name in REGIMES},
        "distance_by_regime": {name: mahalanobis(moves, weeks, name, levels) for name in REGIMES},
        "factor_moves": _by_factor(moves),
        "by_channel": {
            channel: _by_factor(paths.by_channel[k, c])
            for c, channel in enumerate(paths.channels)
            if channel in scenario.channel_names
        },
        "completed": list(scenario.completed),
        "path": _path(scenario),
        "cautions": [problem.to_dict() for problem in scenario.cautions],
        "caution_texts": [str(problem) for problem in scenario.cautions],
    }


def _by_factor(moves: np.ndarray) -> dict[str, float]:
    return {name: float(moves[i]) for name, i in factor_index().items()}


def _path(scenario: Scenario) -> list[dict[str, Any]]:
    """Points of an official table."""
    if scenario.path is None:
        return []
    points = zip(scenario.path.labels, scenario.path.months, scenario.path.moves, strict=True)
    return [{"label": label, "months": float(m), "factor_moves": _by_factor(moves)} for label, m, moves in points]


def _beside(chosen: tuple[Scenario, ...]) -> tuple[Scenario, ...]:
    """Every outcome of the same story, mildest first; the chosen ones where they are not a story of the library."""
    story = chosen[0].story
    if chosen[0].severity and story in library():
        outcomes = [s for s in library().values() if s.story == story]
        return tuple(sorted(outcomes, key=lambda s: SEVERITIES.index(s.severity)))
    return chosen


def _full(card: dict[str, Any], beside: list[dict[str, Any]], cards: list[dict[str, Any]]) -> Shown:
    """One scenario in full; the columns of its table are the outcomes beside it."""
    moved = [name for name in card["factor_moves"] if any(c["factor_moves"][name] for c in beside)]
    rows = [(name, *(move_text(name, c["factor_moves"][name]) for c in beside)) for name in moved]
    tables = [(card["title"], ("factor", *(Kept(c["name"]) for c in beside)), rows)]
    if card["path"]:
        path = [(p["label"], *(move_text(f, p["factor_moves"][f]) for f in HEADLINE)) for p in card["path"]]
        tables.append(("Path", ("at", *HEADLINE.values()), path))
    document = card if len(cards) == 1 else {"scenarios": cards}
    return Shown(document, tuple(tables), tuple(_lines(card, beside)), spelt=True, ids=True)


def _lines(card: dict[str, Any], beside: list[dict[str, Any]]) -> list[str]:
    lines = [card["narrative"], *(f"Source: {source}" for source in card["sources"])]
    for one in beside:
        told = ", ".join(f"{value:.2g} in {name}" for name, value in one["plausibility_by_regime"].items())
        judged = "" if one["probability"] is None else f"; judged {one['probability']:.1%} likely within the horizon"
        lines.append(f"{one['name']}: horizon {one['horizon_months']:.1f} months{judged}; plausibility {told}")
    if card["completed"]:
        lines.append(f"Filled by conditional expectation: {', '.join(card['completed'])}")
    return [*filter(None, lines), *(f"caution: {text}" for text in card["caution_texts"])]
