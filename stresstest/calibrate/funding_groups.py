"""Parameters that are estimated together: from the scale of the search to the table that the package reads."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cache

import numpy as np

from ..tables import Z_95, Estimated, parameter_table, read_table
from ..units import WEEKS_A_MONTH, size_of
from .funding_mode import Mode


@dataclass(frozen=True)
class Prior:
    """One row of funding_priors.csv: normal with ``mean`` and ``sd`` on the scale of the search; bounds in ``unit``."""

    name: str
    scale: str
    mean: float
    sd: float
    low: float
    high: float
    unit: str


@dataclass(frozen=True)
class Group:
    """Estimates in the units of the priors: values, standard errors, 5th and 95th percentiles, all (K,).

    correlation: (K, K) of the errors. sample: what they stand on, in words.
    """

    names: tuple[str, ...]
    units: tuple[str, ...]
    values: np.ndarray
    errors: np.ndarray
    low: np.ndarray
    high: np.ndarray
    correlation: np.ndarray
    sample: str

    def __getitem__(self, name: str) -> float:
        return float(self.values[self.names.index(name)])

    @property
    def covariance(self) -> np.ndarray:
        """(K, K) of the errors, in the units of the values."""
        return self.correlation * np.outer(self.errors, self.errors)

    def estimated(self) -> Estimated:
        """The same as parameters in internal units, for draws."""
        made = {}
        for i, name in enumerate(self.names):
            size = size_of(self.units[i])
            value, low, high = (float(numbers[i]) * size for numbers in (self.values, self.low, self.high))
            made[name] = replace(parameter_table()[name], value=value, low=low, high=high, unit=self.units[i])
        return Estimated(made, self.correlation)


@cache
def priors(group: str) -> tuple[Prior, ...]:
    """Priors of one group, in the order in which its parameters are kept."""
    rows = [row for row in read_table("stresstest.calibrate", "funding_priors.csv") if row["group"] == group]
    return tuple(
        Prior(
            name=row["name"],
            scale=row["scale"],
            mean=float(row["mean"]),
            sd=float(row["sd"]),
            low=float(row["low"]),
            high=float(row["high"]),
            unit=row["unit"],
        )
        for row in rows
    )


def prior_moments(group: str) -> tuple[np.ndarray, np.ndarray]:
    """Mean and standard deviation (K,) of the priors of a group."""
    return np.array([p.mean for p in priors(group)]), np.array([p.sd for p in priors(group)])


def natural(scale: str, value: np.ndarray | float) -> np.ndarray:
    """From the scale of the search to that of the table; the logit of a weekly memory becomes a monthly memory."""
    if scale == "log":
        return np.exp(value)
    if scale == "logit":
        return (1.0 / (1.0 + np.exp(-np.asarray(value)))) ** WEEKS_A_MONTH
    return np.asarray(value)


def group_of(name: str, mode: Mode, sample: str) -> Group:
    """Estimates of a group from the mode that its search found."""
    rows = priors(name)
    values, low, high = (
        np.array([float(natural(p.scale, x)) for p, x in zip(rows, mode.values + shift * mode.errors, strict=True)])
        for shift in (0.0, -Z_95, Z_95)
    )
    bounds = np.array([[p.low, p.high] for p in rows])
    values, low, high = (np.clip(numbers, bounds[:, 0], bounds[:, 1]) for numbers in (values, low, high))
    errors = np.array(
        [
            error if p.scale == "identity" else (h - v) / Z_95
            for p, error, v, h in zip(rows, mode.errors, values, high, strict=True)
        ]
    )
    correlation = mode.covariance / np.outer(mode.errors, mode.errors)
    return Group(
        tuple(p.name for p in rows), tuple(p.unit for p in rows), values, errors, low, high, correlation, sample
    )


def extended(group: Group, name: str, value: float, error: float) -> Group:
    """The group with one more parameter in bp, whose error moves with none of the others."""
    size = len(group.names)
    correlation = np.eye(size + 1)
    correlation[:size, :size] = group.correlation
    return Group(
        (*group.names, name), (*group.units, "bp"), np.append(group.values, value), np.append(group.errors, error),
        np.append(group.low, max(0.0, value - Z_95 * error)), np.append(group.high, value + Z_95 * error),
        correlation, group.sample,
    )  # fmt: skip
