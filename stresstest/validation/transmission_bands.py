"""F1 and F4: bands and densities of the factors over four weeks, from what was known before 2023, scored on 2023-26."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd

from ..calibrate.regimes import variance_ratio
from ..market.history import History, load_history
from ..records import Check
from ..transmission.bounds import scaled_by_level
from ..units import WEEKS_A_YEAR, fixed
from .transmission_law import Known, Law, known_from, law
from .transmission_qt2 import mark

ESTIMATED = date(2022, 12, 31)
WEEKS = 4
BANDS = ("ust_2y", "ust_10y", "hy_spread", "equity_us", "usd_broad", "vix", "btc")
JOINT = ("ust_10y", "equity_us", "usd_broad", "hy_spread")
SHARES = "equity_us"
WIDTH = 0.90
#: Rivals look back to here.
SINCE = pd.Timestamp(2007, 1, 1)
PUBLISHED, HORIZON = pd.Timedelta(days=45), pd.Timedelta(weeks=WEEKS)
USES = (
    "Four-week windows; shares less the three-month bill, which they earn in the model; broad dollar for the DXY. "
    "Moments, thresholds, log changes and the answer to VIX and MOVE are of 2007-22; how noise accumulates "
    "(memory.csv) and the hazards of turbulence are of the whole sample, and which factors answer to which index, in "
    "which groups and over which weeks ahead was chosen looking at 2007-26. Windows start in turbulence as paths of "
    "the generator do: where the VIX of the day is over its threshold."
)


@dataclass(frozen=True)
class Windows:
    """starts: first Fridays. moves: (N, factors) what came. laws: of each window."""

    starts: pd.DatetimeIndex
    moves: pd.DataFrame
    laws: tuple[Law, ...]


def checks(data: Path, as_of: date | None, seed: int) -> Iterator[Check]:
    """F1 and F4. Raises DataError for faults of the folder."""
    history = load_history(data, as_of)
    known = known_from(load_history(data, ESTIMATED))
    windows = windows_of(history, known, ESTIMATED, (*BANDS, *JOINT), seed)
    yield from _coverage(windows, history)
    yield _log_score(windows, history)


def windows_of(history: History, known: Known, since: date, factors: Sequence[str], seed: int) -> Windows:
    """Four-week windows after ``since``, none overlapping, and the law of each from ``known`` and its own start."""
    fridays = pd.DatetimeIndex(history.factors.index)
    levels = history.levels.reindex(fridays)
    names = list(dict.fromkeys(factors))
    after = (levels.shift(-WEEKS) - levels)[names]
    after[SHARES] -= levels["ust_3m"] * WEEKS / WEEKS_A_YEAR
    chosen = after.loc[pd.Timestamp(since) :].iloc[::WEEKS].dropna()
    rng = np.random.default_rng([seed, 1])
    laws = [law(known, names, _levels_at(levels, day), _inflation_at(history, day), WEEKS, rng) for day in chosen.index]
    return Windows(pd.DatetimeIndex(chosen.index), chosen, tuple(laws))


def _levels_at(levels: pd.DataFrame, day: pd.Timestamp) -> dict[str, float]:
    """Levels of the bounded factors whose level is known."""
    names = ["hy_spread", "ig_spread", "mortgage_spread", "vix", "move"]
    found = levels[names].to_numpy()[levels.index.get_indexer(pd.DatetimeIndex([day]))[0]]
    return {name: float(level) for name, level in zip(names, found, strict=True) if np.isfinite(level)}


def _inflation_at(history: History, day: pd.Timestamp) -> float:
    """Twelve-month inflation as published on ``day``."""
    return float(history.levels["cpi_inflation"].loc[: day - PUBLISHED].dropna().iloc[-1])


def _coverage(windows: Windows, history: History) -> Iterator[Check]:
    from scipy.stats import kstest

    pit = np.array([one.below(move) for one, move in zip(windows.laws, windows.moves.to_numpy(), strict=True)])
    pit = pit[:, : len(BANDS)]
    least, most = mark("F1", "least"), mark("F1", "most")
    normal = np.array([_normal(windows, history, name) for name in BANDS]).T
    inside, rival = (np.abs(values - 0.5) <= WIDTH / 2 for values in (pit, normal))
    kept = int(((rival.mean(axis=0) >= least) & (rival.mean(axis=0) <= most)).sum())
    by_factor = ", ".join(f"{name} {share:.0%}" for name, share in zip(BANDS, inside.mean(axis=0), strict=True))
    yield Check(
        "F1a", "", "Coverage of 90 percent bands over four weeks, 2023-26", f"{inside.mean():.1%} ({by_factor})",
        "83 to 96 percent inside, all factors together", bool(least <= inside.mean() <= most),
        value=float(inside.mean()), rival="normal with the past variance", rival_value=float(rival.mean()),
        rival_measured=f"{rival.mean():.1%}", note=f"{len(pit)} windows of {len(BANDS)} factors. {USES}",
    )  # fmt: skip
    outside = [name for name, share in zip(BANDS, inside.mean(axis=0), strict=True) if not least <= share <= most]
    yield Check(
        "F1b", "", "The same factor by factor", f"{len(BANDS) - len(outside)} of {len(BANDS)} factors inside",
        "every factor 83 to 96 percent", not outside, value=float(len(BANDS) - len(outside)),
        rival="normal with the past variance", rival_value=float(kept), rival_measured=f"{kept} of {len(BANDS)}",
        note=f"Outside: {', '.join(outside) or 'none'}. A single factor has {len(pit)} windows, of which 39 to 44 may "
        "be inside: a law that is right passes with one factor seven times in eight, with all seven twice in five."
        + "".join(_why_outside(name, history) for name in outside),
    )  # fmt: skip
    p_values, theirs = ([float(kstest(column, "uniform").pvalue) for column in values.T] for values in (pit, normal))
    text = ", ".join(f"{name} {p:.3f}" for name, p in zip(BANDS, p_values, strict=True))
    yield Check(
        "F1c", "", "Probability integral transform is uniform (Kolmogorov-Smirnov)", text,
        "p > 0.01 for every factor", min(p_values) > mark("F1", "p"), value=min(p_values),
        rival="normal with the past variance", rival_value=min(theirs), rival_measured=f"smallest p {min(theirs):.3f}",
        note="No risk premium is assumed: shares and bitcoin rose in these years, which shows here. " + USES,
    )  # fmt: skip


def _why_outside(name: str, history: History) -> str:
    """Size of weekly moves, and how four of them added up, before and after the estimate: which of the two changed."""
    level = history.levels.reindex(pd.DatetimeIndex(history.factors.index))[name].astype(float).dropna()
    level = (level.transform(np.log) if name in scaled_by_level() else level).loc[SINCE:]
    parts = (level.loc[: pd.Timestamp(ESTIMATED)], level.loc[pd.Timestamp(ESTIMATED) :])
    sizes, added = ([measure(part) for part in parts] for measure in (_weekly_sd, lambda x: variance_ratio(x, WEEKS)))
    return (
        f" {name}: its weekly moves were {sizes[1] / sizes[0]:.2f} times as large as in 2007-22, {WEEKS} of them had "
        f"{added[1]:.2f} times the variance of independent weeks, {added[0]:.2f} times in 2007-22."
    )


def _weekly_sd(level: pd.Series) -> float:
    return float(level.diff().std())


def _normal(windows: Windows, history: History, name: str) -> np.ndarray:
    """Rival: probability of a smaller move under mean zero and the variance of all four-week moves until then."""
    from scipy.special import ndtr

    past = _past(history, [name])
    sd = [float(np.sqrt((past[past.index <= day - HORIZON] ** 2).mean().iloc[0]))
          for day in windows.starts]  # fmt: skip
    return np.asarray(ndtr(windows.moves[name].to_numpy() / np.array(sd)))


def _past(history: History, names: list[str]) -> pd.DataFrame:
    """Overlapping four-week moves by first Friday."""
    levels = history.levels.reindex(pd.DatetimeIndex(history.factors.index))[names]
    return (levels.shift(-WEEKS) - levels).loc[SINCE:].dropna()


def _log_score(windows: Windows, history: History) -> Check:
    columns = [list(windows.moves.columns).index(name) for name in JOINT]
    moves = windows.moves[list(JOINT)].to_numpy()
    mine = np.array([part(one, columns).log_density(move) for one, move in zip(windows.laws, moves, strict=True)])
    past = _past(history, list(JOINT))
    rivals = {"historical simulation": _smoothed(past, windows, moves), "VAR(1)": _autoregression(past, windows, moves)}
    best = max(rivals, key=lambda name: float(rivals[name].mean()))
    ahead = mine - rivals[best]
    error = float(ahead.std(ddof=1) / np.sqrt(len(ahead)))
    text = "; ".join(f"{name} {fixed(scores.mean(), '.2f')}" for name, scores in rivals.items())
    return Check(
        "F4", "", "Joint log score of 10-year, S&P 500, dollar and high yield over four weeks, 2023-26",
        fixed(mine.mean(), ".2f"), "above both rivals",
        bool(all(mine.mean() > scores.mean() for scores in rivals.values())),
        value=float(mine.mean()), rival=best, rival_value=float(rivals[best].mean()), rival_measured=text,
        note=f"{len(mine)} windows; ahead of {best} by {fixed(ahead.mean(), '.2f')} a window (s.e. {error:.2f}). "
        f"Rivals are "
        f"estimated anew before every window. {USES}",
    )  # fmt: skip


def part(one: Law, columns: list[int]) -> Law:
    """The law of some of its factors."""
    return Law(
        one.mean[:, columns], one.covariance[:, columns][:, :, columns], one.start[columns], one.room[columns],
        one.shift[columns],
    )  # fmt: skip


def _smoothed(past: pd.DataFrame, windows: Windows, moves: np.ndarray) -> np.ndarray:
    """Log density of the past four-week moves, each smoothed by a normal kernel (Silverman's width)."""
    from scipy.stats import gaussian_kde

    scores = []
    for day, move in zip(windows.starts, moves, strict=True):
        before = past[past.index <= day - HORIZON]
        scores.append(float(gaussian_kde(before.to_numpy().T, "silverman").logpdf(move)[0]))
    return np.array(scores)


def _autoregression(past: pd.DataFrame, windows: Windows, moves: np.ndarray) -> np.ndarray:
    """Log density of a normal vector autoregression of four-week moves on those of the four weeks before."""
    from scipy.stats import multivariate_normal

    scores = []
    for day, move in zip(windows.starts, moves, strict=True):
        before = past[past.index <= day - HORIZON]
        y, x = before.to_numpy()[WEEKS:], before.to_numpy()[:-WEEKS]
        x = np.column_stack([np.ones(len(x)), x])
        slopes, *_ = np.linalg.lstsq(x, y, rcond=None)
        rest = y - x @ slopes
        latest = np.concatenate([[1.0], before.to_numpy()[-1]])
        scores.append(float(multivariate_normal.logpdf(move, latest @ slopes, rest.T @ rest / len(rest))))
    return np.array(scores)
