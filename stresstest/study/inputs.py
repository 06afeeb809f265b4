"""The inputs of a study, so that it can be made again, and what its levels warn of."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from pathlib import Path

from .. import __version__
from ..errors import NoAnswerError, Problem
from ..exposures.table import load_certificate
from ..market.snapshot import APART_DAYS, funding_apart, stale_quotes
from ..plumbing.horizon import beyond_record, left_alone
from ..records import Book, MarketSnapshot, Portfolio, RunoffPlan
from ..scenarios import Scenario
from ..transmission.today import in_turbulence, turbulence_threshold
from ..units import to_percent
from .options import Options
from .plans import BASELINE
from .ratings import assumed_ratings, rating_warnings
from .switches import switch_warnings
from .unseen import unseen_warnings

#: Net value below this share of gross value is nothing to divide by.
SMALLEST_SHARE = 1e-6
#: Estimates are renewed with the snapshot; a few weeks between the two are no look-ahead worth a warning.
RECENT_DAYS = 60


def inputs(portfolio: Portfolio, snapshot: MarketSnapshot, plan: RunoffPlan, options: Options) -> dict[str, object]:
    """Hashes, seed, version, dates and options; no folder and no clock, so that equal runs are equal."""
    return {
        "command": options.command,
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
        "mapping": options.mapping.name if options.mapping else None,
        "calibration": options.calibration.name if options.calibration else None,
        "broker": options.broker or None,
        "channels_off": list(options.switches.channels_off),
        "layers_off": list(options.switches.layers_off),
    }


def study_warnings(
    book: Book,
    portfolio: Portfolio,
    snapshot: MarketSnapshot,
    chosen: Sequence[Scenario],
    found: Iterable[Problem],
    options: Options,
    plan: RunoffPlan,
) -> tuple[Problem, ...]:
    """Everything that a reader of the study must know of its inputs, what weighs most first.

    found: on the way, of the views and of revaluation.
    """
    cautions = (caution for scenario in chosen for caution in scenario.cautions)
    return simulation_warnings(book, portfolio, snapshot, (*found, *cautions), options, plan)


def simulation_warnings(
    book: Book,
    portfolio: Portfolio,
    snapshot: MarketSnapshot,
    found: Iterable[Problem],
    options: Options,
    plan: RunoffPlan,
) -> tuple[Problem, ...]:
    """What a reader of any simulated loss of ``book`` must know, what weighs most first. found: as for a study."""
    return (
        *switch_warnings(options.switches),
        *unseen_warnings(book.missing_value, portfolio.value, book.unpriced),
        *unmodelled_warnings(book),
        *rating_warnings(assumed_ratings(book.holdings)),
        *horizon_warnings(snapshot, options, plan),
        *found,
        *portfolio.warnings,
        *market_warnings(snapshot, options),
    )


def horizon_warnings(snapshot: MarketSnapshot, options: Options, plan: RunoffPlan) -> Iterable[Problem]:
    """What the horizon reaches into, whatever is held."""
    yield from beyond_record(options.months)
    yield from left_alone(plan, snapshot.as_of + timedelta(weeks=options.weeks))


def market_warnings(snapshot: MarketSnapshot, options: Options) -> Iterable[Problem]:
    """What today's levels and the estimates warn of, whatever is held."""
    yield from snapshot_warnings(snapshot)
    yield from start_warnings(snapshot)
    yield from estimation_warnings(snapshot, options.calibration)


def once(found: Iterable[Problem]) -> tuple[Problem, ...]:
    """The first warning of revaluation for each row: its figure differs a little from one simulation to the next."""
    first: dict[tuple[int | None, str], Problem] = {}
    for problem in found:
        first.setdefault((problem.row, problem.column), problem)
    return tuple(first.values())


def unmodelled_warnings(book: Book) -> Iterable[Problem]:
    """One warning for each position that no number here contains."""
    for position, reason in book.not_modelled:
        short = " It is short: its loss may have no bound." if position.quantity < 0 else ""
        hint = f"{position.symbol} is in no loss and no risk figure of this study.{short}"
        yield Problem(position.row, "symbol", f"{position.symbol}: {reason}", "a position that can be valued", hint)


def require_value(book: Book) -> None:
    """Losses are told as shares of net value. Raises NoAnswerError where the modelled net value is not above zero."""
    if not book.value > SMALLEST_SHARE * sum(abs(value) for value in book.values):
        raise NoAnswerError(
            f"the modelled net value is {book.value:,.2f} USD, so no loss can be told as a share of it",
            "Add the missing cash or positions, or repay the debt first",
        )


def estimation_warnings(snapshot: MarketSnapshot, calibration: Path | None = None) -> Iterable[Problem]:
    """One warning where the estimates of exposures, or the embedded moments, know more than the date of the study."""
    embedded = date.fromisoformat(load_certificate()["as_of"])
    estimated = embedded if calibration is None else date.fromisoformat(load_certificate(calibration)["as_of"])
    late = snapshot.as_of + timedelta(days=RECENT_DAYS)
    if calibration is not None and estimated <= late < embedded:
        expected = f"nothing later than {snapshot.as_of}"
        yield Problem(
            None, "as-of", f"moments of the factors estimated up to {embedded}", expected, "Exposures are not."
        )
    elif estimated > late:
        hint = f"`stresstest calibrate --as-of {snapshot.as_of}` makes tables of that date for --calibration."
        found = f"exposures and moments estimated up to {estimated}"
        yield Problem(None, "as-of", found, f"nothing later than {snapshot.as_of}", hint)


def snapshot_warnings(snapshot: MarketSnapshot) -> Iterable[Problem]:
    """What could not be read, one warning for each level that is old, and one where funding is of another time."""
    yield from snapshot.warnings
    for quote in stale_quotes(snapshot):
        yield Problem(
            None, quote.name, f"level of {quote.date}", f"a level near {snapshot.as_of}", "An old level is used."
        )
    apart = funding_apart(snapshot)
    if apart is not None:
        expected = f"a date within {APART_DAYS} days of the balance sheet, {snapshot.as_of}"
        hint = "Repo demand is what the spread of the one date is off the curve at the liquidity of the other."
        yield Problem(None, apart.name, f"a funding spread of {apart.date}", expected, hint)


def start_warnings(snapshot: MarketSnapshot) -> Iterable[Problem]:
    """A warning where today's VIX counts as stress, so that every path starts in turbulence."""
    if in_turbulence(snapshot.levels):
        points, usual = to_percent(snapshot["vix"]), to_percent(turbulence_threshold())
        found = f"paths start in turbulence: VIX {points:.0f}"
        hint = "The fall with which it began is behind; it ends by its usual hazard. Plausibility is told from there."
        yield Problem(None, "vix", found, f"at most {usual:.0f} for a calm start", hint)
