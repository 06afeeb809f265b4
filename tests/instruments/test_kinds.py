"""What every kind of instrument must satisfy."""

from dataclasses import replace

import numpy as np
import pytest
from specimens import KINDS, negated

from stresstest.tables import factor_names, factor_table

F = len(factor_names())
every_kind = pytest.mark.parametrize("name", list(KINDS))


@pytest.fixture(scope="module")
def storms():
    """(40, F) random moves of a size seen in crises."""
    return np.random.default_rng(11).normal(0, 0.03, (40, F))


@every_kind
def test_no_move_no_change(hold, name):
    instrument = hold(*KINDS[name]).instrument
    assert (instrument.price_change(np.zeros((3, F)), 0.7) == 0.0).all()


@every_kind
@pytest.mark.parametrize("years", [0.0, 0.4, 1.0])
def test_sensitivity_is_the_derivative_of_the_price_change(hold, name, years):
    instrument = hold(*KINDS[name]).instrument
    bump = 1e-5 * np.eye(F)
    central = (instrument.price_change(bump, years) - instrument.price_change(-bump, years)) / 2e-5
    scale = max(np.abs(central).max(), abs(instrument.value))
    np.testing.assert_allclose(instrument.sensitivity(years), central, rtol=1e-5, atol=1e-6 * scale)


@every_kind
def test_short_is_minus_long(hold, storms, name):
    position, exposure = KINDS[name]
    long, short = hold(position, exposure).instrument, hold(negated(position), exposure).instrument
    assert short.value == pytest.approx(-long.value)
    assert short.price_change(storms, 0.5) == pytest.approx(-long.price_change(storms, 0.5), rel=1e-9, abs=1e-9)


@every_kind
def test_value_is_linear_in_quantity(hold, storms, name):
    position, exposure = KINDS[name]
    triple = replace(position, quantity=3 * position.quantity, market_value=3 * position.market_value)
    one, three = hold(position, exposure).instrument, hold(triple, exposure).instrument
    assert three.value == pytest.approx(3 * one.value)
    assert three.price_change(storms, 0.3) == pytest.approx(3 * one.price_change(storms, 0.3), rel=1e-12, abs=1e-9)
    assert three.carry(0.5, 0.04) == pytest.approx(3 * one.carry(0.5, 0.04), rel=1e-12)


@every_kind
def test_a_path_is_its_dates_one_by_one(hold, name):
    instrument = hold(*KINDS[name]).instrument
    paths = np.random.default_rng(5).normal(0, 0.01, (7, 6, F))
    years, financing = np.arange(1, 7) / 6, np.linspace(0.03, 0.05, 42).reshape(7, 6)
    whole, income = instrument.price_change(paths, years), instrument.carry(years, financing)
    assert whole.shape == np.shape(income) == (7, 6)
    for j, age in enumerate(years):
        assert whole[:, j] == pytest.approx(instrument.price_change(paths[:, j], age), rel=1e-12, abs=1e-9)
        assert income[:, j] == pytest.approx(instrument.carry(age, financing[:, j]), rel=1e-12, abs=1e-9)
    ages = np.linspace(0.1, 0.7, 7)
    alone = [float(instrument.price_change(paths[i, 0], age)) for i, age in enumerate(ages)]
    assert instrument.price_change(paths[:, 0], ages) == pytest.approx(alone, rel=1e-12, abs=1e-9)


@every_kind
def test_one_scenario_gives_one_number(hold, name):
    instrument = hold(*KINDS[name]).instrument
    assert np.shape(instrument.price_change(np.full(F, 0.01), 0.5)) == ()
    assert np.shape(instrument.carry(0.5, 0.04)) == ()
    assert float(instrument.carry(0.0, 0.04)) == 0.0


@every_kind
def test_a_long_position_cannot_lose_more_than_it_is_worth(hold, name):
    """Save for a future, whose value is nil, and for accrued interest, which is not in the value of a bond."""
    holding = hold(*KINDS[name])
    size = np.array([1.0 if factor.kind == "log_return" else 0.03 for factor in factor_table()])
    wild = np.random.default_rng(3).normal(0, size, (200, F))
    if holding.instrument.value > 0:
        assert (holding.instrument.price_change(wild, 0.0) >= -1.05 * holding.instrument.value).all()


@pytest.mark.parametrize("name", [kind for kind in KINDS if kind != "stablecoin"])
def test_small_moves_are_first_plus_second_order(hold, name):
    """Halving a move divides what the first order leaves by four; a run on a stablecoin is of the third order."""
    instrument = hold(*KINDS[name]).instrument
    direction = np.random.default_rng(9).normal(0, 0.004, F)
    slope = instrument.sensitivity(0.2) @ direction
    gap = [float(instrument.price_change(h * direction, 0.2)) - h * slope for h in (1.0, 0.5)]
    assert gap[1] == pytest.approx(gap[0] / 4, rel=0.15, abs=1e-7 * abs(instrument.value) + 1e-6)


@every_kind
def test_exposure_and_analytics_describe_the_instrument(hold, name):
    holding = hold(*KINDS[name])
    assert holding.analytics["assumptions"]
    assert holding.exposure.beta.shape == holding.exposure.se.shape == (F,)
    assert holding.exposure.residual_vol >= 0
    if holding.instrument.value:
        beta = holding.instrument.sensitivity(0.0) / holding.instrument.value
        np.testing.assert_allclose(holding.exposure.beta, beta, rtol=1e-12, atol=1e-12)
