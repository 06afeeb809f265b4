"""Finding header rows and reading cells by heading: never by position, because brokers reorder and rename columns."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from .raw import RawRow
from .text import Line

#: Plain-format column to the headings, in ``plain_heading`` form, under which a broker has shown it.
Aliases = Mapping[str, tuple[str, ...]]


def plain_heading(heading: str) -> str:
    """A heading without case and repeated blanks."""
    return " ".join(heading.casefold().split())


def holds_all(line: Line, required: Iterable[tuple[str, ...]]) -> bool:
    """True if the line has, for each entry of ``required``, one of its headings."""
    present = {plain_heading(cell) for cell in line.cells}
    return all(present.intersection(names) for names in required)


@dataclass(frozen=True)
class Header:
    """A header row. index: position of each known column; titles: the file's own name of it."""

    index: Mapping[str, int]
    titles: Mapping[str, str]

    def cell(self, line: Line, column: str) -> str:
        """The cell of a column, or "" where the row is short or the file has no such column."""
        position = self.index.get(column)
        return line.cells[position] if position is not None and position < len(line.cells) else ""

    def row(self, line: Line, kind: str = "", **replaced: str) -> RawRow:
        """The line as a RawRow; ``replaced`` gives cells that the reader rewrites."""
        cells = {column: self.cell(line, column) for column in self.index} | replaced
        return RawRow(line.number, cells, self.titles, kind)


def read_header(line: Line, aliases: Aliases) -> Header:
    """Match the headings of a line. The first of two columns with one heading wins."""
    place = {plain_heading(cell): i for i, cell in reversed(list(enumerate(line.cells)))}
    index = {}
    for column, names in aliases.items():
        found = next((name for name in names if name in place), None)
        if found is not None:
            index[column] = place[found]
    return Header(index, {column: line.cells[i] for column, i in index.items()})
