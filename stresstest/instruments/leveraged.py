"""Funds that promise a multiple of the daily return of an index: compounding, financing and fee.

Each day the fund earns L times the return of the index, less interest on what it borrows (L - 1 of its value) and its
fee. Over a spell in which the index has the log return x and the variance v, continuous rebalancing gives
L x - L (L - 1) v / 2: the second term is the decay, a loss for every L above one or below zero.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..records import Position
from ..tables import factor_index
from .building import NotModelled, Setting, level
from .details import tag_number, tag_percent
from .fund import FactorAsset
from .reference import constant, volatility

VIX = "vix"
LARGEST_MULTIPLE = 5.0


def daily_reset_returns(
    index: np.ndarray, rate: np.ndarray, years: np.ndarray, multiple: float, fee: float, spread: float
) -> np.ndarray:
    """(..., T) simple returns of the fund in periods over which it does not rebalance (days).

    index: (..., T) simple returns of the index with dividends. rate: (..., T) overnight rate. years: (T,) length of
    each period on the day count of the rate. spread: over the rate on what is borrowed or short. A fund loses no more
    than all it has.
    """
    borrowed = (multiple - 1.0) * rate + abs(multiple - (multiple > 0)) * spread
    returns: np.ndarray = np.maximum(multiple * index - (borrowed + fee) * years, -1.0)
    return returns


def decay(variance: np.ndarray | float, years: np.ndarray | float, multiple: float) -> np.ndarray:
    """Log growth lost to resetting at a variance a year: - L (L - 1) / 2 x variance x years."""
    lost: np.ndarray = -0.5 * multiple * (multiple - 1.0) * np.asarray(variance) * years
    return lost


@dataclass(frozen=True, eq=False)
class LeveragedFund(FactorAsset):
    """A daily-reset fund. beta: of the fund, its multiple included. leverage: L, negative for an inverse fund.

    vol: realised volatility of the index today, a year; vol_move: its rise per rise of VIX. The decay at today's
    volatility is part of the mean that ordinary noise costs every asset with a log return (see the stress stage), so
    what is counted here is the decay beyond it: volatility is taken to go in a straight line to the shocked one.
    cost: fee and financing spread a year.
    """

    leverage: float = 1.0
    vol: float = 0.0
    vol_move: float = 0.0
    cost: float = 0.0

    def log_return(self, moves: np.ndarray, years: np.ndarray | float) -> np.ndarray:
        """Multiple of the log return of the index, and the decay beyond that at today's volatility."""
        shocked = np.maximum(self.vol + self.vol_move * moves[..., factor_index()[VIX]], 0.0)
        mean_square = (self.vol**2 + self.vol * shocked + shocked**2) / 3.0
        return super().log_return(moves, years) + decay(mean_square - self.vol**2, years, self.leverage)

    def held_through(self, moves: np.ndarray, years: np.ndarray | float, financing: np.ndarray | float) -> np.ndarray:
        """(S,) what a spell of ``years`` takes beside ``price_change``, where no noise stands for the ordinary days.

        The decay at today's volatility, interest on what the fund borrows, and its cost; moves hold the income of the
        index. moves: (S, F); financing: annual rate over the spell.
        """
        growth = self.log_return(moves, years)
        ordinary = decay(self.vol**2, years, self.leverage) - ((self.leverage - 1.0) * financing + self.cost) * years
        held: np.ndarray = self.notional * np.exp(growth) * np.expm1(ordinary)
        return held

    def sensitivity(self, years: float) -> np.ndarray:
        """(F,) derivative of ``price_change`` at zero moves."""
        slope = self.notional * self.beta
        slope[factor_index()[VIX]] += self.notional * float(decay(self.vol * self.vol_move, years, self.leverage))
        return slope


def multiple_of(position: Position) -> float:
    """Daily multiple that the tag leverage gives ("3", "-2x"), else one. Raises NotModelled where it is absurd."""
    text = position.tags.get("leverage", "").strip().lower().removesuffix("x")
    if not text:
        return 1.0
    try:
        multiple = float(text)
    except ValueError:
        raise NotModelled(f"tag_leverage is {text!r}, not a number") from None
    if not 0.0 < abs(multiple) <= LARGEST_MULTIPLE:
        raise NotModelled(f"tag_leverage is {multiple:g}, not a daily multiple of up to {LARGEST_MULTIPLE:g}")
    return multiple


def leveraged_fund(asset: FactorAsset, position: Position, setting: Setting) -> tuple[FactorAsset, tuple[str, ...]]:
    """``asset`` as a daily-reset fund where the position is one, with what is assumed; else itself."""
    multiple = multiple_of(position)
    if multiple == 1.0:
        return asset, ()
    fee = tag_percent(position, "expense_ratio", 0.0, 10.0)
    fee = constant("leveraged_fee") if fee is None else fee
    given = tag_number(position, "index_volatility", 0.0, 300.0)
    row, realised = volatility(position.asset_class), constant("realised_share")
    vol = given / 100.0 if given is not None else realised * row.level * level(setting, VIX)
    cost = fee + abs(multiple - (multiple > 0)) * constant("swap_spread")
    fund = LeveragedFund(
        asset.symbol, asset.value, asset.notional, asset.beta, asset.weights, asset.convexity_gap, asset.income - cost,
        multiple, vol, realised * row.move, cost,
    )  # fmt: skip
    note = f"Resets {multiple:g}x daily: decay at an index volatility of {vol:.0%}, moved by VIX;"
    return fund, (f"{note} fee and financing spread cost {cost:.2%} a year.",)
