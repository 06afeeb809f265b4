"""The book along the weekly paths: net value for drawdowns, margin calls with the sales they force, and what the way
to the horizon adds to the straight line (``StressResult.effects``).

Between today and the horizon the unexplained shock of a holding grows in proportion to time, and specific risk adds one
bridge for the whole book that ends at nothing, so without effects the last date agrees with the revaluation there.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from threading import Lock

import numpy as np

from ..records import Book, PathEffect, StressResult
from .bridge import Bridge
from .crew import Crew, Journey
from .option_law import OptionLaw
from .unexplained import RESIDUAL, settled_shocks
from .way import make_way
from .weeks import follow


@dataclass(frozen=True, eq=False)
class Chance:
    """What beside the factors moves a book: as ``revalue`` found it.

    shock: (S, N) log shocks at the horizon that the factors do not explain. drift: (N,) of ordinary noise over the
    horizon. laws: of options, by place. layers, seed: what is drawn on the way.
    """

    shock: np.ndarray
    drift: np.ndarray
    laws: Mapping[int, OptionLaw]
    layers: tuple[str, ...]
    seed: int


def walk(result: StressResult, chance: Chance, progress: Callable[[int, int], None] | None = None) -> StressResult:
    """Add ``path_value`` (S, T+1), effects and, for a levered book, ``margin_call`` (S,) to ``result``."""
    factors = result.factors
    crew = Crew.of(result.book, factors, is_levered(result.book), chance.laws)
    bridge = Bridge.of(result.book, factors, chance.seed) if RESIDUAL in chance.layers else None
    settled = _settled(result, chance)

    journeys: dict[int, Journey] = {}
    telling = Lock()

    def travel(rows: slice, moves: np.ndarray) -> None:
        way = make_way(factors, rows, moves, chance.shock, result.residual, chance.drift, settled)
        noise = np.zeros(moves.shape[:2]) if bridge is None else bridge.of_rows(rows, len(way.elapsed))
        straight = result.price[rows] + result.residual[rows]
        journey = crew.travel(way, noise, straight)
        with telling:  # in order, though several threads travel
            journeys[rows.start] = journey
            if progress is not None:
                progress(sum(len(journey.value) for journey in journeys.values()), len(factors.moves))

    follow(factors, travel)
    return _joined(result, [journeys[start] for start in sorted(journeys)])


def _settled(result: StressResult, chance: Chance) -> Mapping[int, np.ndarray]:
    """(S,) log shock at its expiry of each option that expires on the way, by place."""
    factors, found = result.factors, {}
    for n, law in chance.laws.items():
        share = law.option.expiry / factors.years
        if share < 1.0:
            holding, shock = result.book.holdings[n], chance.shock[:, n]
            found[n] = settled_shocks(holding, factors, chance.layers, chance.seed, shock, share)
    return found


def is_levered(book: Book) -> bool:
    """Whether the book borrows: negative cash, short positions, or contracts that cost nothing but ask for margin."""
    return any(h.instrument.value < 0 or (h.instrument.value == 0 and h.maintenance > 0) for h in book.holdings)


def _joined(result: StressResult, journeys: list[Journey]) -> StressResult:
    """The blocks one after the other."""
    calls = [journey.called for journey in journeys if journey.called is not None]
    effects = {
        name: PathEffect(effect.columns, np.concatenate([journey.effects[name].gain for journey in journeys]))
        for name, effect in journeys[0].effects.items()
    }
    return replace(
        result,
        path_value=np.concatenate([journey.value for journey in journeys]),
        margin_call=np.concatenate(calls) if calls else None,
        effects=effects,
    )
