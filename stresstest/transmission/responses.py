"""How a shock to a few drivers spreads to every factor: an ordered, linear table of responses.

Rows of responses.csv are applied in order; a row may use factors that rows above it have filled. For one path and one
regime the map is linear, so channels add up.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache, cached_property

import numpy as np

from ..errors import DataError, Problem
from ..tables import WIDEST_DRAW, Z_95, factor_index, factor_names, read_table
from ..units import size_of
from .variates import standard_normals

#: What a channel may move directly. expected_path: change of the two-year rate that markets expect; term_premium: of
#: the ten-year; hiking: the part of expected_path that comes as fast hikes under high inflation; doubt: the part of
#: term_premium that comes with doubt of the currency; inflation: surprise of consumer prices over twelve months;
#: growth: of the output gap; euro_premium, sterling_premium: ten-year term premia abroad; the rest are own shocks of
#: the factor after which they are named.
DRIVERS = (
    "expected_path", "term_premium", "hiking", "breakeven", "equity", "volatility", "credit", "mortgage", "funding",
    "dollar", "style", "gold", "oil", "crypto", "stablecoin", "doubt", "inflation", "growth",
    "rate_volatility", "euro_premium", "sterling_premium",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Response:
    """One row: the change of ``factor`` for one unit of ``driver``, internal units."""

    factor: str
    driver: str
    normal: float
    turbulent: float
    low: float
    high: float
    source: str
    status: str


@cache
def response_table() -> tuple[Response, ...]:
    """All rows in order. Raises DataError for a driver that no row above provides."""
    known, rows = set(DRIVERS), []
    for raw in read_table("stresstest.transmission", "responses.csv"):
        size = size_of(raw["unit"])
        normal, turbulent, low, high = (float(raw[key]) * size for key in ("normal", "turbulent", "low", "high"))
        row = Response(raw["factor"], raw["driver"], normal, turbulent, low, high, raw["source"], raw["status"])
        if row.driver not in known or not row.low <= row.normal <= row.high:
            found = f"{row.driver}: {row.low} .. {row.normal} .. {row.high}"
            raise DataError(Problem(None, row.factor, found, "a driver above this row, and low <= normal <= high", ""))
        known.add(row.factor)
        rows.append(row)
    return tuple(rows)


#: Coefficients in calm and in turbulent weeks, each (S,), or S = 1 for central values; one array where they agree.
Pair = tuple[np.ndarray, np.ndarray]
ONE = np.ones(1, dtype=np.float32)


@dataclass(frozen=True)
class Links:
    """How factors answer to one driver. columns: (n,) of the factors; normal: (n, S) in calm weeks.

    changed: (m,) columns of those that answer differently in turbulence; more: (m, S) by how much.
    """

    columns: np.ndarray
    normal: np.ndarray
    changed: np.ndarray
    more: np.ndarray

    @classmethod
    def of(cls, answers: Mapping[int, Pair], paths: int) -> Links:
        """From coefficients by column."""
        changed = {column: turned - normal for column, (normal, turned) in answers.items() if turned is not normal}
        normal = _stacked([normal for normal, _ in answers.values()], paths)
        more = _stacked([*changed.values()], paths)
        return cls(np.array([*answers], dtype=int), normal, np.array([*changed], dtype=int), more)


def _stacked(rows: list[np.ndarray], paths: int) -> np.ndarray:
    return np.stack(rows) if rows else np.zeros((0, paths), dtype=np.float32)


@dataclass(frozen=True)
class Loadings:
    """Linear maps from drivers to factors, kept by driver and only where a factor answers. paths: S."""

    paths: int
    links: Mapping[str, Links]

    def dense(self, drivers: Iterable[str] = DRIVERS) -> tuple[np.ndarray, np.ndarray]:
        """The maps as arrays (S, drivers, F): normal and turbulent."""
        chosen = list(drivers)
        maps = np.zeros((2, self.paths, len(chosen), len(factor_names())))
        for i, name in enumerate(chosen):
            links = self.links[name]
            maps[:, :, i, links.columns] = links.normal.T
            maps[1, :, i, links.changed] += links.more
        return maps[0], maps[1]

    def reaching(self, factor: str) -> list[str]:
        """Drivers that ``factor`` answers to."""
        return [name for name in DRIVERS if factor_index()[factor] in self.links[name].columns]

    def stacked(self, drivers: list[str], changed: list[str], dtype: np.dtype) -> np.ndarray:
        """(S, D, F) what ``drivers`` do in calm weeks, then what turbulence adds for those that are ``changed``."""
        maps = np.zeros((self.paths, len(drivers) + len(changed), len(factor_names())), dtype=dtype)
        for number, name in enumerate(drivers):
            maps[:, number, self.links[name].columns] = self.links[name].normal.T
        for number, name in enumerate(changed, len(drivers)):
            maps[:, number, self.links[name].changed] = self.links[name].more.T
        return maps

    @cached_property
    def normal(self) -> np.ndarray:
        """(S, drivers, F) in calm weeks."""
        return self.dense()[0]

    @cached_property
    def turbulent(self) -> np.ndarray:
        """(S, drivers, F) in turbulent weeks."""
        return self.dense()[1]


def loadings(rng: np.random.Generator | None = None, paths: int = 1) -> Loadings:
    """Compose the rows into one map per path, drawn in single precision.

    Without ``rng`` every coefficient takes its central value.
    """
    composer, rows = _Composer(), response_table()
    shifts = np.zeros((len(rows), paths)) if rng is None else _shifts(standard_normals((len(rows), paths), rng))
    for row, shift in zip(rows, shifts, strict=True):
        normal = row.normal + shift
        scale = row.turbulent / row.normal if row.normal else 1.0
        same = row.turbulent == row.normal
        composer.add(row, (normal, normal if same else row.turbulent + shift * scale))
    answers: dict[str, dict[int, Pair]] = {name: {} for name in DRIVERS}
    for factor, column in factor_index().items():
        for driver, coefficients in composer.combination.get(factor, {}).items():
            answers[driver][column] = coefficients
    return Loadings(paths, {name: Links.of(pairs, paths) for name, pairs in answers.items()})


def _shifts(normal: np.ndarray) -> np.ndarray:
    """(rows, S) departures from the central values, for standard normals of the same shape."""
    rows = response_table()
    up, down = (
        np.array(sides, dtype=np.float32)[:, None] / np.float32(Z_95)
        for sides in ([row.high - row.normal for row in rows], [row.normal - row.low for row in rows])
    )
    widest = np.float32(WIDEST_DRAW * Z_95)
    return up * np.clip(normal, 0.0, widest) + down * np.clip(normal, -widest, 0.0)


class _Composer:
    """Accumulates the response of each factor as a combination of drivers: a pair of coefficients by driver.

    Where nothing differs between calm and turbulence, the two of a pair are one array, and are worked out once.
    """

    def __init__(self) -> None:
        self.combination: dict[str, dict[str, Pair]] = {}

    def add(self, row: Response, coefficients: Pair) -> None:
        own_shock = row.driver == row.factor or row.driver not in self.combination
        source = {row.driver: (ONE, ONE)} if own_shock else self.combination[row.driver]
        answers = self.combination.setdefault(row.factor, {})
        for driver, passes in source.items():
            more = _each(np.multiply, coefficients, passes)
            answers[driver] = _each(np.add, answers[driver], more) if driver in answers else more


def _each(operation: np.ufunc, first: Pair, second: Pair) -> Pair:
    """``operation`` on the calm and on the turbulent coefficients of two pairs."""
    calm = operation(first[0], second[0])
    same = first[0] is first[1] and second[0] is second[1]
    return calm, calm if same else operation(first[1], second[1])


@cache
def channel_memory() -> np.ndarray:
    """(F,) share of a channel's move that is left a week later (fading.csv); one where nothing fades."""
    memory = np.ones(len(factor_names()))
    for row in read_table("stresstest.transmission", "fading.csv"):
        memory[factor_index()[row["factor"]]] = float(row["memory"])
    return memory


def fading(factor: str) -> float:
    """Share of a channel's move of ``factor`` that is left a week later."""
    return float(channel_memory()[factor_index()[factor]])


@dataclass(frozen=True)
class Driven:
    """Levels of the drivers of S paths and what factors make of them, ready to be put together a few paths at a time.

    levels: (D, T, S) sums so far of the drivers, then of those weeks of some that turbulence makes count for more;
    answers: (S or 1, D, F) of the factors to them.
    """

    levels: np.ndarray
    answers: np.ndarray

    @classmethod
    def of(cls, moves: Mapping[str, np.ndarray], turbulent: np.ndarray, maps: Loadings) -> Driven:
        """From weekly driver moves, each (S, T); each week goes through the map of its regime."""
        changed = [name for name in moves if len(maps.links[name].changed)]
        levels = _levels([*moves.values(), *(moves[name] * turbulent for name in changed)], turbulent)
        return cls(levels, maps.stacked(list(moves), changed, levels.dtype))

    def paths(self, rows: slice) -> np.ndarray:
        """Factor moves so far (P, T, F) of some paths.

        Sums over weeks are taken of the drivers, which are fewer than the factors. A factor that fades has it put right
        afterwards: its level is a linear map, of weeks to weeks, of the level that it had without fading.
        """
        answers = self.answers if len(self.answers) == 1 else self.answers[rows]
        paths = np.ascontiguousarray(self.levels[:, :, rows].transpose(2, 1, 0)) @ answers
        for column in np.flatnonzero(channel_memory() < 1.0).tolist():
            paths[:, :, column] = paths[:, :, column] @ _faded(column, paths.shape[1]).astype(paths.dtype)
        return paths


@cache
def _faded(column: int, weeks: int) -> np.ndarray:
    """(T, T) that turns a row of levels without fading into one of levels with the fading of the factor."""
    lag = np.subtract.outer(np.arange(weeks), np.arange(weeks))
    left = np.where(lag >= 0, channel_memory()[column] ** np.maximum(lag, 0), 0.0)
    return np.asarray(left - np.pad(left[:, 1:], ((0, 0), (0, 1)))).T


def _levels(weekly: list[np.ndarray], turbulent: np.ndarray) -> np.ndarray:
    """(D, T, S) sums so far of weekly moves, each (S, T)."""
    levels = np.empty((len(weekly), *turbulent.shape[::-1]), dtype=np.result_type(np.float32, *weekly))
    for level, values in zip(levels, weekly, strict=True):
        level[:] = values.T
    for week in range(1, levels.shape[1]):
        levels[:, week] += levels[:, week - 1]
    return levels


def respond_factor(factor: str, moves: Mapping[str, np.ndarray], turbulent: np.ndarray, maps: Loadings) -> np.ndarray:
    """(S, T): the one column of ``Driven.paths`` that belongs to ``factor``."""
    column = factor_index()[factor]
    path = np.zeros(turbulent.T.shape, dtype=np.result_type(np.float32, *moves.values()))
    for name in maps.reaching(factor):
        if name in moves:
            links = maps.links[name]
            path += moves[name].T * links.normal[links.columns == column][0]
            if column in links.changed:
                path += (moves[name] * turbulent).T * links.more[links.changed == column][0]
    memory = path.dtype.type(fading(factor))
    for week in range(1, len(path)):
        path[week] += memory * path[week - 1]
    return path.T


def answers_at_horizon(
    moves: Mapping[str, np.ndarray], turbulent: np.ndarray, maps: Loadings
) -> tuple[np.ndarray, np.ndarray]:
    """Columns (n,) of the factors that answer, and their moves at the horizon, (n, S)."""
    kinds, kind_of = np.unique(channel_memory(), return_inverse=True)
    dtype = np.result_type(np.float32, *moves.values())
    weight = np.power.outer(kinds, np.arange(turbulent.shape[1])[::-1]).astype(dtype)
    moving = {name: values for name, values in moves.items() if values.any()}
    columns = np.unique(np.concatenate([np.zeros(0, dtype=int), *(maps.links[name].columns for name in moving)]))
    answers = np.zeros((len(columns), len(turbulent)), dtype=dtype)
    for name, values in moving.items():
        links = maps.links[name]
        where = np.searchsorted(columns, links.columns)
        answers[where] += (weight @ values.T)[kind_of[links.columns]] * links.normal
        if len(links.changed):
            where = np.searchsorted(columns, links.changed)
            answers[where] += (weight @ (values * turbulent).T)[kind_of[links.changed]] * links.more
    return columns, answers


def driver_vector(shocks: Mapping[str, float]) -> np.ndarray:
    """(drivers,) from named shocks in internal units. Raises DataError for an unknown driver."""
    unknown = sorted(set(shocks) - set(DRIVERS))
    if unknown:
        raise DataError(
            Problem(None, ", ".join(unknown), "unknown driver", f"one of {', '.join(DRIVERS)}", "Mend the name.")
        )
    return np.array([shocks.get(name, 0.0) for name in DRIVERS])
