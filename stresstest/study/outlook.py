"""What simulated paths say of funding: the regime of reserves by week, the spread in each regime, the days to watch."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..plumbing.calendar import FundingDay, funding_day
from ..plumbing.demand import DemandLaw, central_law
from ..plumbing.funding import ordinary_spread
from ..plumbing.regimes import REGIMES, path_demand, regime_probabilities
from ..plumbing.warnings import warning_list
from ..records import BalanceSheetPath, FundingOutlook, FundingPath
from ..tables import Draws, central, parameter_table
from ..units import BP
from ..workers import pool

#: Edges of the histogram of SOFR - IORB; what lies beyond is counted in the last bins.
EDGES = BP * np.arange(-20.0, 62.5, 2.5)
#: Levels of L among which the thresholds are looked up.
GRID = np.linspace(0.02, 0.40, 3801)
DAYS_A_WEEK = 7
#: Paths that are looked at together: few enough that their days, in double precision, take little memory.
BLOCK = 2500


@dataclass(frozen=True, eq=False)
class _Seen:
    """Sums over some paths. chances: (R, T) of regimes by week. counts: (R, B) days by bin of their spread.

    days, spikes: (R,) days, and those with a spread above the spike level.
    """

    chances: np.ndarray
    counts: np.ndarray
    days: np.ndarray
    spikes: np.ndarray


def funding_outlook(balance: BalanceSheetPath, funding: FundingPath, p: Draws | None = None) -> FundingOutlook:
    """Regimes and warnings of the paths.

    p: the draws of the paths, one for each, or None where they are not kept: then an observer who knows the central
    curve tells the regimes, and what sets a path's curve apart reads as its demand.
    """
    p = central() if p is None else p
    law = central_law(p)
    days = tuple(funding_day(day) for day in funding.dates)
    level, paths = float(parameter_table()["spike_level"].value), len(funding.spread)

    def block(start: int) -> _Seen:
        return _seen(balance, funding, np.arange(start, min(start + BLOCK, paths)), days, p, law, level)

    with pool() as threads:
        seen = list(threads.map(block, range(0, paths, BLOCK)))
    chances, counts, inside, spikes = (
        sum(getattr(part, name) for part in seen) for name in ("chances", "counts", "days", "spikes")
    )
    return FundingOutlook(
        dates=balance.dates[1:],
        probability=dict(zip(REGIMES, chances / paths, strict=True)),
        thresholds=thresholds(),
        edges=EDGES,
        histogram=dict(zip(REGIMES, counts / np.maximum(1, inside)[:, None], strict=True)),
        days=dict(zip(REGIMES, (inside / funding.spread.size).tolist(), strict=True)),
        spikes=dict(zip(REGIMES, (spikes / np.maximum(1, inside)).tolist(), strict=True)),
        level=level,
        kinds=tuple(day.kind for day in days),
        warnings=tuple(warning.to_dict() for warning in warning_list(funding.dates, funding.spread)),
    )


def _seen(
    balance: BalanceSheetPath,
    funding: FundingPath,
    rows: np.ndarray,
    days: tuple[FundingDay, ...],
    p: Draws,
    law: DemandLaw,
    level: float,
) -> _Seen:
    """What the paths ``rows`` (P,) add. p: draws of all paths. law: of demand, the same for every block."""
    week, p = _week_of_day(balance, funding), p.rows(rows)
    span = slice(rows[0], rows[-1] + 1)
    spread, scarcity = funding.spread[span], balance.scarcity[span]
    demand, error = path_demand(days, spread, scarcity[:, week + 1], p, law)
    last = np.searchsorted(week, np.arange(week[-1] + 1), side="right") - 1
    chances = regime_probabilities(scarcity[:, 1:], demand[:, last], p, error[last])
    of_day = chances.argmax(axis=-1)[:, week]
    inside = [spread[of_day == i] for i in range(len(REGIMES))]
    return _Seen(
        chances=chances.sum(axis=0).T,
        counts=np.array([_counts(values) for values in inside]),
        days=np.array([values.size for values in inside]),
        spikes=np.array([(values > level).sum() for values in inside]),
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


def _counts(spread: np.ndarray) -> np.ndarray:
    """Days by bin of their spread."""
    return np.histogram(np.clip(spread, EDGES[0], np.nextafter(EDGES[-1], 0.0)), EDGES)[0]
