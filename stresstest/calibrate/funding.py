"""The funding curve: SOFR less the rate on reserves against the scarcity of liquidity, on ordinary days."""

from __future__ import annotations

from functools import partial

import numpy as np
import pandas as pd

from ..tables import parameter_table
from ..units import PERCENT
from .constants import constant
from .funding_data import setting
from .funding_groups import Group, group_of, prior_moments
from .funding_mode import huber, posterior_mode

#: Months that teach the curve. Left out: 2020-03 to 2021-06, when reserves grew by a third in weeks and repo did not
#: price scarcity.
SAMPLE = (("2018-04", "2020-02"), ("2021-07", "2999-12"))


def curve(parameters: np.ndarray | tuple[float, ...], scarcity: np.ndarray) -> np.ndarray:
    """Spread in bp at L in percent: a floor, a slope below the kink, joined smoothly, and convexity where L is scarce.

    parameters: floor (bp), slope (bp a point of L), kink (percent of bank assets), convexity (bp a squared point).
    """
    floor, slope, kink, convexity = parameters
    width = constant("kink_width")
    bend = slope * width * np.logaddexp(0.0, (kink - scarcity) / width)
    return np.asarray(floor + bend + convexity * np.maximum(0.0, _scarce() - scarcity) ** 2)


def fit_curve(record: pd.DataFrame) -> Group:
    """Robust fit to monthly means of ordinary days: Huber's loss, weak priors, Newey-West errors."""
    months = ordinary_months(record)
    spread, scarcity = months["spread"].to_numpy(), months["scarcity"].to_numpy()
    loss = partial(huber, bound=setting("huber"), scale=setting("month_noise"))
    mean, sd = prior_moments("curve")
    lags = int(constant("funding_hac_lags"))
    mode = posterior_mode(lambda parameters: loss(spread - curve(parameters, scarcity)), mean, sd, lags)
    rmse = float(np.sqrt(np.mean((spread - curve(mode.values, scarcity)) ** 2))) if len(months) else float("nan")
    sample = (
        f"Monthly means of ordinary days, {_span(months)} without 2020-03 to 2021-06, {len(months)} months; "
        f"RMSE {rmse:.2f} bp."
    )
    return group_of("curve", mode, sample)


def ordinary_months(record: pd.DataFrame) -> pd.DataFrame:
    """By month, the mean over ordinary days of the spread (bp) and of L (percent), inside ``SAMPLE``."""
    ordinary = record.loc[record["ordinary"], ["spread", "scarcity"]]
    months = ordinary.groupby(pd.DatetimeIndex(ordinary.index).to_period("M")).mean()
    inside = [(months.index >= first) & (months.index <= last) for first, last in SAMPLE]
    return months[np.logical_or.reduce(inside)]


def _scarce() -> float:
    """L in percent below which the curve is convex."""
    return parameter_table()["funding_scarce"].value / PERCENT


def _span(table: pd.DataFrame) -> str:
    return f"{table.index[0]} to {table.index[-1]}" if len(table) else "none"
