"""Scenarios by name, by group, or from a file."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from pathlib import Path

from ..errors import InputError, Problem
from ..records import MarketSnapshot
from .levels import factor_levels
from .scenario import Scenario
from .shipped import GROUPS, group, library
from .story import read_story
from .supervisory import read_supervisory
from .toml_file import echo, nearest, read_toml
from .view import View
from .views import read_views

FILES = (".toml", ".csv")


def choose(names: Iterable[str], snapshot: MarketSnapshot | None = None) -> tuple[Scenario, ...]:
    """Scenarios by name, group, TOML file or official CSV table; with no names, the default group.

    The default is the base outcome of every story and every past episode; "all" is the whole library. A file that holds
    views only adds no scenario (see ``chosen_views``). snapshot: levels of today for shocks to a level; None takes
    those that ship with the package. Raises InputError with every fault of every name and file.
    """
    chosen: dict[str, Scenario] = {}
    problems: list[Problem] = []
    for name in tuple(names):
        try:
            chosen |= {scenario.name: scenario for scenario in _found(name, snapshot)}
        except InputError as error:
            problems += error.problems
    if problems:
        raise InputError(problems)
    return tuple(chosen.values()) or group("default")


def chosen_views(names: Iterable[str]) -> tuple[View, ...]:
    """Views of every TOML file among ``names``. Raises InputError with every fault."""
    views: list[View] = []
    for name in names:
        path = Path(name)
        if path.suffix.lower() == ".toml" and path.is_file():
            views += read_views(read_toml(path), path.name)
    return tuple(views)


def known_on(scenarios: tuple[Scenario, ...], day: date) -> tuple[Scenario, ...]:
    """Forward stories, and the episodes that were over on ``day``: nobody can replay what has not happened yet.

    Raises InputError when none is left.
    """
    known = tuple(s for s in scenarios if s.until is None or s.until <= day)
    if not known:
        names = ", ".join(s.name for s in scenarios)
        raise InputError(Problem(None, "scenario", names, f"a scenario that was over on {day}", "Choose another one."))
    return known


def _found(name: str, snapshot: MarketSnapshot | None) -> tuple[Scenario, ...]:
    if name in library():
        return (library()[name],)
    if name in GROUPS:
        return group(name)
    path = Path(name)
    if path.suffix.lower() in FILES and path.is_file():
        if path.suffix.lower() == ".csv":
            return read_supervisory(path, snapshot)
        return _from_toml(path, factor_levels(snapshot))
    expected = "a name of the library, a group, a TOML file or an official CSV table"
    raise InputError(Problem(None, "scenario", echo(name), expected, _remedy(name, path)))


def _from_toml(path: Path, levels: Mapping[str, float]) -> tuple[Scenario, ...]:
    """Scenarios of a file. Raises InputError with the faults of its scenarios and of its views alike."""
    document = read_toml(path)
    problems: list[Problem] = []
    try:
        read_views(document, path.name)
    except InputError as error:
        problems += error.problems
    try:
        scenarios = read_story(path.stem, document, path.name, levels)
    except InputError as error:
        problems = [*error.problems, *problems]
    if problems:
        raise InputError(problems)
    return scenarios


def _remedy(name: str, path: Path) -> str:
    """What to do about a name that is no scenario."""
    if path.is_dir():
        return "It is a folder; name a file in it."
    if path.is_file():
        return f"A file must end in {' or '.join(FILES)}."
    if path.suffix.lower() in FILES or len(path.parts) > 1:
        return "There is no such file; check the path."
    return f"{nearest(name, (*library(), *GROUPS))} `stresstest scenarios` lists them."
