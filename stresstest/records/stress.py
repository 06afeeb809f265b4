"""Results of a stress: P&L, attribution, risk and what a plan adds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from ..errors import Problem
from .factors import FactorPaths
from .instruments import Book


@dataclass(frozen=True)
class Attribution:
    """One loss split five ways; each split sums to ``total`` exactly. Gains positive, USD.

    total = sum(by_position) = sum(by_factor) + linear_gap + carry + residual + sum(path_effects)
          = sum(by_channel) + linear_gap + carry + residual + sum(path_effects)
    linear_gap: full revaluation less first-order; residual: exposure error and what is specific to each position.
    path_effects: what following the weekly paths adds, by name ("forced sales" among them); empty without paths.
    """

    total: float
    by_position: Mapping[str, float]
    by_factor: Mapping[str, float]
    by_channel: Mapping[str, float]
    by_class: Mapping[str, float]
    linear_gap: float
    carry: float
    residual: float
    path_effects: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class PathEffect:
    """What following the weekly paths adds to some holdings. columns: (n,) on the N axis. gain: (S, n), USD."""

    columns: np.ndarray
    gain: np.ndarray


@dataclass(frozen=True)
class StressResult:
    """P&L of every position in every scenario.

    price, carry, residual: (S, N), from today straight to the horizon. effects: what the way there adds, by name; empty
    where no paths were followed. pnl: (S, N), all of it. base_pnl: without the effects, for comparison with results
    that followed no paths. sensitivities: (N, F). path_value: (S, T+1) net value along the path, or None.
    margin_call: (S,) whether equity ever fell short of the requirement; None for a book that does not borrow. warnings:
    what revaluation had to assume.
    """

    book: Book
    factors: FactorPaths
    price: np.ndarray
    carry: np.ndarray
    residual: np.ndarray
    sensitivities: np.ndarray
    path_value: np.ndarray | None = None
    margin_call: np.ndarray | None = None
    effects: Mapping[str, PathEffect] = field(default_factory=dict)
    warnings: tuple[Problem, ...] = ()

    @property
    def base_pnl(self) -> np.ndarray:
        """(S, N) gains without what the way to the horizon adds."""
        return self.price + self.carry + self.residual

    @property
    def pnl(self) -> np.ndarray:
        """(S, N) gains."""
        gains = self.base_pnl
        for effect in self.effects.values():
            gains[:, effect.columns] += effect.gain
        return gains

    @property
    def base_total(self) -> np.ndarray:
        """(S,) gain of the whole book without what the way to the horizon adds."""
        return np.asarray(self.price.sum(axis=1) + self.carry.sum(axis=1) + self.residual.sum(axis=1))

    @property
    def total(self) -> np.ndarray:
        """(S,) gain of the whole book."""
        gains = self.base_total
        for effect in self.effects.values():
            gains += effect.gain.sum(axis=1)
        return gains


@dataclass(frozen=True)
class Estimate:
    """A number with its 90 percent band; ``error`` is the standard error where sampling is the source."""

    value: float
    low: float
    high: float
    error: float = 0.0


@dataclass(frozen=True)
class PlanIncrement:
    """What the plan adds to ordinary risk, on common random numbers: plan less baseline, fractions of value.

    mean: change of the mean loss; es_95: change of expected shortfall; each with its standard error over batches.
    by_state: change of the mean loss, with its error, in "quiet", "turbulence", "funding_break" paths of the plan,
    where any; a path with a break counts there alone, turbulent or not, so that probabilities add up to one.
    """

    plan: str
    baseline: str
    mean: Estimate
    es_95: Estimate
    by_state: Mapping[str, Mapping[str, float]]


@dataclass(frozen=True)
class RiskSummary:
    """Risk of the simulated distribution, as fractions of net value; losses positive."""

    horizon_months: float
    paths: int
    mean: Estimate
    var_95: Estimate
    es_95: Estimate
    var_99: Estimate
    es_99: Estimate
    cdar_95: float
    max_drawdown_median: float
    margin_call_probability: float
    contribution: Mapping[str, float]
    by_state: Mapping[str, Mapping[str, float]]
    error_budget: Mapping[str, float]
