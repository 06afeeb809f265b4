"""Study to document: the one place where records are reduced to what is shown. Everything else reads the document.

Keys follow the JSON contract ``stresstest/report/1``; what goes beyond it is added, never renamed.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from ...errors import Problem
from ...records import (
    Attribution,
    Estimate,
    MarketSnapshot,
    PlanIncrement,
    RiskSummary,
    RunoffPlan,
    ScenarioLoss,
    Study,
)
from ...units import to_percent
from .book import portfolio
from .clean import private, strict
from .proposal import rebalance
from .series import balance_sheet

SCHEMA = "stresstest/report/1"
HISTOGRAM_BINS = 40
#: The histogram leaves out this share of paths in each tail, so that one extreme path does not flatten the picture.
HISTOGRAM_CUT = 0.001


def document(study: Study) -> dict[str, Any]:
    """The whole study as strict JSON types. Raises TypeError where ``inputs`` or ``analytics`` hold no JSON values."""
    parts = {
        "schema": SCHEMA,
        "inputs": private(strict(_inputs(study))),
        "snapshot": private(strict(_snapshot(study.snapshot))),
        "plan": _plan(study.plan),
        "baseline": _plan(study.baseline),
        "portfolio": portfolio(study),
        "scenarios": [_scenario(scenario) for scenario in study.scenarios],
        "distribution": _distribution(study),
        "increment": _increment(study.increment),
        "balance_sheet": balance_sheet(study.balance, study.funding, study.outlook),
        "rebalance": None if study.rebalance is None else rebalance(study.rebalance),
        "warnings": [_warning(problem) for problem in study.warnings],
    }
    return dict(strict(parts))


def _inputs(study: Study) -> dict[str, object]:
    book = study.portfolio
    return {
        "holdings": book.name,
        "holdings_sha256": book.sha256,
        "layout": book.layout,
        "snapshot_date": study.snapshot.as_of,
        "snapshot_origin": study.snapshot.origin,
        **study.inputs,
    }


def _snapshot(snapshot: MarketSnapshot) -> dict[str, object]:
    quotes = [{**quote.__dict__, "age_days": (snapshot.as_of - quote.date).days} for quote in snapshot.quotes.values()]
    return {"as_of": snapshot.as_of, "origin": snapshot.origin, "quotes": quotes}


def _plan(plan: RunoffPlan) -> dict[str, object]:
    parts = {name: [part.__dict__ for part in getattr(plan, name)] for name in ("steps", "rules", "tga")}
    return plan.__dict__ | parts


def _scenario(scenario: ScenarioLoss) -> dict[str, object]:
    """Contract keys. ``by_*``, ``carry``, ``residual``, ``linear_gap``: gains positive, USD; ``band`` in fractions."""
    return {
        "name": scenario.name,
        "title": scenario.title,
        "episode": scenario.episode,
        "narrative": scenario.narrative,
        "sources": scenario.sources,
        "probability": scenario.probability,
        "plausibility": scenario.plausibility,
        "loss_pct": to_percent(scenario.loss_fraction),
        "loss_fraction": scenario.loss_fraction,
        "loss": scenario.loss,
        "band": {"p05": scenario.band.low, "p95": scenario.band.high},
        **attribution(scenario.attribution),
        "factor_moves": scenario.factor_moves,
        "loss_fraction_after": scenario.loss_after,
        "income_fraction": -scenario.income,
        "plausibility_calm": scenario.plausibility_calm,
        "path": scenario.path,
        "cautions": [_warning(problem) for problem in scenario.cautions],
        "filled_in": scenario.filled_in,
    }


def attribution(split: Attribution) -> dict[str, object]:
    """One gain or loss with its five splits, as they are: gains positive, USD."""
    return dict(split.__dict__)


def _estimate(estimate: Estimate) -> dict[str, float]:
    return {"value": estimate.value, "p05": estimate.low, "p95": estimate.high, "standard_error": estimate.error}


def _distribution(study: Study) -> dict[str, object]:
    risk: RiskSummary = study.risk
    bands = {name: getattr(risk, name) for name in ("mean", "var_95", "es_95", "var_99", "es_99")}
    return {
        "horizon_months": risk.horizon_months,
        "paths": risk.paths,
        **{name: estimate.value for name, estimate in bands.items() if name != "mean"},
        "mean_loss": risk.mean.value,
        "cdar_95": risk.cdar_95,
        "max_drawdown_median": risk.max_drawdown_median,
        "margin_call_probability": risk.margin_call_probability,
        "bands": {name: _estimate(estimate) for name, estimate in bands.items()},
        "contribution_es_95": risk.contribution,
        "by_state": risk.by_state,
        "error_budget": risk.error_budget,
        "without": {"channels": study.inputs.get("channels_off", ()), "layers": study.inputs.get("layers_off", ())},
        "tail": attribution(study.tail),
        "histogram": _histogram(study),
    }


def _histogram(study: Study) -> Mapping[str, object]:
    """Probability of the one-horizon result by bins of fractions of net value; the end bins hold the far tails."""
    result = study.stress.total / study.book.value
    low, high = np.quantile(result, [HISTOGRAM_CUT, 1 - HISTOGRAM_CUT])
    edges = np.linspace(low, high, HISTOGRAM_BINS + 1)
    weight, _ = np.histogram(np.clip(result, low, high), edges, weights=study.stress.factors.probability)
    return {"edges": edges, "probability": weight}


def _increment(increment: PlanIncrement) -> dict[str, object]:
    return {
        "plan": increment.plan,
        "baseline": increment.baseline,
        "mean": _estimate(increment.mean),
        "es_95": _estimate(increment.es_95),
        "by_state": increment.by_state,
    }


def _warning(problem: Problem) -> dict[str, object]:
    return {**problem.to_dict(), "file": private(problem.file)}
