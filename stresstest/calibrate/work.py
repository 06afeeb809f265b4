"""The whole calibration on one screen, and the tables that it writes.

The output folder is laid out like the package, so that pointing it at the package renews the package. The same data
give the same bytes.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd

from ..errors import Problem
from ..exposures.estimation import Estimation, estimate
from ..exposures.priors import settings, universe
from ..exposures.table import csv_text, exposure_tables, rounded
from ..market.history import History, load_history
from .constants import constant
from .episodes import episode_moves
from .funding import FundingCurve, funding_curve
from .regimes import FactorMoments, factor_moments, sample_weeks

MOMENTS = "transmission/moments_{}.csv"
EPISODES = "scenarios/library/episodes.csv"
FUNDING = "plumbing/funding_curve.csv"


@dataclass(frozen=True)
class Calibration:
    """What was estimated, the files written, and what the sample was too short for."""

    as_of: date
    estimation: Estimation
    moments: FactorMoments | None
    funding: FundingCurve | None
    files: tuple[Path, ...]
    warnings: tuple[Problem, ...]


def calibrate(data: Path, out: Path, as_of: date | None = None) -> Calibration:
    """Estimate exposures, factor moments, episodes and the funding curve from ``data``; write the tables under ``out``.

    Nothing that the public did not have on ``as_of`` is used. Raises DataError when the folder cannot be used.
    """
    history = load_history(data, as_of)
    assets = {symbol: asset for symbol, asset in universe().items() if symbol in history.assets}
    priors = {symbol: asset.prior for symbol, asset in assets.items()}
    classes = {symbol: asset.asset_class for symbol, asset in assets.items()}
    estimation = estimate(history.assets[list(assets)], history.factors, priors, classes)
    moments, funding = factor_moments(history), funding_curve(history)
    texts = _exposure_texts(history, estimation) | _episode_texts(history)
    texts |= _moment_texts(history, moments) if moments else {}
    texts |= _funding_texts(history, funding) if funding else {}
    files = tuple(_write(out / name, text) for name, text in texts.items())
    return Calibration(history.as_of, estimation, moments, funding, files, _warnings(estimation, moments, funding))


def _warnings(
    estimation: Estimation, moments: FactorMoments | None, funding: FundingCurve | None
) -> tuple[Problem, ...]:
    least = f"at least {settings()['min_weeks']:.0f}"
    warnings = [
        Problem(None, symbol, f"{weeks} weeks of returns", least, "The asset was left out.")
        for symbol, weeks in estimation.skipped.items()
    ]
    for name, made in (("factor moments", moments), ("funding curve", funding)):
        if made is None:
            warnings.append(Problem(None, name, "too short a sample", "more weeks", "The tables were not written."))
    return tuple(warnings)


# ------------------------------------------------------------------------------------------------------------- tables


def _header(history: History, *lines: str) -> str:
    """Comment lines that say what the numbers are, their sample, and what made them."""
    made = f"Derived statistics, made by `stresstest calibrate` from series (market/series.csv) up to {history.as_of}."
    return "".join(f"# {line}\n" for line in (*lines, made))


def _exposure_texts(history: History, estimation: Estimation) -> dict[str, str]:
    vol = history.factors.loc[sample_weeks(history)].std().to_numpy()
    header = _header(
        history,
        "Log return in USD per unit of factor move (factors.csv): Bayesian ridge on weekly moves (Friday to Friday) "
        f"since {settings()['first_year']:.0f}, half-life {settings()['half_life_weeks']:.0f} weeks.",
        "se: robust posterior standard error. residual_vol: annual. A beta that is not listed is zero.",
    )
    return {f"exposures/{name}": header + text for name, text in exposure_tables(estimation, vol).items()}


def _episode_texts(history: History) -> dict[str, str]:
    moves = episode_moves(history)
    header = _header(
        history,
        "Move of each factor between the closes of an episode (scenarios/episodes_windows.csv), internal units.",
        "Blank where a series did not exist at both ends.",
    )
    rows = [
        (str(episode), factor, "" if np.isnan(move) else rounded(move))
        for episode, row in moves.iterrows()
        for factor, move in row.items()
    ]
    return {EPISODES: header + csv_text(("episode", "factor", "move"), rows)}


def _moment_texts(history: History, moments: FactorMoments) -> dict[str, str]:
    stress = moments.stress
    sample = f"{stress.flag.index[0].date()} to {stress.flag.index[-1].date()}, {len(stress.flag)} weeks"
    rule = (
        f"Stress: from a week with VIX over {stress.enter:.4f} or shares down {-constant('enter_fall'):.0%}, "
        f"until VIX is at most {stress.leave:.4f}. Sample {sample}; {stress.share:.1%} stressed."
    )
    texts = {}
    for name, covariance in (("calm", moments.calm), ("stress", moments.stressed)):
        header = _header(history, f"Weekly covariance of the factors in {name} weeks, internal units squared.", rule)
        texts[MOMENTS.format(name)] = header + csv_text(("factor", *covariance.columns), _cells(covariance))
    facts = {
        "stress_share": stress.share,
        "spell_weeks": stress.spell_weeks,
        "vix_enter": stress.enter,
        "vix_leave": stress.leave,
    }
    extra = pd.DataFrame({"mean": facts})
    header = _header(
        history,
        "Mean weekly move in stress less the mean of all weeks, its standard error, and the stress weeks with data.",
        "Last rows: share of stress weeks, mean length of a spell in weeks, and the VIX that begins and ends one.",
        rule,
    )
    rows = [*_cells(moments.drift), *((*row, "", "") for row in _cells(extra))]
    return texts | {MOMENTS.format("mean"): header + csv_text(("factor", *moments.drift.columns), rows)}


def _funding_texts(history: History, funding: FundingCurve) -> dict[str, str]:
    header = _header(
        history,
        "SOFR less the rate on reserves = floor + slope width ln(1 + exp((kink - L) / width)),",
        "L = (reserves + ON RRP) / bank assets.",
        f"Monthly means of ordinary days, {funding.sample} without 2020-03 to 2021-06, {funding.months} months; "
        f"RMSE {funding.rmse:.2f} bp. se: Newey-West.",
    )
    names = (("floor", "bp"), ("slope", "bp per pp"), ("kink", "pp"))
    numbers = zip(names, funding.values, funding.errors, strict=True)
    rows = [(name, rounded(value), rounded(error), unit) for (name, unit), value, error in numbers]
    width = ("width", rounded(constant("kink_width")), "", "pp")
    return {FUNDING: header + csv_text(("name", "value", "se", "unit"), [*rows, width])}


def _cells(frame: pd.DataFrame) -> Iterable[tuple[str, ...]]:
    """Rows of label and numbers as text, blank for NaN."""
    for label, row in zip(frame.index, frame.to_numpy(dtype=float), strict=True):
        yield (str(label), *("" if np.isnan(value) else rounded(value) for value in row))


def _write(path: Path, text: str) -> Path:
    """Write a file so that a reader sees the old one or the new one, never half of it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=path.name, suffix=".tmp")
    try:
        with os.fdopen(handle, "w", encoding="utf-8", newline="") as file:
            file.write(text)
        Path(temporary).chmod(0o644)
        os.replace(temporary, path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise
    return path
