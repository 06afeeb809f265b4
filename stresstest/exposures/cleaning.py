"""Prices made fit for estimation: splits joined, single bad ticks and stale stretches left out; each repair is said.

Only what stands out from the column's own ordinary days is touched, and only by its own rows: cutting the file earlier
changes no earlier repair but that of the last tick, whose return to normal is then not yet seen.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from ..errors import Problem
from .priors import settings

#: Whole numbers that shares are split by, forward or in reverse.
SPLITS = (2, 3, 4, 5, 6, 7, 8, 10, 12, 15, 20, 25, 30, 40, 50, 100)


@dataclass(frozen=True)
class Cleaned:
    """prices: as given, with repairs. repairs: what was done, one problem each, as warnings."""

    prices: pd.DataFrame
    repairs: tuple[Problem, ...]


def clean(prices: pd.DataFrame, file: str = "") -> Cleaned:
    """Repair price columns indexed by date; NaN where there is no price. Prices are positive."""
    columns, repairs = {}, []
    for name, column in prices.items():
        known = column.dropna()
        if len(known) > settings()["clean_least"]:
            known, found = _repaired(known)
            repairs += [Problem(None, str(name), what, "an ordinary price", how, file) for what, how in found]
        columns[str(name)] = known
    return Cleaned(pd.DataFrame(columns, index=prices.index), tuple(repairs))


def _repaired(column: pd.Series) -> tuple[pd.Series, list[tuple[str, str]]]:
    column, ticks = _without_ticks(column)
    column, splits = _joined_splits(column)
    column, stale = _without_stale(column)
    return column, ticks + splits + stale


def _moves(column: pd.Series) -> tuple[np.ndarray, float]:
    """Log changes, and the size of one that would be extraordinary."""
    moves = np.diff(np.log(column.to_numpy()))
    ordinary = 1.4826 * float(np.median(np.abs(moves - np.median(moves))))
    return moves, settings()["tick_sizes"] * ordinary


def _without_ticks(column: pd.Series) -> tuple[pd.Series, list[tuple[str, str]]]:
    """Without single prices that are far from both neighbours while the neighbours agree."""
    moves, large = _moves(column)
    out, back = moves[:-1], moves[1:]
    undone = np.abs(out + back) < settings()["tick_undone"] * np.abs(out)
    bad = np.flatnonzero((np.abs(out) > max(large, settings()["tick_least"])) & undone) + 1
    notes = [(f"a price of {column.iloc[i]:g} on {_day(column, i)}", "It returned at once: left out.") for i in bad]
    return column.drop(column.index[bad]), notes


def _joined_splits(column: pd.Series) -> tuple[pd.Series, list[tuple[str, str]]]:
    """Prices before a jump by a whole number, on a day otherwise like others, are divided by it."""
    moves, large = _moves(column)
    notes = []
    values = column.to_numpy(copy=True)
    for i in np.flatnonzero(np.abs(moves) > max(large, settings()["split_least"])):
        ratio = np.exp(abs(moves[i]))
        whole = min(SPLITS, key=lambda split: abs(split / ratio - 1.0))
        beside = np.abs(np.r_[moves[max(i - 2, 0) : i], moves[i + 1 : i + 3]])
        if abs(whole / ratio - 1.0) < settings()["split_tolerance"] and (beside < large / 2).all():
            values[: i + 1] *= np.exp(moves[i] / abs(moves[i]) * np.log(whole))
            kind = "split" if moves[i] < 0 else "reverse split"
            notes.append(
                (f"a jump by {np.exp(moves[i]):.4g} on {_day(column, i + 1)}", f"Read as a {kind} of {whole}.")
            )
    return pd.Series(values, index=column.index), notes


def _without_stale(column: pd.Series) -> tuple[pd.Series, list[tuple[str, str]]]:
    """Without repeats of one price beyond a week, unless the column hardly ever moves (a coin at its peg)."""
    same = np.r_[False, np.diff(column.to_numpy()) == 0]
    if same.mean() > settings()["stale_share"]:
        return column, []
    run = same.astype(int)
    for i in range(1, len(run)):
        run[i] = run[i - 1] + 1 if same[i] else 0
    stale = run > settings()["stale_days"]
    note = [(f"{int(stale.sum())} repeated prices", "Repeats beyond a week were left out.")] if stale.any() else []
    return column[~stale], note


def _day(column: pd.Series, i: int | np.integer) -> str:
    return str(pd.DatetimeIndex(column.index)[int(i)].date())
