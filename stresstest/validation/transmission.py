"""Section "transmission": what a plan does to factors, replays, the cloud of paths, and bands against what came."""

from __future__ import annotations

from dataclasses import replace

from ..market import load_snapshot
from ..records import Check, Evidence
from . import (
    transmission_bands,
    transmission_channels,
    transmission_cloud,
    transmission_plan,
    transmission_qt2,
    transmission_replay,
    transmission_volatility,
)

SECTION = "transmission"
NO_DATA = "needs a folder of series (--data)"
BANDS = {
    "F1": "Coverage of 90 percent bands over four weeks, 2023-26",
    "F4": "Joint log score of 10-year, S&P 500, dollar and high yield over four weeks, 2023-26",
}


def checks(evidence: Evidence) -> tuple[Check, ...]:
    """C1 to G2 of the generator; those that need series are skipped, with the reason, where there are none."""
    snapshot = load_snapshot(evidence.data, evidence.as_of)
    found = [*transmission_plan.checks(snapshot, evidence.seed), *transmission_replay.checks(evidence.data)]
    found += transmission_cloud.checks(snapshot, evidence.data, evidence.as_of, evidence.seed)
    found += transmission_channels.checks(snapshot, evidence.seed)
    found += transmission_qt2.checks(evidence.data, evidence.seed)
    if evidence.data is None:
        found += [
            Check(key, SECTION, title, "", "", None, note=NO_DATA)
            for key, title in (BANDS | transmission_volatility.TITLES).items()
        ]
    else:
        found += transmission_bands.checks(evidence.data, evidence.as_of, evidence.seed)
        found += transmission_volatility.checks(evidence.data, evidence.as_of, evidence.seed)
    return tuple(replace(check, section=SECTION) for check in found)
