"""The error budget: how much of the spread of the simulated result each layer of uncertainty has a part in."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from ..records import Book, MarketSnapshot, RunoffPlan
from ..scenarios import generate
from ..stress import total_gains
from .options import Options

#: Paths of each simulation: on common random numbers shares of the variance need few (a point of error at most).
PATHS = 1_000


def layer_budget(book: Book, plan: RunoffPlan, snapshot: MarketSnapshot, options: Options) -> Mapping[str, float]:
    """Share of the variance of the result over the horizon that moves when one layer alone is switched off.

    Var(result - result without the layer) / Var(result), on the same random numbers: the total effect of the layer.
    What two layers make together (parameters move the weeks in which noise is turbulent) counts in both, so shares add
    up to more than one. Largest first; empty where nothing varies. Views do not weigh here. Channels and layers that
    the options switch off are off throughout, and such a layer has no share.
    """
    on = options.switches.layers
    whole = _results(book, plan, snapshot, options, on)
    variance = float(whole[""].var())
    if not variance > 0.0:
        return {}
    shares = {}
    for layer in on:
        without = whole.get(layer)
        if without is None:
            others = tuple(other for other in on if other != layer)
            without = _results(book, plan, snapshot, options, others)[""]
        shares[layer] = float((whole[""] - without).var()) / variance
    return dict(sorted(shares.items(), key=lambda item: -item[1]))


def _results(
    book: Book, plan: RunoffPlan, snapshot: MarketSnapshot, options: Options, layers: tuple[str, ...]
) -> Mapping[str, np.ndarray]:
    """(S,) result with ``layers`` of the factors: under "" with all layers of the book that are on, else without one.

    Layers of the book need no new paths.
    """
    of_the_book = options.switches.of_the_book
    cloud = generate(
        plan, snapshot, weeks=options.weeks, paths=min(options.paths, PATHS), seed=options.seed, layers=layers,
        keep_paths=False, channels=options.switches.channels,
    )  # fmt: skip
    switched = ("", *of_the_book)
    choices = [[layer for layer in of_the_book if layer != off] for off in switched]
    totals = total_gains(book, cloud.factors, choices, seed=options.seed, progress=options.stage("budget"))
    return dict(zip(switched, totals, strict=True))
