"""The text of a user's TOML file: read with bounds, and where in it something stands."""

from __future__ import annotations

import re
import tomllib
import unicodedata
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from .errors import InputError, Problem

LARGEST_FILE = 1_000_000
#: Longest piece of a user's text that is repeated in a message.
LONGEST_ECHO = 60


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


def echo(found: object) -> str:
    """What was found, short enough to read."""
    text = found if isinstance(found, str) and is_plain(found) else repr(found)
    return text if len(text) <= LONGEST_ECHO else text[:LONGEST_ECHO] + "..."
