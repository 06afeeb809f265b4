"""What makes the committee stop: each condition as an odds ratio, and a rise of unemployment over half a year."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from stresstest.market import load_snapshot
from stresstest.plumbing import named_plan
from stresstest.plumbing.chance import draw_conditions
from stresstest.plumbing.project import project
from stresstest.plumbing.reaction import halt_hazard
from stresstest.tables import central
from stresstest.units import WEEKS_A_MONTH

WEEKS, PATHS = 52, 600


def odds(
    days: float = 0.0, fall: float = 0.0, rise: float = 0.0, inflation: float = 0.02, level: float = 0.17
) -> float:
    """Monthly odds of stopping."""
    state = [np.array([value]) for value in (days, fall, rise, level)]
    weekly = float(halt_hazard(state[0], state[1], state[2], inflation, state[3], central())[0])
    monthly = 1.0 - (1.0 - weekly) ** WEEKS_A_MONTH
    return monthly / (1.0 - monthly)


@pytest.mark.parametrize(("condition", "weight"), [
    ({"days": 1.0}, 3.5), ({"fall": 0.19}, 1.5), ({"rise": 0.005}, 1.5), ({"inflation": 0.04}, -1.0),
    ({"level": 0.145}, 0.6), ({"rise": 0.003}, 0.0), ({"fall": 0.14}, 0.0), ({"inflation": 0.025}, 0.0),
])  # fmt: skip
def test_weights_of_the_equation(condition: dict[str, float], weight: float) -> None:
    """Section 8 of the equation set: logit -4.5 + 3.5 share + 1.5 fall + 1.5 jobs - (pi - 3) + 0.6 (15.5 - L)."""
    assert odds() == pytest.approx(np.exp(-4.5))
    assert np.log(odds(**condition) / odds()) == pytest.approx(weight, abs=1e-9)


def test_rising_unemployment_stops_runoff_and_only_after_it_has_risen() -> None:
    """The same chance with flat unemployment and with a rise of 1.5 points over the first half year."""
    snapshot = load_snapshot()
    plan = named_plan("fast-qt", snapshot.as_of)
    base = draw_conditions(snapshot.as_of, WEEKS, PATHS, np.random.default_rng(0))
    flat = np.full((PATHS, WEEKS), snapshot["unemployment"])
    rising = flat + 0.015 * np.minimum(np.arange(1, WEEKS + 1) / 26.0, 1.0)
    kept, lost = (
        project(plan, snapshot, WEEKS, replace(base, unemployment=jobs)).balance.halted for jobs in (flat, rising)
    )
    up = int(np.argmax(rising[0] - flat[0] > 0.004))
    np.testing.assert_array_equal(kept[:, :up], lost[:, :up])
    assert lost[:, up : up + 13].mean() > kept[:, up : up + 13].mean() + 0.02
