"""The embedded snapshot, and chance for the weekly loop."""

from __future__ import annotations

import numpy as np
import pytest

from stresstest.market import load_snapshot
from stresstest.plumbing import Conditions
from stresstest.plumbing.project import weekly_calendar
from stresstest.records import MarketSnapshot

WEEKS = 52


@pytest.fixture(scope="session")
def snapshot() -> MarketSnapshot:
    return load_snapshot()


def make_conditions(snapshot: MarketSnapshot, paths: int, seed: int = 7) -> Conditions:
    """Independent chance with the volatility of calm (1.8 percent a week) and turbulent (3.5 percent) equities."""
    rng = np.random.default_rng(seed)
    days = sum(len(week) for week in weekly_calendar(snapshot.as_of, WEEKS))
    normal = rng.standard_normal
    return Conditions(
        equity_calm=0.018 * normal((paths, WEEKS)),
        equity_turbulent=0.035 * normal((paths, WEEKS)),
        mortgage=0.001 * normal((paths, WEEKS)),
        demand=normal((paths, WEEKS)),
        tga=normal((paths, WEEKS)),
        daily=normal((paths, days)),
        spikes=rng.random((2, paths, days)),
        chance=rng.random((4, paths, WEEKS)),
        leverage=rng.random(paths),
    )


@pytest.fixture(scope="session")
def conditions(snapshot: MarketSnapshot) -> Conditions:
    return make_conditions(snapshot, 2000)
