"""The text of a user's TOML file: read with bounds, and where in it something stands."""

from __future__ import annotations

import re
import tomllib
import unicodedata
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from .errors import InputError, Problem

LARGEST_FILE = 1_000_000
#: Longest piece of a user's text that is repeated in a message.
LONGEST_ECHO = 60
#: A line that begins a table, with its brackets and its name, and one that gives a key its value.
_HEADER = re.compile(r"\s*(\[\[?)([^\[\]=,]+)\]\]?\s*(?:#.*)?$")
_KEY = re.compile(r"\s*([\w\-.\"' ]+?)\s*=")


class TomlDocument(dict[str, Any]):
    """A document that knows where its text is. lines: of the file, from the first."""

    lines: tuple[str, ...] = ()


def read_toml(path: Path, file: str = "") -> TomlDocument:
    """The document of a TOML file. Raises InputError when it is too large, not UTF-8, or not TOML.

    file: how messages call it, by default by its name.
    """
    file = file or path.name
    if path.stat().st_size > LARGEST_FILE:
        size = path.stat().st_size / 1e6
        hint = "Such a file takes a few lines; name another file."
        raise InputError(Problem(None, "", f"{size:,.0f} MB", "a TOML file of at most 1 MB", hint, file))
    try:
        return parse_toml(path.read_text(encoding="utf-8-sig"), file)
    except UnicodeDecodeError:
        hint = "Save it as UTF-8 text."
        raise InputError(Problem(None, "", "no UTF-8 text", "a TOML file in UTF-8", hint, file)) from None


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


def line_of(lines: Sequence[str], place: str) -> int | None:
    """Physical line of a place: "shock 2 absolute_bp", "mild.channels.duration.term_premium_bp" or "horizon_months".

    It is that of the key, else that of the table it should be in. None where the file does not write it line by line.
    """
    written, wanted = _written(lines), _steps(place)
    for depth in range(len(wanted), 0, -1):
        head, last = wanted[: depth - 1], wanted[depth - 1]
        for step in (last, last.partition(" ")[0]):  # a numbered table may stand in a list on one line
            if (*head, step) in written:
                return written[(*head, step)]
    return None


def _steps(place: str) -> tuple[str, ...]:
    """A place from the outermost table to the key; a numbered table is one step, "shock 2"."""
    steps: list[str] = []
    for part in place.split("."):
        numbered = re.match(r"(\w+ \d+)(?: (\w+))?", part)
        steps += [step for step in numbered.groups() if step] if numbered else [part]
    return tuple(steps)


def _written(lines: Sequence[str]) -> dict[tuple[str, ...], int]:
    """Line of every table and key by its steps; what a header only passes through stands where it is first named."""
    found: dict[tuple[str, ...], int] = {}
    table, numbers = tuple[str, ...](), Counter[tuple[str, ...]]()
    for number, line in enumerate(lines, 1):
        header, key = _HEADER.match(line), _KEY.match(line)
        if header:
            table = _names(header[2])
            if header[1] == "[[":
                numbers[table] += 1
                found.setdefault(table, number)
                table = (*table[:-1], f"{table[-1]} {numbers[table]}")
        if header or key:
            steps = table if key is None else (*table, *_names(key[1]))
            for depth in range(1, len(steps) + 1):
                found.setdefault(steps[:depth], number)
    return found


def _names(dotted: str) -> tuple[str, ...]:
    """The parts of a dotted key, without quotes."""
    return tuple(part.strip(" \t\"'") for part in dotted.split("."))


def is_plain(text: str) -> bool:
    """Whether a text holds no control characters but ends of lines and tabs: it is printed on a terminal."""
    return all(character in "\n\t" or unicodedata.category(character) != "Cc" for character in text)


def echo(found: object) -> str:
    """What was found, short enough to read."""
    text = found if isinstance(found, str) and is_plain(found) else repr(found)
    return text if len(text) <= LONGEST_ECHO else text[:LONGEST_ECHO] + "..."
