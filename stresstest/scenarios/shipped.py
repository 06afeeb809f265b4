"""The library: forward stories from TOML files, past episodes, and stylised official exercises."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from importlib import resources

from ..toml_text import parse_toml
from .episodes import episodes
from .levels import factor_levels
from .scenario import Scenario
from .story import read_story
from .stylised import stylised

#: Names that stand for a group of scenarios.
GROUPS = ("all", "default", "forward", "mild", "base", "severe", "episodes", "official")


@cache
def library() -> Mapping[str, Scenario]:
    """All named scenarios that ship with the package: forward stories, official exercises, then episodes by date."""
    return {**forward(), **stylised(), **episodes()}


@cache
def forward() -> Mapping[str, Scenario]:
    """Every outcome of every story, by name: the base outcome has the story's own name."""
    folder = resources.files("stresstest.scenarios").joinpath("library")
    files = sorted((entry for entry in folder.iterdir() if entry.name.endswith(".toml")), key=lambda entry: entry.name)
    found = {}
    for file in files:
        document = parse_toml(file.read_text(encoding="utf-8"), file.name)
        for scenario in read_story(file.name.removesuffix(".toml"), document, file.name, factor_levels(None)):
            found[scenario.name] = scenario
    return found


def group(name: str) -> tuple[Scenario, ...]:
    """Scenarios of one group; "default" is the base outcome of every story and every past episode."""
    every = tuple(library().values())
    if name == "all":
        return every
    if name == "default":
        return tuple(s for s in every if s.kind == "episode" or s.severity == "base")
    if name in ("episodes", "official", "forward"):
        return tuple(s for s in every if s.kind == name.removesuffix("s"))
    return tuple(s for s in every if s.severity == name)
