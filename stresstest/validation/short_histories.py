"""Section "short_histories": assets of which only the last 30, 60 or 120 days of prices are known, over past episodes.

Nothing is told by name. The rivals have the same days: the market beta, and the same regression with the prior of a
column of which nothing is known. Factor moves of the window are those that came, as in the section "exposures".
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from ..exposures.detection import Moves, candidates, detect_all, fitted, recent_moves
from ..exposures.excess import Excess, excess_levels
from ..exposures.lags import MARKET
from ..exposures.short import market_slopes
from ..market.contracts import EVERY_COLUMN, Tables, contracts, read_tables
from ..market.history import History, history_of
from ..records import Check, Evidence
from ..tables import factor_index, read_table

SECTION = "short_histories"
LENGTHS = (30, 60, 120)
FILES = {"etf": "funds", "stock": "single stocks"}
NO_DATA = "needs a folder of series (--data)"
FOUND, UNKNOWN, BETA = "found", "unknown", "market"
SIGN_FROM, POINTS = 0.02, 0.05


def checks(evidence: Evidence) -> tuple[Check, ...]:
    """One check for each group and length of history."""
    if evidence.data is None:
        return (_not_run(NO_DATA),)
    tables = read_tables(evidence.data)
    frames = [frame for window in _windows(tables, evidence) for frame in _episode(tables, window)]
    if not frames:
        return (_not_run("no episode lies inside the folder"),)
    pairs = pd.concat(frames, ignore_index=True)
    return tuple(
        _check(days, group, pairs[(pairs["days"] == days) & (pairs["group"] == group)])
        for days in LENGTHS
        for group in FILES.values()
        if ((pairs["days"] == days) & (pairs["group"] == group)).any()
    )


def _not_run(note: str) -> Check:
    return Check("short-60-funds", SECTION, "Kinds told from short histories", "", "", None, note=note)


@dataclass(frozen=True)
class _Window:
    """One episode: the days of its edges, everything that came (full), and its earned moves."""

    start: pd.Timestamp
    end: pd.Timestamp
    full: History
    earned: Excess
    groups: Mapping[str, str]


def _windows(tables: Tables, evidence: Evidence) -> Iterator[_Window]:
    full = history_of(tables, evidence.as_of)
    earned, groups = excess_levels(full.levels), _groups(tables)
    last = min(full.levels.index[-1], pd.Timestamp(full.as_of))
    for row in read_table("stresstest.scenarios", "episodes_windows.csv"):
        start, end = pd.Timestamp(row["start"]), pd.Timestamp(row["end"])
        if end <= last:
            yield _Window(start, end, full, earned, groups)


def _groups(tables: Tables) -> dict[str, str]:
    """Group by asset: that of the file that holds it."""
    return {
        str(column): FILES[contract.name]
        for contract in contracts()
        if contract.column == EVERY_COLUMN and contract.file in tables.by_file
        for column in tables.by_file[contract.file].columns
    }


def _episode(tables: Tables, window: _Window) -> Iterator[pd.DataFrame]:
    """One frame for each length: realised and predicted simple returns of every asset with so many days."""
    known = history_of(tables, window.start.date())
    moves = recent_moves(known.levels)
    duration = excess_levels(known.levels).last_duration
    unit = window.earned.per_unit(duration)
    came = np.nan_to_num((unit.loc[window.end] - unit.loc[window.start]).to_numpy(dtype=float))
    bills = float(window.earned.bills.loc[window.end] - window.earned.bills.loc[window.start])
    names = [name for name in window.groups if name in known.log_prices and name in window.full.log_prices]
    edges = window.full.log_prices[names].loc[[window.start, window.end]].to_numpy()
    steps = np.diff(known.log_prices[names].reindex(moves.days).to_numpy(), axis=0).T
    for days in LENGTHS:
        there = np.isfinite(steps[:, -days:]).all(axis=1) & np.isfinite(edges).all(axis=0)
        if there.any() and steps.shape[1] >= days:
            last = moves.part(steps.shape[1] - days, steps.shape[1])
            betas = _betas(steps[there, -days:] - last.bills, last)
            predicted = {who: np.expm1(bills + beta @ came) for who, beta in betas.items()}
            group = [window.groups[name] for name, kept in zip(names, there, strict=True) if kept]
            realised = np.expm1(np.diff(edges[:, there], axis=0)[0])
            yield pd.DataFrame({"days": days, "group": group, "realised": realised, **predicted})


def _betas(returns: np.ndarray, moves: Moves) -> dict[str, np.ndarray]:
    """(N, F) betas by forecaster from returns (N, T) over bills."""
    today = moves.by_lag[0]
    unknown = next(kind for kind in candidates() if kind.name == UNKNOWN)
    market = np.zeros((len(returns), today.shape[1]))
    market[:, factor_index()[MARKET]] = market_slopes(returns, today)
    found = np.array([detection.beta for detection in detect_all(returns, moves)])
    return {FOUND: found, UNKNOWN: fitted(returns, today, unknown.prior).beta, BETA: market}


def _check(days: int, group: str, frame: pd.DataFrame) -> Check:
    errors = {who: float((frame[who] - frame["realised"]).abs().mean()) for who in (FOUND, UNKNOWN, BETA)}
    return Check(
        id=f"short-{days}-{group.split()[-1]}",
        section=SECTION,
        title=f"{group} of which {days} days are known: mean error below that of a column of which nothing is known",
        measured=_told(frame, FOUND),
        wanted=f"mean error below {100 * errors[UNKNOWN]:.2f} points",
        passed=errors[FOUND] < errors[UNKNOWN],
        value=errors[FOUND],
        rival="the same regression, kind unknown",
        rival_value=errors[UNKNOWN],
        rival_measured=f"{_told(frame, UNKNOWN)}; market beta: {_told(frame, BETA)}",
        note=f"{len(frame)} pairs of asset and episode. Mixture of {len(candidates())} kinds by the likelihood of the "
        "asset's own returns; kinds and their priors are judgements, made with assets of this folder in mind.",
    )


def _told(frame: pd.DataFrame, who: str) -> str:
    error, large = (frame[who] - frame["realised"]).abs(), frame["realised"].abs() > SIGN_FROM
    sign = (np.sign(frame[who]) == np.sign(frame["realised"]))[large].mean()
    return (
        f"{sign:.1%} sign, {(error <= POINTS).mean():.1%} within 5 points, mean error {100 * error.mean():.2f} points"
    )
