"""The market on the day of the tests, and a position made into a holding."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from specimens import LEVELS, TODAY

from stresstest.instruments import build_book
from stresstest.instruments.curve import Curve, from_snapshot
from stresstest.records import Exposure, Holding, MarketSnapshot, Portfolio, Position, Quote
from stresstest.tables import factor_index, factor_names

Hold = Callable[..., Holding]


@pytest.fixture(scope="session")
def snapshot() -> MarketSnapshot:
    quotes = {name: Quote(name, value, TODAY, "test", "test") for name, value in LEVELS.items()}
    return MarketSnapshot(TODAY, quotes, "test")


@pytest.fixture(scope="session")
def curve(snapshot: MarketSnapshot) -> Curve:
    return from_snapshot(snapshot)


@pytest.fixture(scope="session")
def hold(snapshot: MarketSnapshot) -> Hold:
    """One position made into a holding; a test fails with the reason where that is impossible."""

    def made(position: Position, exposure: Exposure | None = None) -> Holding:
        book = build_book(Portfolio("one", (position,), {}, 0.0), [exposure], snapshot)
        assert book.holdings, book.not_modelled[0][1]
        return book.holdings[0]

    return made


@pytest.fixture(scope="session")
def shock() -> Callable[..., np.ndarray]:
    """(F,) moves by name; ``rates`` moves every Treasury factor."""

    def moves(rates: float = 0.0, **by_name: float) -> np.ndarray:
        vector = np.zeros(len(factor_names()))
        for name, i in factor_index().items():
            vector[i] = by_name.get(name, rates if name.startswith("ust_") else 0.0)
        return vector

    return moves
