"""Losses in the named scenarios, with bands."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from math import isclose

import numpy as np

from ..records import Book, Estimate, FactorPaths, ScenarioLoss, StressResult
from ..scenarios import Scenario, along_path, at_point, named_paths, scenario_plausibility
from ..scenarios.cautions import no_record, without_record
from ..stress import attribute, total_gains
from ..stress.revalue import ALL_LAYERS
from ..tables import factor_names
from ..units import MONTHS_A_YEAR

#: Draws per scenario for its band.
BAND_DRAWS = 400
#: The layer of uncertainty that draws responses from their ranges.
PARAMETERS = "parameters"


def scenario_losses(
    book: Book,
    chosen: Sequence[Scenario],
    named: StressResult,
    after: StressResult | None,
    seed: int,
    sofr: float | None = None,
    levels: Mapping[str, float] | None = None,
    progress: Callable[[int, int], None] = lambda done, total: None,
    layers: tuple[str, ...] = (PARAMETERS, *ALL_LAYERS),
) -> tuple[ScenarioLoss, ...]:
    """Losses of the named scenarios, worst first, each with a 90 percent band.

    named, after: the book, and the book after the proposed trades, in the scenarios of ``chosen``, in their order.
    sofr: as it was given to ``named_paths`` for ``named``; with it the loss holds income over the scenario's horizon.
    levels: of factors today, from which plausibility is measured; None takes those that ship with the package.
    progress: called with (done, total) holdings of the bands.
    The band holds responses drawn from their ranges, exposure error, and specific risk over the scenario's own length,
    as far as these ``layers`` are on: "parameters", "exposures", "residual".
    """
    draws = _drawn(chosen, seed, sofr, PARAMETERS in layers)
    years = np.repeat([scenario.months / MONTHS_A_YEAR for scenario in chosen], BAND_DRAWS)
    (spread,) = total_gains(book, draws, (layers,), seed=seed, residual_years=years, progress=progress)
    low, high = np.quantile(-spread.reshape(len(chosen), BAND_DRAWS) / book.value, [0.05, 0.95], axis=1)
    losses = []
    for k, scenario in enumerate(chosen):
        loss = _loss(book, scenario, named, k, (float(low[k]), float(high[k])), levels)
        losses.append(
            replace(
                loss,
                loss_after=None if after is None else float(-after.total[k] / book.value),
                path=path_losses(book, scenario, sofr),
            )
        )
    return tuple(sorted(losses, key=lambda loss: -loss.loss_fraction))


def _drawn(chosen: Sequence[Scenario], seed: int, sofr: float | None, uncertain: bool) -> FactorPaths:
    """``BAND_DRAWS`` rows for each scenario; uncertain: with responses drawn from their ranges."""
    if uncertain:
        return named_paths(tuple(chosen), BAND_DRAWS, seed, sofr)
    return named_paths(tuple(scenario for scenario in chosen for _ in range(BAND_DRAWS)), sofr=sofr)


def _loss(
    book: Book,
    scenario: Scenario,
    named: StressResult,
    k: int,
    band: tuple[float, float],
    levels: Mapping[str, float] | None,
) -> ScenarioLoss:
    parts = attribute(named, np.eye(len(named.factors.moves))[k])
    moves = named.factors.moves[k]
    unseen = without_record(scenario, parts.by_factor)
    return ScenarioLoss(
        name=scenario.name,
        title=scenario.title,
        probability=scenario.probability,
        plausibility=scenario_plausibility(scenario, moves, levels=levels),
        loss_fraction=-parts.total / book.value,
        loss=-parts.total,
        band=_around(-parts.total / book.value, *band),
        attribution=parts,
        factor_moves=dict(zip(factor_names(), moves.tolist(), strict=True)),
        narrative=scenario.narrative,
        sources=scenario.sources,
        episode=scenario.kind == "episode",
        income=-parts.carry / book.value,
        plausibility_calm=scenario_plausibility(scenario, moves, "calm", levels),
        cautions=(*scenario.cautions, *no_record(scenario, unseen)),
        filled_in=unseen,
    )


def _around(value: float, low: float, high: float) -> Estimate:
    """A band never leaves out its own value by rounding, as it would where nothing is uncertain."""
    return Estimate(value, min(low, value), max(high, value)) if isclose(low, high) else Estimate(value, low, high)


def path_losses(book: Book, scenario: Scenario, sofr: float | None = None) -> Mapping[str, float]:
    """Loss of the book at each point of an official path, fraction of net value; empty for other scenarios."""
    if scenario.path is None:
        return {}
    (totals,) = total_gains(book, along_path(scenario, sofr), ((),))
    return dict(zip(scenario.path.labels, (-totals / book.value).tolist(), strict=True))


def at_worst_points(book: Book, chosen: Sequence[Scenario], sofr: float | None = None) -> tuple[Scenario, ...]:
    """``chosen`` with every official path at the point where this book loses most; other scenarios as they are."""
    return tuple(_at_worst(book, scenario, sofr) for scenario in chosen)


def _at_worst(book: Book, scenario: Scenario, sofr: float | None) -> Scenario:
    losses = list(path_losses(book, scenario, sofr).values())
    return at_point(scenario, int(np.argmax(losses))) if losses else scenario
