"""Bayesian ridge regression of many assets on the factors at once.

For each asset, weekly log returns = constant + moves @ beta + noise, with beta ~ N(prior mean, (strength x prior sd)^2)
and Student t noise (by reweighting). Recent weeks count more (exponential half-life). The posterior mean is the ridge
estimate about the prior mean; its standard error is a sandwich with Newey-West scores, so it does not trust the
residuals to be independent, normal, or of one size (Müller, 2013, on sandwich posteriors).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

import numpy as np
import pandas as pd

from ..errors import DataError, Problem
from ..records import Exposure
from ..tables import factor_index, factor_names, read_table
from ..units import WEEKS_A_YEAR
from .moments import gaussian_moments
from .posterior import Posterior, Sample, log_evidence, posterior, standard_errors
from .priors import PACKAGE, Prior, settings

#: Precision of the prior of the constant, in weekly returns: a hundred percent a week, so no prior at all.
FLAT = 1.0


@dataclass(frozen=True)
class Estimation:
    """Exposures by symbol, and how firmly each class was held to its prior.

    strength: multiplier of the prior sd by class. skipped: symbols with too few returns, with their number of weeks.
    """

    exposures: Mapping[str, Exposure]
    strength: Mapping[str, float]
    observations: Mapping[str, int]
    skipped: Mapping[str, int]


def estimate(
    returns: pd.DataFrame, moves: pd.DataFrame, priors: Mapping[str, Prior], classes: Mapping[str, str]
) -> Estimation:
    """Exposures of every column of ``returns`` that has enough weeks.

    returns: (weeks, N) log returns in USD, NaN where missing. moves: (weeks, F) with the columns of factors.csv, NaN
    where missing; missing moves are replaced by their expectation given the moves of the same week. priors, classes: by
    symbol; assets of a class share one prior strength. Nothing after the last week of ``returns`` is used.

    Raises DataError when no week is common to both.
    """
    first = pd.Timestamp(int(settings()["first_year"]), 1, 1)
    weeks = pd.DatetimeIndex(moves.index[moves.notna().any(axis=1)].intersection(returns.index))
    weeks = weeks[weeks >= first]
    if not len(weeks):
        found, expected = "no common week", f"weekly returns and moves since {first.year}"
        raise DataError(Problem(None, "week", found, expected, "Check the dates of the prices."))
    counts = returns.loc[weeks].notna().sum()
    symbols = [s for s in returns.columns if counts[s] >= settings()["min_weeks"]]
    used = [f for f in factor_names() if moves.loc[weeks, f].notna().sum() >= settings()["min_factor_weeks"]]
    sample = _sample(returns.loc[weeks, symbols], moves.loc[weeks, used])
    fitted = _fit(sample, [priors[s] for s in symbols], np.array([classes[s] for s in symbols]), used)
    exposures = {s: _exposure(s, i, fitted, sample, priors[s], used, weeks) for i, s in enumerate(symbols)}
    return Estimation(
        exposures=exposures,
        strength=fitted.strength,
        observations={s: int(counts[s]) for s in symbols},
        skipped={str(s): int(n) for s, n in counts.items() if s not in exposures},
    )


@dataclass(frozen=True)
class _Fitted:
    posterior: Posterior
    se: np.ndarray
    strength: Mapping[str, float]


def _sample(returns: pd.DataFrame, moves: pd.DataFrame) -> Sample:
    """Standardised moves with a constant, returns and weights, as arrays."""
    filled = gaussian_moments(moves.to_numpy()).filled
    scale = filled.std(axis=0)
    age = np.arange(len(filled) - 1, -1, -1)
    decay = 0.5 ** (age / settings()["half_life_weeks"])
    y = returns.to_numpy().T
    x = np.column_stack([filled / scale, np.ones(len(filled))])
    return Sample(x, np.nan_to_num(y), np.where(np.isnan(y), 0.0, decay), scale)


def _standardised(priors: list[Prior], used: list[str], scale: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Prior means and sd of the betas on standardised moves and of the constant, each (N, K)."""
    where = [factor_index()[name] for name in used]
    mean = np.column_stack([[p.mean[where] * scale for p in priors], np.zeros(len(priors))])
    sd = np.column_stack([[p.sd[where] * scale for p in priors], np.full(len(priors), FLAT)])
    return mean, sd


@cache
def _strengths() -> tuple[float, ...]:
    return tuple(float(row["strength"]) for row in read_table(PACKAGE, "strengths.csv"))


def _fit(sample: Sample, priors: list[Prior], classes: np.ndarray, used: list[str]) -> _Fitted:
    """The posterior at the strength that each class prefers. Assets that are factors themselves have no say."""
    mean, sd = _standardised(priors, used, sample.scale)
    trials = [posterior(sample, mean, _scaled(sd, strength)) for strength in _strengths()]
    evidence = np.array([log_evidence(sample, trial) for trial in trials])
    exact = trials[-1].r_squared > settings()["exact_r_squared"]
    strength = {}
    for name in sorted(set(classes.tolist())):
        voters = (classes == name) & ~exact
        strength[name] = _strengths()[int(evidence[:, voters].sum(axis=1).argmax())] if voters.any() else 1.0
    fitted = posterior(sample, mean, _scaled(sd, np.array([[strength[c]] for c in classes])))
    return _Fitted(fitted, standard_errors(sample, fitted), strength)


def _scaled(sd: np.ndarray, strength: np.ndarray | float) -> np.ndarray:
    scaled = sd * strength
    scaled[:, -1] = FLAT
    return scaled


def _exposure(
    symbol: str, i: int, fitted: _Fitted, sample: Sample, prior: Prior, used: list[str], weeks: pd.DatetimeIndex
) -> Exposure:
    """Back to natural units; factors without a history stay at the prior."""
    beta, se = prior.mean.copy(), prior.sd.copy()
    where = [factor_index()[name] for name in used]
    beta[where] = fitted.posterior.mean[i, :-1] / sample.scale
    se[where] = fitted.se[i, :-1] / sample.scale
    seen = weeks[sample.weight[i] > 0]
    residual_sd = float(fitted.posterior.residual_sd[i])
    return Exposure(
        symbol=symbol,
        beta=beta,
        se=se,
        residual_vol=residual_sd * WEEKS_A_YEAR**0.5 if residual_sd > settings()["noise_floor"] else 0.0,
        source="price history",
        sample=f"{seen[0].date()} to {seen[-1].date()}, {len(seen)} weeks",
        r_squared=float(fitted.posterior.r_squared[i]),
    )
