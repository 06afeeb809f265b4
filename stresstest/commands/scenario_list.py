"""The library as a list: a line for each scenario, as many columns as the screen holds."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from .shown import clean
from .words import cell, phrasebook

#: Columns of a screen that a title takes at most before columns of moves give way to it.
TITLE = 60
#: Columns between two columns of a table.
GAP = 2
LEFT_OUT = "Columns left out for want of width: {names}. A wider screen or --json shows them."


@dataclass(frozen=True)
class Listed:
    """One scenario of the list; judged and moves as text, moves in the order of the list's headings."""

    name: str
    title: str
    judged: str
    moves: tuple[str, ...]


@dataclass(frozen=True)
class ScenarioList:
    """document: of all cards. moved: headings of the columns of moves, the first ones kept longest."""

    document: dict[str, Any]
    listed: Sequence[Listed]
    moved: tuple[str, ...]

    def to_document(self) -> dict[str, Any]:
        """Strict JSON: numbers that are not finite become null."""
        cleaned = clean(self.document)
        assert isinstance(cleaned, dict)
        return cleaned

    def to_text(self, lang: str = "en") -> Any:
        """A rich renderable that fits itself to the screen."""
        return _Fitted(self, lang)


@dataclass(frozen=True)
class _Fitted:
    """The list in one language. The name is never broken: it is there to be copied."""

    shown: ScenarioList
    lang: str

    def __rich_console__(self, console: Any, options: Any) -> Iterator[Any]:
        from rich.table import Table
        from rich.text import Text

        say = phrasebook(self.lang)
        names = [one.name for one in self.shown.listed]
        titles = [cell(one.title, self.lang) for one in self.shown.listed]
        # what may give way, in the order of the table: what was judged, then moves
        heads = [say(head) for head in ("judged", *self.shown.moved)]
        columns = [[one.judged for one in self.shown.listed]]
        columns += [[one.moves[k] for one in self.shown.listed] for k in range(len(self.shown.moved))]
        room = options.max_width - _width([say("name"), *names]) - GAP - min(_width([say("title"), *titles]), TITLE)
        kept = _fitting([_width([head, *column]) + GAP for head, column in zip(heads, columns, strict=True)], room)
        table = Table(
            title=Text(say("Scenarios")), title_justify="left", box=None, pad_edge=False, padding=(0, GAP, 0, 0)
        )
        table.add_column(Text(say("name")), no_wrap=True, min_width=_width(names))
        for head in heads[:kept]:
            table.add_column(Text(head), justify="right", no_wrap=True)
        table.add_column(Text(say("title")), overflow="fold")
        for i, name in enumerate(names):
            table.add_row(Text(name), *(Text(column[i]) for column in columns[:kept]), Text(titles[i]))
        yield table
        if kept < len(heads):
            yield Text(say(LEFT_OUT.format(names=", ".join(heads[kept:]))))


def _width(texts: Sequence[str]) -> int:
    from rich.cells import cell_len

    return max(map(cell_len, texts), default=0)


def _fitting(widths: Sequence[int], room: int) -> int:
    """How many of the columns stand beside one another in ``room``."""
    kept = 0
    for width in widths:
        room -= width
        if room < 0:
            break
        kept += 1
    return kept
