"""Options: parity, QuantLib, and what the position does."""

from dataclasses import replace
from datetime import date

import numpy as np
import pytest
import QuantLib as ql
from hypothesis import given
from hypothesis import strategies as st
from specimens import KINDS, make_exposure, make_position

from stresstest.errors import NoAnswerError
from stresstest.instruments import build_book
from stresstest.instruments.black_scholes import implied_volatility, option_price
from stresstest.records import Portfolio

numbers = {
    "spot": st.floats(20, 300),
    "strike": st.floats(20, 300),
    "vol": st.floats(0.05, 1.5),
    "rate": st.floats(-0.02, 0.1),
    "time": st.floats(0.02, 5),
}


@given(**numbers)
def test_put_call_parity(spot, strike, vol, rate, time):
    call = option_price(spot, vol, rate, strike, time, call=True)
    put = option_price(spot, vol, rate, strike, time, call=False)
    assert float(call.price - put.price) == pytest.approx(spot - strike * np.exp(-rate * time), abs=1e-9)
    assert float(call.delta - put.delta) == pytest.approx(1.0, abs=1e-12)
    assert float(call.vega) == float(put.vega)


def test_price_and_greeks_agree_with_quantlib():
    rng = np.random.default_rng(4)
    for _ in range(200):
        spot, strike, vol = rng.uniform(50, 150), rng.uniform(50, 150), rng.uniform(0.05, 1.2)
        rate, time, call = rng.uniform(-0.01, 0.08), rng.uniform(0.05, 3), bool(rng.random() < 0.5)
        ours = option_price(spot, vol, rate, strike, time, call)
        side = ql.Option.Call if call else ql.Option.Put
        discount = float(np.exp(-rate * time))
        theirs = ql.BlackCalculator(ql.PlainVanillaPayoff(side, strike), spot / discount, vol * np.sqrt(time), discount)
        assert float(ours.price) == pytest.approx(theirs.value(), rel=1e-10, abs=1e-12)
        assert float(ours.delta) == pytest.approx(theirs.delta(spot), rel=1e-9, abs=1e-12)
        assert float(ours.gamma) == pytest.approx(theirs.gamma(spot), rel=1e-9, abs=1e-12)
        assert float(ours.vega) == pytest.approx(theirs.vega(time), rel=1e-9, abs=1e-10)
        assert float(ours.rho) == pytest.approx(theirs.rho(time), rel=1e-9, abs=1e-10)


@given(**numbers, call=st.booleans())
def test_implied_volatility_undoes_the_price(spot, strike, vol, rate, time, call):
    found = option_price(spot, vol, rate, strike, time, call)
    if float(found.vega) > 1e-3 * spot:
        assert implied_volatility(float(found.price), spot, rate, strike, time, call) == pytest.approx(vol, rel=1e-6)


def test_a_price_below_its_bound_has_no_volatility():
    with pytest.raises(NoAnswerError, match="implied volatility"):
        implied_volatility(4.0, 100.0, 0.04, 95.0, 1.0, call=True)


def test_a_covered_call_and_a_put_make_a_bond(hold):
    """Long share, short call, long put at one strike: only the rate is left."""
    share = make_position("equity", 100, 100.0)
    beta = make_exposure(equity_us=1.3, oil=0.2)
    terms = {"strike": 100.0, "expiry": date(2027, 7, 29), "underlying": "EQUITY", "multiplier": 100.0}
    left = 365 / 365.25
    rate = float(hold(KINDS["call"][0], beta).instrument.curve.rate(left))
    call_price = float(option_price(100.0, 0.3, rate, 100.0, left, True).price)
    put_price = call_price - 100.0 + 100.0 * np.exp(-rate * left)
    tags = {"underlying_price": "100", "style": "european"}
    call = make_position("option", -1, call_price, put_call="C", tags=tags, **terms)
    put = make_position("option", 1, float(put_price), put_call="P", tags=tags, **terms)
    moves = np.zeros((5, beta.beta.size))
    moves[:, int(np.argmax(beta.beta))] = [-0.5, -0.1, 0.0, 0.2, 0.6]
    parts = [hold(p, beta).instrument.price_change(moves, 0.5) for p in (share, call, put)]
    assert sum(parts) == pytest.approx(np.zeros(5), abs=1e-6)


def test_options_gain_when_volatility_rises_and_long_ones_less(hold, shock):
    def vega_gain(expiry):
        position = replace(KINDS["call"][0], price=0.0, market_value=0.0)
        position = replace(position, terms=replace(position.terms, strike=100.0, expiry=expiry))
        option = hold(position, make_exposure(equity_us=1.0)).instrument
        vega = float(option.at(0.0).vega) * option.units
        return float(option.price_change(shock(vix=0.01), 0.0)) / vega

    soon, late = vega_gain(date(2026, 8, 21)), vega_gain(date(2028, 8, 18))
    assert soon == pytest.approx(0.01, rel=0.05)
    assert 0.0 < late < 0.3 * soon


def test_spot_and_exposure_come_from_a_holding_of_the_underlying(snapshot):
    share = make_position("equity", 10, 100.0, symbol="ABC")
    call = make_position(
        "option", 1, 9.0, multiplier=100.0, strike=100.0, expiry=date(2027, 1, 15), put_call="c", underlying="abc",
        tags={"smile": "sticky_strike"},
    )  # fmt: skip
    book = build_book(Portfolio("p", (share, call), {}, 0.0), [make_exposure(equity_us=1.5), None], snapshot)
    delta = book.holdings[1].analytics["delta"]
    assert book.holdings[1].analytics["equity_beta"] == pytest.approx(1.5 * delta * 100.0 / 9.0)
    alone = build_book(Portfolio("p", (call,), {}, 0.0), [make_exposure()], snapshot)
    assert "no price of the underlying abc" in alone.not_modelled[0][1]


def test_time_decay_takes_what_is_not_intrinsic(hold):
    position, exposure = KINDS["call"]
    option = hold(position, exposure).instrument
    assert float(option.carry(option.expiry, 0.04)) == pytest.approx(-option.value)
    assert -option.value < float(option.carry(0.5, 0.04)) < 0.0


def test_an_option_quieter_than_the_floor_does_not_move_by_itself(hold, shock):
    position, exposure = KINDS["call"]
    terms = replace(position.terms, strike=101.0, expiry=date(2026, 9, 18))
    dull = replace(position, price=0.06, market_value=18.0, terms=terms)
    option = hold(dull, exposure).instrument
    assert option.vol < 0.03
    assert option.price_change(shock(), 0.0) == 0.0
    assert option.price_change(shock(vix=-0.1), 0.0) == 0.0


def test_expired_and_incomplete_options_are_not_modelled(snapshot):
    position, exposure = KINDS["call"]
    rows = (
        replace(position, terms=replace(position.terms, expiry=date(2026, 7, 17))),
        replace(position, terms=replace(position.terms, put_call="")),
        replace(position, tags={"underlying_price": "n/a"}),
    )
    book = build_book(Portfolio("p", rows, {}, 0.0), [exposure] * 3, snapshot)
    assert [r for _, r in book.not_modelled] == [
        "expired on 2026-07-17",
        "an option needs strike, expiry and put_call",
        "tag underlying_price is 'n/a', not a number",
    ]
