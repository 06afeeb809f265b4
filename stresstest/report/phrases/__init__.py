"""Finished English texts in another language: looked up whole, by pattern, or sentence by sentence.

Stages write their reasons and warnings in English, which is what scripts read in the JSON. A language is two files of
this folder, for reports and for what is wrong with an input: English text = its translation, with {names} for what
changes. A text that is in neither stays as it is, so nothing is ever lost.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Iterator, Mapping
from decimal import Decimal
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
#: Placeholders whose value must be a phrase itself: else any first word of a sentence would pass for a verb.
KNOWN = ("verb",)

#: Placeholders of which the value is a word to read, not a name to type; those whose value is names to type, or a title
#: that a user wrote; and those that hold a list of symbols, of which only the commas are those of the language.
WORDS, CODES, SYMBOLS = ("kind", "moments"), ("code", "story"), ("symbols",)
#: Single words of a fault that are no names.
SPOKEN = ("nothing", "both", "neither")
#: Endings of the files of a language: sentences of reports, and those of faults in an input.
PARTS = ("", "-faults")

#: Placeholders that hold a number, and a quarter: words beside them must not pass for one.
NUMBERS, QUARTERS = ("count", "number", "low", "high", "slowest", "fastest", "seconds"), ("quarter", "later")

_DATE, _FIGURE = r"\d{4}-\d{2}-\d{2}", r"\S+(?: %)?"
_NUMBER, _QUARTER = r"[-+−]?\d[\d,.]*(?:e[-+]?\d+)?(?: ?%)?", r"\d{4} ?Q[1-4]"
#: A placeholder that holds billions, as amounts are written in English, and the one under which a language that counts
#: in hundreds of millions finds the same amount.
BILLIONS, HUNDRED_MILLIONS = "billions", "hundred_millions"
_AMOUNT = r"[-−]?\d[\d,]*(?:\.\d+)?(?:e[-+]?\d+)?"
#: The form of what a placeholder holds; anything else may be any text.
_FORMS = {
    name: form
    for names, form in zip(
        (DATES, FIGURES, NUMBERS, QUARTERS, (BILLIONS,)), (_DATE, _FIGURE, _NUMBER, _QUARTER, _AMOUNT), strict=True
    )
    for name in names
}
_PLACE = re.compile(r"\{(\w+)\}")
_SENTENCE = re.compile(r"(?<=[.?])\s+(?=[A-Z`])")

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
        self.stop, self.names, self.codes = stop, names, False
        self.said: dict[str, str] = {}

    def __call__(self, text: str) -> str:
        """The translation of ``text``; ``text`` itself where none is known."""
        return self._say(text, DEEPEST)

    def _say(self, text: str, depth: int) -> str:
        if not text or depth < 0 or len(text) > LONGEST or not (self.exact or self.patterns):
            return text
        if self.codes and " " not in text and text not in SPOKEN:
            return text
        if text not in self.said:
            self.said[text] = self._exact(text) or self._sentences(text, depth)
        return self.said[text]

    def with_names(self, names: Names) -> Phrasebook:
        """The same phrases with other names for the values of placeholders."""
        return self._like(names, self.codes)

    def keeping_codes(self) -> Phrasebook:
        """The same phrases, but a single word stays as it is: in a fault it is a name that somebody has to type."""
        return self._like(self.names, codes=True)

    def _like(self, names: Names, codes: bool) -> Phrasebook:
        book = Phrasebook({}, self.stop, names)
        book.exact, book.patterns, book.codes = self.exact, self.patterns, codes
        return book

    def _sentences(self, text: str, depth: int) -> str:
        """Each sentence on its own: a pattern must not run over the end of one."""
        parts = _SENTENCE.split(text)
        said = [self._exact(part) or self._patterned(part, depth) for part in parts]
        if not any(said):
            return text
        return "".join(new or f"{part} " for part, new in zip(parts, said, strict=True)).strip()

    def _exact(self, text: str) -> str | None:
        bare = _bare(text)
        return self._stopped(self.exact.get(bare), bare, text)

    def _patterned(self, text: str, depth: int) -> str | None:
        bare = _bare(text)
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
        if BILLIONS in found:
            said[HUNDRED_MILLIONS] = hundred_millions(found[BILLIONS])
        if any(said[kind] == found[kind] for kind in KNOWN if kind in found):
            return None
        # punctuation alone fits any text: it counts only where it leads to something known
        return pattern.translation.format_map(said) if pattern.worded or said != found else None

    def _value(self, kind: str, value: str, depth: int) -> str:
        if kind in LISTS:
            return "、".join(self._say(part, depth) for part in value.split(", "))
        if kind in CODES:
            return value
        if kind in SYMBOLS:
            return (self._say(value, depth) if " " in value else value).replace(", ", "、")
        known = self.exact.get(value) if kind in WORDS else None
        return known or self.names(kind, value) or self._say(value, depth)


def hundred_millions(billions: str) -> str:
    """A written number of billions in hundreds of millions: 155 is 1,550. What is no such number stays as it is."""
    if not re.fullmatch(_AMOUNT, billions):
        return billions
    return f"{(Decimal(billions.replace(',', '').replace('−', '-')) * 10).normalize():,f}"


def _patterns(entries: Mapping[str, str]) -> Iterator[Pattern]:
    """Every entry with placeholders as a pattern."""
    for key, translation in entries.items():
        parts = _PLACE.split(key)
        if len(parts) > 1:
            fixed = "".join(parts[::2])
            regex = "".join(_group(part) if i % 2 else re.escape(part) for i, part in enumerate(parts))
            yield Pattern(not parts[0], len(fixed), any(map(str.isalpha, fixed)), re.compile(regex), translation)


def _group(name: str) -> str:
    return f"(?P<{name}>{_FORMS.get(name, '.+?')})"


def _bare(text: str) -> str:
    """Without its full stop; an ellipsis is none."""
    return text if text.endswith("..") else text.removesuffix(".")


@cache
def entries(language: str) -> Mapping[str, str]:
    """Every phrase of a language, in all sections of its files; none for a language without a file."""
    found: dict[str, str] = {}
    for part in PARTS:
        source = resources.files("stresstest.report.phrases").joinpath(f"{language}{part}.toml")
        if source.is_file():
            tree: Mapping[str, Mapping[str, str]] = tomllib.loads(source.read_text(encoding="utf-8"))
            found |= {key: value for section in tree.values() for key, value in section.items()}
    return found
