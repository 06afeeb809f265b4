"""What the channels look at, and the level of the term premium that several of them share."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from ..records import BalanceSheetPath, FundingPath, Supply
from ..tables import Draws
from ..units import WEEKS_A_YEAR

DriverMoves = dict[str, np.ndarray]


@dataclass(frozen=True)
class Usual:
    """What the baseline brings on average over chance, each (T,): moves of channels are deviations from it.

    turbulent, entering: probability of turbulence, and of its beginning in that week. fragile: probability that
    leverage is high while funding stress persists; dash: of turbulence together with that. jumps, depeg: probability of
    a crypto deleveraging jump and of a lost peg.
    """

    turbulent: np.ndarray
    entering: np.ndarray
    fragile: np.ndarray
    dash: np.ndarray
    jumps: np.ndarray
    depeg: np.ndarray


@dataclass(frozen=True)
class Context:
    """What the channels may look at. p: draws of shape (S, 1).

    announced: the plan's supply less the baseline's, (1, T+1); announced_in_all: the same when the plan ends, (1, 1).
    delivered: supply of each path less the baseline's, (S, T+1). priced_in: share of the announcement that markets
    expect. coupon_surprise: coupons beyond what was expected, share of GDP a year. turbulent, fragile, jumps, depeg:
    (S, T) bool. doubt: (S,) bool, whether markets doubt the currency. gdp, total_assets (of the central bank), USD bn.
    expected_spread: (T,) weekly funding spread of the baseline, mean over chance. foreign: by currency ("eur", "gbp"),
    duration that a foreign central bank hands over beyond what was expected, share of that area's GDP, announced in all
    and delivered by date: (T+1, 2). foreign_assets: shrinking of those balance sheets beyond what was expected, in all,
    as a share of them weighted in the dollar's basket.
    """

    p: Draws
    announced: Supply
    announced_in_all: Supply
    delivered: Supply
    balance: BalanceSheetPath
    funding: FundingPath
    turbulent: np.ndarray
    fragile: np.ndarray
    priced_in: float
    coupon_surprise: float
    doubt: np.ndarray
    gdp: float
    total_assets: float
    expected_spread: np.ndarray
    jumps: np.ndarray
    depeg: np.ndarray
    usual: Usual
    foreign: dict[str, np.ndarray]
    foreign_assets: float

    @cached_property
    def multiple(self) -> np.ndarray:
        """(S, T+1) how much stronger supply is than in calm weeks; the start is calm."""
        return 1.0 + from_start(self.turbulent, False) * (self.p["turbulence_multiplier"] - 1.0)

    @cached_property
    def strength(self) -> np.ndarray:
        """(S, T+1) ten-year term premium for each USD bn of duration."""
        return np.asarray(self.p["kappa"] / self.gdp * self.multiple)

    @cached_property
    def for_news(self) -> np.ndarray:
        """(S, T+1) term premium for each USD bn that is expected in total, as far as it is not priced in."""
        return np.asarray(self.strength * (self.p["announcement_share"] * (1.0 - self.priced_in)))

    @cached_property
    def for_flow(self) -> np.ndarray:
        """(S, T+1) term premium for each USD bn as it is delivered."""
        return np.asarray(self.strength * (1.0 - self.p["announcement_share"]))

    @cached_property
    def spared(self) -> np.ndarray:
        """(S, T+1) share of its duration that a bill spares the private sector against a coupon."""
        calm, turned = self.p["bill_factor"], self.p["bill_factor_turbulent"]
        return np.asarray((1.0 - calm) + from_start(self.turbulent, False) * (calm - turned))

    @cached_property
    def running(self) -> np.ndarray:
        """(S, T+1) bool: whether the plan runs, so that what it announced is still expected."""
        return from_start(~self.balance.halted, True)

    @cached_property
    def handed(self) -> np.ndarray:
        """(S, T+1) par delivered beyond the baseline, less what bills spare the private sector of it."""
        return self.delivered.par() - self.spared * self.delivered.bills

    @cached_property
    def to_come(self) -> np.ndarray:
        """(S, T+1) what is announced and not yet due, less what bills spare the private sector of it."""
        bills = self.announced_in_all.bills - self.announced.bills
        return np.asarray(self.announced_in_all.par() - self.announced.par() - self.spared * bills)

    @cached_property
    def foreseen(self) -> np.ndarray:
        """(S, T+1) what has been handed over and, while the plan runs, what is still to come."""
        return np.asarray(self.handed + self.running * self.to_come)

    @cached_property
    def supplied(self) -> np.ndarray:
        """(S, T+1) duration delivered beyond the baseline and beyond what is priced in of the announcement.

        Bills count at the bill factor of calm weeks. Markets that expect a plan expect as well what the committee and
        the economy make of it.
        """
        factor = self.p["bill_factor"]
        return np.asarray(self.delivered.duration(factor) - self.priced_in * self.announced.duration(factor))

    @cached_property
    def substitution(self) -> np.ndarray:
        """(S, T+1) level of the expected policy rate: lower by what duration supply does in its place, after a lag.

        Bills count at the bill factor here too: Wei's figures for bills are of the same funds-rate equivalent.
        """
        lag = np.rint(self.p["substitution_lag"] * WEEKS_A_YEAR).astype(int)
        return np.asarray(self.p["substitution"] * lagged(self.supplied, lag))


def weekly(level: np.ndarray) -> np.ndarray:
    """Weekly moves (S, T) of a level (S, T+1); the news of the first date falls into the first week."""
    moves = np.diff(level, axis=1)
    moves[:, 0] += level[:, 0]
    return moves


def from_start(values: np.ndarray, first: float | bool) -> np.ndarray:
    """Put the state of the starting date before weekly values: (S, T) to (S, T+1)."""
    return np.concatenate([np.full((values.shape[0], 1), first, dtype=values.dtype), values], axis=1)


def lagged(values: np.ndarray, lag: np.ndarray) -> np.ndarray:
    """(S, T+1) ``values`` so many weeks ago, ``lag`` (S, 1) or (1, 1); zero before the start."""
    by_week = np.zeros(values.shape[::-1], dtype=values.dtype)
    for weeks in np.unique(lag[lag < values.shape[1]]):
        paths = np.flatnonzero(np.broadcast_to(lag[:, 0] == weeks, len(values)))
        by_week[weeks:, paths] = values.T[: len(by_week) - weeks, paths]
    return by_week.T


def since(values: np.ndarray, weeks: np.ndarray) -> np.ndarray:
    """Mean of (S, T+1) values over the last ``weeks`` (S, 1) dates, those before the start counted as zero."""
    total = np.array(values.T, order="C")
    for date in range(1, len(total)):
        total[date] += total[date - 1]
    width = np.maximum(np.rint(weeks).astype(int), 1)
    return np.asarray((total.T - lagged(total.T, width)) / width.astype(values.dtype))


def premium_parts(c: Context, delivered: np.ndarray, expected: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Term premium by its two parts, (S, T+1): news of what is expected in total, and flow as it is delivered.

    delivered, expected: duration supplied beyond the baseline, USD bn, par of coupons and their equivalent. News counts
    only as far as it is not priced in, and both are stronger in turbulence.
    """
    return c.for_news * expected, c.for_flow * delivered


def premium(c: Context, delivered: np.ndarray, expected: np.ndarray) -> np.ndarray:
    """Level of the ten-year term premium, (S, T+1): news and flow together."""
    news, flow = premium_parts(c, delivered, expected)
    return np.asarray(news + flow)


def planned(c: Context) -> tuple[np.ndarray, np.ndarray]:
    """Par handed over as announced, beyond the baseline: by date (1, T+1) and in all (1, 1)."""
    return c.announced.par(), c.announced_in_all.par()


def relief(c: Context, bills: np.ndarray) -> np.ndarray:
    """Duration that ``bills`` (USD bn) spare the private sector against as many coupons, (S, T+1), negative."""
    return np.asarray(-c.spared * bills)


def doubted(c: Context, moves: np.ndarray) -> DriverMoves:
    """Moves of the term premium with their part that comes with doubt of the currency."""
    return {"term_premium": moves, "doubt": moves * c.doubt[:, None]}
