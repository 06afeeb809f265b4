"""The regression against other people's implementations, and what must be true of any answer."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from sklearn.linear_model import Ridge

from stresstest.exposures import posterior as module
from stresstest.exposures.estimation import estimate
from stresstest.exposures.posterior import Sample, log_evidence, posterior, ridge, standard_errors
from stresstest.exposures.priors import Prior, class_prior, key_rates, settings, universe, with_duration
from stresstest.tables import factor_index, factor_names

F = len(factor_names())


def a_sample(weeks: int = 300, assets: int = 5, factors: int = 4, seed: int = 1) -> tuple[Sample, np.ndarray]:
    rng = np.random.default_rng(seed)
    moves = rng.standard_normal((weeks, factors)) @ np.linalg.cholesky(0.5 * np.eye(factors) + 0.5)
    betas = rng.standard_normal((assets, factors)) * 0.02
    y = betas @ moves.T + 0.01 * rng.standard_t(5, (assets, weeks)) + 0.001
    x = np.column_stack([moves, np.ones(weeks)])
    return Sample(x, y, np.ones_like(y), np.ones(factors)), betas


def test_the_posterior_mean_is_the_ridge_estimate_about_the_prior() -> None:
    sample, _ = a_sample()
    noise, mean, sd = 0.0002, np.array([0.5, -0.2, 0.0, 0.1, 0.0]), np.array([0.02, 0.01, 0.05, 0.005, 1.0])
    gram = np.repeat((sample.x.T @ sample.x)[None], 5, axis=0)
    ours, _ = ridge(gram, sample.y @ sample.x, np.full(5, noise), np.tile(mean, (5, 1)), np.tile(sd**-2.0, (5, 1)))
    for i in range(5):
        theirs = Ridge(alpha=noise, fit_intercept=False).fit(sample.x * sd, sample.y[i] - sample.x @ mean)
        np.testing.assert_allclose(ours[i], mean + theirs.coef_ * sd, rtol=1e-8, atol=1e-12)


def test_reweighting_ends_at_a_weighted_ridge() -> None:
    sample, _ = a_sample()
    fit = posterior(sample, np.zeros((5, 5)), np.full((5, 5), 0.02))
    for i in range(5):
        model = Ridge(alpha=fit.noise[i] ** 2 / 0.02**2, fit_intercept=False)
        theirs = model.fit(sample.x, sample.y[i], sample_weight=fit.trust[i]).coef_
        np.testing.assert_allclose(fit.mean[i], theirs, rtol=1e-3, atol=1e-6)


def test_without_prior_or_tails_it_is_least_squares_with_newey_west(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "settings", lambda: {**settings(), "student_dof": 1e9})
    sample, _ = a_sample()
    fit = posterior(sample, np.zeros((5, 5)), np.full((5, 5), 1e3))
    ours = standard_errors(sample, fit)
    for i in range(5):
        options = {"maxlags": int(settings()["hac_lags"]), "use_correction": False}
        theirs = sm.OLS(sample.y[i], sample.x).fit(cov_type="HAC", cov_kwds=options)
        np.testing.assert_allclose(fit.mean[i], theirs.params, rtol=1e-5, atol=1e-9)
        np.testing.assert_allclose(ours[i], theirs.bse, rtol=1e-4)
        assert fit.r_squared[i] == pytest.approx(theirs.rsquared, abs=1e-8)


def test_bands_cover_true_betas_when_noise_is_fat_and_uneven() -> None:
    rng = np.random.default_rng(3)
    weeks, assets, sd = 400, 300, 0.01
    moves = rng.standard_normal((weeks, 4))
    betas = sd * rng.standard_normal((assets, 4))
    uneven = 0.02 * np.where(rng.random((assets, weeks)) < 0.2, 3.0, 1.0)
    y = betas @ moves.T + uneven * rng.standard_t(4, (assets, weeks))
    sample = Sample(np.column_stack([moves, np.ones(weeks)]), y, np.ones_like(y), np.ones(4))
    fit = posterior(sample, np.zeros((assets, 5)), np.full((assets, 5), sd))
    z = (fit.mean[:, :4] - betas) / standard_errors(sample, fit)[:, :4]
    assert 0.86 < np.mean(np.abs(z) < 1.645) < 0.95


def test_a_firm_prior_holds_and_a_loose_one_yields() -> None:
    sample, betas = a_sample(weeks=2000)
    mean = np.full((5, 5), 0.3)
    held = posterior(sample, mean, np.full((5, 5), 1e-6)).mean[:, :4]
    np.testing.assert_allclose(held, 0.3, atol=1e-3)
    loose = posterior(sample, mean, np.full((5, 5), 10.0)).mean[:, :4]
    np.testing.assert_allclose(loose, betas, atol=0.002)


def test_the_evidence_prefers_the_prior_that_made_the_betas() -> None:
    rng = np.random.default_rng(5)
    moves, sd = rng.standard_normal((300, 6)), 0.01
    y = sd * rng.standard_normal((60, 6)) @ moves.T + 0.02 * rng.standard_t(5, (60, 300))
    sample = Sample(np.column_stack([moves, np.ones(300)]), y, np.ones_like(y), np.ones(6))
    strengths = (0.25, 0.5, 1.0, 2.0, 4.0)
    total = [
        log_evidence(sample, posterior(sample, np.zeros((60, 7)), np.full((60, 7), s * sd))).sum() for s in strengths
    ]
    assert strengths[int(np.argmax(total))] == 1.0


# ---------------------------------------------------------------------------------------------- labelled estimation


def a_market(weeks: int = 300) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Moves of every factor but the stablecoin's, and three assets made of them."""
    rng = np.random.default_rng(11)
    index = pd.date_range("2015-01-02", periods=weeks, freq="W-FRI", name="week")
    moves = pd.DataFrame(0.01 * rng.standard_normal((weeks, F)), index=index, columns=list(factor_names()))
    moves["stablecoin"] = np.nan
    noise = 0.005 * rng.standard_normal((weeks, 3))
    returns = pd.DataFrame(
        {
            "market": moves["equity_us"],
            "tilted": 1.2 * moves["equity_us"] + 0.5 * moves["growth_value"] + noise[:, 1],
            "young": (moves["equity_us"] + noise[:, 2]).where(np.arange(weeks) >= weeks - 10),
        }
    )
    return returns, moves


def fit(returns: pd.DataFrame, moves: pd.DataFrame):
    prior = class_prior(("equity",))
    return estimate(returns, moves, dict.fromkeys(returns, prior), dict.fromkeys(returns, "equity"))


def test_known_betas_are_found_and_short_histories_are_left_out() -> None:
    found = fit(*a_market())
    tilted = found.exposures["tilted"]
    for factor, truth in (("equity_us", 1.2), ("growth_value", 0.5), ("ust_10y", 0.0)):
        i = factor_index()[factor]
        assert tilted.beta[i] == pytest.approx(truth, abs=4 * tilted.se[i])
    assert found.exposures["market"].r_squared == pytest.approx(1.0, abs=1e-6)
    assert found.exposures["market"].residual_vol == pytest.approx(0.0, abs=1e-4)
    assert found.skipped == {"young": 10}


def test_a_factor_without_history_stays_at_its_prior() -> None:
    returns, moves = a_market()
    prior = class_prior(("equity",))
    column = factor_index()["stablecoin"]
    exposure = fit(returns, moves).exposures["tilted"]
    assert (exposure.beta[column], exposure.se[column]) == (prior.mean[column], prior.sd[column])


def test_missing_moves_do_not_move_betas_beyond_their_errors() -> None:
    returns, moves = a_market()
    gaps = moves.copy()
    gaps.loc[gaps.index[:150], ["btc", "eth", "sector_communication"]] = np.nan
    whole, holed = fit(returns, moves).exposures["tilted"], fit(returns, gaps).exposures["tilted"]
    assert np.all(np.abs(whole.beta - holed.beta) <= 3 * np.maximum(whole.se, 1e-12))


def test_weeks_after_the_last_return_are_not_used() -> None:
    returns, moves = a_market()
    early = returns.iloc[:200]
    one, other = fit(early, moves), fit(early, moves.iloc[:200])
    np.testing.assert_array_equal(one.exposures["tilted"].beta, other.exposures["tilted"].beta)


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


def test_every_asset_of_the_universe_has_a_prior_over_the_factors() -> None:
    for asset in universe().values():
        prior = asset.prior
        assert isinstance(prior, Prior)
        assert prior.mean.shape == prior.sd.shape == (F,)
        assert np.isfinite(prior.mean).all()
