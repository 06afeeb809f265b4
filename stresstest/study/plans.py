"""The plan that the options name, and its simulation."""

from __future__ import annotations

from dataclasses import replace

from ..errors import InputError, Problem
from ..plumbing import named_plan, runoff_plan
from ..records import FactorPaths, MarketSnapshot, RunoffPlan
from ..scenarios import Generated, apply_views, chosen_views, generate
from ..scenarios.pooling import ViewResult
from ..scenarios.view import subject, value_text
from .options import Options

#: The path that markets expect.
BASELINE = "hold"


def baseline_plan(snapshot: MarketSnapshot, plan: RunoffPlan | None = None) -> RunoffPlan:
    """The plan against which every other is a deviation, in markets that doubt the currency as much as under ``plan``.

    A share of doubt that a plan names turns the correlations of ordinary noise on its paths; under the baseline it does
    the same, so that the difference of the two is the plan and not the noise.
    """
    baseline = named_plan(BASELINE, snapshot.as_of)
    return baseline if plan is None else replace(baseline, doubt=plan.doubt)


def choose_plan(options: Options, snapshot: MarketSnapshot) -> RunoffPlan:
    """The plan that the options name: a TOML plan, a pace, or the default. Both a plan and a pace is an error."""
    if options.plan is not None and options.pace is not None:
        raise InputError(Problem(None, "plan", "--plan and --qt-pace", "one of the two", "Leave one of them out."))
    if options.plan is not None:
        return named_plan(options.plan, snapshot.as_of, reaction=options.reaction)
    return runoff_plan(options.pace, options.months, snapshot.as_of, reaction=options.reaction)


def simulate(plan: RunoffPlan, options: Options, snapshot: MarketSnapshot, keep_paths: bool = True) -> Generated:
    """Paths of ``plan`` over the horizon of the options.

    keep_paths: weekly paths and the balance sheet of every path too, not only factors at the horizon.
    """
    return generate(
        plan, snapshot, weeks=options.weeks, paths=options.paths, seed=options.seed, keep_paths=keep_paths,
        keep_balance=keep_paths, progress=options.stage("simulate"),
    )  # fmt: skip


def under_views(
    cloud: Generated, expected: FactorPaths, options: Options
) -> tuple[Generated, FactorPaths, tuple[Problem, ...]]:
    """The paths of the plan and of the baseline with the probabilities that meet the views of the options, if any.

    The warnings say how many paths still count and how far each view was met. Raises NoAnswerError where no weights
    meet the views, or too few paths carry them.
    """
    views = chosen_views(options.scenarios)
    if not views:
        return cloud, expected, ()
    pooled = apply_views(cloud.factors, views)
    probability = pooled.factors.probability
    found = f"{pooled.effective:,.0f} effective paths of {len(probability):,}"
    count = Problem(None, "view", found, f"more than {pooled.floor:,.0f}", "Simulated figures hold under the views.")
    met = tuple(_met(result) for result in pooled.results)
    return replace(cloud, factors=pooled.factors), replace(expected, probability=probability), (count, *met)


def _met(result: ViewResult) -> Problem:
    view, hint = result.view, f"Met within {round(abs(result.residual), 6):.2g} standard deviations."
    if view.statistic == "order":
        return Problem(None, "view", subject(view), "means in this order", hint)
    found = f"{subject(view)} {value_text(view, result.after)}, before {value_text(view, result.before)}"
    expected = f"{view.relation.replace('_', ' ')} {value_text(view, view.value)}"
    return Problem(None, "view", found, expected, hint)
