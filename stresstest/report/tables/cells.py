"""A table as the page, the workbook and the summary all read it: raw values, and how to show them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from .. import numbers

#: What ``report.document`` makes of a study.
Document = Mapping[str, Any]


@dataclass(frozen=True)
class Column:
    """``header`` is translated and holds the unit; ``kind``: "text", "prose", "date", "mark" or one of ``NUMERIC``."""

    header: str
    kind: str = "text"

    @property
    def style(self) -> str:
        """Style class on the page: figures align right, dates and marks do not wrap, prose takes room."""
        return "n" if self.kind in numbers.NUMERIC else {"date": "d", "mark": "d", "prose": "p"}.get(self.kind, "")


@dataclass(frozen=True)
class Table:
    """Rows of raw values. The first column names the row."""

    caption: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[object, ...], ...]

    def without(self, k: int) -> Table:
        """The table without its column ``k``."""
        rows = tuple((*row[:k], *row[k + 1 :]) for row in self.rows)
        return replace(self, columns=(*self.columns[:k], *self.columns[k + 1 :]), rows=rows)

    def shown(self) -> Iterator[list[tuple[str, str]]]:
        """Each row as (text, style class) cells."""
        for row in self.rows:
            yield [
                (numbers.show(value, column.kind), column.style)
                for value, column in zip(row, self.columns, strict=True)
            ]


def table(caption: str, columns: Sequence[tuple[str, str]], rows: Iterable[Sequence[object]]) -> Table:
    """A table from (header, kind) pairs and any rows."""
    return Table(caption, tuple(Column(*column) for column in columns), tuple(tuple(row) for row in rows))
