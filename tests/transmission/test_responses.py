"""The response table: composed right, linear, and with the signs and sizes of the record."""

from __future__ import annotations

import numpy as np
import pytest

from stresstest.errors import DataError
from stresstest.tables import factor_index, factor_names
from stresstest.transmission.responses import (
    DRIVERS,
    Driven,
    Loadings,
    answers_at_horizon,
    channel_memory,
    driver_vector,
    fading,
    loadings,
    respond_factor,
    response_table,
)

INDEX = factor_index()
CENTRAL = loadings()


def moved(turbulent: bool = False, **shocks: float) -> dict[str, float]:
    """Factor moves of a single shock at central responses."""
    spread = CENTRAL.turbulent if turbulent else CENTRAL.normal
    moves = driver_vector(shocks) @ spread[0]
    return {name: float(moves[i]) for name, i in INDEX.items()}


def shocks(seed: int, paths: int, weeks: int) -> tuple[dict[str, np.ndarray], np.ndarray]:
    """Random weekly moves of every driver and a random regime."""
    rng = np.random.default_rng(seed)
    drivers = {name: 0.01 * rng.standard_normal((paths, weeks)) for name in DRIVERS}
    return drivers, rng.random((paths, weeks)) < 0.5


def respond_paths(drivers: dict[str, np.ndarray], turbulent: np.ndarray, maps: Loadings) -> np.ndarray:
    """Factor moves so far, (S, T, F), put together in two pieces."""
    driven, half = Driven.of(drivers, turbulent, maps), len(turbulent) // 2
    return np.concatenate([driven.paths(rows) for rows in (slice(half), slice(half, None))])


def respond_horizon(drivers: dict[str, np.ndarray], turbulent: np.ndarray, maps: Loadings) -> np.ndarray:
    """Factor moves at the horizon, (S, F)."""
    columns, answers = answers_at_horizon(drivers, turbulent, maps)
    result = np.zeros((len(turbulent), len(INDEX)))
    result[:, columns] = answers.T
    return result


def test_every_row_has_a_source_and_a_status() -> None:
    assert all(
        row.source and row.status in {"V-data", "V-src", "V-2nd", "JUDG", "MEM", "derived"} for row in response_table()
    )


def test_every_factor_answers_to_something() -> None:
    assert {row.factor for row in response_table()} >= set(factor_names())


def test_composition_agrees_with_walking_the_rows() -> None:
    """The map found a second way: apply the rows one after the other to a random shock."""
    rng = np.random.default_rng(1)
    shock = dict(zip(DRIVERS, rng.standard_normal(len(DRIVERS)), strict=True))
    filled: dict[str, float] = {}
    for row in response_table():
        source = shock[row.driver] if row.driver == row.factor or row.driver not in filled else filled[row.driver]
        filled[row.factor] = filled.get(row.factor, 0.0) + row.normal * source
    expected = [filled[name] for name in factor_names()]
    np.testing.assert_allclose(driver_vector(shock) @ CENTRAL.normal[0], expected, rtol=1e-12, atol=1e-12)


def test_a_term_premium_shock_has_the_shape_of_the_record() -> None:
    """Pass mark C3: two-year over ten-year 0.2 to 0.4, thirty-year 0.7 to 1.15."""
    m = moved(term_premium=0.01)
    assert 0.2 <= m["ust_2y"] / m["ust_10y"] <= 0.4
    assert 0.7 <= m["ust_30y"] / m["ust_10y"] <= 1.15


def test_the_component_of_the_rate_decides_the_winners() -> None:
    """Pass marks D3, D4: a pure term-premium rise hurts utilities more than growth; fast hikes hurt growth."""
    premium = moved(term_premium=0.0101)
    utilities, staples = (premium["equity_us"] + premium[f"sector_{name}"] for name in ("utilities", "staples"))
    assert utilities < staples < premium["equity_us"]
    assert premium["growth_value"] > 0
    hikes = moved(expected_path=0.0368, hiking=0.0368, breakeven=-0.0026)
    assert hikes["growth_value"] < -0.15
    assert hikes["sector_utilities"] > premium["sector_utilities"]


def test_a_repo_spike_alone_leaves_equities_flat() -> None:
    """Pass mark D5: S&P 500 within one percent, high yield within 15 bp."""
    m = moved(funding=0.03)
    assert abs(m["equity_us"]) < 0.01
    assert abs(m["hy_spread"]) < 0.0015


def test_the_dollar_follows_the_expected_path_more_than_the_term_premium() -> None:
    assert moved(expected_path=0.01)["usd_broad"] > 2 * moved(term_premium=0.01)["usd_broad"] > 0


def test_gold_falls_with_real_yields_and_not_with_inflation() -> None:
    assert moved(term_premium=0.01)["gold"] < -0.04
    assert abs(moved(breakeven=0.01)["gold"]) < 0.01


def test_turbulence_makes_the_same_fall_of_equities_worse_elsewhere() -> None:
    calm, stress = moved(equity=-0.1), moved(turbulent=True, equity=-0.1)
    for name in ("vix", "hy_spread", "ig_spread"):
        assert stress[name] > calm[name] > 0
    assert stress["btc"] < calm["btc"] < 0


def test_each_week_passes_through_the_map_of_its_regime() -> None:
    drivers, turbulent = shocks(2, 3, 4)
    paths = respond_paths(drivers, turbulent, CENTRAL)
    weekly = paths - channel_memory() * np.concatenate([np.zeros_like(paths[:, :1]), paths[:, :-1]], axis=1)
    for path, week in np.ndindex(3, 4):
        spread = CENTRAL.turbulent if turbulent[path, week] else CENTRAL.normal
        shock = [drivers[name][path, week] for name in DRIVERS]
        np.testing.assert_allclose(weekly[path, week], shock @ spread[0], atol=1e-15)
    np.testing.assert_allclose(paths[:, -1], respond_horizon(drivers, turbulent, CENTRAL), atol=1e-15)


def test_one_factor_is_a_column_of_all_paths_also_with_drawn_maps() -> None:
    drivers, turbulent = shocks(4, 6, 9)
    maps = loadings(np.random.default_rng(1), 6)
    paths = respond_paths(drivers, turbulent, maps)
    for name in ("ust_3m", "vix", "gold"):
        np.testing.assert_allclose(respond_factor(name, drivers, turbulent, maps), paths[:, :, INDEX[name]], atol=1e-14)
    np.testing.assert_allclose(paths[:, -1], respond_horizon(drivers, turbulent, maps), atol=1e-14)


def test_nothing_moves_nothing() -> None:
    turbulent = np.ones((2, 5), dtype=bool)
    assert np.abs(respond_paths({}, turbulent, CENTRAL)).max() == 0
    assert np.abs(respond_horizon({}, turbulent, CENTRAL)).max() == 0


def test_moves_of_vix_and_mortgage_spreads_fade_and_those_of_yields_stay() -> None:
    """One shock in the first week: after twelve more it has shrunk by the memory of its factor to the twelfth power."""
    once = np.zeros((1, 13))
    once[:, 0] = 0.01
    calm = np.zeros((1, 13), dtype=bool)
    paths = respond_paths({"volatility": once, "mortgage": once, "term_premium": once}, calm, CENTRAL)
    for name in ("vix", "mortgage_spread", "ust_10y"):
        first, last = paths[0, 0, INDEX[name]], paths[0, -1, INDEX[name]]
        assert last == pytest.approx(first * fading(name) ** 12, rel=1e-12)
    assert fading("vix") == 0.85
    assert fading("vix") < fading("mortgage_spread") < fading("ust_10y") == 1


def test_responses_are_linear() -> None:
    drivers, turbulent = shocks(3, 2, 5)
    parts = [
        respond_horizon({name: share * values for name, values in drivers.items()}, turbulent, CENTRAL)
        for share in (0.25, 0.75)
    ]
    np.testing.assert_allclose(respond_horizon(drivers, turbulent, CENTRAL), sum(parts), atol=1e-12)


def test_drawn_responses_stay_near_their_ranges() -> None:
    """Of 4,000 draws nine in ten lie within the range of the table."""
    maps = loadings(np.random.default_rng(0), 4000)
    drawn = maps.normal[:, DRIVERS.index("expected_path"), INDEX["ust_10y"]]
    assert np.mean((drawn >= 0.4) & (drawn <= 0.65)) == pytest.approx(0.9, abs=0.02)
    assert np.median(drawn) == pytest.approx(0.5, abs=0.01)


def test_an_unknown_driver_is_named() -> None:
    with pytest.raises(DataError, match="equty"):
        driver_vector({"equty": 0.1})
