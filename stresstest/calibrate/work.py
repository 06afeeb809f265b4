"""The whole calibration on one screen, and the tables that it writes.

The output folder is laid out like the package, so that pointing it at the package renews the package. The same data
give the same bytes.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from importlib import resources
from pathlib import Path

import numpy as np
import pandas as pd

from .. import __version__
from ..errors import Problem
from ..exposures.estimation import Estimation, estimate
from ..exposures.priors import peer_group, settings, universe
from ..exposures.table import CERTIFICATE, csv_text, exposure_tables, rounded
from ..files import write_text
from ..market.history import History, load_history
from .constants import constant
from .episodes import episode_moves
from .funding_data import daily_record
from .funding_estimates import FundingEstimates, estimates_of
from .regimes import FactorMoments, factor_moments, sample_weeks
from .supervisory import supervisory_responses
from .volatility import VolatilityTables, volatility_tables

MOMENTS = "transmission/moments_{}.csv"
MEMORY = "transmission/memory.csv"
VOLATILITY = "transmission/volatility{}.csv"
EPISODES = "scenarios/library/episodes.csv"
SUPERVISORY = "scenarios/supervisory_responses.csv"


@dataclass(frozen=True)
class Calibration:
    """What was estimated, the files written, and what the sample was too short for."""

    as_of: date
    estimation: Estimation
    moments: FactorMoments | None
    funding: FundingEstimates | None
    files: tuple[Path, ...]
    warnings: tuple[Problem, ...]


def calibrate(data: Path, out: Path, as_of: date | None = None) -> Calibration:
    """Estimate exposures, factor moments, episodes and the funding curve from ``data``; write the tables under ``out``.

    Nothing that the public did not have on ``as_of`` is used. Raises DataError when the folder cannot be used.
    """
    history = load_history(data, as_of)
    estimation = estimate_universe(history)
    moments, funding = factor_moments(history), _funding(history)
    texts = _exposure_texts(history, estimation) | _episode_texts(history)
    texts |= _moment_texts(history, moments) if moments else {}
    volatility = volatility_tables(history) if moments else None
    texts |= _volatility_texts(history, volatility) if volatility else {}
    texts |= funding.texts(_made(history)) if funding else {}
    responses = supervisory_responses(data, history.as_of)
    texts |= {SUPERVISORY: responses} if responses else {}
    files = tuple(write_text(out / name, text) for name, text in texts.items())
    return Calibration(history.as_of, estimation, moments, funding, files, _warnings(estimation, moments, funding))


def estimate_universe(history: History) -> Estimation:
    """Exposures of every asset of universe.csv that the history holds, under the priors of its class and tags."""
    assets = {symbol: asset for symbol, asset in universe().items() if symbol in history.log_prices}
    priors = {symbol: asset.prior for symbol, asset in assets.items()}
    groups = {symbol: peer_group(asset.keys) for symbol, asset in assets.items()}
    return estimate(history.log_prices[list(assets)], history.levels, priors, groups)


def _funding(history: History) -> FundingEstimates | None:
    """Estimates of funding markets, or None when they would stand on too few months."""
    record = daily_record(history.observed)
    months = pd.DatetimeIndex(record.index).to_period("M").nunique()
    return estimates_of(record) if months >= constant("min_months") else None


def _warnings(
    estimation: Estimation, moments: FactorMoments | None, funding: FundingEstimates | None
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
    return "".join(f"# {line}\n" for line in (*lines, _made(history)))


def _made(history: History) -> str:
    return f"Derived statistics, made by `stresstest calibrate` from series (market/series.csv) up to {history.as_of}."


def _exposure_texts(history: History, estimation: Estimation) -> dict[str, str]:
    vol = history.factors.loc[sample_weeks(history)].std().to_numpy()
    header = _header(
        history,
        "Log return in USD per unit of factor move (factors.csv): robust regression with heavy-tailed priors on",
        f"weekly and daily moves over at most {settings()['most_weeks']:.0f} weeks, "
        f"half-life {settings()['half_life_weeks']:.0f} weeks.",
        "se: robust posterior standard error; a beta that is not listed is zero. residual_vol and drift: a year.",
        "share: part of the variance of residuals that peers have in common (mean correlation of two).",
    )
    tables = exposure_tables(estimation, vol) | {CERTIFICATE: _certificate(history, estimation)}
    return {f"exposures/{name}": header + text for name, text in tables.items()}


def _certificate(history: History, estimation: Estimation) -> str:
    facts = {
        "as_of": str(history.as_of),
        "version": __version__,
        "assets": str(len(estimation.symbols)),
        "settings": _digest("settings.csv"),
        "priors": _digest("priors.csv"),
        "universe": _digest("universe.csv"),
    }
    facts |= {f"data {file}": digest for file, digest in history.fingerprints().items()}
    return csv_text(("name", "value"), list(facts.items()))


def _digest(name: str) -> str:
    """SHA-256 of a table of the estimator, line ends apart."""
    text = resources.files("stresstest.exposures").joinpath(name).read_text(encoding="utf-8")
    return hashlib.sha256("\n".join(text.splitlines()).encode()).hexdigest()


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
        "Mean move of the week that begins a stress spell less the mean of all weeks, its standard error, and how many",
        "such weeks there are. Later weeks of a spell have no mean of their own that differs from zero by two errors.",
        "Last rows: share of stress weeks, mean length of a spell in weeks, and the VIX that begins and ends one.",
        rule,
    )
    rows = [*_cells(moments.entry), *((*row, "", "") for row in _cells(extra))]
    texts[MOMENTS.format("mean")] = header + csv_text(("factor", *moments.entry.columns), rows)
    header = _header(
        history,
        "Weekly changes of spreads and volatilities in logarithms: their standard deviation in calm and in stress",
        "(first weeks of spells apart), and the mean of the first week of a spell less the mean of all weeks.",
        rule,
    )
    texts[MOMENTS.format("log")] = header + csv_text(("factor", *moments.logs.columns), list(_cells(moments.logs)))
    return texts | {MEMORY: _memory_text(history, moments)}


def _memory_text(history: History, moments: FactorMoments) -> str:
    header = _header(
        history,
        "How noise accumulates where a factor does not walk freely. ratio_13, ratio_52: variance of changes over so",
        "many weeks against that many single weeks, levels since 1990. memory: weekly persistence of the level of a",
        "factor that returns to its mean. momentum: autocorrelation of the weekly changes of one that trends.",
    )
    return header + csv_text(("factor", *moments.persistence.columns), list(_cells(moments.persistence)))


def _volatility_texts(history: History, tables: VolatilityTables) -> dict[str, str]:
    header = _header(
        history,
        "How the variance of weekly noise answers to implied volatility: a factor's variance k weeks ahead grows by",
        "elasticity x memory^(k - 1) percent for each percent by which the index (MOVE or VIX) stands above its usual",
        "level (volatility_levels.csv). One law for each group of calibrate/volatility_groups.csv; se: of elasticity.",
    )
    answers = header + csv_text(tuple(tables.answers.columns), list(_texts(tables.answers)))
    header = _header(
        history,
        "Implied volatility by regime, internal units: geometric mean, standard deviation of the logarithm, and the",
        "lowest and highest Friday of the sample.",
    )
    levels = header + csv_text(tuple(tables.levels.columns), list(_texts(tables.levels)))
    return {VOLATILITY.format(""): answers, VOLATILITY.format("_levels"): levels}


def _texts(table: pd.DataFrame) -> Iterable[tuple[str, ...]]:
    """Rows of names and numbers as text."""
    for row in table.itertuples(index=False):
        yield tuple(value if isinstance(value, str) else rounded(float(value)) for value in row)


def _cells(frame: pd.DataFrame) -> Iterable[tuple[str, ...]]:
    """Rows of label and numbers as text, blank for NaN."""
    for label, row in zip(frame.index, frame.to_numpy(dtype=float), strict=True):
        yield (str(label), *("" if np.isnan(value) else rounded(value) for value in row))
