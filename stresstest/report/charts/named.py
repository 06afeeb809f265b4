"""Figures of the named scenarios, and of the book before and after the proposal."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .. import numbers
from ..catalogue import Catalogue
from ..prose import is_gain, said_result
from ..switched_off import of_bands
from ..tables import book, losses, proposal
from ..tables.cells import Document
from . import dots, rows
from .figure import MOST_ROWS, Figure, figure, tone


def scenario_losses(d: Document, t: Catalogue) -> Figure | None:
    """Loss in each named scenario, worst first, with 90 percent bands."""
    worst = losses.headline(d)
    if worst is None:
        return None
    drawn = [_scenario(s, t) for s in losses.selected(d)]
    title = _worst_title(worst, t)
    note = [t("figure.losses.note", shown=losses.shown_of(d, t)), *of_bands(d, t)]
    return figure("losses", title, t("answer.joint").join(note), rows.bars(drawn, t("axis.loss")), losses.losses(d, t))


def _worst_title(worst: Mapping[str, Any], t: Catalogue) -> str:
    loss = worst["loss_fraction"]
    if is_gain(loss):
        return t("figure.losses.title_gain", scenario=worst["title"], gain=t.result(-loss))
    key = "figure.losses.title_past" if worst["episode"] else "figure.losses.title"
    return t(key, scenario=worst["title"], loss=t.result(loss))


def before_after(d: Document, t: Catalogue) -> Figure | None:
    """Loss by scenario before and after the proposal."""
    found = [s for s in losses.selected(d) if s["loss_fraction_after"] is not None]
    worst = losses.headline(d)
    if not found or worst is None or d["rebalance"] is None:
        return None
    drawn = [_pair(s["title"], s["loss_fraction"], s["loss_fraction_after"]) for s in found]
    change = {"before": worst["loss_fraction"], "after": worst["loss_fraction_after"]}
    said = {when: said_result(loss, t) for when, loss in change.items()}
    title = t("figure.before_after.title", scenario=worst["title"], **said)
    table = proposal.before_after(d, t)
    return figure("before-after", title, t("figure.pairs.note"), dots.pairs(drawn, t("axis.loss")), table)


def allocation(d: Document, t: Catalogue) -> Figure | None:
    """Share of each asset class before and after the proposal."""
    found = d["portfolio"]["by_class"]
    net_after = sum(c["value_after"] or 0.0 for c in found)
    if not net_after or d["rebalance"] is None:
        return None
    known = [c for c in found if c["value"] is not None or c["value_after"]]
    shares = [
        (t.label("asset_class", c["asset_class"]), c["share"] or 0.0, (c["value_after"] or 0.0) / net_after)
        for c in known
    ]
    drawn = [_pair(*share) for share in shares[:MOST_ROWS]]
    label, before, after = max(shares, key=lambda share: abs(share[2] - share[1]))
    title = t("figure.allocation.title", part=label, before=t.percent(before), after=t.percent(after))
    table = book.allocation(d, t)
    return figure("allocation", title, t("figure.pairs.note"), dots.pairs(drawn, t("axis.net_value")), table)


def _pair(label: str, before: float, after: float) -> dots.Pair:
    figure = f"{numbers.percent(before, 1)} \N{RIGHTWARDS ARROW} {numbers.percent(after, 1)}"
    return dots.Pair(label, figure, before, after)


def _scenario(s: Mapping[str, Any], t: Catalogue) -> rows.Row:
    loss, band = s["loss_fraction"], s["band"]
    return rows.Row(s["title"], _loss(loss, t), 0.0, loss, tone(-loss), band["p05"], band["p95"])


def _loss(fraction: float, t: Catalogue) -> str:
    return t("phrase.gain" if is_gain(fraction) else "phrase.loss", share=numbers.percent(abs(fraction), 1))
