"""Words and sentences of the terminal in another language than English."""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Mapping
from functools import cache
from importlib import resources

from ..errors import Problem
from ..report.catalogue import load
from ..report.phrases import Phrasebook, entries
from ..report.switched_off import worded
from ..scenarios import library

#: Phrase that puts the parts of a problem together, after its place where it has one.
FRAME = "{place}found {{found}}; expected {{expected}}"
#: Families of the report's catalogue whose names stand in cells; where two share a name, the later one.
FAMILIES = ("factor", "regime", "asset_class")
#: Placeholders that hold a factor, the one whose text stays as it is, and the one that lists what is switched off.
FACTORS, CODE, PARTS = ("factor", "second", "third"), "code", "parts"


@cache
def phrasebook(lang: str) -> Phrasebook:
    """Titles, headings and lines of the commands beside the phrases of the report; English stays as it is."""
    return Phrasebook({**entries(lang), **words(lang)}, names=_name(lang))


@cache
def words(lang: str) -> Mapping[str, str]:
    """Translations by English text; empty for English."""
    if lang == "en":
        return {}
    path = resources.files("stresstest.commands").joinpath(f"words.{lang}.toml")
    found: Mapping[str, str] = tomllib.loads(path.read_text(encoding="utf-8"))
    return found


@cache
def labels(lang: str) -> Mapping[str, str]:
    """What stands in cells, in words: codes of classes, factors and regimes, and titles of scenarios that ship."""
    if lang == "en":
        return {}
    catalogue = load(lang)
    split = ((key.partition("."), text) for key, text in catalogue.texts.items())
    codes = {name: text for (family, _, name), text in split if family in FAMILIES}
    return codes | {s.title: catalogue.title("scenario_title", s.name, s.title) for s in library().values()}


def cell(text: str, lang: str) -> str:
    """A cell of a table: a code in words, a sentence translated, anything else as it is."""
    return labels(lang).get(text) or phrasebook(lang)(text)


def problem_text(problem: Problem, lang: str) -> str:
    """A fault or warning in words. Each part is said by itself: what a user's file holds cannot hide a sentence."""
    if lang == "en":
        return str(problem)
    say, known = _fault_phrases(lang), entries(lang)
    parts = {name: say(getattr(problem, name)) for name in ("found", "expected", "hint")}
    place = known.get(problem.place, problem.place)
    frame = known[FRAME.format(place="{place}: ") if place else FRAME.format(place="")]
    return frame.format(place=place, **parts) + say.stop + parts["hint"]


@cache
def _fault_phrases(lang: str) -> Phrasebook:
    return phrasebook(lang).keeping_codes()


def noted(kind: str, problem: Problem, lang: str) -> str:
    """A problem as a line of its own. kind: "warning" or "left out"."""
    frame = kind + ": {problem}"
    return words(lang).get(frame, frame).format(problem=problem_text(problem, lang))


def _name(lang: str) -> Callable[[str, str], str | None]:
    def name(kind: str, value: str) -> str | None:
        if kind == PARTS:
            return worded(value, load(lang))
        return value if kind == CODE else labels(lang).get(value) if kind in FACTORS else None

    return name
