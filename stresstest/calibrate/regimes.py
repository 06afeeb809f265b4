"""Calm and stressed weeks, and the moments of the factors in each."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pandas as pd

from ..exposures.moments import centre_and_spread, gaussian_moments
from ..exposures.priors import settings
from ..market.history import History
from ..tables import factor_table
from ..transmission.bounds import scaled_by_level
from ..units import WEEKS_A_YEAR
from .constants import constant

#: Groups of factors.csv whose noise is not a weekly covariance.
OWN_LAW = ("funding", "macro")


@dataclass(frozen=True)
class StressWeeks:
    """Which weeks are stressed. flag: by week. begins: first weeks of spells. share: stressed, of all weeks.

    spell_weeks: mean length of a spell. enter, leave: levels of the VIX (decimal) at which one begins and ends.
    """

    flag: pd.Series
    begins: pd.Series
    share: float
    spell_weeks: float
    enter: float
    leave: float


@dataclass(frozen=True)
class FactorMoments:
    """Weekly covariances, calm and stressed, each (F', F') over the factors with a history.

    entry: by factor, the mean move of the week that begins a spell less the mean of all weeks, its standard error, and
    the number of such weeks. persistence: see ``persistence``. logs: see ``_log_moments``.
    """

    stress: StressWeeks
    calm: pd.DataFrame
    stressed: pd.DataFrame
    entry: pd.DataFrame
    persistence: pd.DataFrame
    logs: pd.DataFrame


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
    flag = stress_flags(vix, shares, enter, leave)
    begins = flag & ~flag.shift(1, fill_value=False)
    return StressWeeks(flag, begins, float(flag.mean()), float(flag.sum() / max(begins.sum(), 1)), enter, leave)


def stress_flags(vix: pd.Series, shares: pd.Series, enter: float, leave: float) -> pd.Series:
    """Which weeks are stressed by the rule of ``stress_weeks``, from weekly VIX and returns of shares."""
    state = pd.Series(np.nan, index=vix.index)
    state[vix <= leave] = 0.0
    state[(vix > enter) | (shares <= constant("enter_fall"))] = 1.0
    return state.ffill().fillna(0.0).astype(bool)


def factor_moments(history: History) -> FactorMoments | None:
    """Moments of the factors with a history, without the funding spread, which the plumbing makes, and without the
    macroeconomic figures, which arrive once a month.

    None when the sample has too few stress weeks.
    """
    stress = stress_weeks(history)
    moves = history.factors.loc[stress.flag.index]
    names = [factor.name for factor in factor_table() if factor.group not in OWN_LAW]
    moves = moves[[name for name in names if moves[name].count() >= settings()["min_factor_weeks"]]]
    if stress.flag.sum() < constant("min_regime_weeks"):
        return None
    entry = _entry(moves, stress.begins)
    # The fall that begins a spell is drawn as such; left in the covariance it would be counted twice.
    around = moves.sub(np.outer(stress.begins, entry["mean"] + moves.mean()))
    calm, stressed = (regime_covariance(around, stress.flag == wanted) for wanted in (False, True))
    return FactorMoments(stress, calm, stressed, entry, persistence(history), _log_moments(history, stress))


def _log_levels(history: History) -> pd.DataFrame:
    """Logarithms of the weekly levels of spreads and volatilities, whose moves grow with their level."""
    levels = history.levels.reindex(pd.DatetimeIndex(history.factors.index))
    known = [name for name in scaled_by_level() if name in levels]
    return levels[known].transform(np.log)


def _log_moments(history: History, stress: StressWeeks) -> pd.DataFrame:
    """Weekly changes in logarithms: standard deviation in calm and in stress, mean of the week that begins a spell."""
    moves = _log_levels(history).diff().loc[stress.flag.index]
    later = stress.flag & ~stress.begins
    return pd.DataFrame({
        "calm": moves[~stress.flag].std(),
        "stress": moves[later].std(),
        "entry": moves[stress.begins].mean() - moves.mean(),
    })  # fmt: skip


def persistence(history: History) -> pd.DataFrame:
    """How rates, spreads and volatilities scale with the horizon: rows by factor, columns ratio_13, ratio_52, memory,
    momentum.

    ratio_k: variance of k-week changes over k times that of one week, since 1990. A factor whose 52-week ratio is below
    the first bound returns to a mean: memory is the weekly persistence of a first-order autoregression of its level
    with that ratio. One above the second bound trends: momentum is the autocorrelation of weekly changes that gives its
    13-week ratio. All others walk freely and have no row. Returns walk freely by assumption. Spreads and volatilities
    count in logarithms.
    """
    rows = {}
    levels = history.levels.reindex(pd.DatetimeIndex(history.factors.index))
    levels = levels.assign(**_log_levels(history))
    for factor in factor_table():
        level = levels[factor.name].dropna()
        if factor.kind != "change" or factor.group in OWN_LAW or len(level) < settings()["min_factor_weeks"]:
            continue
        quarter, year = (variance_ratio(level, weeks) for weeks in (13, WEEKS_A_YEAR))
        memory = _solve(lambda rho: _geometric(rho, WEEKS_A_YEAR), year) if year < constant("returning_ratio") else 1.0
        momentum = _solve(lambda phi: _trending(phi, 13), quarter) if year > constant("trending_ratio") else 0.0
        if memory < 1.0 or momentum > 0.0:
            rows[factor.name] = (quarter, year, memory, momentum)
    columns = ["ratio_13", "ratio_52", "memory", "momentum"]
    return pd.DataFrame.from_dict(rows, orient="index", columns=columns)


def variance_ratio(level: pd.Series, weeks: int) -> float:
    """Variance of changes over ``weeks`` against ``weeks`` times that of one week (Lo and MacKinlay, 1988)."""
    values = level.to_numpy()
    return float((values[weeks:] - values[:-weeks]).var() / np.diff(values).var() / weeks)


def _geometric(rho: float, weeks: int) -> float:
    """The ratio of a first-order autoregressive level."""
    return (1.0 - rho**weeks) / (1.0 - rho) / weeks


def _trending(phi: float, weeks: int) -> float:
    """The ratio when weekly changes have autocorrelation ``phi``."""
    lags = np.arange(1, weeks)
    return float(1.0 + 2.0 * ((1.0 - lags / weeks) * phi**lags).sum())


def _solve(ratio: Callable[[float], float], wanted: float) -> float:
    """The autocorrelation between zero and one at which a rising ``ratio`` is ``wanted``."""
    low, high = 0.0, 1.0 - 1e-9
    while high - low > 1e-6:
        middle = (low + high) / 2
        low, high = (middle, high) if ratio(middle) < wanted else (low, middle)
    return low


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


def _entry(moves: pd.DataFrame, begins: pd.Series) -> pd.DataFrame:
    first = moves[begins]
    weeks = first.count()
    table = pd.DataFrame({"mean": first.mean() - moves.mean(), "se": first.std() / np.sqrt(weeks.clip(lower=1))})
    return table.where(weeks > 1, 0.0).assign(weeks=weeks)
