"""The shipped portfolios on past days: exposures known by then, and what the holdings then did.

Weights are those of today: the question is whether the risk of such a book would have been told right. A holding joins
in the year in which its own or its proxy's price history is long enough; cash and debt shrink in proportion until then,
so leverage stays. Bonds, options and money are revalued from their terms on the factor moves that came; what has
neither price nor proxy moves with the betas of its class. Income is left out of forecast and outcome alike.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from ..exposures import resolve, why_not
from ..exposures.estimation import estimate
from ..exposures.priors import settings, universe
from ..holdings import example_names
from ..instruments import build_book
from ..instruments.fund import FactorAsset, rate_duration
from ..market import load_snapshot
from ..market.history import History
from ..records import Book, Exposure, Holding, MarketSnapshot, Portfolio
from ..stress.leverage import leverage_of
from ..study.books import read_holdings
from ..tables import TENORS
from ..units import WEEKS_A_YEAR
from .backtest_moves import fridays

CASH = "cash"
#: Share of the risk of a holding without prices that may sit in factors without a series.
MOST_UNSEEN = 0.25
#: Classes whose total return holds an income of about the bill rate, and those without any.
NO_INCOME = ("crypto", "stablecoin", "commodity", "future", "other")


def shipped() -> Mapping[str, Portfolio]:
    """The portfolios of the package by name, read on the embedded snapshot."""
    snapshot = load_snapshot()
    return {name: read_holdings(f"example:{name}", snapshot) for name in example_names()}


def exposures_known(known: History, symbols: Collection[str]) -> dict[str, Exposure]:
    """Exposures of those ``symbols`` of the universe that have a history, from ``known`` alone."""
    long = known.assets.notna().sum() >= settings()["min_weeks"]
    assets = {name: asset for name, asset in universe().items() if name in symbols and long.get(name, False)}
    priors = {name: asset.prior for name, asset in assets.items()}
    return dict(estimate(known.log_prices[list(assets)], known.levels, priors).exposures)


def symbols_of(portfolios: Iterable[Portfolio]) -> set[str]:
    """Every name under which an exposure of these portfolios may be looked up."""
    positions = [position for portfolio in portfolios for position in portfolio.positions]
    money = {f"CASH.{position.currency}" for position in positions}
    return money | {name for p in positions for name in (p.symbol, p.proxy, p.terms.underlying) if name}


def series_of(holding: Holding, history: History) -> str | None:
    """Column of the prices that stand for a holding: its own, else its proxy's; None where there is neither."""
    instrument, position = holding.instrument, holding.position
    if not isinstance(instrument, FactorAsset):
        return None
    names = (position.symbol, position.symbol.upper().removesuffix("-USD"), position.proxy)
    return next((name for name in names if name in history.log_prices.columns), None)


def book_known(
    portfolio: Portfolio, table: Mapping[str, Exposure], known: History, snapshot: MarketSnapshot | None = None
) -> Book:
    """The book with the exposures of ``table``: holdings that have joined by then, money in proportion.

    snapshot: levels at which it is built, None for those of today.
    """
    whole = book_with(portfolio, table, snapshot)
    counts = known.assets.notna().sum()
    rows = {h.position.row for h in whole.holdings if h.position.asset_class != CASH and _has_joined(h, known, counts)}
    gross = sum(abs(h.instrument.value) for h in whole.holdings if h.position.asset_class != CASH)
    there = sum(abs(h.instrument.value) for h in whole.holdings if h.position.row in rows)
    share = there / gross if gross else 1.0
    part = replace(
        portfolio,
        positions=tuple(p for p in portfolio.positions if p.row in rows),
        cash={code: amount * share for code, amount in portfolio.cash.items()},
        cash_usd=portfolio.cash_usd * share,
    )
    return book_with(part, table, snapshot)


def book_with(portfolio: Portfolio, table: Mapping[str, Exposure], snapshot: MarketSnapshot | None = None) -> Book:
    """Every holding of ``portfolio`` with the exposures of ``table``, at the levels of ``snapshot`` (None: today's)."""
    found = [resolve(position, table) for position in portfolio.positions]
    reasons = [why_not(p) if e is None else "" for p, e in zip(portfolio.positions, found, strict=True)]
    return build_book(portfolio, found, snapshot or load_snapshot(), reasons)


def _has_joined(holding: Holding, known: History, counts: pd.Series) -> bool:
    """Whether its prices, or the factors that it moves with, have been there for long enough."""
    column = series_of(holding, known)
    if column is not None:
        return bool(counts[column] >= settings()["min_weeks"])
    slope = np.abs(holding.instrument.sensitivity(0.0)) * np.nan_to_num(known.factors.std().to_numpy(), nan=0.0)
    ever = known.factors.notna().sum().to_numpy() >= settings()["min_weeks"]
    total = slope.sum()
    return bool(total == 0.0 or slope[~ever].sum() <= MOST_UNSEEN * total)


@dataclass(frozen=True, eq=False)
class Windows:
    """Windows of ``weeks`` weeks that start on ``starts`` (T,), with the factor moves (T, F) over them, zero where a
    factor has no series."""

    history: History
    starts: pd.DatetimeIndex
    weeks: int
    moves: np.ndarray

    @classmethod
    def of(cls, history: History, weeks: int) -> Windows:
        """Every weekly start of which the whole window is known."""
        ends_of_weeks = fridays(history)
        starts, ends = ends_of_weeks[:-weeks], ends_of_weeks[weeks:]
        levels = history.levels
        moves = levels.loc[ends].to_numpy() - levels.loc[starts].to_numpy()
        return cls(history, starts, weeks, np.nan_to_num(moves))

    @property
    def years(self) -> float:
        """Length of a window."""
        return self.weeks / WEEKS_A_YEAR

    def outcomes(self, book: Book, rows: slice) -> np.ndarray:
        """(T', N) gain of every holding, USD, without income; NaN where its prices are missing."""
        return np.stack([self._outcome(holding, rows) for holding in book.holdings], axis=1)

    def _outcome(self, holding: Holding, rows: slice) -> np.ndarray:
        instrument, column = holding.instrument, series_of(holding, self.history)
        if column is None or not isinstance(instrument, FactorAsset):
            return instrument.price_change(self.moves[rows], self.years)
        starts = self.starts[rows]
        ends = starts + pd.Timedelta(weeks=self.weeks)
        paths = compounded(self.history.log_prices[column], times_of(holding, column))
        growth = paths.reindex(ends).to_numpy() - paths.reindex(starts).to_numpy()
        return np.asarray(instrument.notional * np.expm1(growth - self._income(holding, starts)))

    def _income(self, holding: Holding, starts: pd.DatetimeIndex) -> np.ndarray:
        """(T',) log income that the total return of a window holds: the curve at the duration, or the bill rate."""
        if holding.position.asset_class in NO_INCOME:
            return np.zeros(len(starts))
        duration = (
            max(rate_duration(holding.exposure.beta), 0.0) if holding.position.asset_class == "fund_bond" else 0.0
        )
        curve = self.history.levels.loc[starts, list(TENORS)].to_numpy()
        tenors = np.array(list(TENORS.values()))
        known = np.array([np.interp(duration, tenors, row) for row in curve])
        return np.nan_to_num(known) * self.years


def times_of(holding: Holding, column: str) -> float:
    """How many times the series the holding moves: leverage where the series is that of a proxy."""
    return leverage_of(holding) if column != holding.position.symbol else 1.0


def compounded(logs: pd.Series, leverage: float) -> pd.Series:
    """Log value of a fund that resets ``leverage`` times the daily move every day."""
    if leverage == 1.0:
        return logs
    return np.log1p(leverage * np.expm1(logs.diff())).cumsum()


def in_factors(book: Book, moves: np.ndarray, years: float) -> np.ndarray:
    """(T, N) gain of every holding by its exposures alone."""
    return np.stack([h.instrument.price_change(moves, years) for h in book.holdings], axis=1)
