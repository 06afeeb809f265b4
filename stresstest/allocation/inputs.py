"""What the proposal needs: the book, what may be bought, and the gain of each per dollar in every scenario."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

import numpy as np

from ..errors import InputError, NoAnswerError, Problem
from ..records import Book, Holding
from ..tables import factor_names

#: Largest distance of the sum of probabilities from one.
PROBABILITY_ERROR = 1e-9


@dataclass(frozen=True)
class Inputs:
    """Arrays and records for one proposal. S simulated scenarios, K named ones, N holdings, M candidates, F factors.

    returns (S, N), named (K, N): total P&L, price, carry and residual, per 1 USD of signed value held, so that
    pnl = returns * book.values. new_returns (S, M), new_named (K, M): the same for the candidates in ``new``, each of
    unit value. cash_return (S,), cash_named (K,): the same for USD cash; margin debt pays the column of the USD cash
    holding. factor_moves: (K, F), units of factors.csv. financing_rate: annual rate on margin debt, decimal.
    as_of: date of the proposal, from which holding periods count.
    fixed_pnl (S,), fixed_named (K,): P&L as a fraction of net value that no trade here can change (futures, whose value
    is zero); None means none.

    Raises InputError where shapes do not agree or a number is not finite, NoAnswerError where net value is not above
    zero.
    """

    book: Book
    returns: np.ndarray
    probability: np.ndarray
    named: np.ndarray
    names: tuple[str, ...]
    new: Book
    new_returns: np.ndarray
    new_named: np.ndarray
    factor_moves: np.ndarray
    financing_rate: float
    cash_return: np.ndarray
    cash_named: np.ndarray
    as_of: date
    fixed_pnl: np.ndarray | None = None
    fixed_named: np.ndarray | None = None

    def __post_init__(self) -> None:
        if problems := list(self._faults()):
            raise InputError(problems)
        if self.book.value <= 0.0:
            raise NoAnswerError(
                f"the net value of the book is {self.book.value:,.2f} USD, so no share of it can be proposed",
                "Add the missing cash or positions, or repay the debt first.",
            )

    def _faults(self) -> Iterator[Problem]:
        scenarios, named = len(self.probability), len(self.names)
        held, offered = len(self.book.holdings), len(self.new.holdings)
        shapes: dict[str, tuple[int, ...]] = {
            "returns": (scenarios, held),
            "named": (named, held),
            "new_returns": (scenarios, offered),
            "new_named": (named, offered),
            "factor_moves": (named, len(factor_names())),
            "cash_return": (scenarios,),
            "cash_named": (named,),
            "fixed_pnl": (scenarios,),
            "fixed_named": (named,),
        }
        for name, shape in shapes.items():
            array = getattr(self, name)
            if array is not None and array.shape != shape:
                yield Problem(None, name, f"shape {array.shape}", f"shape {shape}", "")
            elif array is not None and not np.isfinite(array).all():
                yield Problem(
                    None, name, "a number that is not finite", "finite numbers", "Put what has no value in fixed_pnl."
                )
        if not scenarios or not named:
            yield Problem(None, "probability, names", "no scenario", "at least one of each kind", "")
        elif abs(self.probability.sum() - 1.0) > PROBABILITY_ERROR or self.probability.min() < 0.0:
            yield Problem(None, "probability", f"sum {self.probability.sum():.6f}", "shares that sum to one", "")


def is_cash(holding: Holding) -> bool:
    """USD cash or margin debt: the residual of every trade. Other currencies are positions."""
    return holding.position.asset_class == "cash" and holding.position.currency == "USD"
