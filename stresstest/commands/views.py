"""``views``: the simulated risk of a book before and after views on the factors."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from ..errors import InputError, NoAnswerError, Problem
from ..market import load_snapshot
from ..records import StressResult
from ..risk.measures import expected_shortfall, value_at_risk
from ..scenarios import Reweighted, View, apply_views, chosen_views
from ..scenarios.pooling import ViewResult
from ..scenarios.view import subject, value_text
from ..stress import revalue
from ..study.books import Modelling, make_book, read_holdings
from ..study.inputs import require_value, simulation_warnings
from ..study.options import Options
from ..study.plans import choose_plan, simulate
from ..study.thin_tail import tail_warnings
from ..study.together import read_together
from ..units import fixed, to_percent
from .shown import Measure, Noted, Shown, Simulated

MEASURES = ("mean", "var_95", "es_95", "es_99")


def views(holdings: str, files: tuple[str, ...], options: Options, floor: float | None = None) -> Shown:
    """Loss of ``holdings`` under the plan of the options, before and after the [[view]] tables of ``files``.

    floor: fewest effective paths accepted. Raises InputError for a file without views or with faults, and NoAnswerError
    where no weights, or too few paths, meet them.
    """
    snapshot = load_snapshot(options.data, options.as_of)
    wanted, portfolio, plan, off = read_together(
        lambda: _wanted(files),
        lambda: read_holdings(holdings, snapshot, options.data, options.as_of, options.mapping),
        lambda: choose_plan(options, snapshot),
        lambda: options.switches,
    )
    book = make_book(portfolio, snapshot, Modelling(options.calibration, options.broker))
    require_value(book)
    cloud = simulate(plan, options, snapshot)  # with its weeks, so that losses are those of `run`
    result = revalue(book, cloud.factors, layers=off.of_the_book, seed=options.seed)
    warnings = simulation_warnings(book, portfolio, snapshot, result.warnings, options, plan)
    try:
        reweighted = apply_views(cloud.factors, wanted, floor)
    except NoAnswerError as error:  # what is switched off may be why no weights meet the views
        raise NoAnswerError(error.reason, error.relaxation, warnings) from None
    warnings = (*tail_warnings(options.paths, probability=reweighted.factors.probability), *warnings)
    before = _measures(result, cloud.factors.probability)
    after = _measures(result, reweighted.factors.probability)
    document = {
        "plan": plan.name,
        "paths": len(result.total),
        "seed": options.seed,
        "without": list(off.off),
        **pooled_document(reweighted),
        "before": before,
        "after": after,
        "warnings": list(map(str, warnings)),
    }
    losses = [
        (Measure(name), *(f"{fixed(to_percent(at[name]), '+.2f')} %" for at in (before, after))) for name in MEASURES
    ]
    tables = (
        view_table(reweighted),
        (Simulated("Loss, percent of net value", off.off), ("measure", "simulated", "under the views"), losses),
    )
    lines: tuple[str | Noted, ...] = (effective_line(reweighted), *(Noted("warning", problem) for problem in warnings))
    return Shown(document, tables, lines)


def _wanted(files: tuple[str, ...]) -> tuple[View, ...]:
    """The views of all files. Raises InputError with every fault, and where there is no view at all."""
    problems = [
        Problem(None, "views", name, "a TOML file with [[view]] tables", "Check the path and the ending .toml.")
        for name in files
        if not (Path(name).is_file() and Path(name).suffix.lower() == ".toml")
    ]
    if problems:
        raise InputError(problems)
    wanted = chosen_views(files)
    if not wanted:
        hint = 'Write [[view]], mean = "equity_us" and at_most_percent = -10, for example.'
        raise InputError(Problem(None, "view", "none", "at least one [[view]]", hint))
    return wanted


def pooled_document(reweighted: Reweighted) -> dict[str, Any]:
    """What views did to the weights, for JSON."""
    return {
        "effective_paths": reweighted.effective,
        "effective_share": reweighted.share,
        "floor": reweighted.floor,
        "divergence": reweighted.divergence,
        "views": [
            {
                "statistic": r.view.statistic,
                "factors": list(r.view.factors),
                "relation": r.view.relation,
                "value": None if r.view.statistic == "order" else r.view.value,
                "below": r.view.below if r.view.statistic == "probability" else None,
                "before": r.before,
                "after": r.after,
                "residual": r.residual,
            }
            for r in reweighted.results
        ],
    }


def view_table(reweighted: Reweighted) -> tuple[str, tuple[str, ...], list[tuple[str, ...]]]:
    """One row for each view."""
    header = ("view", "simulated", "asked", "reached", "residual sd")
    return "Views on moves over the horizon", header, [_row(result) for result in reweighted.results]


def effective_line(reweighted: Reweighted) -> str:
    """How much of the simulation is left."""
    return (
        f"Effective paths: {reweighted.effective:,.0f} of {len(reweighted.factors.probability):,} "
        f"({reweighted.share:.0%}; at least {reweighted.floor:,.0f}); divergence {reweighted.divergence:.3f} nats"
    )


def _row(result: ViewResult) -> tuple[str, ...]:
    view = result.view
    if view.statistic == "order":
        return subject(view), "", "", "holds", _residual(result)
    values = (value_text(view, value) for value in (result.before, view.value, result.after))
    before, asked, reached = values
    return subject(view), before, f"{view.relation.replace('_', ' ')} {asked}", reached, _residual(result)


def _residual(result: ViewResult) -> str:
    """What is missed of a view; rounding is nothing."""
    return f"{round(abs(result.residual), 6):.1g}"


def _measures(result: StressResult, probability: np.ndarray) -> dict[str, float]:
    total = result.total / result.book.value
    return {
        "mean": -float(probability @ total),
        "var_95": value_at_risk(total, probability),
        "es_95": expected_shortfall(total, probability),
        "es_99": expected_shortfall(total, probability, 0.99),
    }
