"""Everything that a report shows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from ..errors import Problem
from .allocation import Rebalance
from .holdings import MarketSnapshot, Portfolio
from .instruments import Book
from .plumbing import BalanceSheetPath, FundingPath, RunoffPlan
from .stress import Attribution, Estimate, PlanIncrement, RiskSummary, StressResult


@dataclass(frozen=True)
class ScenarioLoss:
    """Loss of the book in one named scenario. Fractions of net value, and USD; a loss is positive.

    loss_after: the same fraction after the proposal. narrative, sources: the story and where its numbers come from.
    episode: a replay of the past rather than a story about what may come.
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


@dataclass(frozen=True)
class Study:
    """Everything a report shows. Built by ``run``; the report computes nothing."""

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
