"""Presets: what is particular to one broker's table, and the user's own mapping, both in one form of TOML."""

from __future__ import annotations

import codecs
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Any

from ..errors import InputError, Problem
from ..tables import read_table
from .headings import AFTER, Aliases, dictionary, plain_heading
from .raw import BETA, PLAIN_COLUMNS, TAG

#: Columns beside those of the plain format that a table may have.
MORE_COLUMNS = (
    "isin", "cusip", "cost_price", "base_value", "fx_rate", "asset_kind", "sub_kind", "wide_kind", "level", "side",
    "notional", "weight", "sector", "date", "market", "category", "account_number",
)  # fmt: skip
ROW_KINDS = ("cash", "total", "pending", "skip", "end")
MAX_MAPPING_BYTES = 1_000_000
_FLAGS = ("only", "snapshots", "lots", "groups", "coded")
_TEXTS = ("name", "base", "market", "titles", "delimiter", "encoding", "decimal", "dates")
_KEYS = frozenset((*_TEXTS, *_FLAGS, "marks", "columns", "kinds", "rows", "symbols", "liability"))
_CHOICES = {"titles": ("", "account", "symbol"), "decimal": ("", ".", ","), "dates": ("", "mdy", "dmy")}


@dataclass(frozen=True)
class Preset:
    """How to read one table; see presets.toml for the meaning of each key.

    delimiter, encoding, decimal, dates and symbols are for mapping files: what the file is written in, and the
    symbols to use for the file's own names.
    """

    name: str
    marks: tuple[tuple[str, ...], ...] = ()
    columns: Aliases = field(default_factory=dict)
    kinds: Mapping[str, str] = field(default_factory=dict)
    rows: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    symbols: Mapping[str, str] = field(default_factory=dict)
    liability: tuple[str, ...] = ()
    base: str = "USD"
    market: str = ""
    titles: str = ""
    delimiter: str = ""
    encoding: str = ""
    decimal: str = ""
    dates: str = ""
    only: bool = False
    snapshots: bool = False
    lots: bool = False
    groups: bool = False
    coded: bool = False

    @property
    def aliases(self) -> Aliases:
        """Headings by column: the preset's first, then the dictionary's. The preset's columns are matched first."""
        general = dictionary()
        own = {column: (*names, *(general.get(column, ()) if names else ())) for column, names in self.columns.items()}
        return own | {column: names for column, names in general.items() if column not in own}

    def fits(self, headings: Sequence[str]) -> bool:
        """Whether a row of headings has one of each list of marks (and, for ``only``, nothing else)."""
        present = set(headings)
        if self.only and len(present) != len(self.marks):
            return False
        return bool(self.marks) and all(present.intersection(names) for names in self.marks)


GENERIC = Preset("table")


@dataclass(frozen=True)
class RowWords:
    """Words that tell what a row is, the general ones and the preset's."""

    exact: Mapping[str, str]
    prefixes: tuple[tuple[str, str], ...]

    def kind(self, text: str) -> str:
        """ "cash", "total", "pending", "skip", "end", or "" for a row that is a holding."""
        plain = plain_heading(text)
        found = self.exact.get(plain)
        if found is None:
            found = next((kind for prefix, kind in self.prefixes if plain.startswith(prefix)), "")
        return found


@cache
def _document() -> dict[str, Any]:
    return tomllib.loads(resources.files("stresstest.holdings").joinpath("presets.toml").read_text(encoding="utf-8"))


@cache
def presets() -> tuple[Preset, ...]:
    """The presets that ship, in the order of the file."""
    return tuple(_preset(entry) for entry in _document()["preset"])


@cache
def kind_words() -> Mapping[str, str]:
    """Brokers' words for the kind of a security and our classes."""
    return {row["word"]: row["asset_class"] for row in read_table("stresstest.holdings", "kinds.csv")}


def row_words(preset: Preset) -> RowWords:
    """The general words and those of the preset."""
    words = _document()["words"]
    exact = {plain_heading(word): kind for kind in ROW_KINDS for word in words.get(kind, ())}
    exact |= {plain_heading(word): kind for kind, found in preset.rows.items() for word in found}
    prefixes = [(plain_heading(word), kind) for kind in ROW_KINDS for word in words.get(f"{kind}_prefix", ())]
    return RowWords(exact, tuple(prefixes))


def _preset(entry: Mapping[str, Any]) -> Preset:
    """A preset from its TOML table, which is known to be well formed."""
    plain = {key: entry[key] for key in (*_TEXTS, *_FLAGS) if key in entry}
    return replace(
        Preset(plain["name"]),
        **plain,
        marks=tuple(tuple(map(plain_heading, names)) for names in entry.get("marks", ())),
        columns={column: _headings(names) for column, names in entry.get("columns", {}).items()},
        kinds={word.casefold(): kind for word, kind in entry.get("kinds", {}).items()},
        rows={kind: tuple(words) for kind, words in entry.get("rows", {}).items()},
        symbols=dict(entry.get("symbols", {})),
        liability=tuple(entry.get("liability", ())),
    )


def _headings(names: str | Sequence[str]) -> tuple[str, ...]:
    listed = [names] if isinstance(names, str) else names
    return tuple(
        AFTER + plain_heading(name.removeprefix(AFTER)) if name.startswith(AFTER) else plain_heading(name)
        for name in listed
    )


# ------------------------------------------------------------------------------------------------- mapping files


def read_mapping(path: Path, classes: Sequence[str]) -> Preset:
    """The user's mapping file. classes: the asset classes that ``kinds`` may name.

    Raises InputError with every key that is unknown or has a value of the wrong kind.
    """
    document = _load(path)
    problems = [*_unknown_keys(document), *_wrong_values(document, classes)]
    if problems:
        raise InputError([replace(problem, file=path.name) for problem in problems])
    return _preset({"name": path.stem, **document})


def _load(path: Path) -> dict[str, Any]:
    expected = "a mapping file in TOML"
    try:
        if not path.is_file() or path.stat().st_size > MAX_MAPPING_BYTES:
            raise InputError(Problem(None, "mapping", str(path), expected, "Check the path.", path.name))
        return tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except (OSError, ValueError, RecursionError) as error:
        raise InputError(
            Problem(None, "mapping", str(error), expected, "A whole example stands in docs/holdings.md.", path.name)
        ) from error


def _unknown_keys(document: Mapping[str, Any]) -> list[Problem]:
    expected = f"one of {', '.join(sorted(_KEYS))}"
    return [Problem(None, key, key, expected, "Rename or remove the key.") for key in document if key not in _KEYS]


def _wrong_values(document: Mapping[str, Any], classes: Sequence[str]) -> list[Problem]:
    problems = []
    for key, value in ((key, value) for key, value in document.items() if key in _KEYS):
        problem = _wrong_value(key, value, classes)
        if problem:
            problems.append(Problem(None, key, repr(value)[:60], problem, ""))
    return problems


def _wrong_value(key: str, value: Any, classes: Sequence[str]) -> str:
    """What was expected, "" where the value is right."""
    if key in _FLAGS:
        return "" if isinstance(value, bool) else "true or false"
    if key in _TEXTS:
        return _wrong_text(key, value)
    if key == "marks":
        right = isinstance(value, list) and all(_is_words(names) for names in value)
        return "" if right else "a list of lists of headings"
    if key == "liability":
        return "" if _is_words(value) else "a list of words"
    if not isinstance(value, dict):
        return "a table"
    return _wrong_table(key, value, classes)


def _wrong_text(key: str, value: Any) -> str:
    if not isinstance(value, str):
        return "a text"
    if key in _CHOICES and value not in _CHOICES[key]:
        return f"one of {', '.join(repr(choice) for choice in _CHOICES[key])}"
    if key == "delimiter" and len(value) > 1:
        return "one character"
    if key == "encoding" and value:
        try:
            codecs.lookup(value)
        except LookupError:
            return "an encoding such as utf-8, cp950 or cp1252"
    return ""


def _wrong_table(key: str, table: Mapping[str, Any], classes: Sequence[str]) -> str:
    if key == "columns":
        known = (*PLAIN_COLUMNS, *MORE_COLUMNS)
        wrong = [name for name in table if name not in known and not name.startswith((BETA, TAG))]
        if wrong:
            return f"columns named {', '.join(known)}, beta_<factor> or tag_<name>; not {', '.join(wrong)}"
        right = all(isinstance(names, str) or _is_words(names) for names in table.values())
        return "" if right else "a heading or a list of headings for each column"
    if key == "rows":
        right = set(table) <= set(ROW_KINDS) and all(_is_words(words) for words in table.values())
        return "" if right else f"lists of words under {', '.join(ROW_KINDS)}"
    if not all(isinstance(value, str) for value in table.values()):
        return "a text for each key"
    if key == "kinds" and not set(table.values()) <= {"", *classes}:
        return f"classes among {', '.join(classes)}"
    return ""


def _is_words(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(word, str) for word in value)
