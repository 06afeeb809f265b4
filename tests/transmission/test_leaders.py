"""What leads markets: flights to safety, rates, and doubt of the currency have different winners."""

from __future__ import annotations

import numpy as np
import pytest

from stresstest.tables import central, draw_parameters, factor_index
from stresstest.transmission.leaders import draw_leader, leader_odds
from stresstest.transmission.moments import LEADERS, load_moments
from stresstest.transmission.noise import noise_horizon, noise_law, special_noise

INDEX = factor_index()
SHARES, YIELDS, DOLLAR = INDEX["equity_us"], INDEX["ust_10y"], INDEX["usd_broad"]


def correlation(leader: str, a: int, b: int) -> float:
    covariance = load_moments().covariance(leader, 1)
    return float(covariance[a, b] / np.sqrt(covariance[a, a] * covariance[b, b]))


def test_bonds_win_in_a_flight_and_lose_when_rates_lead() -> None:
    """Turbulence begins with a fall of shares whatever leads; yields fall in a flight and rise otherwise."""
    entry = dict(zip(LEADERS, load_moments().entry, strict=True))
    assert all(move[SHARES] < 0 for move in entry.values())
    assert entry["flight"][YIELDS] < 0 < entry["rates"][YIELDS]
    assert correlation("flight", SHARES, YIELDS) > 0.2
    assert correlation("rates", SHARES, YIELDS) == pytest.approx(-correlation("flight", SHARES, YIELDS), abs=0.05)


def test_the_dollar_loses_only_in_doubt() -> None:
    entry = dict(zip(LEADERS, load_moments().entry, strict=True))
    assert entry["doubt"][DOLLAR] < 0 < min(entry["flight"][DOLLAR], entry["rates"][DOLLAR])
    assert correlation("doubt", SHARES, DOLLAR) > 0 > correlation("flight", SHARES, DOLLAR)
    assert entry["doubt"][YIELDS] == pytest.approx(entry["rates"][YIELDS], rel=1e-6)


@pytest.mark.parametrize("regime", [0, 1])
def test_turning_a_link_round_keeps_the_size_of_what_it_links(regime: int) -> None:
    """Yields as estimated; shares and the dollar with the same variance up to what the ridge leaves of the link."""
    flight, rates, doubt = (load_moments().covariance(leader, regime) for leader in LEADERS)
    assert rates[YIELDS, YIELDS] == pytest.approx(flight[YIELDS, YIELDS], rel=1e-5)
    assert rates[SHARES, SHARES] == pytest.approx(flight[SHARES, SHARES], rel=0.1)
    assert doubt[DOLLAR, DOLLAR] == pytest.approx(rates[DOLLAR, DOLLAR], rel=0.1)


def test_odds_sum_to_one_and_rates_lead_more_under_inflation() -> None:
    p = draw_parameters(500, np.random.default_rng(0))
    low, high = (leader_odds(p, inflation) for inflation in (0.02, 0.06))
    for odds in (low, high, leader_odds(p, 0.03, doubt=0.4)):
        np.testing.assert_allclose(odds.sum(axis=1), 1.0)
        assert odds.min() >= 0
    assert high[:, 0].mean() < low[:, 0].mean()
    flights = [leader_odds(central(), inflation)[0, 0] for inflation in (0.02, 0.04, 0.06)]
    assert flights[0] > flights[1] > flights[2]
    assert flights[1] == pytest.approx(0.5)
    np.testing.assert_allclose(leader_odds(p, 0.03, doubt=0.0)[:, 2], 0.0)


def test_leaders_are_drawn_as_often_as_their_odds_say() -> None:
    uniform = (np.arange(10_000) + 0.5) / 10_000
    odds = np.tile([0.5, 0.3, 0.2], (10_000, 1))
    np.testing.assert_allclose(np.bincount(draw_leader(uniform, odds)) / 10_000, odds[0], atol=1e-12)


def test_raising_the_odds_of_doubt_changes_no_path_back_to_a_flight() -> None:
    """Common random numbers: a path that is no flight under low odds of rates is none under high ones."""
    uniform = np.random.default_rng(0).random(5_000)
    few, many = (draw_leader(uniform, np.tile(odds, (5_000, 1))) for odds in ([0.7, 0.2, 0.1], [0.4, 0.3, 0.3]))
    assert ((few == 0) | (many > 0)).all()


def test_noise_has_the_covariance_of_its_table_and_fat_tails() -> None:
    """Weekly covariance of the calm noise of each leader against its table, from 120,000 draws; fat tails."""
    draws, law = 120_000, noise_law(load_moments(), 1)
    drawn = law.draw(draws, np.random.SeedSequence(0))
    calm = np.zeros((draws, 1), dtype=bool)
    for which, leader in enumerate(LEADERS):
        led = np.full(draws, which)
        noise = noise_horizon(drawn, law.sums(drawn, calm), led, special_noise(drawn, calm, led, law), law)
        table = load_moments().covariance(leader, 0)
        for a, b in (("equity_us", "equity_us"), ("equity_us", "ust_10y"), ("gold", "usd_broad"), ("vix", "hy_spread")):
            i, j = INDEX[a], INDEX[b]
            scale = np.sqrt(table[i, i] * table[j, j])
            assert np.mean(noise[:, i] * noise[:, j]) == pytest.approx(table[i, j], abs=0.03 * scale), (leader, a, b)
        for column in (SHARES, INDEX["gold"]):
            size = noise[:, column].astype(float)
            assert np.mean(size**4) / np.mean(size**2) ** 2 > 3.5
