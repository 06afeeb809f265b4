"""Section "funding" of the scorecard: the spread, its spikes and the regime, against the record and naive rivals."""

from __future__ import annotations

import pandas as pd

from ..calibrate.funding_data import daily_record
from ..market.history import load_history
from ..records import Check, Evidence
from .funding_2025 import halt_peak, regime_change
from .funding_marks import curve_out_of_sample, false_alarms, september_2019
from .funding_model import calendar_order, facility
from .funding_reliability import reliability
from .funding_walk import walk_forward

#: Marks that look at the record.
NEED_DATA = {
    "B1": "The funding curve out of sample",
    "B2": "September 2019 flagged in advance",
    "B3": "No false alarm while liquidity is abundant",
    "B4": "Autumn 2025: the regime and the pressure to stop",
    "B7": "Probabilities of a spike are calibrated",
}
#: The record must reach this day: the marks score months up to 2026-07.
NEED_UNTIL = pd.Timestamp(2026, 7, 31)


def checks(evidence: Evidence) -> tuple[Check, ...]:
    """B1 to B7 of the funding block; those that need series are skipped, with the reason, where there are none."""
    own = (calendar_order(evidence.seed), *facility(evidence.seed))
    if evidence.data is None:
        return (*own, *_skipped("needs a folder of series (--data)"))
    history = load_history(evidence.data, evidence.as_of)
    record = daily_record(history.observed)
    if record.empty or record.index[-1] < NEED_UNTIL:
        return (*own, *_skipped(f"needs series up to {NEED_UNTIL.date()}"))
    walk = walk_forward(history.observed)
    return (
        curve_out_of_sample(history.observed, record),
        *september_2019(history.observed, evidence.seed),
        false_alarms(walk),
        regime_change(record, walk),
        halt_peak(history, record),
        *own,
        *reliability(walk),
    )


def _skipped(note: str) -> tuple[Check, ...]:
    return tuple(Check(name, "funding", title, "", "", None, note=note) for name, title in NEED_DATA.items())
