"""Marks against the record: the curve out of sample, September 2019, and the quiet years. See funding_2025 for B4."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

import numpy as np
import pandas as pd

from ..calibrate.funding import curve, fit_curve, ordinary_months
from ..calibrate.funding_data import MORNING, daily_record
from ..calibrate.funding_estimates import FundingEstimates, estimate_funding
from ..plumbing.calendar import funding_day
from ..plumbing.funding import week_spread
from ..records import Check
from ..tables import draw_parameters
from ..units import BP, PERCENT, fixed
from .funding_walk import WalkForward

SECTION = "funding"
TRAINED_UNTIL = pd.Timestamp(2024, 12, 31)
SCORED = ("2025-01", "2026-07")
#: B2: the evening before the first day, so that SOFR of 13 September is the last one known; levels in bp with the least
#: probability asked for.
KNOWN = pd.Timestamp(2019, 9, 15)
DAYS = (date(2019, 9, 16), date(2019, 9, 17), date(2019, 9, 18))
LEVELS = {10.0: 0.70, 20.0: 0.07}
FAR = 100.0
ABUNDANT, TIMES = 0.18, 20.0
DRAWS = 40_000
QUIET = ("2021-07", "2024-06")
ALARM = 0.05


def curve_out_of_sample(observed: Mapping[str, pd.Series], record: pd.DataFrame) -> Check:
    """B1: the curve of 2024 against ordinary-day means of 2025-26, with L as it came."""
    known = daily_record(observed, TRAINED_UNTIL)
    line, past = fit_curve(known), ordinary_months(known)["spread"]
    months = ordinary_months(record)
    scored = months.loc[SCORED[0] : SCORED[1]]
    error = _rmse(scored["spread"] - curve(line.values, scored["scarcity"].to_numpy()))
    last, mean = (_rmse(scored["spread"] - level) for level in (past.iloc[-1], past.mean()))
    walk = _rmse(months["spread"].diff().loc[scored.index])
    return Check(
        id="B1",
        section=SECTION,
        title="The funding curve estimated to 2024-12 meets 2025-01 to 2026-07",
        measured=f"RMSE {error:.1f} bp over {len(scored)} months",
        wanted="at most 4 bp and better than a constant",
        passed=error <= 4.0 and error < min(last, mean),
        value=error,
        rival="constant (last month of 2024)",
        rival_value=last,
        rival_measured=f"RMSE {last:.1f} bp",
        note=f"Monthly means of ordinary days. The mean of the training sample as a constant: "
        f"{fixed(mean, '.1f')} bp. A random "
        f"walk, which sees each month before: {walk:.1f} bp.",
    )


def _rmse(error: pd.Series) -> float:
    return float(np.sqrt(np.mean(error.to_numpy() ** 2)))


def september_2019(observed: Mapping[str, pd.Series], seed: int) -> tuple[Check, ...]:
    """B2: probability on the morning of 16 September 2019 that the spread passes a level within three days."""
    made, past = estimate_funding(observed, KNOWN), daily_record(observed, KNOWN)
    scarcity = float(daily_record(observed, pd.Timestamp(DAYS[0]) + MORNING)["known_scarcity"].iloc[-1]) * PERCENT
    highest, abundant = (_highest(made, level, seed) / BP for level in (scarcity, ABUNDANT))
    sample = f"Estimated on data to 2019-09-13; {DRAWS} draws, no facility; L {scarcity / PERCENT:.1f} percent."
    flagged = tuple(_flag(highest, past, level, sample) for level in LEVELS)
    return (*flagged, _times(highest, abundant, past), _far_tail(highest))


def _highest(made: FundingEstimates, scarcity: float, seed: int) -> np.ndarray:
    """Largest spread of ``DAYS``, decimal, by draw of parameters, demand and chance."""
    rng = np.random.default_rng(seed)
    p = draw_parameters(DRAWS, rng, made.estimated())
    demand = BP * (made.state + made.state_sd * rng.standard_normal(DRAWS))
    noise, uniform = rng.standard_normal((DRAWS, len(DAYS))), rng.random((2, DRAWS, len(DAYS)))
    days = tuple(funding_day(day) for day in DAYS)
    return week_spread(days, np.full(DRAWS, scarcity), demand, noise, uniform, p, facility=False).max(axis=1)


def _flag(highest: np.ndarray, past: pd.DataFrame, level: float, sample: str) -> Check:
    chance = float((highest > level).mean())
    so_far = float((past["spread"].rolling(len(DAYS)).max().dropna() > level).mean())
    return Check(
        id=f"B2-{level:g}",
        section=SECTION,
        title=f"September 2019 flagged: more than {level:g} bp on 16, 17 or 18 September",
        measured=f"{chance:.1%}",
        wanted=f"at least {LEVELS[level]:.0%}",
        passed=chance >= LEVELS[level],
        value=chance,
        rival="share of such windows so far",
        rival_value=so_far,
        rival_measured=f"{so_far:.1%}",
        note=sample,
    )


def _times(highest: np.ndarray, abundant: np.ndarray, past: pd.DataFrame) -> Check:
    least = 1.0 / DRAWS
    times = {level: float((highest > level).mean() / max((abundant > level).mean(), least)) for level in LEVELS}
    return Check(
        id="B2-times",
        section=SECTION,
        title="These probabilities against the same at L 18 percent",
        measured=", ".join(f"{value:.0f} times over {level:g} bp" for level, value in times.items()),
        wanted=f"at least {TIMES:g} times",
        passed=min(times.values()) >= TIMES,
        value=min(times.values()),
        rival="base rate",
        rival_value=1.0,
        rival_measured="the same at every L",
        note=f"The record up to then holds no L over {past['scarcity'].max():.1f} percent, so the errors of the logit "
        "are wide at 18 and keep the averaged probability up there.",
    )


def _far_tail(highest: np.ndarray) -> Check:
    far = float((highest > FAR).mean())
    return Check(
        id="B2-tail",
        section=SECTION,
        title=f"The tail beyond {FAR:g} bp has mass",
        measured=f"{far:.1%}",
        wanted="over zero",
        passed=far > 0.0,
        value=far,
        rival="normal spread",
        rival_value=0.0,
        rival_measured="none",
        note="The day itself printed 315 bp.",
    )


def false_alarms(walk: WalkForward) -> Check:
    """B3: month ends of abundant years with a probability over 5 percent."""
    days = walk.table.loc[QUIET[0] : QUIET[1]]
    ends = days[days["month_end"]]
    share, rival = (float((ends[name] > ALARM).mean()) for name in ("model", "simple_logit"))
    return Check(
        id="B3",
        section=SECTION,
        title="No false alarm at the month ends of 2021-07 to 2024-06",
        measured=f"{share:.0%} of {len(ends)} with a probability over 5 percent",
        wanted="under 5 percent",
        passed=share < ALARM,
        value=share,
        rival="simple logit",
        rival_value=rival,
        rival_measured=f"{rival:.0%}",
        note=f"Highest probability {ends['model'].max():.1%}; no spike came.",
    )
