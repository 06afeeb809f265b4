"""Results of a stress: P&L, attribution, risk and what a plan adds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from .factors import FactorPaths
from .instruments import Book


@dataclass(frozen=True)
class Attribution:
    """One loss split five ways; each split sums to ``total`` exactly. Gains positive, USD.

    total = sum(by_position) = sum(by_factor) + linear_gap + carry + residual
          = sum(by_channel) + linear_gap + carry + residual
    linear_gap: full revaluation less first-order; residual: exposure error and what is specific to each position.
    """

    total: float
    by_position: Mapping[str, float]
    by_factor: Mapping[str, float]
    by_channel: Mapping[str, float]
    by_class: Mapping[str, float]
    linear_gap: float
    carry: float
    residual: float


@dataclass(frozen=True)
class StressResult:
    """P&L of every position in every scenario.

    pnl: (S, N) = price + carry + residual, each (S, N). sensitivities: (N, F). path_value: (S, T+1) net value along
    the path, or None. gross_path: (S, T+1) gross long plus short value, or None.
    """

    book: Book
    factors: FactorPaths
    price: np.ndarray
    carry: np.ndarray
    residual: np.ndarray
    sensitivities: np.ndarray
    path_value: np.ndarray | None = None
    margin_call: np.ndarray | None = None

    @property
    def pnl(self) -> np.ndarray:
        """(S, N) gains."""
        return self.price + self.carry + self.residual

    @property
    def total(self) -> np.ndarray:
        """(S,) gain of the whole book."""
        return self.pnl.sum(axis=1)


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
    by_state: expected loss difference in "quiet", "turbulence", "funding_break" paths of the plan, where any.
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
