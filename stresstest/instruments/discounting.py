"""Present value of promised payments, today and under factor moves: the one formula behind every bond.

A payment ``a`` is worth ``a * exp(-(z(u) * u + s * v))``: rates act over the time ``u``, the spread over the time ``v``
until it is paid. For a fixed payment u = v; what a floater pays next is fixed at ``u`` and paid at ``v``.
Factors move bond-equivalent rates, for so their series are quoted. A continuously compounded rate r answers a move y by
``q y - (q y)^2 / 4`` with q = exp(-r / 2), which is exact to second order.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import numpy as np

from ..tables import TENORS, factor_index, factor_names
from .curve import Curve, node_weights
from .solver import solve

#: Elements of the largest temporary: a quarter of a megabyte stays in the cache, however many scenarios there are.
BLOCK = 1 << 15
NARROWEST, WIDEST = -2.0, 100.0


@dataclass(frozen=True, eq=False)
class Claims:
    """Payments still due at some age; arrays are (J,), times in years from that age."""

    amounts: np.ndarray
    rate_times: np.ndarray
    pay_times: np.ndarray

    @classmethod
    def fixed(cls, years: np.ndarray, amounts: np.ndarray, age: float) -> Claims:
        """Fixed payments that are still to come after ``age``."""
        due = years > age
        return cls(amounts[due], years[due] - age, years[due] - age)


@dataclass(frozen=True, eq=False)
class Discounting:
    """How payments are discounted, and which factors move that.

    spread: constant z-spread over the curve. rate_beta: move of this curve per move of the US curve.
    rates: exposure of all zero rates alike to further factors (a real rate falls by a rise of breakevens).
    spreads: move of the spread per unit of factor. currency: log change of the currency in dollars per unit of factor.
    """

    curve: Curve
    spread: float = 0.0
    rate_beta: float = 1.0
    rates: Mapping[str, float] = field(default_factory=dict)
    spreads: Mapping[str, float] = field(default_factory=dict)
    currency: Mapping[str, float] = field(default_factory=dict)

    def exponents(self, claims: Claims) -> np.ndarray:
        """(J,) log discount factors at unchanged factors."""
        logs: np.ndarray = -self.curve.rate(claims.rate_times) * claims.rate_times - self.spread * claims.pay_times
        return logs

    def quoted(self, claims: Claims) -> np.ndarray:
        """(J,) move of the continuous rate of each payment per move of the bond-equivalent one."""
        factors: np.ndarray = np.exp(-0.5 * (self.curve.rate(claims.pay_times) + self.spread))
        return factors

    def loadings(self, claims: Claims) -> tuple[np.ndarray, np.ndarray]:
        """Columns (C,) of the factors that matter, and (C, J) change of the log discount factors per unit of each."""
        quoted = self.quoted(claims)
        by_rate, by_spread = -claims.rate_times * quoted, -claims.pay_times * quoted
        blocks = [self.rate_beta * node_weights(claims.rate_times).T * by_rate]
        blocks += [beta * by_rate[None, :] for beta in self.rates.values()]
        blocks += [beta * by_spread[None, :] for beta in self.spreads.values()]
        return columns_of([*TENORS, *self.rates, *self.spreads]), np.concatenate(blocks)


def columns_of(names: list[str]) -> np.ndarray:
    """Positions on the F axis."""
    return np.array([factor_index()[name] for name in names], dtype=int)


def vector_of(exposure: Mapping[str, float]) -> np.ndarray:
    """(F,) vector from exposures by name."""
    vector = np.zeros(len(factor_names()))
    vector[columns_of(list(exposure))] = list(exposure.values())
    return vector


def present_value(claims: Claims, how: Discounting) -> float:
    """Value at unchanged factors, in local currency per unit of face."""
    return float(np.exp(how.exponents(claims)) @ claims.amounts)


def value_change(claims: Claims, how: Discounting, moves: np.ndarray) -> np.ndarray:
    """Value on shocked factors less value on unshocked ones, in dollars per dollar of face.

    moves: (..., F); result (...), exactly zero where nothing moves.
    """
    columns, loadings = how.loadings(claims)
    values = np.exp(how.exponents(claims)) * claims.amounts
    bend = 0.25 / claims.pay_times
    rows = moves.reshape(-1, moves.shape[-1])
    change = np.empty(len(rows))
    size = max(BLOCK // max(values.size, 1), 1)
    for start in range(0, len(rows), size):
        growth = rows[start : start + size][:, columns] @ loadings
        growth *= 1.0 + growth * bend
        np.exp(growth, out=growth)
        growth -= 1.0
        change[start : start + size] = growth @ values
    local = change.reshape(moves.shape[:-1])
    if not how.currency:
        return local
    in_dollars: np.ndarray = local + (local + values.sum()) * currency_return(how.currency, moves)
    return in_dollars


def gradient(claims: Claims, how: Discounting) -> np.ndarray:
    """(F,) derivative of ``value_change`` at zero moves."""
    columns, loadings = how.loadings(claims)
    values = np.exp(how.exponents(claims)) * claims.amounts
    slope: np.ndarray = values.sum() * vector_of(how.currency)
    np.add.at(slope, columns, loadings @ values)
    return slope


def currency_return(currency: Mapping[str, float], moves: np.ndarray) -> np.ndarray:
    """Simple return in dollars of a balance in a currency with these log exposures; moves (..., F), result (...)."""
    growth: np.ndarray = np.expm1(moves[..., columns_of(list(currency))] @ np.array(list(currency.values())))
    return growth


def z_spread(claims: Claims, curve: Curve, dirty: np.ndarray | float) -> float:
    """Constant spread over the curve at which the claims cost ``dirty``. Raises NoAnswerError where there is none."""
    alone = np.exp(-curve.rate(claims.rate_times) * claims.rate_times) * claims.amounts

    def priced(spread: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        values = np.exp(-np.multiply.outer(spread, claims.pay_times)) * alone
        return values.sum(axis=-1), -(values * claims.pay_times).sum(axis=-1)

    return float(solve(priced, dirty, 0.0, NARROWEST, WIDEST, "spread over the curve"))


# ------------------------------------------------------------------------------------------------------ horizons

#: Value on shocked factors less value on unshocked ones at one age: moves (..., F), age, shift (...) -> (...).
AtAge = Callable[[np.ndarray, float, np.ndarray], np.ndarray]


def over_ages(
    change: Callable[[np.ndarray, float], np.ndarray], moves: np.ndarray, years: np.ndarray | float
) -> np.ndarray:
    """``change`` at every age in ``years``, which broadcasts to the leading shape of ``moves`` (..., F).

    Each age is one call for all its scenarios, so a path costs one call a date.
    """
    return over_ages_shifted(lambda at, age, _: change(at, age), moves, years, np.zeros(()))


def over_ages_shifted(change: AtAge, moves: np.ndarray, years: np.ndarray | float, shift: np.ndarray) -> np.ndarray:
    """The same of a change that takes a ``shift`` beside the moves, which broadcasts to their leading shape."""
    ages = np.asarray(years, dtype=float)
    if ages.ndim == 0:
        return change(moves, float(ages), shift)
    result = np.empty(np.broadcast_shapes(moves.shape[:-1], ages.shape))
    moves, shift = np.broadcast_to(moves, (*result.shape, moves.shape[-1])), np.broadcast_to(shift, result.shape)
    for place in np.ndindex(ages.shape):
        where = tuple(slice(None) if n == 1 else i for i, n in zip(place, ages.shape, strict=True))
        at = (..., *where)
        result[at] = change(moves[(*at, slice(None))], float(ages[place]), shift[at])
    return result


def income_over(gain: Callable[[float], float], years: np.ndarray | float, financing: np.ndarray | float) -> np.ndarray:
    """``gain`` at every age, in the common shape of ``years`` and ``financing``."""
    ages, inverse = np.unique(np.asarray(years, dtype=float), return_inverse=True)
    gains = np.array([gain(float(age)) for age in ages])[inverse].reshape(np.shape(years))
    return np.broadcast_to(gains, np.broadcast_shapes(np.shape(years), np.shape(financing))).copy()
