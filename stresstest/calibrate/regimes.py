"""Calm and stressed weeks, and the moments of the factors in each."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from ..exposures.moments import centre_and_spread, gaussian_moments
from ..exposures.priors import settings
from ..market.history import History
from ..tables import factor_table
from .constants import constant


@dataclass(frozen=True)
class StressWeeks:
    """Which weeks are stressed. flag: by week. share: of all weeks. spell_weeks: mean length of a spell.

    enter, leave: levels of the VIX (decimal) at which a spell begins and ends.
    """

    flag: pd.Series
    share: float
    spell_weeks: float
    enter: float
    leave: float


@dataclass(frozen=True)
class FactorMoments:
    """Weekly covariances, calm and stressed, each (F', F') over the factors with a history.

    drift: by factor, the mean stressed move less the overall mean, its standard error, and the number of stress weeks.
    """

    stress: StressWeeks
    calm: pd.DataFrame
    stressed: pd.DataFrame
    drift: pd.DataFrame


def sample_weeks(history: History) -> pd.DatetimeIndex:
    """Weeks of the estimation sample, those with a VIX."""
    weeks = pd.DatetimeIndex(history.factors.index)
    return weeks[(weeks.year >= int(settings()["first_year"])) & history.factors["vix"].notna().to_numpy()]


def stress_weeks(history: History) -> StressWeeks:
    """Spells begin when the VIX or the fall of a week is extreme, and end when the VIX is back to ordinary highs.

    The two levels are quantiles of the sample. A level alone would break one crisis into many spells of three weeks,
    each selected for its fall.
    """
    weeks = sample_weeks(history)
    vix, shares = history.levels["vix"].loc[weeks], history.factors["equity_us"].loc[weeks]
    enter, leave = (float(vix.quantile(constant(name))) for name in ("enter_quantile", "leave_quantile"))
    state = pd.Series(np.nan, index=weeks)
    state[vix <= leave] = 0.0
    state[(vix > enter) | (shares <= constant("enter_fall"))] = 1.0
    flag = state.ffill().fillna(0.0).astype(bool)
    begins = flag & ~flag.shift(1, fill_value=False)
    return StressWeeks(flag, float(flag.mean()), float(flag.sum() / max(begins.sum(), 1)), enter, leave)


def factor_moments(history: History) -> FactorMoments | None:
    """Moments of the factors with a history, but not of the funding spread, which the plumbing makes.

    None when the sample has too few stress weeks.
    """
    stress = stress_weeks(history)
    moves = history.factors.loc[stress.flag.index]
    names = [factor.name for factor in factor_table() if factor.group != "funding"]
    moves = moves[[name for name in names if moves[name].count() >= settings()["min_factor_weeks"]]]
    if stress.flag.sum() < constant("min_regime_weeks"):
        return None
    calm, stressed = (regime_covariance(moves, stress.flag == wanted) for wanted in (False, True))
    return FactorMoments(stress, calm, stressed, _drift(moves, stress.flag))


def regime_covariance(moves: pd.DataFrame, flag: pd.Series) -> pd.DataFrame:
    """Covariance of the flagged weeks; histories of unequal length by EM, short ones leaning on the whole sample."""
    regime = moves[flag].to_numpy()
    everything = gaussian_moments(moves.to_numpy()).covariance
    joint = gaussian_moments(regime, _correlation(everything), constant("prior_weeks")).covariance
    sd = np.sqrt(_regime_variance(regime, moves.to_numpy()))
    return pd.DataFrame(_correlation(joint) * np.outer(sd, sd), index=moves.columns, columns=moves.columns)


def _regime_variance(regime: np.ndarray, moves: np.ndarray) -> np.ndarray:
    """(F',) variances in the regime, pulled to the factor's own overall variance times the typical ratio of the two."""
    count = (~np.isnan(regime)).sum(axis=0)
    own, overall = (centre_and_spread(values)[1] ** 2 for values in (regime, moves))
    long = count >= settings()["min_factor_weeks"]
    typical = float(np.median(own[long] / overall[long])) if long.any() else 1.0
    seen, pull = np.where(count > 1, count, 0), constant("variance_weeks")
    return np.asarray((seen * own + pull * typical * overall) / (seen + pull))


def _correlation(covariance: np.ndarray) -> np.ndarray:
    sd = np.sqrt(np.diag(covariance))
    return np.asarray(covariance / np.outer(sd, sd))


def _drift(moves: pd.DataFrame, flag: pd.Series) -> pd.DataFrame:
    stressed = moves[flag]
    weeks = stressed.count()
    table = pd.DataFrame({"mean": stressed.mean() - moves.mean(), "se": stressed.std() / np.sqrt(weeks.clip(lower=1))})
    return table.where(weeks > 1, 0.0).assign(weeks=weeks)
