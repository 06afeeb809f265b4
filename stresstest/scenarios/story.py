"""A TOML file as scenarios: shocks to drivers by channel, shocks to factors, or both; one outcome or three.

Precedence, strongest first: a factor named in [[shock]]; a curve shape; drivers of [channels]; conditional expectation.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from ..errors import Problem
from ..tables import TENORS, factor_index, factor_names
from ..units import WEEKS_A_MONTH
from .cautions import beyond_record, collinear, rates_alone
from .drivers import read_channels
from .moves import central_moves
from .plausibility import CORE, REGIMES, at_plausibility, core_columns, covariance, plausibility
from .propagation import complete
from .scenario import NAMED, PROPAGATED, SEVERITIES, Scenario
from .shocks import NamedMoves, read_shocks
from .toml_file import Door, is_number, nearest
from .words import move_text

OUTCOME_KEYS = ("title", "narrative", "horizon_months", "probability", "turbulent", "channels")
FACTOR_KEYS = ("shock", "regime", "propagate", "wanted_plausibility")
VIEW_KEYS = ("view",)
KEYS = (*OUTCOME_KEYS, "sources", *FACTOR_KEYS, *VIEW_KEYS, *SEVERITIES)
#: Moves that bring a scenario to the plausibility asked for.
ADJUSTED = "adjusted"
#: Ending of the name of a scenario without what follows by expectation.
ALONE = "-alone"
DEFAULT_MONTHS = 3


def read_story(name: str, document: Mapping[str, Any], file: str, levels: Mapping[str, float]) -> tuple[Scenario, ...]:
    """Every scenario of one document; none where it holds views only.

    levels: of factors today, for shocks to a level. A file that names factors gives two scenarios, with and without
    what follows by conditional expectation. Raises InputError with every fault of the file.
    """
    door = Door(file)
    door.unknown(document, KEYS)
    variants = [key for key in SEVERITIES if key in document]
    if variants:
        scenarios = _variants(name, document, variants, door)
    elif "view" in document and not {"channels", "shock"} & set(document):
        scenarios = ()
    else:
        scenarios = _single(name, document, levels, door)
    door.close()
    return scenarios


def _variants(name: str, document: Mapping[str, Any], variants: list[str], door: Door) -> tuple[Scenario, ...]:
    """One scenario for each severity; what a severity leaves out is that of the file."""
    scenarios = []
    if "base" not in variants:
        door.fault("base", "none", "a table [base] beside [mild] and [severe]", "Write [base].")
    for key in ("channels", *FACTOR_KEYS):
        if key in document:
            door.fault(key, key, "a table inside [mild], [base] or [severe]", f"Write [base.{key}].")
    for severity in variants:
        table = document[severity]
        if not isinstance(table, dict):
            door.fault(severity, table, "a table", f"Write [{severity}].")
            continue
        inner = Door(door.file)
        inner.unknown(table, OUTCOME_KEYS, f"{severity}.")
        shared = {key: value for key, value in document.items() if key in (*OUTCOME_KEYS, "sources")}
        label = name if severity == "base" else f"{name}-{severity}"
        scenario = _outcome(label, {**shared, **table}, inner)
        door.problems += [
            replace(p, column=p.column if severity in p.column else f"{severity}.{p.column}") for p in inner.problems
        ]
        title = scenario.title if "title" in table or severity == "base" else f"{scenario.title} ({severity})"
        scenarios.append(replace(scenario, title=title, story=name, severity=severity))
    return tuple(scenarios)


def _single(name: str, document: Mapping[str, Any], levels: Mapping[str, float], door: Door) -> tuple[Scenario, ...]:
    shocks = read_shocks(document, levels, door)
    scenario = _outcome(name, document, door, needs_channels="shock" not in document)
    asked = _factor_options(document, scenario.turbulent, door)
    if door.problems:
        return ()
    if not shocks.named.any():
        return (_adjusted(scenario, asked, door.file),)
    alone, whole = with_shocks(scenario, shocks, asked.regime, door.file)
    return (_adjusted(whole, asked, door.file), alone) if asked.propagate else (_adjusted(alone, asked, door.file),)


def _outcome(name: str, table: Mapping[str, Any], door: Door, needs_channels: bool = True) -> Scenario:
    """One outcome of drivers by channel."""
    channels = read_channels(table.get("channels", {}), door)
    if needs_channels and not channels and not any(p.column.startswith("channels") for p in door.problems):
        hint = "Write [channels.duration] and term_premium_bp = 50, or [[shock]] and a factor."
        door.fault("channels", "none", "at least one channel, [[shock]] or [[view]]", hint)
    probability = table.get("probability")
    if probability is not None and not is_number(probability, 0, 1):
        door.fault("probability", probability, "a share between 0 and 1")
        probability = None
    return Scenario(
        name=name,
        title=door.text(table, "title", name),
        narrative=door.text(table, "narrative", ""),
        sources=door.texts(table, "sources"),
        months=door.number(table, "horizon_months", DEFAULT_MONTHS, 0.03, 120, "months"),
        probability=None if probability is None else float(probability),
        turbulent=door.flag(table, "turbulent", False),
        channels=channels,
    )


@dataclass(frozen=True)
class _Asked:
    """How the rest follows, whether it does, and the plausibility that is wanted, if any."""

    regime: str
    propagate: bool
    plausibility: float | None


def _factor_options(document: Mapping[str, Any], turbulent: bool, door: Door) -> _Asked:
    regime = document.get("regime", "stress" if turbulent else "calm")
    if not isinstance(regime, str) or regime not in REGIMES:
        door.fault("regime", regime, f"one of {', '.join(REGIMES)}", nearest(regime, tuple(REGIMES)))
        regime = "stress"
    wanted = document.get("wanted_plausibility")
    if wanted is not None and not is_number(wanted, 1e-6, 1 - 1e-6):
        door.fault("wanted_plausibility", wanted, "a probability between 0 and 1")
        wanted = None
    return _Asked(regime, door.flag(document, "propagate", True), wanted)


def with_shocks(scenario: Scenario, shocks: NamedMoves, regime: str, file: str = "") -> tuple[Scenario, Scenario]:
    """``scenario`` with factors named on top: without, and with, what then follows for the others.

    Where drivers move a named factor too, the shock replaces what they do to it; the others follow the difference.
    """
    before = central_moves(scenario)
    own = np.where(shocks.named, shocks.moves - before, 0.0)
    names = tuple(name for name, is_named in zip(factor_names(), shocks.named, strict=True) if is_named)
    turbulent = regime != "calm"
    follows = complete(np.where(shocks.named, own, np.nan), covariance(regime), names, turbulent) - own
    whole_moves, told = before + own + follows, shocks.named
    cautions = (
        *beyond_record(whole_moves, told, file),
        *collinear(shocks.moves, shocks.exact, regime, file),
        *rates_alone(told if not scenario.channels else np.zeros_like(told), regime, file),
    )
    alone = replace(
        scenario, name=scenario.name + ALONE, title=f"{scenario.title} (named factors alone)",
        direct={NAMED: own}, cautions=cautions, story=scenario.name,
    )  # fmt: skip
    whole = replace(scenario, direct={NAMED: own, PROPAGATED: follows}, cautions=cautions, story=scenario.name)
    return alone, whole


def _adjusted(scenario: Scenario, asked: _Asked, file: str) -> Scenario:
    return scenario if asked.plausibility is None else adjust(scenario, asked.plausibility, asked.regime, file)


def adjust(scenario: Scenario, wanted: float, regime: str, file: str = "") -> Scenario:
    """The nearest scenario whose plausibility under ``regime`` is ``wanted``, with a caution that says what changed.

    The core factors take the smallest change in standard deviations (``at_plausibility``); other tenors take that of
    the nearest core ones, and everything else follows by conditional expectation.
    """
    before, weeks = central_moves(scenario), scenario.months * WEEKS_A_MONTH
    core = core_columns()
    change = np.full(len(before), np.nan)
    change[core] = at_plausibility(before, weeks, wanted, regime) - before[core]
    tenors = list(TENORS)
    known = [tenor in CORE for tenor in tenors]
    rates = change[[factor_index()[tenor] for tenor in tenors]]
    years = np.log(list(TENORS.values()))
    change[[factor_index()[tenor] for tenor in tenors]] = np.interp(years, years[known], rates[known])
    moves = complete(change, covariance(regime), CORE)
    caution = Problem(
        None,
        "wanted_plausibility",
        f"plausibility {plausibility(before, weeks, regime):.2g} over {weeks:.0f} weeks of {regime} moments",
        f"{wanted:g}, as asked",
        "Changed: " + "; ".join(_changes(before, moves)) + ".",
        file,
    )
    return replace(scenario, direct={**scenario.direct, ADJUSTED: moves}, cautions=(*scenario.cautions, caution))


def _changes(before: np.ndarray, change: np.ndarray) -> Iterable[str]:
    for column in core_columns():
        name = factor_names()[column]
        old, new = (move_text(name, float(move)) for move in (before[column], before[column] + change[column]))
        yield f"{name} {old} to {new}"
