"""Funding markets day by day, as the public knew them: spread, scarcity and the calendar."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from functools import cache

import numpy as np
import pandas as pd

from ..market.contracts import contracts
from ..plumbing.calendar import funding_day
from ..tables import read_table
from ..units import BP, PERCENT

#: First day of SOFR. The history that was published for earlier years is indicative only and stays out.
FIRST_DAY = pd.Timestamp(2018, 4, 1)
SERIES = ("SOFR", "IORB", "reserves", "on_rrp", "bank_assets")
#: Rates are published in whole basis points; what differences of decimals add beyond is cut off.
PLACES = 6
#: Forecasts for a day are made in its morning: SOFR of the day before is out, everything else as of the day before.
MORNING = pd.Timedelta(days=1)


@cache
def setting(name: str) -> float:
    """One value of funding_settings.csv."""
    rows = read_table("stresstest.calibrate", "funding_settings.csv")
    return {row["name"]: float(row["value"]) for row in rows}[name]


def known_series(observed: Mapping[str, pd.Series], as_of: date | pd.Timestamp | None) -> dict[str, pd.Series]:
    """The series of ``SERIES`` as the public had them at the end of ``as_of``; publication lags count."""
    if as_of is None:
        return {name: observed[name] for name in SERIES}
    lags = _lags()
    return {name: observed[name][observed[name].index <= pd.Timestamp(as_of) - lags[name]] for name in SERIES}


@cache
def _lags() -> dict[str, pd.Timedelta]:
    return {contract.name: pd.Timedelta(days=contract.lag_days) for contract in contracts() if contract.name in SERIES}


def daily_record(observed: Mapping[str, pd.Series], as_of: date | pd.Timestamp | None = None) -> pd.DataFrame:
    """One row for each day with SOFR and L since ``FIRST_DAY``, nothing that was not known on ``as_of``.

    spread: SOFR - IORB, bp. scarcity: L of the week (Thursday to Wednesday) in which the day falls, percent; the last
    week known where that one is not out yet. known_scarcity: L as known the evening before, percent, for forecasts.
    kind: of plumbing.calendar. ordinary: neither a day of the calendar nor the one after mid-month.
    """
    series = known_series(observed, as_of)
    spread = (series["SOFR"] - _held(series["IORB"], pd.DatetimeIndex(series["SOFR"].index))).dropna() / BP
    spread = spread.round(PLACES)
    spread = spread[spread.index >= FIRST_DAY]
    days = pd.DatetimeIndex(spread.index)
    weeks = weekly_liquidity(series)
    assets = _interpolated(series["bank_assets"], pd.DatetimeIndex(weeks.index))
    record = pd.DataFrame({"spread": spread, "scarcity": _of_week(weeks / assets, days) / PERCENT}, index=days)
    record["known_scarcity"] = known_scarcity(series, weeks, days)
    return record.join(_calendar(days)).dropna(subset=["scarcity", "known_scarcity"])


def weekly_liquidity(series: Mapping[str, pd.Series]) -> pd.Series:
    """Reserves plus ON RRP, both averages of the week to a Wednesday, USD bn. Weeks without an operation count zero."""
    reserves = series["reserves"]
    on_rrp = series["on_rrp"].resample("W-WED").mean().reindex(reserves.index).fillna(0.0)
    return reserves + on_rrp


def known_scarcity(series: Mapping[str, pd.Series], weeks: pd.Series, days: pd.DatetimeIndex) -> np.ndarray:
    """L in percent for each day from what was published the evening before: no interpolation towards a later value."""
    liquidity = _held(weeks, days - MORNING - _lags()["reserves"])
    assets = _held(series["bank_assets"], days - MORNING - _lags()["bank_assets"])
    return np.asarray(liquidity.to_numpy() / assets.to_numpy() / PERCENT)


def _calendar(days: pd.DatetimeIndex) -> pd.DataFrame:
    """Kind of each day by the calendar alone, and whether it is ordinary; the same whatever days follow."""
    marked = [funding_day(day.date()) for day in days]
    middle = np.array([day.mid_month for day in marked], dtype=bool)
    after_middle = np.append(False, middle)[:-1]
    special = np.array([day.has_effects for day in marked], dtype=bool) | after_middle
    flags = {"kind": [day.kind for day in marked], "month_end": [day.month_end for day in marked],
             "first_day": [day.first_day for day in marked], "mid_month": middle}  # fmt: skip
    return pd.DataFrame(flags | {"ordinary": ~special}, index=days)


def _held(series: pd.Series, days: pd.DatetimeIndex) -> pd.Series:
    """The last value at or before each day."""
    return series.reindex(series.index.union(days)).ffill().reindex(days)


def _of_week(weekly: pd.Series, days: pd.DatetimeIndex) -> np.ndarray:
    """The value of the week that contains each day, or the last one known."""
    return weekly.reindex(weekly.index.union(days)).bfill().ffill().reindex(days).to_numpy()


def _interpolated(knots: pd.Series, days: pd.DatetimeIndex) -> np.ndarray:
    """Straight lines between the knots, and the last one held; NaN where there is none."""
    if knots.empty:
        return np.full(len(days), np.nan)
    return np.interp(days.as_unit("ns").asi8, pd.DatetimeIndex(knots.index).as_unit("ns").asi8, knots.to_numpy())
