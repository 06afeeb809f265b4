"""The proposal: fitted to simulated paths and forward stories, judged on what it has not seen."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from .. import allocation
from ..records import Book, MarketSnapshot, Portfolio, Rebalance, RunoffPlan, StressResult
from ..risk.measures import expected_shortfall, value_at_risk
from ..scenarios import Scenario
from ..stress import revalue
from ..stress.revalue import ALL_LAYERS
from .books import STANDARD, Modelling, make_book, traded_book
from .options import Options
from .plans import simulate, under_views

#: Seed offset of the paths that the proposal has not seen.
FRESH_SEED = 1_000_003
#: One in so many paths is enough to judge: two books are compared on the same ones.
FRESH_SHARE = 2
#: How many of the worst forward stories steer the proposal; past episodes are kept to judge it.
WORST = 6


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
    modelling: Modelling = STANDARD,
    layers: tuple[str, ...] = ALL_LAYERS,
) -> Rebalance:
    """Solve on the simulated paths and the worst of the steering scenarios, then revalue the traded book in full.

    named: the book in the named scenarios; steers: (K,) bool, which of them may steer (see ``steering``). layers: of
    uncertainty that ``stress`` was revalued with.
    """
    offered, cash = _offered_books(stress.book, snapshot, modelling)
    seed = stress.factors.seed or 0
    new = revalue(offered, stress.factors, layers=layers, seed=seed, along_paths=False)
    idle = revalue(cash, stress.factors, layers=layers, seed=seed, along_paths=False)
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
    proposal = replace(proposal, before={**proposal.before, **_measures(stress)})
    if proposal.status == "infeasible":
        return proposal
    after = stress
    if proposal.status == "optimal":
        traded = traded_book(proposal, stress.book, snapshot, modelling)
        after = revalue(traded, stress.factors, layers=layers, seed=seed)
    return replace(proposal, after={**proposal.after, **_measures(after)})


def _per_dollar(result: StressResult) -> np.ndarray:
    """(S, N) gain per dollar of signed value; zero for what has no value (see ``_without_value``).

    What the way to the horizon adds (forced sales, expiry) depends on the book as a whole, so no asset has its own.
    """
    values = result.book.values
    return np.divide(result.base_pnl, values, out=np.zeros_like(result.price), where=values != 0)


def _without_value(result: StressResult) -> np.ndarray:
    """(S,) gain, as a share of net value, of holdings that have no value of their own, such as futures."""
    return result.base_pnl[:, result.book.values == 0].sum(axis=1) / result.book.value


def judge(
    proposal: Rebalance,
    named: StressResult,
    named_after: StressResult,
    apart: np.ndarray,
    plan: RunoffPlan,
    options: Options,
    snapshot: MarketSnapshot,
) -> Rebalance:
    """Add what the proposal does on scenarios that it was not fitted to, in full revaluation.

    Paths of another seed, and the named scenarios that did not steer. named, named_after: the book before and after in
    the named scenarios; apart: (K,) bool, those that did not steer.
    """
    unseen = replace(options, seed=options.seed + FRESH_SEED, paths=-(-options.paths // FRESH_SHARE))
    cloud = simulate(plan, unseen, snapshot, keep_paths=False)
    fresh = under_views(cloud, cloud.factors, unseen)[1]
    results, layers = {"before": named, "after": named_after}, options.switches.of_the_book
    outcome = {
        f"fresh_{name}": _measures(revalue(result.book, fresh, layers=layers, seed=unseen.seed))
        for name, result in results.items()
    }
    if apart.any():
        for name, result in results.items():
            losses = -result.total[apart] / result.book.value
            outcome[f"episodes_{name}"] = {"mean_loss": float(losses.mean()), "worst_loss": float(losses.max())}
    return replace(proposal, out_of_sample=outcome)


def _offered_books(book: Book, snapshot: MarketSnapshot, modelling: Modelling) -> tuple[Book, Book]:
    """What the proposal may buy, one dollar each and priced where the holdings name a price; and one dollar of cash."""
    held = (h.position for h in book.holdings)
    prices = {p.symbol: p.price for p in held if p.currency == "USD" and p.price > 0 and p.asset_class != "cash"}
    positions = tuple(candidate.position for candidate in allocation.candidates(prices))
    offered = Portfolio("candidates", positions, {}, 0.0)
    return make_book(offered, snapshot, modelling), make_book(Portfolio("cash", (), {"USD": 1.0}, 1.0), snapshot)


def _measures(result: StressResult) -> Mapping[str, float]:
    total, p = result.total / result.book.value, result.factors.probability
    return {
        "es_95": expected_shortfall(total, p),
        "es_99": expected_shortfall(total, p, 0.99),
        "var_95": value_at_risk(total, p),
        "mean": -float(p @ total),
    }
