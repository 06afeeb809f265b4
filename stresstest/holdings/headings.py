"""Finding header rows and reading cells by heading: never by position, because brokers reorder and rename columns."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache

from ..tables import read_table
from .raw import PLAIN_COLUMNS

#: Our column to the headings, in ``plain_heading`` form and in order of preference, under which a file may show it.
Aliases = Mapping[str, tuple[str, ...]]
#: "@after X" names the column to the right of heading X: some exports leave the heading of an amount empty.
AFTER = "@after "
_NOISE = re.compile(r"[()\[\]$#*:_\s\u3000（）]+")
_BESIDE_CHINESE = re.compile(r"(?<=[\u3040-\u9fff]) | (?=[\u3040-\u9fff])")


@lru_cache(maxsize=20_000)
def plain_heading(heading: str) -> str:
    """A heading in lower case, without brackets, marks, repeated blanks, and blanks beside Chinese characters."""
    return _BESIDE_CHINESE.sub("", _NOISE.sub(" ", heading.casefold()).strip())


@cache
def dictionary() -> Aliases:
    """The general dictionary, headings.csv."""
    return {
        row["field"]: tuple(row["headings"].split("|")) for row in read_table("stresstest.holdings", "headings.csv")
    }


@cache
def known_headings() -> frozenset[str]:
    """Every heading of the dictionary and of the plain format."""
    plain = {plain_heading(name) for name in PLAIN_COLUMNS}
    return frozenset(plain.union(*dictionary().values()))


@dataclass(frozen=True)
class Header:
    """A header row. index: position of each known column; titles: the file's own name of it; width: of the table."""

    index: Mapping[str, int]
    titles: Mapping[str, str]
    width: int

    def cell(self, cells: Sequence[str], column: str) -> str:
        """The cell of a column, or "" where the row is short or the file has no such column."""
        position = self.index.get(column)
        return cells[position] if position is not None and position < len(cells) else ""


def read_header(cells: Sequence[str], aliases: Aliases) -> Header:
    """Match the headings of a row. The first of two columns with one heading wins; a column is used once."""
    place: dict[str, int] = {}
    for i, cell in enumerate(cells):
        place.setdefault(plain_heading(cell), i)
    index: dict[str, int] = {}
    used: set[int] = set()
    for column, names in aliases.items():
        found = next((place[n] for n in names if n in place and place[n] not in used), None)
        if found is None:
            found = _after(names, place, len(cells))
        if found is not None:
            index[column] = found
            used.add(found)
    width = max((i for i, cell in enumerate(cells) if cell), default=-1) + 1
    return Header(index, {column: cells[i] or column for column, i in index.items()}, width)


def _after(names: Sequence[str], place: Mapping[str, int], width: int) -> int | None:
    for name in names:
        at = place.get(name.removeprefix(AFTER)) if name.startswith(AFTER) else None
        if at is not None and at + 1 < width:
            return at + 1
    return None
