"""JSON: lists of objects as tables, with the line of each object; strict, and within bounds."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from .source import Source
from .text import Line, Sheet, clean_cell
from .workbook import number_text

#: Keys under which exports keep what is held, and what was done.
HELD = ("positions", "holdings", "assets", "portfolio", "securities")
DONE = ("activities", "transactions", "trades", "orders")
_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")


@dataclass(frozen=True)
class JsonTable:
    """A list of objects. key: where it stood ("" for the document itself). items: with the line of each, unique."""

    key: str
    items: tuple[tuple[int, Mapping[str, Any]], ...]
    document: Mapping[str, Any]

    @property
    def lists_transactions(self) -> bool:
        """True for what was done rather than what is held."""
        return self.key in DONE

    def sheet(self, name: str) -> Sheet:
        """The table as cells: headings are the keys in words, nested values are left out."""
        keys = list(dict.fromkeys(key for _, item in self.items for key in item))
        headings = tuple(clean_cell(_CAMEL.sub(" ", key)) for key in keys)
        rows = (Line(line, tuple(_cell(item.get(key)) for key in keys)) for line, item in self.items)
        first = self.items[0][0] if self.items else 1
        return Sheet(name, (Line(first - 1, headings), *rows), "utf-8", "", typed=True)


def read_json(source: Source) -> JsonTable:
    """The first list of objects under a known key, or the document if it is one.

    Raises InputError for what is not strict JSON, is nested too deeply, or has no such list.
    """
    try:
        text = source.data.decode("utf-8-sig")
        document = json.loads(text, parse_constant=_no_constant, object_pairs_hook=_unique)
    except (ValueError, RecursionError) as error:
        row = getattr(error, "lineno", None)
        raise source.refusal(f"not valid JSON: {error}", "strict JSON", "Export the file again.", row) from error
    key, found = _table(document)
    if not found:
        hint = "Give the holdings as a list of objects with the keys symbol and quantity, or as CSV."
        raise source.refusal("a JSON document without a list of holdings", f"one of {', '.join(HELD + DONE)}", hint)
    lines = _lines(text, key, len(found))
    return JsonTable(key, tuple(zip(lines, found, strict=True)), document if isinstance(document, dict) else {})


def _table(document: Any) -> tuple[str, list[Mapping[str, Any]]]:
    if isinstance(document, list):
        return "", [item for item in document if isinstance(item, dict)]
    for key in (*HELD, *DONE):
        items = document.get(key) if isinstance(document, dict) else None
        if isinstance(items, list) and any(isinstance(item, dict) for item in items):
            return key, [item for item in items if isinstance(item, dict)]
    return "", []


def _lines(text: str, key: str, count: int) -> list[int]:
    """Line of each object of the list; the number of the object where several share a line."""
    start = text.find("[", text.find(f'"{key}"') if key else 0) + 1
    decoder = json.JSONDecoder()
    lines: list[int] = []
    line, counted = 1, 0
    at = start
    while len(lines) < count and at < len(text):
        if text[at] == "{":
            line += text.count("\n", counted, at)
            counted = at
            lines.append(line)
            _, at = decoder.raw_decode(text, at)
        else:
            at += 1
    unique = len(set(lines)) == count
    return lines if unique else list(range(2, count + 2))


def _cell(value: Any) -> str:
    if value is None or isinstance(value, (dict, list)):
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    return number_text(value) if isinstance(value, (int, float)) else clean_cell(str(value))


def _no_constant(name: str) -> None:
    raise ValueError(f"the number {name}")


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError("a key that occurs twice in one object")
    return found
