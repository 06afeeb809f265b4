"""The user's TOML file at the door: read with bounds, and small checks that name the place of every fault."""

from __future__ import annotations

import difflib
import re
import tomllib
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ..errors import InputError, Problem
from ..tables import factor_names

LARGEST_FILE = 1_000_000
#: Longest piece of a user's text that is repeated in a message.
LONGEST_ECHO = 60


class TomlDocument(dict[str, Any]):
    """A document that knows where its text is. lines: of the file, from the first."""

    lines: tuple[str, ...] = ()


def read_toml(path: Path) -> TomlDocument:
    """The document of a TOML file. Raises InputError when it is too large, not UTF-8, or not TOML."""
    if path.stat().st_size > LARGEST_FILE:
        size = path.stat().st_size / 1e6
        hint = "A scenario takes a few lines; name another file."
        raise InputError(Problem(None, "", f"{size:,.0f} MB", "a TOML file of at most 1 MB", hint, path.name))
    try:
        return parse_toml(path.read_text(encoding="utf-8-sig"), path.name)
    except UnicodeDecodeError:
        hint = "Save it as UTF-8 text."
        raise InputError(Problem(None, "", "no UTF-8 text", "a TOML file in UTF-8", hint, path.name)) from None


def parse_toml(text: str, file: str) -> TomlDocument:
    """The document of a TOML text. Raises InputError for wrong syntax, also where it is wrong on purpose."""
    try:
        document = TomlDocument(tomllib.loads(text))
    except RecursionError:
        raise InputError(
            Problem(None, "", "tables nested too deeply", "a flat TOML file", "Mend the brackets.", file)
        ) from None
    except tomllib.TOMLDecodeError as error:
        raise InputError(_syntax(str(error), file)) from None
    except ValueError:  # an integer of thousands of digits
        hint = "Shorten the number."
        raise InputError(Problem(None, "", "a number of thousands of digits", "valid TOML", hint, file)) from None
    document.lines = tuple(text.splitlines())
    return document


def _syntax(message: str, file: str) -> Problem:
    """A fault of syntax with its line and what to look at."""
    match = re.fullmatch(r"(.*) \(at line (\d+), column (\d+)\)", message, re.DOTALL)
    found, row = (match[1], int(match[2])) if match else (message, None)
    twice = "overwrite" in found or "twice" in found or "Cannot declare" in found
    hint = "A key or a table stands there twice; keep one." if twice else "Texts stand in quotes, keys before an =."
    column = f"column {match[3]}" if match else ""
    return Problem(row, column, echo(found), "valid TOML", hint, file)


@dataclass
class Door:
    """Collects every fault of one file. file: its name, for the messages; lines: its text, to say where they are."""

    file: str
    problems: list[Problem] = field(default_factory=list)
    lines: tuple[str, ...] = ()

    def fault(self, place: str, found: object, expected: str, hint: str = "", row: int | None = None) -> None:
        """Note one fault; what was found is cut to a readable length.

        row: physical line in the file; None looks it up for a place that begins with a numbered table, "shock 2".
        """
        row = line_of(self.lines, place) if row is None else row
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


def line_of(lines: Sequence[str], place: str) -> int | None:
    """Physical line of a place: "shock 2 absolute_bp", "channels.duration.term_premium_bp" or "horizon_months".

    It is that of the key, else that of the table it should be in. None where the file does not write it line by line.
    """
    numbered = re.match(r"(\w+) (\d+)(?: (\w+))?", place)
    if numbered:
        header, number, key = rf"\[\[\s*{numbered[1]}\s*\]\]", int(numbered[2]), numbered[3]
    else:
        table, _, key = place.rpartition(".")
        header, number = rf"\[\s*{re.escape(table)}\s*\]" if table else "", 1
    starts = [i for i, line in enumerate(lines) if header and re.match(rf"\s*{header}", line)]
    if header and len(starts) < number:
        return None
    first = starts[number - 1] if header else -1
    for i in range(first + 1, len(lines)):
        if lines[i].lstrip().startswith("["):
            break
        if key and re.match(rf"\s*{re.escape(key)}\s*=", lines[i]):
            return i + 1
    return first + 1 if header else None


def is_plain(text: str) -> bool:
    """Whether a text holds no control characters but ends of lines and tabs: it is printed on a terminal."""
    return all(character in "\n\t" or unicodedata.category(character) != "Cc" for character in text)


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


def echo(found: object) -> str:
    """What was found, short enough to read."""
    text = found if isinstance(found, str) and is_plain(found) else repr(found)
    return text if len(text) <= LONGEST_ECHO else text[:LONGEST_ECHO] + "..."
