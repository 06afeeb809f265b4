"""Nested choice of settings: each episode is predicted with those that did best on episodes that ended before it.

Three things are chosen: a row of exposures_candidates.csv by mean error, how specific risk grows with VIX by how even
the coverage of bands is, and the width of the bands by the quantile of past errors.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from ..exposures.estimation import Estimation, Prepared, quick_betas
from ..exposures.prediction import Prediction, Window
from ..exposures.priors import settings, trying
from ..tables import Z_95, read_table

#: How far specific risk follows VIX: not at all, half way, as shipped. The first is taken while no episode has ended.
FOLLOWED = (0.0, 0.5, 1.0)
COVERED = 0.9
#: Reweightings of a candidate: predictions then differ from those of the full number by less than 0.01 points.
ROUNDS = 8


@dataclass(frozen=True)
class Tried:
    """One episode under every candidate: C candidates, N assets, P ways to follow VIX.

    log_mean: (C, N). sd: (P, N) of the log error. realised: (N,) simple, NaN if none. group: (N,) "" for those that the
    choice does not look at.
    """

    start: pd.Timestamp
    end: pd.Timestamp
    log_mean: np.ndarray
    sd: np.ndarray
    realised: np.ndarray
    group: np.ndarray


@dataclass(frozen=True)
class Choice:
    """What earlier episodes say. candidate, followed: places in the tables of candidates and of FOLLOWED."""

    candidate: int
    followed: int
    quantile: float


def candidates() -> list[dict[str, str]]:
    """Rows of exposures_candidates.csv."""
    return read_table("stresstest.validation", "exposures_candidates.csv")


def tried_settings(row: dict[str, str]) -> dict[str, float]:
    """The settings of a row of ``candidates``."""
    return {name: float(value) for name, value in row.items() if name not in ("name", "choosable")}


def mean_errors(tried: Sequence[Tried]) -> dict[str, np.ndarray]:
    """(C,) mean absolute error of simple returns under every candidate, by group."""
    group = np.concatenate([one.group for one in tried])
    error = np.concatenate([np.abs(np.expm1(one.log_mean) - one.realised) for one in tried], axis=1)
    seen = np.isfinite(error[0])
    names = sorted(set(group[seen].tolist()) - {""})
    return {name: error[:, seen & (group == name)].mean(axis=1) for name in names}


def log_means(prepared: Prepared, found: Estimation, window: Window) -> np.ndarray:
    """(C, N) predicted log returns of every candidate, given the moves of the window."""
    moves = np.array([window.earned[share] for share in found.late.tolist()])
    result = []
    for row in candidates():
        with trying(iterations=ROUNDS, **tried_settings(row)):
            beta, drift = quick_betas(prepared, window.vix)
        result.append(window.bills + (beta * moves).sum(axis=1) + drift * window.years)
    return np.array(result)


def deviations(found: Estimation, prediction: Prediction, window: Window) -> np.ndarray:
    """(P, N) standard deviations of the log error for every way to follow VIX."""
    return np.hypot(_specific(found, prediction, window), prediction.beta_sd)


def _specific(found: Estimation, prediction: Prediction, window: Window) -> np.ndarray:
    """(P, N) geometric mixes of specific risk that ignores VIX and that which ships."""
    still = found.residuals.vol * window.years**0.5
    return np.array([still ** (1.0 - share) * prediction.specific_sd**share for share in FOLLOWED])


def choose(earlier: Sequence[Tried]) -> Choice:
    """The choice that ``earlier`` episodes make; the plain one without any."""
    if not earlier:
        return Choice(0, 0, Z_95)
    candidate = _best_candidate(earlier)
    ratios = [_ratios(one, candidate) for one in earlier]
    quantiles = [float(np.quantile(np.concatenate([r[p] for r in ratios]), COVERED)) for p in range(len(FOLLOWED))]
    uneven = [
        float(np.mean([(np.mean(r[p] <= quantile) - COVERED) ** 2 for r in ratios]))
        for p, quantile in enumerate(quantiles)
    ]
    followed = int(np.argmin(uneven))
    return Choice(candidate, followed, quantiles[followed])


def _best_candidate(earlier: Sequence[Tried]) -> int:
    """Least mean error, every group weighing the same: its errors are divided by the mean over candidates."""
    open_to_choice = np.array([row["choosable"] == "yes" for row in candidates()])
    means = mean_errors(earlier).values()
    total = np.sum([mean / mean[open_to_choice].mean() for mean in means], axis=0)
    return int(np.argmin(np.where(open_to_choice, total, np.inf)))


def _ratios(one: Tried, candidate: int) -> np.ndarray:
    """(P, n) absolute log errors over their predicted standard deviation, of assets that count."""
    seen = np.isfinite(one.realised) & (one.group != "")
    error = np.abs(np.log1p(one.realised[seen]) - one.log_mean[candidate, seen])
    return error / np.maximum(one.sd[:, seen], settings()["band_floor"])


def chosen(found: Estimation, prediction: Prediction, window: Window, tried: Tried, choice: Choice) -> Prediction:
    """The prediction of an episode under ``choice``."""
    mean = tried.log_mean[choice.candidate]
    specific = _specific(found, prediction, window)[choice.followed]
    half = np.hypot(choice.quantile * np.hypot(prediction.beta_sd, specific), settings()["band_floor"])
    return Prediction(
        found.symbols, np.expm1(mean), np.expm1(mean - half), np.expm1(mean + half), mean, prediction.beta_sd, specific
    )
