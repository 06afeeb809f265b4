"""Noise that follows implied volatility: a mean of one, fading, ends of the sample, and the estimate behind it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from stresstest.calibrate.volatility import _Pairs
from stresstest.market import load_snapshot
from stresstest.plumbing import named_plan
from stresstest.records import MarketSnapshot, Quote
from stresstest.scenarios import generate
from stresstest.tables import factor_index, factor_names
from stresstest.transmission.moments import load_moments
from stresstest.transmission.volatility import WEEKS, Answer, Usual, VolatilityLaw, load_law, with_volatility

YIELD, SHARES, COIN = (factor_index()[name] for name in ("ust_10y", "equity_us", "btc"))


def usual(index: str) -> float:
    return load_law().usual[index, "calm"].level


def quoted(**levels: float) -> MarketSnapshot:
    snapshot = load_snapshot()
    quotes = {name: Quote(name, value, snapshot.as_of, "test", "JUDG") for name, value in levels.items()}
    return replace(snapshot, quotes={**snapshot.quotes, **quotes})


def test_an_index_that_is_not_known_changes_nothing() -> None:
    assert (load_law().scale({}) == 1.0).all()
    only = load_law().scale({"vix": 0.40})
    assert (only[:, YIELD] == 1.0).all()
    assert only[0, SHARES] > 1.2


def test_one_percent_more_of_the_index_is_the_elasticity_in_percent_of_variance() -> None:
    answer, level = load_law().answers["ust_10y"], usual("move")
    low, high = (load_law().scale({"move": level * ratio})[:, YIELD] ** 2 for ratio in (1.0, 1.01))
    expected = answer.elasticity * answer.memory ** np.arange(WEEKS)
    np.testing.assert_allclose(np.log(high / low) / np.log(1.01), expected, atol=1e-9)


def test_variance_is_that_of_the_table_on_average_over_the_levels_of_the_sample() -> None:
    law = VolatilityLaw({"ust_10y": Answer("move", 1.5, 0.9)}, {("move", "calm"): Usual(0.8, 0.3, 1e-9, 1e9)})
    levels = 0.8 * np.exp(0.3 * np.random.default_rng(0).standard_normal(20_000))
    variance = np.mean([law.scale({"move": level}, weeks=4)[:, YIELD] ** 2 for level in levels], axis=0)
    np.testing.assert_allclose(variance, 1.0, atol=0.02)


def test_what_today_says_fades() -> None:
    scale = load_law().scale({"move": 2.0 * usual("move"), "vix": 1.5 * usual("vix")})
    steps = np.diff(scale[:, [YIELD, SHARES]], axis=0)
    assert (steps <= 0).all()
    assert (steps[:26] < 0).all()
    np.testing.assert_allclose(scale[-1], 1.0, atol=0.02)
    assert (scale[:, COIN] == 1.0).all()


def test_levels_beyond_the_sample_count_as_its_end() -> None:
    end = load_law().usual["vix", "calm"].highest
    np.testing.assert_array_equal(load_law().scale({"vix": 0.90}), load_law().scale({"vix": end}))
    assert load_law().scale({"vix": 0.90}, "stress")[0, SHARES] > load_law().scale({"vix": 0.30}, "stress")[0, SHARES]


def test_few_different_columns_and_none_for_unknown_factors() -> None:
    scale = load_law().scale({"move": 1.3, "vix": 0.25})
    assert len(np.unique(scale, axis=1).T) <= 5, "each costs time in every run"
    assert set(load_law().answers) <= set(factor_names())
    assert (scale > 0).all()
    assert np.isfinite(scale).all()


def test_moments_keep_their_roots() -> None:
    moments = load_moments()
    scaled = with_volatility(moments, {"move": 1.3})
    assert scaled.roots is moments.roots
    assert scaled.scales(8)[0, YIELD] > 1.2


def test_the_generator_follows_the_quotes_of_the_snapshot() -> None:
    """Common random numbers: the variance of four weeks grows as the law says, and doing nothing still has no drift."""
    level = 1.4 * usual("move")
    spread = {}
    for name, snapshot in (("quiet", quoted(move=usual("move"))), ("loud", quoted(move=level))):
        plan = named_plan("hold", snapshot.as_of)
        moves = generate(plan, snapshot, weeks=4, paths=4000, layers=("noise",), keep_paths=False).factors.moves
        assert abs(moves[:, YIELD].mean()) < 0.1 * moves[:, YIELD].std()
        spread[name] = moves[:, [YIELD, COIN]].std(axis=0)
    ratios = [load_law().scale({"move": value})[:4, YIELD] ** 2 for value in (usual("move"), level)]
    expected = np.sqrt(ratios[1].mean() / ratios[0].mean())
    assert spread["loud"][0] / spread["quiet"][0] == pytest.approx(expected, rel=0.02)
    assert spread["loud"][1] == pytest.approx(spread["quiet"][1], rel=0.02)


def test_the_estimate_finds_the_law_that_made_the_data() -> None:
    """An index whose logarithm is a first-order autoregression, and moves whose variance next week follows it."""
    rng, weeks, memory, elasticity = np.random.default_rng(1), 6000, 0.95, 1.5
    away = np.zeros(weeks)
    for week in range(1, weeks):
        away[week] = memory * away[week - 1] + 0.3 * np.sqrt(1 - memory**2) * rng.standard_normal()
    made = np.exp(0.5 * elasticity * np.concatenate([[0.0], away[:-1]]))[:, None] * rng.standard_normal((weeks, 4))
    squares = made**2 / (made**2).mean(axis=0)
    found = _Pairs(squares, away).fading(np.ones(weeks, dtype=bool))
    assert found[0] == pytest.approx(elasticity, abs=0.2)
    assert found[1] == pytest.approx(memory, abs=0.02)
