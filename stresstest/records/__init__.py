"""Frozen records: what one stage hands to the next. No stage edits another's result.

Letters: S scenarios or paths, T weekly dates, F factors, C channels, N positions. Money is in the base currency
(USD); gains are positive in every ``pnl``; a loss or a risk is reported as a positive number.
"""

from .allocation import LimitCheck, Rebalance, Stop, Trade, TradeReason
from .factors import FactorPaths, Weeks
from .holdings import FundFacts, MarketSnapshot, Portfolio, Position, Quote, Terms
from .instruments import Book, Exposure, Holding, Instrument, Source
from .plumbing import (
    ASSETS,
    LIABILITIES,
    BalanceSheetPath,
    CapStep,
    FundingOutlook,
    FundingPath,
    MaturityList,
    PlanRule,
    RunoffPlan,
    Supply,
    TgaStep,
)
from .stress import Attribution, Estimate, PathEffect, PlanIncrement, RiskSummary, StressResult
from .study import ScenarioLoss, Study
from .validation import Check, Evidence, Scorecard

__all__ = [
    "ASSETS",
    "LIABILITIES",
    "Attribution",
    "BalanceSheetPath",
    "Book",
    "CapStep",
    "Check",
    "Estimate",
    "Evidence",
    "Exposure",
    "FactorPaths",
    "FundFacts",
    "FundingOutlook",
    "FundingPath",
    "Holding",
    "Instrument",
    "LimitCheck",
    "MarketSnapshot",
    "MaturityList",
    "PathEffect",
    "PlanIncrement",
    "PlanRule",
    "Portfolio",
    "Position",
    "Quote",
    "Rebalance",
    "RiskSummary",
    "RunoffPlan",
    "ScenarioLoss",
    "Scorecard",
    "Source",
    "Stop",
    "StressResult",
    "Study",
    "Supply",
    "Terms",
    "TgaStep",
    "Trade",
    "TradeReason",
    "Weeks",
]
