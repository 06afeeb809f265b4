"""Shocks to factors, one table each: [[shock]] with a factor or a curve shape, and a size with its unit.

What a size may be: absolute_bp, absolute_percent (points of a rate or a spread, or the simple return of a price),
absolute_points; relative_percent (of the level today); level_bp, level_percent, level_points or level (to be
reached from the level today).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..tables import TENORS, Factor, factor_index, factor_names, factor_table
from ..units import size_of, to_percent
from .curve_shapes import BELLY, LONG, SHAPES, SHORT, curve_moves
from .settings import setting
from .toml_file import Door, is_number, nearest, nearest_factor

MOST_SHOCKS = 200
CHANGE_KEYS = {"absolute_bp": "bp", "absolute_percent": "percent", "absolute_points": "vix_point"}
LEVEL_KEYS = {"level_bp": "bp", "level_percent": "percent", "level_points": "vix_point", "level": "1"}
SIZE_KEYS = (*CHANGE_KEYS, "relative_percent", *LEVEL_KEYS)
CURVE_KEYS = ("short_years", "belly_years", "long_years")
KEYS = ("factor", "curve", "comment", *CURVE_KEYS, *SIZE_KEYS)
#: No price rises by more, percent.
LARGEST_RETURN = 500.0
#: Rows of settings.csv that bound changes, by group of factors; the others are rates.
LARGEST = {"volatility": "largest_volatility_change", "credit": "largest_credit_change"}


@dataclass(frozen=True)
class NamedMoves:
    """What the shocks of a file say. moves: (F,), zero where nothing is named. named: (F,) bool.

    exact: (F,) bool, factors named by themselves rather than through a curve shape.
    """

    moves: np.ndarray
    named: np.ndarray
    exact: np.ndarray


def read_shocks(document: Mapping[str, Any], levels: Mapping[str, float], door: Door) -> NamedMoves:
    """Moves that the [[shock]] tables name; a factor named by itself beats a curve shape at that tenor.

    levels: of factors today, internal units. Two shocks to one factor, and one curve shape twice, are a conflict.
    """
    exact = np.full(len(factor_names()), np.nan)
    shaped, shapes = np.zeros(len(factor_names())), dict[str, int]()
    rows: dict[str, int] = {}
    for row, table in door.tables(document, "shock", MOST_SHOCKS):
        door.unknown(table, KEYS, f"shock {row} ")
        if ("factor" in table) == ("curve" in table):
            found = "both" if "factor" in table else "neither"
            hint = 'Write factor = "ust_10y" or curve = "parallel".'
            door.fault(f"shock {row}", found, "either a factor or a curve shape", hint)
        elif "curve" in table:
            shaped += _curve(row, table, shapes, door)
        else:
            name, move = _factor(row, table, levels, door)
            if name in rows:
                hint = f"Keep one of the two; shock {rows[name]} names it already."
                door.fault(f"shock {row} {name}", "a second shock to the same factor", "one shock to a factor", hint)
            elif name:
                rows[name] = row
                exact[factor_index()[name]] = move
    named = ~np.isnan(exact)
    through_shape = np.isin(factor_names(), list(TENORS)) & bool(shapes)
    return NamedMoves(np.where(named, np.nan_to_num(exact), shaped), named | through_shape, named)


def _curve(row: int, table: Mapping[str, Any], shapes: dict[str, int], door: Door) -> np.ndarray:
    shape, nothing = table["curve"], np.zeros(len(factor_names()))
    if shape not in SHAPES:
        door.fault(f"shock {row} curve", shape, f"one of {', '.join(SHAPES)}", nearest(shape, SHAPES))
        return nothing
    slopes = {"steepener", "flattener"}
    earlier = next((other for other in shapes if other == shape or {other, shape} == slopes), None)
    if earlier is not None:
        found = f"{shape} beside the {earlier} of shock {shapes[earlier]}"
        door.fault(f"shock {row} curve", found, "each shape once", "Add the sizes up in one table.")
        return nothing
    shapes[shape] = row
    years = [table.get(key, default) for key, default in zip(CURVE_KEYS, (SHORT, BELLY, LONG), strict=True)]
    if not all(is_number(value, 0.05, 60) for value in years) or not years[0] < years[1] < years[2]:
        hint = f"Without them {SHORT:g}, {BELLY:g} and {LONG:g} are taken."
        door.fault(f"shock {row}", years, "short_years < belly_years < long_years, from 0.05 to 60", hint)
        return nothing
    key = _size_key(row, table, door)
    if key is None:
        return nothing
    if key not in ("absolute_bp", "absolute_percent"):
        door.fault(f"shock {row} {key}", key, "absolute_bp or absolute_percent", "A shape is a change of rates.")
        return nothing
    size = _change(row, factor_table()[factor_index()["ust_10y"]], key, table[key], door)
    return nothing if size is None else curve_moves(shape, size, *map(float, years))


def _factor(row: int, table: Mapping[str, Any], levels: Mapping[str, float], door: Door) -> tuple[str, float]:
    """Name and move of one factor; an empty name where the table is faulty."""
    name = table["factor"]
    if name not in factor_names():
        door.fault(f"shock {row} factor", name, "the name of a factor (factors.csv)", nearest_factor(name))
        return "", 0.0
    for extra in CURVE_KEYS:
        if extra in table:
            hint = "Leave it out: a factor has its tenor."
            door.fault(f"shock {row} {extra}", extra, "a curve shape beside it", hint)
    key = _size_key(row, table, door)
    if key is None:
        return "", 0.0
    factor = factor_table()[factor_index()[name]]
    move = _move(row, factor, key, table[key], levels, door)
    if move is None or not _can_reach(row, factor, key, move, levels.get(name), door):
        return "", 0.0
    return name, move


def _size_key(row: int, table: Mapping[str, Any], door: Door) -> str | None:
    found = [key for key in SIZE_KEYS if key in table]
    if len(found) == 1:
        return found[0]
    expected = f"exactly one of {', '.join(SIZE_KEYS)}"
    hint = "Keep one size." if found else "Write absolute_bp = 50, for example."
    door.fault(f"shock {row}", ", ".join(found) or "no size", expected, hint)
    return None


def _move(row: int, factor: Factor, key: str, value: object, levels: Mapping[str, float], door: Door) -> float | None:
    """Move of one factor in internal units, or None and a fault."""
    price = factor.kind == "log_return"
    if key == "absolute_percent" and price:
        return _return(row, key, value, door)
    if key in CHANGE_KEYS:
        if price or (key == "absolute_points") != (factor.group == "volatility"):
            unit = "absolute_percent" if price else "absolute_points" if factor.group == "volatility" else "absolute_bp"
            door.fault(f"shock {row} {key}", key, f"{unit}: the unit of {factor.name}", f"Write {unit} = ...")
            return None
        return _change(row, factor, key, value, door)
    if key == "relative_percent" and price:
        return _return(row, key, value, door)
    level = levels.get(factor.name)
    if level is None:
        hint = "Write absolute_percent." if price else "Write absolute_bp."
        door.fault(f"shock {row} {key}", factor.name, "a factor whose level today is known", hint)
        return None
    if key == "relative_percent":
        if is_number(value, -100, LARGEST_RETURN) and isinstance(value, (int, float)):
            return level * float(value) * size_of("percent")
        hint = "50 is half as much again as today's level."
        door.fault(f"shock {row} {key}", value, f"percent of the level, from -100 to {LARGEST_RETURN:g}", hint)
        return None
    return _to_level(row, factor, key, value, level, door)


def _to_level(row: int, factor: Factor, key: str, value: object, level: float, door: Door) -> float | None:
    price = factor.kind == "log_return"
    right = "level" if price else "level_points" if factor.group == "volatility" else "level_bp or level_percent"
    if key not in right.split(" or "):
        door.fault(f"shock {row} {key}", key, f"{right}: the unit of {factor.name}", f"Write {right} = ...")
        return None
    unit = key.removeprefix("level_") if "_" in key else "as it is quoted"
    if not (is_number(value, -1e6, 1e6) and isinstance(value, (int, float))) or (price and value <= 0):
        now = f"{level / size_of(LEVEL_KEYS[key]):.4g}"
        door.fault(f"shock {row} {key}", value, "a level that the factor can have", f"Today it is {now} ({unit}).")
        return None
    reached = float(value) * size_of(LEVEL_KEYS[key])
    move = float(np.log(reached / level)) if price else reached - level
    if abs(move) > (np.log1p(LARGEST_RETURN / 100) if price else _largest(factor)):
        now = f"{level / size_of(LEVEL_KEYS[key]):.4g}"
        door.fault(f"shock {row} {key}", value, "a level within reach", f"Today it is {now} ({unit}); check the unit.")
        return None
    return move


def _can_reach(row: int, factor: Factor, key: str, move: float, level: float | None, door: Door) -> bool:
    """Whether the level after ``move`` can be: volatilities and spreads stay above zero, yields above settings.csv."""
    if level is None or factor.kind == "log_return":
        return True
    lowest = 0.0 if factor.group in ("volatility", "credit") else setting("lowest_level")
    if level + move > lowest:
        return True
    points = factor.group == "volatility"
    now, least = (f"{to_percent(value):g} {'points' if points else 'percent'}" for value in (level, lowest))
    found = f"a fall of {factor.name} from {now} to {to_percent(level + move):.4g}"
    door.fault(f"shock {row} {key}", found, f"a level above {least}", "Check the sign and the unit.")
    return False


def _largest(factor: Factor) -> float:
    """Largest change of a factor that is no price, decimal."""
    return setting(LARGEST.get(factor.group, "largest_rate_change"))


def _change(row: int, factor: Factor, key: str, value: object, door: Door) -> float | None:
    size = size_of(CHANGE_KEYS[key])
    most = _largest(factor) / size
    if is_number(value, -most, most) and isinstance(value, (int, float)):
        return float(value) * size
    hint = f"{key} = 50 is a rise of {50 * size:.3g} in decimals."
    door.fault(f"shock {row} {key}", value, f"a number from {-most:g} to {most:g}", hint)
    return None


def _return(row: int, key: str, value: object, door: Door) -> float | None:
    if is_number(value, -99.999, LARGEST_RETURN) and isinstance(value, (int, float)):
        return float(np.log1p(float(value) * size_of("percent")))
    expected = f"percent, above -100 and up to {LARGEST_RETURN:g}"
    door.fault(f"shock {row} {key}", value, expected, f"{key} = -10 is a fall by a tenth.")
    return None
