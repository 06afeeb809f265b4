"""Figures of the simulated result: its distribution, and what makes up its tail."""

from __future__ import annotations

from .. import numbers
from ..catalogue import Catalogue
from ..prose import is_gain, said_result
from ..tables import risk
from ..tables.cells import Document
from . import histogram, rows
from .figure import MOST_ROWS, Figure, figure, tone

#: Parts of the tail that would read 0.0% of net value are left to the table.
SMALL = 5e-4


def distribution(d: Document, t: Catalogue) -> Figure:
    """The simulated result with VaR and expected shortfall."""
    found = d["distribution"]
    marks = {
        t("figure.distribution.es", loss=numbers.percent(-found["es_95"], 1, plus=True)): -found["es_95"],
        t("figure.distribution.var", loss=numbers.percent(-found["var_95"], 1, plus=True)): -found["var_95"],
    }
    bins = found["histogram"]
    axes = (t("axis.result"), t("axis.probability"))
    specification = histogram.histogram(bins["edges"], bins["probability"], marks, axes)
    title = _distribution_title(found["var_95"], found["es_95"], t)
    note = [t("figure.distribution.note", paths=numbers.grouped(found["paths"]))]
    if "market" in found["tail"]["by_channel"]:
        note.append(t("figure.distribution.ordinary"))
    return figure("distribution", title, t("answer.joint").join(note), specification, risk.histogram(d, t))


def _distribution_title(var: float, es: float, t: Catalogue) -> str:
    if is_gain(es):
        return t("figure.distribution.title_gain", es=t.result(-es))
    return t("figure.distribution.title", var=said_result(var, t), es=t.result(es))


def waterfall(d: Document, t: Catalogue) -> Figure:
    """How the channels build up the mean of the worst twentieth of paths."""
    *parts, total = risk.parts(d, t, "channel")
    drawn, level = [], 0.0
    for part in parts:
        if abs(part.share) >= SMALL:
            drawn.append(_row(part.label, part.share, start=level))
        level += part.share
    drawn.append(rows.Row(total.label, numbers.percent(total.share, 1, plus=True), 0.0, total.share, "total"))
    worst = min(parts, key=lambda part: part.share)
    title = t(
        "figure.waterfall.title", part=worst.label, share=t.points(-worst.share), total=said_result(-total.share, t)
    )
    specification = rows.bars(drawn, t("axis.gain"))
    return figure("waterfall", title, t("figure.waterfall.note"), specification, risk.splits(d, t, "channel"))


def tail_factors(d: Document, t: Catalogue) -> Figure | None:
    """Which factors make the tail, largest first."""
    count = len(risk.rest(d["distribution"]["tail"], t))
    found = [part for part in risk.parts(d, t, "factor")[:-count] if abs(part.share) >= SMALL]
    if not found:
        return None
    found.sort(key=lambda part: (-abs(part.share), part.label))
    specification = rows.bars([_row(part.label, part.share) for part in found[:MOST_ROWS]], t("axis.gain"))
    title = t("figure.factors.title", factor=found[0].label, share=t.points(-found[0].share))
    return figure("factors", title, t("figure.factors.note"), specification, risk.splits(d, t, "factor"))


def contributions(d: Document, t: Catalogue) -> Figure | None:
    """What each position adds to expected shortfall."""
    found = risk.contributing(d)
    if not found:
        return None
    largest = sorted(found, key=lambda p: -abs(p["contribution_es_95"]))[:MOST_ROWS]
    largest.sort(key=lambda p: -p["contribution_es_95"])
    drawn = [_row(p["label"], p["contribution_es_95"], harm=True) for p in largest]
    first, tail = found[0], d["distribution"]["es_95"]
    shares = {"share": t.points(first["contribution_es_95"]), "total": said_result(tail, t)}
    title = t("figure.contributions.title", position=first["label"], **shares)
    specification = rows.bars(drawn, t("axis.contribution"))
    return figure("contributions", title, t("figure.contributions.note"), specification, risk.contributions(d, t))


def _row(label: str, share: float, start: float = 0.0, harm: bool = False) -> rows.Row:
    """A bar of ``share``, from ``start``. harm: a positive share is a loss."""
    shown = numbers.percent(share, 1, plus=True)
    return rows.Row(label, shown, start, start + share, tone(-share if harm else share))
