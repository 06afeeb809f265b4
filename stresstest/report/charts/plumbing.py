"""Figures of the plumbing: reserves, scarcity and the funding spread, each with its band."""

from __future__ import annotations

from .. import numbers
from ..catalogue import Catalogue
from ..tables import risk
from ..tables.cells import Document
from . import fans
from .figure import Figure, figure

#: Dates between the rows of a folded table, about four weeks: of weekly paths, of business days.
EVERY_WEEKLY, EVERY_DAILY = 4, 20


def reserves(d: Document, t: Catalogue) -> Figure:
    """Reserve balances over the horizon."""
    path = d["balance_sheet"]
    series = path["reserves"]
    start, end = series["mean"][0], series["mean"][-1]
    title = t("figure.reserves.title", start=numbers.grouped(start), end=numbers.grouped(end), date=path["dates"][-1])
    table = risk.fan(t("table.reserves"), path["dates"], series, "count", EVERY_WEEKLY, t)
    picture = fans.fan(path["dates"], series, t("axis.usd_bn"), ",d")
    return figure("reserves", title, t("figure.fan.note"), picture, table)


def scarcity(d: Document, t: Catalogue) -> Figure:
    """Reserves and overnight reverse repo over bank assets."""
    path = d["balance_sheet"]
    series = path["scarcity"]
    ends = {"start": numbers.percent(series["mean"][0], 1), "end": numbers.percent(series["mean"][-1], 1)}
    title = t("figure.scarcity.title", **ends, date=path["dates"][-1])
    table = risk.fan(t("table.scarcity"), path["dates"], series, "percent", EVERY_WEEKLY, t)
    picture = fans.fan(path["dates"], series, t("axis.bank_assets"), ".1%")
    return figure("scarcity", title, t("figure.fan.note"), picture, table)


def funding(d: Document, t: Catalogue) -> Figure:
    """SOFR less IORB by day."""
    path = d["balance_sheet"]["funding"]
    series = path["sofr_iorb_bp"]
    peak = max(range(len(path["dates"])), key=lambda i: series["p95"][i])
    high = numbers.grouped(series["p95"][peak])
    title = t("figure.funding.title", high=high, date=path["dates"][peak])
    table = risk.fan(t("table.funding"), path["dates"], series, "number", EVERY_DAILY, t)
    picture = fans.fan(path["dates"], series, t("axis.bp"), ",d", line=1.2)
    return figure("funding", title, t("figure.fan.note"), picture, table)
