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
from ..exposures.estimation import Estimation, estimate
from ..exposures.lags import MARKET
from ..exposures.prediction import Prediction, predict, window_of
from ..exposures.priors import class_prior, settings
from ..exposures.rivals import market_betas
from ..market.contracts import read_tables
from ..market.history import History, daily_logs, history_of
from ..market.price_file import read_prices
from ..tables import Z_95, factor_names
from .shown import Shown, Table

#: Prior of a price column of which nothing else is known.
UNKNOWN = "unknown"
#: Betas shown for each asset: those that moved it most.
BETAS_SHOWN = 6
SIGN_FROM, POINTS = 0.02, 0.05


@dataclass(frozen=True)
class Replay:
    """One window, N assets: predicted from what was known at ``start``. realised, naive: (N,) simple, NaN if none."""

    start: date
    end: date
    found: Estimation
    prediction: Prediction
    realised: np.ndarray
    naive: np.ndarray
    betas: tuple[tuple[Mapping[str, Any], ...], ...]
    warnings: tuple[Problem, ...]


def replay(prices: Path, start: date, end: date, data: Path | None) -> Shown:
    """Predict every column of ``prices`` over the window, given the factor moves of ``data``, and compare.

    Betas, errors, drift and specific risk use no row after ``start``. Raises InputError with every fault of the request
    or of the file, DataError for faults of the folder.
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
    log_prices = daily_logs(past.prices, days)
    levels = known.levels.reindex(days)
    found = estimate(log_prices, levels, dict.fromkeys(map(str, prices.columns), class_prior((UNKNOWN,))))
    window = window_of(found, full.levels, last)
    prediction = predict(found, window)
    symbols = list(found.symbols)
    beta = dict(zip(log_prices.columns, market_betas(log_prices, levels), strict=True))
    market = float(full.factor_moves(start, end)[MARKET])
    moved = tuple(_betas(found, i, window.earned[float(found.late[i])]) for i in range(len(symbols)))
    realised, repairs = _realised(prices, symbols, first, last, file)
    skipped = tuple(_skipped(symbol, weeks, file) for symbol, weeks in found.skipped.items())
    naive = np.expm1(np.array([beta[s] for s in symbols]) * market)
    return Replay(start, end, found, prediction, realised, naive, moved, (*repairs, *skipped))


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


def _skipped(symbol: str, weeks: int, file: str) -> Problem:
    least = f"at least {settings()['min_weeks']:.0f} weeks before the start"
    return Problem(None, symbol, f"{weeks} weeks of prices", least, "The column was left out.", file)


def _betas(found: Estimation, i: int, moves: np.ndarray) -> tuple[Mapping[str, Any], ...]:
    """The betas that moved the asset most, with 90 percent intervals."""
    exposure = found.exposures[found.symbols[i]]
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
    found, prediction = result.found, result.prediction
    assets = []
    for i, symbol in enumerate(found.symbols):
        exposure = found.exposures[symbol]
        assets.append(
            {
                "symbol": symbol,
                "predicted": prediction.predicted[i],
                "p05": prediction.p05[i],
                "p95": prediction.p95[i],
                "realised": result.realised[i],
                "observations": found.observations[symbol],
                "r_squared": exposure.r_squared,
                "naive": result.naive[i],
                "sample": exposure.sample,
                "residual_vol": exposure.residual_vol,
                "drift": found.drift[i],
                "late_share": found.late[i],
                "stability": exposure.stability,
                "betas": list(result.betas[i]),
            }
        )
    total = score(prediction.predicted, result.realised, prediction.p05, prediction.p95)
    naive = score(result.naive, result.realised, prediction.p05, prediction.p95)
    document = {
        "start": result.start.isoformat(),
        "end": result.end.isoformat(),
        "assets": assets,
        "score": {**total, "naive_mean_abs_error": naive["mean_abs_error"]},
        "warnings": [problem.to_dict() for problem in result.warnings],
    }
    return Shown(document, (_table(result),), (_line(total, naive), *(f"warning: {w}" for w in result.warnings)))


def _table(result: Replay) -> Table:
    header = ("asset", "predicted", "5%", "95%", "realised", "market beta", "R2", "weeks", "betas")
    rows = []
    for i, symbol in enumerate(result.found.symbols):
        p, exposure = result.prediction, result.found.exposures[symbol]
        numbers = (p.predicted[i], p.p05[i], p.p95[i], result.realised[i], result.naive[i])
        text = [f"{value:+.1%}" if np.isfinite(value) else "none" for value in numbers]
        weeks = str(result.found.observations[symbol])
        rows.append((symbol, *text, f"{exposure.r_squared:.2f}", weeks, exposure.stability))
    return f"{result.start} to {result.end}", header, rows


def _line(total: Mapping[str, float], naive: Mapping[str, float]) -> str:
    return (
        f"{total['n']} assets: sign right {total['sign']:.0%} where the move exceeds 2 percent, within 5 points "
        f"{total['within_5_points']:.0%}, mean error {total['mean_abs_error']:.2%} (market beta only "
        f"{naive['mean_abs_error']:.2%}), 90 percent bands cover {total['coverage_90']:.0%}."
    )
