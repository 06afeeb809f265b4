"""The short forms: Markdown for a note or a pull request, plain text for the terminal. Both say the same."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from io import StringIO

from . import prose
from .catalogue import Catalogue
from .tables import losses, proposal, risk
from .tables.cells import Document, Table

#: Longer tables are cut here; the page and the workbook have them whole.
MOST_ROWS = 12

_SPECIAL = re.compile(r"([\\`*_{}\[\]|#~$])")


def markdown(d: Document, t: Catalogue) -> str:
    """The summary in Markdown; what comes from the input is escaped and cannot become markup."""
    lines = [f"# {_plain(t('page.title', name=d['portfolio']['name']))}", "", _plain(_header(d, t)), ""]
    for statement in prose.answer(d, t):
        head = t("page.fact", name=statement.label, value=statement.figure)
        lines.append(f"- **{_plain(head)}.** {_plain(statement.sentence)}")
    for content in _tables(d, t):
        lines += ["", f"## {_plain(content.caption)}", "", *_pipes(content)]
        lines += [line for note in _notes(content, d, t) for line in ("", _plain(note))]
    return "\n".join([*lines, "", _plain(t("disclaimer.text")), ""])


def terminal(d: Document, t: Catalogue, width: int) -> str:
    """The summary as plain text of ``width`` columns: no colour, no markup, wide characters aligned."""
    from rich.console import Console
    from rich.text import Text

    page = StringIO()
    console = Console(file=page, width=width, color_system=None, markup=False, highlight=False, emoji=False)
    console.print(Text(t("page.title", name=d["portfolio"]["name"])))
    console.print(Text(_header(d, t)))
    for statement in prose.answer(d, t):
        console.print(Text("\n" + t("page.fact", name=statement.label, value=statement.figure)))
        console.print(Text(statement.sentence))
    for content in _tables(d, t):
        console.print(Text("\n" + content.caption))
        console.print(_grid(content))
        for note in _notes(content, d, t):
            console.print(Text(note))
    return "\n".join(line.rstrip() for line in page.getvalue().splitlines()) + "\n"


def _header(d: Document, t: Catalogue) -> str:
    book = d["portfolio"]
    facts = (
        (t("page.as_of"), d["snapshot"]["as_of"]),
        (t("book.value"), t.exact(book["value"])),
        *([(t("book.modelled_value"), t.exact(book["modelled_value"]))] if book["not_modelled"] else []),
        (t("page.warnings"), len(d["warnings"])),
    )
    return t("page.facts_joint").join(t("page.fact", name=name, value=value) for name, value in facts)


def _tables(d: Document, t: Catalogue) -> Iterator[Table]:
    yield _part(losses.selected_losses(d, t), t, 0, 1, 2, 3, 4)
    yield _part(risk.increment(d, t), t, 0, 1, 2, 5)
    if d["rebalance"] and d["rebalance"]["trades"]:
        yield _part(proposal.trades(d, t), t, 0, 2, 3, 5, 6, 7)
    if d["rebalance"]:
        yield _part(proposal.limits(d, t), t, 0, 1, 2, 3, 4, 5, 6)


def _notes(content: Table, d: Document, t: Catalogue) -> list[str]:
    """What stands below a table: which losses rest on moves without a record, and why an order has no quantity."""
    subject = content.columns[0].header
    if subject == t("column.scenario"):
        return losses.footnotes(d, t)
    unpriced = subject == t("column.order") and any(row[2] is None for row in content.rows)
    return [t("table.unpriced")] if unpriced else []


def _part(content: Table, t: Catalogue, *columns: int) -> Table:
    """The first rows and the chosen columns of a table; the caption says where rows were cut."""
    rows = tuple(tuple(row[k] for k in columns) for row in content.rows[:MOST_ROWS])
    caption = content.caption
    if len(rows) < len(content.rows):
        shown = t("table.first", shown=len(rows), all=len(content.rows))
        caption = t("table.of", caption=caption, shown=shown)
    return replace(content, caption=caption, columns=tuple(content.columns[k] for k in columns), rows=rows)


def _plain(text: str) -> str:
    escaped = _SPECIAL.sub(r"\\\1", text.replace("&", "&amp;"))
    return escaped.replace("<", "&lt;").replace(">", "&gt;")


def _pipes(content: Table) -> Iterator[str]:
    yield "| " + " | ".join(_plain(column.header) for column in content.columns) + " |"
    yield "| " + " | ".join("---:" if column.style == "n" else "---" for column in content.columns) + " |"
    for row in content.shown():
        yield "| " + " | ".join(_plain(text) for text, _ in row) + " |"


def _grid(content: Table) -> object:
    from rich import box
    from rich.cells import cell_len
    from rich.table import Table as Grid
    from rich.text import Text

    grid = Grid(box=box.SIMPLE_HEAD, pad_edge=False)
    rows = [[text for text, _ in row] for row in content.shown()]
    for k, column in enumerate(content.columns):
        if column.style == "n":  # as narrow as its figures: the heading wraps, and names have the room
            widest = max(cell_len(text) for text in (*column.header.split(), *(row[k] for row in rows)))
            grid.add_column(Text(column.header), justify="right", overflow="fold", max_width=widest)
        else:
            grid.add_column(Text(column.header), overflow="fold")
    for row in rows:
        grid.add_row(*map(Text, row))
    return grid
