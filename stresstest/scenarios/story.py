"""A TOML file as scenarios: shocks to drivers by channel, shocks to factors, or both; one outcome or three.

Precedence, strongest first: a factor named in [[shock]]; a curve shape; drivers of [channels]; conditional expectation.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from ..errors import Problem
from ..records.study import NAMED_ALONE
from ..tables import TENORS, factor_index, factor_names
from ..transmission.channels import CHANNELS
from ..units import WEEKS_A_MONTH
from .cautions import beyond_record, collinear, rates_alone
from .drivers import read_channels
from .horizon import CORE, REGIMES, horizon_law
from .moves import central_moves
from .plausibility import at_plausibility, core_columns, law_of, plausibility
from .propagation import complete
from .scenario import NAMED, PROPAGATED, SEVERITIES, Scenario
from .shocks import NamedMoves, read_shocks
from .toml_file import Door, is_number
from .words import move_text

OUTCOME_KEYS = ("title", "narrative", "horizon_months", "probability", "turbulent", "channels")
FACTOR_KEYS = ("shock", "regime", "propagate", "wanted_plausibility")
VIEW_KEYS = ("view",)
#: Keys that severities share where they do not say them, keys of the file as a whole, and keys that are tables.
SHARED_KEYS = (*OUTCOME_KEYS[:-1], "sources")
WHOLE_KEYS = ("sources", *VIEW_KEYS)
TABLES = ("channels", "shock")
KEYS = (*OUTCOME_KEYS, "sources", *FACTOR_KEYS, *VIEW_KEYS, *SEVERITIES)
#: Names that channels have in the simulation and in the library; they only label the loss.
CHANNEL_NAMES = (*CHANNELS, "announcement", "inflation")
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
    door = Door(file, lines=getattr(document, "lines", ()))
    door.unknown(document, KEYS)
    variants = [key for key in SEVERITIES if key in document]
    if variants:
        scenarios = _variants(name, document, variants, levels, door)
    elif "view" in document and not {"channels", "shock"} & set(document):
        scenarios = ()
    else:
        scenarios = _single(name, document, levels, door)
    door.close()
    return scenarios


def _variants(
    name: str, document: Mapping[str, Any], variants: list[str], levels: Mapping[str, float], door: Door
) -> tuple[Scenario, ...]:
    """Scenarios of each severity; what a severity leaves out is that of the file."""
    scenarios: list[Scenario] = []
    if "base" not in variants:
        hint = "Write [base.channels.duration] and term_premium_bp = 50, or [[base.shock]] and a factor."
        door.fault("base", "nothing", "a table [base] beside [mild] and [severe]", hint)
    _outside(document, door)
    shared = {key: value for key, value in document.items() if key in SHARED_KEYS}
    for severity in variants:
        table = document[severity]
        if not isinstance(table, dict):
            door.fault(severity, table, "a table", f"Write [{severity}].")
            continue
        inner = door.inside(severity, shared.keys() - table.keys())
        own = _own(table, inner)
        label = name if severity == "base" else f"{name}-{severity}"
        whole = {"title": name, **shared, **own}
        made = _single(label, whole, levels, inner)
        if len(made) == 1:
            made = (replace(made[0], name=label, title=str(whole["title"])),)
        mark = "" if "title" in table or severity == "base" else severity
        scenarios += [replace(one, title=_marked(one.title, mark), story=name, severity=severity) for one in made]
    return tuple(scenarios)


def _outside(document: Mapping[str, Any], door: Door) -> None:
    """Note what stands beside the severities and belongs inside them."""
    for key in ("channels", *FACTOR_KEYS):
        if key in TABLES and key in document:
            header = f"[[base.{key}]]" if key == "shock" else f"[base.{key}.duration]"
            door.fault(key, key, "a table inside [mild], [base] or [severe]", f"Write {header}.")
        elif key in document:
            door.fault(key, key, "a line inside [mild], [base] or [severe]", f"Write {key} under [base].")


def _own(table: Mapping[str, Any], door: Door) -> Mapping[str, Any]:
    """What a severity says itself; sources and views are those of the whole file."""
    door.unknown(table, (*OUTCOME_KEYS, *FACTOR_KEYS, *WHOLE_KEYS))
    for key in WHOLE_KEYS:
        if key in table:
            hint = "Write [[view]]." if key in VIEW_KEYS else "Write it above the first table."
            door.fault(key, key, f"{key} beside [{door.within}], not inside it", hint)
    return {key: value for key, value in table.items() if key not in WHOLE_KEYS}


def _marked(title: str, mark: str) -> str:
    """``title`` with its severity in brackets, before what else stands in them."""
    bare = title.removesuffix(f" ({NAMED_ALONE})")
    marks = [text for text in (mark, NAMED_ALONE if bare != title else "") if text]
    return f"{bare} ({', '.join(marks)})" if marks else bare


def _single(name: str, document: Mapping[str, Any], levels: Mapping[str, float], door: Door) -> tuple[Scenario, ...]:
    shocks = read_shocks(document, levels, door)
    scenario = _outcome(name, document, door, needs_channels="shock" not in document)
    asked = _factor_options(document, scenario.turbulent, door)
    if door.problems:
        return ()
    if not shocks.named.any():
        return (_adjusted(scenario, asked, levels, door.file),)
    alone, whole = with_shocks(scenario, shocks, asked.regime, levels, door.file)
    if asked.propagate:
        return _adjusted(whole, asked, levels, door.file), alone
    return (_adjusted(alone, asked, levels, door.file),)


def _outcome(name: str, table: Mapping[str, Any], door: Door, needs_channels: bool = True) -> Scenario:
    """One outcome of drivers by channel."""
    channels = read_channels(table.get("channels", {}), door)
    if needs_channels and not channels and not any(p.column.startswith(door.place("channels")) for p in door.problems):
        hint = "Write [channels.duration] and term_premium_bp = 50, or [[shock]] and a factor."
        expected = "at least one channel or [[shock]]" if door.within else "at least one channel, [[shock]] or [[view]]"
        door.fault("channels", "nothing", expected, hint)
    probability = table.get("probability")
    if probability is not None and not is_number(probability, 0, 1):
        door.fault("probability", probability, "a share between 0 and 1", "0.05 is one in twenty.")
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
        cautions=tuple(_misspelt(channels, door.file)),
    )


def _misspelt(channels: Iterable[str], file: str) -> Iterable[Problem]:
    """A warning for each channel whose name is nearly that of a known one; other names are labels of the user's own."""
    for name in channels:
        near = difflib.get_close_matches(name, CHANNEL_NAMES, 1)
        if near and name not in CHANNEL_NAMES:
            expected, hint = "one of the channels of the library", f"Did you mean {near[0]}? It is kept as a label."
            yield Problem(None, f"channels.{name}", name, expected, hint, file)


@dataclass(frozen=True)
class _Asked:
    """How the rest follows, whether it does, and the plausibility that is wanted, if any."""

    regime: str
    propagate: bool
    plausibility: float | None


def _factor_options(document: Mapping[str, Any], turbulent: bool, door: Door) -> _Asked:
    regime = document.get("regime", "stress" if turbulent else "calm")
    if not isinstance(regime, str) or regime not in REGIMES:
        door.fault("regime", regime, f"one of {', '.join(REGIMES)}", 'Write regime = "stress", for example.')
        regime = "stress"
    wanted = document.get("wanted_plausibility")
    if wanted is not None and not is_number(wanted, 1e-6, 1 - 1e-6):
        door.fault("wanted_plausibility", wanted, "a probability between 0 and 1", "0.05 is one in twenty.")
        wanted = None
    return _Asked(regime, door.flag(document, "propagate", True), wanted)


def with_shocks(
    scenario: Scenario, shocks: NamedMoves, regime: str, levels: Mapping[str, float], file: str = ""
) -> tuple[Scenario, Scenario]:
    """``scenario`` with factors named on top: without, and with, what then follows for the others.

    Where drivers move a named factor too, the shock replaces what they do to it; the others follow the difference,
    under the law of ``regime`` over the scenario's own length from today's ``levels``.
    """
    before = central_moves(scenario)
    own = np.where(shocks.named, shocks.moves - before, 0.0)
    names = tuple(name for name, is_named in zip(factor_names(), shocks.named, strict=True) if is_named)
    law = horizon_law(regime, scenario.months * WEEKS_A_MONTH, levels)
    follows = complete(np.where(shocks.named, own, np.nan), law, names, regime != "calm", before) - own
    whole_moves, told = before + own + follows, shocks.named
    cautions = (
        *beyond_record(whole_moves, told, file),
        *collinear(shocks.moves, shocks.exact, law, file, shocks.named),
        *rates_alone(told if not scenario.channels else np.zeros_like(told), regime, file),
    )
    cautions = (*scenario.cautions, *cautions)
    alone = replace(
        scenario, name=scenario.name + ALONE, title=f"{scenario.title} ({NAMED_ALONE})",
        direct={NAMED: own}, cautions=cautions, story=scenario.name,
    )  # fmt: skip
    whole = replace(scenario, direct={NAMED: own, PROPAGATED: follows}, cautions=cautions, story=scenario.name)
    return alone, whole


def _adjusted(scenario: Scenario, asked: _Asked, levels: Mapping[str, float], file: str) -> Scenario:
    if asked.plausibility is None:
        return scenario
    return adjust(scenario, asked.plausibility, asked.regime, levels, file)


def adjust(
    scenario: Scenario, wanted: float, regime: str, levels: Mapping[str, float] | None = None, file: str = ""
) -> Scenario:
    """The nearest scenario whose plausibility under ``regime`` is ``wanted``, with a caution that says what changed.

    The core factors take the smallest change in standard deviations (``at_plausibility``); other tenors take that of
    the nearest core ones, and everything else follows by conditional expectation. levels: as there.
    """
    before, weeks = central_moves(scenario), scenario.months * WEEKS_A_MONTH
    core = core_columns()
    change = np.full(len(before), np.nan)
    change[core] = (at_plausibility(before, weeks, wanted, regime, levels) - before)[core]
    tenors = list(TENORS)
    known = [tenor in CORE for tenor in tenors]
    rates = change[[factor_index()[tenor] for tenor in tenors]]
    years = np.log(list(TENORS.values()))
    change[[factor_index()[tenor] for tenor in tenors]] = np.interp(years, years[known], rates[known])
    moves = complete(change, law_of(weeks, regime, levels), CORE, before=before)
    caution = Problem(
        None,
        "wanted_plausibility",
        f"plausibility {plausibility(before, weeks, regime, levels):.2g} over {weeks:.0f} weeks of {regime} moments",
        f"{wanted:g}, as asked",
        "Changed: " + (", ".join(_changes(before, moves)) or "nothing by as much as is shown") + ".",
        file,
    )
    return replace(scenario, direct={**scenario.direct, ADJUSTED: moves}, cautions=(*scenario.cautions, caution))


def _changes(before: np.ndarray, change: np.ndarray) -> Iterable[str]:
    """The core moves that are another figure afterwards, as people read them."""
    for column in core_columns():
        name = factor_names()[column]
        old, new = (move_text(name, float(move)) for move in (before[column], before[column] + change[column]))
        if old != new:
            yield f"{name} {old} → {new}"
