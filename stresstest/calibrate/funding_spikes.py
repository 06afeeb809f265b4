"""Spikes of the funding spread: the logit of a day over 15 bp, and the sizes beyond."""

from __future__ import annotations

import numpy as np
import pandas as pd

from ..tables import parameter_table
from ..units import BP
from .funding_data import setting
from .funding_groups import Group, group_of, prior_moments
from .funding_mode import Mode, posterior_mode

#: From this day the standing repo facility is there.
FACILITY_FROM = pd.Timestamp(2021, 7, 29)
#: Rates are whole basis points: an excess of nothing is one of half a point, bp.
SMALLEST_EXCESS = 0.5
CALENDAR = ("month_end", "first_day", "mid_month")


def spike_level() -> float:
    """The spread that counts as a spike, bp."""
    return parameter_table()["spike_level"].value / BP


def design(record: pd.DataFrame, level: np.ndarray) -> np.ndarray:
    """(D, K) constant, underlying level (bp) and the calendar, in the order of the priors."""
    return np.column_stack([np.ones(len(record)), level, *(record[name].to_numpy(float) for name in CALENDAR)])


def fit_logit(x: np.ndarray, spikes: np.ndarray, mean: np.ndarray, sd: np.ndarray) -> Mode:
    """Logit with normal priors (K,) and Newey-West errors: spikes come in runs."""

    def contributions(parameters: np.ndarray) -> np.ndarray:
        index = x @ parameters
        return spikes * index - np.logaddexp(0.0, index)

    return posterior_mode(contributions, mean, sd, int(setting("spike_lags")))


def fit_spikes(record: pd.DataFrame, level: np.ndarray) -> Group:
    """The logit of ``plumbing.spikes``. level: curve plus predicted demand, bp, one for each day of the record."""
    spikes = (record["spread"] > spike_level()).to_numpy(float)
    mode = fit_logit(design(record, level), spikes, *prior_moments("spikes"))
    return group_of("spikes", mode, f"{len(spikes)} days, {int(spikes.sum())} over {spike_level():g} bp.")


def fit_sizes(record: pd.DataFrame, expected: np.ndarray) -> Group:
    """Generalised Pareto excess, and the depth of the facility that shrinks it; both from few spikes and weak priors.

    expected: underlying level plus calendar premium, bp, one for each day of the record. The excess counts from there
    where that is over the spike level.
    """
    spikes = (record["spread"] > spike_level()).to_numpy()
    values = record["spread"].to_numpy()[spikes] - spike_level()
    start = np.maximum(0.0, expected[spikes] - spike_level())
    capped = np.asarray(record.index[spikes] >= FACILITY_FROM)

    def contributions(parameters: np.ndarray) -> np.ndarray:
        log_scale, shape, log_depth = parameters[0], max(parameters[1], 0.01), np.clip(parameters[2], -5.0, 8.0)
        depth = np.exp(log_depth)
        stretched = np.minimum(values / depth, 50.0)
        latent = np.maximum(np.where(capped, depth * np.expm1(stretched), values) - start, SMALLEST_EXCESS)
        density = -log_scale - (1.0 / shape + 1.0) * np.log1p(shape * latent / np.exp(log_scale))
        return density + np.where(capped, stretched, 0.0)

    mode = posterior_mode(contributions, *prior_moments("sizes"), 0)
    return group_of(
        "sizes", mode, f"{len(values)} excesses over {spike_level():g} bp, {int(capped.sum())} with the facility."
    )
