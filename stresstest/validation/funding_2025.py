"""Mark B4, autumn 2025: when abundant reserves became ample, and when the pressure to stop the runoff was greatest."""

from __future__ import annotations

import itertools

import numpy as np
import pandas as pd

from ..market.history import History
from ..plumbing.reaction import halt_hazard
from ..plumbing.regimes import REGIMES, regime_probabilities
from ..records import Check
from ..tables import central
from ..units import BP, PERCENT
from .funding_walk import WalkForward

SECTION = "funding"
RUNOFF = ("2022-06-01", "2025-11-30")
STOPPED = pd.Period("2025Q4", "Q")
#: The change is looked for among these months.
LOOKED = slice("2024-01", "2026-07")
CHANGED = (pd.Timestamp(2025, 9, 1), pd.Timestamp(2025, 10, 1))
#: Business days of funding, calendar days of equities, and days until consumer prices and unemployment are out.
WINDOW, MARKET_DAYS, CPI_DAYS, JOBS_DAYS = 20, 365, 45, 38


def regime_record(walk: WalkForward) -> pd.DataFrame:
    """Probability of each regime by day, from what was known in its morning."""
    parts = []
    starts = [*walk.estimates, walk.table.index[-1] + pd.Timedelta(days=1)]
    for start, end in itertools.pairwise(starts):
        days, made = walk.table[(walk.table.index >= start) & (walk.table.index < end)], walk.estimates[start]
        scarcity, demand = days["known_scarcity"].to_numpy() * PERCENT, days["demand"].to_numpy() * BP
        chances = regime_probabilities(scarcity, demand, made.central(), made.state_sd * BP)
        parts.append(pd.DataFrame(chances, index=days.index, columns=list(REGIMES)))
    return pd.concat(parts)


def regime_change(record: pd.DataFrame, walk: WalkForward) -> Check:
    """The first month after which the probability of abundant stays under one half."""
    abundant = regime_record(walk)["abundant"].resample("MS").mean().loc[LOOKED]
    first = _stays_under(abundant, 0.5)
    rival = _stays_under(
        (record["spread"].rolling(WINDOW).mean() < 0).resample("MS").mean().loc["2024-01":"2025-12"], 0.5
    )
    shown = ", ".join(f"{month} {value:.0%}" for month, value in _labelled(abundant.loc["2025-06":"2025-11"]))
    return Check(
        id="B4-regime",
        section=SECTION,
        title="Abundant reserves became ample in September to October 2025, not before July",
        measured=f"{first:%Y-%m} (probability of abundant: {shown})",
        wanted="2025-09 or 2025-10",
        passed=CHANGED[0] <= first <= CHANGED[1],
        value=float(first.month),
        rival="mean spread of 20 days over zero",
        rival_value=float(rival.month),
        rival_measured=f"{rival:%Y-%m}",
        note="Monthly means of the real-time probability; the first month after which it stays under one half.",
    )


def _stays_under(monthly: pd.Series, bound: float) -> pd.Timestamp:
    """First month from which on all are under ``bound``; the last month when none is."""
    over = np.flatnonzero(monthly.to_numpy() >= bound)
    position = min(int(over[-1]) + 1 if len(over) else 0, len(monthly) - 1)
    return pd.DatetimeIndex(monthly.index)[position]


def _labelled(monthly: pd.Series) -> list[tuple[str, float]]:
    return list(zip(pd.DatetimeIndex(monthly.index).strftime("%Y-%m"), monthly.tolist(), strict=True))


def halt_peak(history: History, record: pd.DataFrame) -> Check:
    """The quarter in which the hazard of stopping was greatest."""
    hazard = halt_record(history, record)
    quarters = hazard.groupby(pd.DatetimeIndex(hazard.index).to_period("Q")).mean().sort_values(ascending=False)
    peak, second = quarters.index[:2]
    away = abs((peak - STOPPED).n)
    blind = _peak(halt_record(history, record, funding=False))
    return Check(
        id="B4-halt",
        section=SECTION,
        title="The hazard of stopping the runoff peaks when the stop was decided (2025-10-29)",
        measured=f"{peak}, {quarters.iloc[0]:.1%} a week",
        wanted="2025Q4, within one quarter",
        passed=away <= 1,
        value=float(away),
        rival="the same without funding and L",
        rival_value=float(abs((blind - STOPPED).n)),
        rival_measured=str(blind),
        note=f"Means of the weekly hazard, 2022-06 to 2025-11; next highest {quarters.iloc[1]:.1%} in {second}.",
    )


def _peak(hazard: pd.Series) -> pd.Period:
    """The quarter with the greatest mean."""
    quarters = hazard.groupby(pd.DatetimeIndex(hazard.index).to_period("Q")).mean()
    return pd.PeriodIndex(quarters.index)[int(quarters.to_numpy().argmax())]


def halt_record(history: History, record: pd.DataFrame, *, funding: bool = True) -> pd.Series:
    """Weekly hazard of stopping on each day of the runoff, from what was known on it.

    funding: False leaves out what repo trades at and how scarce liquidity is.
    """
    days = pd.DatetimeIndex(record.loc[RUNOFF[0] : RUNOFF[1]].index)
    above = (record["spread"] > 0).rolling(WINDOW).mean().shift(1)
    equity = history.levels["equity_us"].ffill()
    fall = -np.expm1((equity - equity.rolling(MARKET_DAYS).max()).to_numpy())
    falls = pd.Series(fall, index=equity.index)
    inputs = (above, falls, _jobs(history), _inflation(history), record["known_scarcity"] * PERCENT)
    p, hazards = central(), []
    for share, drawdown, rise, inflation, scarcity in zip(*(_held(series, days) for series in inputs), strict=True):
        days_over, level = (share, scarcity) if funding else (0.0, 1.0)
        over, fallen, risen, ample = (np.array([value]) for value in (days_over, drawdown, rise, level))
        hazards.append(halt_hazard(over, fallen, risen, float(inflation), ample, p))
    return pd.Series(np.concatenate(hazards), index=days)


def _inflation(history: History) -> pd.Series:
    """Twelve-month consumer-price inflation on the days on which it was published."""
    prices = history.observed["CPI"]
    inflation = (prices / prices.shift(12, freq="MS") - 1.0).dropna()
    return inflation.set_axis(pd.DatetimeIndex(inflation.index) + pd.Timedelta(days=CPI_DAYS))


def _jobs(history: History) -> pd.Series:
    """Change of the unemployment rate over six months on the days on which it was published."""
    rate = history.observed["UNRATE"]
    rise = (rate - rate.shift(6, freq="MS")).dropna().round(6)
    return rise.set_axis(pd.DatetimeIndex(rise.index) + pd.Timedelta(days=JOBS_DAYS))


def _held(series: pd.Series, days: pd.DatetimeIndex) -> np.ndarray:
    """The last value at or before each day."""
    return series.reindex(series.index.union(days)).ffill().reindex(days).to_numpy()
