"""What the factors leave: its size, how that grows when VIX is high, and how much of it peers have in common."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ..units import WEEKS_A_YEAR
from .priors import settings

VIX = "vix"


@dataclass(frozen=True)
class Residuals:
    """Specific risk of N assets.

    vol: (N,) annual standard deviation. scaled_vol: (N,) annual, of residuals divided by VIX over ``middle`` to the
    power of the setting vix_power, recent weeks counting more (specific_half_life_weeks). middle: median VIX of the
    sample (decimal). stress_multiplier: (N,) residual vol of stress weeks over that of the others. correlation: (N, N)
    of residuals, pulled to independence where common weeks are few, positive semidefinite.
    """

    vol: np.ndarray
    scaled_vol: np.ndarray
    middle: float
    stress_multiplier: np.ndarray
    correlation: np.ndarray

    def window_vol(self, vix: float) -> np.ndarray:
        """(N,) annual specific vol of a window in which VIX is ``vix`` (root mean square, decimal)."""
        return self.scaled_vol * _scale(np.asarray(vix), self.middle)


@dataclass(frozen=True)
class PeerGroup:
    """Assets whose residuals move together. share: mean correlation of two of them, zero or more."""

    name: str
    share: float
    members: int
    weeks: int


def _scale(vix: np.ndarray, middle: float) -> np.ndarray:
    return np.asarray((vix / middle) ** settings()["vix_power"])


def specific_risk(residual: np.ndarray, weight: np.ndarray, vix: np.ndarray) -> Residuals:
    """From weekly residuals (N, T), their weights (zero where missing) and the mean VIX of each week (T,), NaN
    allowed.
    """
    middle = float(np.nanmedian(vix)) if np.isfinite(vix).any() else 1.0
    level = np.where(np.isfinite(vix), vix, middle)
    high = level > np.quantile(level, settings()["stress_quantile"])
    scaled = residual / _scale(level, middle)
    age = np.arange(residual.shape[1])[::-1]
    recent = weight * 0.5 ** (age / settings()["specific_half_life_weeks"])
    return Residuals(
        _root_mean_square(residual, weight) * WEEKS_A_YEAR**0.5,
        _root_mean_square(scaled, recent) * WEEKS_A_YEAR**0.5,
        middle,
        _multiplier(residual, weight > 0, high),
        correlation(scaled, weight > 0),
    )


def correlation(residual: np.ndarray, known: np.ndarray) -> np.ndarray:
    """(N, N) correlations about zero over common weeks, times weeks / (weeks + the setting correlation_weeks).

    residual, known: (N, T). Negative eigenvalues, which unequal histories can make, are set to zero.
    """
    values = np.where(known, residual, 0.0)
    squares, seen = values**2, known.astype(float)
    size = np.sqrt((squares @ seen.T) * (seen @ squares.T))
    common = seen @ seen.T
    raw = np.divide(values @ values.T, size, out=np.zeros_like(size), where=size > 0)
    shrunk = raw * common / (common + settings()["correlation_weeks"])
    np.fill_diagonal(shrunk, 1.0)
    lengths, axes = np.linalg.eigh(shrunk)
    valid = (axes * np.maximum(lengths, 0.0)) @ axes.T
    spread = np.sqrt(np.maximum(np.diag(valid), np.finfo(float).tiny))
    return np.asarray(valid / np.outer(spread, spread))


def _root_mean_square(values: np.ndarray, weight: np.ndarray) -> np.ndarray:
    total = np.maximum(weight.sum(axis=1), np.finfo(float).tiny)
    return np.asarray(np.sqrt((weight * values**2).sum(axis=1) / total))


def _multiplier(residual: np.ndarray, known: np.ndarray, high: np.ndarray) -> np.ndarray:
    """(N,) each asset's own ratio, pulled to the median of all by as many weeks as the setting says."""
    stressed, quiet = known & high, known & ~high
    ratio = _root_mean_square(residual, stressed * 1.0) / np.maximum(_root_mean_square(residual, quiet * 1.0), 1e-12)
    weeks = stressed.sum(axis=1)
    noisy = _root_mean_square(residual, known * 1.0) > settings()["noise_floor"]
    usable = noisy & (weeks > 0) & (quiet.sum(axis=1) > 0) & (ratio < settings()["most_multiplier"])
    middle = float(np.median(ratio[usable])) if usable.any() else 1.0
    pull = weeks / (weeks + settings()["multiplier_weeks"])
    return np.where(noisy, np.where(usable, pull * ratio + (1.0 - pull) * middle, middle), 1.0)


def class_groups(matrix: np.ndarray, weeks: np.ndarray, noisy: np.ndarray, groups: Sequence[str]) -> list[PeerGroup]:
    """Groups by class or sector, for assets of which only that is known: members share little beyond their factors.

    matrix: (N, N) of ``correlation``. weeks: (N,) of each asset. noisy: (N,) assets with a residual; factors themselves
    have none. groups: (N,), "" for none.
    """
    names = sorted(set(groups) - {""})
    members = {name: [i for i, group in enumerate(groups) if group == name and noisy[i]] for name in names}
    return [_group(name, matrix, weeks, members[name]) for name in names]


def clusters(
    matrix: np.ndarray, weeks: np.ndarray, noisy: np.ndarray, symbols: Sequence[str]
) -> tuple[list[PeerGroup], dict[str, str]]:
    """Groups whose residuals moved together, by average linkage, and the group of each member.

    Two groups are joined while their members' mean correlation exceeds the setting peer_correlation. A group is named
    after the member closest to the others, so banks that the sector does not explain are "with JPM", say.
    """
    from scipy.cluster.hierarchy import fcluster, linkage
    from scipy.spatial.distance import squareform

    places = np.flatnonzero(noisy)
    if len(places) < 2:
        return [], {}
    own = matrix[np.ix_(places, places)]
    apart = np.clip(1.0 - own, 0.0, 2.0)
    np.fill_diagonal(apart, 0.0)
    labels = fcluster(
        linkage(squareform(apart, checks=False), "average"), 1.0 - settings()["peer_correlation"], "distance"
    )
    found: list[PeerGroup] = []
    names: dict[str, str] = {}
    for label in np.unique(labels):
        members = places[labels == label].tolist()
        if len(members) > 1:
            closest = members[int(matrix[np.ix_(members, members)].sum(axis=1).argmax())]
            group = _group(f"with {symbols[closest]}", matrix, weeks, members)
            found.append(group)
            names |= {symbols[i]: group.name for i in members}
    return sorted(found, key=lambda group: group.name), names


def _group(name: str, matrix: np.ndarray, weeks: np.ndarray, members: list[int]) -> PeerGroup:
    pairs = matrix[np.ix_(members, members)][np.triu_indices(len(members), 1)]
    share = max(float(pairs.mean()), 0.0) if len(pairs) else 0.0
    return PeerGroup(name, share, len(members), int(np.median(weeks[members])) if members else 0)
