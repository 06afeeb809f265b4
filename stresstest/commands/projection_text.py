"""``project`` on a terminal: the items every four weeks, the findings, the days to watch, what is assumed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from ..report import numbers
from ..report.catalogue import Catalogue
from ..report.projection import assumption, cards, likeliest, line, sentence
from ..report.tables.plumbing import item
from .shown import Table

Document = Mapping[str, Any]
#: Weeks between the rows of the tables, and warnings that are printed at most.
EVERY, MOST_WARNINGS = 4, 24
AMOUNTS = ("treasuries", "mbs", "reserves", "on_rrp", "foreign_repo", "tga", "currency")


def tables(d: Document, t: Catalogue) -> Iterator[Table]:
    """Amounts, then liquidity with the regimes of reserves."""
    every = range(0, len(d["dates"]), EVERY)
    side = {**d["assets"], **d["liabilities"]}
    names = [name for name in AMOUNTS if any(side[name])]
    rows = [(d["dates"][i], *(numbers.grouped(side[name][i]) for name in names)) for i in every]
    title = f"{t('project.balance_sheet')} ({t('axis.bn', currency=d['currency'])})"
    yield title, (t("column.date"), *(item(name, d, t) for name in names)), rows
    if d["regimes"] is None:
        return
    level, chances = d["bands"]["scarcity_l"], d["regimes"]["probability"]
    # Regimes and stops are those of the week that ends on the date: the start has none.
    weekly = ([None, *values] for values in (*chances.values(), d["halted_probability"]))
    series = [level["mean"], level["p05"], level["p95"], *weekly]
    rows = [(d["dates"][i], *(numbers.percent(values[i], 1) for values in series)) for i in every]
    header = ("date", "mean", "low", "high")
    labels = (
        *(t(f"column.{name}") for name in header),
        *(t.label("regime", name) for name in chances),
        t("column.stopped"),
    )
    yield t("table.scarcity"), labels, rows


def lines(d: Document, t: Catalogue) -> Iterator[str]:
    """Everything below the tables."""
    yield from ("", t.title("plan_title", d["plan"], d["title"]))
    yield from (line(card, t) for card in cards(d, t))
    if d["funding"] is not None:
        yield from _watch(d["warnings_dated"], t)
    if d["companions"]:
        yield from ("", t("table.companions"))
    for path in d["companions"].values():
        ends = [f"{path['dates'][i]} {numbers.grouped(path['liabilities']['reserves'][i])}" for i in (0, -1)]
        title = t.title("plan_title", path["plan"], path["title"])
        yield f"  {title} ({path['currency']}): {', '.join(ends)}"
    yield from ("", t("project.assumptions"))
    yield from (f"  {assumption(entry, t)}" for entry in d["assumptions"])
    if d["sources"]:
        yield from ("", t("project.sources"))
    yield from (f"  {t.phrase(source)}" for source in d["sources"])


def _watch(warnings: list[Mapping[str, Any]], t: Catalogue) -> Iterator[str]:
    """The likeliest of the dated warnings, and how many there are in all."""
    shown = likeliest(warnings, MOST_WARNINGS)
    yield from ("", t("project.watch"))
    if not warnings:
        yield f"  {t('project.watch_none')}"
    yield from (f"  {sentence(warning, t)}" for warning in shown)
    if len(warnings) > len(shown):
        yield f"  … {len(shown)} / {len(warnings)} (--json, --out)"
