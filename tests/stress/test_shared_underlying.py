"""Everything written on one underlying shares its unexplained return, and options earn no more than their premium."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pytest
from stress_books import SNAPSHOT, TODAY, along, book_of, exposure, position, random_paths

from stresstest.instruments.black_scholes import option_price
from stresstest.instruments.curve import from_snapshot
from stresstest.market import load_snapshot
from stresstest.plumbing import named_plan
from stresstest.records import Exposure, FactorPaths, Position
from stresstest.run import run
from stresstest.scenarios import choose, generate, named_paths
from stresstest.stress import revalue
from stresstest.stress.bridge import Bridge
from stresstest.stress.option_law import option_laws
from stresstest.stress.unexplained import RESIDUAL, deviations, name_of, settled_shocks
from stresstest.study.options import Options

Row = tuple[Position, Exposure | None]
SHARE: Row = (position("ABC", "equity", 100, 100.0), exposure("ABC", 0.35, equity_us=1.1))
STILL = random_paths(5, 4000, 8)


def option(
    side: str, strike: float, days: int, vol: float = 0.4, quantity: float = 1.0, symbol: str = "", **more: object
) -> Row:
    """A European option on ABC at 100, priced by Black and Scholes on today's curve; one contract covers 100 shares."""
    years = days / 365.25
    rate = float(from_snapshot(SNAPSHOT).rate(years))
    price = float(option_price(100.0, vol, rate, strike, years, side == "call").price)
    row = position(
        symbol or f"{side}{strike:g}-{days}", "option", quantity, price, multiplier=100.0, strike=strike,
        expiry=TODAY + timedelta(days=days), put_call=side, underlying="ABC",
        tags={"underlying_price": "100", "style": "european", **more},
    )  # fmt: skip
    return row, SHARE[1]


def noise(paths: int = 3000, years_of: str = "hold") -> FactorPaths:
    """Ordinary noise alone, over a year."""
    plan = named_plan(years_of, SNAPSHOT.as_of)
    return generate(plan, SNAPSHOT, paths=paths, weeks=52, channels=("market",), keep_paths=False).factors


def specific(rows: list[Row], factors: FactorPaths = STILL) -> np.ndarray:
    return revalue(book_of(rows), factors, layers=(RESIDUAL,), along_paths=False).residual


# ------------------------------------------------------------------------------------------------ one draw for all


def test_options_and_futures_move_with_the_share() -> None:
    """Deep in the money they are the share; at the money they rise and fall with it on every path."""
    rows = [SHARE, option("call", 20.0, 700), option("put", 400.0, 700), option("put", 100.0, 700)]
    future = position("ABCZ6", "future", 1, 100.0, multiplier=100.0, underlying="ABC")
    residual = specific([*rows, (replace(future, market_value=0.0), SHARE[1])])
    together = np.corrcoef(residual.T)[0]
    assert together[1] > 0.999
    assert together[2] < -0.999
    assert together[4] == pytest.approx(1.0)
    assert -1.0 < together[3] < -0.6
    gain = residual[:, 0] - np.median(residual[:, 0])
    large = np.abs(gain) > 500.0
    order = np.argsort(residual[large, 0])
    assert np.corrcoef(np.argsort(order), np.argsort(np.argsort(residual[large, 3])))[0, 1] < -0.9


def test_a_collar_at_one_strike_has_no_specific_risk() -> None:
    """Share, short call and long put at one strike are a bill, whatever happens to the firm; and so on the way."""
    rows = [SHARE, option("call", 100.0, 700, quantity=-1.0), option("put", 100.0, 700)]
    alone, whole = specific([SHARE]).std(), specific(rows).sum(axis=1).std()
    assert whole < 1e-9 * alone
    assert (
        Bridge.of(book_of(rows), STILL, 0).deviation.max()
        < 1e-9 * Bridge.of(book_of([SHARE]), STILL, 0).deviation.max()
    )


def test_the_underlying_need_not_be_held() -> None:
    """A reversal at one strike has the specific risk of the share, on the draws that a holding of it would take."""
    rows = [option("call", 100.0, 700), option("put", 100.0, 700, quantity=-1.0)]
    np.testing.assert_allclose(specific(rows).sum(axis=1), specific([SHARE])[:, 0], rtol=1e-9, atol=1e-6)


def test_a_future_has_the_specific_risk_of_its_contract_value() -> None:
    future = replace(
        position("F", "future", 1, 100.0, multiplier=100.0, underlying="ABC", tags={"underlying_class": "equity"}),
        market_value=0.0,
    )
    np.testing.assert_allclose(specific([(future, SHARE[1])])[:, 0], specific([SHARE])[:, 0], rtol=1e-12)
    bare = Bridge.of(book_of([(future, SHARE[1])]), STILL, 0).deviation
    np.testing.assert_allclose(bare, Bridge.of(book_of([SHARE]), STILL, 0).deviation)


def test_a_future_without_an_underlying_is_one_on_its_proxy() -> None:
    future = replace(position("MES", "future", 1, 100.0, multiplier=100.0, proxy="ABC"), market_value=0.0)
    held = book_of([SHARE, (future, SHARE[1])]).holdings[1]
    assert (held.source.symbol, held.source.asset_class) == ("ABC", "equity")
    assert np.corrcoef(specific([SHARE, (future, SHARE[1])]).T)[0, 1] == pytest.approx(1.0)


def test_a_future_alone_falls_on_the_way_by_more_than_its_factors_say() -> None:
    future = replace(
        position("F", "future", 1, 100.0, multiplier=100.0, underlying="ABC", tags={"underlying_class": "equity"}),
        market_value=0.0,
    )
    paths = along({"equity_us": np.zeros((50, 20))})
    quiet, noisy = (
        revalue(book_of([(future, SHARE[1])], 5_000.0), paths, layers=layers) for layers in ((), (RESIDUAL,))
    )
    assert quiet.path_value is not None
    assert noisy.path_value is not None
    assert np.ptp(quiet.path_value, axis=1).max() < 250.0
    assert np.median(np.ptp(noisy.path_value, axis=1)) > 1_000.0


def test_an_inverse_fund_gains_what_its_index_loses() -> None:
    plain = position("IDX", "fund_equity", 100, 100.0)
    inverse = position("INV", "fund_equity", 100, 100.0, proxy="IDX", tags={"leverage": "-2"})
    found = exposure("IDX", 0.1, equity_us=1.0)
    geared = replace(found, beta=-2 * found.beta, se=2 * found.se, residual_vol=0.2)
    residual = specific([(plain, found), (inverse, geared)], along({"equity_us": np.zeros((2000, 4))}))
    logs = np.log1p(residual / 10_000.0)
    assert np.corrcoef(logs.T)[0, 1] == pytest.approx(-1.0)
    assert logs[:, 1].std() == pytest.approx(2 * logs[:, 0].std())


def test_an_option_follows_the_exposure_of_the_share_beside_it() -> None:
    """The share has the user's betas, the row of the option those of a table: the share has the last word."""
    call, _ = option("call", 20.0, 700)
    book = book_of([SHARE, (call, exposure("ABC", 0.1, equity_us=0.5))])
    assert book.holdings[1].source.exposure is SHARE[1]
    own, _ = book_of([SHARE, (replace(call, betas={"equity_us": 0.5}), exposure("ABC", 0.1, equity_us=0.5))]).holdings
    assert own.source.exposure is SHARE[1]
    other = book_of([(replace(call, betas={"equity_us": 0.5}), exposure("ABC", 0.1, equity_us=0.5)), SHARE])
    assert other.holdings[0].source.exposure.residual_vol == 0.1


@pytest.mark.parametrize(("written", "kind", "name"), [("brk.b", "equity", "BRK-B"), ("BTC-USD", "crypto", "BTC")])
def test_one_underlying_has_one_name(written: str, kind: str, name: str) -> None:
    assert name_of(book_of([(position(written, kind, 1, 10.0), exposure(written))]).holdings[0].source) == name


@pytest.mark.parametrize("side", ["call", "put"])
def test_a_long_option_never_loses_more_than_its_premium(side: str) -> None:
    rows = [option(side, 100.0, days, symbol=f"{side}{days}") for days in (60, 400, 900)]
    result = revalue(book_of(rows), noise(1000), seed=3)
    assert (result.pnl >= -result.book.values - 1e-6).all()


# ------------------------------------------------------------------------------------------- settled on the way


def test_what_is_specific_by_the_expiry_is_a_walk_to_the_horizon() -> None:
    """A quarter of the way: a quarter of the variance, and half the correlation with the end."""
    call, found = option("call", 100.0, 91)
    paths = along({"equity_us": np.zeros((20_000, 4))})
    holding = book_of([(call, found)]).holdings[0]
    end = np.log1p(specific([SHARE], paths)[:, 0] / 10_000.0)
    _, deviation = deviations(holding, paths, (RESIDUAL,), 1.0)
    at = settled_shocks(holding, paths, (RESIDUAL,), 0, end, 0.25)
    assert at.std() == pytest.approx(0.5 * deviation[0], rel=0.02)
    assert np.corrcoef(at, end)[0, 1] == pytest.approx(0.5, abs=0.02)
    assert np.exp(at).mean() == pytest.approx(1.0, abs=0.01)


# -------------------------------------------------------------------------------------------------- mean of options


@pytest.mark.parametrize("kind", ["equity", "crypto"])
def test_ordinary_noise_earns_nothing_on_options(kind: str) -> None:
    """Whatever the implied volatility, the mean is the premium at the rate of the curve; before it was up to tens of
    percent. What is sampled is specific risk, over 3,000 paths."""
    vols = {"equity": (0.3, 0.42), "crypto": (0.55, 0.7)}[kind]
    found = exposure("ABC", 0.0, **({"equity_us": 1.2} if kind == "equity" else {"btc": 1.0}))
    rows = [
        (replace(option(side, strike, 730, vol)[0], tags={"underlying_price": "100", "style": "european",
                 "underlying_class": kind}, symbol=f"{side}{strike}{vol}"), found)
        for side in ("call", "put") for strike in (80.0, 100.0, 125.0) for vol in vols
    ]  # fmt: skip
    result = revalue(book_of(rows), noise(), layers=())
    mean = (result.price + result.carry).mean(axis=0) / result.book.values
    curve = from_snapshot(SNAPSHOT)
    years = 730 / 365.25
    rolled = np.exp(float(curve.rate(years)) * years - float(curve.rate(years - 1)) * (years - 1)) - 1.0
    np.testing.assert_allclose(mean, rolled, atol=2e-3)


def test_a_rough_way_leaves_less_volatility_and_a_quiet_one_more() -> None:
    """Variance spent and left add up to what today's volatility promises until the expiry."""
    rows = [option("call", 100.0, 730, vol, symbol=f"c{vol}") for vol in (0.2, 0.4, 0.6)]
    laws = option_laws(book_of([(row, replace(found, residual_vol=0.3)) for row, found in rows]), noise())  # type: ignore[type-var]
    left = [law.option.left_vol(1.0, law.spent) / law.option.vol for law in laws.values()]
    assert left == sorted(left)
    assert left[0] < 1.0 < left[-1]
    for law in laws.values():
        assert law.spent is not None
        total = law.spent * 1.0 + law.option.left_vol(1.0, law.spent) ** 2 * (law.option.expiry - 1.0)
        assert total == pytest.approx(law.option.vol**2 * law.option.expiry)


def test_named_scenarios_leave_options_as_they_stand() -> None:
    book = book_of([option("put", 100.0, 730), option("call", 110.0, 200)])
    factors = named_paths(choose(("fast-qt", "inflation-2022")), sofr=SNAPSHOT["sofr"])
    result = revalue(book, factors, layers=())
    assert factors.horizons is not None
    for n, holding in enumerate(book.holdings):
        plain = [
            float(holding.instrument.price_change(moves[None], age)[0])
            for moves, age in zip(factors.moves, factors.horizons.tolist(), strict=True)
        ]
        np.testing.assert_allclose(result.price[:, n], plain, rtol=1e-12)


def test_an_option_that_expires_on_the_way_is_paid_what_its_contract_says() -> None:
    """Its spot has no drift but the forward's, so the mean of a call struck at nothing is the share less its cost."""
    rows = [option("call", 1.0, 180)]
    result = revalue(book_of(rows), noise(), layers=())
    grown = float((result.price + result.carry).mean()) / result.book.value
    assert grown == pytest.approx(float(from_snapshot(SNAPSHOT).rate(180 / 365.25)) * 180 / 365.25, abs=2e-3)
    assert option_laws(book_of(rows), noise())[0].spent is None


def test_dividends_are_taken_from_the_growth_of_the_spot() -> None:
    """A share that pays in full what a bill earns does not rise; one that pays twice a year falls by what it pays."""
    yielding = book_of([option("call", 100.0, 730, dividend_yield="4")]).holdings[0].instrument
    plain = book_of([option("call", 100.0, 730)]).holdings[0].instrument
    assert plain.growth(1.0) - yielding.growth(1.0) == pytest.approx(0.04)
    days = [date(2027, 1, 15), date(2027, 6, 15), date(2028, 1, 15)]
    cash = book_of([option("call", 100.0, 730, dividends="; ".join(f"{day}:2" for day in days))]).holdings[0].instrument
    paid = sum(2.0 * np.exp(plain.growth(1.0) * (1.0 - (day - TODAY).days / 365.25)) for day in days[:2])
    assert 100.0 * np.exp(cash.growth(1.0)) == pytest.approx(100.0 * np.exp(plain.growth(1.0)) - paid, abs=0.02)


# ------------------------------------------------------------------------------------------- premiums out of reach

INDEX = exposure("ABC", 0.0, equity_us=1.0)


def test_the_gap_of_a_premium_that_no_volatility_left_meets_is_told() -> None:
    """A put 10 percent out of the money at 12 percent, 35 days after the horizon: revalue gives the same gap."""
    book = book_of([(option("put", 90.0, 400, 0.12)[0], INDEX), (option("put", 90.0, 760, 0.18)[0], INDEX)])
    result = revalue(book, noise(), layers=(), along_paths=False)
    cheap, usual = option_laws(book, noise()).values()
    assert usual.gap == 1.0
    assert cheap.gap > 2.0
    assert cheap.option.left_vol(1.0, cheap.spent) == pytest.approx(0.5 * cheap.option.vol)
    mean = (result.price + result.carry)[:, 0].mean() / book.values[0] + 1.0
    assert cheap.gap == pytest.approx(mean / np.exp(cheap.option.rolled(1.0)), rel=1e-6)
    (warning,) = result.warnings
    assert f"{cheap.gap:.2f} times its premium" in warning.found
    assert "put90-400" in warning.found
    assert "rougher" in warning.hint


def test_the_gap_is_that_of_the_contract_whoever_holds_it() -> None:
    laws = [
        option_laws(book_of([(option("put", 90.0, 400, 0.12, quantity)[0], INDEX)]), noise())[0]
        for quantity in (1.0, -3.0)
    ]
    assert laws[0].gap == pytest.approx(laws[1].gap)
    assert laws[0].spent == pytest.approx(laws[1].spent)


def test_named_scenarios_and_met_premiums_bring_no_warning() -> None:
    book = book_of([(option("put", 90.0, 400, 0.12)[0], INDEX)])
    assert not revalue(book, named_paths(choose(("fast-qt",)), sofr=SNAPSHOT["sofr"]), layers=()).warnings
    met = book_of([(option("put", 100.0, 730, 0.2)[0], INDEX)])
    assert not revalue(met, noise(), layers=(), along_paths=False).warnings


def test_a_study_warns_of_the_gap(tmp_path: Path) -> None:
    expiry = load_snapshot().as_of + timedelta(days=400)
    row = f"PUT,option,1,0.4,100,90,{expiry},put,SPY,100"
    header = "symbol,asset_class,quantity,price,multiplier,strike,expiry,put_call,underlying,tag_underlying_price"
    file = tmp_path / "mine.csv"
    file.write_text(f"{header}\n{row}\nCASH,cash,1000,1,,,,,,\n", encoding="utf-8")
    study = run(file, Options(paths=400, months=12, propose=False))
    assert any("times its premium rolled" in warning.found and warning.row == 2 for warning in study.warnings)
