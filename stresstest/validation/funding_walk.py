"""Walk-forward forecasts of funding spikes: every quarter the model is estimated anew, every morning it is asked."""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

import numpy as np
import pandas as pd

from ..calibrate.funding import curve
from ..calibrate.funding_data import daily_record, setting
from ..calibrate.funding_demand import filtered, law_of
from ..calibrate.funding_estimates import FundingEstimates, estimates_of
from ..calibrate.funding_groups import prior_moments
from ..calibrate.funding_spikes import design, fit_logit, spike_level
from ..plumbing.calendar import funding_day
from ..plumbing.spikes import averaged_logistic, forecast_probability
from ..tables import Draws, draw_parameters
from ..units import BP

#: Business days from the origin of the long forecast to its day: about a month.
AHEAD = 20
#: Draws of the parameters behind each long forecast.
DRAWS = 200
#: Forecasts in the columns of ``WalkForward.table``, the model first.
FORECASTS = ("model", "without_demand", "simple_logit", "base_rate")


@dataclass(frozen=True)
class WalkForward:
    """table: one row for each day; ``spread`` (bp), ``spike``, ``kind`` and the probability of each forecast.

    month_ahead: the same with ``model``, ``without_demand`` and ``base_rate`` made ``AHEAD`` days before.
    level, demand: columns of ``table``, underlying spread and state of demand as predicted in the morning (bp).
    """

    table: pd.DataFrame
    month_ahead: pd.DataFrame
    estimates: Mapping[pd.Timestamp, FundingEstimates]


def walk_forward(observed: Mapping[str, pd.Series], until: date | None = None) -> WalkForward:
    """Forecast every day since SOFR exists from what was known in its morning, re-estimating every quarter."""
    record = daily_record(observed, until)
    quarters = pd.date_range(record.index[0], record.index[-1] + pd.Timedelta(days=1), freq="QS")
    edges = [record.index[0], *quarters[quarters > record.index[0]], record.index[-1] + pd.Timedelta(days=1)]
    near, far, estimates = [], [], {}
    for start, end in itertools.pairwise(edges):
        known = daily_record(observed, start - pd.Timedelta(days=1))
        if len(known) < setting("min_days"):
            near.append(_blind(record[(record.index >= start) & (record.index < end)]))
            continue
        made = estimates[start] = estimates_of(known)
        days = _continued(known, record, end)
        forecasts = _quarter(known, days, made)
        near.append(forecasts[forecasts.index >= start])
        far.append(_month_ahead(record, days[days.index >= start], forecasts, made))
    return WalkForward(pd.concat(near), pd.concat(far).sort_index(), estimates)


def _continued(known: pd.DataFrame, record: pd.DataFrame, end: pd.Timestamp) -> pd.DataFrame:
    """The record as estimated on, then new days with L as known in their mornings."""
    new = record[(record.index > known.index[-1]) & (record.index < end)]
    return pd.concat([known, new.assign(scarcity=new["known_scarcity"])])


def _blind(days: pd.DataFrame) -> pd.DataFrame:
    """Before there is a record: the prior of the logit's constant, for every forecast."""
    rate = float(_logistic(prior_moments("spikes")[0][0]))
    return days.assign(
        spike=days["spread"] > spike_level(), level=np.nan, demand=np.nan, **dict.fromkeys(FORECASTS, rate)
    )


def _quarter(known: pd.DataFrame, days: pd.DataFrame, made: FundingEstimates) -> pd.DataFrame:
    """Forecasts for all ``days`` with the estimates that stand on ``known``."""
    state = filtered(days, made.curve, made.demand)
    demand = state.predicted[0]
    base = curve(made.curve.values, days["scarcity"].to_numpy())
    spikes = (days["spread"] > spike_level()).to_numpy()
    chances = {
        "model": _chance(design(days, base + demand), made.spikes.values, made.spikes.covariance, state.variance)
    }
    taught, (mean, sd) = len(known), prior_moments("spikes")
    usual = float(known["scarcity"].mean())
    for name, level in (("without_demand", base), ("simple_logit", usual - days["scarcity"].to_numpy())):
        x = design(days, level)
        fit = fit_logit(x[:taught], spikes[:taught].astype(float), mean, sd)
        chances[name] = _chance(x, fit.values, fit.covariance, np.zeros(len(days)))
    chances["base_rate"] = np.full(len(days), _rate(spikes[:taught]))
    return days.assign(spike=spikes, level=base + demand, demand=demand, **chances)


def _chance(x: np.ndarray, values: np.ndarray, covariance: np.ndarray, level_variance: np.ndarray) -> np.ndarray:
    """Predictive probability: the logit averaged over the error of its estimates and of the underlying level."""
    variance = np.einsum("dk,kl,dl->d", x, covariance, x) + values[1] ** 2 * level_variance
    return averaged_logistic(x @ values, np.sqrt(variance))


def _rate(spikes: np.ndarray) -> float:
    """Share of spikes so far, with the prior of the constant counted as so many days."""
    weight, prior = setting("min_days"), _logistic(prior_moments("spikes")[0][0])
    return float((spikes.sum() + weight * prior) / (len(spikes) + weight))


def _month_ahead(
    record: pd.DataFrame, origins: pd.DataFrame, forecasts: pd.DataFrame, made: FundingEstimates
) -> pd.DataFrame:
    """Forecasts for the day ``AHEAD`` business days after each origin: demand fades, L stays, the calendar is known."""
    where = record.index.get_indexer(origins.index) + AHEAD
    inside = where < len(record)
    target, origin = record.iloc[where[inside]], forecasts.loc[origins.index[inside]]
    mean, variance = law_of(made.demand).ahead(AHEAD, origin["demand"].to_numpy(), made.state_sd**2)
    base = (origin["level"] - origin["demand"]).to_numpy()
    p = draw_parameters(DRAWS, np.random.default_rng(0), made.estimated())
    chance = {
        "model": _future(target, base + mean, float(np.sqrt(variance)), p),
        "without_demand": _future(target, base, float(np.sqrt(variance)), p),
    }
    return target.assign(spike=target["spread"] > spike_level(), base_rate=origin["base_rate"].to_numpy(), **chance)


def _future(target: pd.DataFrame, level: np.ndarray, sd: float, p: Draws) -> np.ndarray:
    """Probability of a spike on each day, averaged over a normal level (bp) and over draws of the parameters."""
    wide = np.full(1, BP * sd)
    days = [funding_day(day.date()) for day in target.index]
    return np.array(
        [forecast_probability(day, np.array([BP * x]), wide, p).mean() for day, x in zip(days, level, strict=True)]
    )


def _logistic(index: np.ndarray | float) -> np.ndarray:
    return 1.0 / (1.0 + np.exp(-np.asarray(index)))
