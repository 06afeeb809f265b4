"""The floor under the principal of a linker: Black's formula found a second time, its limits, and its derivatives."""

from __future__ import annotations

from datetime import date

import numpy as np
import pytest
import QuantLib as ql
from specimens import LEVELS, make_position

from stresstest.instruments.floored_linker import FlooredLinker
from stresstest.instruments.reference import constant
from stresstest.tables import TENORS

TERMS = {"coupon": 0.0175, "maturity": date(2034, 1, 15), "rating": "UST"}


def linker(hold, ratio: float | str, price: float = 97.0, **more: object):  # type: ignore[no-untyped-def]
    return hold(make_position("linker", price=price, index=str(ratio), **{**TERMS, **more}))


def put(floor, breakeven: float = 0.0, rate: float = 0.0) -> float:  # type: ignore[no-untyped-def]
    return float(floor.worth(0.0, np.asarray(breakeven), np.asarray(rate)))


@pytest.mark.parametrize("ratio", [0.9, 1.0, 1.1, 1.5])
@pytest.mark.parametrize("move", [0.0, -0.02, -0.05])
def test_the_floor_is_a_put_on_the_index_ratio(hold, ratio, move):
    floor = linker(hold, ratio).instrument.floor
    years, nominal = floor.maturity, float(floor.nominal.rate(floor.maturity))
    forward = ratio * np.exp((floor.growth + move) * years)
    black = ql.BlackCalculator(
        ql.PlainVanillaPayoff(ql.Option.Put, 1.0),
        forward,
        constant("index_volatility") * np.sqrt(years),
        np.exp(-nominal * years),
    )
    assert put(floor, move) == pytest.approx(black.value(), rel=1e-9, abs=1e-14)
    assert put(floor, move) >= np.exp(-nominal * years) * max(1.0 - forward, 0.0)


def test_a_fresh_linker_loses_less_when_inflation_falls_than_a_seasoned_one(hold, shock):
    """Nominal rates fall with breakevens, so the real value stands still and only the floor moves."""
    deflation = shock(rates=-0.03, breakeven_10y=-0.03)
    fresh, old = (linker(hold, ratio).instrument for ratio in (1.0, 1.4))
    gained = [float(one.price_change(deflation, 0.5)) / one.notional for one in (fresh, old)]
    assert gained[0] > 0.03
    assert abs(gained[1]) < 1e-6


def test_the_price_of_the_file_holds_the_floor(hold):
    """With and without the floor the position is worth what the file says; the real payments are worth less by it."""
    low = linker(hold, 0.85)
    assert low.instrument.value == pytest.approx(0.97 * 100_000 * 0.85)
    unfloored = linker(hold, 0.85, currency="CAD").instrument
    assert not isinstance(unfloored, FlooredLinker)
    assert low.analytics["deflation_floor"] == pytest.approx(100 * put(low.instrument.floor) / 0.85)
    assert low.analytics["z_spread"] > linker(hold, 3.0).analytics["z_spread"]


def test_without_a_ratio_or_a_grant_no_floor_is_counted(hold):
    for one in (hold(make_position("linker", price=97.0, **TERMS)), linker(hold, 1.0, currency="CAD")):
        assert not isinstance(one.instrument, FlooredLinker)
        assert any("No floor" in note for note in one.analytics["assumptions"])


@pytest.mark.parametrize("ratio", [0.8, 1.0])
def test_derivatives_are_those_of_the_change(hold, shock, ratio):
    instrument = linker(hold, ratio).instrument
    slope = instrument.sensitivity(0.5)
    for name in (*TENORS, "breakeven_10y"):
        up, down = (float(instrument.price_change(shock(**{name: side * 1e-4}), 0.5)) for side in (1, -1))
        assert shock(**{name: 1.0}) @ slope == pytest.approx((up - down) / 2e-4, rel=1e-3, abs=1e-3)


def test_at_maturity_the_floor_is_paid(hold):
    """Zero coupon, index ratio so low that breakeven inflation does not bring it back: par is repaid, not less."""
    holding = linker(hold, 0.5, price=190.0, coupon=0.0)
    bond = holding.instrument
    life = float(bond.years[-1])
    par = bond.notional / 0.5
    assert 0.5 * (1 + LEVELS["breakeven_10y"] / 2) ** (2 * life) < 1
    assert float(bond.carry(life, 0.0)) == pytest.approx(par - bond.value, rel=1e-9)
    later = float(bond.carry(life + 1.0, 0.0)) + bond.value
    assert later == pytest.approx(par * np.exp(bond.how.curve.zero[0] + bond.growth), rel=1e-9)


def test_two_lots_are_twice_one(hold, shock):
    once, twice = (hold(make_position("linker", n * 100_000.0, 97.0, index="1.0", **TERMS)).instrument for n in (1, 2))
    moves = shock(rates=-0.02, breakeven_10y=-0.03)
    assert float(twice.price_change(moves, 1.0)) == pytest.approx(2 * float(once.price_change(moves, 1.0)))
