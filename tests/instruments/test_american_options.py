"""Options against QuantLib on grids of spot, volatility and rate: European, American, with dividends of both kinds."""

from dataclasses import replace

import numpy as np
import pytest
import QuantLib as ql
from specimens import KINDS, make_exposure

from stresstest.instruments.early_exercise import Dividends
from stresstest.instruments.option_contract import Contract
from stresstest.tables import factor_index

TODAY = ql.Date(15, 3, 2024)
COUNT = ql.Actual365Fixed()
SPOTS = np.array([70.0, 85.0, 95.0, 100.0, 105.0, 115.0, 140.0])
RATES = (0.01, 0.045, 0.07)
STRIKE = 100.0
CASH = ((60, 1.5), (150, 2.0))


def process(spot, vol, rate, dividend):
    ql.Settings.instance().evaluationDate = TODAY
    flat = [ql.YieldTermStructureHandle(ql.FlatForward(TODAY, level, COUNT)) for level in (dividend, rate)]
    smile = ql.BlackVolTermStructureHandle(ql.BlackConstantVol(TODAY, ql.NullCalendar(), vol, COUNT))
    return ql.BlackScholesMertonProcess(ql.QuoteHandle(ql.SimpleQuote(float(spot))), *flat, smile)


def quantlib_price(spot, vol, rate, contract, days, american):
    payoff = ql.PlainVanillaPayoff(ql.Option.Call if contract.call else ql.Option.Put, contract.strike)
    exercise = ql.AmericanExercise(TODAY, TODAY + days) if american else ql.EuropeanExercise(TODAY + days)
    option = ql.VanillaOption(payoff, exercise)
    market = process(spot, vol, rate, contract.dividends.rate)
    if contract.dividends.times:
        paid = ql.DividendVector([TODAY + day for day, _ in CASH], [amount for _, amount in CASH])
        engine = ql.FdBlackScholesVanillaEngine(
            market, paid, 300, 500, 0, ql.FdmSchemeDesc.Douglas(), False, -1e9, ql.FdBlackScholesVanillaEngine.Escrowed
        )
    elif american:
        engine = ql.QdFpAmericanEngine(market, ql.QdFpAmericanEngine.highPrecisionScheme())
    else:
        engine = ql.AnalyticEuropeanEngine(market)
    option.setPricingEngine(engine)
    return option.NPV()


def grid(contract, days, vol, american):
    """Our prices and QuantLib's on spots x volatilities x rates; early exercise tabulated once, around the middle."""
    table = contract.table(vol, 0.045, 0.0)
    ours, theirs = [], []
    for shocked in (0.6 * vol, vol, 1.8 * vol):
        for rate in RATES:
            ours.extend(contract.price(SPOTS, np.asarray(shocked), np.asarray(rate), 0.0, table))
            theirs.extend(quantlib_price(spot, shocked, rate, contract, days, american) for spot in SPOTS)
    return np.array(ours), np.array(theirs)


@pytest.mark.parametrize("call", [True, False])
@pytest.mark.parametrize("dividend", [0.0, 0.03])
def test_european_options_agree_on_a_grid(call, dividend):
    contract = Contract(call, STRIKE, 180 / 365, dividends=Dividends(dividend))
    ours, theirs = grid(contract, 180, 0.2, american=False)
    np.testing.assert_allclose(ours, theirs, rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize(
    ("call", "dividend", "days", "vol"),
    [
        (False, 0.0, 180, 0.2),
        (False, 0.02, 400, 0.5),
        (True, 0.04, 180, 0.2),
        (True, 0.04, 400, 0.5),
        (False, 0.0, 30, 0.15),
    ],
)
def test_american_options_agree_on_a_grid(call, dividend, days, vol):
    """Four hundredths of a percent of the strike at worst, a cent on average."""
    contract = Contract(call, STRIKE, days / 365, True, Dividends(dividend))
    ours, theirs = grid(contract, days, vol, american=True)
    assert np.abs(ours - theirs).max() < 0.04
    assert np.abs(ours - theirs).mean() < 0.01


@pytest.mark.parametrize("call", [True, False])
def test_cash_dividends_agree_on_a_grid(call):
    dividends = Dividends(0.0, tuple(day / 365 for day, _ in CASH), tuple(amount for _, amount in CASH))
    contract = Contract(call, STRIKE, 180 / 365, True, dividends)
    ours, theirs = grid(contract, 180, 0.25, american=True)
    assert np.abs(ours - theirs).max() < 0.05
    assert np.abs(ours - theirs).mean() < 0.01


def test_an_american_option_is_worth_its_exercise_and_no_less_than_a_european_one():
    contract = Contract(False, STRIKE, 1.0, True)
    table = contract.table(0.25, 0.05, 0.0)
    spots = np.linspace(20, 220, 101)
    american = contract.price(spots, np.asarray(0.25), np.asarray(0.05), 0.0, table)
    european = contract.price(spots, np.asarray(0.25), np.asarray(0.05), 0.0, None)
    assert (american >= np.maximum(STRIKE - spots, european) - 1e-12).all()
    assert (np.diff(american) <= 1e-9).all()


def test_a_call_without_dividends_is_never_exercised_early(hold):
    option = hold(*KINDS["call"]).instrument
    assert not option.contract.early
    assert hold(*KINDS["put in euro"]).instrument.contract.early


def test_the_implied_volatility_reprices_the_quote(hold):
    for name in ("call", "put in euro", "dividend put"):
        holding = hold(*KINDS[name])
        assert float(holding.instrument.at(0.0).price) == pytest.approx(holding.position.price, rel=1e-6)


def test_greeks_of_an_american_option_are_its_slopes(hold):
    option = hold(*KINDS["dividend put"]).instrument
    greeks, rate = option.at(0.0), float(option.curve.rate(option.expiry))
    table = option.contract.table(option.vol, rate, 0.0)
    up, down = (
        float(option.contract.price(np.asarray(100.0 + d), np.asarray(option.vol), np.asarray(rate), 0.0, table))
        for d in (0.5, -0.5)
    )
    assert float(greeks.delta) == pytest.approx(up - down, abs=2e-3)
    assert float(greeks.gamma) == pytest.approx((up + down - 2 * float(greeks.price)) / 0.25, rel=0.05)


def test_sticky_delta_slides_along_the_smile_and_sticky_strike_does_not(hold):
    """A put gains less in a sell-off where the smile travels with the spot; without a move of the spot both agree."""
    position, _ = KINDS["dividend put"]
    index = replace(
        position,
        terms=replace(position.terms, underlying="SPX"),
        tags={**position.tags, "underlying_class": "fund_equity"},
    )
    floating, fixed = (
        hold(replace(index, tags={**index.tags, "smile": rule}), make_exposure(equity_us=1.0)).instrument
        for rule in ("sticky_delta", "sticky_strike")
    )
    assert (floating.contract.early, fixed.skew) == (False, 0.0)
    moves = np.zeros((2, len(factor_index())))
    moves[:, factor_index()["vix"]] = 0.15
    moves[1, factor_index()["equity_us"]] = -0.2
    slid, kept = floating.price_change(moves, 0.0), fixed.price_change(moves, 0.0)
    assert slid[0] == pytest.approx(kept[0], rel=1e-12)
    assert 0 < slid[1] < kept[1]


def test_a_dividend_yield_lowers_a_call_and_raises_a_put():
    plain, paying = (Contract(call, STRIKE, 1.0) for call in (True, False)), Dividends(0.03)
    for contract in plain:
        with_yield = replace(contract, dividends=paying)
        before, after = (
            float(c.price(np.asarray(100.0), np.asarray(0.2), np.asarray(0.04), 0.0, None))
            for c in (contract, with_yield)
        )
        assert (after < before) == contract.call
