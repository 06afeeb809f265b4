"""Views on the simulated set: [[view]] tables with a mean, a volatility, a correlation, a probability or an order.

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
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..tables import factor_index, factor_names, factor_table
from ..units import size_of
from .toml_file import Door, is_number, nearest

MOST_VIEWS = 60
STATISTICS = ("mean", "volatility", "correlation", "probability", "order")
RELATIONS = ("equal", "at_most", "at_least")
SUFFIXES = {"_bp": "bp", "_percent": "percent", "_points": "vix_point", "": "1"}
RELATION_KEYS = tuple(relation + suffix for relation in RELATIONS for suffix in SUFFIXES)
BELOW_KEYS = tuple("below" + suffix for suffix in SUFFIXES)
KEYS = (*STATISTICS, *RELATION_KEYS, *BELOW_KEYS, "comment")
#: Factors that one order may rank.
LONGEST_ORDER = 12


@dataclass(frozen=True)
class View:
    """One view on moves over the horizon, internal units; means and volatilities of prices are of log returns.

    statistic: of STATISTICS. factors: one, for a correlation two, for an order two or more. relation: of RELATIONS.
    value: what the statistic shall be (an order has none). below: the bound of a probability. place: in the file.
    """

    statistic: str
    factors: tuple[str, ...]
    relation: str = "at_least"
    value: float = 0.0
    below: float = 0.0
    place: str = ""


def read_views(document: Mapping[str, Any], file: str) -> tuple[View, ...]:
    """Every view of a document. Raises InputError with every fault, also for correlations that cannot hold together."""
    door = Door(file)
    found = [_view(row, table, door) for row, table in door.tables(document, "view", MOST_VIEWS)]
    views = tuple(view for view in found if view is not None)
    _check_pairs(views, door)
    if not door.problems:
        check_correlations(views, door)
    door.close()
    return views


def check_correlations(views: tuple[View, ...], door: Door) -> None:
    """A fault where the correlations that views fix exactly cannot belong to any set of paths."""
    fixed = {frozenset(v.factors): v for v in views if v.statistic == "correlation" and v.relation == "equal"}
    names = sorted({name for pair in fixed for name in pair})
    for clique in _cliques(names, fixed):
        matrix = np.eye(len(clique))
        for i, j in zip(*np.triu_indices(len(clique), 1), strict=True):
            matrix[i, j] = matrix[j, i] = fixed[frozenset((clique[i], clique[j]))].value
        values, vectors = np.linalg.eigh(matrix)
        if values.min() < -1e-12:
            near = (vectors * np.maximum(values, 1e-6)) @ vectors.T
            near /= np.sqrt(np.outer(np.diag(near), np.diag(near)))
            pairs = [(i, j) for i in range(len(clique)) for j in range(i + 1, len(clique))]
            nearest_values = ", ".join(f"{clique[i]} and {clique[j]} {near[i, j]:.2f}" for i, j in pairs)
            place = ", ".join(fixed[frozenset((clique[i], clique[j]))].place for i, j in pairs)
            found = f"smallest eigenvalue {values.min():.2f} of the correlations of {', '.join(clique)}"
            door.fault(
                place, found, "a matrix without negative eigenvalues", f"Nearest that can hold: {nearest_values}."
            )
            door.problems[-1] = _whole(door.problems[-1], found)


def _whole(problem: Any, found: str) -> Any:
    """The same problem with what was found uncut."""
    from dataclasses import replace

    return replace(problem, found=found)


def _cliques(names: list[str], fixed: Mapping[frozenset[str], View]) -> list[tuple[str, ...]]:
    """Largest groups of factors among which every pair is fixed, grown greedily from each fixed pair."""
    groups = set()
    for pair in fixed:
        grown = sorted(pair)
        for name in names:
            if name not in grown and all(frozenset((name, other)) in fixed for other in grown):
                grown.append(name)
        if len(grown) > 2:
            groups.add(tuple(sorted(grown)))
    return sorted(groups)


def _view(row: int, table: Mapping[str, Any], door: Door) -> View | None:
    place = f"view {row}"
    door.unknown(table, KEYS, f"{place} ", row)
    kinds = [kind for kind in STATISTICS if kind in table]
    if len(kinds) != 1:
        hint = 'Write mean = "equity_us", for example.'
        door.fault(place, ", ".join(kinds) or "nothing", f"exactly one of {', '.join(STATISTICS)}", hint, row)
        return None
    statistic = kinds[0]
    factors = _factors(place, statistic, table[statistic], row, door)
    if factors is None:
        return None
    if statistic == "order":
        extra = [key for key in table if key in (*RELATION_KEYS, *BELOW_KEYS)]
        if extra:
            door.fault(f"{place} {extra[0]}", extra[0], "an order without a value", "Leave it out.", row)
        return View("order", factors, place=place)
    return _valued(place, statistic, factors, table, row, door)


def _valued(
    place: str, statistic: str, factors: tuple[str, ...], table: Mapping[str, Any], row: int, door: Door
) -> View | None:
    relations = [key for key in RELATION_KEYS if key in table]
    if len(relations) != 1:
        expected = "exactly one of equal, at_most, at_least, with the unit as its ending"
        door.fault(place, ", ".join(relations) or "no value", expected, "Write at_most_percent = -10.", row)
        return None
    key = relations[0]
    relation = next(r for r in RELATIONS if key.startswith(r))
    value = _number(place, statistic, factors[0], key, key.removeprefix(relation), table[key], row, door)
    bounds = [name for name in BELOW_KEYS if name in table]
    if (statistic == "probability") != (len(bounds) == 1):
        expected = "one bound: below_percent, below_bp, ..." if statistic == "probability" else "no bound"
        door.fault(f"{place} below", ", ".join(bounds) or "none", expected, "", row)
        return None
    below = 0.0
    if bounds:
        suffix = bounds[0].removeprefix("below")
        found = _number(place, "mean", factors[0], bounds[0], suffix, table[bounds[0]], row, door)
        below = 0.0 if found is None else found
    return None if value is None else View(statistic, factors, relation, value, below, place)


def _factors(place: str, statistic: str, found: object, row: int, door: Door) -> tuple[str, ...] | None:
    least, most = {"correlation": (2, 2), "order": (2, LONGEST_ORDER)}.get(statistic, (1, 1))
    names = [found] if isinstance(found, str) else found
    if not isinstance(names, list) or not least <= len(names) <= most or (least > 1 and isinstance(found, str)):
        expected = "the name of a factor" if most == 1 else f"a list of {least} to {most} factors"
        door.fault(f"{place} {statistic}", found, expected, "", row)
        return None
    unknown = [name for name in names if name not in factor_names()]
    for name in unknown:
        door.fault(
            f"{place} {statistic}", name, "the name of a factor (factors.csv)", nearest(name, factor_names()), row
        )
    if len(set(map(str, names))) < len(names):
        door.fault(f"{place} {statistic}", found, "different factors", "", row)
        return None
    return None if unknown else tuple(names)


def _number(
    place: str, statistic: str, factor: str, key: str, suffix: str, value: object, row: int, door: Door
) -> float | None:
    """A value in internal units: a correlation and a probability have their own bounds, the rest is in factor units."""
    where = f"{place} {key}"
    low, high, suffixes = _bounds(statistic, factor)
    if suffix not in suffixes:
        wanted = " or ".join(key.removesuffix(suffix) + s if suffix else key + s for s in suffixes)
        door.fault(where, key, f"{wanted}: the unit of {statistic} {factor}", f"Write {wanted.split(' or ')[0]}.", row)
        return None
    size = size_of(SUFFIXES[suffix])
    if not is_number(value, low / size, high / size) or not isinstance(value, (int, float)):
        door.fault(where, value, f"a number from {low / size:g} to {high / size:g}", "", row)
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


def _check_pairs(views: tuple[View, ...], door: Door) -> None:
    """Two views that fix the same statistic exactly, or bounds that cross, are a conflict."""
    seen: dict[tuple[str, frozenset[str], float], list[View]] = {}
    for view in views:
        if view.statistic != "order":
            seen.setdefault((view.statistic, frozenset(view.factors), view.below), []).append(view)
    for group in seen.values():
        least = max((v.value for v in group if v.relation != "at_most"), default=-np.inf)
        most = min((v.value for v in group if v.relation != "at_least"), default=np.inf)
        if least > most:
            found = f"at least {least:g} and at most {most:g}"
            door.fault(
                group[-1].place, found, f"views on {' and '.join(group[0].factors)} that can both hold", "Keep one."
            )
