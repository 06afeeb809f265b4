"""The figures of the report, drawn with Altair and rendered to static SVG."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

from ..catalogue import Catalogue
from ..switched_off import captioned
from ..tables.cells import Document
from .figure import Figure
from .named import allocation, before_after, scenario_losses
from .plumbing import funding, reserves, scarcity
from .tail import contributions, distribution, tail_factors, waterfall

#: In the order of the page.
FIGURES: tuple[Callable[[Document, Catalogue], Figure | None], ...] = (
    scenario_losses,
    distribution,
    waterfall,
    tail_factors,
    contributions,
    reserves,
    scarcity,
    funding,
    before_after,
    allocation,
)
#: Those of simulated figures, whose title says what was switched off.
SIMULATED = ("distribution", "waterfall", "factors", "contributions")


def figures(d: Document, t: Catalogue) -> Mapping[str, Figure]:
    """Every figure that the document has data for, by name.

    The schema check of every chart object is left to the tests: it takes longer than the drawing.
    """
    from altair.utils.schemapi import debug_mode

    with debug_mode(False):
        drawn = [draw(d, t) for draw in FIGURES]
    return {figure.name: _titled(figure, d, t) for figure in drawn if figure is not None}


def _titled(figure: Figure, d: Document, t: Catalogue) -> Figure:
    return replace(figure, title=captioned(figure.title, d, t)) if figure.name in SIMULATED else figure
