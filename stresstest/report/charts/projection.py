"""Figures of ``project``: liabilities, liquidity, regimes, the funding spread, the days to watch."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from .. import numbers
from ..catalogue import Catalogue
from ..tables import plumbing as tables
from ..tables import risk
from ..tables.cells import Document
from . import fans, plumbing_shapes
from .figure import Figure, figure
from .plumbing import EVERY_DAILY, EVERY_WEEKLY

#: Areas of the picture from the bottom; all other liabilities together, with the deferred asset, lie on top.
AREAS = ("reserves", "currency", "tga", "foreign_repo", "on_rrp")
REST = "rest"


def liabilities(d: Document, t: Catalogue) -> Figure:
    """All liabilities on top of each other."""
    side = d["liabilities"]
    areas = {tables.item(name, d, t): side[name] for name in AREAS if any(side[name])}
    rest = [values for name, values in side.items() if name not in AREAS]
    areas[t.label("item", REST)] = [sum(column) for column in zip(*rest, strict=True)]
    reserves, total = side["reserves"], [sum(column) for column in zip(*side.values(), strict=True)]
    shown = {"start": reserves[0], "end": reserves[-1], "total_start": total[0], "total_end": total[-1]}
    words = {name: numbers.grouped(value) for name, value in shown.items()}
    title = t("figure.liabilities.title", date=d["dates"][-1], currency=d["currency"], **words)
    picture = plumbing_shapes.stack(d["dates"], areas, t("axis.bn", currency=d["currency"]), ",d")
    table = tables.items(d, "liabilities", t("table.liabilities"), t)
    return figure("liabilities", title, t("figure.liabilities.note"), picture, table)


def liquidity(d: Document, t: Catalogue) -> Figure:
    """L against the levels between regimes."""
    series, found = d["bands"]["scarcity_l"], d["regimes"]
    bounds = found["thresholds_l"] if found else {}
    shown = {name: numbers.percent(value, 1) for name, value in bounds.items()}
    ends = {"start": numbers.percent(series["mean"][0], 1), "end": numbers.percent(series["mean"][-1], 1)}
    title = t("figure.scarcity.title", **ends, date=d["dates"][-1])
    marks = {t("figure.liquidity.mark", regime=t.label("regime", n), level=shown[n]): bounds[n] for n in bounds}
    picture = fans.fan(d["dates"], series, t("axis.bank_assets"), ".1%", marks=marks)
    table = risk.fan(t("table.scarcity"), d["dates"], series, "percent", EVERY_WEEKLY, t)
    note = t("figure.liquidity.note") if bounds else t("figure.fan.note")
    return figure("liquidity", title, note, picture, table)


def regimes(d: Document, t: Catalogue) -> Figure | None:
    """Probability of each regime over time."""
    found = d["regimes"]
    if found is None:
        return None
    areas = {t.label("regime", name): values for name, values in found["probability"].items()}
    last = {name: numbers.percent(values[-1], 0) for name, values in found["probability"].items()}
    title = t("figure.regimes.title", date=found["dates"][-1], **last)
    picture = plumbing_shapes.stack(found["dates"], areas, t("axis.probability_regime"), ".0%")
    table = tables.regimes(found, d["halted_probability"], t)
    return figure("regimes", title, t("figure.regimes.note"), picture, table)


def spread(d: Document, t: Catalogue) -> Figure | None:
    """SOFR less IORB by day."""
    found = d["funding"]
    if found is None:
        return None
    series = found["sofr_iorb_bp"]
    peak = max(range(len(found["dates"])), key=lambda i: series["p95"][i])
    title = t("figure.funding.title", high=numbers.grouped(series["p95"][peak]), date=found["dates"][peak])
    picture = fans.fan(found["dates"], series, t("axis.bp"), ",d", line=1.2)
    table = risk.fan(t("table.funding"), found["dates"], series, "number", EVERY_DAILY, t)
    return figure("spread", title, t("figure.fan.note"), picture, table)


def spikes(d: Document, t: Catalogue) -> Figure | None:
    """The spike calendar, with the dated warnings as its table."""
    found = d["funding"]
    if found is None:
        return None
    chances = found["spike_probability"]
    worst = max(range(len(chances)), key=chances.__getitem__)
    level = f"{found['spike_threshold_bp']:g}"
    shown = {"date": found["dates"][worst], "kind": t.label("day_kind", found["kinds"][worst]), "level": level}
    title = t("figure.spikes.title", chance=numbers.percent(chances[worst], 0), **shown)
    picture = plumbing_shapes.calendar(found["dates"], chances, t("axis.spike", level=level))
    return figure("spikes", title, t("figure.spikes.note"), picture, tables.warnings(d["warnings_dated"], t))


def spreads(d: Document, t: Catalogue) -> Figure | None:
    """SOFR less IORB by regime."""
    if d["regimes"] is None:
        return None
    found = d["regimes"]["histogram"]
    names = tables.occurring(found)
    named = {_days(name, found, t): found["share"][name] for name in names}
    worst = max(names, key=found["spike_share"].__getitem__)
    level = f"{found['spike_bp']:g}"
    shown = {"regime": t.label("regime", worst), "share": numbers.percent(found["spike_share"][worst], 1)}
    title = t("figure.spreads.title", level=level, **shown)
    mark = (t("figure.spreads.mark", level=level), found["spike_bp"])
    picture = plumbing_shapes.histograms(found["edges_bp"], named, mark, t("axis.bp"))
    return figure("spreads", title, t("figure.spreads.note"), picture, tables.spreads(found, t))


def _days(name: str, found: Mapping[str, Mapping[str, float]], t: Catalogue) -> str:
    return t("figure.spreads.days", regime=t.label("regime", name), share=numbers.percent(found["days"][name], 1))


#: In the order of the page.
FIGURES: tuple[Callable[[Document, Catalogue], Figure | None], ...] = (
    liabilities, liquidity, regimes, spread, spikes, spreads,
)  # fmt: skip


def figures(d: Document, t: Catalogue) -> Mapping[str, Figure]:
    """Every figure that the document has data for, by name."""
    from altair.utils.schemapi import debug_mode

    with debug_mode(False):
        drawn = [draw(d, t) for draw in FIGURES]
    return {figure.name: figure for figure in drawn if figure is not None}
