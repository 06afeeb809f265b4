"""All estimates of funding markets as of one date, in the order in which they lean on each other."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

import numpy as np
import pandas as pd

from ..exposures.table import csv_text, rounded
from ..tables import Draws, Estimated, central
from .funding import curve, fit_curve
from .funding_calendar import expected_premium, fit_calendar
from .funding_data import daily_record
from .funding_demand import filtered, fit_demand
from .funding_groups import Group
from .funding_spikes import fit_sizes, fit_spikes

TABLE = "plumbing/funding_{}.csv"
TITLES = {
    "curve": "SOFR less the rate on reserves on an ordinary day, by L = (reserves + ON RRP) / bank assets.",
    "calendar": "Premiums of the calendar at L = 16 percent, and their growth for each point of L below.",
    "demand": "State of repo demand: autoregression of order one (persistence by month), and noise by week and by day.",
    "spikes": "Logit of a day over 15 bp: constant, underlying level of the spread, calendar.",
    "sizes": "Excess of a spike over 15 bp, generalised Pareto; depth of the standing repo facility.",
}


@dataclass(frozen=True)
class FundingEstimates:
    """Groups of parameters as of the last day of the record.

    state, state_sd: repo demand predicted for the day after, bp.
    """

    curve: Group
    calendar: Group
    demand: Group
    spikes: Group
    sizes: Group
    state: float
    state_sd: float

    @property
    def groups(self) -> dict[str, Group]:
        """By the name of their table."""
        return {name: getattr(self, name) for name in TITLES}

    def estimated(self) -> tuple[Estimated, ...]:
        """For draws of parameters as these estimates have them."""
        return tuple(group.estimated() for group in self.groups.values())

    def central(self) -> Draws:
        """Every parameter at its central value, with these estimates in the place of those of the package."""
        own = {name: np.array([p.value]) for group in self.estimated() for name, p in group.parameters.items()}
        return Draws({**central().by_name, **own})

    def texts(self, *made: str) -> dict[str, str]:
        """The tables of the package, by file. made: further comment lines."""
        return {TABLE.format(name): _text(name, group, made) for name, group in self.groups.items()}


def estimate_funding(observed: Mapping[str, pd.Series], as_of: date | pd.Timestamp | None = None) -> FundingEstimates:
    """Everything about funding markets that the public series allowed one to estimate on ``as_of``."""
    return estimates_of(daily_record(observed, as_of))


def estimates_of(record: pd.DataFrame) -> FundingEstimates:
    """Curve, then demand around it, then spikes given both; calendar premiums on their own; then sizes given all."""
    line = fit_curve(record)
    demand = fit_demand(record, line)
    state = filtered(record, line, demand)
    level = curve(line.values, record["scarcity"].to_numpy()) + state.predicted[0]
    calendar = fit_calendar(record)
    return FundingEstimates(
        curve=line,
        calendar=calendar,
        demand=demand,
        spikes=fit_spikes(record, level),
        sizes=fit_sizes(record, level + expected_premium(record, calendar)),
        state=float(state.last[0]),
        state_sd=float(np.sqrt(state.last_variance)),
    )


def _text(name: str, group: Group, made: tuple[str, ...]) -> str:
    notes = (
        TITLES[name],
        group.sample,
        "se: standard error (Newey-West where errors are autocorrelated). low, high: 5th and 95th percentile, from "
        "which parameters are drawn.",
        "The last columns are the correlation of the errors.",
        *made,
    )
    columns = (group.values, group.errors, group.low, group.high)
    rows = [
        (key, *(rounded(float(numbers[i])) for numbers in columns), group.units[i], *(rounded(float(r)) for r in row))
        for i, (key, row) in enumerate(zip(group.names, group.correlation, strict=True))
    ]
    return "".join(f"# {line}\n" for line in notes) + csv_text(
        ("name", "value", "se", "low", "high", "unit", *group.names), rows
    )
