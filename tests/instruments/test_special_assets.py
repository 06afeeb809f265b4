"""Daily-reset funds, mortgage funds, stablecoins, hedged classes, staking, shorts, preferreds, certificates, munis."""

import csv
from dataclasses import replace
from datetime import date
from itertools import pairwise

import numpy as np
import pytest
from specimens import KINDS, make_exposure, make_position

from stresstest.instruments.leveraged import daily_reset_returns, decay
from stresstest.instruments.mortgage_fund import MortgageFund
from stresstest.tables import factor_index, read_table


def test_a_daily_path_is_the_formula_of_its_return_and_variance():
    """Compounding day by day against L x - L (L - 1) v / 2, which is exact in the limit of short days."""
    rng = np.random.default_rng(5)
    days = np.full(252 * 40, 1 / (252 * 40))
    index = np.expm1(rng.normal(-0.0002 / 40, 0.015 / np.sqrt(40), days.size))
    for multiple in (3.0, 2.0, -1.0, -3.0):
        path = np.log1p(daily_reset_returns(index, np.zeros(days.size), days, multiple, 0.0, 0.0)).sum()
        log_index = np.log1p(index).sum()
        variance = np.square(np.log1p(index)).sum()
        formula = multiple * log_index + float(decay(variance, 1.0, multiple))
        assert path == pytest.approx(formula, abs=0.004)


def test_three_times_funds_of_2022_are_met_within_three_percent(shared_data):
    """From daily returns of index funds and SOFR to the published return of the 3x fund; records in records_3x.csv."""
    prices = {row["date"]: row for row in read_csv(shared_data / "equities" / "etf_adjclose_daily.csv")}
    sofr = {row["date"]: row["SOFR"] for row in read_csv(shared_data / "macro" / "money_market_rates_daily.csv")}
    for record in read_table("stresstest.validation", "records_3x.csv"):
        days = sorted(day for day in prices if record["start"] <= day <= record["end"] and prices[day][record["index"]])
        level = np.array([float(prices[day][record["index"]]) for day in days])
        rate = np.array([float(sofr[day]) if sofr.get(day) else np.nan for day in days[:-1]]) / 100
        rate[np.isnan(rate)] = np.nanmean(rate)
        stamps = [date.fromisoformat(day) for day in days]
        years = np.array([(b - a).days for a, b in pairwise(stamps)]) / 360
        fee = float(record["fee_pct"]) / 100
        found = np.prod(1 + daily_reset_returns(level[1:] / level[:-1] - 1, rate, years, 3.0, fee, 0.004))
        assert found / (1 + float(record["return_pct"]) / 100) == pytest.approx(1.0, abs=0.03), record["fund"]


def read_csv(path):
    with path.open() as file:
        return list(csv.DictReader(file))


def test_a_fund_cannot_fall_below_nothing():
    assert daily_reset_returns(np.array([-0.4]), np.zeros(1), np.zeros(1), 3.0, 0.0, 0.0)[0] == -1.0


def test_a_storm_costs_a_daily_reset_fund_more_the_longer_it_lasts(hold, shock):
    for name, sign in (("levered fund", -1), ("inverse fund", -1)):
        fund = hold(*KINDS[name]).instrument
        moves = shock(vix=0.2)
        moves[factor_index()["equity_us"]] = 0.0
        plain = fund.notional * np.expm1(moves @ fund.beta)
        quarter, year = (float(fund.price_change(moves, t)) - plain for t in (0.25, 1.0))
        assert sign * year > sign * quarter > 0
        assert fund.price_change(moves, 0.0) == pytest.approx(plain)


def test_a_fund_of_mortgages_gains_less_than_it_loses(hold, shock):
    fund = hold(*KINDS["mortgage fund"]).instrument
    assert isinstance(fund, MortgageFund)
    up, down = (float(fund.price_change(shock(rates=move), 0.0)) for move in (0.01, -0.01))
    assert 0 < down < -up
    plain = hold(replace(KINDS["mortgage fund"][0], name="Core Bond Fund"), make_exposure(ust_5y=-6.0)).instrument
    assert not isinstance(plain, MortgageFund)
    assert float(plain.price_change(shock(rates=-0.01), 0.0)) > -float(plain.price_change(shock(rates=0.01), 0.0))


def test_a_run_multiplies_the_loss_of_a_weak_stablecoin_only(hold, shock):
    beta = make_exposure(stablecoin=1.0)
    coins = {
        s: hold(make_position("stablecoin", 1000, 1.0, symbol=s), beta).instrument for s in ("USDC", "USDE", "XYZ")
    }
    small, run, above = (shock(stablecoin=move) for move in (-0.001, -0.10, 0.01))
    lost = {s: -float(coin.price_change(run, 0.0)) for s, coin in coins.items()}
    assert lost["USDC"] == pytest.approx(1000 * -np.expm1(-0.1))
    assert lost["USDC"] < lost["XYZ"] < lost["USDE"] < 1000
    for coin in coins.values():
        assert float(coin.price_change(small, 0.0)) == pytest.approx(-1.0, rel=0.01)
        assert float(coin.price_change(above, 0.0)) == pytest.approx(1000 * np.expm1(0.01))


def test_a_hedged_class_has_no_currency_and_an_unhedged_one_keeps_it(hold):
    beta = make_exposure(equity_us=0.9, fx_jpy=1.0, usd_broad=-0.2)
    position = make_position("fund_equity", 100, 50.0, name="Japan Hedged Equity Fund")
    hedged = hold(position, beta)
    assert hedged.exposure.beta[factor_index()["fx_jpy"]] == hedged.exposure.beta[factor_index()["usd_broad"]] == 0.0
    assert hedged.exposure.beta[factor_index()["equity_us"]] == 0.9
    own = hold(position, replace(beta, source="embedded table"))
    assert own.exposure.beta[factor_index()["fx_jpy"]] == 1.0
    unhedged = hold(replace(position, tags={"hedged": "no"}), beta)
    assert unhedged.exposure.beta[factor_index()["fx_jpy"]] == 1.0


def test_staking_earns_and_borrowing_costs(hold):
    coin = make_position("crypto", 1.0, 3000.0, tags={"staking_yield": "3.5"})
    assert float(hold(coin, make_exposure(eth=1.0)).instrument.carry(1.0, 0.04)) == pytest.approx(105.0)
    short = make_position("equity", -100, 50.0)
    usual, dear = (
        float(hold(replace(short, tags=tags), make_exposure(equity_us=1.0)).instrument.carry(1.0, 0.04))
        for tags in ({}, {"borrow_fee": "25"})
    )
    assert dear - usual == pytest.approx(-5000.0 * (0.25 - 0.003))


def test_a_preferred_is_a_long_bond(hold, shock):
    """Its duration is near that of a perpetuity, one over the yield; with a call in the money it is short."""
    holding = hold(*KINDS["preferred"])
    assert holding.instrument.value == pytest.approx(400 * 22.5)
    assert holding.analytics["yield"] == pytest.approx(0.055 * 25 / 22.5, abs=0.004)
    assert holding.analytics["modified_duration"] == pytest.approx(1 / holding.analytics["yield"], rel=0.15)
    rise = float(holding.instrument.price_change(shock(rates=0.01), 0.0)) / holding.instrument.value
    assert -0.16 < rise < -0.10
    assert hold(*KINDS["callable preferred"]).analytics["effective_duration"] < 8.0


def test_a_traded_certificate_is_marked_and_a_bank_deposit_is_not(hold, shock):
    traded = hold(*KINDS["certificate"])
    assert float(traded.instrument.price_change(shock(rates=0.01), 0.0)) < -150
    assert float(traded.instrument.price_change(shock(ig_spread=0.05, hy_spread=0.05), 0.0)) == 0.0
    at_par = replace(KINDS["certificate"][0], price=100.0, market_value=10_000.0)
    assert float(hold(at_par).instrument.price_change(shock(rates=0.01), 0.0)) == 0.0


def test_municipals_follow_treasuries_in_part(hold, shock):
    muni = hold(*KINDS["municipal"])
    company = hold(replace(KINDS["municipal"][0], name="Ohio Widgets Inc"))
    ratio = float(muni.instrument.price_change(shock(rates=0.001), 0.0)) / float(
        company.instrument.price_change(shock(rates=0.001), 0.0)
    )
    assert ratio == pytest.approx(0.68, abs=0.02)
    assert any("Municipal bond" in text for text in muni.analytics["assumptions"])
