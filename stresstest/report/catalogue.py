"""Every visible string, by key and language, so that a language is one TOML file and nothing else."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources

from ..errors import InputError, Problem
from . import numbers
from .phrases import HUNDRED_MILLIONS, Phrasebook, entries, hundred_millions

#: Groups of keys that are looked up by a name found in the data; a name without a key is shown as it is.
FAMILIES = (
    "asset_class",
    "assumption",
    "channel",
    "condition",
    "day_kind",
    "factor",
    "glossary",
    "headline",
    "input",
    "item",
    "item_boe",
    "item_ecb",
    "limits_of_method",
    "limits_off",
    "measure",
    "path_effect",
    "quote",
    "regime",
    "rule",
    "sample",
    "state",
    "unit",
)


@dataclass(frozen=True)
class Catalogue:
    """Texts of one language. tag: the HTML ``lang``; huge, large, middle: sizes of the money words in prose.

    partial: whether shares are of what is modelled, not of the whole book; ``{base}`` says so in every text.
    """

    language: str
    tag: str
    huge: float
    large: float
    middle: float
    texts: Mapping[str, str]
    partial: bool = False

    def __call__(self, key: str, **values: object) -> str:
        """The text of ``key`` with its named placeholders filled. Raises KeyError for a key that does not exist."""
        return self.texts[key].format_map({"base": self.base, **values})

    @property
    def base(self) -> str:
        """What shares are shares of: net value, or the modelled part of it."""
        return self.texts["answer.base_modelled" if self.partial else "answer.base"]

    def label(self, family: str, name: str) -> str:
        """The text of ``family.name``, or the name itself with blanks for underscores where there is none."""
        return self.texts.get(f"{family}.{name}") or name.replace("_", " ")

    def phrase(self, text: str) -> str:
        """A finished English text in this language, or as it is where no translation is known."""
        return phrasebook(self.language)(text)

    def title(self, family: str, name: str, default: str) -> str:
        """The translated title of a named thing, else ``default``. "pace 95" is the entry ``pace`` of size 95.

        A size below zero is what is bought: the entry of that kind, of the size without its sign.
        """
        kind, _, size = name.partition(" ")
        if size.startswith("-"):
            kind, size = f"{kind}-bought", size.removeprefix("-")
        text = self.texts.get(f"{family}.{kind}")
        return default if text is None else text.format_map({"size": size, HUNDRED_MILLIONS: hundred_millions(size)})

    def family(self, family: str) -> tuple[str, ...]:
        """Names of the entries ``family.name`` or ``family.name.part``, in the order of the file."""
        found = (key.split(".")[1] for key in self.texts if key.startswith(f"{family}."))
        return tuple(dict.fromkeys(found))

    def exact(self, value: float | None) -> str:
        """An amount as it is, without cents unless it is small."""
        return self("money.plain", number=numbers.amount(value))

    def money(self, value: float | None) -> str:
        """An amount for prose: two significant figures, in the words of the language."""
        for key, size in (("money.huge", self.huge), ("money.large", self.large), ("money.middle", self.middle)):
            if value is not None and abs(value) >= size:
                return self(key, number=numbers.significant(value / size))
        return self("money.plain", number=numbers.significant(value))

    def percent(self, fraction: float | None) -> str:
        """A share for prose: two significant figures, three from 100 percent on."""
        return self("money.percent", number=numbers.points(fraction))

    def bound(self, fraction: float | None) -> str:
        """The end of a band for prose: one decimal, because two figures may show no band at all."""
        return self("money.percent", number=numbers.grouped(numbers.times(fraction, 100.0), 1))

    def result(self, fraction: float | None) -> str:
        """A loss or gain for prose: to the decimal of its band from one percent on, so that it lies inside of it."""
        return self.bound(fraction) if fraction is not None and abs(fraction) >= 0.01 else self.percent(fraction)

    def months(self, number: float) -> str:
        """A horizon in whole months, with its noun."""
        text = f"{number:.0f}"
        return self("phrase.month" if text == "1" else "phrase.months", number=text)

    def points(self, fraction: float | None) -> str:
        """A difference of shares for prose, in percentage points."""
        return self("money.points", number=numbers.points(fraction))


def languages() -> tuple[str, ...]:
    """Languages with a file, English first."""
    names = sorted(
        entry.name.removesuffix(".toml")
        for entry in resources.files("stresstest.report").joinpath("locale").iterdir()
        if entry.name.endswith(".toml")
    )
    return tuple(names)


@cache
def phrasebook(language: str) -> Phrasebook:
    """Finished English texts in a language; in English, and where a language has no file, they stay as they are."""
    return Phrasebook(entries(language))


@cache
def load(language: str) -> Catalogue:
    """The catalogue of a language. Raises InputError for a language without a file."""
    if language not in languages():
        raise InputError(
            Problem(
                None, "lang", repr(language), f"one of {', '.join(languages())}", "Choose one of these with --lang."
            )
        )
    source = resources.files("stresstest.report").joinpath("locale", f"{language}.toml")
    tree = tomllib.loads(source.read_text(encoding="utf-8"))
    meta = tree.pop("meta")
    return Catalogue(language, meta["tag"], meta["huge"], meta["large"], meta["middle"], dict(_flatten(tree)))


def _flatten(tree: Mapping[str, object], prefix: str = "") -> Iterator[tuple[str, str]]:
    for key, value in tree.items():
        if isinstance(value, Mapping):
            yield from _flatten(value, f"{prefix}{key}.")
        else:
            yield prefix + key, str(value)
