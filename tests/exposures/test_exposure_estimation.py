"""The regression against other people's implementations, and what must be true of any answer."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from sklearn.linear_model import Ridge

from stresstest.errors import DataError
from stresstest.exposures.estimation import (
    MOVED,
    SHORT,
    STABLE,
    Estimation,
    estimate,
    prepare,
    quick_betas,
)
from stresstest.exposures.posterior import Sample, posterior, ridge, robust_covariance
from stresstest.exposures.priors import (
    Prior,
    class_prior,
    key_rates,
    peer_group,
    settings,
    trying,
    universe,
    with_duration,
)
from stresstest.exposures.residuals import clusters, correlation, specific_risk
from stresstest.exposures.rows import curve_basis
from stresstest.tables import factor_index, factor_names

F = len(factor_names())


def a_sample(weeks: int = 300, assets: int = 5, factors: int = 4, seed: int = 1) -> tuple[Sample, np.ndarray]:
    rng = np.random.default_rng(seed)
    moves = rng.standard_normal((weeks, factors)) @ np.linalg.cholesky(0.5 * np.eye(factors) + 0.5)
    betas = rng.standard_normal((assets, factors)) * 0.02
    y = betas @ moves.T + 0.01 * rng.standard_t(5, (assets, weeks)) + 0.001
    x = np.column_stack([moves, np.ones(weeks)])
    return Sample(x, y, np.ones_like(y), np.arange(weeks)[::-1]), betas


def test_the_posterior_mean_is_the_ridge_estimate_about_the_prior() -> None:
    sample, _ = a_sample()
    noise, mean, sd = 0.0002, np.array([0.5, -0.2, 0.0, 0.1, 0.0]), np.array([0.02, 0.01, 0.05, 0.005, 1.0])
    gram = np.repeat((sample.x.T @ sample.x)[None], 5, axis=0)
    ours, _ = ridge(gram, sample.y @ sample.x, np.full(5, noise), np.tile(mean, (5, 1)), np.tile(sd**-2.0, (5, 1)))
    for i in range(5):
        theirs = Ridge(alpha=noise, fit_intercept=False).fit(sample.x * sd, sample.y[i] - sample.x @ mean)
        np.testing.assert_allclose(ours[i], mean + theirs.coef_ * sd, rtol=1e-8, atol=1e-12)


def test_reweighting_ends_at_a_weighted_ridge() -> None:
    """Under the precisions and weights it ends with, the answer is scikit-learn's."""
    sample, _ = a_sample()
    fit = posterior(sample, np.zeros((5, 5)), np.full((5, 5), 0.02))
    for i in range(5):
        scale = fit.prior_precision[i] ** -0.5
        model = Ridge(alpha=fit.noise[i] ** 2, fit_intercept=False)
        theirs = model.fit(sample.x * scale, sample.y[i], sample_weight=fit.trust[i]).coef_ * scale
        np.testing.assert_allclose(fit.mean[i], theirs, rtol=1e-3, atol=1e-6)


def test_without_prior_or_tails_it_is_least_squares_with_newey_west() -> None:
    sample, _ = a_sample()
    with trying(student_dof=1e9, prior_dof=1e9):
        fit = posterior(sample, np.zeros((5, 5)), np.full((5, 5), 1e3))
        ours = np.sqrt(np.diagonal(robust_covariance(sample, fit), axis1=1, axis2=2))
    for i in range(5):
        options = {"maxlags": int(settings()["hac_lags"]), "use_correction": False}
        theirs = sm.OLS(sample.y[i], sample.x).fit(cov_type="HAC", cov_kwds=options)
        np.testing.assert_allclose(fit.mean[i], theirs.params, rtol=1e-5, atol=1e-9)
        np.testing.assert_allclose(ours[i], theirs.bse, rtol=1e-4)


def test_a_week_that_is_counted_twice_is_not_taken_for_two() -> None:
    """Every row twice, at half the weight each, in the same week: the same betas and the same errors."""
    sample, _ = a_sample()
    double = Sample(
        np.repeat(sample.x, 2, axis=0), np.repeat(sample.y, 2, axis=1), np.repeat(sample.weight, 2, axis=1) / 2,
        np.repeat(sample.week, 2),
    )  # fmt: skip
    prior = np.zeros((5, 5)), np.full((5, 5), 0.02)
    one, other = posterior(sample, *prior), posterior(double, *prior)
    np.testing.assert_allclose(one.mean, other.mean, rtol=1e-8, atol=1e-12)
    np.testing.assert_allclose(robust_covariance(sample, one), robust_covariance(double, other), rtol=1e-6, atol=1e-12)


def test_bands_cover_true_betas_when_noise_is_fat_and_uneven() -> None:
    rng = np.random.default_rng(3)
    weeks, assets, sd = 400, 300, 0.01
    moves = rng.standard_normal((weeks, 4))
    betas = sd * rng.standard_t(1, (assets, 4))
    uneven = 0.02 * np.where(rng.random((assets, weeks)) < 0.2, 3.0, 1.0)
    y = betas @ moves.T + uneven * rng.standard_t(4, (assets, weeks))
    sample = Sample(np.column_stack([moves, np.ones(weeks)]), y, np.ones_like(y), np.arange(weeks))
    fit = posterior(sample, np.zeros((assets, 5)), np.full((assets, 5), sd))
    errors = np.sqrt(np.diagonal(robust_covariance(sample, fit), axis1=1, axis2=2))
    z = (fit.mean[:, :4] - betas) / errors[:, :4]
    assert 0.86 < np.mean(np.abs(z) < 1.645) < 0.95


def test_a_heavy_tailed_prior_lets_go_what_the_data_insist_on() -> None:
    """One large beta among zeros: a normal prior shrinks it, the heavy-tailed one hardly; noise stays held."""
    rng = np.random.default_rng(4)
    moves = rng.standard_normal((150, 10))
    y = 0.05 * moves[:, 0] + 0.05 * rng.standard_normal(150)
    sample = Sample(np.column_stack([moves, np.ones(150)]), y[None], np.ones((1, 150)), np.arange(150))
    prior = np.zeros((1, 11)), np.full((1, 11), 0.005)
    heavy = posterior(sample, *prior).mean[0]
    with trying(prior_dof=1e9):
        normal = posterior(sample, *prior).mean[0]
    assert heavy[0] > 0.04
    assert normal[0] < 0.75 * heavy[0]
    assert np.abs(heavy[1:-1]).max() < 0.01


def test_a_firm_prior_holds_and_a_loose_one_yields() -> None:
    sample, betas = a_sample(weeks=2000)
    mean = np.full((5, 5), 0.3)
    with trying(prior_dof=1e9):
        held = posterior(sample, mean, np.full((5, 5), 1e-6)).mean[:, :4]
    np.testing.assert_allclose(held, 0.3, atol=1e-3)
    loose = posterior(sample, mean, np.full((5, 5), 10.0)).mean[:, :4]
    np.testing.assert_allclose(loose, betas, atol=0.002)


def test_slopes_of_the_curve_can_be_taken_back() -> None:
    names = ["ust_3m", "ust_1y", "ust_2y", "ust_5y", "ust_10y", "ust_20y", "ust_30y", "gold"]
    basis = curve_basis(names)
    moves = np.random.default_rng(0).standard_normal((20, 8))
    beta = np.arange(8.0)
    np.testing.assert_allclose((moves @ basis) @ np.linalg.solve(basis, beta), moves @ beta)
    parallel = np.array([1.0] * 7 + [0.0])
    np.testing.assert_allclose(parallel @ basis, [0, 0, 0, 0, 1, 0, 0, 0])


# ---------------------------------------------------------------------------------------------- labelled estimation


def a_market(days: int = 2100) -> tuple[pd.DataFrame, pd.DataFrame, dict[str, float]]:
    """Levels of some factors on every calendar day, still at weekends, and assets made of them."""
    rng = np.random.default_rng(11)
    index = pd.date_range("2015-01-02", periods=days, freq="D")
    levels = pd.DataFrame(np.nan, index=index, columns=list(factor_names()))
    for name in ("equity_us", "growth_value", "gold", "btc", "vix"):
        levels[name] = np.cumsum(0.01 * rng.standard_normal(days) * (index.day_of_week < 5))
    levels["vix"] = 0.2 + 0.02 * np.sin(np.arange(days) / 50.0) + 0.001 * rng.standard_normal(days)
    for name in ("ust_3m", "ust_5y", "ust_10y"):
        levels[name] = 0.02 + np.cumsum(0.0002 * rng.standard_normal(days))
    bills = (levels["ust_3m"].shift() / 365.25).fillna(0.0).cumsum()
    market = levels["equity_us"] - bills
    noise = np.cumsum(0.004 * rng.standard_normal((days, 3)), axis=0)
    prices = pd.DataFrame(
        {
            "market": levels["equity_us"],
            "tilted": bills + 1.2 * market + 0.5 * levels["growth_value"] + noise[:, 0],
            "late": bills + (1.0 * market).shift() + 0.1 * noise[:, 1],
            "young": (levels["equity_us"] + noise[:, 2]).where(np.arange(days) >= days - 100),
            "short": (levels["equity_us"] + noise[:, 2]).where(np.arange(days) >= days - 500),
        },
        index=index,
    )
    return prices, levels, {"equity_us": 1.2, "growth_value": 0.5, "gold": 0.0}


def fit(prices: pd.DataFrame, levels: pd.DataFrame) -> Estimation:
    return estimate(prices, levels, dict.fromkeys(prices, class_prior(("equity",))))


@pytest.fixture(scope="module")
def found() -> Estimation:
    prices, levels, _ = a_market()
    return fit(prices, levels)


def test_known_betas_are_found_and_short_histories_are_left_out(found: Estimation) -> None:
    _, _, truth = a_market()
    tilted = found.exposures["tilted"]
    for factor, beta in truth.items():
        i = factor_index()[factor]
        assert tilted.beta[i] == pytest.approx(beta, abs=4 * tilted.se[i] + 1e-3)
    assert found.exposures["market"].r_squared == pytest.approx(1.0, abs=1e-6)
    assert found.exposures["market"].residual_vol == pytest.approx(0.0, abs=1e-4)
    assert found.skipped == {"young": 14}


def test_quick_betas_are_those_of_the_whole_estimation(found: Estimation) -> None:
    """In the same order, and other settings change them though rows and returns stay."""
    prices, levels, _ = a_market()
    prepared = prepare(prices, levels, dict.fromkeys(prices, class_prior(("equity",))))
    beta, drift = quick_betas(prepared)
    np.testing.assert_array_equal(beta, [found.exposures[symbol].beta for symbol in found.symbols])
    noisy = np.array([found.exposures[symbol].residual_vol > 0 for symbol in found.symbols])
    np.testing.assert_array_equal(drift[noisy], found.drift[noisy])
    with trying(half_life_weeks=26.0):
        assert np.abs(quick_betas(prepared)[0] - beta).max() > 1e-3


def test_betas_of_a_regime_are_those_of_its_weeks() -> None:
    """A beta of 0.5 when VIX is high and 1.5 otherwise: each regime gets its own where asked, else the mix."""
    rng = np.random.default_rng(3)
    _, levels, _ = a_market()
    levels["vix"] = 0.15 + 0.2 * (np.arange(len(levels)) % 300 < 60) + 0.001 * rng.standard_normal(len(levels))
    beta = np.where(levels["vix"].shift(1) > 0.25, 0.5, 1.5)
    prices = pd.DataFrame({"share": (beta * levels["equity_us"].diff().fillna(0.0)).cumsum()})
    prices += np.cumsum(0.002 * rng.standard_normal(prices.shape), axis=0)
    at = factor_index()["equity_us"]
    with trying(other_regime=0.02, stress_quantile=0.75):
        prepared = prepare(prices, levels, {"share": class_prior(("equity",))})
        calm, wild = (quick_betas(prepared, vix)[0][0, at] for vix in (0.15, 0.35))
    assert calm == pytest.approx(1.5, abs=0.15)
    assert wild == pytest.approx(0.5, abs=0.25)
    assert wild < quick_betas(prepared)[0][0, at] < calm


def test_a_close_before_new_york_is_seen_and_its_whole_beta_found(found: Estimation) -> None:
    late = dict(zip(found.symbols, found.late, strict=True))
    assert late == {"market": 0.0, "tilted": 0.0, "short": 0.0, "late": 1.0}
    assert found.exposures["late"].beta[factor_index()["equity_us"]] == pytest.approx(1.0, abs=0.03)


def test_histories_are_flagged(found: Estimation) -> None:
    assert found.exposures["tilted"].stability == STABLE
    assert found.exposures["short"].stability == SHORT
    prices, levels, _ = a_market()
    changed = prices[["tilted"]].copy()
    recent = np.arange(len(changed)) >= len(changed) - 700
    extra = 1.5 * levels["gold"].where(recent).diff().fillna(0.0).cumsum()
    assert fit(changed.add(extra, axis=0), levels).exposures["tilted"].stability == MOVED


def test_a_factor_without_history_stays_at_its_prior(found: Estimation) -> None:
    prior, column = class_prior(("equity",)), factor_index()["stablecoin"]
    exposure = found.exposures["tilted"]
    assert (exposure.beta[column], exposure.se[column]) == (prior.mean[column], prior.sd[column])


def test_missing_moves_do_not_move_betas_beyond_their_errors(found: Estimation) -> None:
    prices, levels, _ = a_market()
    levels.loc[levels.index[:1000], ["btc", "gold"]] = np.nan
    whole, holed = found.exposures["tilted"], fit(prices, levels).exposures["tilted"]
    seen = [factor_index()[name] for name in ("equity_us", "growth_value")]
    assert np.all(np.abs(whole.beta - holed.beta)[seen] <= 3 * whole.se[seen])


def test_no_common_history_is_said() -> None:
    prices, levels, _ = a_market()
    with pytest.raises(DataError, match="common history"):
        fit(prices.iloc[:100], levels)


# ------------------------------------------------------------------------------------------------------- specific risk


def test_peers_are_found_by_what_their_residuals_do() -> None:
    rng = np.random.default_rng(2)
    common = rng.standard_normal((2, 900))
    residual = 0.02 * (np.repeat(common, 3, axis=0) + rng.standard_normal((6, 900)))
    known = np.ones_like(residual, dtype=bool)
    known[5, :500] = False
    matrix = correlation(residual, known)
    groups, names = clusters(matrix, known.sum(axis=1), np.ones(6, dtype=bool), list("abcdef"))
    assert len({names[s] for s in "abc"}) == len({names[s] for s in "def"}) == 1
    assert names["a"] != names["f"]
    for group in groups:
        assert group.share == pytest.approx(0.5 * 900 / 1004, abs=0.12)
    assert np.linalg.eigvalsh(matrix).min() > -1e-10


def test_specific_risk_of_bands_follows_the_last_year() -> None:
    """Noise halves in the last two years: the volatility of bands falls with it, that of the whole sample less."""
    rng = np.random.default_rng(9)
    size = np.where(np.arange(800) < 700, 0.02, 0.01)
    residual = size * rng.standard_normal((1, 800))
    found = specific_risk(residual, np.ones((1, 800)), np.full(800, 0.2))
    assert found.scaled_vol[0] == pytest.approx(0.01 * np.sqrt(52 * (4 - 3 * (1 - 0.5 ** (100 / 65)))), rel=0.1)
    assert found.vol[0] > 1.25 * found.scaled_vol[0]


def test_specific_risk_is_larger_when_vix_is() -> None:
    prices, levels, _ = a_market()
    rng = np.random.default_rng(8)
    size = 0.002 * np.exp(10 * (levels["vix"] - 0.2))
    wild = prices["market"] + np.cumsum(size * rng.standard_normal(len(prices)))
    exposure = fit(prices.assign(wild=wild), levels).exposures["wild"]
    assert exposure.stress_multiplier > 1.1


# ------------------------------------------------------------------------------------------------------------ priors


def test_key_rates_sum_to_the_duration_and_follow_it() -> None:
    for duration in (0.1, 2.0, 7.5, 16.5, 40.0):
        assert key_rates(duration).sum() == pytest.approx(duration)
    assert key_rates(2.0).argmax() < key_rates(7.5).argmax() < key_rates(25.0).argmax()


def test_a_duration_prior_loses_when_rates_and_spreads_rise() -> None:
    prior = with_duration(class_prior(("fund_bond", "bond:corporate")), 8.0, "ig_spread", 8.0)
    assert prior.mean[factor_index()["ust_10y"]] < -1
    assert prior.mean[factor_index()["ig_spread"]] == -8.0
    assert (prior.sd >= 0).all()


def test_the_most_telling_tag_names_the_peers() -> None:
    assert peer_group(("equity", "style:growth", "sector:technology")) == "sector:technology"
    assert peer_group(("equity",)) == ""


def test_other_settings_are_only_tried() -> None:
    before = settings()["prior_dof"]
    with trying(prior_dof=7.0):
        assert settings()["prior_dof"] == 7.0
    assert settings()["prior_dof"] == before
    with pytest.raises(DataError, match="no such setting"), trying(prior_doff=7.0):
        pass


def test_every_asset_of_the_universe_has_a_prior_over_the_factors() -> None:
    for asset in universe().values():
        prior = asset.prior
        assert isinstance(prior, Prior)
        assert prior.mean.shape == prior.sd.shape == (F,)
        assert np.isfinite(prior.mean).all()
