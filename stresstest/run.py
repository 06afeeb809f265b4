"""The whole story on one screen: holdings and a plan in, a study out. ``run`` gives the order of the stages."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path

import numpy as np

from . import allocation, plumbing, scenarios
from .errors import InputError, Problem
from .exposures import load_exposures, resolve, why_not
from .holdings import example_path, load_portfolio
from .instruments.book import build_book
from .market import load_snapshot
from .market.snapshot import stale_quotes
from .records import (
    Book,
    Estimate,
    MarketSnapshot,
    Portfolio,
    Rebalance,
    RunoffPlan,
    ScenarioLoss,
    StressResult,
    Study,
)  # fmt: skip
from .risk import plan_increment, summarise
from .risk.measures import expected_shortfall, tail_weights, value_at_risk
from .scenarios import Generated, Scenario, generate, named_paths, scenario_plausibility
from .stress import attribute, revalue
from .tables import factor_names

BASELINE = "hold"
#: Draws per named scenario for its band, and the seed offset of scenarios that the proposal has not seen.
BAND_DRAWS = 400
FRESH_SEED = 1_000_003
#: How many of the worst forward stories steer the proposal; past episodes are kept to judge it.
WORST = 6

Progress = Callable[[str, int, int], None]


@dataclass(frozen=True)
class Options:
    """What a user may choose. months: horizon and length of the plan. scenarios: names or TOML files, none for all."""

    pace: float | None = None
    months: int = 12
    plan: str | None = None
    scenarios: tuple[str, ...] = ()
    paths: int = 10_000
    limits: Path | None = None
    defensiveness: float = 0.5
    reaction: bool = True
    seed: int = 0
    data: Path | None = None
    as_of: date | None = None
    propose: bool = True
    progress: Progress = field(default=lambda stage, done, total: None, compare=False)


def run(holdings: str | Path, options: Options = Options()) -> Study:
    """Stress ``holdings`` under a plan and propose a rebalancing.

    holdings: a file, or ``example:NAME`` for a portfolio that ships with the package.
    Raises InputError (everything that is wrong with the input) and NoAnswerError.
    """
    snapshot = load_snapshot(options.data, options.as_of)
    portfolio = read_holdings(holdings, snapshot)
    plan, baseline = choose_plan(options, snapshot), plumbing.named_plan(BASELINE, snapshot.as_of)
    chosen = scenarios.choose(options.scenarios)
    book = make_book(portfolio, snapshot)

    expected = _simulate(baseline, options, snapshot, keep_paths=False).factors
    without_plan = revalue(book, expected, seed=options.seed)
    cloud = _simulate(plan, options, snapshot)
    stress = revalue(book, cloud.factors, seed=options.seed, progress=_stage(options, "revalue"))
    increment = plan_increment(stress, without_plan, (plan.name, baseline.name))
    named = revalue(book, named_paths(chosen), layers=())

    proposal, named_after = None, None
    if options.propose:
        options.progress("rebalance", 0, 1)
        limits = allocation.load_limits(options.limits)
        proposal = propose(stress, named, steering(chosen), limits, snapshot, options.defensiveness)
        if proposal.status == "optimal":
            named_after = revalue(traded_book(proposal, book, snapshot), named.factors, layers=())
            proposal = judge(proposal, named, named_after, plan, options, snapshot)
        options.progress("rebalance", 1, 1)

    return Study(
        inputs=_inputs(portfolio, snapshot, plan, options),
        snapshot=snapshot,
        portfolio=portfolio,
        book=book,
        plan=plan,
        baseline=baseline,
        balance=cloud.balance,
        funding=cloud.funding,
        stress=stress,
        scenarios=scenario_losses(book, chosen, named, named_after, options),
        risk=summarise(stress),
        tail=attribute(stress, tail_weights(stress.total, cloud.factors.probability)),
        increment=increment,
        rebalance=proposal,
        warnings=(*portfolio.warnings, *_snapshot_warnings(snapshot)),
    )


def read_holdings(holdings: str | Path, snapshot: MarketSnapshot) -> Portfolio:
    """A portfolio from a file or from ``example:NAME``."""
    text = str(holdings)
    path = example_path(text.removeprefix("example:")) if text.startswith("example:") else Path(text)
    return load_portfolio(path, snapshot)


def choose_plan(options: Options, snapshot: MarketSnapshot) -> RunoffPlan:
    """The plan that the options name: a TOML plan, a pace, or the default. Both a plan and a pace is an error."""
    if options.plan is not None and options.pace is not None:
        raise InputError(Problem(None, "plan", "--plan and --qt-pace", "one of the two", "Leave one of them out."))
    if options.plan is not None:
        return plumbing.named_plan(options.plan, snapshot.as_of, reaction=options.reaction)
    return plumbing.runoff_plan(options.pace, options.months, snapshot.as_of, reaction=options.reaction)


def make_book(portfolio: Portfolio, snapshot: MarketSnapshot) -> Book:
    """Join positions to exposures and instruments; what cannot be modelled keeps its reason."""
    table = load_exposures()
    exposures = [resolve(position, table) for position in portfolio.positions]
    reasons = [why_not(p) if e is None else "" for p, e in zip(portfolio.positions, exposures, strict=True)]
    return build_book(portfolio, exposures, snapshot, reasons)


def scenario_losses(
    book: Book, chosen: Sequence[Scenario], named: StressResult, after: StressResult | None, options: Options
) -> tuple[ScenarioLoss, ...]:
    """Losses of the named scenarios, worst first, each with a band over responses, exposures and specific risk."""
    draws = named_paths(tuple(chosen), BAND_DRAWS, options.seed)
    years = np.repeat([scenario.months / 12 for scenario in chosen], BAND_DRAWS)
    spread = revalue(book, draws, seed=options.seed, residual_years=years).total.reshape(len(chosen), BAND_DRAWS)
    losses = []
    for k, scenario in enumerate(chosen):
        parts = attribute(named, np.eye(len(chosen))[k])
        low, high = np.quantile(-spread[k] / book.value, [0.05, 0.95])
        moves = named.factors.moves[k]
        losses.append(
            ScenarioLoss(
                name=scenario.name,
                title=scenario.title,
                probability=scenario.probability,
                plausibility=scenario_plausibility(scenario, moves),
                loss_fraction=-parts.total / book.value,
                loss=-parts.total,
                band=Estimate(-parts.total / book.value, float(low), float(high)),
                attribution=parts,
                factor_moves=dict(zip(factor_names(), moves.tolist(), strict=True)),
                loss_after=None if after is None else float(-after.total[k] / book.value),
            )
        )
    return tuple(sorted(losses, key=lambda loss: -loss.loss_fraction))


def steering(chosen: Sequence[Scenario]) -> np.ndarray:
    """(K,) bool: the scenarios that a proposal may be fitted to. Forward stories; where there are none, all."""
    forward = np.array([scenario.observed is None for scenario in chosen])
    return forward if forward.any() else ~forward


def propose(
    stress: StressResult,
    named: StressResult,
    steers: np.ndarray,
    limits: allocation.Limits,
    snapshot: MarketSnapshot,
    defensiveness: float = 0.5,
) -> Rebalance:
    """Solve on the simulated paths and the worst of the steering scenarios, then revalue the traded book in full.

    named: the book in the named scenarios; steers: (K,) bool, which of them may steer (see ``steering``).
    """
    offered, cash = _offered_books(stress.book, snapshot)
    seed = stress.factors.seed or 0
    new = revalue(offered, stress.factors, seed=seed, along_paths=False)
    idle = revalue(cash, stress.factors, seed=seed, along_paths=False)
    new_named, idle_named = (revalue(book, named.factors, layers=()) for book in (offered, cash))
    worst = [k for k in np.argsort(named.total, kind="stable") if steers[k]][:WORST]
    proposal = allocation.propose(
        allocation.Inputs(
            book=stress.book,
            returns=_per_dollar(stress),
            probability=stress.factors.probability,
            named=_per_dollar(named)[worst],
            names=tuple(named.factors.names[k] for k in worst),
            new=offered,
            new_returns=_per_dollar(new),
            new_named=_per_dollar(new_named)[worst],
            factor_moves=named.factors.moves[worst],
            financing_rate=snapshot["sofr"],
            cash_return=idle.total,
            cash_named=idle_named.total[worst],
            as_of=snapshot.as_of,
            fixed_pnl=_without_value(stress),
            fixed_named=_without_value(named)[worst],
        ),
        limits,
        defensiveness,
    )
    if proposal.status != "optimal":
        return proposal
    traded = traded_book(proposal, stress.book, snapshot)
    after = revalue(traded, stress.factors, seed=seed, along_paths=False)
    return replace(
        proposal, before={**proposal.before, **_measures(stress)}, after={**proposal.after, **_measures(after)}
    )


def _per_dollar(result: StressResult) -> np.ndarray:
    """(S, N) gain per dollar of signed value; zero for what has no value (see ``_without_value``)."""
    values = result.book.values
    return np.divide(result.pnl, values, out=np.zeros_like(result.pnl), where=values != 0)


def _without_value(result: StressResult) -> np.ndarray:
    """(S,) gain, as a share of net value, of holdings that have no value of their own, such as futures."""
    return result.pnl[:, result.book.values == 0].sum(axis=1) / result.book.value


def judge(
    proposal: Rebalance,
    named: StressResult,
    named_after: StressResult,
    plan: RunoffPlan,
    options: Options,
    snapshot: MarketSnapshot,
) -> Rebalance:
    """Add what the proposal does on scenarios that it was not fitted to, in full revaluation.

    Paths of another seed, and the named scenarios that did not steer (past episodes).
    """
    unseen = replace(options, seed=options.seed + FRESH_SEED)
    fresh = _simulate(plan, unseen, snapshot, keep_paths=False).factors
    results = {"before": named, "after": named_after}
    outcome = {
        f"fresh_{name}": _measures(revalue(result.book, fresh, seed=unseen.seed)) for name, result in results.items()
    }
    apart = ~steering(scenarios.choose(options.scenarios))
    if apart.any():
        for name, result in results.items():
            losses = -result.total[apart] / result.book.value
            outcome[f"episodes_{name}"] = {"mean_loss": float(losses.mean()), "worst_loss": float(losses.max())}
    return replace(proposal, out_of_sample=outcome)


def traded_book(proposal: Rebalance, book: Book, snapshot: MarketSnapshot) -> Book:
    """The book after the proposed trades, rebuilt from its positions."""
    cash = {h.position.currency: h.position.quantity for h in book.holdings if h.position.asset_class == "cash"}
    before = sum(amount * snapshot.fx(currency) for currency, amount in cash.items())
    cash["USD"] = cash.get("USD", 0.0) + proposal.cash_after - before
    missing = tuple(position for position, _ in book.not_modelled)
    positions = (*proposal.positions_after, *missing)
    return make_book(Portfolio("after", positions, cash, proposal.cash_after), snapshot)


def _offered_books(book: Book, snapshot: MarketSnapshot) -> tuple[Book, Book]:
    """What the proposal may buy, one dollar each and priced where the holdings name a price; and one dollar of cash."""
    held = (h.position for h in book.holdings)
    prices = {p.symbol: p.price for p in held if p.currency == "USD" and p.price > 0 and p.asset_class != "cash"}
    positions = tuple(candidate.position for candidate in allocation.candidates(prices))
    offered = Portfolio("candidates", positions, {}, 0.0)
    return make_book(offered, snapshot), make_book(Portfolio("cash", (), {"USD": 1.0}, 1.0), snapshot)


def _measures(result: StressResult) -> Mapping[str, float]:
    total, p = result.total / result.book.value, result.factors.probability
    return {
        "es_95": expected_shortfall(total, p),
        "es_99": expected_shortfall(total, p, 0.99),
        "var_95": value_at_risk(total, p),
        "mean": -float(p @ total),
    }


def _simulate(plan: RunoffPlan, options: Options, snapshot: MarketSnapshot, keep_paths: bool = True) -> Generated:
    return generate(
        plan, snapshot, weeks=round(options.months * 52 / 12), paths=options.paths, seed=options.seed,
        keep_paths=keep_paths, progress=_stage(options, "simulate"),
    )  # fmt: skip


def _stage(options: Options, name: str) -> Callable[[int, int], None]:
    return lambda done, total: options.progress(name, done, total)


def _inputs(portfolio: Portfolio, snapshot: MarketSnapshot, plan: RunoffPlan, options: Options) -> dict[str, object]:
    from . import __version__

    return {
        "holdings": portfolio.name,
        "holdings_sha256": portfolio.sha256,
        "layout": portfolio.layout,
        "version": __version__,
        "snapshot_date": snapshot.as_of.isoformat(),
        "snapshot_origin": snapshot.origin,
        "seed": options.seed,
        "paths": options.paths,
        "months": options.months,
        "qt_pace": options.pace,
        "plan": plan.name,
        "baseline": BASELINE,
        "reaction": options.reaction,
        "scenarios": list(options.scenarios),
        "defensiveness": options.defensiveness,
        "limits": options.limits.name if options.limits else None,
    }


def _snapshot_warnings(snapshot: MarketSnapshot) -> Iterable[Problem]:
    for quote in stale_quotes(snapshot):
        yield Problem(
            None, quote.name, f"level of {quote.date}", f"a level near {snapshot.as_of}", "An old level is used."
        )
