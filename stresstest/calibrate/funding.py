"""The funding curve: SOFR less the rate on reserves against the scarcity of liquidity, on ordinary days."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from ..exposures.posterior import newey_west
from ..market.history import History
from ..units import BP, PERCENT
from .constants import constant

#: Months that teach the curve. Left out: 2020-03 to 2021-06, when reserves grew by a third in weeks and repo did not
#: price scarcity.
SAMPLE = (("2018-04", "2020-02"), ("2021-07", "2999-12"))
#: Start of the search: floor in bp, slope in bp a point, kink in percent of bank assets.
START = (-10.0, 1.0, 20.0)


@dataclass(frozen=True)
class FundingCurve:
    """spread = floor + slope * width * ln(1 + exp((kink - L) / width)), L = (reserves + ON RRP) / bank assets.

    values, errors: floor (bp), slope (bp a point of L), kink (percent of bank assets); errors are Newey-West. rmse: bp.
    """

    values: tuple[float, ...]
    errors: tuple[float, ...]
    rmse: float
    months: int
    sample: str


def curve(parameters: tuple[float, ...] | np.ndarray, scarcity: np.ndarray) -> np.ndarray:
    """Spread in bp at ``scarcity`` L in percent: a floor, and a slope below the kink, joined smoothly."""
    floor, slope, kink = parameters
    width = constant("kink_width")
    return np.asarray(floor + slope * width * np.logaddexp(0.0, (kink - scarcity) / width))


def funding_curve(history: History) -> FundingCurve | None:
    """Least squares on monthly means of ordinary days. None when there are too few months."""
    months = ordinary_months(history)
    if len(months) < constant("min_months"):
        return None
    from scipy.optimize import least_squares

    spread, scarcity = months["spread"].to_numpy(), months["scarcity"].to_numpy()
    fit = least_squares(lambda parameters: curve(parameters, scarcity) - spread, START)
    bread = np.linalg.pinv(fit.jac.T @ fit.jac)
    scores = (fit.jac * fit.fun[:, None])[None]
    errors = np.sqrt(np.diag(bread @ newey_west(scores, int(constant("funding_hac_lags")))[0] @ bread))
    sample = f"{months.index[0]} to {months.index[-1]}"
    return FundingCurve(tuple(fit.x), tuple(errors), float(np.sqrt(np.mean(fit.fun**2))), len(months), sample)


def ordinary_months(history: History) -> pd.DataFrame:
    """By month, the mean over ordinary days of the spread (bp) and of L (percent), inside ``SAMPLE``."""
    sofr, knots = history.observed["SOFR"], history.observed["bank_assets"]
    if sofr.empty or knots.empty:
        return pd.DataFrame(columns=["spread", "scarcity"])
    days = pd.DatetimeIndex(sofr.index)
    liquid = _held(history.observed["reserves"], days) + _held(history.observed["on_rrp"], days)
    bank_assets = np.interp(days.asi8, pd.DatetimeIndex(knots.index).asi8, knots.to_numpy())
    spread = (sofr - _held(history.observed["IORB"], days)) / BP
    daily = pd.DataFrame({"spread": spread, "scarcity": liquid / bank_assets / PERCENT})
    ordinary = daily[ordinary_days(days)].dropna()
    months = ordinary.groupby(pd.DatetimeIndex(ordinary.index).to_period("M")).mean()
    inside = [(months.index >= first) & (months.index <= last) for first, last in SAMPLE]
    return months[np.logical_or.reduce(inside)]


def _held(series: pd.Series, days: pd.DatetimeIndex) -> pd.Series:
    """The last value at or before each day."""
    return series.reindex(series.index.union(days)).ffill().reindex(days)


def ordinary_days(days: pd.DatetimeIndex) -> np.ndarray:
    """Not the first or last business day of a month, nor mid-month settlement (also tax day) or the day after it."""
    month = days.to_period("M")
    changes = np.asarray(month[1:] != month[:-1])
    first, last = np.r_[True, changes], np.r_[changes, True]
    past_middle = np.asarray(days.day >= 15)
    settlement = past_middle & (first | ~np.r_[False, past_middle[:-1]])
    return np.asarray(~(first | last | settlement | np.r_[False, settlement[:-1]]))
