"""What a command shows: the same content as a JSON document or as text for people."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from ..errors import Problem
from ..report.catalogue import load
from ..tables import factor_index
from .words import cell, noted, phrasebook

#: Title, header, rows.
Table = tuple[str, Sequence[str], Sequence[Sequence[str]]]


@dataclass(frozen=True)
class Noted:
    """A line that tells of a problem. kind: "warning" or "left out"."""

    kind: str
    problem: Problem


@dataclass(frozen=True)
class Shown:
    """A document for scripts, and tables and lines for people. spelt: factors stand in words in English as well."""

    document: dict[str, Any]
    tables: tuple[Table, ...] = ()
    lines: tuple[str | Noted, ...] = ()
    spelt: bool = False

    def to_document(self) -> dict[str, Any]:
        """Strict JSON: numbers that are not finite become null."""
        cleaned = clean(self.document)
        assert isinstance(cleaned, dict)
        return cleaned

    def to_text(self, lang: str = "en") -> Any:
        """A rich renderable in the language ``lang``: each table with its title, then the lines."""
        from rich import table as rich_table
        from rich.console import Group
        from rich.text import Text

        say = phrasebook(lang)
        parts: list[Any] = []
        for title, header, rows in self.tables:
            named = Text(cell(title, lang))
            table = rich_table.Table(title=named, title_justify="left", box=None, pad_edge=False)
            for i, name in enumerate(header):
                table.add_column(Text(say(name)), justify="left" if i == 0 else "right", overflow="fold")
            for row in rows:
                table.add_row(*(Text(self._cell(text, lang)) for text in row))
            parts.append(table)
        parts.extend(Text(_line(line, lang)) for line in self.lines)
        return Group(*parts)

    def _cell(self, text: str, lang: str) -> str:
        if self.spelt and text in factor_index():
            return load(lang).label("factor", text)
        return cell(text, lang)


def _line(line: str | Noted, lang: str) -> str:
    return noted(line.kind, line.problem, lang) if isinstance(line, Noted) else phrasebook(lang)(line)


def clean(value: Any) -> Any:
    """The same structure with plain types only; numbers that are not finite become None."""
    if isinstance(value, dict):
        return {str(key): clean(entry) for key, entry in value.items()}
    if isinstance(value, (list, tuple)):
        return [clean(entry) for entry in value]
    if hasattr(value, "tolist"):
        return clean(value.tolist())
    if isinstance(value, float):
        return float(f"{value:.12g}") if math.isfinite(value) else None
    return value
