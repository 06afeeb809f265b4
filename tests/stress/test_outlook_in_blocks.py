"""The outlook of funding adds up over blocks of paths."""

from __future__ import annotations

import numpy as np
import pytest
from stress_books import SNAPSHOT

from stresstest.plumbing import named_plan
from stresstest.scenarios import generate
from stresstest.study import outlook
from stresstest.study.outlook import funding_outlook
from stresstest.tables import draw_parameters

PATHS = 330
MADE = generate(named_plan("fast-qt", SNAPSHOT.as_of), SNAPSHOT, paths=PATHS, weeks=20, keep_paths=False)


@pytest.mark.parametrize("drawn", [False, True])
def test_blocks_add_up_to_the_whole(drawn: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    """With parameters of each path too, which every block must take from its own place."""
    p = draw_parameters(PATHS, np.random.default_rng(1)) if drawn else None
    whole = funding_outlook(MADE.balance, MADE.funding, p)
    monkeypatch.setattr(outlook, "BLOCK", 70)
    parts = funding_outlook(MADE.balance, MADE.funding, p)
    for name in ("probability", "histogram"):
        for regime, values in getattr(whole, name).items():
            np.testing.assert_allclose(getattr(parts, name)[regime], values, atol=1e-12)
    assert (parts.days, parts.spikes, parts.warnings) == (whole.days, whole.spikes, whole.warnings)


def test_every_day_of_every_path_is_counted_once() -> None:
    found = funding_outlook(MADE.balance, MADE.funding)
    assert sum(found.days.values()) == pytest.approx(1.0)
    np.testing.assert_allclose(sum(found.probability.values()), 1.0)
    spread = MADE.funding.spread
    above = sum(found.days[name] * found.spikes[name] for name in found.days)
    assert above == pytest.approx(float((spread > found.level).mean()))
    shares, _ = np.histogram(np.clip(spread, found.edges[0], np.nextafter(found.edges[-1], 0.0)), found.edges)
    together = sum(found.days[name] * found.histogram[name] for name in found.days)
    np.testing.assert_allclose(together, shares / spread.size, atol=1e-12)
