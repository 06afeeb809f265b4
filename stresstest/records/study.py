"""Everything that a report shows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from ..errors import Problem
from .allocation import Rebalance
from .holdings import MarketSnapshot, Portfolio
from .instruments import Book
from .plumbing import BalanceSheetPath, FundingOutlook, FundingPath, RunoffPlan
from .stress import Attribution, Estimate, PlanIncrement, RiskSummary, StressResult

#: What the title of a scenario says in brackets where nothing follows from the factors that a file names; and every
#: mark of this kind, which stands alone or after another one and a comma.
NAMED_ALONE = "named factors alone"
TITLE_MARKS = ("mild", "severe", NAMED_ALONE)


@dataclass(frozen=True)
class ScenarioLoss:
    """Loss of the book in one named scenario. Fractions of net value, and USD; a loss is positive.

    loss_after: the same fraction after the proposal. narrative, sources: the story and where its numbers come from.
    episode: a replay of the past rather than a story about what may come. income: the part of the loss that is carry
    over the scenario's horizon, a gain where it is negative; the rest is price. path: loss at each point of an official
    path. plausibility_calm: plausibility under the moments of calm weeks. cautions: what a reader should know.
    filled_in: factors that matter to the book here and have no record in the weeks of the episode.
    """

    name: str
    title: str
    probability: float | None
    plausibility: float | None
    loss_fraction: float
    loss: float
    band: Estimate
    attribution: Attribution
    factor_moves: Mapping[str, float]
    loss_after: float | None = None
    narrative: str = ""
    sources: tuple[str, ...] = ()
    episode: bool = False
    income: float = 0.0
    path: Mapping[str, float] = field(default_factory=dict)
    plausibility_calm: float | None = None
    cautions: tuple[Problem, ...] = ()
    filled_in: tuple[str, ...] = ()


@dataclass(frozen=True)
class Study:
    """Everything a report shows. Built by ``run``; the report computes nothing. outlook: None where none was made."""

    inputs: Mapping[str, object]
    snapshot: MarketSnapshot
    portfolio: Portfolio
    book: Book
    plan: RunoffPlan
    baseline: RunoffPlan
    balance: BalanceSheetPath
    funding: FundingPath
    stress: StressResult
    scenarios: tuple[ScenarioLoss, ...]
    risk: RiskSummary
    tail: Attribution
    increment: PlanIncrement
    rebalance: Rebalance | None
    warnings: tuple[Problem, ...]
    outlook: FundingOutlook | None = None
