"""Finished English texts in another language: looked up whole, by pattern, or sentence by sentence.

Stages write their reasons and warnings in English, which is what scripts read in the JSON. A language is one file of
this folder: English text = its translation, with {names} for what changes. A text that is not in the file stays as it
is, so nothing is ever lost.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from importlib import resources
from typing import NamedTuple

#: A longer text is user input rather than a sentence of ours, and is not searched.
LONGEST = 600
#: How often a part of a phrase may be a phrase again.
DEEPEST = 3
#: Placeholders that hold a list, of which each part is looked up, those that hold one figure, with or without its
#: percent sign set apart, so that "Buy back 4 %" is not "Buy" and "back 4 %"; and those that hold an ISO date.
LISTS = ("keys",)
FIGURES = ("share",)
DATES = ("day", "start", "end", "first", "last", "settled")

_DATE, _FIGURE = r"\d{4}-\d{2}-\d{2}", r"\S+(?: %)?"
_PLACE = re.compile(r"\{(\w+)\}")
_SENTENCE = re.compile(r"(?<=\.)\s+(?=[A-Z`])")

#: The words for a value by the name of its placeholder, or None where the phrasebook itself is to be asked.
Names = Callable[[str, str], str | None]


class Pattern(NamedTuple):
    """A phrase with placeholders. open: whether it begins with one; size, worded: number of its fixed characters, and
    whether there is a letter among them. Phrases that begin with words of their own are tried first, then the longest.
    """

    open: bool
    size: int
    worded: bool
    regex: re.Pattern[str]
    translation: str


def _no_names(kind: str, value: str) -> str | None:
    return None


class Phrasebook:
    """Says finished English texts in one language.

    entries: English text or pattern -> translation; an empty mapping says everything in English. stop: the full stop
    of the language. names: words for the values of placeholders such as {factor}.
    """

    def __init__(self, entries: Mapping[str, str], stop: str = "。", names: Names = _no_names) -> None:
        self.exact = {key: value for key, value in entries.items() if not _PLACE.search(key)}
        self.patterns = sorted(_patterns(entries), key=lambda pattern: (pattern.open, -pattern.size))
        self.stop, self.names = stop, names
        self.said: dict[str, str] = {}

    def __call__(self, text: str) -> str:
        """The translation of ``text``; ``text`` itself where none is known."""
        return self._say(text, DEEPEST)

    def _say(self, text: str, depth: int) -> str:
        if not text or depth < 0 or len(text) > LONGEST or not (self.exact or self.patterns):
            return text
        if text not in self.said:
            self.said[text] = self._exact(text) or self._sentences(text, depth)
        return self.said[text]

    def with_names(self, names: Names) -> Phrasebook:
        """The same phrases with other names for the values of placeholders."""
        book = Phrasebook({}, self.stop, names)
        book.exact, book.patterns = self.exact, self.patterns
        return book

    def _sentences(self, text: str, depth: int) -> str:
        """Each sentence on its own: a pattern must not run over the end of one."""
        parts = _SENTENCE.split(text)
        said = [self._exact(part) or self._patterned(part, depth) for part in parts]
        if not any(said):
            return text
        return "".join(new or f"{part} " for part, new in zip(parts, said, strict=True)).strip()

    def _exact(self, text: str) -> str | None:
        bare = text.removesuffix(".")
        return self._stopped(self.exact.get(bare), bare, text)

    def _patterned(self, text: str, depth: int) -> str | None:
        bare = text.removesuffix(".")
        tried = (self._filled(bare, pattern, depth) for pattern in self.patterns)
        return self._stopped(next((said for said in tried if said), None), bare, text)

    def _stopped(self, said: str | None, bare: str, text: str) -> str | None:
        return said if said is None or bare == text else said + self.stop

    def _filled(self, text: str, pattern: Pattern, depth: int) -> str | None:
        match = pattern.regex.fullmatch(text)
        if match is None:
            return None
        found = match.groupdict()
        said = {kind: self._value(kind, value, depth - 1) for kind, value in found.items()}
        # punctuation alone fits any text: it counts only where it leads to something known
        return pattern.translation.format_map(said) if pattern.worded or said != found else None

    def _value(self, kind: str, value: str, depth: int) -> str:
        if kind in LISTS:
            return "、".join(self._say(part, depth) for part in value.split(", "))
        return self.names(kind, value) or self._say(value, depth)


def _patterns(entries: Mapping[str, str]) -> Iterator[Pattern]:
    """Every entry with placeholders as a pattern."""
    for key, translation in entries.items():
        parts = _PLACE.split(key)
        if len(parts) > 1:
            fixed = "".join(parts[::2])
            regex = "".join(_group(part) if i % 2 else re.escape(part) for i, part in enumerate(parts))
            yield Pattern(not parts[0], len(fixed), any(map(str.isalpha, fixed)), re.compile(regex), translation)


def _group(name: str) -> str:
    form = _DATE if name in DATES else _FIGURE if name in FIGURES else ".+?"
    return f"(?P<{name}>{form})"


@cache
def entries(language: str) -> Mapping[str, str]:
    """Every phrase of a language, in all sections of its file; none for a language without a file."""
    source = resources.files("stresstest.report.phrases").joinpath(f"{language}.toml")
    if not source.is_file():
        return {}
    tree: Mapping[str, Mapping[str, str]] = tomllib.loads(source.read_text(encoding="utf-8"))
    return {key: value for section in tree.values() for key, value in section.items()}
