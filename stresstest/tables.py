"""Facts live in tables: the list of factors, and the parameters with value, range, source and status.

Nothing in the code is a number that a table could hold. A parameter is kept in the unit of its source and
converted here, once.
"""

from __future__ import annotations

import csv
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import cache
from importlib import resources

import numpy as np

from .errors import DataError, Problem
from .units import size_of

#: Ranges in the table are read as 5th and 95th percentiles.
Z_95 = 1.6448536269514722
#: Draws stop at this many half-ranges from the central value: no path gets a parameter nobody would defend.
WIDEST_DRAW = 1.5
#: Tables that `calibrate` makes. A parameter that one of them names has no value of its own in parameters.csv.
ESTIMATE_TABLES = tuple(
    ("stresstest.plumbing", f"funding_{part}.csv") for part in ("curve", "calendar", "demand", "spikes", "sizes")
)
#: Tenor in years of each Treasury rate factor: the nodes of the curve.
TENORS = {
    "ust_3m": 0.25,
    "ust_1y": 1.0,
    "ust_2y": 2.0,
    "ust_5y": 5.0,
    "ust_10y": 10.0,
    "ust_20y": 20.0,
    "ust_30y": 30.0,
}


def read_table(package: str, name: str) -> list[dict[str, str]]:
    """Rows of a CSV file that ships with the package; lines that begin with # are comments."""
    text = resources.files(package).joinpath(name).read_text(encoding="utf-8")
    return list(csv.DictReader(line for line in text.splitlines() if line and not line.startswith("#")))


@dataclass(frozen=True, slots=True)
class Factor:
    """One risk factor. kind: "change" (decimal difference) or "log_return". unit: of moves inside, and as shown."""

    name: str
    kind: str
    group: str
    unit: str
    when_it_rises: str
    source: str
    description: str


@cache
def factor_table() -> tuple[Factor, ...]:
    """Every factor, in the order that arrays use on their F axis."""
    return tuple(Factor(**row) for row in read_table("stresstest", "factors.csv"))


@cache
def factor_names() -> tuple[str, ...]:
    """Names on the F axis."""
    return tuple(factor.name for factor in factor_table())


@cache
def factor_index() -> Mapping[str, int]:
    """Position of each factor on the F axis."""
    return {name: i for i, name in enumerate(factor_names())}


@dataclass(frozen=True, slots=True)
class Parameter:
    """A constant with its birth certificate. ``value``, ``low``, ``high`` are in internal units (decimals)."""

    name: str
    value: float
    low: float
    high: float
    unit: str
    source: str
    status: str
    description: str

    def draw(self, normal: np.ndarray) -> np.ndarray:
        """Split-normal draws: ``low`` and ``high`` are the 5th and 95th percentiles, ``value`` the median.

        normal: standard normal variates of any shape. Draws are cut at ``WIDEST_DRAW`` half-ranges.
        """
        x = np.clip(normal / Z_95, -WIDEST_DRAW, WIDEST_DRAW)
        above, below = self.high - self.value, self.value - self.low
        return self.value + above * np.maximum(x, 0.0) + below * np.minimum(x, 0.0)


@dataclass(frozen=True)
class Estimated:
    """Parameters that were estimated together. correlation: (K, K) of their errors, in the order of ``parameters``."""

    parameters: Mapping[str, Parameter]
    correlation: np.ndarray


@cache
def parameter_table() -> Mapping[str, Parameter]:
    """All parameters by name, converted to internal units.

    A row without a value takes value and range from the table of estimates that names it; one source for each number.
    """
    rows = {name: row for table in ESTIMATE_TABLES for name, row in _estimates(*table).items()}
    return {
        row["name"]: _parameter(row if row["value"] else row | _estimate_of(row["name"], rows))
        for row in read_table("stresstest", "parameters.csv")
    }


@cache
def estimated_parameters() -> tuple[Estimated, ...]:
    """What the tables of estimates hold: the parameters of one table have errors that move together."""
    return tuple(_estimated(_estimates(*table)) for table in ESTIMATE_TABLES)


@cache
def _estimates(package: str, name: str) -> Mapping[str, dict[str, str]]:
    return {row["name"]: row for row in read_table(package, name)}


def _estimate_of(name: str, rows: Mapping[str, dict[str, str]]) -> dict[str, str]:
    if name not in rows:
        raise DataError(Problem(None, name, "no value", "a value, or a row in a table of estimates", "Add one."))
    return {key: rows[name][key] for key in ("value", "low", "high", "unit")}


def _estimated(rows: Mapping[str, dict[str, str]]) -> Estimated:
    matrix = np.array([[float(row[other]) for other in rows] for row in rows.values()])
    return Estimated({name: parameter_table()[name] for name in rows}, matrix)


def _parameter(row: dict[str, str]) -> Parameter:
    size = size_of(row["unit"])
    value, low, high = (float(row[key]) * size for key in ("value", "low", "high"))
    if not low <= value <= high:
        raise DataError(
            Problem(None, row["name"], f"{row['low']} .. {row['value']} .. {row['high']}", "low <= value <= high", "")
        )
    return Parameter(row["name"], value, low, high, row["unit"], row["source"], row["status"], row["description"])


@dataclass(frozen=True)
class Draws:
    """Parameter values by path: each entry has shape (S,), or (1,) when all paths share the central value.

    paths: take only these paths. trailing: add an axis of one, to broadcast against (S, T) arrays.
    """

    by_name: Mapping[str, np.ndarray]
    paths: np.ndarray | None = None
    trailing: bool = False
    made: dict[object, np.ndarray] = field(init=False, repr=False, compare=False, default_factory=dict)

    def once(self, law: Callable[[Draws], np.ndarray]) -> np.ndarray:
        """What ``law`` makes of these draws, worked out at the first call and then remembered."""
        if law not in self.made:
            self.made[law] = law(self)
        return self.made[law]

    def single(self) -> Draws:
        """The same draws in single precision."""
        return replace(self, by_name={name: values.astype(np.float32) for name, values in self.by_name.items()})

    def __getitem__(self, name: str) -> np.ndarray:
        try:
            value = self.by_name[name]
        except KeyError:
            raise DataError(
                Problem(None, name, "no such parameter", "a row of parameters.csv", "Add the row.")
            ) from None
        if self.paths is not None and len(value) > 1:
            value = value[self.paths]
        return value[:, None] if self.trailing else value

    def rows(self, paths: np.ndarray) -> Draws:
        """The draws of some paths only; central values stay shared."""
        return replace(self, paths=paths)

    def weekly(self) -> Draws:
        """The same draws with a trailing axis of one."""
        return replace(self, trailing=True)


def central() -> Draws:
    """Every parameter at its central value, shape (1,)."""
    return Draws({name: np.array([p.value]) for name, p in parameter_table().items()})


def draw_parameters(paths: int, rng: np.random.Generator, estimates: tuple[Estimated, ...] | None = None) -> Draws:
    """Draws of every parameter, one per path: independent, except those that were estimated together.

    estimates: take these in the place of the tables of estimates, for instance as they stood on an earlier date.

    Each parameter takes its own block of the stream in table order, so adding a row at the end of the table
    leaves the draws of the others unchanged.
    """
    groups = estimated_parameters() if estimates is None else estimates
    table = {**parameter_table(), **{name: p for group in groups for name, p in group.parameters.items()}}
    normal = {name: rng.standard_normal(paths) for name in table}
    for group in groups:
        names = list(group.parameters)
        normal.update(zip(names, _root(group.correlation) @ [normal[name] for name in names], strict=True))
    return Draws({name: p.draw(normal[name]) for name, p in table.items()})


def _root(correlation: np.ndarray) -> np.ndarray:
    """Symmetric root with rows of length one, also of a matrix that rounding has made slightly indefinite."""
    values, vectors = np.linalg.eigh(correlation)
    root = (vectors * np.sqrt(np.maximum(values, 0.0))) @ vectors.T
    return np.asarray(root / np.linalg.norm(root, axis=1, keepdims=True))
