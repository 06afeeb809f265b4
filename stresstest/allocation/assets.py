"""The axis of the programme: positions that can be traded, then candidates, as fractions of today's net value."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..records import Holding
from . import trading
from .inputs import Inputs, is_cash
from .limits import Limits
from .lines import Lines, sensitivities, untouched

#: No trade is larger than this multiple of net value: a finite box keeps the programme bounded.
LARGEST_TRADE = 10.0


@dataclass(frozen=True)
class Assets(Lines):
    """A assets in arrays; the first ``held`` of them are in the book. Money is a fraction of net value ``value`` (USD).

    returns: (S, A), named: (K, A) gain per unit of weight. cash, debt: USD cash and margin debt today, one of them
    zero; debt_return (S,), debt_named (K,): what a unit of debt gains its lender. cost: (A,) per unit traded. gain:
    (2, A) gain realised per unit closed, short term and long term; tax_rate: (2,). buy_max, sell_max: (A,) room to
    trade. unit_value: (A,) USD per unit of quantity; lot: (A,) smallest step of the quantity.

    No trade here can change these: untouched, holdings without a value or quantity, futures at contract value;
    fixed_pnl (S,), fixed_named (K,), their gains; missing_gross, missing_value: gross and signed value of what is not
    modelled, the gross value of a contract that of what it is written on.
    """

    untouched: Lines
    missing_gross: float
    missing_value: float
    held: int
    value: float
    returns: np.ndarray
    named: np.ndarray
    cash: float
    debt: float
    cash_return: np.ndarray
    cash_named: np.ndarray
    debt_return: np.ndarray
    debt_named: np.ndarray
    fixed_pnl: np.ndarray
    fixed_named: np.ndarray
    probability: np.ndarray
    names: tuple[str, ...]
    factor_moves: np.ndarray
    cost: np.ndarray
    gain: np.ndarray
    tax_rate: np.ndarray
    buy_max: np.ndarray
    sell_max: np.ndarray
    unit_value: np.ndarray
    lot: np.ndarray

    @property
    def lot_value(self) -> np.ndarray:
        """(A,) value of one lot."""
        return np.asarray(self.lot * self.unit_value / self.value)


def assets(inputs: Inputs, limits: Limits) -> Assets:
    """Arrays of the programme from ``inputs``. A candidate that is held already is bought as that holding."""
    book, value = inputs.book, inputs.book.value
    traded = [i for i, h in enumerate(book.holdings) if not is_cash(h) and h.instrument.value and h.position.quantity]
    symbols = {book.symbols[i] for i in traded}
    offered = [i for i, symbol in enumerate(inputs.new.symbols) if symbol not in symbols]
    holdings = tuple(book.holdings[i] for i in traded) + tuple(inputs.new.holdings[i] for i in offered)
    weights = np.r_[book.values[traded], np.zeros(len(offered))] / value
    cash, debt_return, debt_named = _cash(inputs)
    positions = [holding.position for holding in holdings]
    buy_max, sell_max = _room(holdings, weights, set(inputs.new.symbols), limits)
    return Assets(
        holdings=holdings,
        untouched=untouched(tuple(h for i, h in enumerate(book.holdings) if i not in traded and not is_cash(h)), value),
        missing_gross=book.missing_value / value,
        missing_value=sum(position.market_value for position, _ in book.not_modelled) / value,
        held=len(traded),
        value=value,
        weights=weights,
        returns=np.hstack([inputs.returns[:, traded], inputs.new_returns[:, offered]]),
        named=np.hstack([inputs.named[:, traded], inputs.new_named[:, offered]]),
        betas=sensitivities(holdings, np.array([h.instrument.value for h in holdings])),
        cash=max(cash, 0.0),
        debt=max(-cash, 0.0),
        cash_return=inputs.cash_return,
        cash_named=inputs.cash_named,
        debt_return=debt_return,
        debt_named=debt_named,
        fixed_pnl=np.zeros(len(inputs.probability)) if inputs.fixed_pnl is None else inputs.fixed_pnl,
        fixed_named=np.zeros(len(inputs.names)) if inputs.fixed_named is None else inputs.fixed_named,
        probability=inputs.probability,
        names=inputs.names,
        factor_moves=inputs.factor_moves,
        cost=np.array([trading.cost_rate(position) for position in positions]),
        gain=np.array([trading.taxable_gain(p, inputs.as_of, limits.tax) for p in positions]).reshape(-1, 2).T,
        tax_rate=np.array([limits.tax.short_term, limits.tax.long_term]),
        buy_max=buy_max,
        sell_max=sell_max,
        unit_value=np.array([h.instrument.value / h.position.quantity for h in holdings]),
        lot=np.array([trading.lot(position) for position in positions]),
    )


def _cash(inputs: Inputs) -> tuple[float, np.ndarray, np.ndarray]:
    """USD cash over net value (negative for debt), and the return of debt in simulated and named scenarios."""
    columns = [i for i, holding in enumerate(inputs.book.holdings) if is_cash(holding)]
    values = inputs.book.values[columns]
    total = float(values.sum())
    if total >= 0.0:
        return total / inputs.book.value, inputs.cash_return, inputs.cash_named
    return (
        total / inputs.book.value,
        inputs.returns[:, columns] @ values / total,
        inputs.named[:, columns] @ values / total,
    )


def _is_money(holding: Holding) -> bool:
    """Cash in another currency: it counts as a position, but converting it is left to the investor."""
    return holding.position.asset_class == "cash"


def _room(
    holdings: tuple[Holding, ...], weights: np.ndarray, offered: set[str], limits: Limits
) -> tuple[np.ndarray, np.ndarray]:
    """(A,) largest purchase and sale: longs down to zero, shorts up to zero, candidates (held or not) may be bought."""
    symbols = [holding.instrument.symbol for holding in holdings]
    can_buy = np.array([symbol in offered for symbol in symbols], dtype=bool) & (weights >= 0.0)
    can_sell = np.array([symbol not in limits.no_sell for symbol in symbols], dtype=bool) & (not limits.buy_only)
    can_trade = np.array(
        [h.instrument.symbol not in limits.no_trade and not _is_money(h) for h in holdings], dtype=bool
    )
    buy_max = np.where(can_buy, LARGEST_TRADE, np.maximum(-weights, 0.0))
    return buy_max * can_trade, np.maximum(weights, 0.0) * can_sell * can_trade
