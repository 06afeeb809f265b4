"""What other central banks do beside the plan, beyond what markets expect of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

import numpy as np

from ..plumbing.banks import bank_snapshot, project_bank
from ..plumbing.plan import named_plan
from ..records import RunoffPlan
from ..tables import read_table


@dataclass(frozen=True)
class Abroad:
    """duration: by currency, (T+1, 2): bonds handed over beyond the expected, share of that area's GDP, as news in all
    and as delivered by date. assets: news of shrinking in all, share of those balance sheets, weighted as in the dollar
    index.
    """

    duration: Mapping[str, np.ndarray]
    assets: float

    def until(self, weeks: int) -> dict[str, np.ndarray]:
        """``duration`` on the first ``weeks`` + 1 dates."""
        return {currency: values[: weeks + 1] for currency, values in self.duration.items()}


@cache
def _banks() -> Mapping[str, Mapping[str, str]]:
    return {row["bank"]: row for row in read_table("stresstest.scenarios", "abroad.csv")}


def look_abroad(plan: RunoffPlan, weeks: int) -> Abroad:
    """Run the plans beside ``plan`` and the expected ones of the same banks for ``weeks`` weeks."""
    duration: dict[str, np.ndarray] = {}
    assets = 0.0
    for name in plan.with_plans:
        foreign = named_plan(name)
        row, snapshot = _banks()[foreign.bank], bank_snapshot(foreign.bank)
        supplied = _supplied(name, weeks) - _supplied(row["expected_plan"], weeks)
        news = (1.0 - foreign.priced_in) * supplied[-1]
        moves = np.stack([np.full(weeks + 1, news), supplied], axis=1) / snapshot["gdp"]
        duration[row["currency"]] = duration.get(row["currency"], 0.0) + moves
        assets += float(row["dollar_weight"]) * news / snapshot["total_assets"]
    return Abroad(duration, assets)


def _supplied(name: str, weeks: int) -> np.ndarray:
    """(T+1,) bonds that a foreign plan hands over, bn of its currency. Bills count like bonds: there are hardly any."""
    bank = named_plan(name).bank
    plan = named_plan(name, bank_snapshot(bank).as_of)
    return np.asarray(project_bank(plan, weeks).balance.supply.at(0).par())
