"""Premiums of the calendar over the level around a day, and their growth as liquidity becomes scarce."""

from __future__ import annotations

from functools import partial

import numpy as np
import pandas as pd

from ..plumbing.calendar import KINDS
from ..tables import parameter_table
from ..units import PERCENT
from .funding_data import setting
from .funding_groups import Group, group_of, prior_moments, priors
from .funding_mode import huber, posterior_mode


def fit_calendar(record: pd.DataFrame) -> Group:
    """Robust fit of premium x exp(growth x (calendar point - L)) to spreads less their local level."""
    table = premiums(record)
    kinds = [prior.name.removeprefix("calendar_") for prior in priors("calendar")[:-1]]
    dummies = np.stack([table["kind"].to_numpy() == kind for kind in kinds], axis=1).astype(float)
    gap = _calendar_point() - table["scarcity"].to_numpy()
    premium = table["premium"].to_numpy()
    loss = partial(huber, bound=setting("huber"), scale=setting("day_noise"))

    def contributions(parameters: np.ndarray) -> np.ndarray:
        growth = np.exp(np.clip(parameters[-1] * gap, -20.0, 5.0))
        return loss(premium - growth * (dummies @ parameters[:-1]))

    mode = posterior_mode(contributions, *prior_moments("calendar"), int(setting("calendar_lags")))
    counts = ", ".join(f"{int(dummies[:, i].sum())} {kind}" for i, kind in enumerate(kinds))
    return group_of("calendar", mode, f"Days of the calendar: {counts}.")


def expected_premium(record: pd.DataFrame, calendar: Group) -> np.ndarray:
    """Premium of each day of the record, bp; zero on an ordinary one."""
    base = {prior.name.removeprefix("calendar_"): calendar[prior.name] for prior in priors("calendar")[:-1]}
    growth = np.exp(calendar["calendar_scarcity"] * (_calendar_point() - record["scarcity"].to_numpy()))
    return record["kind"].map(base).fillna(0.0).to_numpy() * growth


def premiums(record: pd.DataFrame) -> pd.DataFrame:
    """Days of the calendar: kind, L (percent), and the spread less the median of the ordinary days around it (bp)."""
    level = record["spread"].where(record["ordinary"])
    window = 2 * int(setting("level_days")) + 1
    local = level.rolling(window, center=True, min_periods=3).median()
    table = record.assign(premium=record["spread"] - local)
    return table[(table["kind"] != KINDS[-1]) & table["premium"].notna()][["kind", "scarcity", "premium"]]


def _calendar_point() -> float:
    return parameter_table()["calendar_point"].value / PERCENT
