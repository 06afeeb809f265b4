"""Which exposure a position gets, and in which order."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

import numpy as np
import pytest

from stresstest.errors import InputError
from stresstest.exposures import load_exposures, resolve, why_not
from stresstest.exposures.priors import class_prior
from stresstest.records import Exposure, Position, Terms
from stresstest.tables import factor_index


@pytest.fixture(scope="module")
def table() -> Mapping[str, Exposure]:
    return load_exposures()


def position(symbol: str, asset_class: str = "equity", currency: str = "USD", **more: Any) -> Position:
    return Position(1, symbol, symbol, asset_class, currency, 10.0, 5.0, 50.0, **more)


def known(found: Exposure | None) -> Exposure:
    assert found is not None
    return found


def beta(exposure: Exposure, factor: str) -> float:
    return float(exposure.beta[factor_index()[factor]])


def test_the_table_comes_before_proxy_duration_and_class(table: Mapping[str, Exposure]) -> None:
    found = known(resolve(position("LQD", "fund_bond", proxy="TLT", terms=Terms(duration=3.0)), table))
    np.testing.assert_array_equal(found.beta, table["LQD"].beta)
    assert found.source == "embedded table"


def test_user_columns_override_single_factors_over_the_rest(table: Mapping[str, Exposure]) -> None:
    found = known(resolve(position("NVDA", betas={"equity_us": 2.0, "oil": -0.1}), table))
    changed = [factor_index()["equity_us"], factor_index()["oil"]]
    assert list(found.beta[changed]) == [2.0, -0.1]
    assert list(found.se[changed]) == [0.0, 0.0]
    rest = np.delete(np.arange(len(found.beta)), changed)
    np.testing.assert_array_equal(found.beta[rest], table["NVDA"].beta[rest])
    assert found.source == "user columns over embedded table"


def test_a_beta_of_no_factor_is_refused(table: Mapping[str, Exposure]) -> None:
    with pytest.raises(InputError, match="beta_equty_us"):
        resolve(position("NVDA", betas={"equty_us": 2.0}), table)


def test_spellings_of_a_share_class_are_one(table: Mapping[str, Exposure]) -> None:
    for symbol in ("BRK-B", "BRK.B", "BRK/B", "brk b"):
        assert known(resolve(position(symbol), table)).source == "embedded table"


@pytest.mark.parametrize(("leverage", "times"), [("3", 3.0), ("-1", -1.0), ("2x", 2.0), ("", 1.0)])
def test_leverage_scales_a_proxy(table: Mapping[str, Exposure], leverage: str, times: float) -> None:
    found = known(resolve(position("XXXX", "fund_equity", proxy="QQQ", tags={"leverage": leverage}), table))
    np.testing.assert_allclose(found.beta, times * table["QQQ"].beta)
    np.testing.assert_allclose(found.se, abs(times) * table["QQQ"].se)
    assert found.residual_vol == pytest.approx(abs(times) * table["QQQ"].residual_vol)
    assert found.symbol == "XXXX"
    assert "proxy QQQ" in found.source


def test_leverage_that_is_no_number_is_refused(table: Mapping[str, Exposure]) -> None:
    with pytest.raises(InputError, match="tag_leverage"):
        resolve(position("XXXX", "fund_equity", proxy="QQQ", tags={"leverage": "triple"}), table)


def test_an_unknown_proxy_is_said_next_to_the_guess(table: Mapping[str, Exposure]) -> None:
    assert "no exposure is known for the proxy ZZZZ" in known(resolve(position("XXXX", proxy="ZZZZ"), table)).source


def test_a_duration_gives_key_rates_and_a_spread(table: Mapping[str, Exposure]) -> None:
    junk = known(resolve(position("XXXX", "fund_bond", terms=Terms(duration=4.0, rating="BB-")), table))
    safe = known(resolve(position("XXXX", "fund_bond", terms=Terms(duration=4.0), tags={"sector": "treasury"}), table))
    rates = [factor_index()[f"ust_{tenor}"] for tenor in ("3m", "1y", "2y", "5y", "10y", "20y", "30y")]
    for found in (junk, safe):
        assert found.beta[rates].sum() == pytest.approx(-4.0)
        assert found.source.startswith("duration 4 years")
    assert (beta(junk, "hy_spread"), beta(junk, "ig_spread")) == (-4.0, 0.0)
    assert (beta(safe, "hy_spread"), beta(safe, "ig_spread")) == (0.0, 0.0)


def test_the_class_prior_reads_sector_region_and_currency(table: Mapping[str, Exposure]) -> None:
    found = known(resolve(position("XXXX", tags={"sector": "Information Technology", "region": "Taiwan"}), table))
    assert found.source == "class prior: equity, technology, taiwan"
    assert (beta(found, "sector_technology"), beta(found, "equity_taiwan")) == (1.0, 1.0)
    np.testing.assert_array_equal(found.se, class_prior(("equity", "sector:technology", "region:taiwan")).sd)
    by_currency = known(resolve(position("XXXX", currency="TWD"), table))
    assert beta(by_currency, "equity_taiwan") == 1.0
    assert beta(known(resolve(position("XXXX"), table)), "equity_taiwan") == 0.0


@pytest.mark.parametrize("asset_class", ["bond", "bill", "floater", "linker", "mbs", "cash", "money_market", "deposit"])
def test_dollar_bonds_and_money_have_no_betas(table: Mapping[str, Exposure], asset_class: str) -> None:
    found = known(resolve(position("XXXX", asset_class, terms=Terms(maturity=date(2031, 1, 1))), table))
    assert not found.beta.any()
    assert not found.se.any()


def test_a_weaker_rating_is_noisier(table: Mapping[str, Exposure]) -> None:
    vol = [
        known(resolve(position("XXXX", "bond", terms=Terms(rating=rating)), table)).residual_vol
        for rating in ("Treasury", "Baa3", "CCC+")
    ]
    assert vol == sorted(vol)
    assert vol[0] < vol[2]


def test_foreign_money_moves_with_its_currency(table: Mapping[str, Exposure]) -> None:
    assert beta(known(resolve(position("CASH.EUR", "cash", "EUR"), table)), "fx_eur") == pytest.approx(1.0, abs=0.01)
    assert beta(known(resolve(position("CASH", "cash", "CHF"), table)), "usd_broad") < 0
    unlisted = known(resolve(position("CASH", "cash", "ZAR"), table))
    assert beta(unlisted, "usd_broad") < 0
    assert "class prior" in unlisted.source


def test_a_coin_and_a_share_with_its_ticker_are_two_things(table: Mapping[str, Exposure]) -> None:
    assert beta(known(resolve(position("SOL", "crypto"), table)), "altcoin") == pytest.approx(1.0, abs=0.01)
    assert beta(known(resolve(position("BTC-USD", "crypto"), table)), "btc") == pytest.approx(1.0, abs=0.01)
    assert known(resolve(position("SOL", "equity"), table)).source == "class prior: equity"
    assert beta(known(resolve(position("XYZ", "stablecoin"), table)), "stablecoin") == 1.0


def test_derivatives_take_their_underlying(table: Mapping[str, Exposure]) -> None:
    found = known(resolve(position("O1", "option", terms=Terms(underlying="NVDA")), table))
    np.testing.assert_array_equal(found.beta, table["NVDA"].beta)
    nothing = position("O2", "option", terms=Terms(underlying="NOBODY"))
    assert resolve(nothing, table) is None
    assert "NOBODY" in why_not(nothing)


def test_the_unknown_is_refused_unless_betas_are_given(table: Mapping[str, Exposure]) -> None:
    painting = position("PAINTING", "other")
    assert resolve(painting, table) is None
    assert "proxy or beta columns" in why_not(painting)
    rated = known(resolve(position("PAINTING", "other", betas={"gold": 0.3}), table))
    assert beta(rated, "gold") == 0.3
    assert np.count_nonzero(rated.beta) == 1
    assert rated.residual_vol > 0
