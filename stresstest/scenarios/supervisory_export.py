"""A scenario of ours in the Federal Reserve's 28 columns, thirteen quarters from today.

Columns that a factor moves are exact and read back to the same moves; the others answer to shares, spreads and the
ten-year by supervisory_responses.csv. A story reaches its moves in a straight line over its horizon and stays there.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping
from functools import cache

import numpy as np

from ..records import MarketSnapshot
from ..tables import factor_index, read_table
from ..units import BP, PERCENT, to_percent
from .levels import factor_levels
from .moves import central_moves
from .scenario import Scenario
from .settings import setting
from .supervisory import QUARTER_MONTHS, QUARTERS_A_YEAR, TEN_YEAR
from .supervisory_table import HISTORY, Quarter, Row, Variable, variables

QUARTERS = 13
#: Prime is the top of the target range plus three points; the rate on reserves is ten basis points below that top.
PRIME_OVER_IORB = 310 * BP
#: Appraised prices, which answer to markets in our own scenarios.
SLOW = "commercial_real_estate_price_index_level"
#: Official columns of an annual rate, filled by factors where the scenario moves them.
MACRO = ("unemployment_rate", "cpi_inflation_rate", "real_gdp_growth")


def supervisory_csv(scenario: Scenario, snapshot: MarketSnapshot) -> str:
    """The scenario as CSV text: Scenario Name, Date and the 28 columns; the first row holds today's values."""
    first = Quarter(snapshot.as_of.year, (snapshot.as_of.month + 2) // 3)
    start = start_row(snapshot)
    path = _quarterly(scenario)
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(("Scenario Name", "Date", *(v.header for v in variables().values())))
    writer.writerow((HISTORY, str(first), *(_cell(v, start[c]) for c, v in variables().items())))
    official = scenario.path is not None
    columns = {column: _values(variable, path, start, official) for column, variable in variables().items()}
    for t in range(QUARTERS):
        cells = (_cell(v, float(columns[c][t])) for c, v in variables().items())
        writer.writerow((scenario.title, str(first.later(t + 1)), *cells))
    return text.getvalue()


def start_row(snapshot: MarketSnapshot) -> Row:
    """Values of the 28 columns today: of the snapshot where it has them, else of the last official table."""
    row: dict[str, float] = {}
    for shipped in read_table("stresstest.scenarios", "supervisory_start.csv"):
        row |= {name: float(cell) for name, cell in shipped.items() if name in variables() and cell}
    levels = factor_levels(snapshot)
    for column, variable in variables().items():
        level = levels.get(variable.factor)
        if level is not None and variable.rule == "log" and variable.factor.startswith("fx_"):
            row[column] = row[column] if variable.unit == "index" else level**variable.coefficient
        elif level is not None and variable.rule in ("rate", "points"):
            row[column] = to_percent(level)
    row[TEN_YEAR] = to_percent(levels["ust_10y"])
    row["bbb_corporate_yield"] = (
        row[TEN_YEAR] + to_percent(levels["ig_spread"]) / variables()["bbb_corporate_yield"].coefficient
    )
    row["mortgage_rate"] = to_percent(snapshot["mortgage_rate"])
    row["unemployment_rate"] = to_percent(snapshot["unemployment"])
    row["cpi_inflation_rate"] = to_percent(snapshot["cpi_yoy"])
    row["prime_rate"] = to_percent(snapshot["iorb"] + PRIME_OVER_IORB)
    return row


def _quarterly(scenario: Scenario) -> np.ndarray:
    """(13, F) cumulated moves at the end of each quarter."""
    ends = QUARTER_MONTHS * np.arange(1.0, QUARTERS + 1)
    if scenario.path is not None:
        months, moves = np.append(0.0, scenario.path.months), scenario.path.moves
        with_start = np.vstack([np.zeros(moves.shape[1]), moves])
        return np.array([np.interp(ends, months, column) for column in with_start.T]).T
    share = np.minimum(ends / max(scenario.months, QUARTER_MONTHS), 1.0)
    return share[:, None] * central_moves(scenario)


def _values(variable: Variable, path: np.ndarray, start: Row, official: bool) -> np.ndarray:
    """(13,) values of one column. official: the scenario came from such a table, appraised prices included."""
    known = variable.factor and (official or variable.column != SLOW)
    if known and variable.column in MACRO:
        known = bool(np.abs(path[:, factor_index()[variable.factor]]).max() > 0.0)
    if variable.column == "prime_rate":
        return start["prime_rate"] + to_percent(path[:, factor_index()["ust_3m"]])
    if not known:
        return _answered(variable.column, path, start)
    moved = path[:, factor_index()[variable.factor]] / variable.coefficient
    tens = path[:, factor_index()["ust_10y"]]
    value = start[variable.column]
    if variable.rule == "log":
        return value * np.exp(moved)
    if variable.rule == "growth":
        return to_percent(setting("potential_growth") + QUARTERS_A_YEAR * np.diff(moved, prepend=0.0))
    return value + to_percent(moved + (tens if variable.rule == "over_10y" else 0.0))


def _answered(column: str, path: np.ndarray, start: Row) -> np.ndarray:
    """(13,) values of a column that markets do not price, from its regression on four-quarter moves of markets."""
    weights = _responses()[column]
    index, spread = factor_index(), variables()["bbb_corporate_yield"].coefficient
    padded = np.vstack([np.zeros((QUARTERS_A_YEAR, path.shape[1])), path])
    year = padded[QUARTERS_A_YEAR:] - padded[:-QUARTERS_A_YEAR]
    effect = (
        weights["shares"] * year[:, index["equity_us"]]
        + weights["spread"] * year[:, index["ig_spread"]] / spread / PERCENT
        + weights["ten_year"] * year[:, index["ust_10y"]] / PERCENT
    )
    if column.endswith("_level"):
        steps = (weights["usual"] + effect) / QUARTERS_A_YEAR
        return start[column] * np.exp(np.cumsum(steps))
    if column == "unemployment_rate":
        return start[column] + np.cumsum(effect) / QUARTERS_A_YEAR
    return weights["usual"] + effect


@cache
def _responses() -> Mapping[str, Mapping[str, float]]:
    rows = read_table("stresstest.scenarios", "supervisory_responses.csv")
    return {row["column"]: {name: float(cell) for name, cell in row.items() if name != "column"} for row in rows}


def _cell(variable: Variable, value: float) -> str:
    """Rates to a tenth of a basis point, currencies to five figures, indices to a tenth."""
    if variable.unit == "index":
        return f"{value:.2f}"
    return f"{value:.5f}" if variable.factor.startswith("fx_") else f"{value:.3f}"
