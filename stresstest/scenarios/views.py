"""Views on the simulated set: [[view]] tables with a mean, a volatility, a correlation, a probability or an order.

A probability is that of moves below a bound, or above one, which is the same view with one less the probability.

[[view]]                                  [[view]]
mean = "equity_us"                        correlation = ["equity_us", "ust_10y"]
at_most_percent = -10                     equal = 0.3

[[view]]                                  [[view]]
volatility = "gold"                       probability = "btc"
equal_percent = 25                        below_percent = -30
                                          at_least_percent = 20
[[view]]
order = ["gold", "equity_us", "btc"]      # means, largest first
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from ..tables import factor_index, factor_names, factor_table
from ..units import size_of
from .toml_file import Door, is_number, nearest_factor
from .view import RELATIONS, STATISTICS, View
from .view_conflicts import check_conflicts

MOST_VIEWS = 60
SUFFIXES = {"_bp": "bp", "_percent": "percent", "_points": "vix_point", "": "1"}
RELATION_KEYS = tuple(relation + suffix for relation in RELATIONS for suffix in SUFFIXES)
BELOW_KEYS = tuple("below" + suffix for suffix in SUFFIXES)
ABOVE_KEYS = tuple("above" + suffix for suffix in SUFFIXES)
BOUND_KEYS = (*BELOW_KEYS, *ABOVE_KEYS)
KEYS = (*STATISTICS, *RELATION_KEYS, *BOUND_KEYS, "comment")
#: A relation of a probability, seen from the other side of its bound.
OPPOSITE = {"equal": "equal", "at_most": "at_least", "at_least": "at_most"}
#: Factors that one order may rank.
LONGEST_ORDER = 12


def read_views(document: Mapping[str, Any], file: str) -> tuple[View, ...]:
    """Every view of a document. Raises InputError with every fault, also for correlations that cannot hold together."""
    door = Door(file, lines=getattr(document, "lines", ()))
    found = [_view(row, table, door) for row, table in door.tables(document, "view", MOST_VIEWS)]
    views = tuple(view for view in found if view is not None)
    check_conflicts(views, door)
    door.close()
    return views


def _view(row: int, table: Mapping[str, Any], door: Door) -> View | None:
    place = f"view {row}"
    door.unknown(table, KEYS, f"{place} ")
    kinds = [kind for kind in STATISTICS if kind in table]
    if len(kinds) != 1:
        hint = 'Write mean = "equity_us", for example.'
        door.fault(place, ", ".join(kinds) or "nothing", f"exactly one of {', '.join(STATISTICS)}", hint)
        return None
    statistic = kinds[0]
    factors = _factors(place, statistic, table[statistic], door)
    if factors is None:
        return None
    if statistic == "order":
        extra = [key for key in table if key in (*RELATION_KEYS, *BOUND_KEYS)]
        if extra:
            door.fault(f"{place} {extra[0]}", extra[0], "an order without a value", "Leave it out.")
        return View("order", factors, place=place)
    return _valued(place, statistic, factors, table, door)


def _valued(place: str, statistic: str, factors: tuple[str, ...], table: Mapping[str, Any], door: Door) -> View | None:
    relations = [key for key in RELATION_KEYS if key in table]
    if len(relations) != 1:
        expected = "exactly one of equal, at_most, at_least, with the unit as its ending"
        door.fault(place, ", ".join(relations) or "no value", expected, "Write at_most_percent = -10.")
        return None
    key = relations[0]
    relation = next(r for r in RELATIONS if key.startswith(r))
    value = _number(place, statistic, factors[0], key, key.removeprefix(relation), table[key], door)
    bounds = [name for name in BOUND_KEYS if name in table]
    if (statistic == "probability") != (len(bounds) == 1) or len(bounds) > 1:
        expected = "one bound: below_percent, above_bp, ..." if statistic == "probability" else "no bound"
        hint = "Write below_percent = -10." if not bounds else "Leave it out, or write probability = ..."
        door.fault(f"{place} below", ", ".join(bounds) or "none", expected, hint)
        return None
    if not bounds:
        return None if value is None else View(statistic, factors, relation, value, place=place)
    suffix = bounds[0].removeprefix("below").removeprefix("above")
    bound = _number(place, "mean", factors[0], bounds[0], suffix, table[bounds[0]], door)
    if value is None or bound is None:
        return None
    if bounds[0] in ABOVE_KEYS:
        return View(statistic, factors, OPPOSITE[relation], 1.0 - value, bound, place)
    return View(statistic, factors, relation, value, bound, place)


def _factors(place: str, statistic: str, found: object, door: Door) -> tuple[str, ...] | None:
    least, most = {"correlation": (2, 2), "order": (2, LONGEST_ORDER)}.get(statistic, (1, 1))
    names = [found] if isinstance(found, str) else found
    if not isinstance(names, list) or not least <= len(names) <= most or (least > 1 and isinstance(found, str)):
        count = f"{least}" if least == most else f"{least} to {most}"
        expected = "the name of a factor" if most == 1 else f"a list of {count} factors"
        hint = f'Write {statistic} = "equity_us".' if most == 1 else f'Write {statistic} = ["equity_us", "gold"].'
        door.fault(f"{place} {statistic}", found, expected, hint)
        return None
    unknown = [name for name in names if name not in factor_names()]
    for name in unknown:
        door.fault(f"{place} {statistic}", name, "the name of a factor (factors.csv)", nearest_factor(name))
    if len(set(map(str, names))) < len(names):
        door.fault(f"{place} {statistic}", found, "different factors", "Name each of them once.")
        return None
    return None if unknown else tuple(names)


def _number(place: str, statistic: str, factor: str, key: str, suffix: str, value: object, door: Door) -> float | None:
    """A value in internal units: a correlation and a probability have their own bounds, the rest is in factor units."""
    where = f"{place} {key}"
    low, high, suffixes = _bounds(statistic, factor)
    if suffix not in suffixes:
        wanted = " or ".join(key.removesuffix(suffix) + s if suffix else key + s for s in suffixes)
        door.fault(where, key, f"{wanted}: the unit of {statistic} {factor}", f"Write {wanted.split(' or ')[0]}.")
        return None
    size = size_of(SUFFIXES[suffix])
    if not is_number(value, low / size, high / size) or not isinstance(value, (int, float)):
        door.fault(
            where, value, f"a number from {low / size:g} to {high / size:g}", "The unit is the ending of the key."
        )
        return None
    inside = float(value) * size
    price = factor_table()[factor_index()[factor]].kind == "log_return"
    return float(np.log1p(inside)) if statistic == "mean" and price else inside


def _bounds(statistic: str, factor: str) -> tuple[float, float, tuple[str, ...]]:
    """Smallest and largest value, internal units, and the endings of keys that fit."""
    if statistic == "correlation":
        return -1.0, 1.0, ("",)
    if statistic == "probability":
        return 0.0, 1.0, ("_percent",)
    if factor_table()[factor_index()[factor]].kind == "log_return":
        return (-0.99, 5.0, ("_percent",)) if statistic == "mean" else (0.0, 5.0, ("_percent",))
    endings = ("_points",) if factor_table()[factor_index()[factor]].group == "volatility" else ("_bp", "_percent")
    return (-1.0, 1.0, endings) if statistic == "mean" else (0.0, 1.0, endings)
