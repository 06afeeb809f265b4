"""Tables of the plumbing: items of the balance sheet, regimes of reserves, days to watch."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from ..catalogue import Catalogue
from .cells import Document, Table, table

#: Weeks between the rows: the JSON document holds them all.
EVERY = 4


def items(d: Document, side: str, caption: str, t: Catalogue) -> Table:
    """The items of one side of a balance sheet by date. d: with ``dates`` and the side ("assets", "liabilities")."""
    names = [name for name, values in d[side].items() if any(values)]
    columns = [(t("column.date"), "date"), *((item(name, d, t), "count") for name in names)]
    rows = zip(d["dates"], *(d[side][name] for name in names), strict=True)
    return table(caption, columns, list(rows)[::EVERY])


def item(name: str, d: Document, t: Catalogue) -> str:
    """The name of an item as the bank of ``d`` would call it; its key stays that of the Federal Reserve's."""
    return t.texts.get(f"item_{d.get('bank', '')}.{name}") or t.label("item", name)


def regimes(found: Mapping[str, Any], stopped: Sequence[float], t: Catalogue) -> Table:
    """Probability of each regime by date, and of a plan that the committee has stopped."""
    columns = [(t("column.date"), "date"), *((_heading(name, t), "percent") for name in found["probability"])]
    columns.append((t("column.stopped"), "percent"))
    rows = list(zip(found["dates"], *found["probability"].values(), stopped, strict=True))
    shown = rows[EVERY - 1 :: EVERY]
    return table(t("table.regimes"), columns, shown if shown[-1:] == rows[-1:] else [*shown, *rows[-1:]])


def warnings(found: Iterable[Mapping[str, Any]], t: Catalogue) -> Table:
    """Dated warnings in the order of time."""
    columns = (
        (t("column.date"), "date"),
        (t("column.day_kind"), "text"),
        (t("column.probability"), "percent"),
        (t("column.standard_error"), "percent"),
        (t("column.over_bp"), "count"),
    )
    rows = (
        (w["date"], t.label("day_kind", w["kind"]), w["probability"], w["standard_error"], w["level_bp"]) for w in found
    )
    return table(t("table.warnings_dated"), columns, rows)


def spreads(found: Mapping[str, Any], t: Catalogue) -> Table:
    """Share of the days of each regime by the spread of the day."""
    edges: Sequence[float] = found["edges_bp"]
    names = occurring(found)
    columns = [(t("column.from_bp"), "number"), (t("column.to_bp"), "number")]
    columns += [(_heading(name, t), "percent") for name in names]
    rows = zip(edges, edges[1:], *(found["share"][name] for name in names), strict=False)
    return table(t("table.spreads"), columns, rows)


def _heading(regime: str, t: Catalogue) -> str:
    """The name of a regime as a heading: in languages with capitals it begins with one."""
    label = t.label("regime", regime)
    return label[:1].upper() + label[1:]


def occurring(found: Mapping[str, Any]) -> list[str]:
    """Regimes that at least one day has. found: the histogram of the document."""
    return [name for name, share in found["days"].items() if share > 0]
