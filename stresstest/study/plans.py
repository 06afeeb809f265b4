"""The plan that the options name, and its simulation."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial

import numpy as np

from ..errors import InputError, Problem
from ..plumbing import named_plan, runoff_plan
from ..records import FactorPaths, MarketSnapshot, RunoffPlan, Weeks
from ..scenarios import Generated, apply_views, chosen_views, generate
from ..scenarios.ordinary import MARKET
from ..scenarios.pooling import ViewResult
from ..scenarios.view import subject, value_text
from ..tables import factor_names
from .options import Options

#: The path that markets expect.
BASELINE = "hold"
#: Bytes of weekly paths that are kept: those of 90,000 paths over a year. One move takes four, in single precision.
MOST_KEPT, WEEK_BYTES = 1 << 30, 4


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
    made = _generator(plan, options, snapshot)
    return made(keep_paths=keep_paths, keep_balance=keep_paths, progress=options.stage("simulate"))


def simulate_to_follow(plan: RunoffPlan, options: Options, snapshot: MarketSnapshot) -> Generated:
    """The same for a book that follows the weeks once or twice, with the balance sheet of every path.

    Weeks of more than ``MOST_KEPT`` bytes are not kept but made again each time, which gives the same numbers: they
    cannot be followed at once, since what ordinary noise adds to the mean is known only when every path is made.
    """
    made = _generator(plan, options, snapshot)
    kept = options.weeks * options.paths * len(factor_names()) * WEEK_BYTES <= MOST_KEPT
    cloud = made(keep_paths=kept, progress=options.stage("simulate"))
    if kept:
        return cloud

    def follow(take: Callable[[slice, np.ndarray], None]) -> None:
        made(keep_paths=False, keep_balance=False, weekly=take)

    return replace(cloud, factors=replace(cloud.factors, weeks=Weeks(options.weeks, follow)))


def two_channels(factors: FactorPaths) -> FactorPaths:
    """The same moves, told apart only into ordinary noise and all else: for gains that nobody splits by channel.

    A sixth of the memory of all channels.
    """
    noise = factors.by_channel[:, factors.channels.index(MARKET)]
    by_channel = np.stack([factors.moves - noise, noise], axis=1, dtype=np.float32, casting="same_kind")
    return replace(factors, channels=("other", MARKET), by_channel=by_channel)


def _generator(plan: RunoffPlan, options: Options, snapshot: MarketSnapshot) -> Callable[..., Generated]:
    """Makes the paths of ``plan`` that the options ask for, the same at every call."""
    on = options.switches
    return partial(
        generate, plan, snapshot, weeks=options.weeks, paths=options.paths, seed=options.seed,
        channels=on.channels, layers=on.layers,
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
