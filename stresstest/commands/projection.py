"""``project``: the central bank's balance sheet and the funding spread under a plan, without any holdings."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..market import load_snapshot
from ..records import ASSETS, LIABILITIES
from ..study.options import Options
from ..study.plans import choose_plan, simulate
from .shown import Shown, Table

SPIKE = 0.0015


def projection(options: Options) -> Shown:
    """Weekly means of every item with bands of reserves and of L, and the daily funding spread."""
    snapshot = load_snapshot(options.data, options.as_of)
    plan = choose_plan(options, snapshot)
    result = simulate(plan, options, snapshot, keep_paths=False)
    balance, funding = result.balance, result.funding
    mean = {name: balance.items[name].mean(axis=0) for name in (*ASSETS, *LIABILITIES)}
    spread = {"mean": funding.spread.mean(axis=0), **_band(funding.spread)}
    document = {
        "plan": plan.name,
        "title": plan.title,
        "snapshot_date": snapshot.as_of.isoformat(),
        "dates": [day.isoformat() for day in balance.dates],
        "assets": {name: mean[name] for name in ASSETS},
        "liabilities": {name: mean[name] for name in LIABILITIES},
        "bands": {
            "reserves": _band(balance.items["reserves"]),
            "scarcity_l": {"mean": balance.scarcity.mean(axis=0), **_band(balance.scarcity)},
        },
        "halted_probability": balance.halted.mean(axis=0),
        "imbalance_usd_bn": balance.imbalance,
        "funding": {
            "dates": [day.isoformat() for day in funding.dates],
            "sofr_iorb_bp": {name: 1e4 * values for name, values in spread.items()},
            "spike_probability": (funding.spread > SPIKE).mean(axis=0),
            "spike_threshold_bp": 1e4 * SPIKE,
        },
    }
    return Shown(document, (_table(document),), (plan.title, *plan.sources))


def _band(values: np.ndarray) -> dict[str, np.ndarray]:
    low, high = np.quantile(values, [0.05, 0.95], axis=0)
    return {"p05": low, "p95": high}


def _table(document: dict[str, Any]) -> Table:
    header = ("date", "Treasuries", "MBS", "reserves", "p05", "p95", "TGA", "L percent", "stopped")
    reserves, scarcity = document["bands"]["reserves"], document["bands"]["scarcity_l"]
    stopped = np.concatenate([[0.0], document["halted_probability"]])
    rows = []
    for t in range(0, len(document["dates"]), 4):
        rows.append(
            (
                document["dates"][t],
                f"{document['assets']['treasuries'][t]:,.0f}",
                f"{document['assets']['mbs'][t]:,.0f}",
                f"{document['liabilities']['reserves'][t]:,.0f}",
                f"{reserves['p05'][t]:,.0f}",
                f"{reserves['p95'][t]:,.0f}",
                f"{document['liabilities']['tga'][t]:,.0f}",
                f"{100 * scarcity['mean'][t]:.1f}",
                f"{stopped[t]:.0%}",
            )
        )
    return "Balance sheet, USD bn, means over paths", header, rows
