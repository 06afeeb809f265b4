"""Checks of the instrument models that need no data: identities, limits, orders, and QuantLib where it is installed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from importlib import import_module
from typing import Any

import numpy as np

from ..instruments import build_book
from ..instruments.cashflows import CashFlows, fixed_coupon
from ..instruments.curve import from_snapshot
from ..instruments.daycount import ACTUAL_ACTUAL
from ..instruments.early_exercise import Dividends, PremiumTable
from ..instruments.lattice import build_lattice, time_grid
from ..instruments.option_contract import Contract
from ..instruments.orders import orders
from ..instruments.street import price_at_yield, street_yield
from ..market import load_snapshot
from ..records import Check, Holding, Portfolio, Position, Terms
from ..tables import TENORS, factor_index, factor_names

SECTION = "instruments"
BONDS, SETTLEMENT = 300, date(2026, 7, 30)
ORACLE_MARK, IDENTITY_MARK, PREMIUM_MARK, ORDER_MARK = 1e-8, 1e-9, 5e-4, 0.25
STRIKE = 100.0
#: Steps of the two lattices against which the tabulated premium is judged.
FINE_STEPS = 2000
RATE_MOVE = 0.01


def model_checks(seed: int, oracle: bool) -> tuple[Check, ...]:
    """I4 to I8. oracle: whether QuantLib can be imported."""
    return (_against_quantlib(seed, oracle), _key_rates(), _callable_identity(), _american(), _second_order())


# ------------------------------------------------------------------------------------------------------- the oracle


@dataclass(frozen=True)
class Drawn:
    """A random bond: coupon and yield are decimals."""

    coupon: float
    maturity: date
    rate: float

    @property
    def flows(self) -> CashFlows:
        """Its payments from ``SETTLEMENT`` on."""
        return fixed_coupon(self.coupon, self.maturity, 2, SETTLEMENT, ACTUAL_ACTUAL, month_end=False)


def _drawn(seed: int) -> Iterator[Drawn]:
    rng = np.random.default_rng(seed)
    for _ in range(BONDS):
        maturity = SETTLEMENT + timedelta(days=int(rng.integers(400, 30 * 365)))
        yield Drawn(rng.uniform(0.0025, 0.12), maturity.replace(day=min(maturity.day, 28)), rng.uniform(0.005, 0.15))


def _against_quantlib(seed: int, oracle: bool) -> Check:
    title = "Bond price, yield, duration and convexity against QuantLib"
    if not oracle:
        return Check("I4", SECTION, title, "", "", None, note="QuantLib is not installed; the tests need it")
    ql = import_module("QuantLib")
    gaps = np.array([_oracle_gaps(ql, bond) for bond in _drawn(seed)])
    worst = float(gaps.max())
    return Check(
        "I4", SECTION, title, f"{worst:.1e} relative at worst over {BONDS} random bonds", f"under {ORACLE_MARK:.0e}",
        worst < ORACLE_MARK, worst, note="the tests draw 5,000, with stubs, month ends, leap days and ex-dividend",
    )  # fmt: skip


def _oracle_gaps(ql: Any, bond: Drawn) -> tuple[float, ...]:
    """Relative gaps of price, duration, convexity, and the yield found back from the price."""
    flows = bond.flows
    shape = (flows.amounts, flows.periods, flows.frequency, flows.simple)
    ours = price_at_yield(bond.rate, *shape)
    found = float(street_yield(float(ours.price), *shape))
    today = ql.Date(SETTLEMENT.day, SETTLEMENT.month, SETTLEMENT.year)
    ql.Settings.instance().evaluationDate = today
    end = ql.Date(bond.maturity.day, bond.maturity.month, bond.maturity.year)
    schedule = ql.Schedule(
        end - ql.Period(40, ql.Years), end, ql.Period(ql.Semiannual), ql.NullCalendar(), ql.Unadjusted, ql.Unadjusted,
        ql.DateGeneration.Backward, False,
    )  # fmt: skip
    count = ql.ActualActual(ql.ActualActual.ISMA, schedule)
    theirs = ql.FixedRateBond(0, 100.0, schedule, [bond.coupon], count, ql.Unadjusted)
    terms = (theirs, bond.rate, count, ql.Compounded, ql.Semiannual)
    price = ql.BondFunctions.cleanPrice(*terms, today) + theirs.accruedAmount(today)
    duration = ql.BondFunctions.duration(*terms, ql.Duration.Modified, today)
    pairs = (
        (100.0 * float(ours.price), price),
        (float(ours.modified_duration), duration),
        (float(ours.convexity), ql.BondFunctions.convexity(*terms, today)),
        (found, bond.rate),
    )
    return tuple(abs(mine / other - 1.0) for mine, other in pairs)


# -------------------------------------------------------------------------------------------------------- identities


def _position(kind: str, price: float, terms: Terms, tags: dict[str, str]) -> Position:
    face = 100_000.0
    value = face * price / 100.0
    return Position(1, kind.upper(), "", kind, "USD", face, price, value, terms=terms, tags=tags)


def _sample() -> tuple[Holding, ...]:
    """A Treasury, a company bond, a callable one, a zero and a floater, on the embedded levels."""
    snapshot = load_snapshot(None, None)
    year = snapshot.as_of.year
    rows = (
        _position("bond", 96.5, Terms(coupon=0.04, maturity=date(year + 10, 2, 15), frequency=2, rating="UST"), {}),
        _position("bond", 101.0, Terms(coupon=0.055, maturity=date(year + 7, 5, 1), frequency=2, rating="BBB"), {}),
        _position(
            "bond", 101.0, Terms(coupon=0.06, maturity=date(year + 10, 5, 1), frequency=2, rating="BBB"),
            {"call_date": f"{year + 2}-05-01"},
        ),
        _position("bond", 40.0, Terms(coupon=0.0, maturity=date(year + 19, 8, 15), rating="UST"), {}),
        _position("floater", 99.4, Terms(spread=0.012, maturity=date(year + 5, 1, 15), rating="A"), {}),
    )  # fmt: skip
    return build_book(Portfolio("sample", rows, {}, 0.0), [None] * len(rows), snapshot).holdings


def _key_rates() -> Check:
    """The sum of the key-rate durations over the duration of a parallel move, less one."""
    gaps = []
    for holding in _sample():
        by_node = holding.analytics["key_rate_durations"]
        assert isinstance(by_node, dict)
        duration = holding.analytics["duration"]
        assert isinstance(duration, float)
        gaps.append(abs(sum(by_node.values()) - duration))
    worst = max(gaps)
    return Check(
        "I5", SECTION, "Key-rate durations sum to the parallel one",
        f"{worst:.1e} years at worst over {len(gaps)} bonds", f"under {IDENTITY_MARK:.0e}",
        worst < IDENTITY_MARK, worst,
    )  # fmt: skip


def _callable_identity() -> Check:
    """A lattice without calls must give the bond its value on the curve."""
    curve = from_snapshot(load_snapshot(None, None))
    due = np.arange(1, 41) / 2.0
    times = time_grid(due, 240)
    flows = np.zeros(times.size)
    flows[np.searchsorted(times, due - 1e-9)] = 0.025
    flows[-1] += 1.0
    lattice = build_lattice(times, (curve,), 0.03, 0.01)
    found = float(lattice.values(flows, np.full(times.size, np.inf), np.zeros(1))[0])
    gap = abs(found / float(flows @ curve.discount(times)) - 1.0)
    return Check(
        "I6", SECTION, "The lattice for callable bonds reprices a bond without calls", f"{gap:.1e} relative",
        f"under {IDENTITY_MARK:.0e}", gap < IDENTITY_MARK, gap,
        note="the tests hold it to QuantLib's Hull-White lattice at 1e-9, calls included",
    )  # fmt: skip


def _american() -> Check:
    """American puts from the table against a binomial tree of its own, on a grid of spot, volatility and rate."""
    contract = Contract(False, STRIKE, 0.5, True, Dividends(0.01))
    table = contract.table(0.25, 0.04, 0.0)
    assert isinstance(table, PremiumTable)
    gaps, naive = [], []
    for spot in (80.0, 95.0, 105.0, 120.0):
        for vol in (0.15, 0.25, 0.45):
            for rate in (0.01, 0.06):
                arguments = (np.asarray(spot), np.asarray(vol), np.asarray(rate), 0.0)
                fine = _binomial_put(spot, vol, rate, contract)
                gaps.append(abs(float(contract.price(*arguments, table)) - fine) / STRIKE)
                naive.append(abs(float(contract.price(*arguments, None)) - fine) / STRIKE)
    worst, rival = max(gaps), max(naive)
    return Check(
        "I7", SECTION, "American puts on a grid of spot, volatility and rate", f"{worst:.2%} of the strike at worst",
        f"under {PREMIUM_MARK:.2%}", worst < PREMIUM_MARK, worst, "the European price", rival, f"{rival:.2%}",
        f"against a binomial tree of {FINE_STEPS} steps; the tests compare with QuantLib, cash dividends included",
    )  # fmt: skip


def _binomial_put(spot: float, vol: float, rate: float, contract: Contract) -> float:
    """Cox, Ross and Rubinstein (1979), the mean of two neighbouring numbers of steps."""
    return float(np.mean([_binomial(spot, vol, rate, contract, steps) for steps in (FINE_STEPS, FINE_STEPS + 1)]))


def _binomial(spot: float, vol: float, rate: float, contract: Contract, steps: int) -> float:
    step = contract.expiry / steps
    up = np.exp(vol * np.sqrt(step))
    odds = (np.exp((rate - contract.dividends.rate) * step) - 1.0 / up) / (up - 1.0 / up)
    kept = np.exp(-rate * step)
    spots = spot * up ** np.arange(-steps, steps + 1)
    value = np.maximum(contract.strike - spots[::2], 0.0)
    for n in range(steps - 1, -1, -1):
        value = kept * (odds * value[1:] + (1.0 - odds) * value[:-1])
        value = np.maximum(value, contract.strike - spots[steps - n : steps + n + 1 : 2])
    return float(value[0])


def _second_order() -> Check:
    """What first and second order leave of a rise of one point in all rates, over what the first alone leaves."""
    moves = np.zeros(len(factor_names()))
    moves[[factor_index()[name] for name in TENORS]] = RATE_MOVE
    parts = [orders(holding.instrument, moves) for holding in _sample()]
    left = sum(abs(float(part.rest)) for part in parts) / sum(abs(float(part.linear_gap)) for part in parts)
    full = sum(abs(float(part.full)) for part in parts)
    gap = sum(abs(float(part.linear_gap)) for part in parts) / full
    return Check(
        "I8", SECTION, "Second order beside full revaluation, all rates up one point",
        f"first order misses {gap:.1%} of the loss, second order leaves {left:.0%} of that",
        f"under {ORDER_MARK:.0%} left",
        left < ORDER_MARK, left, "first order alone", 1.0, "100% left",
    )  # fmt: skip
