"""Risk of a simulated distribution, with bands, and what a plan adds to ordinary risk."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np

from ..records import Estimate, PlanIncrement, RiskSummary, StressResult
from ..tables import Z_95
from .measures import conditional_drawdown, contribution, drawdown, expected_shortfall, value_at_risk

BATCHES = 20


def summarise(result: StressResult) -> RiskSummary:
    """VaR, ES, drawdown, contributions and states of a simulated book; fractions of net value, losses positive.

    Bands are 90 percent sampling bands from batch means over disjoint batches of paths.
    """
    value, p = result.book.value, result.factors.probability
    total = result.total / value
    paths = result.path_value

    def band(measure: Callable[[np.ndarray, np.ndarray], float]) -> Estimate:
        return batched(total, measure)

    return RiskSummary(
        horizon_months=12 * result.factors.years,
        paths=len(total),
        mean=band(lambda x, q: -float(q @ x)),
        var_95=band(lambda x, q: value_at_risk(x, q, 0.95)),
        es_95=band(lambda x, q: expected_shortfall(x, q, 0.95)),
        var_99=band(lambda x, q: value_at_risk(x, q, 0.99)),
        es_99=band(lambda x, q: expected_shortfall(x, q, 0.99)),
        cdar_95=conditional_drawdown(paths, p) if paths is not None else 0.0,
        max_drawdown_median=float(np.median(drawdown(paths).max(axis=1))) if paths is not None else 0.0,
        margin_call_probability=float(result.margin_call @ p) if result.margin_call is not None else 0.0,
        contribution=dict(zip(result.book.symbols, (contribution(result.pnl, p) / value).tolist(), strict=True)),
        by_state=_by_state(result, total),
        error_budget=_error_budget(result),
    )


def batched(total: np.ndarray, measure: Callable[[np.ndarray, np.ndarray], float]) -> Estimate:
    """A measure over all paths with its standard error from ``BATCHES`` disjoint batches of equally likely paths."""
    value = measure(total, _equal(len(total)))
    batches = [measure(part, _equal(len(part))) for part in np.array_split(total, BATCHES) if len(part)]
    error = float(np.std(batches, ddof=1) / np.sqrt(len(batches))) if len(batches) > 1 else float("nan")
    return Estimate(value, value - Z_95 * error, value + Z_95 * error, error)


def plan_increment(plan: StressResult, baseline: StressResult, names: tuple[str, str]) -> PlanIncrement:
    """What the plan adds, on common random numbers: both results must come from the same seed.

    Standard errors are of the paired difference over batches, so what the two share cancels.
    """
    value = plan.book.value
    pair = np.stack([plan.total, baseline.total], axis=1) / value

    def difference(measure: Callable[[np.ndarray, np.ndarray], float]) -> Estimate:
        return batched(pair, lambda x, q: measure(x[:, 0], q) - measure(x[:, 1], q))

    states = {}
    for name, inside in _states(plan).items():
        if inside.any():
            states[name] = {
                "probability": float(inside.mean()),
                "mean_loss_added": float((pair[inside, 1] - pair[inside, 0]).mean()),
            }
    return PlanIncrement(
        plan=names[0],
        baseline=names[1],
        mean=difference(lambda x, q: -float(q @ x)),
        es_95=difference(lambda x, q: expected_shortfall(x, q, 0.95)),
        by_state=states,
    )


def _equal(count: int) -> np.ndarray:
    return np.full(count, 1.0 / count)


def _states(result: StressResult) -> dict[str, np.ndarray]:
    """Paths by what they went through; turbulence and funding break may overlap."""
    factors = result.factors
    if factors.turbulent is None or factors.funding_break is None:
        return {}
    return {
        "quiet": ~(factors.turbulent | factors.funding_break),
        "turbulence": factors.turbulent,
        "funding_break": factors.funding_break,
    }


def _by_state(result: StressResult, total: np.ndarray) -> Mapping[str, Mapping[str, float]]:
    states = {}
    for name, inside in _states(result).items():
        if inside.any():
            chosen = total[inside]
            states[name] = {
                "probability": float(inside.mean()),
                "mean_loss": float(-chosen.mean()),
                "es_95": expected_shortfall(chosen, _equal(len(chosen))),
            }
    return states


def _error_budget(result: StressResult) -> Mapping[str, float]:
    """Shares of the variance of P&L: market noise, channels of the plan with their parameters, and what is unexplained.

    First order, so the shares of factors come from the sensitivities; they are scaled to sum to one.
    """
    exposure = result.sensitivities.sum(axis=0)
    channels = result.factors.by_channel @ exposure
    names = result.factors.channels
    ordinary = [names.index(name) for name in ("turbulence", "market") if name in names]
    plan = [i for i in range(len(names)) if i not in ordinary]
    variance = {
        "market_noise": float(channels[:, ordinary].sum(axis=1).var()),
        "plan_and_parameters": float(channels[:, plan].sum(axis=1).var()),
        "exposure_and_position": float(result.residual.sum(axis=1).var()),
    }
    total = sum(variance.values())
    return {name: part / total if total else 0.0 for name, part in variance.items()}
