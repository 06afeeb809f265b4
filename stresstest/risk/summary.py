"""Risk of a simulated distribution, with bands, and what a plan adds to ordinary risk."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np

from ..records import Estimate, PlanIncrement, RiskSummary, StressResult
from ..tables import Z_95
from .measures import conditional_drawdown, contribution, drawdown, expected_shortfall, value_at_risk

BATCHES = 20


def summarise(result: StressResult, error_budget: Mapping[str, float]) -> RiskSummary:
    """VaR, ES, drawdown, contributions and states of a simulated book; fractions of net value, losses positive.

    Paths count with their probability. Bands are 90 percent sampling bands from batch means over disjoint batches.
    error_budget: share of the variance by layer of uncertainty, found by the caller.
    """
    value, p = result.book.value, result.factors.probability
    total = result.total / value
    paths = result.path_value

    def band(measure: Callable[[np.ndarray, np.ndarray], float]) -> Estimate:
        return batched(total, measure, p)

    return RiskSummary(
        horizon_months=12 * result.factors.years,
        paths=len(total),
        mean=band(lambda x, q: -float(q @ x)),
        var_95=band(lambda x, q: value_at_risk(x, q, 0.95)),
        es_95=band(lambda x, q: expected_shortfall(x, q, 0.95)),
        var_99=band(lambda x, q: value_at_risk(x, q, 0.99)),
        es_99=band(lambda x, q: expected_shortfall(x, q, 0.99)),
        cdar_95=conditional_drawdown(paths, p) if paths is not None else 0.0,
        max_drawdown_median=_median(drawdown(paths).max(axis=1), p) if paths is not None else 0.0,
        margin_call_probability=float(result.margin_call @ p) if result.margin_call is not None else 0.0,
        contribution=dict(zip(result.book.symbols, (contribution(result.pnl, p) / value).tolist(), strict=True)),
        by_state=_by_state(result, total),
        error_budget=error_budget,
    )


def batched(
    total: np.ndarray, measure: Callable[[np.ndarray, np.ndarray], float], probability: np.ndarray | None = None
) -> Estimate:
    """A measure over all paths with its standard error from ``BATCHES`` disjoint batches of paths.

    probability: weights of the paths, equal where None; within a batch they are scaled to sum to one.
    """
    p = _equal(len(total)) if probability is None else probability
    value = measure(total, p)
    parts = zip(np.array_split(total, BATCHES), np.array_split(p, BATCHES), strict=True)
    batches = [measure(part, weights / weights.sum()) for part, weights in parts if weights.sum() > 0]
    error = float(np.std(batches, ddof=1) / np.sqrt(len(batches))) if len(batches) > 1 else float("nan")
    return Estimate(value, value - Z_95 * error, value + Z_95 * error, error)


def plan_increment(plan: StressResult, baseline: StressResult, names: tuple[str, str]) -> PlanIncrement:
    """What the plan adds, on common random numbers: both results must come from the same seed.

    Standard errors are of the paired difference over batches, so what the two share cancels. What the way to the
    horizon adds counts where both results followed their paths, and is left out of both otherwise.
    """
    value, p = plan.book.value, plan.factors.probability
    followed = plan.path_value is not None and baseline.path_value is not None
    totals = [result.total if followed else result.base_total for result in (plan, baseline)]
    pair = np.stack(totals, axis=1) / value

    def difference(measure: Callable[[np.ndarray, np.ndarray], float]) -> Estimate:
        return batched(pair, lambda x, q: measure(x[:, 0], q) - measure(x[:, 1], q), p)

    states = {}
    for name, inside in _states(plan).items():
        share = float(p[inside].sum())
        if share > 0:
            added = batched(pair[inside, 1] - pair[inside, 0], lambda x, q: float(q @ x), p[inside] / share)
            states[name] = {"probability": share, "mean_loss_added": added.value, "mean_loss_added_error": added.error}
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
    """Paths by the worst that they went through: each is in one state, and the states add up to all paths."""
    factors = result.factors
    if factors.turbulent is None or factors.funding_break is None:
        return {}
    return {
        "quiet": ~(factors.turbulent | factors.funding_break),
        "turbulence": factors.turbulent & ~factors.funding_break,
        "funding_break": factors.funding_break,
    }


def _by_state(result: StressResult, total: np.ndarray) -> Mapping[str, Mapping[str, float]]:
    states, p = {}, result.factors.probability
    for name, inside in _states(result).items():
        share = float(p[inside].sum())
        if share > 0:
            weights = p[inside] / share
            states[name] = {
                "probability": share,
                "mean_loss": -float(weights @ total[inside]),
                "es_95": expected_shortfall(total[inside], weights),
            }
    return states


def _median(values: np.ndarray, p: np.ndarray) -> float:
    return value_at_risk(-values, p, 0.5)
