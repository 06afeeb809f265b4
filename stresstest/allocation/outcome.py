"""What a set of trades leads to, in plain numpy: the truth against which every answer of a solver is held."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..risk.measures import expected_shortfall, value_at_risk
from .assets import Assets


@dataclass(frozen=True)
class Outcome:
    """After the trades; fractions of net value before them. ``buy`` and ``sell`` (A,) are not negative.

    tax: (A,) by asset. value: net value after cost and tax. pnl: (S,), named_pnl: (K,), gains positive.
    """

    buy: np.ndarray
    sell: np.ndarray
    weights: np.ndarray
    cash: float
    debt: float
    cost: np.ndarray
    tax: np.ndarray
    pnl: np.ndarray
    named_pnl: np.ndarray

    @property
    def value(self) -> float:
        """Net value after cost and tax."""
        return float(1.0 - self.cost.sum() - self.tax.sum())

    @property
    def traded(self) -> np.ndarray:
        """(A,) value bought plus value sold."""
        return np.asarray(self.buy + self.sell)


def outcome(assets: Assets, buy: np.ndarray, sell: np.ndarray) -> Outcome:
    """Weights, cash, tax and P&L after buying ``buy`` and selling ``sell`` (A,), fractions of net value."""
    weights = assets.weights + buy - sell
    cost = assets.cost * (buy + sell)
    tax = tax_by_asset(assets, buy, sell)
    net_cash = assets.cash - assets.debt + float(sell.sum() - buy.sum() - cost.sum() - tax.sum())
    cash, debt = max(net_cash, 0.0), max(-net_cash, 0.0)
    return Outcome(
        buy,
        sell,
        weights,
        cash,
        debt,
        cost,
        tax,
        pnl=assets.returns @ weights + cash * assets.cash_return - debt * assets.debt_return + assets.fixed_pnl,
        named_pnl=assets.named @ weights + cash * assets.cash_named - debt * assets.debt_named + assets.fixed_named,
    )


def unchanged(assets: Assets) -> Outcome:
    """The book as it is."""
    nothing = np.zeros(len(assets.weights))
    return outcome(assets, nothing, nothing)


def closed(assets: Assets, buy: np.ndarray, sell: np.ndarray) -> np.ndarray:
    """(A,) value of positions closed: longs sold, shorts bought back."""
    return np.where(assets.short, buy, sell)


def tax_by_asset(assets: Assets, buy: np.ndarray, sell: np.ndarray) -> np.ndarray:
    """(A,) tax due. Losses offset gains of the same term; an unused loss earns nothing, so tax is never understated."""
    gains = assets.gain * closed(assets, buy, sell)
    taxable = np.maximum(gains.sum(axis=1), 0.0)
    positive = np.maximum(gains, 0.0)
    share = positive / np.maximum(positive.sum(axis=1, keepdims=True), np.finfo(float).tiny)
    due: np.ndarray = (assets.tax_rate * taxable) @ share
    return due


def tail_loss(assets: Assets, after: Outcome) -> float:
    """Expected shortfall at 95 percent over all simulated scenarios, fraction of net value before the trades."""
    return expected_shortfall(after.pnl, assets.probability)


def mean_worst_loss(named_pnl: np.ndarray, count: int) -> float:
    """Mean loss of the ``count`` worst named scenarios (all of them where there are fewer); a loss is positive."""
    size = len(named_pnl)
    if count >= size:
        return float(-named_pnl.mean())
    return expected_shortfall(named_pnl, np.full(size, 1.0 / size), 1.0 - count / size)


def return_given_up(assets: Assets, after: Outcome) -> float:
    """Fall of the expected simulated gain, never below zero: carry gained is no reason to trade."""
    return max(float(assets.probability @ (unchanged(assets).pnl - after.pnl)), 0.0)


def objective(assets: Assets, after: Outcome, defensiveness: float, worst: int) -> float:
    """The number that the programme minimises, evaluated on all scenarios; fraction of net value."""
    risk = tail_loss(assets, after) + mean_worst_loss(after.named_pnl, worst)
    money = float(after.cost.sum() + after.tax.sum())
    return defensiveness * risk + money + (1.0 - defensiveness) * return_given_up(assets, after)


def measures(assets: Assets, after: Outcome, worst: int) -> dict[str, float]:
    """Risk of the book after the trades, as fractions of its own net value; losses positive.

    expected_return: mean gain over the simulated paths as the programme counts it, straight to the horizon. Effects on
    the way (forced sales, options that expire, daily resets, reinvested income) are not in it; they are in the mean
    loss of the book when it is revalued, so the two differ by more than their sign.
    """
    pnl, named = after.pnl / after.value, after.named_pnl / after.value
    return {
        "es_95": expected_shortfall(pnl, assets.probability),
        "var_95": value_at_risk(pnl, assets.probability),
        "worst_named_loss": float(-named.min()),
        "mean_worst_named_loss": mean_worst_loss(named, worst),
        "expected_return": float(assets.probability @ pnl),
        "cash_share": (after.cash - after.debt) / after.value,
    }
