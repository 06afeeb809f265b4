"""Scenarios by name, by group, or from a file."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import date
from pathlib import Path

import numpy as np

from ..errors import InputError, Problem
from ..records import MarketSnapshot
from ..toml_text import echo, read_toml
from .levels import factor_levels
from .moves import central_moves
from .scenario import Scenario
from .shipped import GROUPS, group, library
from .story import read_story
from .supervisory import read_supervisory
from .toml_file import Door, nearest
from .view import View
from .view_conflicts import check_conflicts
from .views import read_views

FILES = (".toml", ".csv")


def choose(names: Iterable[str], snapshot: MarketSnapshot | None = None) -> tuple[Scenario, ...]:
    """Scenarios by name, group, TOML file or official CSV table; with no names, the default group.

    The default is the base outcome of every story and every past episode; "all" is the whole library. A file that holds
    views only adds no scenario (see ``chosen_views``). snapshot: levels of today for shocks to a level; None takes
    those that ship with the package. What is asked for twice comes once, as do the domestic and the international table
    of one exercise. Raises InputError with every fault of every name and file, and for two scenarios of one name.
    """
    chosen: list[Scenario] = []
    problems: list[Problem] = []
    for name in tuple(names):
        try:
            new = [s for s in _found(name, snapshot) if not any(_alike(s, earlier) for earlier in chosen)]
        except InputError as error:
            problems += error.problems
            continue
        taken = {scenario.name for scenario in chosen}
        problems += [_namesake(scenario, name) for scenario in new if scenario.name in taken]
        chosen += [scenario for scenario in new if scenario.name not in taken]
    if problems:
        raise InputError(problems)
    return tuple(chosen) or group("default")


def _alike(one: Scenario, other: Scenario) -> bool:
    """Whether two scenarios say the same: one of the library, one file twice, or two tables of one exercise."""
    if one is other:
        return True
    if (one.title, one.months, one.kind) != (other.title, other.months, other.kind):
        return False
    if one.path is not None and other.path is not None:
        return np.array_equal(one.path.moves, other.path.moves)
    return one.name == other.name and np.array_equal(central_moves(one), central_moves(other))


def _namesake(scenario: Scenario, asked: str) -> Problem:
    """The fault of a scenario that has the name of another one."""
    hint = "A scenario has the name of its file: rename the file."
    found = f"{echo(asked)}, a second scenario named {scenario.name}"
    return Problem(None, "scenario", found, "one scenario of each name", hint)


def chosen_views(names: Iterable[str]) -> tuple[View, ...]:
    """Views of every TOML file among ``names``, a file that is named twice once.

    Raises InputError with every fault, also for views of different files that repeat or contradict each other.
    """
    paths = [Path(name) for name in names]
    files = {path.resolve(): path for path in paths if path.suffix.lower() == ".toml" and path.is_file()}
    found = {path: read_views(read_toml(path), path.name) for path in files.values()}
    told = {path: views for path, views in found.items() if views}
    if len(told) < 2:
        return tuple(itertools.chain(*told.values()))
    together = [replace(view, place=f"{path} {view.place}") for path, views in told.items() for view in views]
    door = Door("")
    check_conflicts(together, door)
    door.close()
    return tuple(together)


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
