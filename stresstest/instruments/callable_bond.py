"""Bonds that the issuer may redeem early: the straight bond times the share of it that the right to call leaves.

The share comes from a Hull-White lattice at the option-adjusted spread. It depends on the move of one rate: the
moves of the curve, weighted so that every key rate has just the effect it has on the lattice, plus the move of the
spread. The straight bond itself is revalued on the whole shocked curve. The issuer calls on coupon dates, whenever that
pays.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import date
from math import exp

import numpy as np

from ..records import Position
from ..tables import TENORS, factor_names
from ..units import BP, PERCENT
from .bond import Bond, fixed_flows
from .building import Built, NotModelled, Setting
from .cashflows import CashFlows
from .curve import NODES, Curve
from .debt import Debt, Measures, finished, key_rate_durations, on_market, street_measures
from .details import tag_date, tag_dated_numbers, tag_number
from .discounting import Claims, Discounting, columns_of, gradient, income_over, over_ages, present_value, value_change
from .lattice import Lattice, build_lattice, time_grid
from .reference import constant
from .sinking import has_sinking_fund
from .solver import solve
from .street import street_yield

PAR = 100.0
#: Ages are tabulated every quarter of a year; in between shares are linear.
KNOT = 0.25
FEWEST_STEPS, MOST_STEPS = 60, 240
#: Moves of the rate at which shares are tabulated: fine where bonds are called, coarse far away, flat beyond.
MOVES = np.concatenate([np.arange(-12, -4) * 0.01, np.arange(-8, 9) * 0.005, np.arange(5, 32, 2) * 0.01])
#: Lattice values have small kinks where a call date meets a node: slopes and, more so, curvatures are taken over these.
BUMP, WIDE_BUMP = 25 * BP, 100 * BP
NARROWEST, WIDEST = -0.5, 10.0
#: A right to call that moves the price by less than this per unit of rate has no key rates of its own.
FAINT = 1e-6


@dataclass(frozen=True, eq=False)
class CallableBond:
    """A callable bond. value: clean, USD. bond: its payments without the call, at the option-adjusted spread.

    calls: (K,) redemption price right after each payment per unit of face, infinite where there is none.
    weights: (7,) nodes of the curve in the rate that decides on the call; they sum to one.
    """

    symbol: str
    value: float
    bond: Bond
    calls: np.ndarray
    weights: np.ndarray
    _shares: dict[int, Callable[..., np.ndarray]] = field(default_factory=dict, repr=False)

    @property
    def notional(self) -> float:
        """Face in dollars."""
        return self.bond.notional

    def price_change(self, moves: np.ndarray, years: np.ndarray | float) -> np.ndarray:
        """Straight bond on the shocked curve times its shocked share, less both unshocked; moves (..., F)."""
        return over_ages(self._change, moves, years)

    def _change(self, moves: np.ndarray, age: float) -> np.ndarray:
        claims = self.bond.claims(age)
        before = present_value(claims, self.bond.how)
        after = before + value_change(claims, self.bond.how, moves)
        shares = self._share(moves @ self._driver(), age)
        change: np.ndarray = self.notional * (after * shares - before * float(self._share(0.0, age)))
        return change

    def _driver(self) -> np.ndarray:
        """(F,) move of the deciding rate per unit of each factor, from bond-equivalent to continuous compounding."""
        how, last = self.bond.how, float(self.bond.years[-1])
        quoted = exp(-0.5 * (float(how.curve.rate(last)) + how.spread))
        driver = np.zeros(len(factor_names()))
        driver[columns_of(list(TENORS))] = quoted * how.rate_beta * self.weights
        np.add.at(driver, columns_of(list(how.spreads)), quoted * np.array(list(how.spreads.values())))
        return driver

    def _share(self, rise: np.ndarray | float, age: float, order: int = 0) -> np.ndarray:
        """Value of the callable bond over the straight one, or its derivative by the rate (order 1)."""
        place = age / KNOT
        low = int(place)
        far = place - low
        inside = np.clip(rise, MOVES[0], MOVES[-1])
        share = (1.0 - far) * self._table(low)(inside, order)
        if far:
            share = share + far * self._table(low + 1)(inside, order)
        return np.asarray(share)

    def _table(self, knot: int) -> Callable[..., np.ndarray]:
        if knot not in self._shares:
            self._shares[knot] = share_table(self.bond, self.calls, knot * KNOT)
        return self._shares[knot]

    def carry(self, years: np.ndarray | float, financing: np.ndarray | float) -> np.ndarray:
        """As for the straight bond, with the share that the call leaves at each age; financing: not used."""
        today = self._worth(0.0)
        return income_over(lambda age: self._worth(age) - today, years, financing)

    def _worth(self, age: float) -> float:
        straight = present_value(self.bond.claims(age), self.bond.how) * self.notional
        return self.bond.received(age) + straight * float(self._share(0.0, age))

    def sensitivity(self, years: float) -> np.ndarray:
        """(F,) derivative of ``price_change`` at zero moves."""
        age = float(years)
        claims = self.bond.claims(age)
        straight = present_value(claims, self.bond.how)
        slope = gradient(claims, self.bond.how) * float(self._share(0.0, age))
        return self.notional * (slope + straight * float(self._share(0.0, age, 1)) * self._driver())


def share_table(bond: Bond, calls: np.ndarray, age: float) -> Callable[..., np.ndarray]:
    """Share against the move of the rate, as a smooth function of (move, order of derivative)."""
    from scipy.interpolate import CubicSpline

    due = bond.years > age
    if not np.isfinite(calls[due]).any():
        return CubicSpline(MOVES, np.ones(MOVES.size))
    tree = CallTree.of(bond.years[due] - age, bond.amounts[due], calls[due], (bond.how.curve,))
    shifts = bond.how.spread + MOVES
    straight = np.exp(-np.multiply.outer(shifts, tree.due)) @ (bond.how.curve.discount(tree.due) * bond.amounts[due])
    return CubicSpline(MOVES, tree.value(shifts) / straight)


@dataclass(frozen=True, eq=False)
class CallTree:
    """A lattice with the payments and calls of one bond on it. due: (K,) times of the payments."""

    lattice: Lattice
    due: np.ndarray
    flows: np.ndarray
    prices: np.ndarray

    @classmethod
    def of(cls, due: np.ndarray, amounts: np.ndarray, calls: np.ndarray, curves: tuple[Curve, ...]) -> CallTree:
        """Lattice over the life of the bond at the constants of the table."""
        steps = int(np.clip(due[-1] * constant("lattice_steps_a_year"), FEWEST_STEPS, MOST_STEPS))
        times = time_grid(due, steps)
        places = np.searchsorted(times, due - 1e-9)
        flows, prices = np.zeros(times.size), np.full(times.size, np.inf)
        flows[places], prices[places] = amounts, calls
        tree = build_lattice(times, curves, constant("short_rate_reversion"), constant("short_rate_volatility"))
        return cls(tree, due, flows, prices)

    def value(self, shifts: np.ndarray, which: np.ndarray | int = 0) -> np.ndarray:
        """(M,) dirty values of the callable bond at spreads ``shifts``."""
        return self.lattice.values(self.flows, self.prices, shifts, which)


def build_callable(symbol: str, position: Position, setting: Setting) -> Built:
    """A callable bond from its terms and tags. Raises NotModelled where they do not suffice."""
    if has_sinking_fund(position):
        raise NotModelled("calls together with a sinking fund are not modelled")
    return finish_callable(symbol, position, setting, *fixed_flows(position, setting))


def finish_callable(
    symbol: str, position: Position, setting: Setting, flows: CashFlows, notes: tuple[str, ...]
) -> Built:
    """The callable bond with these payments."""
    calls = call_prices(position, flows)
    claims = Claims.fixed(flows.years, flows.amounts, 0.0)
    straight = on_market(position, setting, claims, flows.accrued, Discounting(setting.curve))
    curves = (
        setting.curve,
        *(setting.curve.shifted(side * BUMP * row) for side in (1, -1) for row in np.eye(NODES.size)),
    )
    tree = CallTree.of(flows.years, flows.amounts, calls, curves)
    debt = _adjusted(straight, tree)
    measures, weights = _measures(tree, debt, claims)
    bond = Bond(symbol, debt.value, debt.notional, flows.years, flows.amounts, debt.how)
    made = CallableBond(symbol, debt.value, bond, calls, weights)
    street = {**street_measures(flows, debt.dirty), **_worst(flows, calls, debt.dirty)}
    return finished(made, debt, claims, street, (*notes, _note(calls, flows)), measures)


def is_callable(position: Position) -> bool:
    """Whether the row gives a call."""
    return any(position.tags.get(name, "").strip() for name in ("call_date", "call_schedule"))


def call_prices(position: Position, flows: CashFlows) -> np.ndarray:
    """(K,) redemption price after each payment per unit of face, from call_date and call_price or call_schedule."""
    schedule = tag_dated_numbers(position, "call_schedule")
    start = tag_date(position, "call_date")
    if start is not None:
        price = tag_number(position, "call_price", 1.0, 200.0)
        schedule = tuple(sorted({start: PAR if price is None else price, **dict(schedule)}.items()))
    if not schedule:
        raise NotModelled("no date of the first call is given")
    prices = np.array([_price_on(day, schedule) for day in flows.dates]) * PERCENT
    prices[-1] = np.inf
    return prices


def _price_on(day: date, schedule: tuple[tuple[date, float], ...]) -> float:
    """The price of the last entry that has begun, infinite before the first."""
    begun = [price for start, price in schedule if start <= day]
    return begun[-1] if begun else np.inf


def _adjusted(straight: Debt, tree: CallTree) -> Debt:
    """The bond at its option-adjusted spread where it has a price, else at the price of the lattice."""
    how = straight.how
    if not straight.quoted:
        clean = float(tree.value(np.array([how.spread]))[0]) - straight.accrued
        return replace(straight, clean=clean)

    def priced(spread: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        down, here, up = tree.value(float(spread) + np.array([-BP, 0.0, BP]))
        return np.asarray(here), np.asarray((up - down) / (2.0 * BP))

    spread = solve(priced, straight.dirty, how.spread, NARROWEST, WIDEST, "option-adjusted spread")
    return replace(straight, how=replace(how, spread=float(spread)))


def _measures(tree: CallTree, debt: Debt, claims: Claims) -> tuple[Measures, np.ndarray]:
    """Effective measures on the lattice, and the weights of the nodes in the rate that decides on the call."""
    spread, nodes = debt.how.spread, NODES.size
    bumped = tree.value(np.full(2 * nodes, spread), np.arange(1, 2 * nodes + 1))
    down, here, up = tree.value(spread + np.array([-BUMP, 0.0, BUMP]))
    falling, rising = tree.value(spread + np.array([-WIDE_BUMP, WIDE_BUMP]))
    slopes = (bumped[:nodes] - bumped[nodes:]) / (2.0 * BUMP)
    straight = present_value(claims, debt.how)
    own = key_rate_durations(claims, debt.how, quoted=False)
    by_call = slopes / here + np.array(list(own.values()))
    whole = by_call.sum()
    weights = by_call / whole if abs(whole) > FAINT else np.array(list(own.values())) / sum(own.values())
    quoted = exp(-0.5 * (float(debt.how.curve.rate(claims.pay_times[-1])) + spread))
    duration = float(-slopes.sum() / here * quoted)
    numbers = {
        "effective_duration": duration,
        "duration": duration,
        "effective_convexity": float((rising - 2.0 * here + falling) / WIDE_BUMP**2 / here * quoted**2),
        "spread_duration": float((down - up) / (2.0 * BUMP) / here * quoted),
        "dv01": duration * debt.dirty * debt.notional * BP,
        "option_value": float(straight - here) / PERCENT,
        "oas": spread,
    }
    by_node = {f"{tenor:g}": float(-slope / here * quoted) for tenor, slope in zip(NODES, slopes, strict=True)}
    return Measures(numbers, by_node), weights


def _worst(flows: CashFlows, calls: np.ndarray, dirty: float) -> dict[str, float]:
    """Street yield to the first call and the lowest to any call or to maturity."""
    found = []
    for last in np.flatnonzero(np.isfinite(calls)):
        amounts = flows.amounts[: last + 1].copy()
        amounts[-1] += calls[last]
        found.append(float(street_yield(dirty, amounts, flows.periods[: last + 1], flows.frequency, last == 0)))
    whole = float(street_yield(dirty, flows.amounts, flows.periods, flows.frequency, flows.simple))
    return {"yield_to_call": found[0], "yield_to_worst": min(whole, *found)} if found else {"yield_to_worst": whole}


def _note(calls: np.ndarray, flows: CashFlows) -> str:
    dates = [day for day, price in zip(flows.dates, calls, strict=True) if np.isfinite(price)]
    first = f"from {dates[0]} on coupon dates" if dates else "on no coupon date that is left"
    volatility = constant("short_rate_volatility")
    return f"Callable {first}; valued on a Hull-White lattice with a short-rate volatility of {volatility / BP:.0f} bp."
