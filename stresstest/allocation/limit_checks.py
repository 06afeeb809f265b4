"""Faults of a limits file, all at once: each with its line, what was found, what was expected, and a hint."""

from __future__ import annotations

import difflib
import math
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from ..errors import Problem
from ..tables import read_table

#: Keys of a limit, and of a group cap.
LIMIT_KEYS = ("level", "relative")
GROUP_KEYS = ("max",)


def faults(given: Mapping[str, Any], text: str, file: str, rules: set[str]) -> list[Problem]:
    """Every fault of a parsed limits file. text: its source, for line numbers. rules: names of the limits."""
    settings = {row["key"]: row for row in read_table("stresstest.allocation", "settings.csv")}
    return [
        Problem(_line(text, key), key, found, expected, hint, file)
        for key, found, expected, hint in _faults(given, rules, settings)
    ]


Fault = tuple[str, str, str, str]


def _faults(given: Mapping[str, Any], rules: set[str], settings: Mapping[str, Mapping[str, str]]) -> Iterator[Fault]:
    tables = {key.split(".")[0] for key in settings if "." in key}
    known = [*sorted(rules), "group", *sorted(tables), *sorted(key for key in settings if "." not in key)]
    for name, value in given.items():
        if name in settings:
            yield from _setting(name, value, settings[name])
        elif name not in known:
            yield _unknown(name, name, known)
        elif not isinstance(value, dict):
            yield name, repr(value), "a table", f"Write [{name}] on one line and its keys below."
        elif name == "group":
            yield from _group(value)
        elif name in rules:
            yield from _limit(name, value)
        else:
            yield from _table(name, value, settings)


def _limit(name: str, table: Mapping[str, Any]) -> Iterator[Fault]:
    if not table:
        yield name, "an empty table", "level, relative or both", "Give a level, or remove the table."
    for key, value in table.items():
        place = f"{name}.{key}"
        if key not in LIMIT_KEYS:
            yield _unknown(place, key, LIMIT_KEYS)
        elif not _is_number(value):
            yield place, repr(value), "a number", "Write a decimal: 0.10 is ten percent."
        elif key == "level" and not _sensible(name, value):
            yield place, repr(value), _range(name), "A level beyond it can never be met, or never binds."
        elif key == "relative" and not 0.0 < value <= 1.0:
            yield place, repr(value), "a number above 0 and up to 1", "It multiplies what the book has today."


def _ranges() -> Mapping[str, Mapping[str, str]]:
    return {row["name"]: row for row in read_table("stresstest.allocation", "level_ranges.csv")}


def _sensible(name: str, level: float) -> bool:
    """Whether a level can mean something; infinity on the open side switches the limit off."""
    row = _ranges()[name]
    return float(row["low"]) <= level <= float(row["high"])


def _range(name: str) -> str:
    row = _ranges()[name]
    if row["high"] == "inf":
        return f"a number of at least {row['low']}"
    return f"a number of at most {row['high']}" if row["low"] == "-inf" else f"{row['low']} to {row['high']}"


def _group(tags: Mapping[str, Any]) -> Iterator[Fault]:
    form = 'Write [group.<tag>.<value>] and max = 0.2, as in [group.region."Asia"].'
    for tag, values in tags.items():
        for value, table in values.items() if isinstance(values, dict) else [("", None)]:
            place = f"group.{tag}.{value}".rstrip(".")
            if not isinstance(table, dict):
                yield place, repr(table if value else values), "a table with max", form
                continue
            yield from (_unknown(f"{place}.{key}", key, GROUP_KEYS) for key in table if key not in GROUP_KEYS)
            cap = table.get("max")
            if cap is None or not _is_number(cap) or cap < 0:
                yield f"{place}.max", repr(cap), "a number of at least 0", form


def _table(name: str, table: Mapping[str, Any], settings: Mapping[str, Mapping[str, str]]) -> Iterator[Fault]:
    keys = [key.partition(".")[2] for key in settings if key.startswith(f"{name}.")]
    for key, value in table.items():
        place = f"{name}.{key}"
        if place in settings:
            yield from _setting(place, value, settings[place])
        else:
            yield _unknown(place, key, keys)


def _setting(place: str, value: Any, row: Mapping[str, str]) -> Iterator[Fault]:
    kind = row["kind"]
    if kind == "flag":
        if not isinstance(value, bool):
            yield place, repr(value), "true or false", row["meaning"]
    elif kind == "words":
        if not isinstance(value, list) or not all(isinstance(word, str) for word in value):
            yield place, repr(value), 'a list of words, as in ["TLT", "BTC"]', row["meaning"]
    elif not _is_number(value) or (kind == "whole" and not isinstance(value, int)):
        yield place, repr(value), "a whole number" if kind == "whole" else "a number", row["meaning"]
    elif not float(row["low"]) <= value <= float(row["high"]):
        yield place, repr(value), f"{row['low']} to {row['high']} ({row['unit']})", row["meaning"]


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and not math.isnan(value)


def _unknown(place: str, key: str, known: Iterable[str]) -> Fault:
    names = list(known)
    nearest = difflib.get_close_matches(key, names, n=1, cutoff=0.5)
    hint = f"Did you mean {nearest[0]}?" if nearest else "Remove it, or use a known name."
    return place, repr(key), f"one of {', '.join(names)}", hint


def _line(text: str, place: str) -> int | None:
    """Line of the key, searched below the header of its table; None where the text does not show it."""
    table, _, key = place.rpartition(".")
    lines = text.splitlines()
    start = next((n for n, line in enumerate(lines) if line.replace('"', "").strip() == f"[{table}]"), 0)
    form = re.compile(rf"\s*\[?\"?{re.escape(key)}\b")
    return next((n + 1 for n in range(start, len(lines)) if form.match(lines[n])), None)
