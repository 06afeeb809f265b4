"""Margin calls along the paths, and the sales that they force.

Whenever equity falls short of the requirement the broker sells the same share of every position, at dealing costs that
rise with VIX, until equity is back above it; the proceeds repay debt. What is sold no longer falls, nor recovers.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .reference import constant


@dataclass(frozen=True, eq=False)
class Account:
    """A levered book that sells nothing, on dates 0..T: (P, T+1) each, USD.

    value: net. invested: cumulated gain of what can be sold. net: its signed value. cost: of selling all of it at the
    spreads of the date. required: equity that the broker asks for. rate, cash_rate: (P, T) what a dollar of repaid
    debt saves, and what one of cash earns, in the week that ends on each date. debt: owed today, not negative.
    """

    value: np.ndarray
    invested: np.ndarray
    net: np.ndarray
    cost: np.ndarray
    required: np.ndarray
    rate: np.ndarray
    cash_rate: np.ndarray
    debt: float

    def earned(self, received: np.ndarray, date: int) -> np.ndarray:
        """(P,) what ``received`` proceeds bring in the week that ends on ``date``: debt saved, cash interest beyond it.

        Negative proceeds (shorts bought back) are owed, or taken from cash where nothing is owed.
        """
        repaid = np.minimum(received, self.debt) if self.debt else np.zeros_like(received)
        rate, cash_rate = self.rate[:, date - 1], self.cash_rate[:, date - 1]
        return np.asarray(repaid * rate + (received - repaid) * cash_rate)


@dataclass(frozen=True, eq=False)
class Sales:
    """What margin calls lead to. called: (P,). kept, sold: (P, T+1) share of the first holdings kept after each date,
    and sold on it. value: (P, T+1) net value with the sales. saved: (P,) interest that the proceeds save, and earn
    beyond the debt, by the end.
    """

    called: np.ndarray
    kept: np.ndarray
    sold: np.ndarray
    value: np.ndarray
    saved: np.ndarray


def forced_sales(account: Account) -> Sales:
    """Follow the account week by week. At most everything is sold; what is then still owed stays owed."""
    paths, dates = account.value.shape
    kept, sold, value = np.ones((paths, dates)), np.zeros((paths, dates)), np.empty((paths, dates))
    called = np.zeros(paths, dtype=bool)
    held, received, saved, lost = np.ones(paths), np.zeros(paths), np.zeros(paths), np.zeros(paths)
    for date in range(dates):
        if date:
            lost += (held - 1.0) * (account.invested[:, date] - account.invested[:, date - 1])
            saved += account.earned(received, date)  # simple interest, as the carry of the debt
        equity = account.value[:, date] + lost + saved
        required, cost = held * account.required[:, date], held * account.cost[:, date]
        short = (equity < required) & (required > 0)
        share = _share_to_sell(equity, required * constant("restore_cushion"), cost) * short
        called |= short
        lost -= share * cost
        received += share * (held * account.net[:, date] - cost)
        sold[:, date] = share * held
        held = held * (1.0 - share)
        kept[:, date], value[:, date] = held, account.value[:, date] + lost + saved
    return Sales(called, kept, sold, value, saved)


def _share_to_sell(equity: np.ndarray, restored: np.ndarray, cost: np.ndarray) -> np.ndarray:
    """Share x with equity - x cost = (1 - x) restored; all of it where no smaller one is enough."""
    room = restored - cost
    wanted = np.divide(restored - equity, room, out=np.ones_like(room), where=room > 0)
    return np.clip(wanted, 0.0, 1.0)


def path_weights(sales: Sales) -> np.ndarray:
    """(P, T) weights on the cumulated gains y_1..y_T of a holding whose sum is the gain that its sales forgo.

    Summation by parts of sum over t of (kept_{t-1} - 1) (y_t - y_{t-1}).
    """
    kept = sales.kept
    weights = kept[:, :-1] - kept[:, 1:]
    weights[:, -1] = kept[:, -2] - 1.0
    return weights
