"""Kinds, copies and multiples told from prices; fund data; names: found a second way, or on made prices."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy.stats import multivariate_normal

from stresstest.exposures import detection, load_exposures
from stresstest.exposures.detection import Candidate, Moves, candidates, detect, recent_moves
from stresstest.exposures.multiples import multiple_of_prices
from stresstest.exposures.priors import class_prior, universe
from stresstest.exposures.proxies import from_facts, prior_of_facts
from stresstest.exposures.resolve import is_guessed, resolve
from stresstest.market.history import load_history
from stresstest.records import FundFacts, Position, Terms
from stresstest.tables import factor_index, factor_names

DAY = date(2026, 7, 31)


def position(symbol: str = "XXXX", asset_class: str = "fund_equity", **given: object) -> Position:
    return Position(2, symbol, str(given.pop("name", "")), asset_class, "USD", 1.0, 1.0, 1.0, **given)  # type: ignore[arg-type]


def made_moves(days: int, seed: int = 0) -> Moves:
    """Independent factor moves of the size that a day has."""
    rng = np.random.default_rng(seed)
    sizes = np.array([0.0005 if "ust" in name or "spread" in name else 0.008 for name in factor_names()])
    x = rng.standard_normal((days, len(sizes))) * sizes
    dates = pd.bdate_range("2026-01-01", periods=days + 1)
    return Moves(dates, (x, np.vstack([np.zeros(len(sizes)), x[:-1]])), np.zeros(days))


# ------------------------------------------------------------------------------------------------------- detection


def test_the_likelihood_of_a_kind_is_that_of_the_normal_it_says(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(detection, "NOISE", ((1.0, 1.0),))
    moves, prior = made_moves(15), class_prior(("fund_equity", "sector:energy"))
    x = moves.by_lag[0]
    returns = x @ prior.mean + np.random.default_rng(1).normal(0.0, 0.01, 15)
    found = detection.fitted(returns[None], x, prior)
    noise = prior.residual_vol**2 / detection.DAYS_A_YEAR
    covariance = (x * prior.sd**2) @ x.T + noise * np.eye(15)
    wanted = multivariate_normal(x @ prior.mean, covariance).logpdf(returns) + 7.5 * np.log(2 * np.pi)
    assert found.log_likelihood[0] == pytest.approx(wanted)
    precision = np.linalg.inv(x.T @ x / noise + np.diag(np.maximum(prior.sd, 1e-12) ** -2.0))
    away = x.T @ (returns - x @ prior.mean) / noise
    assert found.beta[0] == pytest.approx(prior.mean + precision @ away, abs=1e-6)
    assert found.variance[0] == pytest.approx(np.diag(precision), abs=1e-8)


def test_the_variance_of_a_beta_is_that_of_the_whole_mixture_of_noise_sizes(monkeypatch: pytest.MonkeyPatch) -> None:
    """Second moment over the sizes, each fitted by itself, less the square of the mean: within and between them."""
    moves, prior = made_moves(12), class_prior(("fund_equity", "sector:energy"))
    returns = (moves.by_lag[0] @ (prior.mean + prior.sd) + np.random.default_rng(6).normal(0.0, 0.004, 12))[None]
    sizes = detection.NOISE
    whole, parts = detection.fitted(returns, moves.by_lag[0], prior), []
    for size, _ in sizes:
        monkeypatch.setattr(detection, "NOISE", ((size, 1.0),))
        parts.append(detection.fitted(returns, moves.by_lag[0], prior))
    odds = np.array([np.log(share) + part.log_likelihood[0] for (_, share), part in zip(sizes, parts, strict=True)])
    weight = np.exp(odds - odds.max()) / np.exp(odds - odds.max()).sum()
    means, within = np.array([p.beta[0] for p in parts]), np.array([p.variance[0] for p in parts])
    wanted = weight @ (within + means**2) - (weight @ means) ** 2
    assert whole.beta[0] == pytest.approx(weight @ means)
    assert whole.variance[0] == pytest.approx(wanted, rel=1e-6, abs=1e-10)
    assert (wanted - weight @ within).max() > 1e-3 * wanted.max()  # what lies between them is not nothing


@pytest.mark.parametrize("wanted", ["energy fund", "long Treasury fund", "gold", "Taiwan fund", "bitcoin"])
def test_a_kind_is_told_from_sixty_days_of_its_own_returns(wanted: str) -> None:
    kind = next(c for c in candidates() if c.name == wanted)
    moves = made_moves(60, seed=4)
    size = kind.prior.residual_vol / 2 / 260**0.5 + 1e-4
    found = detect(moves.by_lag[0] @ kind.prior.mean + np.random.default_rng(2).normal(0.0, size, 60), moves)
    assert found.kind == wanted
    assert f"{wanted} (" in found.words
    assert np.std(moves.by_lag[0] @ (found.beta - kind.prior.mean)) < 1.5 * size + 1e-3


def test_noise_alone_stays_unknown_and_its_betas_stay_unsure() -> None:
    moves = made_moves(25)
    found = detect(np.random.default_rng(3).normal(0.0, 0.03, 25), moves)
    assert found.kind == "unknown"
    assert found.words.startswith("unknown (")
    assert found.kinds[0][1] < 0.5
    assert found.se.max() > 0.2
    assert sum(share for _, share in found.kinds) == pytest.approx(1.0)


def test_closes_before_new_york_are_seen_as_such() -> None:
    kind = next(c for c in candidates() if c.name == "Taiwan fund")
    moves = made_moves(80)
    found = detect(moves.by_lag[1] @ kind.prior.mean, moves)
    assert found.kind == "Taiwan fund"
    assert found.r_squared > 0.99


def test_a_stated_class_and_published_data_weigh_but_do_not_decide() -> None:
    moves = made_moves(60)
    gold = moves.by_lag[0][:, factor_index()["gold"]] + np.random.default_rng(5).normal(0, 0.001, 60)
    assert detect(gold, moves, stated="equity").kind == "gold"
    published = Candidate("as published: Natural Resources", "fund_equity", class_prior(("fund_equity",)))
    assert detect(gold, moves, extra=(published,)).kind == "gold"


def test_kinds_of_the_folder_are_told_from_the_last_days(shared_data: Path) -> None:
    """Real prices of assets that the table knows, as columns of which nothing is said."""
    history = load_history(shared_data, DAY)
    moves = recent_moves(history.levels)
    kinds = {"GLD": "gold", "XLU": "utility fund", "TLT": "long Treasury fund", "HYG": "high-yield bond fund"}
    for symbol, wanted in kinds.items():
        steps = np.diff(history.log_prices[symbol].reindex(moves.days).to_numpy())[-60:]
        found = detect(steps - moves.bills[-60:], moves.part(len(moves.bills) - 60, len(moves.bills)))
        assert found.kind == wanted, (symbol, found.words)


# ----------------------------------------------------------------------------------------------- copies, multiples


def daily(days: int, seed: int) -> np.ndarray:
    return np.random.default_rng(seed).normal(0.0003, 0.012, (days, 2))


@pytest.mark.parametrize("times", [-3.0, -2.0, -1.0, 1.0, 2.0, 3.0])
def test_a_daily_multiple_is_found_from_sixty_days(times: float) -> None:
    simple = daily(60, 1)
    fund = np.log1p(times * simple[:, 0] - 0.0002 + np.random.default_rng(2).normal(0.0, 0.0003, 60))
    found = multiple_of_prices(fund, np.log1p(simple), ("ONE", "OTHER"))
    assert found is not None
    assert (found.symbol, found.times) == ("ONE", times)


def test_what_resembles_is_no_multiple() -> None:
    simple = daily(60, 1)
    others = np.log1p(simple)
    for slope, noise in ((1.5, 0.0), (2.0, 0.006), (1.0, 0.002), (4.0, 0.0)):
        fund = np.log1p(slope * simple[:, 0] + np.random.default_rng(2).normal(0.0, noise + 1e-12, 60))
        assert multiple_of_prices(fund, others, ("ONE", "OTHER")) is None
    assert multiple_of_prices(np.log1p(2.0 * simple[:30, 0]), others[:30], ("ONE", "OTHER")) is None  # too few days


def test_no_asset_of_the_folder_is_a_multiple_of_another_kind(shared_data: Path) -> None:
    """Copies are of the same index; no multiple of two or more is seen where there is none."""
    logs = load_history(shared_data, DAY).log_prices
    names = [str(name) for name in logs.columns if name in universe()]
    business = logs[logs.index.day_of_week < 5].iloc[-250:]
    steps = np.diff(business[names].to_numpy(), axis=0)
    for i, name in enumerate(names):
        others = [j for j in range(len(names)) if j != i]
        found = multiple_of_prices(steps[:, i], steps[:, others], [names[j] for j in others])
        assert found is None or abs(found.times) == 1.0, (name, found)
        if found is not None and not name.startswith("CASH"):
            assert universe()[name].asset_class == universe()[found.symbol].asset_class, (name, found)


# ------------------------------------------------------------------------------------------------------- fund data


def test_sectors_replace_the_bare_class_and_add_up() -> None:
    facts = FundFacts("XXXX", DAY, "Large Growth", sectors={"technology": 0.6, "healthcare": 0.3, "energy": 0.05})
    prior, used = prior_of_facts(facts, "fund_equity", class_prior(("fund_equity",)))
    shares = [prior.mean[factor_index()[f"sector_{name}"]] for name in ("technology", "health_care", "energy")]
    assert used == "sector weights"
    assert sum(shares) == pytest.approx(1.0)
    assert shares[0] == pytest.approx(0.6 / 0.95)
    assert prior.mean[factor_index()["equity_us"]] == 1.0
    thin = FundFacts("XXXX", DAY, sectors={"technology": 0.3})
    assert prior_of_facts(thin, "fund_equity", prior)[1] == ""


def test_ratings_split_the_spread_of_a_bond_fund() -> None:
    ratings = {"us_government": 0.5, "bbb": 0.3, "bb": 0.2}
    found = from_facts(position(asset_class="fund_bond"), FundFacts("XXXX", DAY, "", 5.0, 0.0, 1.0, {}, ratings), {})
    assert found is not None
    assert found.beta[factor_index()["ig_spread"]] == pytest.approx(-1.5)
    assert found.beta[factor_index()["hy_spread"]] == pytest.approx(-1.0)
    rates = [i for name, i in factor_index().items() if name.startswith("ust_")]
    assert found.beta[rates].sum() == pytest.approx(-5.0)
    assert "duration and ratings" in found.source


def test_a_fund_of_funds_is_its_parts() -> None:
    table = load_exposures()
    facts = FundFacts("XXXX", DAY, holdings={"VTI": 0.6, "BND": 0.3, "ZZZZ": 0.1})
    found = from_facts(position(asset_class="fund_mixed"), facts, table)
    rest = resolve(position(asset_class="fund_mixed"), table)
    assert found is not None
    assert rest is not None
    assert found.beta == pytest.approx(0.6 * table["VTI"].beta + 0.3 * table["BND"].beta + 0.1 * rest.beta)
    assert "60% VTI, 30% BND" in found.source
    few = FundFacts("XXXX", DAY, holdings={"VTI": 0.3, "AAPL": 0.6})
    assert from_facts(position(asset_class="fund_mixed"), few, table) is None  # shares held are no funds


def test_a_category_gives_tags_that_the_file_does_not() -> None:
    facts = FundFacts("XXXX", DAY, "Foreign Large Growth")
    found = from_facts(position(), facts, {})
    assert found is not None
    assert found.beta[factor_index()["equity_developed"]] == 1.0
    kept = from_facts(position(tags={"region": "taiwan"}), facts, {})
    assert kept is not None
    assert kept.beta[factor_index()["equity_taiwan"]] == 1.0


def test_what_was_found_stands_between_the_proxy_and_the_class() -> None:
    table = load_exposures()
    found = table["GLD"]
    bare = position(found=found)
    assert is_guessed(bare, table)
    assert np.array_equal(_beta(bare, table), found.beta)
    geared = position(found=found, tags={"leverage": "-2"})
    assert _beta(geared, table) == pytest.approx(-2.0 * found.beta)
    assert np.array_equal(_beta(position(found=found, proxy="TLT"), table), table["TLT"].beta)
    user = position(found=found, betas={"oil": 0.7})
    assert _beta(user, table)[factor_index()["oil"]] == 0.7
    assert not is_guessed(position("VTI"), table)
    assert not is_guessed(position(asset_class="bond", terms=Terms(coupon=0.04)), table)


def _beta(held: Position, table: dict) -> np.ndarray:  # type: ignore[type-arg]
    found = resolve(held, table)
    assert found is not None
    return found.beta
