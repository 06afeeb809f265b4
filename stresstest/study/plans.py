"""The plan that the options name, and its simulation."""

from __future__ import annotations

from ..errors import InputError, Problem
from ..plumbing import named_plan, runoff_plan
from ..records import MarketSnapshot, RunoffPlan
from ..scenarios import Generated, generate
from .options import Options

#: The path that markets expect.
BASELINE = "hold"


def baseline_plan(snapshot: MarketSnapshot) -> RunoffPlan:
    """The plan against which every other is a deviation."""
    return named_plan(BASELINE, snapshot.as_of)


def choose_plan(options: Options, snapshot: MarketSnapshot) -> RunoffPlan:
    """The plan that the options name: a TOML plan, a pace, or the default. Both a plan and a pace is an error."""
    if options.plan is not None and options.pace is not None:
        raise InputError(Problem(None, "plan", "--plan and --qt-pace", "one of the two", "Leave one of them out."))
    if options.plan is not None:
        return named_plan(options.plan, snapshot.as_of, reaction=options.reaction)
    return runoff_plan(options.pace, options.months, snapshot.as_of, reaction=options.reaction)


def simulate(plan: RunoffPlan, options: Options, snapshot: MarketSnapshot, keep_paths: bool = True) -> Generated:
    """Paths of ``plan`` over the horizon of the options. keep_paths: weekly paths too, not only the horizon."""
    return generate(
        plan, snapshot, weeks=options.weeks, paths=options.paths, seed=options.seed, keep_paths=keep_paths,
        progress=options.stage("simulate"),
    )  # fmt: skip
