"""The plumbing part of the document: balance sheet, scarcity and funding spread over time, with their bands."""

from __future__ import annotations

from typing import Any

import numpy as np

from ...records import ASSETS, LIABILITIES, BalanceSheetPath, FundingOutlook, FundingPath
from ...units import to_bp

#: Every band in the report holds 90 percent of the paths.
BAND = (0.05, 0.95)


def balance_sheet(path: BalanceSheetPath, funding: FundingPath, outlook: FundingOutlook | None) -> dict[str, Any]:
    """Weekly means of every item (USD bn), bands where paths differ most, the daily funding spread and its outlook."""
    items = path.to_frame()
    return {
        "dates": path.dates,
        "unit": "usd_bn",
        "assets": {name: items[name].to_numpy() for name in ASSETS if name in items},
        "liabilities": {name: items[name].to_numpy() for name in LIABILITIES if name in items},
        "reserves": fan(path.items["reserves"]),
        "on_rrp": fan(path.items["on_rrp"]),
        "scarcity": fan(path.scarcity),
        "halted_share": path.halted.mean(axis=0),
        "halted_ever": path.halted.any(axis=1).mean(),
        "emergency_share": path.emergency.mean(axis=0),
        "imbalance_usd_bn": path.imbalance,
        "funding": {
            "dates": funding.dates,
            "sofr_iorb_bp": fan(to_bp(funding.spread)),
            "stressed_days_share": funding.stressed.mean(axis=0),
        },
        "regimes": None if outlook is None else regimes(outlook),
        "warnings_dated": () if outlook is None else outlook.warnings,
    }


def regimes(outlook: FundingOutlook) -> dict[str, Any]:
    """Probabilities by week, levels of L between regimes, and the spread on the days of each regime."""
    return {
        "dates": outlook.dates,
        "probability": outlook.probability,
        "thresholds_l": outlook.thresholds,
        "histogram": {
            "edges_bp": to_bp(outlook.edges),
            "share": outlook.histogram,
            "days": outlook.days,
            "spike_share": outlook.spikes,
            "spike_bp": to_bp(outlook.level),
        },
    }


def fan(values: np.ndarray) -> dict[str, np.ndarray]:
    """Mean and 90 percent band over the paths of an (S, T) array."""
    low, high = np.quantile(values, BAND, axis=0)
    return {"mean": values.mean(axis=0), "p05": low, "p95": high}
