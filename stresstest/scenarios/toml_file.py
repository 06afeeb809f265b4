"""The user's TOML file at the door: read with bounds, and small checks that name the place of every fault."""

from __future__ import annotations

import difflib
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ..errors import InputError, Problem

LARGEST_FILE = 1_000_000
#: Longest piece of a user's text that is repeated in a message.
LONGEST_ECHO = 60


def read_toml(path: Path) -> Mapping[str, Any]:
    """The document of a TOML file. Raises InputError when it is too large, not UTF-8, or not TOML."""
    if path.stat().st_size > LARGEST_FILE:
        raise InputError(Problem(None, "scenario", "more than 1 MB", "a short TOML file", "", path.name))
    try:
        return parse_toml(path.read_text(encoding="utf-8"), path.name)
    except UnicodeDecodeError as error:
        raise InputError(
            Problem(None, "", str(error), "a TOML file in UTF-8", "Save it as UTF-8.", path.name)
        ) from None


def parse_toml(text: str, file: str) -> Mapping[str, Any]:
    """The document of a TOML text. Raises InputError for wrong syntax, also where it is wrong on purpose."""
    try:
        return tomllib.loads(text)
    except RecursionError:
        raise InputError(
            Problem(None, "", "tables nested too deeply", "a flat TOML file", "Mend the brackets.", file)
        ) from None
    except ValueError as error:  # a syntax error, or an integer of thousands of digits
        raise InputError(Problem(None, "", str(error), "a TOML file in UTF-8", "Mend the syntax.", file)) from None


@dataclass
class Door:
    """Collects every fault of one file. file: its name, for the messages."""

    file: str
    problems: list[Problem] = field(default_factory=list)

    def fault(self, place: str, found: object, expected: str, hint: str = "", row: int | None = None) -> None:
        """Note one fault; what was found is cut to a readable length."""
        self.problems.append(Problem(row, place, echo(found), expected, hint, self.file))

    def close(self) -> None:
        """Raise InputError with every fault found so far, if any."""
        if self.problems:
            raise InputError(self.problems)

    def unknown(self, keys: Iterable[str], known: Sequence[str], place: str = "", row: int | None = None) -> None:
        """Note every key that is not known, with the nearest that is."""
        for key in keys:
            if key not in known:
                self.fault(place + key, f"unknown key {key!r}", "a known key", nearest(key, known), row)

    def number(self, table: Mapping[str, Any], key: str, default: float, low: float, high: float, unit: str) -> float:
        """The number under ``key`` within [low, high], else the default and a fault."""
        value = table.get(key, default)
        if is_number(value, low, high):
            return float(value)
        self.fault(key, value, f"{unit} from {low:g} to {high:g}")
        return default

    def text(self, table: Mapping[str, Any], key: str, default: str) -> str:
        """The text under ``key``, else the default and a fault."""
        value = table.get(key, default)
        if isinstance(value, str):
            return value
        self.fault(key, value, "a text in quotes")
        return default

    def flag(self, table: Mapping[str, Any], key: str, default: bool) -> bool:
        """true or false under ``key``, else the default and a fault."""
        value = table.get(key, default)
        if isinstance(value, bool):
            return value
        self.fault(key, value, "true or false", "Without quotes.")
        return default

    def texts(self, table: Mapping[str, Any], key: str) -> tuple[str, ...]:
        """The list of texts under ``key``, none by default."""
        value = table.get(key, [])
        if isinstance(value, list) and all(isinstance(entry, str) for entry in value):
            return tuple(value)
        self.fault(key, value, "a list of texts", f'Write {key} = ["..."].')
        return ()

    def tables(self, document: Mapping[str, Any], key: str, most: int) -> list[tuple[int, Mapping[str, Any]]]:
        """Tables of [[key]], numbered from 1."""
        rows = document.get(key, [])
        if not isinstance(rows, list) or len(rows) > most:
            self.fault(key, rows, f"at most {most} tables [[{key}]]", f"Begin each with [[{key}]].")
            return []
        for number, row in enumerate(rows, 1):
            if not isinstance(row, dict):
                self.fault(key, row, "a table", f"Begin it with [[{key}]].", number)
        return [(number, row) for number, row in enumerate(rows, 1) if isinstance(row, dict)]


def is_number(value: object, low: float, high: float) -> bool:
    """Whether ``value`` is a number inside [low, high]; NaN, infinities and booleans are not."""
    return isinstance(value, (int, float)) and not isinstance(value, bool) and low <= value <= high


def nearest(name: object, known: Sequence[str]) -> str:
    """A hint that names the nearest known word, or the first few of them."""
    near = difflib.get_close_matches(str(name)[:LONGEST_ECHO], known, 1)
    if near:
        return f"Did you mean {near[0]}?"
    shown = ", ".join(known[:12])
    return f"Known: {shown}{', ...' if len(known) > 12 else ''}."


def echo(found: object) -> str:
    """What was found, short enough to read."""
    text = found if isinstance(found, str) else repr(found)
    return text if len(text) <= LONGEST_ECHO else text[:LONGEST_ECHO] + "..."
