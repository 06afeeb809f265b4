"""The user's TOML file at the door: small checks that name the place of every fault."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from ..errors import InputError, Problem
from ..tables import factor_names
from ..toml_text import LONGEST_ECHO, echo, is_plain, line_of

#: Tables of a scenario that stand inside a severity where there are severities.
_OF_A_SEVERITY = re.compile(r"(\[\[?)(channels|shock)\b")


@dataclass
class Door:
    """Collects every fault of one file. file: its name, for the messages; lines: its text, to say where they are.

    within: the severity that is read, "" for none; shared: keys that it takes from the file as a whole.
    """

    file: str
    problems: list[Problem] = field(default_factory=list)
    lines: tuple[str, ...] = ()
    within: str = ""
    shared: frozenset[str] = frozenset()

    def inside(self, severity: str, shared: Iterable[str]) -> Door:
        """The same door for the keys of ``severity``: places and tables that faults name are those inside it."""
        return Door(self.file, self.problems, self.lines, severity, frozenset(shared))

    def place(self, key: str) -> str:
        """Where ``key`` stands in the file: as it is, or inside the severity."""
        own = self.within and re.split(r"[ .]", key)[0] not in self.shared
        return f"{self.within}.{key}" if own else key

    def fault(self, place: str, found: object, expected: str, hint: str = "", row: int | None = None) -> None:
        """Note one fault; what was found is cut to a readable length.

        row: physical line in the file; None looks it up. What every severity takes from the file is told once.
        """
        place = self.place(place)
        row = line_of(self.lines, place) if row is None else row
        if self.within:
            expected, hint = (_OF_A_SEVERITY.sub(rf"\1{self.within}.\2", text) for text in (expected, hint))
        problem = Problem(row, place, echo(found), expected, hint, self.file)
        if problem not in self.problems:
            self.problems.append(problem)

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
        if isinstance(value, str) and is_plain(value):
            return value
        self.fault(key, value, "a text in quotes, without control characters")
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
        if isinstance(value, list) and all(isinstance(entry, str) and is_plain(entry) for entry in value):
            return tuple(value)
        self.fault(key, value, "a list of texts without control characters", f'Write {key} = ["..."].')
        return ()

    def tables(self, document: Mapping[str, Any], key: str, most: int) -> list[tuple[int, Mapping[str, Any]]]:
        """Tables of [[key]], numbered from 1."""
        rows = document.get(key, [])
        if not isinstance(rows, list):
            self.fault(key, rows, f"tables [[{key}]]", f"Begin each with [[{key}]].")
            return []
        if len(rows) > most:
            self.fault(key, f"{len(rows)} tables", f"at most {most} tables [[{key}]]", "Use more than one file.")
            return []
        for number, row in enumerate(rows, 1):
            if not isinstance(row, dict):
                self.fault(f"{key} {number}", row, "a table", f"Begin it with [[{key}]].")
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
    return f"Known: {shown}{' and more' if len(known) > 12 else ''}."


def nearest_factor(name: object) -> str:
    """A hint that names the nearest factor, and where all of them are listed."""
    return f"{nearest(name, factor_names())} `stresstest scenarios factors` lists them."
