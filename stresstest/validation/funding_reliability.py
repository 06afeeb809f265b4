"""Mark B7: probabilities of a spike against what came, day by day, and what the state of repo demand adds."""

from __future__ import annotations

import itertools

import numpy as np
import pandas as pd

from ..exposures.posterior import newey_west
from ..records import Check
from ..units import fixed
from .funding_walk import AHEAD, FORECASTS, WalkForward

SECTION = "funding"
BINS = (0.0, 0.005, 0.02, 0.05, 0.1, 0.3, 1.0)
#: Newey-West lags of daily scores; a chi-square under this p-value counts as unreliable.
LAGS, REJECTED = 20, 0.05


def reliability(walk: WalkForward) -> tuple[Check, ...]:
    """Brier scores a day and a month ahead, the reliability table, and the model without the state of demand."""
    spike = walk.table["spike"].to_numpy(float)
    brier = {name: _brier(walk.table, name) for name in FORECASTS}
    return (
        _day_ahead(walk.table, brier),
        _month_ahead(walk.month_ahead),
        _table(walk.table, spike),
        _demand(walk, brier),
    )


def _brier(table: pd.DataFrame, name: str) -> float:
    return float(((table[name] - table["spike"]) ** 2).mean())


def _day_ahead(table: pd.DataFrame, brier: dict[str, float]) -> Check:
    share = float(table["spike"].mean())
    in_sample = share * (1.0 - share)
    first, last = (pd.DatetimeIndex(table.index)[i].date() for i in (0, -1))
    return Check(
        id="B7-brier",
        section=SECTION,
        title="Brier score of the probability of more than 15 bp, one day ahead",
        measured=f"{brier['model']:.5f}",
        wanted="below the base rate",
        passed=brier["model"] < min(brier["base_rate"], in_sample),
        value=brier["model"],
        rival="base rate so far",
        rival_value=brier["base_rate"],
        rival_measured=f"{brier['base_rate']:.5f}",
        note=f"{len(table)} days {first} to {last}, {int(table['spike'].sum())} over 15 bp; re-estimated quarterly. "
        f"The share of the whole sample, known only afterwards: {in_sample:.5f}. Simple logit in L and calendar: "
        f"{brier['simple_logit']:.5f}. Only the numbers are walk-forward, the form of the model is not.",
    )


def _month_ahead(far: pd.DataFrame) -> Check:
    brier = {name: _brier(far, name) for name in ("model", "without_demand", "base_rate")}
    return Check(
        id="B7-month",
        section=SECTION,
        title=f"The same {AHEAD} business days ahead",
        measured=f"{brier['model']:.5f}",
        wanted="below the base rate",
        passed=brier["model"] < brier["base_rate"],
        value=brier["model"],
        rival="base rate so far",
        rival_value=brier["base_rate"],
        rival_measured=f"{brier['base_rate']:.5f}",
        note=f"{len(far)} days. Without the state of demand: {brier['without_demand']:.5f}.",
    )


def _table(table: pd.DataFrame, spike: np.ndarray) -> Check:
    statistic, chance, shown = reliability_test(table["model"].to_numpy(), spike)
    _, rival, _ = reliability_test(table["base_rate"].to_numpy(), spike)
    return Check(
        id="B7-reliability",
        section=SECTION,
        title="Forecast and observed frequencies agree (expected / seen spikes by bin of probability)",
        measured=shown,
        wanted=f"chi-square of the bins with p over {REJECTED:g}",
        passed=chance >= REJECTED,
        value=chance,
        rival="base rate so far",
        rival_value=rival,
        rival_measured=f"p {rival:.2f}",
        note=f"Chi-square {statistic:.1f}, p {chance:.2f}, as if spikes were independent; they come in runs, which "
        "makes the test stricter than it says.",
    )


def _demand(walk: WalkForward, brier: dict[str, float]) -> Check:
    gains = _log_scores(walk.table, "model") - _log_scores(walk.table, "without_demand")
    error = float(np.sqrt(newey_west((gains - gains.mean())[None, :, None], LAGS)[0, 0, 0]) / len(gains))
    gain = float(gains.mean())
    return Check(
        id="B7-demand",
        section=SECTION,
        title="The state of repo demand is needed: the forecast is worse without it",
        measured=f"Brier {brier['model']:.5f}; log score better by {fixed(gain, '.4f')} a day",
        wanted="a better Brier and log score than without it",
        passed=brier["model"] < brier["without_demand"] and gain > 0.0,
        value=brier["model"],
        rival="the same logit without the state",
        rival_value=brier["without_demand"],
        rival_measured=f"Brier {brier['without_demand']:.5f}",
        note=f"Newey-West error of the gain {error:.4f}.",
    )


def reliability_test(probability: np.ndarray, spike: np.ndarray) -> tuple[float, float, str]:
    """Chi-square over ``BINS``, its p-value, and the table in words: expected against seen in each bin."""
    from scipy.stats import chi2

    which = np.digitize(probability, BINS[1:-1], right=True)
    statistic, shown = 0.0, []
    for number, (low, high) in enumerate(itertools.pairwise(BINS)):
        inside = which == number
        if inside.any():
            expected, seen = probability[inside], spike[inside]
            statistic += float((seen.sum() - expected.sum()) ** 2 / (expected * (1.0 - expected)).sum())
            shown.append(f"{100 * low:g}-{100 * high:g}%: {expected.sum():.1f} / {seen.sum():.0f}")
    return statistic, float(chi2.sf(statistic, len(shown))), "; ".join(shown)


def _log_scores(table: pd.DataFrame, name: str) -> np.ndarray:
    """(D,) log probability of what came."""
    chance = table[name].to_numpy(float)
    return np.where(table["spike"].to_numpy(bool), np.log(chance), np.log1p(-chance))
