"""How what supervisory tables hold and markets do not price answered to markets: four-quarter regressions.

They complete the 28 columns when a scenario of ours is written as a supervisory table; no loss depends on them.
"""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pandas as pd

from ..exposures.table import csv_text, rounded
from ..scenarios.supervisory_table import HISTORY, Quarter, Table, read_official, variables
from .constants import constant

#: Regressors, each the change over four quarters: shares (log), the spread of BBB over the ten-year, the ten-year.
REGRESSORS = ("shares", "spread", "ten_year")
LAG = 4
FIRST_YEAR = 1990
#: Variables that the exporter must fill without a factor.
FILLED = "context"
LEVELS = ("house_price_index_level", "commercial_real_estate_price_index_level")
#: Filled from another column rather than from markets.
DERIVED = ("prime_rate",)
#: Besides what no factor moves: those whose factor a story usually leaves alone, and appraised prices.
ALSO = ("real_gdp_growth", "unemployment_rate", "cpi_inflation_rate", "commercial_real_estate_price_index_level")


def supervisory_responses(folder: Path, as_of: date) -> str | None:
    """The table supervisory_responses.csv from the newest historic tables in ``folder``/dfast that ``as_of`` knew.

    None where there was none yet. Raises InputError for a table that cannot be read.
    """
    history = _history(folder / "dfast", as_of)
    if history is None:
        return None
    shares = np.log(history["dow_jones_total_stock_market_index_level"])
    spread = history["bbb_corporate_yield"] - history["10_year_treasury_yield"]
    regressors = pd.DataFrame({"shares": shares, "spread": spread, "ten_year": history["10_year_treasury_yield"]})
    moves = regressors.diff(LAG)
    rows = []
    for column in [c for c in _filled() if c in history]:
        joined = pd.concat([_answer(history[column]).rename("answer"), moves], axis=1).dropna()
        design = np.column_stack([np.ones(len(joined)), joined[list(REGRESSORS)]])
        weights, *_ = np.linalg.lstsq(design, joined["answer"].to_numpy(), rcond=None)
        fit = 1 - (joined["answer"] - design @ weights).var() / joined["answer"].var()
        rows.append((column, *map(rounded, (*weights, fit)), str(len(joined))))
    header = (
        "# Change over four quarters of what markets do not price, for the change over the same of shares (log),\n"
        "# of the spread of BBB yields over the ten-year and of the ten-year yield (percent). Growth and inflation:\n"
        "# mean annual rate; indices: log change; unemployment: change. usual: with markets standing still.\n"
        f"# Ordinary least squares on overlapping quarters, {history.index[0]} to {history.index[-1]} of the historic\n"
        f"# supervisory tables (public domain). Made by `stresstest calibrate` from those known on {as_of}.\n"
    )
    return header + csv_text(("column", "usual", *REGRESSORS, "r_squared", "quarters"), rows)


def _filled() -> list[str]:
    """Columns that the exporter fills; those of a table that was not out yet have no regression."""
    return [c for c, v in variables().items() if (v.rule == FILLED and c not in DERIVED) or c in ALSO]


def _last(table: Table) -> Quarter:
    return max(table.rows[HISTORY])


def _published(table: Table) -> date:
    """When the public had a historic table: some weeks after the end of its last quarter."""
    begins = _last(table).later(1)
    lag = timedelta(days=constant("supervisory_lag"))
    return date(begins.year, 3 * begins.number - 2, 1) + lag


def _answer(values: pd.Series) -> pd.Series:
    if values.name in LEVELS:
        return np.log(values).diff(LAG)
    if values.name == "unemployment_rate":
        return values.diff(LAG)
    return values.rolling(LAG).mean()


def _history(folder: Path, as_of: date) -> pd.DataFrame | None:
    """Quarters by variables: of each kind the historic table that reaches furthest and was known, joined."""
    newest: dict[tuple[str, ...], Table] = {}
    for path in sorted(folder.glob("*historic*.csv")):
        table = read_official(path)
        kind = tuple(sorted(table.columns))
        if _published(table) <= as_of and (kind not in newest or _last(table) > _last(newest[kind])):
            newest[kind] = table
    if not newest:
        return None
    frames = [pd.DataFrame(dict(table.rows[HISTORY])).T for table in newest.values()]
    joined = pd.concat(frames, axis=1).sort_index()
    return joined[[quarter.year >= FIRST_YEAR for quarter in joined.index]]
