"""How a shock to a few drivers spreads to every factor: an ordered, linear table of responses.

Rows of responses.csv are applied in order; a row may use factors that rows above it have filled. For one path and one
regime the map is linear, so channels add up.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

import numpy as np

from ..errors import DataError, Problem
from ..tables import WIDEST_DRAW, Z_95, factor_index, factor_names, read_table
from ..units import size_of

#: What a channel may move directly. expected_path: change of the two-year rate that markets expect; term_premium: of
#: the ten-year; hiking: the part of expected_path that comes as fast hikes under high inflation; the rest are own
#: shocks of the factor after which they are named.
DRIVERS = (
    "expected_path", "term_premium", "hiking", "breakeven", "equity", "volatility", "credit", "mortgage", "funding",
    "dollar", "style", "gold", "oil", "crypto", "stablecoin",
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


@dataclass(frozen=True)
class Loadings:
    """Linear maps from drivers to factors: normal and turbulent, each (S, drivers, F), or S = 1 for central values."""

    normal: np.ndarray
    turbulent: np.ndarray


def loadings(rng: np.random.Generator | None = None, paths: int = 1) -> Loadings:
    """Compose the rows into one map per path. Without ``rng`` every coefficient takes its central value."""
    normal, turbulent = _Composer(paths), _Composer(paths)
    for row in response_table():
        shift = _shift(row, rng.standard_normal(paths) if rng is not None else np.zeros(paths))
        scale = row.turbulent / row.normal if row.normal else 1.0
        normal.add(row, row.normal + shift)
        turbulent.add(row, row.turbulent + shift * scale)
    return Loadings(normal.matrix(), turbulent.matrix())


def _shift(row: Response, normal: np.ndarray) -> np.ndarray:
    half_range = np.where(normal < 0, row.normal - row.low, row.high - row.normal)
    return half_range * np.clip(normal / Z_95, -WIDEST_DRAW, WIDEST_DRAW)


class _Composer:
    """Accumulates the response of each factor as a combination of drivers."""

    def __init__(self, paths: int) -> None:
        unit = np.eye(len(DRIVERS))
        self.paths = paths
        self.combination: dict[str, np.ndarray] = {}
        self.driver = {name: np.broadcast_to(unit[i], (paths, len(DRIVERS))) for i, name in enumerate(DRIVERS)}

    def add(self, row: Response, coefficient: np.ndarray) -> None:
        own_shock = row.driver == row.factor or row.driver not in self.combination
        source = self.driver[row.driver] if own_shock else self.combination[row.driver]
        before = self.combination.get(row.factor, 0.0)
        self.combination[row.factor] = before + coefficient[:, None] * source

    def matrix(self) -> np.ndarray:
        result = np.zeros((self.paths, len(DRIVERS), len(factor_names())))
        for name, column in factor_index().items():
            if name in self.combination:
                result[:, :, column] = self.combination[name]
        return result


def respond_paths(drivers: np.ndarray, turbulent: np.ndarray, maps: Loadings) -> np.ndarray:
    """Factor moves so far (S, T, F) of weekly driver moves (S, T, drivers); each week through the map of its regime."""
    stressed = np.where(turbulent[:, :, None], drivers, 0.0)
    return np.cumsum(drivers - stressed, axis=1) @ maps.normal + np.cumsum(stressed, axis=1) @ maps.turbulent


def respond_horizon(drivers: np.ndarray, turbulent: np.ndarray, maps: Loadings) -> np.ndarray:
    """The last date of ``respond_paths``, (S, F), without the path."""
    stressed = np.matmul(turbulent[:, None, :].astype(float), drivers)
    calm = drivers.sum(axis=1, keepdims=True) - stressed
    return (np.matmul(calm, maps.normal) + np.matmul(stressed, maps.turbulent))[:, 0, :]


def driver_vector(shocks: Mapping[str, float]) -> np.ndarray:
    """(drivers,) from named shocks in internal units. Raises DataError for an unknown driver."""
    unknown = sorted(set(shocks) - set(DRIVERS))
    if unknown:
        raise DataError(
            Problem(None, ", ".join(unknown), "unknown driver", f"one of {', '.join(DRIVERS)}", "Mend the name.")
        )
    return np.array([shocks.get(name, 0.0) for name in DRIVERS])
