"""What simulated paths say of funding: the regime of reserves by week, the spread in each regime, the days to watch."""

from __future__ import annotations

import numpy as np

from ..plumbing.calendar import funding_day
from ..plumbing.funding import ordinary_spread
from ..plumbing.regimes import REGIMES, path_demand, regime_probabilities
from ..plumbing.warnings import warning_list
from ..records import BalanceSheetPath, FundingOutlook, FundingPath
from ..tables import Draws, central, parameter_table
from ..units import BP

#: Edges of the histogram of SOFR - IORB; what lies beyond is counted in the last bins.
EDGES = BP * np.arange(-20.0, 62.5, 2.5)
#: Levels of L among which the thresholds are looked up.
GRID = np.linspace(0.02, 0.40, 3801)
DAYS_A_WEEK = 7


def funding_outlook(balance: BalanceSheetPath, funding: FundingPath, p: Draws | None = None) -> FundingOutlook:
    """Regimes and warnings of the paths.

    p: the draws of the paths, one for each, or None where they are not kept: then an observer who knows the central
    curve tells the regimes, and what sets a path's curve apart reads as its demand.
    """
    p = central() if p is None else p
    week = _week_of_day(balance, funding)
    days = tuple(funding_day(day) for day in funding.dates)
    demand, error = path_demand(days, funding.spread, balance.scarcity[:, week + 1], p)
    last = np.searchsorted(week, np.arange(week[-1] + 1), side="right") - 1
    chances = regime_probabilities(balance.scarcity[:, 1:], demand[:, last], p, error[last])
    of_day = chances.argmax(axis=-1)[:, week]
    level = parameter_table()["spike_level"].value
    inside = {name: funding.spread[of_day == i] for i, name in enumerate(REGIMES)}
    return FundingOutlook(
        dates=balance.dates[1:],
        probability={name: chances[:, :, i].mean(axis=0) for i, name in enumerate(REGIMES)},
        thresholds=thresholds(),
        edges=EDGES,
        histogram={name: _histogram(spread) for name, spread in inside.items()},
        days={name: spread.size / of_day.size for name, spread in inside.items()},
        spikes={name: float((spread > level).sum() / max(1, spread.size)) for name, spread in inside.items()},
        level=float(level),
        kinds=tuple(day.kind for day in days),
        warnings=tuple(warning.to_dict() for warning in warning_list(funding.dates, funding.spread)),
    )


def _week_of_day(balance: BalanceSheetPath, funding: FundingPath) -> np.ndarray:
    """(D,) index of the week in which each business day lies."""
    first = np.datetime64(balance.dates[0], "D")
    since = (np.array(funding.dates, "datetime64[D]") - first).astype(int)
    return np.asarray((since - 1) // DAYS_A_WEEK)


def thresholds() -> dict[str, float]:
    """L at which the curve at central parameters passes halfway to the floor and halfway to the facility's rate."""
    p = central()
    spread = ordinary_spread(GRID, p)
    bounds = {"ample": 0.5 * p["funding_floor"][0], "scarce": 0.5 * p["srf_spread"][0]}
    return {name: float(np.interp(-bound, -spread, GRID)) for name, bound in bounds.items()}


def _histogram(spread: np.ndarray) -> np.ndarray:
    """Share of days by bin; adds up to one where there is any day."""
    counts, _ = np.histogram(np.clip(spread, EDGES[0], np.nextafter(EDGES[-1], 0.0)), EDGES)
    return counts / max(1, spread.size)
