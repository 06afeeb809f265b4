"""The figures of the report, drawn with Altair and rendered to static SVG."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from ..catalogue import Catalogue
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


def figures(d: Document, t: Catalogue) -> Mapping[str, Figure]:
    """Every figure that the document has data for, by name.

    The schema check of every chart object is left to the tests: it takes longer than the drawing.
    """
    from altair.utils.schemapi import debug_mode

    with debug_mode(False):
        drawn = [draw(d, t) for draw in FIGURES]
    return {figure.name: figure for figure in drawn if figure is not None}
