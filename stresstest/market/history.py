"""History for calibration and replay: a folder of series as weekly factor moves and asset returns.

Weeks end on Friday; the level of a week is the last value at or before it. Weekly steps let markets that close at
different hours of a day be compared. ``series.csv`` says what a folder must hold, ``factor_series.csv`` how each factor
is made of series.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd

from ..errors import DataError, Problem
from ..tables import factor_names, read_table
from .contracts import Folder, Tables, contracts, fingerprints, known_on, read_tables

#: First day kept: no factor is estimated from earlier values.
FIRST_DAY = pd.Timestamp(1990, 1, 1)
DAYS_A_YEAR = 365.25
FRIDAY = 4
#: Days that a price may be old.
HELD_DAYS = 7
#: Series of units per dollar end with this; the currency held as cash is the asset CASH.XXX.
PER_USD = "_per_usd"
#: In factor_series.csv, the time elapsed.
YEARS = "YEARS"
COINS = {"BTC": "BTC_yahoo", "ETH": "ETH_yahoo", "SOL": "SOL_yahoo"}


@dataclass(frozen=True)
class History:
    """What is known at ``as_of``.

    factors: (weeks, F) moves in internal units, NaN where a series does not exist: factors that are scenario only (such
    as ``stablecoin``) are NaN throughout, ``sofr_iorb`` begins in 2018. assets: (weeks, N) log returns in USD of every
    price column, of the coins BTC, ETH, SOL, and of currencies as CASH.XXX. levels, log_prices: the same as levels on
    every calendar day. observed: the named series of series.csv in internal units, on their own dates. prices: of every
    asset, on their own dates.
    """

    as_of: date
    factors: pd.DataFrame
    assets: pd.DataFrame
    levels: pd.DataFrame
    log_prices: pd.DataFrame
    observed: Mapping[str, pd.Series]
    prices: Mapping[str, pd.Series] = field(default_factory=dict)

    def fingerprints(self) -> dict[str, str]:
        """SHA-256 of what was used, by file (``contracts.fingerprints``)."""
        return fingerprints(Folder(self.observed, self.prices))

    def factor_moves(self, start: date, end: date) -> pd.Series:
        """Move of each factor from the close of ``start`` to the close of ``end``, the last value at or before each."""
        return _between(self.levels, start, end)

    def asset_returns(self, start: date, end: date) -> pd.Series:
        """Log return of each asset from the close of ``start`` to the close of ``end``."""
        return _between(self.log_prices, start, end)


def load_history(folder: Path, as_of: date | None = None) -> History:
    """Read a data folder. What the public did not yet have on ``as_of`` is not used; publication lags count.

    Raises DataError with every fault found: a missing file or column, dates out of order, gaps, a wrong magnitude.
    """
    return history_of(read_tables(folder), as_of)


def history_of(tables: Tables, as_of: date | None = None) -> History:
    """``load_history`` from files already read: cheap for many dates."""
    read = known_on(tables, as_of)
    ends = [series.index[-1] for series in (*read.named.values(), *read.prices.values()) if len(series)]
    last = max(ends, default=FIRST_DAY)
    if last <= FIRST_DAY:
        found, expected = "no value", f"values after {FIRST_DAY.date()}"
        raise DataError(
            Problem(None, "date", found, expected, "Choose a later date or another folder.", str(tables.folder))
        )
    days = pd.date_range(FIRST_DAY, last, freq="D")
    named, prices = _daily_named(read.named, days), _daily_logs(read.prices, days)
    levels, assets = _factor_levels(named, prices), _asset_prices(named, prices)
    return History(as_of or last.date(), _weekly(levels), _weekly(assets), levels, assets, read.named, read.prices)


def daily_logs(prices: pd.DataFrame, days: pd.DatetimeIndex) -> pd.DataFrame:
    """Logarithms of price columns on ``days``, as ``History.log_prices`` has them.

    A price lasts a week without a new one, and never past the last of its column.
    """
    return _daily_logs({str(name): column.dropna() for name, column in prices.items()}, days)


def _daily_logs(prices: Mapping[str, pd.Series], days: pd.DatetimeIndex) -> pd.DataFrame:
    """Logarithms of prices on every calendar day."""
    logs = {name: _held(np.log(series[series > 0]), days, HELD_DAYS) for name, series in prices.items()}
    return pd.DataFrame(logs, index=days)


def _daily_named(observed: Mapping[str, pd.Series], days: pd.DatetimeIndex) -> pd.DataFrame:
    """Series that factors are made of on every calendar day, prices as logarithms."""
    columns = {}
    for contract in contracts():
        if contract.max_gap_days and contract.name in observed:
            series = observed[contract.name]
            series = np.log(series[series > 0]) if contract.is_price else series
            columns[contract.name] = _held(series, days, contract.max_gap_days)
    return pd.DataFrame(columns, index=days)


def _held(series: pd.Series, days: pd.DatetimeIndex, limit: int) -> pd.Series:
    """A value lasts until the next one, at most ``limit`` days, and never past the last."""
    if series.empty:
        return pd.Series(np.nan, index=days)
    until = days[days <= series.index[-1]]
    return series.reindex(series.index.union(until)).ffill(limit=limit).reindex(days)


def _factor_levels(named: pd.DataFrame, prices: pd.DataFrame) -> pd.DataFrame:
    """Sum of weight times series for each factor, on every calendar day."""
    elapsed = pd.Series(np.arange(len(named)) / DAYS_A_YEAR, index=named.index)
    levels: dict[str, pd.Series] = {}
    for row in read_table("stresstest.market", "factor_series.csv"):
        name = row["series"]
        series: pd.Series = elapsed if name == YEARS else named[name] if name in named else prices[name]
        if row["smooth_days"]:
            series = series.rolling(int(row["smooth_days"])).mean()
        if row["change_days"]:
            series = series - series.shift(int(row["change_days"]))
        term = float(row["weight"]) * series
        levels[row["factor"]] = levels[row["factor"]] + term if row["factor"] in levels else term
    return pd.DataFrame(levels, index=named.index).reindex(columns=list(factor_names()))


def _asset_prices(named: pd.DataFrame, prices: pd.DataFrame) -> pd.DataFrame:
    """Log prices in USD of funds, shares, coins and currencies."""
    coins = {coin: named[name] for coin, name in COINS.items()}
    currencies = {f"CASH.{name[:3]}": -named[name] for name in named.columns if name.endswith(PER_USD)}
    return prices.assign(**coins, **currencies)


def _weekly(levels: pd.DataFrame) -> pd.DataFrame:
    fridays = levels[pd.DatetimeIndex(levels.index).day_of_week == FRIDAY]
    return fridays.diff().iloc[1:].rename_axis("week")


def _between(levels: pd.DataFrame, start: date, end: date) -> pd.Series:
    first, last = levels.index[0].date(), levels.index[-1].date()
    if not first <= start < end <= last:
        found, expected = f"{start} to {end}", f"a window inside {first} to {last}"
        raise DataError(Problem(None, "start, end", found, expected, "Choose other dates."))
    edges = levels.loc[[pd.Timestamp(start), pd.Timestamp(end)]]
    return edges.iloc[1] - edges.iloc[0]
