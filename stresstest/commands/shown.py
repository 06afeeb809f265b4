"""What a command shows: the same content as a JSON document or as text for people."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from ..errors import Problem
from ..report.catalogue import load
from ..report.switched_off import captioned
from ..study.switches import read_switches
from ..tables import factor_index
from .words import cell, noted, phrasebook, words

#: Title, header, rows.
Table = tuple[str, Sequence[str], Sequence[Sequence[str]]]


class Kept(str):
    """A heading or cell that stays as it is in every language: the name of a user's file."""


class Measure(str):
    """A cell that is the code of a measure and stands under the name that the report has for it."""


class Simulated(str):
    """A title or cell of simulated figures, behind which stands what is switched off."""

    def __new__(cls, text: str, off: Iterable[str]) -> Simulated:
        """off: names of channels and layers; none as a rule."""
        return super().__new__(cls, text)

    def __init__(self, text: str, off: Iterable[str]) -> None:
        self.off = tuple(off)

    def said(self, lang: str) -> str:
        """The text in ``lang`` with what is off in words, as the captions of a report have it."""
        switches = read_switches(self.off)
        without = {"channels": switches.channels_off, "layers": switches.layers_off}
        return captioned(cell(str(self), lang), {"distribution": {"without": without}}, load(lang))


@dataclass(frozen=True)
class Noted:
    """A line that tells of a problem. kind: "warning" or "left out"."""

    kind: str
    problem: Problem


@dataclass(frozen=True)
class PlanLine:
    """A line that names a plan by its title, with the name that --plan takes behind."""

    name: str
    title: str


#: A line below the tables.
Line = str | Noted | PlanLine


@dataclass(frozen=True)
class Shown:
    """A document for scripts, and tables and lines for people. spelt: factors stand in words in English as well.
    ids: with the name that a file gives them behind. left: columns hold words rather than figures.
    """

    document: dict[str, Any]
    tables: tuple[Table, ...] = ()
    lines: tuple[Line, ...] = ()
    spelt: bool = False
    ids: bool = False
    left: bool = False

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

        parts: list[Any] = []
        for title, header, rows in self.tables:
            named = Text(self._cell(title, lang))
            table = rich_table.Table(title=named, title_justify="left", box=None, pad_edge=False)
            for i, name in enumerate(header):
                left = i == 0 or self.left
                table.add_column(Text(_heading(name, lang)), justify="left" if left else "right", overflow="fold")
            for row in rows:
                table.add_row(*(Text(self._cell(text, lang)) for text in row))
            parts.append(table)
        parts.extend(Text(_line(line, lang)) for line in self.lines)
        return Group(*parts)

    def _cell(self, text: str, lang: str) -> str:
        if isinstance(text, Kept):
            return text
        if isinstance(text, Simulated):
            return text.said(lang)
        if isinstance(text, Measure):
            return load(lang).label("measure", text)
        if self.spelt and text in factor_index():
            label = load(lang).label("factor", text)
            return f"{label} ({text})" if self.ids else label
        return cell(text, lang)


def _heading(text: str, lang: str) -> str:
    return text if isinstance(text, Kept) else phrasebook(lang)(text)


def _line(line: Line, lang: str) -> str:
    if isinstance(line, PlanLine):
        title = load(lang).title("plan_title", line.name, line.title)
        frame = words(lang).get("Plan: {name}", "Plan: {name}")
        return frame.format(name=f"{title} ({line.name})" if title else line.name)
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
