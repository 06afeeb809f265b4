"""The inputs of a study, so that it can be made again, and what its levels warn of."""

from __future__ import annotations

from collections.abc import Iterable

from .. import __version__
from ..errors import Problem
from ..market.snapshot import stale_quotes
from ..records import MarketSnapshot, Portfolio, RunoffPlan
from .options import Options
from .plans import BASELINE


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
    }


def snapshot_warnings(snapshot: MarketSnapshot) -> Iterable[Problem]:
    """One warning for each level that is old."""
    for quote in stale_quotes(snapshot):
        yield Problem(
            None, quote.name, f"level of {quote.date}", f"a level near {snapshot.as_of}", "An old level is used."
        )
