"""Exposures of many assets from their prices: robust Bayesian regression on earned factor moves.

For each asset, log return over bills = drift + earned moves @ beta + noise. Betas have heavy-tailed priors about those
of the class, noise has Student tails, recent weeks count more. The posterior mean is used; its error is a sandwich that
does not trust the residuals to be independent, normal, or of one size (Müller, 2013, on sandwich posteriors).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from ..errors import DataError, Problem
from ..records import Exposure
from ..tables import factor_index, factor_names
from ..units import WEEKS_A_YEAR
from .excess import excess_levels
from .lags import SHARES, late_shares, mixed
from .posterior import Posterior, Sample, outer_products, posterior, products, ridge, robust_covariance
from .priors import Prior, settings
from .residuals import VIX, PeerGroup, Residuals, class_groups, clusters, specific_risk
from .rows import Rows, asset_returns, factor_rows, sample

STABLE, MOVED, SHORT = "stable", "moved", "short history"


@dataclass(frozen=True)
class Estimation:
    """What prices up to ``reference`` say of N assets.

    symbols: on the N axis. exposures: by symbol. covariance: (N, F + 1, F + 1) of the betas and the drift. drift: (N,)
    log return a year that neither factors nor bills explain, shrunk. late: (N,) share of a day's moves shown a day
    late. peers: groups by residuals ("with ...") and by class, by name. observations: weeks by symbol. skipped: weeks
    by symbol with too few. Missing moves of a window are filled with mean zero and covariance ``moves`` (F, F), weekly;
    NaN for factors without a history. duration: of the bonds behind rate and spread factors on the reference date,
    which the unit of their betas stands on.
    """

    reference: pd.Timestamp
    symbols: tuple[str, ...]
    exposures: Mapping[str, Exposure]
    covariance: np.ndarray
    drift: np.ndarray
    late: np.ndarray
    residuals: Residuals
    peers: Mapping[str, PeerGroup]
    observations: Mapping[str, int]
    skipped: Mapping[str, int]
    moves: np.ndarray
    duration: pd.Series


def estimate(
    log_prices: pd.DataFrame,
    levels: pd.DataFrame,
    priors: Mapping[str, Prior],
    groups: Mapping[str, str] | None = None,
) -> Estimation:
    """Exposures of every column of ``log_prices`` that has enough weeks.

    log_prices: (days, N) in USD; levels: (days, F) with the columns of factors.csv; both on every calendar day, NaN
    where missing, ending on the last known day. priors, groups of peers: by symbol.

    Raises DataError when prices and factors have no common history.
    """
    return estimate_prepared(prepare(log_prices, levels, priors), groups)


@dataclass(frozen=True)
class Design:
    """The regression of assets with one kind of close: rows, returns (N, T) on them, NaN where missing, and priors."""

    symbols: tuple[str, ...]
    rows: Rows
    returns: np.ndarray
    priors: tuple[Prior, ...]


@dataclass(frozen=True)
class Prepared:
    """Everything of an estimation that other weights, priors' scales or tails do not change."""

    log_prices: pd.DataFrame
    levels: pd.DataFrame
    late: np.ndarray
    duration: pd.Series
    designs: tuple[Design, ...]


def prepare(log_prices: pd.DataFrame, levels: pd.DataFrame, priors: Mapping[str, Prior]) -> Prepared:
    """Rows and returns of ``estimate``, for one estimation or several under other settings."""
    days = log_prices.index.intersection(levels.index)
    log_prices, levels = log_prices.loc[days], levels.loc[days]
    wanted = [name for name in factor_names() if any(p.sd[factor_index()[name]] > 0 for p in priors.values())]
    excess = excess_levels(levels)
    over_bills = log_prices.sub(excess.bills, axis=0)
    duration = excess.last_duration
    unit = excess.per_unit(duration)
    late = late_shares(log_prices, levels)
    designs = [
        _design(over_bills.loc[:, late == share], mixed(unit, share), priors, wanted, daily=share == 0)
        for share in SHARES
        if (late == share).any()
    ]
    return Prepared(log_prices, levels, late, duration, tuple(design for design in designs if design is not None))


def estimate_prepared(prepared: Prepared, groups: Mapping[str, str] | None = None) -> Estimation:
    """``estimate`` on what ``prepare`` made. Raises DataError when there is no common history."""
    parts = [_part(design) for design in prepared.designs]
    return _joined(parts, prepared.log_prices, prepared.levels, prepared.late, prepared.duration, groups or {})


def quick_betas(prepared: Prepared, vix: float | None = None) -> tuple[np.ndarray, np.ndarray]:
    """Betas (N, F) and drift a year (N,) in the order of ``Estimation.symbols``, without errors or residual risk.

    vix: of the window that they are for, which decides the regime where the setting other_regime tells regimes apart.
    """
    betas, drifts = [], []
    for design in prepared.designs:
        rows, priors = design.rows, list(design.priors)
        fit = posterior(sample(rows, design.returns, vix), *_standardised(priors, rows), rows.firm)
        betas.append(_natural_beta(fit.mean, priors, rows))
        drifts.append(fit.mean[:, -1] * WEEKS_A_YEAR)
    return np.concatenate(betas), np.concatenate(drifts)


@dataclass(frozen=True)
class _Part:
    """Assets with one kind of close. Betas and covariance in natural units over all factors; residuals are weekly."""

    symbols: tuple[str, ...]
    rows: Rows
    beta: np.ndarray
    covariance: np.ndarray
    drift: np.ndarray
    r_squared: np.ndarray
    stability: tuple[str, ...]
    residual: np.ndarray
    weight: np.ndarray


def _design(
    log_prices: pd.DataFrame, levels: pd.DataFrame, priors: Mapping[str, Prior], wanted: list[str], daily: bool
) -> Design | None:
    rows = factor_rows(levels, wanted, daily)
    if rows is None:
        return None
    returns = asset_returns(log_prices.to_numpy(), pd.DatetimeIndex(log_prices.index), rows)
    keep = np.isfinite(returns[:, : rows.weeks]).sum(axis=1) >= settings()["min_weeks"]
    symbols = tuple(str(s) for s, kept in zip(log_prices.columns, keep, strict=True) if kept)
    if not symbols:
        return None
    return Design(symbols, rows, returns[keep], tuple(priors[s] for s in symbols))


def _part(design: Design) -> _Part:
    rows, priors = design.rows, list(design.priors)
    data = sample(rows, design.returns)
    mean, sd = _standardised(priors, rows)
    fit = posterior(data, mean, sd, rows.firm)
    covariance = robust_covariance(data, fit)
    weekly, weight = slice(0, rows.weeks), data.weight[:, : rows.weeks]
    beta, spread = _natural(fit.mean, covariance, priors, rows)
    return _Part(
        design.symbols, rows, beta, spread, fit.mean[:, -1] * WEEKS_A_YEAR,
        _r_squared(data.y[:, weekly], fit.residual[:, weekly], weight), _stability(data, fit),
        fit.residual[:, weekly], weight,
    )  # fmt: skip


def _standardised(priors: list[Prior], rows: Rows) -> tuple[np.ndarray, np.ndarray]:
    """Prior means and sd (N, K) of the betas on standardised moves, and of the weekly drift."""
    where = [factor_index()[name] for name in rows.factors]
    inverse = np.linalg.inv(rows.basis).T
    strength, drift = settings()["prior_strength"], settings()["drift_sd"] / WEEKS_A_YEAR
    means = np.array([p.mean[where] for p in priors]) @ inverse * rows.scale
    sds = np.sqrt(np.array([p.sd[where] for p in priors]) ** 2 @ inverse**2) * rows.scale * strength
    return np.column_stack([means, np.zeros(len(means))]), np.column_stack([sds, np.full(len(sds), drift)])


def _natural(
    mean: np.ndarray, covariance: np.ndarray, priors: list[Prior], rows: Rows
) -> tuple[np.ndarray, np.ndarray]:
    """Betas (N, F) and covariance (N, F + 1, F + 1), the drift last and a year; factors unseen stay at the prior."""
    where = [factor_index()[name] for name in rows.factors]
    count = len(factor_names())
    full = np.zeros((len(mean), count + 1, count + 1))
    diagonal = np.arange(count)
    full[:, diagonal, diagonal] = np.array([prior.sd for prior in priors]) ** 2
    back = np.zeros((len(where) + 1,) * 2)
    back[:-1, :-1], back[-1, -1] = rows.basis / rows.scale, WEEKS_A_YEAR
    columns = np.array([*where, count])
    full[:, columns[:, None], columns] = back @ covariance @ back.T
    return _natural_beta(mean, priors, rows), full


def _natural_beta(mean: np.ndarray, priors: list[Prior], rows: Rows) -> np.ndarray:
    """Betas (N, F); factors unseen stay at the prior."""
    beta = np.array([prior.mean for prior in priors])
    beta[:, [factor_index()[name] for name in rows.factors]] = mean[:, :-1] / rows.scale @ rows.basis.T
    return beta


def _r_squared(y: np.ndarray, residual: np.ndarray, weight: np.ndarray) -> np.ndarray:
    total = np.maximum(weight.sum(axis=1, keepdims=True), np.finfo(float).tiny)
    about = y - (weight * y).sum(axis=1, keepdims=True) / total
    squares = np.maximum((weight * about**2).sum(axis=1), np.finfo(float).tiny)
    return np.clip(1.0 - (weight * residual**2).sum(axis=1) / squares, 0.0, 1.0)


def _stability(data: Sample, fit: Posterior) -> tuple[str, ...]:
    """Whether the last two years tell the same betas as the years before, by the returns that they would give."""
    recent = data.week < settings()["recent_weeks"]
    one, other = (_refit(data, fit, rows) for rows in (recent, ~recent))
    apart = np.sqrt((data.weight * ((one - other) @ data.x[:, :-1].T) ** 2).sum(axis=1))
    whole = np.maximum(np.sqrt((data.weight * data.y**2).sum(axis=1)), np.finfo(float).tiny)
    short = ~np.any(data.weight[:, ~recent] > 0, axis=1)
    moved = apart > settings()["moved_share"] * whole
    flags = zip(short.tolist(), moved.tolist(), strict=True)
    return tuple(SHORT if s else MOVED if m else STABLE for s, m in flags)


def _refit(data: Sample, fit: Posterior, rows: np.ndarray) -> np.ndarray:
    """Betas (N, K - 1) from some rows only, under the priors and the weights that the whole sample settled on."""
    weight = data.weight[:, rows] * fit.trust[:, rows]
    part = Sample(data.x[rows], data.y[:, rows], weight, data.week[rows])
    gram, moment = products(part, outer_products(part.x), weight)
    return ridge(gram, moment, fit.noise**2, fit.prior_mean, fit.prior_precision)[0][:, :-1]


def _joined(
    parts: list[_Part],
    log_prices: pd.DataFrame,
    levels: pd.DataFrame,
    late: np.ndarray,
    duration: pd.Series,
    groups: Mapping[str, str],
) -> Estimation:
    if not parts:
        found, expected = "no common history", f"{settings()['min_weeks']:.0f} weeks of returns and of factor moves"
        raise DataError(Problem(None, "date", found, expected, "Check the dates of the prices."))
    symbols = tuple(s for part in parts for s in part.symbols)
    width = max(part.rows.weeks for part in parts)
    residual, weight = (_stacked([getattr(p, name) for p in parts], width) for name in ("residual", "weight"))
    longest = max(parts, key=lambda part: part.rows.weeks).rows
    risk = specific_risk(residual, weight, _weekly_vix(levels, longest.ends))
    noisy = risk.vol > settings()["noise_floor"] * WEEKS_A_YEAR**0.5
    weeks = (weight > 0).sum(axis=1)
    close, names = clusters(risk.correlation, weeks, noisy, symbols)
    by_class = class_groups(risk.correlation, weeks, noisy, [groups.get(s, "") for s in symbols])
    peers = {group.name: group for group in (*close, *by_class)}
    counts = log_prices.notna().sum()
    late_by_symbol = dict(zip(log_prices.columns, late, strict=True))
    observations = {s: int(n) for s, n in zip(symbols, weeks, strict=True)}
    exposures = _exposures(parts, risk, noisy, peers, names)
    return Estimation(
        pd.Timestamp(log_prices.index[-1]), symbols, exposures,
        np.concatenate([part.covariance for part in parts]), np.concatenate([part.drift for part in parts]) * noisy,
        np.array([late_by_symbol[s] for s in symbols]), risk, peers, observations,
        {str(s): int(n) // 7 for s, n in counts.items() if s not in exposures}, _all_moments(longest), duration,
    )  # fmt: skip


def _stacked(arrays: list[np.ndarray], width: int) -> np.ndarray:
    """Rows of all parts, aligned at the last week."""
    return np.vstack([np.pad(a, ((0, 0), (width - a.shape[1], 0))) for a in arrays])


def _weekly_vix(levels: pd.DataFrame, ends: pd.DatetimeIndex) -> np.ndarray:
    """Mean VIX of the week before each end."""
    return levels[VIX].rolling(7, min_periods=1).mean().reindex(ends).to_numpy()


def _all_moments(rows: Rows) -> np.ndarray:
    """(F, F) weekly covariance of the moves, NaN for factors without a history."""
    full = np.full((len(factor_names()),) * 2, np.nan)
    where = np.array([factor_index()[name] for name in rows.factors])
    full[where[:, None], where] = rows.moments.covariance
    return full


def _exposures(
    parts: list[_Part], risk: Residuals, noisy: np.ndarray, peers: Mapping[str, PeerGroup], names: Mapping[str, str]
) -> dict[str, Exposure]:
    found: dict[str, Exposure] = {}
    for part in parts:
        for i, symbol in enumerate(part.symbols):
            n = len(found)
            seen = part.rows.ends[part.weight[i] > 0]
            group = names.get(symbol, "")
            found[symbol] = Exposure(
                symbol=symbol,
                beta=part.beta[i],
                se=np.sqrt(np.maximum(np.diag(part.covariance[i])[:-1], 0.0)),
                residual_vol=float(risk.vol[n]) if noisy[n] else 0.0,
                source="price history",
                sample=f"{seen[0].date()} to {seen[-1].date()}, {len(seen)} weeks",
                r_squared=float(part.r_squared[i]),
                peers=group,
                peer_share=peers[group].share if group else 0.0,
                stress_multiplier=float(risk.stress_multiplier[n]),
                stability=part.stability[i],
            )
    return found
