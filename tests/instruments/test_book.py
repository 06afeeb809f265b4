"""From positions to a book: cash, symbols, reasons, margin, and which bonds are Treasuries."""

import math
import tracemalloc
from dataclasses import replace
from datetime import date

import numpy as np
import pytest
from specimens import KINDS, LEVELS, make_exposure, make_position

from stresstest.instruments import build_book
from stresstest.instruments.issuer import broad_rating, is_treasury
from stresstest.instruments.reference import constant, credit_rows, currency, mortgage_key_rates
from stresstest.records import Portfolio
from stresstest.tables import factor_names, read_table


@pytest.fixture(scope="module")
def everything(snapshot):
    positions, exposures = zip(*KINDS.values(), strict=True)
    cash = {"USD": -5000.0, "EUR": 1000.0, "JPY": 7.0}
    return build_book(Portfolio("all", positions, cash, 0.0), exposures, snapshot)


def test_every_position_is_held_or_has_a_reason(everything):
    assert len(everything.holdings) + len(everything.not_modelled) == len(KINDS) + 3
    assert len(set(everything.symbols)) == len(everything.holdings)
    assert {"BOND", "BOND #2", "BOND #3", "CASH", "CASH #2", "CASH.USD", "CASH.EUR"} <= set(everything.symbols)
    [(position, reason)] = everything.not_modelled
    assert (position.symbol, reason) == ("CASH.JPY", f"no exchange rate for JPY in the snapshot of {date(2026, 7, 29)}")


def test_values_are_those_of_the_file(everything):
    quoted = [h for h in everything.holdings if h.position.asset_class not in {"future", "cash"}]
    for holding in quoted:
        assert holding.instrument.value == pytest.approx(holding.position.market_value)
    cash = [h.instrument.value for h in everything.holdings if h.instrument.symbol.startswith("CASH.")]
    assert cash == pytest.approx([-5000.0, 1000 * LEVELS["fx_eur"]])


def test_analytics_are_finite_numbers_and_texts(everything):
    def numbers(item):
        if isinstance(item, dict):
            for value in item.values():
                yield from numbers(value)
        elif isinstance(item, list):
            assert all(isinstance(text, str) and text.endswith(".") for text in item)
        else:
            yield item

    for holding in everything.holdings:
        analytics = dict(holding.analytics)
        assert analytics.pop("assumed_rating", "BBB") in {"AA", "BBB"}
        assert all(type(x) is float and math.isfinite(x) for x in numbers(analytics))
        assert {"duration", "equity_beta", "assumptions"} <= set(holding.analytics)


def test_reasons_are_passed_on(snapshot):
    rows = (
        make_position("equity", symbol="A"),
        make_position("equity", symbol="B"),
        make_position("equity", symbol="C", reason="no quantity"),
    )
    portfolio = Portfolio("p", rows, {}, 0.0)
    book = build_book(portfolio, [None, None, make_exposure()], snapshot, ["unknown fund"])
    assert [r for _, r in book.not_modelled] == ["unknown fund", "no exposure is known for it", "no quantity"]
    with pytest.raises(ValueError, match="1 exposures for 3 positions"):
        build_book(portfolio, [None], snapshot)


def test_a_level_that_the_snapshot_lacks_is_a_reason(snapshot):
    quotes = {k: q for k, q in snapshot.quotes.items() if k not in {"vix", "breakeven_10y", "mortgage_rate", "sofr"}}
    names = ("linker", "mortgage", "floater", "call")
    positions, exposures = zip(*(KINDS[name] for name in names), strict=True)
    book = build_book(Portfolio("p", positions, {}, 0.0), exposures, replace(snapshot, quotes=quotes))
    assert [reason.split()[1] for _, reason in book.not_modelled] == ["breakeven_10y", "mortgage_rate", "sofr", "vix"]


def test_beta_columns_on_a_bond_are_refused_aloud(hold):
    holding = hold(replace(KINDS["treasury"][0], betas={"oil": 1.0}))
    assert "The beta columns of this row are not used: its terms revalue it." in holding.analytics["assumptions"]


def test_cash_pays_and_costs(hold):
    cash, debt = hold(make_position("cash", 10_000, 1.0)), hold(make_position("cash", -10_000, 1.0))
    assert cash.instrument.carry(0.5, 0.04) == pytest.approx(10_000 * (0.04 - constant("sweep_gap")) * 0.5)
    assert debt.instrument.carry(0.5, 0.04) == pytest.approx(-10_000 * (0.04 + constant("broker_spread")) * 0.5)
    assert cash.instrument.carry(1.0, 0.001) == 0.0


def test_foreign_cash_moves_with_its_currency_or_its_stand_in(hold, shock):
    euro = hold(make_position("cash", 1000, 1.0, currency="EUR")).instrument
    assert euro.price_change(shock(fx_eur=0.1), 1.0) == pytest.approx(1140 * np.expm1(0.1))
    loonies = hold(KINDS["loonies"][0])
    assert loonies.instrument.price_change(shock(usd_broad=0.1), 1.0) < -0.08 * loonies.instrument.value
    assert "CAD has no factor of its own: it moves by -1.01 times usd_broad." in loonies.analytics["assumptions"]


def test_a_deposit_earns_its_coupon_until_maturity_and_never_moves(hold):
    deposit = hold(KINDS["deposit"][0]).instrument
    half = 184 / 365.25
    floating = (0.03 - constant("sweep_gap")) * (1.0 - half)
    assert deposit.carry(1.0, 0.03) == pytest.approx(5000 * (0.041 * half + floating))
    assert (deposit.price_change(np.full((4, len(factor_names())), -0.3), 1.0) == 0.0).all()


def test_income_of_funds_and_shorts(hold, curve):
    fund = hold(*KINDS["bond fund"]).instrument
    assert fund.income == pytest.approx(float(curve.rate(6.0)) + 0.009 * 2 / 6)
    share = hold(make_position("equity", -10, 100.0), make_exposure(equity_us=1.0)).instrument
    assert share.carry(1.0, 0.04) == pytest.approx(-1000 * (float(curve.rate(0.25)) + constant("borrow_fee")))
    future = hold(*KINDS["future"]).instrument
    assert (future.value, future.carry(1.0, 0.04)) == (0.0, 0.0)


def test_convexity_of_the_file_bends_a_bond_fund(hold, shock):
    position, exposure = KINDS["bond fund"]
    fund = hold(position, exposure).instrument
    up, down = (float(fund.price_change(shock(rates=x), 0.0)) / fund.value for x in (1e-3, -1e-3))
    assert (up + down) / 1e-6 == pytest.approx(55.0, rel=1e-3)


@pytest.mark.parametrize(
    ("position", "requirement"),
    [
        (make_position("equity", 10, 100.0), 0.25),
        (make_position("equity", -10, 100.0), 0.30),
        (make_position("fund_equity", 10, 100.0, name="Direxion Daily Bull 3X"), 0.75),
        (make_position("fund_equity", 10, 100.0, tags={"leverage": "-2"}), 0.50),
        (make_position("crypto", 1, 100.0), 1.0),
        (make_position("bond", coupon=0.05, maturity=date(2030, 1, 1), rating="UST"), 0.06),
        (make_position("bond", coupon=0.05, maturity=date(2030, 1, 1), rating="A"), 0.10),
        (make_position("bond", coupon=0.05, maturity=date(2030, 1, 1), rating="BB"), 0.20),
    ],
)
def test_maintenance_margin_by_class(snapshot, position, requirement):
    book = build_book(Portfolio("p", (position,), {"USD": -100.0}, 0.0), [make_exposure(equity_us=1.0)], snapshot)
    assert book.maintenance_margin == pytest.approx(requirement)


def test_maintenance_margin_is_weighted_by_gross_value(snapshot):
    rows = (make_position("equity", 30, 100.0), make_position("equity", -10, 100.0))
    book = build_book(Portfolio("p", rows, {}, 0.0), [make_exposure(equity_us=1.0)] * 2, snapshot)
    assert book.maintenance_margin == pytest.approx((0.25 * 3000 + 0.30 * 1000) / 4000)


def test_the_contract_value_of_futures_is_in_gross_value_where_margin_is_a_share_of_it(snapshot):
    """Thirty shares, and two short contracts of 5 times 6,500 dollars that ask for eight percent."""
    rows = (make_position("equity", 30, 100.0), make_position("future", -2, 6500.0, multiplier=5.0))
    book = build_book(Portfolio("p", rows, {}, 0.0), [make_exposure(equity_us=1.0)] * 2, snapshot)
    required = sum(holding.maintenance for holding in book.holdings)
    assert required == pytest.approx(0.25 * 3000 + 0.08 * 65_000)
    assert book.maintenance_margin == pytest.approx(required / book.gross_value)


@pytest.mark.parametrize(
    ("fields", "treasury"),
    [
        ({"symbol": "T 4 02/15/34"}, True),
        ({"symbol": "91282CJZ5"}, True),
        ({"symbol": "US91282CJZ59"}, True),
        ({"symbol": "912797JS7"}, True),
        ({"symbol": "X", "name": "US TREASURY NOTE 4% 02/15/2034"}, True),
        ({"symbol": "X", "name": "United States Treas Bds 3.0"}, True),
        ({"symbol": "X", "tags": {"sector": "Government"}}, True),
        ({"symbol": "X", "rating": "UST"}, True),
        ({"symbol": "X", "name": "SMURFIT KAPPA TREASURY UNLIMITED C"}, False),
        ({"symbol": "T 4.3 02/15/30", "name": "AT&T INC"}, False),
        ({"symbol": "T 4.3 02/15/30", "name": "Treasury", "tags": {"sector": "government"}}, True),
        ({"symbol": "T 4.3 02/15/30", "tags": {"sector": "corporate"}}, False),
        ({"symbol": "00206RHJ4", "name": "AT&T INC"}, False),
        ({"symbol": "X", "tags": {"sector": "Government"}, "rating": "BB+"}, False),
        ({"symbol": "X", "tags": {"sector": "Government", "region": "emerging"}, "rating": "A"}, False),
        ({"symbol": "X", "tags": {"sector": "Government"}, "currency": "EUR"}, False),
    ],
)
def test_which_bonds_are_treasuries(fields, treasury):
    assert is_treasury(make_position("bond", coupon=0.04, maturity=date(2034, 2, 15), **fields)) is treasury


@pytest.mark.parametrize(
    ("rating", "letter"),
    [("Aaa", "AAA"), ("AA-", "AA"), ("A1", "A"), ("Baa3", "BBB"), ("BB+", "BB"), ("Ba2", "BB"), ("B3", "B"),
     ("Caa1", "CCC"), ("D", "CCC"), ("NR", ""), ("", "")],
)  # fmt: skip
def test_ratings_of_every_agency(rating, letter):
    assert broad_rating(rating) == letter


def test_tables_hold_known_factors_and_honest_status():
    factors, statuses = {"", *factor_names()}, {"V-data", "V-src", "V-2nd", "derived", "MEM", "JUDG"}
    names = ("spreads", "currencies", "margin", "carry", "spread_levels", "volatility", "mortgages", "floaters")
    for name in (*names, "mortgage_key_rates", "constants"):
        rows = read_table("stresstest.instruments", f"{name}.csv")
        assert rows
        assert all(row["source"] and row["status"] in statuses for row in rows), name
        assert all(row.get("factor", "") in factors for row in rows), name
    assert sum(mortgage_key_rates().values()) == pytest.approx(1.0)
    levels = [credit_rows()[rating].level for rating in ("UST", "AAA", "AA", "A", "BBB", "BB", "B", "CCC")]
    assert levels == sorted(levels)
    assert currency("ZAR").factor == "usd_broad"
    for row in read_table("stresstest.instruments", "constants.csv"):
        assert float(row["low"]) <= float(row["value"]) <= float(row["high"]), row["name"]


def test_a_long_path_is_revalued_in_little_memory(hold):
    """Fifty-two dates for 2,000 paths: the temporaries stay far below the 40 MB of the moves themselves."""
    bond = hold(make_position("bond", price=95.0, coupon=0.045, maturity=date(2056, 5, 15), rating="UST")).instrument
    paths = np.random.default_rng(0).normal(0, 0.01, (2000, 52, len(factor_names())))
    tracemalloc.start()
    bond.price_change(paths, np.arange(1, 53) / 52)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 5e6
