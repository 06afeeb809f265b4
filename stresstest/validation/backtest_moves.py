"""Twelve-week factor moves forecast as on a past day, with regimes and covariances like those of the generator.

Calm and stress weeks, their covariances, the fall that begins a spell and the persistence of levels come from weeks
before the day; the plan plays no part. The regime of the day is known from VIX. Sampled weeks start earlier than those
of the tables that ship (2007), so that the first years of the test have a crisis to learn from. It is simpler than the
generator: size does not follow implied volatility or the level of spreads, spreads have no bound, the currency is never
in doubt, and rates lead with one probability at any inflation. Where it is right, that is no proof of the generator.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from ..calibrate.constants import constant
from ..calibrate.regimes import OWN_LAW, persistence, regime_covariance
from ..exposures.priors import settings
from ..market.history import History
from ..records import FactorPaths
from ..tables import TENORS, factor_index, factor_names, factor_table, parameter_table
from ..transmission.moments import reverse
from ..transmission.noise import Accumulation, variates
from ..units import WEEKS_A_YEAR

FIRST_YEAR = 1994
SHARES = "equity_us"
#: What the notes of checks on these forecasts say.
LEFT_OUT = (
    "Moves are simpler than the generator's: they follow neither implied volatility nor the level of spreads, which "
    "have no bound, and the currency is never in doubt."
)


@dataclass(frozen=True, eq=False)
class Forecast:
    """What was known of factor moves.

    roots: (leader, regime, F, F), leaders flight to safety and rates, regimes calm and stressed.
    entry: (F,) mean move of the week that begins a spell. enter, leave: weekly hazards. law: how weeks add up.
    rule: levels of VIX at which spells begin and end.
    """

    roots: np.ndarray
    entry: np.ndarray
    enter: float
    leave: float
    law: Accumulation
    rule: tuple[float, float]


def known_until(history: History, day: pd.Timestamp) -> History:
    """The history without anything after ``day``."""
    tables = {name: getattr(history, name).loc[:day] for name in ("factors", "assets", "levels", "log_prices")}
    observed = {name: series.loc[:day] for name, series in history.observed.items()}
    return History(as_of=day.date(), observed=observed, **tables)


def fridays(history: History) -> pd.DatetimeIndex:
    """Ends of weeks up to the last one on which rates and shares are all known: some series end before others."""
    core = history.levels[[*TENORS, SHARES]].notna().all(axis=1)
    return pd.DatetimeIndex(history.factors.loc[: core.index[core][-1]].index)


def forecast(known: History) -> Forecast:
    """Estimates from everything in ``known``."""
    weeks = _weeks(known)
    vix = known.levels["vix"].loc[weeks]
    rule = (float(vix.quantile(constant("enter_quantile"))), float(vix.quantile(constant("leave_quantile"))))
    flag = stressed_weeks(known, rule)
    moves = known.factors.loc[weeks]
    names = [factor.name for factor in factor_table() if factor.group not in OWN_LAW]
    moves = moves[[name for name in names if moves[name].count() >= settings()["min_factor_weeks"]]]
    begins = flag & ~flag.shift(1, fill_value=False)
    entry = moves[begins].mean() - moves.mean()
    around = moves.sub(np.outer(begins, moves[begins].mean()))
    covariances = [_full(regime_covariance(around, flag == wanted)) for wanted in (False, True)]
    roots = np.stack([_by_leader(covariance) for covariance in covariances], axis=1)
    spell = float(flag.sum() / max(begins.sum(), 1))
    return Forecast(
        roots, entry.reindex(factor_names()).fillna(0.0).to_numpy(), float(begins.sum() / (~flag).sum()), 1.0 / spell,
        _law(persistence(known)), rule,
    )  # fmt: skip


def _weeks(known: History) -> pd.DatetimeIndex:
    weeks = pd.DatetimeIndex(known.factors.index)
    there = known.factors[["vix", SHARES]].notna().all(axis=1).to_numpy()
    return weeks[(weeks.year >= FIRST_YEAR) & there]


def stressed_weeks(history: History, rule: tuple[float, float]) -> pd.Series:
    """Which weeks are stressed under ``rule``; a week looks at itself and those before it only."""
    weeks = _weeks(history)
    vix, shares = history.levels["vix"].loc[weeks], history.factors[SHARES].loc[weeks]
    state = pd.Series(np.nan, index=weeks)
    state[vix <= rule[1]] = 0.0
    state[(vix > rule[0]) | (shares <= constant("enter_fall"))] = 1.0
    return state.ffill().fillna(0.0).astype(bool)


def _full(covariance: pd.DataFrame) -> np.ndarray:
    return np.asarray(covariance.reindex(index=factor_names(), columns=factor_names()).fillna(0.0))


def _by_leader(covariance: np.ndarray) -> np.ndarray:
    """(2, F, F) roots: as estimated, and with the link from rates to shares turned round."""
    values, vectors = np.linalg.eigh(covariance)
    root = vectors * np.sqrt(np.maximum(values, 0.0)) @ vectors.T
    return np.stack([root, reverse(covariance, tuple(TENORS), SHARES) @ root])


def _law(table: pd.DataFrame) -> Accumulation:
    memory, momentum = np.ones(len(factor_names())), np.zeros(len(factor_names()))
    for name, row in table.iterrows():
        memory[factor_index()[str(name)]], momentum[factor_index()[str(name)]] = row["memory"], row["momentum"]
    return Accumulation(memory, momentum)


def cloud(found: Forecast, stressed: bool, weeks: int, paths: int, seed: int) -> FactorPaths:
    """Moves over ``weeks`` from a calm or a stressed start; the same chance for every forecast of a seed."""
    rng = np.random.default_rng(seed)
    normal, chance = variates(paths, weeks, rng), rng.random((paths, weeks))
    rates = (rng.random(paths) < parameter_table()["rate_led"].value).astype(int)
    state = np.full(paths, stressed)
    turbulent, begins = np.empty((2, paths, weeks), dtype=bool)
    for week in range(weeks):
        begins[:, week] = ~state & (chance[:, week] < found.enter)
        state = np.where(state, chance[:, week] >= found.leave, begins[:, week])
        turbulent[:, week] = state
    impulse = np.stack([found.law.impulse(weeks, f) for f in range(normal.shape[2])], axis=1)
    moves = np.zeros((paths, normal.shape[2]))
    for leader in (0, 1):
        rows = rates == leader
        for regime, inside in enumerate((~turbulent[rows], turbulent[rows])):
            root = found.roots[leader, regime]
            for week in range(weeks):
                moves[rows] += (normal[rows, week] * inside[:, week, None]) @ root.T * impulse[week]
    expected = _expected_entries(found, stressed, weeks)
    moves += (begins.sum(axis=1) - expected)[:, None] * found.entry
    return FactorPaths(
        moves, moves[:, None, :], ("market",), np.full(paths, 1.0 / paths), weeks / WEEKS_A_YEAR, seed=seed
    )


def _expected_entries(found: Forecast, stressed: bool, weeks: int) -> float:
    """Mean number of spells that begin: their fall is risk, not a forecast of the mean."""
    state, entries = float(stressed), 0.0
    for _ in range(weeks):
        begin = (1.0 - state) * found.enter
        entries += begin
        state = state * (1.0 - found.leave) + begin
    return entries
