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
#: Coefficients of one driver by factor column.
Links = dict[int, Pair]
ONE = np.ones(1)


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
            for factor, coefficients in self.links[name].items():
                maps[:, :, i, factor] = coefficients
        return maps[0], maps[1]

    @cached_property
    def normal(self) -> np.ndarray:
        """(S, drivers, F) in calm weeks."""
        return self.dense()[0]

    @cached_property
    def turbulent(self) -> np.ndarray:
        """(S, drivers, F) in turbulent weeks."""
        return self.dense()[1]


def loadings(rng: np.random.Generator | None = None, paths: int = 1) -> Loadings:
    """Compose the rows into one map per path. Without ``rng`` every coefficient takes its central value."""
    composer = _Composer()
    for row in response_table():
        shift = _shift(row, rng.standard_normal(paths) if rng is not None else np.zeros(paths))
        normal = row.normal + shift
        scale = row.turbulent / row.normal if row.normal else 1.0
        same = row.turbulent == row.normal
        composer.add(row, (normal, normal if same else row.turbulent + shift * scale))
    links: dict[str, Links] = {name: {} for name in DRIVERS}
    for factor, column in factor_index().items():
        for driver, coefficients in composer.combination.get(factor, {}).items():
            links[driver][column] = coefficients
    return Loadings(paths, links)


def _shift(row: Response, normal: np.ndarray) -> np.ndarray:
    half_range = np.where(normal < 0, row.normal - row.low, row.high - row.normal)
    return half_range * np.clip(normal / Z_95, -WIDEST_DRAW, WIDEST_DRAW)


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


def respond_paths(moves: Mapping[str, np.ndarray], turbulent: np.ndarray, maps: Loadings) -> np.ndarray:
    """Factor moves so far (S, T, F) of weekly driver moves, each (S, T); each week through the map of its regime."""
    if not moves:
        return np.zeros((*turbulent.shape, len(factor_names())))
    normal, stress = maps.dense(moves)
    drivers = np.stack(list(moves.values()), axis=2)
    stressed = np.where(turbulent[:, :, None], drivers, 0.0)
    weekly = (drivers - stressed) @ normal + stressed @ stress
    memory = channel_memory()
    for week in range(1, weekly.shape[1]):
        weekly[:, week] += memory * weekly[:, week - 1]
    return np.asarray(weekly)


def respond_factor(factor: str, moves: Mapping[str, np.ndarray], turbulent: np.ndarray, maps: Loadings) -> np.ndarray:
    """(S, T): the one column of ``respond_paths`` that belongs to ``factor``."""
    column = factor_index()[factor]
    path: np.ndarray = np.zeros(turbulent.shape)
    for name, values in moves.items():
        if column in maps.links[name]:
            normal, stress = maps.links[name][column]
            path += values * np.where(turbulent, stress[:, None], normal[:, None])
    memory = fading(factor)
    for week in range(1, path.shape[1]):
        path[:, week] += memory * path[:, week - 1]
    return path


def respond_horizon(moves: Mapping[str, np.ndarray], turbulent: np.ndarray, maps: Loadings) -> np.ndarray:
    """The last date of ``respond_paths``, (S, F), without the path."""
    memory = channel_memory()
    kinds, kind_of = np.unique(memory, return_inverse=True)
    weight = np.power.outer(kinds, np.arange(turbulent.shape[1])[::-1])
    result = np.zeros((len(memory), len(turbulent)))
    for name, values in moves.items():
        total: np.ndarray = weight @ values.T
        stress: np.ndarray = weight @ np.where(turbulent, values, 0.0).T
        calm = total - stress
        for factor, (normal, turned) in maps.links[name].items():
            kind = kind_of[factor]
            result[factor] += total[kind] * normal if turned is normal else calm[kind] * normal + stress[kind] * turned
    return result.T


def driver_vector(shocks: Mapping[str, float]) -> np.ndarray:
    """(drivers,) from named shocks in internal units. Raises DataError for an unknown driver."""
    unknown = sorted(set(shocks) - set(DRIVERS))
    if unknown:
        raise DataError(
            Problem(None, ", ".join(unknown), "unknown driver", f"one of {', '.join(DRIVERS)}", "Mend the name.")
        )
    return np.array([shocks.get(name, 0.0) for name in DRIVERS])
