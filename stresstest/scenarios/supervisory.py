"""The Federal Reserve's supervisory scenarios as scenarios of ours: 28 variables to factors, quarter by quarter.

Every change is measured from the last observed quarter and added to today's levels.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from ..errors import InputError, Problem
from ..records import MarketSnapshot
from ..tables import TENORS, factor_index, factor_names, read_table
from ..units import BP, MONTHS_A_YEAR, PERCENT, WEEKS_A_MONTH, to_percent
from .horizon import horizon_law
from .levels import factor_levels
from .propagation import complete
from .scenario import NAMED, PROPAGATED, MovesPath, Scenario
from .settings import setting
from .supervisory_table import HISTORY, Quarter, Row, Table, neighbours, parse_quarter, read_official, variables

QUARTER_MONTHS = MONTHS_A_YEAR // 4
QUARTERS_A_YEAR = 4
#: What moves the factors that the tables leave out; not VIX: a quarterly maximum is no companion of a level.
INFORMS = ("ust_3m", "ust_10y", "ig_spread", "equity_us", "fx_eur", "fx_jpy")
TEN_YEAR = "10_year_treasury_yield"
#: Yields that have never stayed near zero for three years.
LONG_YIELDS = ("5_year_treasury_yield", TEN_YEAR)
#: Columns without which a table says nothing of markets.
NEEDED = (TEN_YEAR, "dow_jones_total_stock_market_index_level")
SOURCES = ("Board of Governors of the Federal Reserve System: supervisory stress-test scenarios",)


def read_supervisory(path: Path, snapshot: MarketSnapshot | None = None) -> tuple[Scenario, ...]:
    """Every scenario of an official CSV table, with its whole path; the point shown is the one of the lowest shares.

    The international table, the historic one for the start, and the domestic one for an international file are taken
    from the same folder where they are there, else the start comes from supervisory_start.csv. Raises InputError.
    """
    table = read_official(path)
    beside = tuple(neighbours(path))
    names = [name for name in table.rows if name != HISTORY]
    problems, found = [], []
    if not names:
        hint = "This is a historic table; name the scenario's own file." if table.rows else "It has a header only."
        found_names = HISTORY if table.rows else "no quarter"
        problems.append(Problem(None, "Scenario Name", found_names, "at least one scenario", hint, path.name))
    for name in names:
        try:
            found.append(_scenario(path, name, table, beside, factor_levels(snapshot)))
        except InputError as error:
            problems += error.problems
    if problems:
        raise InputError(problems)
    return tuple(replace(s, name=s.name if len(found) == 1 else f"{s.name}-{_slug(s.title)}") for s in found)


def at_point(scenario: Scenario, point: int) -> Scenario:
    """``scenario`` at one point of its path."""
    assert scenario.path is not None
    path = scenario.path
    named = np.where(path.named, path.moves[point], 0.0)
    title = f"{re.sub(r' at [^()]*$', '', scenario.title)} at {path.labels[point]}"
    direct = {NAMED: named, PROPAGATED: path.moves[point] - named}
    return replace(scenario, title=title, months=float(path.months[point]), direct=direct)


def _scenario(path: Path, name: str, table: Table, beside: Sequence[Table], levels: Mapping[str, float]) -> Scenario:
    quarters = sorted(table.rows[name])
    others = [t for t in beside if name in t.rows and set(quarters) <= set(t.rows[name])]
    other = next((t for t in others if not set(t.columns) & set(table.columns)), None)
    rows = [{**(other.rows[name][q] if other else {}), **table.rows[name][q]} for q in quarters]
    _check_columns(path.name, name, quarters, rows)
    start, origin = _start(quarters[0].later(-1), (table, *beside), path.name)
    _check_base(path.name, quarters, rows, start)
    moves, named = path_moves(rows, start, levels)
    lifted = _lift(moves, levels)
    months = QUARTER_MONTHS * np.arange(1.0, len(quarters) + 1)
    whole = Scenario(
        name=path.stem,
        title=name,
        narrative=f"{name}, {quarters[0]} to {quarters[-1]}: changes from {quarters[0].later(-1)} added to today.",
        sources=(*SOURCES, f"{path.name}" + (f" with {other.file}" if other else ""), origin),
        months=float(months[0]),
        probability=None,
        turbulent=True,
        channels={},
        path=MovesPath(tuple(map(str, quarters)), months, moves, named),
        cautions=tuple(_cautions(path.name, table, other, rows, lifted)),
    )
    return at_point(whole, int(np.argmin(moves[:, factor_index()["equity_us"]])))


def path_moves(rows: Sequence[Row], start: Row, levels: Mapping[str, float]) -> tuple[np.ndarray, np.ndarray]:
    """Moves (T, F) from ``start``, and which factors (F,) the table names by itself. levels: of factors today.

    One- and two-year yields are interpolated between the three-month and the five-year one; everything else follows by
    conditional expectation under the stress law of as many quarters.
    """
    moves = np.full((len(rows), len(factor_names())), np.nan)
    for column, variable in variables().items():
        if variable.rule != "context" and column in start and all(column in row for row in rows):
            values = np.array([row[column] for row in rows])
            tens = np.array([row[TEN_YEAR] for row in rows])
            change = _change(variable.rule, values, start[column], tens - start[TEN_YEAR])
            moves[:, factor_index()[variable.factor]] = variable.coefficient * change
    named = ~np.isnan(moves[0])
    moves = _between_tenors(moves, named)
    quarter = QUARTER_MONTHS * WEEKS_A_MONTH
    laws = [horizon_law("stress", quarter * (t + 1), levels) for t in range(len(moves))]
    return np.array([complete(row, law, INFORMS) for row, law in zip(moves, laws, strict=True)]), named


def _change(rule: str, values: np.ndarray, start: float, tens: np.ndarray) -> np.ndarray:
    """Change since the start in internal units. tens: change of the ten-year yield, percent."""
    if rule == "log":
        return np.log(values / start)
    if rule == "over_10y":
        return (values - start - tens) * PERCENT
    if rule == "growth":
        return np.cumsum(values * PERCENT - setting("potential_growth")) / QUARTERS_A_YEAR
    return (values - start) * PERCENT  # rates, annual rates and index points: a point of the VIX is 0.01


def _between_tenors(moves: np.ndarray, named: np.ndarray) -> np.ndarray:
    """Fill rate factors between two named tenors, linear in years."""
    filled, years = moves.copy(), np.array(list(TENORS.values()))
    columns = np.array([factor_index()[name] for name in TENORS])
    known = named[columns]
    if known.sum() > 1:
        inside = (years > years[known].min()) & (years < years[known].max())
        for row in filled:
            row[columns[inside]] = np.interp(years[inside], years[known], row[columns[known]])
    return filled


def _lift(moves: np.ndarray, levels: Mapping[str, float]) -> tuple[str, ...]:
    """Keep Treasury yields from falling below the lowest that a table has named; edits ``moves``, returns which."""
    lifted = []
    for name in TENORS:
        least = min(setting("lowest_yield") - levels.get(name, 0.0), 0.0)
        column = moves[:, factor_index()[name]]
        if (column < least - BP / 100).any():
            np.maximum(column, least, out=column)
            lifted.append(name)
    return tuple(lifted)


def _start(quarter: Quarter, tables: Iterable[Table], file: str) -> tuple[Row, str]:
    """Observed values of ``quarter``, and where they come from."""
    found: dict[str, float] = {}
    origins = []
    for table in tables:
        row = table.rows.get(HISTORY, {}).get(quarter, {})
        if set(row) - set(found):
            found = {**row, **found}
            origins.append(table.file)
    if not set(NEEDED) <= set(found):
        shipped = {
            parse_quarter(row["quarter"]): row for row in read_table("stresstest.scenarios", "supervisory_start.csv")
        }
        if quarter in shipped:
            known = {name: float(cell) for name, cell in shipped[quarter].items() if name in variables() and cell}
            found = {**known, **found}
            origins.append("the table of starting quarters that ships with the program")
    if not set(NEEDED) <= set(found):
        hint = "Put the historic tables published with the scenario into the same folder."
        raise InputError(
            Problem(None, "Date", f"no observed values for {quarter}", "the quarter before the first", hint, file)
        )
    return found, f"Start: {quarter} from {' and '.join(origins)}"


def _check_columns(file: str, name: str, quarters: Sequence[Quarter], rows: Sequence[Row]) -> None:
    """Raise InputError where quarters are missing, or values that nothing can be made of without."""
    problems = []
    for earlier, later in itertools.pairwise(quarters):
        if earlier.later(1) != later:
            hint = f"Add {earlier.later(1)}."
            problems.append(Problem(None, "Date", f"{earlier} then {later}", "quarters without a gap", hint, file))
    for column in NEEDED:
        if not all(column in row for row in rows):
            header = variables()[column].header
            hint = "Put the domestic table of the same scenario into the same folder."
            problems.append(Problem(None, header, f"blank or absent in {name}", "a value in every quarter", hint, file))
    if problems:
        raise InputError(problems)


def _check_base(file: str, quarters: Sequence[Quarter], rows: Sequence[Row], start: Row) -> None:
    """Raise InputError for indices on another base, and long yields in another unit, than those of their start."""
    problems = (*_other_base(file, quarters, rows, start), *_decimals(file, rows, start))
    if problems:
        raise InputError(problems)


def _other_base(file: str, quarters: Sequence[Quarter], rows: Sequence[Row], start: Row) -> Iterable[Problem]:
    """One fault for each index that is out of all proportion to its start: the first quarter in which it is."""
    most = setting("largest_ratio")
    for column, variable in variables().items():
        before = start.get(column, 0.0)
        if variable.unit != "index" or before <= 0.0:
            continue
        for quarter, row in zip(quarters, rows, strict=True):
            value = row.get(column, before)
            if not 1.0 / most <= value / before <= most:
                found = f"{value:g} in {quarter} after {before:g} at the start"
                hint = "The table holds levels on the base of the Federal Reserve, no returns."
                yield Problem(None, variable.header, found, f"within {most:g} times either way", hint, file)
                break


def _decimals(file: str, rows: Sequence[Row], start: Row) -> Iterable[Problem]:
    """One fault for each long yield that stays at a small part of its start: decimals in place of percent."""
    for column in LONG_YIELDS:
        values, before = [row[column] for row in rows if column in row], start.get(column, 0.0)
        if values and 0.0 < max(map(abs, values)) < before / setting("largest_ratio"):
            found = f"{max(values):g} at most, after {before:g} at the start"
            hint = f"Write {100 * max(values):g} for {max(values):g} if these are decimals."
            yield Problem(None, variables()[column].header, found, "yields in percent", hint, file)


def _cautions(
    file: str, table: Table, other: Table | None, rows: Sequence[Row], lifted: tuple[str, ...]
) -> Iterable[Problem]:
    if table.ignored:
        found = ", ".join(table.ignored[:5])
        yield Problem(None, "header", found, "the 28 supervisory variables", "These columns are not used.", file)
    missing = [v.header for c, v in variables().items() if v.rule != "context" and not all(c in row for row in rows)]
    if missing:
        hint = "Factors that they would move follow by conditional expectation."
        found = "no table of the other kind in the folder" if other is None else "blank cells"
        yield Problem(None, ", ".join(missing), found, "a value in every quarter", hint, file)
    if lifted:
        least = to_percent(setting("lowest_yield"))
        found = f"changes that would take {', '.join(lifted)} below {least:.1f} percent from today's level"
        yield Problem(None, "Treasury", found, "a yield that has been seen", "The fall stops there.", file)


def _slug(text: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")
