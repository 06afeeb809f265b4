"""The whole story on one screen: holdings and a plan in, a study out."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from .allocation import load_limits
from .market import load_snapshot
from .records import MarketSnapshot, Study
from .risk import plan_increment, summarise
from .risk.measures import tail_weights
from .scenarios import choose, factor_levels, known_on, named_paths
from .stress import attribute, revalue
from .study.books import Modelling, make_book, priced, read_holdings, traded_book
from .study.budget import layer_budget
from .study.inputs import inputs, require_value, study_warnings
from .study.losses import at_worst_points, scenario_losses
from .study.options import Options
from .study.outlook import funding_outlook
from .study.plans import baseline_plan, choose_plan, simulate, simulate_to_follow, two_channels, under_views
from .study.proposal import judge, propose, steering
from .study.switches import split_of_the_rest, told_what_is_off
from .study.thin_tail import tail_warnings
from .study.together import read_together


def run(holdings: str | Path, options: Options | None = None) -> Study:
    """Stress ``holdings`` under a plan and propose a rebalancing.

    holdings: a file, or ``example:NAME`` for a portfolio that ships with the package.
    Raises InputError (everything that is wrong with the input) and NoAnswerError.
    """
    options = options or Options()
    snapshot = load_snapshot(options.data, options.as_of)
    portfolio, plan, limits, asked, on = _read(holdings, options, snapshot)
    modelling = Modelling(options.calibration, options.broker)
    baseline, book = baseline_plan(snapshot, plan), make_book(portfolio, snapshot, modelling)
    require_value(book)
    sofr, levels = snapshot["sofr"], factor_levels(snapshot)
    chosen = at_worst_points(book, known_on(asked, snapshot.as_of), sofr)

    expected = two_channels(simulate(baseline, options, snapshot, keep_paths=False).factors)
    cloud, expected, view_warnings = under_views(simulate_to_follow(plan, options, snapshot), expected, options)
    without_plan = revalue(book, expected, layers=on.of_the_book, seed=options.seed)
    stress = revalue(book, cloud.factors, layers=on.of_the_book, seed=options.seed, progress=options.stage("revalue"))
    named, named_after, steers = revalue(book, named_paths(chosen, sofr=sofr), layers=()), None, steering(chosen)
    proposal = None
    if options.propose:
        options.progress("rebalance", 0, 1)
        proposal = propose(stress, named, steers, limits, snapshot, options.defensiveness, modelling, on.of_the_book)
        if proposal.status == "optimal":
            named_after = revalue(traded_book(proposal, book, snapshot, modelling), named.factors, layers=())
            proposal = judge(proposal, named, named_after, ~steers, plan, options, snapshot)
        options.progress("rebalance", 1, 1)

    found = (*view_warnings, *tail_warnings(options.paths, probability=cloud.factors.probability), *stress.warnings)
    return Study(
        inputs=inputs(portfolio, snapshot, plan, options),
        snapshot=snapshot,
        portfolio=priced(portfolio, book),
        book=book,
        plan=plan,
        baseline=baseline,
        balance=cloud.balance,
        funding=cloud.funding,
        stress=stress,
        scenarios=scenario_losses(
            book, chosen, named, named_after, options.seed, sofr, levels, options.stage("named"), on.layers
        ),
        risk=summarise(stress, layer_budget(book, plan, snapshot, options)),
        tail=split_of_the_rest(attribute(stress, tail_weights(stress.total, cloud.factors.probability)), on),
        increment=plan_increment(stress, without_plan, (plan.name, baseline.name)),
        rebalance=proposal and told_what_is_off(proposal, on),
        warnings=study_warnings(book, portfolio, snapshot, chosen, found, options, plan),
        outlook=funding_outlook(cloud.balance, cloud.funding),
    )


def _read(holdings: str | Path, options: Options, snapshot: MarketSnapshot) -> list[Any]:
    """Portfolio, plan, limits, scenarios and what is switched off. Raises InputError with the faults of all five."""
    return read_together(
        lambda: read_holdings(holdings, snapshot, options.data, options.as_of, options.mapping),
        lambda: choose_plan(options, snapshot),
        lambda: load_limits(options.limits),
        lambda: choose(options.scenarios, snapshot),
        lambda: options.switches,
    )
