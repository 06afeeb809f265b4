"""Marks that the model alone must meet: the order of calendar premiums, and what the repo facility does."""

from __future__ import annotations

import itertools
from datetime import date

import numpy as np

from ..plumbing.calendar import KINDS, business_days, funding_day
from ..plumbing.funding import week_spread
from ..records import Check
from ..tables import Draws, draw_parameters
from ..units import fixed, to_bp, to_percent

SECTION = "funding"
#: Mark B6 is judged where reserves are scarce enough for spikes at month ends (reference 8.1: from about 13.5 percent).
FACILITY_AT = 0.13
AMPLE, SCARCE, TODAY = 0.18, 0.12, 0.1533
PATHS = 4000
YEAR = (date(2026, 12, 31), date(2027, 12, 31))


def year_of_spreads(scarcity: float, p: Draws, seed: int, *, with_facility: bool = True) -> np.ndarray:
    """Spread of each business day of a year (S, D) at constant L, over stationary demand and draws ``p``.

    The same seed gives the same chance, with and without the facility.
    """
    rng = np.random.default_rng(seed)
    days = tuple(funding_day(day) for day in business_days(*YEAR))
    demand = p["demand_sd"] * rng.standard_normal(PATHS)
    noise, uniform = rng.standard_normal((PATHS, len(days))), rng.random((2, PATHS, len(days)))
    return week_spread(days, np.full(PATHS, scarcity), demand, noise, uniform, p, facility=with_facility)


def calendar_order(seed: int) -> Check:
    """B5: quarter end over month end over ordinary day, and every premium larger where liquidity is scarcer."""
    kinds = np.array([funding_day(day).kind for day in business_days(*YEAR)])
    p = draw_parameters(PATHS, np.random.default_rng(seed + 1))
    premium = {}
    for level in (AMPLE, SCARCE):
        spread = year_of_spreads(level, p, seed).mean(axis=0)
        mean = {kind: to_bp(float(spread[kinds == kind].mean())) for kind in KINDS}
        premium[level] = {kind: mean[kind] - mean["ordinary"] for kind in KINDS}
    order = ("year_end", "quarter_end", "month_end", "ordinary")
    ordered = all(row[first] > row[second] for row in premium.values() for first, second in itertools.pairwise(order))
    grows = all(premium[SCARCE][kind] > premium[AMPLE][kind] > 0 for kind in KINDS[:-1])
    shown = {
        level: ", ".join(f"{k.replace('_', ' ')} {row[k]:.1f}" for k in order[:-1]) for level, row in premium.items()
    }
    return Check(
        id="B5",
        section=SECTION,
        title="Premiums of the calendar are ordered and grow as liquidity becomes scarce",
        measured=f"over an ordinary day at L 12 percent, bp: {shown[SCARCE]}",
        wanted="year > quarter > month end > ordinary; each larger than at L 18 percent",
        passed=ordered and grows,
        value=premium[SCARCE]["quarter_end"],
        rival="constant spread",
        rival_value=0.0,
        rival_measured="no premium at all",
        note=f"Means over draws, spikes and facility included. At L 18 percent: {shown[AMPLE]}.",
    )


def facility(seed: int) -> tuple[Check, Check]:
    """B6: without the standing repo facility the tail is open; with it the mean hardly moves."""
    p = draw_parameters(PATHS, np.random.default_rng(seed + 1))
    rows = {level: _tail_and_mean(level, p, seed) for level in (0.11, SCARCE, FACILITY_AT, TODAY)}
    ratio, shift, tail, open_tail = rows.pop(FACILITY_AT)
    others = (
        f"L {to_percent(level):.1f}: factor {row[0]:.1f}, mean {fixed(row[1], '+.2f')} bp"
        for level, row in rows.items()
    )
    note = "At other levels: " + "; ".join(others) + "."
    where = f"at L {to_percent(FACILITY_AT):g} percent"
    return (
        Check(
            id="B6-tail",
            section=SECTION,
            title="Removing the repo facility fattens the 99.9th percentile",
            measured=f"factor {ratio:.1f} {where} ({tail:.0f} to {open_tail:.0f} bp)",
            wanted="factor over 3",
            passed=ratio > 3.0,
            value=ratio,
            rival="normal spread",
            rival_value=1.0,
            rival_measured="no tail to cut",
            note=note,
        ),
        Check(
            id="B6-mean",
            section=SECTION,
            title="Adding the repo facility leaves the mean spread where it is",
            measured=f"{fixed(shift, '+.2f')} bp {where}",
            wanted="within 1 bp",
            passed=abs(shift) < 1.0,
            value=shift,
            rival="hard ceiling",
            rival_value=_hard_ceiling(p, seed),
            rival_measured=f"{fixed(_hard_ceiling(p, seed), '+.2f')} bp",
            note=note,
        ),
    )


def _hard_ceiling(p: Draws, seed: int) -> float:
    """Effect on the mean (bp) of a facility that lets nothing pass."""
    spread = year_of_spreads(FACILITY_AT, p, seed, with_facility=False)
    return to_bp(float(np.minimum(spread, p["spike_level"][:, None]).mean() - spread.mean()))


def _tail_and_mean(scarcity: float, p: Draws, seed: int) -> tuple[float, float, float, float]:
    """Factor between the two 99.9th percentiles, effect of the facility on the mean (bp), both percentiles (bp)."""
    without, with_it = (year_of_spreads(scarcity, p, seed, with_facility=f) for f in (False, True))
    tail, open_tail = (to_bp(float(np.quantile(spread, 0.999))) for spread in (with_it, without))
    return open_tail / tail, to_bp(float(with_it.mean() - without.mean())), tail, open_tail
