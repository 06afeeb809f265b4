"""Scenarios as factor moves: the one place where drivers are spread to factors and channels are summed."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from ..records import FactorPaths
from ..tables import factor_index, factor_names
from ..transmission.responses import Loadings, loadings
from ..units import MONTHS_A_YEAR, WEEKS_A_MONTH
from .plausibility import plausibility
from .scenario import NAMED, PROPAGATED, Scenario


def named_paths(
    scenarios: tuple[Scenario, ...], draws: int = 0, seed: int = 0, sofr: float | None = None
) -> FactorPaths:
    """Scenarios as FactorPaths of instantaneous moves.

    draws = 0: one row per scenario at central responses. draws > 0: so many rows per scenario, one after the other,
    with responses drawn from their ranges; factors that a scenario names, or that were observed, repeat. sofr: rate
    today; with it the record also holds the mean rate on secured borrowing over each scenario's own horizon.
    """
    names = tuple(dict.fromkeys(name for scenario in scenarios for name in scenario.channel_names))
    rows = max(draws, 1)
    maps = loadings(np.random.default_rng([seed, 1]) if draws else None, rows)
    by_channel = np.zeros((len(scenarios), rows, len(names), len(factor_names())))
    for k, scenario in enumerate(scenarios):
        _fill(scenario, maps, names, by_channel[k])
    flat = by_channel.reshape(len(scenarios) * rows, len(names), len(factor_names()))
    moves = flat.sum(axis=1)
    horizons = np.repeat([scenario.months / MONTHS_A_YEAR for scenario in scenarios], rows)
    return FactorPaths(
        moves=moves,
        by_channel=flat,
        channels=names,
        probability=np.full(len(moves), 1.0 / len(moves)),
        years=0.0,
        financing=None if sofr is None else _financing(moves, sofr)[:, None],
        names=tuple(s.name for s in scenarios) if not draws else (),
        titles=tuple(s.title for s in scenarios) if not draws else (),
        horizons=horizons,
        total_return=np.repeat([scenario.observed is not None for scenario in scenarios], rows),
    )


def jumps(moves: np.ndarray, channel: str = NAMED) -> FactorPaths:
    """Bare moves (S, F) as equally likely single jumps in one channel, without a name, a length or carry."""
    return FactorPaths(
        moves=moves,
        by_channel=moves[:, None, :],
        channels=(channel,),
        probability=np.full(len(moves), 1.0 / len(moves)),
        years=0.0,
    )


def along_path(scenario: Scenario, sofr: float | None = None) -> FactorPaths:
    """Every point of an official path as a scenario of its own, (T) rows; ``sofr`` as in ``named_paths``."""
    path = scenario.path
    assert path is not None
    named = np.where(path.named, path.moves, 0.0)
    return FactorPaths(
        moves=path.moves,
        by_channel=np.stack([named, path.moves - named], axis=1),
        channels=(NAMED, PROPAGATED),
        probability=np.full(len(path.moves), 1.0 / len(path.moves)),
        years=0.0,
        financing=None if sofr is None else _financing(path.moves, sofr)[:, None],
        names=tuple(f"{scenario.name} {label}" for label in path.labels),
        titles=path.labels,
        horizons=path.months / MONTHS_A_YEAR,
    )


def central_moves(scenario: Scenario) -> np.ndarray:
    """(F,) moves of one scenario at central responses."""
    moves: np.ndarray = named_paths((scenario,)).moves[0]
    return moves


def scenario_plausibility(
    scenario: Scenario, moves: np.ndarray, regime: str = "stress", levels: Mapping[str, float] | None = None
) -> float:
    """Plausibility of one scenario's moves (F,) over its own horizon under ``regime``, from today's ``levels``."""
    return plausibility(moves, scenario.months * WEEKS_A_MONTH, regime, levels)


def _fill(scenario: Scenario, maps: Loadings, names: tuple[str, ...], by_channel: np.ndarray) -> None:
    """Write the moves of one scenario into ``by_channel`` (rows, C, F)."""
    spread = maps.turbulent if scenario.turbulent else maps.normal
    for name, drivers in scenario.channels.items():
        by_channel[:, names.index(name)] += np.einsum("d,rdf->rf", drivers, spread)
    for name, moves in scenario.given.items():
        by_channel[:, names.index(name)] += moves


def _financing(moves: np.ndarray, sofr: float) -> np.ndarray:
    """(S,) mean SOFR over the horizon: half of the move of the short rate has come on average, and never below zero."""
    rate: np.ndarray = np.maximum(sofr + moves[:, factor_index()["ust_3m"]] / 2.0, 0.0)
    return rate
