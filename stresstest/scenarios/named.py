"""Named scenarios: forward stories written as shocks to drivers, and past episodes replayed with today's exposures."""

from __future__ import annotations

import difflib
import math
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Any

import numpy as np

from ..errors import InputError, Problem
from ..records import FactorPaths
from ..tables import factor_index, factor_names, read_table
from ..transmission.responses import DRIVERS, driver_vector, loadings
from ..units import WEEKS_A_MONTH, size_of
from .propagation import complete, moves_on_its_own, plausibility, stress_covariance

EPISODE = "observed"
SUFFIXES = {"_bp": "bp", "_percent": "percent", "_vix_points": "vix_point"}
KEYS = ("title", "narrative", "sources", "horizon_months", "probability", "turbulent", "channels")
LARGEST_FILE = 1_000_000


@dataclass(frozen=True)
class Scenario:
    """One named scenario. channels: driver shocks by channel (forward), or factor moves (F,) observed (episode).

    probability: of the story within its horizon, a judgement; None for episodes. months: how long it takes.
    completed: factors that the record does not hold and that were filled by conditional expectation. until: last day of
    an episode.
    """

    name: str
    title: str
    narrative: str
    sources: tuple[str, ...]
    months: float
    probability: float | None
    turbulent: bool
    channels: Mapping[str, np.ndarray]
    observed: np.ndarray | None = None
    completed: tuple[str, ...] = field(default=())
    until: date | None = None


def library() -> Mapping[str, Scenario]:
    """All named scenarios that ship with the package: forward stories first, then episodes by date."""
    return {**_forward(), **_episodes()}


def choose(names: Iterable[str]) -> tuple[Scenario, ...]:
    """Scenarios by name or TOML file; with no names, the whole library. Raises InputError for unknown names."""
    known, names = library(), tuple(names)
    if not names:
        return tuple(known.values())
    chosen, problems = [], []
    for name in names:
        if name in known:
            chosen.append(known[name])
        elif Path(name).suffix == ".toml" and Path(name).is_file():
            chosen.append(_read_file(Path(name)))
        else:
            near = difflib.get_close_matches(name, known, 1)
            hint = f"Did you mean {near[0]}?" if near else "`stresstest scenarios` lists them."
            problems.append(Problem(None, "scenario", name, "a name of the library or a TOML file", hint))
    if problems:
        raise InputError(problems)
    return tuple(chosen)


def known_on(scenarios: tuple[Scenario, ...], day: date) -> tuple[Scenario, ...]:
    """Forward stories, and the episodes that were over on ``day``: nobody can replay what has not happened yet.

    Raises InputError when none is left.
    """
    known = tuple(s for s in scenarios if s.until is None or s.until <= day)
    if not known:
        names = ", ".join(s.name for s in scenarios)
        raise InputError(Problem(None, "scenario", names, f"a scenario that was over on {day}", "Choose another one."))
    return known


def named_paths(scenarios: tuple[Scenario, ...], draws: int = 0, seed: int = 0) -> FactorPaths:
    """Scenarios as FactorPaths of instantaneous moves.

    draws = 0: one row per scenario at central responses. draws > 0: so many rows per scenario, one after the other,
    with responses drawn from their ranges; episodes repeat what was observed.
    """
    channel_names = tuple(dict.fromkeys(name for s in scenarios for name in (*s.channels, *_observed_name(s))))
    rows = max(draws, 1)
    rng = np.random.default_rng([seed, 1]) if draws else None
    maps = loadings(rng, rows)
    by_channel = np.zeros((len(scenarios), rows, len(channel_names), len(factor_names())))
    for k, scenario in enumerate(scenarios):
        for name, drivers in scenario.channels.items():
            spread = maps.turbulent if scenario.turbulent else maps.normal
            by_channel[k, :, channel_names.index(name)] = np.einsum("d,rdf->rf", drivers, spread)
        if scenario.observed is not None:
            by_channel[k, :, channel_names.index(EPISODE)] = scenario.observed
    flat = by_channel.reshape(len(scenarios) * rows, len(channel_names), len(factor_names()))
    moves = flat.sum(axis=1)
    return FactorPaths(
        moves=moves,
        by_channel=flat,
        channels=channel_names,
        probability=np.full(len(moves), 1.0 / len(moves)),
        years=0.0,
        names=tuple(s.name for s in scenarios) if not draws else (),
        titles=tuple(s.title for s in scenarios) if not draws else (),
    )


def scenario_plausibility(scenario: Scenario, moves: np.ndarray) -> float:
    """Plausibility of one scenario's moves (F,) over its own horizon."""
    return plausibility(moves, scenario.months * WEEKS_A_MONTH)


def _observed_name(scenario: Scenario) -> tuple[str, ...]:
    return (EPISODE,) if scenario.observed is not None else ()


@cache
def _forward() -> Mapping[str, Scenario]:
    folder = resources.files("stresstest.scenarios").joinpath("library")
    files = sorted((entry for entry in folder.iterdir() if entry.name.endswith(".toml")), key=lambda entry: entry.name)
    return {f.name[:-5]: _parse(f.name[:-5], tomllib.loads(f.read_text(encoding="utf-8")), f.name) for f in files}


def _read_file(path: Path) -> Scenario:
    if path.stat().st_size > LARGEST_FILE:
        raise InputError(Problem(None, "scenario", "more than 1 MB", "a short TOML file", "", path.name))
    try:
        document = tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise InputError(Problem(None, "", str(error), "a TOML file in UTF-8", "Mend the syntax.", path.name)) from None
    return _parse(path.stem, document, path.name)


def _parse(name: str, document: Mapping[str, Any], file: str) -> Scenario:
    problems = [_unknown(key, KEYS, file) for key in document if key not in KEYS]
    channels = {}
    tables = document.get("channels", {})
    if not isinstance(tables, dict):
        problems.append(Problem(None, "channels", repr(tables), "tables of shocks", "Write [channels.duration].", file))
        tables = {}
    for channel, shocks in tables.items():
        if not isinstance(shocks, dict):
            problems.append(Problem(None, f"channels.{channel}", repr(shocks), "a table of shocks", "", file))
            continue
        channels[channel] = driver_vector(dict(_shocks(channel, shocks, file, problems)))
    if not channels:
        hint = "Write [channels.duration] and term_premium_bp = 50, for example."
        problems.append(Problem(None, "channels", "none", "at least one channel", hint, file))
    months = document.get("horizon_months", 3)
    if not (isinstance(months, (int, float)) and 0 < months <= 120):
        problems.append(Problem(None, "horizon_months", repr(months), "months between 0 and 120", "", file))
    probability = document.get("probability")
    if probability is not None and not (isinstance(probability, (int, float)) and 0 <= probability <= 1):
        problems.append(Problem(None, "probability", repr(probability), "between 0 and 1", "", file))
    sources = document.get("sources", [])
    if not isinstance(sources, list):
        problems.append(Problem(None, "sources", repr(sources), "a list of texts", "", file))
    if problems:
        raise InputError(problems)
    return Scenario(
        name,
        str(document.get("title", name)),
        str(document.get("narrative", "")),
        tuple(str(source) for source in sources),
        float(months),
        probability,
        bool(document.get("turbulent", False)),
        channels,
    )


def _shocks(channel: str, shocks: Mapping[str, Any], file: str, problems: list[Problem]) -> Iterable[tuple[str, float]]:
    """Driver shocks in internal units; the ending of a key is its unit."""
    known = [driver + suffix for driver in DRIVERS for suffix in SUFFIXES]
    for key, value in shocks.items():
        suffix = next((s for s in SUFFIXES if key.endswith(s)), "")
        driver = key.removesuffix(suffix)
        place = f"channels.{channel}.{key}"
        if not suffix or driver not in DRIVERS:
            near = difflib.get_close_matches(key, known, 1)
            hint = f"Did you mean {near[0]}?" if near else f"Drivers: {', '.join(DRIVERS)}."
            problems.append(
                Problem(None, place, "unknown shock", "a driver with _bp, _percent or _vix_points", hint, file)
            )
        elif not _in_range(driver, suffix, value):
            expected = "a number from -2000 to 2000" if suffix != "_percent" else "percent, above -100 and up to 500"
            problems.append(Problem(None, place, repr(value), expected, "", file))
        else:
            yield driver, _log_if_return(driver, suffix, float(value) * size_of(SUFFIXES[suffix]))


def _in_range(driver: str, suffix: str, value: object) -> bool:
    if not isinstance(value, (int, float)) or isinstance(value, bool) or not math.isfinite(value):
        return False
    return -100 < value <= 500 if suffix == "_percent" and driver in RETURNS else abs(value) <= 2000


#: Drivers that are returns: a percent move is a simple return and becomes a log return.
RETURNS = frozenset({"equity", "dollar", "style", "gold", "oil", "crypto", "stablecoin"})


def _log_if_return(driver: str, suffix: str, value: float) -> float:
    if suffix == "_percent" and driver in RETURNS:
        return float(np.log1p(value))
    return value


def _unknown(key: str, known: tuple[str, ...], file: str) -> Problem:
    near = difflib.get_close_matches(key, known, 1)
    return Problem(None, key, "unknown key", "a known key", f"Did you mean {near[0]}?" if near else "", file)


@cache
def _episodes() -> Mapping[str, Scenario]:
    """Past episodes: derived factor moves, completed where a series did not exist yet."""
    windows = {row["name"]: row for row in read_table("stresstest.scenarios", "episodes_windows.csv")}
    moves = {name: np.full(len(factor_names()), np.nan) for name in windows}
    for row in read_table("stresstest.scenarios", "library/episodes.csv"):
        if row["move"]:
            moves[row["episode"]][factor_index()[row["factor"]]] = float(row["move"])
    covariance = stress_covariance()
    return {name: _episode(windows[name], moves[name], covariance) for name in windows}


def _episode(window: Mapping[str, str], moves: np.ndarray, covariance: np.ndarray) -> Scenario:
    start, end = date.fromisoformat(window["start"]), date.fromisoformat(window["end"])
    moves = np.where(moves_on_its_own(covariance), moves, np.nan_to_num(moves))
    missing = tuple(name for name, move in zip(factor_names(), moves, strict=True) if np.isnan(move))
    return Scenario(
        name=window["name"],
        title=window.get("title") or window.get("title_en") or window["name"],
        narrative=window.get("narrative", ""),
        sources=tuple(s.strip() for s in window.get("sources", "").split(";") if s.strip()),
        months=max((end - start).days / 30.4375, 0.1),
        probability=None,
        turbulent=True,
        channels={},
        observed=complete(moves, covariance),
        completed=missing,
        until=end,
    )
