"""Predicted against realised returns over past episodes, with everything but the factor moves known at each start.

Nothing is told by name: every asset is a column of prices, as in ``replay``.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd

from ..exposures.estimation import Estimation, estimate_prepared, prepare
from ..exposures.lags import MARKET
from ..exposures.prediction import Prediction, predict, predict_portfolios, window_of
from ..exposures.prediction import Window as Moved
from ..exposures.priors import trying, universe
from ..exposures.rivals import historical_simulation, market_betas
from ..exposures.rows import DAYS_A_WEEK, SATURDAY
from ..exposures.short import blind_priors
from ..market.contracts import EVERY_COLUMN, Tables, contracts, read_tables
from ..market.history import COINS, History, history_of
from ..tables import read_table
from .exposures_nested import Choice, Tried, choose, chosen, deviations, log_means, mean_errors

FUNDS, SHARES, CRYPTO = "funds", "single stocks", "coins"
#: Names in market/series.csv of the files whose every column is an asset.
GROUP_OF_FILE = {"etf": FUNDS, "stock": SHARES}
#: Business days of earlier history that a pair needs.
LEAST_DAYS = 300
PORTFOLIOS, HELD = 500, 12


@dataclass(frozen=True)
class Walk:
    """One row for each asset and episode (pairs), and for each portfolio and episode (portfolios).

    Columns: episode, asset, group, asset_class, weeks; predicted, p05, p95, realised; market, sector
    (shares only), history, history_p05, history_p95; nested, nested_p05, nested_p95 with settings chosen on earlier
    episodes; of portfolios also equal (weights). All returns are simple. choices: by episode. last: the choice that
    all episodes together make, which would be used from now on. errors: (C,) mean errors of the candidates over all
    episodes, by group.
    """

    pairs: pd.DataFrame
    portfolios: pd.DataFrame
    choices: Mapping[str, Choice]
    last: Choice
    errors: Mapping[str, np.ndarray]


@dataclass(frozen=True)
class _Window:
    name: str
    start: pd.Timestamp
    end: pd.Timestamp


def walk(data: Path, as_of: date | None = None, seed: int = 0) -> Walk:
    """Every asset of the folder over every episode that lies inside it. Raises DataError for faults of the folder."""
    tables = read_tables(data)
    full = history_of(tables, as_of)
    groups = _groups(tables, full)
    pairs, portfolios = [], []
    tried: list[Tried] = []
    choices: dict[str, Choice] = {}
    for window in sorted(_windows(full), key=lambda one: one.start):
        one = _episode(tables, full, groups, window)
        choice = choose([earlier for earlier in tried if earlier.end < window.start])
        other = chosen(one.found, one.prediction, one.moved, one.tried, choice)
        pairs.append(_with_nested(one, other))
        portfolios.append(_portfolios(one, other, choice, seed))
        tried.append(one.tried)
        choices[window.name] = choice
    assets, books = (pd.concat(frames, ignore_index=True) for frames in (pairs, portfolios))
    return Walk(assets, books, choices, choose(tried), mean_errors(tried))


def _windows(full: History) -> Iterator[_Window]:
    last = min(full.levels.index[-1], pd.Timestamp(full.as_of))
    for row in read_table("stresstest.scenarios", "episodes_windows.csv"):
        window = _Window(row["name"], pd.Timestamp(row["start"]), pd.Timestamp(row["end"]))
        if window.end <= last:
            yield window


def _groups(tables: Tables, full: History) -> dict[str, str]:
    """Group by asset: by the file that holds it, and the coins."""
    groups: dict[str, str] = {}
    for contract in contracts():
        if contract.column == EVERY_COLUMN and contract.file in tables.by_file:
            groups |= dict.fromkeys(map(str, tables.by_file[contract.file].columns), GROUP_OF_FILE[contract.name])
    groups |= dict.fromkeys(COINS, CRYPTO)
    return {name: group for name, group in groups.items() if name in full.log_prices}


@dataclass(frozen=True)
class _Episode:
    found: Estimation
    prediction: Prediction
    moved: Moved
    frame: pd.DataFrame
    tried: Tried


def _episode(tables: Tables, full: History, groups: dict[str, str], window: _Window) -> _Episode:
    known = history_of(tables, window.start.date())
    days = pd.date_range(known.levels.index[0], window.start, freq="D")
    levels = known.levels.reindex(days)
    log_prices = known.log_prices[list(groups)].reindex(days)
    log_prices = log_prices.loc[:, _long_enough(log_prices)]
    prepared = prepare(log_prices, levels, blind_priors(log_prices, levels)[0])
    found = estimate_prepared(prepared)
    moved = window_of(found, full.levels, window.end)
    prediction = predict(found, moved)
    frame = _frame(found, prediction, log_prices[list(found.symbols)], levels, full, groups, window)
    tried = Tried(
        window.start, window.end, log_means(prepared, found, moved), deviations(found, prediction, moved),
        frame["realised"].to_numpy(), np.where(frame["group"].isin(GROUP_OF_FILE.values()), frame["group"], ""),
    )  # fmt: skip
    return _Episode(found, prediction, moved, frame[frame["realised"].notna()], tried)


def _with_nested(one: _Episode, other: Prediction) -> pd.DataFrame:
    index = {symbol: i for i, symbol in enumerate(other.symbols)}
    at = [index[symbol] for symbol in one.frame["asset"]]
    return one.frame.assign(nested=other.predicted[at], nested_p05=other.p05[at], nested_p95=other.p95[at])


def _long_enough(log_prices: pd.DataFrame) -> np.ndarray:
    """Whether a column begins at least ``LEAST_DAYS`` business days before the last day and is still traded."""
    business = pd.DatetimeIndex(log_prices.index).day_of_week < SATURDAY
    alive = log_prices.iloc[-DAYS_A_WEEK:].notna().any()
    return np.asarray((log_prices[business].notna().sum() >= LEAST_DAYS) & alive)


def _frame(
    found: Estimation,
    prediction: Prediction,
    log_prices: pd.DataFrame,
    levels: pd.DataFrame,
    full: History,
    groups: dict[str, str],
    window: _Window,
) -> pd.DataFrame:
    symbols = list(found.symbols)
    realised = full.log_prices.loc[window.end, symbols] - full.log_prices.loc[window.start, symbols]
    moves = full.factor_moves(window.start.date(), window.end.date())
    past = historical_simulation(log_prices, (window.end - window.start).days)
    frame = pd.DataFrame(
        {
            "episode": window.name,
            "asset": symbols,
            "group": [groups[s] for s in symbols],
            "asset_class": [universe()[s].asset_class if s in universe() else "" for s in symbols],
            "weeks": [found.observations[s] for s in symbols],
            "predicted": prediction.predicted,
            "p05": prediction.p05,
            "p95": prediction.p95,
            "realised": np.expm1(realised.to_numpy(dtype=float)),
            "market": np.expm1(market_betas(log_prices, levels) * moves[MARKET]),
            "history_p05": np.expm1(past[0]),
            "history": np.expm1(past[1]),
            "history_p95": np.expm1(past[2]),
        }
    )
    frame["sector"] = _sector_average(frame, moves)
    return frame


def _sector_average(frame: pd.DataFrame, moves: pd.Series) -> np.ndarray:
    """Realised mean of the other shares of the sector; of the sector's factor where there is no other share."""
    sectors = [_sector(name) if group == SHARES else "" for name, group in zip(frame.asset, frame.group, strict=True)]
    realised, result = frame["realised"].to_numpy(), np.full(len(frame), np.nan)
    for i, sector in enumerate(sectors):
        if sector:
            others = [j for j, other in enumerate(sectors) if other == sector and j != i]
            alone = np.expm1(moves[MARKET] + np.nan_to_num(moves.get(sector, 0.0)))
            result[i] = np.nanmean(realised[others]) if np.isfinite(realised[others]).any() else alone
    return result


def _sector(symbol: str) -> str:
    """Factor of the sector of a share in universe.csv; the market's where it is not in the table."""
    keys = universe()[symbol].keys if symbol in universe() else ()
    return next((key.replace(":", "_") for key in keys if key.startswith("sector:")), MARKET)


def _portfolios(one: _Episode, other: Prediction, choice: Choice, seed: int) -> pd.DataFrame:
    """``PORTFOLIOS`` of ``HELD`` assets, the first of a drawn order that exist: equal and drawn weights in turn."""
    found, frame = one.found, one.frame
    index = {symbol: i for i, symbol in enumerate(found.symbols)}
    alive = {name: index[name] for name in frame.asset}
    names = sorted(alive)
    weights = np.zeros((PORTFOLIOS, len(found.symbols)))
    for k in range(PORTFOLIOS):
        rng = np.random.default_rng([seed, k])
        chosen = [alive[names[j]] for j in rng.permutation(len(names))[:HELD]]
        weights[k, chosen] = 1.0 / len(chosen) if k % 2 else rng.dirichlet(np.ones(len(chosen)))
    middle, low, high = predict_portfolios(found, one.prediction, weights)
    with trying(band_quantile=choice.quantile):
        nested = predict_portfolios(found, other, weights)
    held = weights[:, [index[name] for name in frame.asset]]
    rivals = ("market", "history", "history_p05", "history_p95")
    naive = {name: held @ np.nan_to_num(frame[name].to_numpy()) for name in rivals}
    return pd.DataFrame(
        {
            "episode": frame["episode"].iloc[0],
            "portfolio": np.arange(PORTFOLIOS),
            "equal": np.arange(PORTFOLIOS) % 2 == 1,
            "predicted": middle,
            "p05": low,
            "p95": high,
            "nested": nested[0],
            "nested_p05": nested[1],
            "nested_p95": nested[2],
            "realised": held @ frame["realised"].to_numpy(),
            **naive,
        }
    )
