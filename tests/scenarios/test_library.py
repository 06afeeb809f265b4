"""The library: every story is sourced, comes in three severities, and lands where the record says it should."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import numpy as np
import pytest

from stresstest.errors import InputError
from stresstest.scenarios import choose, factor_levels, known_on, library, named_paths, scenario_plausibility
from stresstest.scenarios.episodes import recorded_moves
from stresstest.scenarios.plausibility import mahalanobis
from stresstest.scenarios.scenario import SEVERITIES
from stresstest.scenarios.shipped import forward, group
from stresstest.tables import factor_index, factor_names
from stresstest.transmission.bounds import start_levels
from stresstest.units import WEEKS_A_MONTH

INDEX = factor_index()
LIBRARY = library()


def moves(name: str) -> dict[str, float]:
    return dict(zip(factor_names(), named_paths(choose([name])).moves[0].tolist(), strict=True))


def simple(log_return: float) -> float:
    return float(np.expm1(log_return))


#: Stories that retell an episode, and the factors that make it what it was.
RETOLD = {
    "carry-unwind": ("yen-carry-2024", "fx_jpy equity_us ust_2y ust_10y hy_spread vix equity_taiwan gold btc"),
    "dash-for-cash": ("dash-for-cash-2020", "ust_10y equity_us hy_spread ig_spread gold usd_broad vix btc"),
    "coupon-surge": ("term-premium-2023", "ust_10y ust_30y equity_us hy_spread ig_spread usd_broad vix"),
    "crypto-unwind": ("funding-crypto-2025", "btc eth equity_us hy_spread vix"),
    "qt-hikes-inflation": ("inflation-2022", "ust_2y ust_10y equity_us btc gold usd_broad sector_utilities oil"),
    "qt-expectation": ("warsh-2026", "btc gold silver equity_us growth_value sector_staples vix usd_broad"),
}


@pytest.mark.parametrize(
    ("story", "episode", "factor"),
    [(story, episode, factor) for story, (episode, factors) in RETOLD.items() for factor in factors.split()],
)
def test_a_story_that_retells_an_episode_has_its_signs_and_sizes(story: str, episode: str, factor: str) -> None:
    """No move of another sign, and none three times as large or as small as in the record."""
    assert 1 / 3 < moves(story)[factor] / recorded_moves()[episode][INDEX[factor]] < 3


@pytest.mark.parametrize("name", LIBRARY)
def test_every_scenario_is_told_sourced_and_complete(name: str) -> None:
    scenario = LIBRARY[name]
    assert scenario.title
    assert scenario.narrative
    assert scenario.sources
    assert np.isfinite(named_paths((scenario,)).moves).all()
    assert 0 <= scenario_plausibility(scenario, named_paths((scenario,)).moves[0]) <= 1


def test_channels_of_named_scenarios_add_up() -> None:
    paths = named_paths(tuple(LIBRARY.values()))
    np.testing.assert_allclose(paths.by_channel.sum(axis=1), paths.moves, atol=1e-12)


def test_the_stories_land_where_the_reference_expects_them() -> None:
    """Section 8.1 of the reference: what should happen in each scenario."""
    surge = moves("coupon-surge")
    assert 0.0040 <= surge["ust_10y"] <= 0.0100
    worst = min((k for k in surge if k.startswith("sector_")), key=surge.__getitem__)
    assert worst in ("sector_utilities", "sector_real_estate")
    hikes = moves("qt-hikes-inflation")
    assert -0.40 < simple(hikes["equity_us"] + 0.5 * hikes["growth_value"]) < -0.18
    assert -0.75 < simple(hikes["btc"]) < -0.45
    cash = moves("dash-for-cash")
    assert cash["ust_10y"] > 0 > cash["equity_us"]
    assert cash["gold"] < -0.03
    assert cash["usd_broad"] > 0.02
    sales = moves("active-mbs-sales")
    assert 0.0010 <= sales["mortgage_spread"] <= 0.0030
    assert abs(simple(moves("repo-spike-only")["equity_us"])) < 0.01
    reverse = moves("qe4")
    assert -0.0060 <= reverse["ust_10y"] <= -0.0025
    assert 0.03 < simple(reverse["equity_us"]) < 0.12
    assert -0.06 < simple(reverse["usd_broad"]) < -0.01
    promise = moves("qt-expectation")
    assert -0.13 < simple(promise["gold"]) < -0.07
    assert -0.32 < simple(promise["btc"]) < -0.2
    assert abs(promise["ust_10y"]) < 0.0006


def test_styles_flip_with_the_rate_component() -> None:
    """Pass mark D4: growth beats value in the term-premium sell-off and loses badly under hikes."""
    assert moves("coupon-surge")["growth_value"] > -0.02
    assert moves("qt-hikes-inflation")["growth_value"] < -0.15


def test_bands_surround_the_centre() -> None:
    scenario = choose(["coupon-surge"])
    drawn = named_paths(scenario, draws=500, seed=3).moves[:, INDEX["sector_utilities"]]
    low, high = np.quantile(drawn, [0.05, 0.95])
    assert low < named_paths(scenario).moves[0, INDEX["sector_utilities"]] < high


def test_unknown_names_are_answered_with_the_nearest() -> None:
    with pytest.raises(InputError, match="coupon-surge"):
        choose(["coupon-surg"])


def test_forty_forward_outcomes_and_twenty_episodes() -> None:
    assert len(group("forward")) >= 40
    assert len(group("episodes")) >= 20
    assert len(group("official")) >= 3
    assert len(group("all")) == len(library())


@pytest.mark.parametrize("story", sorted({scenario.story for scenario in forward().values()}))
def test_every_story_comes_in_three_severities_that_differ(story: str) -> None:
    outcomes = {s.severity: s for s in forward().values() if s.story == story}
    assert set(outcomes) == set(SEVERITIES)
    assert outcomes["base"].name == story
    found = [named_paths((outcomes[severity],)).moves[0] for severity in SEVERITIES]
    assert not np.allclose(found[0], found[1])
    assert not np.allclose(found[1], found[2])
    total = sum(scenario.probability or 0.0 for scenario in outcomes.values())
    assert 0.0 < total <= 1.0  # the outcomes of one story exclude each other


@pytest.mark.parametrize("story", ["coupon-surge", "dash-for-cash", "funding-break", "global-qt", "qt-hikes-inflation"])
def test_shares_fall_further_as_a_story_grows_worse(story: str) -> None:
    mild, base, severe = (moves(name)["equity_us"] for name in (f"{story}-mild", story, f"{story}-severe"))
    assert 0 > mild > base > severe


def test_volatility_and_spreads_stay_above_their_bounds_in_every_forward_story() -> None:
    paths = named_paths(group("forward")).moves
    columns, start, room = start_levels(factor_levels(None))
    assert (paths[:, columns] > -room).all()
    assert (0.0315 + paths[:, INDEX["hy_spread"]]).min() > 0.0230
    assert start.min() > 0


@pytest.mark.parametrize("story", sorted({scenario.story for scenario in forward().values()}))
def test_a_worse_outcome_lies_farther_out(story: str) -> None:
    """The words mild, base and severe agree with the distance from today."""
    distances = [
        mahalanobis(named_paths((LIBRARY[name],)).moves[0], LIBRARY[name].months * WEEKS_A_MONTH)
        for name in (f"{story}-mild", story, f"{story}-severe")
    ]
    assert distances == sorted(distances)


def test_a_year_on_vix_has_mostly_come_back() -> None:
    """Outcomes of a year keep it within a point for each percent that shares lose, as years of the record did."""
    for scenario in group("forward"):
        found = named_paths((scenario,)).moves[0]
        if scenario.months >= 12 and scenario.story in ("qt-hikes-inflation", "global-qt"):
            assert found[INDEX["vix"]] < -found[INDEX["equity_us"]]
    assert moves("inflation-2022")["vix"] < -moves("inflation-2022")["equity_us"]


def test_the_default_is_every_base_outcome_and_every_episode() -> None:
    names = [scenario.name for scenario in choose(())]
    assert names == [scenario.name for scenario in group("default")]
    assert {"coupon-surge", "dash-for-cash", "covid-2020"} <= set(names)
    assert not any(name.endswith(("-mild", "-severe")) for name in names)
    assert len(names) < 50


def test_groups_and_names_may_be_mixed_without_repeats() -> None:
    chosen = [scenario.name for scenario in choose(["severe", "coupon-surge", "coupon-surge-severe"])]
    assert len(chosen) == len(set(chosen))
    assert "coupon-surge" in chosen


def test_an_episode_is_unknown_before_it_is_over() -> None:
    known = known_on(choose(["episodes"]), date(2020, 1, 1))
    assert {"gfc-2008", "repo-2019"} <= {scenario.name for scenario in known}
    assert "covid-2020" not in {scenario.name for scenario in known}


def test_recorded_moves_are_kept_and_only_gaps_are_filled() -> None:
    recorded = recorded_moves()["gfc-2008"]
    observed = library()["gfc-2008"].observed
    assert observed is not None
    there = ~np.isnan(recorded)
    np.testing.assert_array_equal(observed[there], recorded[there])
    assert {name for name, known in zip(factor_names(), there, strict=True) if not known} == set(
        library()["gfc-2008"].completed
    )


@pytest.mark.parametrize(
    ("name", "told", "shown"),
    [
        ("coupon-surge", "utilities and real estate fall more than growth shares", lambda m: max(
            m["sector_utilities"], m["sector_real_estate"]) < min(m["growth_value"], m["sector_technology"], 0)),
        ("coupon-surge", "financials and energy less than the market", lambda m: min(
            m["sector_financials"], m["sector_energy"]) > 0),
        ("coupon-surge", "the dollar rises", lambda m: m["usd_broad"] > 0.005),
        ("global-qt", "emerging markets fall about as far as American shares", lambda m: abs(
            m["equity_emerging"]) < 0.1 * -m["equity_us"]),
        ("global-qt", "the dollar has no side to take", lambda m: abs(m["usd_broad"]) < 0.005),
        ("global-qt-severe", "half of that or more in Europe", lambda m: 0.0099 < m["ust_10y"] < 0.0101
            and min(m["eur_10y"], m["gbp_10y"]) >= 0.499 * m["ust_10y"]),
        ("global-qt-severe", "no currency gains", lambda m: max(
            v for k, v in m.items() if k.startswith(("fx_", "usd_"))) < 0.005),
        ("qt-hikes-inflation-severe", "ten-year real yields rise by more than a point and a half", lambda m: 0.015 < (
            m["ust_10y"] - m["breakeven_10y"]) < 0.02),
        ("boe-2022-acs", "American inflation is not prescribed and falls", lambda m: m["cpi_inflation"] < 0),
        ("repo-2019", "little on the mean of four weeks", lambda m: 0 < m["sofr_iorb"] < 0.002),
        ("term-premium-2023", "utilities and staples fell more than growth shares", lambda m: max(
            m["sector_utilities"], m["sector_staples"]) < min(m["growth_value"] / 2, 0)),
    ],
)  # fmt: skip
def test_words_and_moves_of_a_story_agree(name: str, told: str, shown: Callable[[dict[str, float]], bool]) -> None:
    same = [key for key, scenario in LIBRARY.items() if key.startswith(name) and told in scenario.narrative]
    assert name in same
    assert [key for key in same if not shown(moves(key))] == []


def test_dollar_falls_with_bonds_when_the_issuer_is_doubted() -> None:
    """Pass mark D7: both signs of the dollar are reachable with yields up."""
    assert moves("credibility")["usd_broad"] < 0 < moves("credibility")["ust_10y"]
    assert moves("qt-hikes-inflation")["usd_broad"] > 0


def test_a_horizon_gives_income_its_time() -> None:
    """Single jumps carry the length of their story and the mean policy rate that goes with it."""
    paths = named_paths(choose(["qt-hikes-inflation", "repo-spike-only"]), sofr=0.0365)
    assert paths.horizons is not None
    assert paths.financing is not None
    np.testing.assert_allclose(paths.horizons, [1.0, 1 / 12])
    np.testing.assert_allclose(paths.financing[:, 0], 0.0365 + paths.moves[:, INDEX["ust_3m"]] / 2)
