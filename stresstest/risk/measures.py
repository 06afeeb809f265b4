"""Value at risk, expected shortfall and drawdown of a weighted set of scenarios."""

from __future__ import annotations

import numpy as np


def tail_weights(pnl: np.ndarray, probability: np.ndarray, level: float = 0.95) -> np.ndarray:
    """Weights (S,) of the worst ``1 - level`` of probability, summing to one.

    The scenario that straddles the boundary counts pro rata (Rockafellar and Uryasev, 2002). Ties keep the order of
    the input, so the result is reproducible.
    """
    order = np.argsort(pnl, kind="stable")
    tail = 1.0 - level
    before = np.cumsum(probability[order]) - probability[order]
    weights = np.zeros_like(probability, dtype=float)
    weights[order] = np.clip(tail - before, 0.0, probability[order]) / tail
    return weights


def expected_shortfall(pnl: np.ndarray, probability: np.ndarray, level: float = 0.95) -> float:
    """Mean loss in the worst ``1 - level`` of probability; a loss is positive. pnl, probability: (S,)."""
    return float(-(tail_weights(pnl, probability, level) @ pnl))


def value_at_risk(pnl: np.ndarray, probability: np.ndarray, level: float = 0.95) -> float:
    """Smallest loss that is not exceeded with probability ``level``; a loss is positive. pnl, probability: (S,)."""
    order = np.argsort(pnl, kind="stable")
    reached = int(np.searchsorted(np.cumsum(probability[order]), 1.0 - level, side="right"))
    return float(-pnl[order[min(reached, len(order) - 1)]])


def drawdown(value: np.ndarray) -> np.ndarray:
    """Fall from the running peak at each date, as a positive fraction. value: (S, T), positive."""
    peak = np.maximum.accumulate(value, axis=1)
    return 1.0 - value / peak


def conditional_drawdown(value: np.ndarray, probability: np.ndarray, level: float = 0.95) -> float:
    """CDaR: mean of the worst ``1 - level`` of (path, date) drawdowns (Chekhlov, Uryasev, Zabarankin, 2005)."""
    falls = drawdown(value)
    weights = np.repeat(probability / falls.shape[1], falls.shape[1])
    return expected_shortfall(-falls.ravel(), weights, level)


def contribution(pnl: np.ndarray, probability: np.ndarray, level: float = 0.95) -> np.ndarray:
    """Euler contributions (N,) of positions to expected shortfall; they sum to it. pnl: (S, N)."""
    return -(tail_weights(pnl.sum(axis=1), probability, level) @ pnl)
