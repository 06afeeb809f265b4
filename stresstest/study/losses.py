"""Losses in the named scenarios, with bands."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ..records import Book, Estimate, ScenarioLoss, StressResult
from ..scenarios import Scenario, named_paths, scenario_plausibility
from ..stress import attribute, revalue
from ..tables import factor_names

#: Draws per scenario for its band.
BAND_DRAWS = 400


def scenario_losses(
    book: Book, chosen: Sequence[Scenario], named: StressResult, after: StressResult | None, seed: int
) -> tuple[ScenarioLoss, ...]:
    """Losses of the named scenarios, worst first, each with a 90 percent band.

    named, after: the book, and the book after the proposed trades, in the scenarios of ``chosen``, in their order. The
    band holds responses drawn from their ranges, exposure error, and specific risk over the scenario's own length.
    """
    draws = named_paths(tuple(chosen), BAND_DRAWS, seed)
    years = np.repeat([scenario.months / 12 for scenario in chosen], BAND_DRAWS)
    spread = revalue(book, draws, seed=seed, residual_years=years).total.reshape(len(chosen), BAND_DRAWS)
    low, high = np.quantile(-spread / book.value, [0.05, 0.95], axis=1)
    losses = []
    for k, scenario in enumerate(chosen):
        parts = attribute(named, np.eye(len(chosen))[k])
        moves = named.factors.moves[k]
        losses.append(
            ScenarioLoss(
                name=scenario.name,
                title=scenario.title,
                probability=scenario.probability,
                plausibility=scenario_plausibility(scenario, moves),
                loss_fraction=-parts.total / book.value,
                loss=-parts.total,
                band=Estimate(-parts.total / book.value, float(low[k]), float(high[k])),
                attribution=parts,
                factor_moves=dict(zip(factor_names(), moves.tolist(), strict=True)),
                loss_after=None if after is None else float(-after.total[k] / book.value),
                narrative=scenario.narrative,
                sources=scenario.sources,
                episode=scenario.observed is not None,
            )
        )
    return tuple(sorted(losses, key=lambda loss: -loss.loss_fraction))
