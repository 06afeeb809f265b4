"""``replay``: predicted and realised returns of any price columns over a past window."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from ..errors import InputError, Problem
from ..exposures.cleaning import clean
from ..exposures.detection import UNKNOWN, Detection, constants
from ..exposures.estimation import Estimation, estimate_prepared, prepare
from ..exposures.lags import MARKET
from ..exposures.prediction import Prediction, predict, window_of
from ..exposures.priors import settings
from ..exposures.rivals import market_betas
from ..exposures.short import Told, blind_priors, predict_told
from ..market.contracts import read_tables
from ..market.history import History, daily_logs, history_of
from ..market.price_file import read_prices
from ..records import Exposure
from ..tables import Z_95, factor_names
from ..units import BUSINESS_DAYS_A_WEEK, fixed
from .shown import Shown, Table

#: Betas shown for each asset: those that moved it most.
BETAS_SHOWN = 6
SIGN_FROM, POINTS = 0.02, 0.05
#: How a column was predicted: by betas of its own, or those of the kinds that its few prices look like.
REGRESSION, KINDS = "regression", "kinds"
#: Kinds shown for each column.
KINDS_SHOWN = 3
DAYS_A_WEEK = 7


@dataclass(frozen=True)
class Column:
    """How one column was predicted. method: ``REGRESSION``, or ``KINDS`` where there are too few weeks for it.

    observations: weeks. betas: those that moved it most. told: what the prices of a short column look like; a
    regression starts from the likeliest kind, None where it starts from that of an unknown asset.
    """

    method: str
    exposure: Exposure
    observations: int
    drift: float
    late: float
    betas: tuple[Mapping[str, Any], ...]
    told: Detection | None = None

    @property
    def words(self) -> str:
        """The method in a few words."""
        if self.told is None:
            return REGRESSION
        likeliest, share = self.told.kinds[0]
        if self.method == REGRESSION:
            return f"regression about {likeliest} ({share:.0%})"
        return UNKNOWN if self.told.kind == UNKNOWN else f"{likeliest} ({share:.0%})"


@dataclass(frozen=True)
class Replay:
    """One window, N columns: predicted from what was known at ``start``. realised, naive: (N,) simple, NaN if none."""

    start: date
    end: date
    columns: tuple[Column, ...]
    prediction: Prediction
    realised: np.ndarray
    naive: np.ndarray
    warnings: tuple[Problem, ...]


def replay(prices: Path, start: date, end: date, data: Path | None) -> Shown:
    """Predict every column of ``prices`` over the window, given the factor moves of ``data``, and compare.

    Betas, errors, drift and specific risk use no row after ``start``. Raises InputError with every fault of the request
    or of the file, DataError for faults of the folder and where no column has prices enough.
    """
    return shown(computed(read_prices(prices), start, end, data, prices.name))


def computed(prices: pd.DataFrame, start: date, end: date, data: Path | None, file: str = "") -> Replay:
    """The same on a table of prices by date, NaN where there is none."""
    if data is None:
        hint = "Give --data with a folder of series: betas are estimated on them."
        raise InputError(Problem(None, "data", "no folder", "a folder of series", hint))
    tables = read_tables(data)
    full = history_of(tables)
    _check_window(prices, start, end, full)
    known = history_of(tables, start)
    first, last = pd.Timestamp(start), pd.Timestamp(end)
    past = clean(prices.loc[:first], file)
    days = pd.date_range(known.levels.index[0], first, freq="D")
    log_prices, levels = daily_logs(past.prices, days), known.levels.reindex(days)
    parts = _predicted(log_prices, levels, full, last)
    columns = {symbol: column for part in parts for symbol, column in part.columns.items()}
    symbols = [name for name in map(str, prices.columns) if name in columns]
    realised, repairs = _realised(prices, symbols, first, last, file)
    beta = {name: slope for part in parts for name, slope in part.market.items()}
    naive = np.expm1(np.array([beta[name] for name in symbols]) * float(full.factor_moves(start, end)[MARKET]))
    notes = _notes(log_prices, columns, file)
    prediction = _joined([part.prediction for part in parts], symbols)
    return Replay(start, end, tuple(columns[s] for s in symbols), prediction, realised, naive, (*repairs, *notes))


@dataclass(frozen=True)
class _Part:
    """Columns predicted in one way, and their betas to the market alone."""

    columns: Mapping[str, Column]
    prediction: Prediction
    market: Mapping[str, float]


def _predicted(log_prices: pd.DataFrame, levels: pd.DataFrame, full: History, end: pd.Timestamp) -> list[_Part]:
    """By regression where there are weeks enough, the rest by kinds where there are days enough.

    Raises DataError where there is no such column.
    """
    priors, young = blind_priors(log_prices, levels)
    prepared = prepare(log_prices, levels, priors)
    long = {symbol for design in prepared.designs for symbol in design.symbols}
    short = young.part(young.detections.keys() - long)
    parts = []
    if long or not short.detections:
        found, kinds = estimate_prepared(prepared), young.detections
        market = dict(zip(map(str, log_prices.columns), market_betas(log_prices, levels).tolist(), strict=True))
        parts.append(_by_regression(found, kinds, market, full, end))
    if short.detections:
        parts.append(_by_kinds(short, full, end))
    return parts


def _by_regression(
    found: Estimation,
    kinds: Mapping[str, Detection],
    market: Mapping[str, float],
    full: History,
    end: pd.Timestamp,
) -> _Part:
    window = window_of(found, full.levels, end)
    columns = {}
    for i, symbol in enumerate(found.symbols):
        exposure, late = found.exposures[symbol], float(found.late[i])
        betas = _betas(exposure, window.earned[late])
        weeks, drift = found.observations[symbol], float(found.drift[i])
        columns[symbol] = Column(REGRESSION, exposure, weeks, drift, late, betas, kinds.get(symbol))
    return _Part(columns, predict(found, window), {symbol: market[symbol] for symbol in columns})


def _by_kinds(found: Told, full: History, end: pd.Timestamp) -> _Part:
    prediction, moves = predict_told(found, full.levels, end), found.moves(full.levels, end)
    columns = {}
    for symbol, detection in found.detections.items():
        first, last = found.days[symbol]
        sample = f"{first} to {last}, last {detection.days} days"
        exposure = detection.exposure(symbol, f"own prices, which look like: {detection.words}", sample)
        weeks = detection.days // BUSINESS_DAYS_A_WEEK
        columns[symbol] = Column(KINDS, exposure, weeks, 0.0, detection.late, _betas(exposure, moves), detection)
    return _Part(columns, prediction, dict(zip(columns, found.market.tolist(), strict=True)))


def _joined(parts: list[Prediction], symbols: list[str]) -> Prediction:
    """One prediction for all columns, in the order of ``symbols``."""
    names = [symbol for part in parts for symbol in part.symbols]
    places = [names.index(symbol) for symbol in symbols]
    fields = ("predicted", "p05", "p95", "log_mean", "beta_sd", "specific_sd")
    arrays = (np.concatenate([getattr(part, name) for part in parts])[places] for name in fields)
    return Prediction(tuple(symbols), *arrays)


def _check_window(prices: pd.DataFrame, start: date, end: date, full: History) -> None:
    problems = []
    if start >= end:
        problems.append(Problem(None, "end", str(end), f"a date after {start}", "Choose a later end."))
    first, last = (full.levels.index[i].date() for i in (0, -1))
    if start < first or end > last:
        hint = "Choose dates inside it."
        problems.append(Problem(None, "start, end", f"{start} to {end}", f"a window inside {first} to {last}", hint))
    if not prices.loc[: pd.Timestamp(start)].notna().any(axis=None):
        hint = "Choose a later start, or add earlier prices."
        problems.append(Problem(None, "start", f"no price up to {start}", "prices before the start", hint))
    if problems:
        raise InputError(problems)


def _realised(
    prices: pd.DataFrame, symbols: list[str], start: pd.Timestamp, end: pd.Timestamp, file: str
) -> tuple[np.ndarray, tuple[Problem, ...]]:
    """Simple returns between the two closes, NaN where the file has none within a week, and what was repaired."""
    mended = clean(prices.loc[:end], file)
    logs = daily_logs(mended.prices[symbols], pd.date_range(min(start, prices.index[0]), end, freq="D"))
    change = (logs.loc[end] - logs.loc[start]).to_numpy(dtype=float)
    return np.expm1(change), mended.repairs


def _notes(log_prices: pd.DataFrame, columns: Mapping[str, Column], file: str) -> list[Problem]:
    """Columns with too few weeks for a regression: told by kinds, or left out."""
    problems = []
    for name, count in log_prices.notna().sum().items():
        weeks, column = f"{int(count) // DAYS_A_WEEK} weeks of prices", columns.get(str(name))
        if column is None:
            days = f"at least {constants()['least_days']:.0f} business days before the start without a gap"
            least = f"{days}, on most of which the price moves"
            problems.append(Problem(None, str(name), weeks, least, "The column was left out.", file))
        elif column.method == KINDS:
            least = f"at least {settings()['min_weeks']:.0f} weeks before the start"
            hint = f"Predicted by what its prices look like: {column.words}."
            problems.append(Problem(None, str(name), weeks, least, hint, file))
    return problems


def _betas(exposure: Exposure, moves: np.ndarray) -> tuple[Mapping[str, Any], ...]:
    """The betas that moved the asset most, with 90 percent intervals."""
    gain = exposure.beta * moves
    return tuple(
        {
            "factor": factor_names()[k],
            "beta": exposure.beta[k],
            "p05": exposure.beta[k] - Z_95 * exposure.se[k],
            "p95": exposure.beta[k] + Z_95 * exposure.se[k],
            "log_return": gain[k],
        }
        for k in np.argsort(-np.abs(gain))[:BETAS_SHOWN]
        if gain[k] != 0
    )


def score(predicted: np.ndarray, realised: np.ndarray, low: np.ndarray, high: np.ndarray) -> dict[str, float]:
    """Sign where the move exceeds two percent, share within five points, mean error, coverage; NaN for no asset."""
    known = np.isfinite(realised) & np.isfinite(predicted)
    predicted, realised, low, high = (values[known] for values in (predicted, realised, low, high))
    large = np.abs(realised) > SIGN_FROM
    error = np.abs(predicted - realised)
    return {
        "n": int(known.sum()),
        "sign": _mean(np.sign(predicted[large]) == np.sign(realised[large])),
        "within_5_points": _mean(error <= POINTS),
        "mean_abs_error": _mean(error),
        "coverage_90": _mean((low <= realised) & (realised <= high)),
    }


def _mean(values: np.ndarray) -> float:
    return float(np.mean(values)) if len(values) else float("nan")


def shown(result: Replay) -> Shown:
    """The document of the contract, and a table for people."""
    prediction = result.prediction
    total = score(prediction.predicted, result.realised, prediction.p05, prediction.p95)
    naive = score(result.naive, result.realised, prediction.p05, prediction.p95)
    document = {
        "start": result.start.isoformat(),
        "end": result.end.isoformat(),
        "assets": [_asset(result, i) for i in range(len(result.columns))],
        "score": {**total, "naive_mean_abs_error": naive["mean_abs_error"]},
        "warnings": [problem.to_dict() for problem in result.warnings],
    }
    return Shown(document, (_table(result),), (_line(total, naive), *(f"warning: {w}" for w in result.warnings)))


def _asset(result: Replay, i: int) -> dict[str, Any]:
    """One column in the document. kinds: most probable first, empty for a regression that starts from none."""
    column, prediction = result.columns[i], result.prediction
    kinds = column.told.kinds[:KINDS_SHOWN] if column.told is not None else ()
    return {
        "symbol": prediction.symbols[i],
        "predicted": prediction.predicted[i],
        "p05": prediction.p05[i],
        "p95": prediction.p95[i],
        "realised": result.realised[i],
        "observations": column.observations,
        "r_squared": column.exposure.r_squared,
        "naive": result.naive[i],
        "sample": column.exposure.sample,
        "residual_vol": column.exposure.residual_vol,
        "drift": column.drift,
        "late_share": column.late,
        "stability": column.exposure.stability,
        "betas": list(column.betas),
        "method": column.method,
        "kinds": [{"kind": name, "probability": share} for name, share in kinds],
    }


def _table(result: Replay) -> Table:
    header = ("asset", "predicted", "5%", "95%", "realised", "market beta", "R2", "weeks", "betas", "told by")
    rows, p = [], result.prediction
    for i, column in enumerate(result.columns):
        numbers = (p.predicted[i], p.p05[i], p.p95[i], result.realised[i], result.naive[i])
        text = [fixed(value, "+.1%") if np.isfinite(value) else "none" for value in numbers]
        fit, exposure = f"{column.exposure.r_squared:.2f}", column.exposure
        rows.append((p.symbols[i], *text, fit, str(column.observations), exposure.stability, column.words))
    return f"{result.start} to {result.end}", header, rows


def _line(total: Mapping[str, float], naive: Mapping[str, float]) -> str:
    return (
        f"{total['n']} assets: sign right {total['sign']:.0%} where the move exceeds 2 percent, within 5 points "
        f"{total['within_5_points']:.0%}, mean error {total['mean_abs_error']:.2%} (market beta only "
        f"{naive['mean_abs_error']:.2%}), 90 percent bands cover {total['coverage_90']:.0%}."
    )
