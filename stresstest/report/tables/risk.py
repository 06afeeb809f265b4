"""Tables of the simulated distribution: measures with bands, what the plan adds, and what makes up the tail."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from .. import numbers, shown
from ..catalogue import Catalogue
from ..switched_off import captioned, layers
from .cells import Document, Table, table

#: Lines of a split that belong to no channel or factor. After them come the effects of the path, and the total.
LINES = ("linear_gap", "carry", "residual")


class Part(NamedTuple):
    """One line of a split loss: gain in USD, and as a share of net value."""

    label: str
    gain: float
    share: float


def parts(d: Document, t: Catalogue, family: str) -> list[Part]:
    """The tail by "channel" or "factor", then ``rest``: everything before the last adds up to the last."""
    tail, value = d["distribution"]["tail"], d["portfolio"]["modelled_value"]
    found = [(t.label(family, name), gain) for name, gain in tail[f"by_{family}"].items() if gain]
    found += rest(tail, t)
    return [Part(label, gain, gain / value) for label, gain in found]


def rest(split: Mapping[str, Any], t: Catalogue) -> list[tuple[str, float]]:
    """What belongs to no channel or factor: curvature, carry, specific risk, effects of the path; then the total."""
    effects = [(t.label("path_effect", name), gain) for name, gain in split["path_effects"].items()]
    return [*((t(f"split.{line}"), split[line]) for line in LINES), *effects, (t("split.total"), split["total"])]


def splits(d: Document, t: Catalogue, family: str) -> Table:
    """The tail by "channel" or "factor" as a table."""
    columns = (
        (t(f"column.{family}"), "text"),
        (t("column.gain_usd"), "signed_money"),
        (t("column.gain_share"), "signed_percent"),
    )
    return table(captioned(t(f"table.split_{family}"), d, t), columns, parts(d, t, family))


def contributing(d: Document) -> list[Mapping[str, Any]]:
    """Positions with a contribution to expected shortfall, the largest first."""
    found = [p for p in d["portfolio"]["positions"] if p["contribution_es_95"] is not None]
    return sorted(found, key=lambda p: (-p["contribution_es_95"], p["label"]))


def contributions(d: Document, t: Catalogue) -> Table:
    """What each position adds to expected shortfall; the column adds up to it."""
    columns = (
        (t("column.position"), "text"),
        (t("column.name"), "text"),
        (t("column.contribution"), "signed_percent"),
        (t("column.share"), "percent"),
    )
    rows = ((p["label"], p["name"], p["contribution_es_95"], p["share"]) for p in contributing(d))
    return table(captioned(t("table.contributions"), d, t), columns, rows)


def measures(d: Document, t: Catalogue) -> Table:
    """Measures of the simulated result with their sampling bands, in money and as shares of net value."""
    distribution, value = d["distribution"], d["portfolio"]["modelled_value"]
    columns = (
        (t("column.measure"), "text"),
        (t("column.loss_usd"), "money"),
        (t("column.loss"), "percent"),
        (t("column.low"), "percent"),
        (t("column.high"), "percent"),
        (t("column.standard_error"), "percent"),
    )
    rows = [_estimate(t.label("measure", name), band, value) for name, band in distribution["bands"].items()]
    for name in ("cdar_95", "max_drawdown_median"):
        rows.append(_estimate(t.label("measure", name), {"value": distribution[name]}, value))
    return table(captioned(t("table.measures"), d, t), columns, rows)


def increment(d: Document, t: Catalogue) -> Table:
    """What the plan adds to the mean loss and to expected shortfall."""
    value = d["portfolio"]["modelled_value"]
    columns = (
        (t("column.measure"), "text"),
        (t("column.added_usd"), "signed_money"),
        (t("column.added"), "signed_percent"),
        (t("column.low"), "signed_percent"),
        (t("column.high"), "signed_percent"),
        (t("column.standard_error"), "percent"),
    )
    rows = (_estimate(t.label("measure", name), d["increment"][name], value) for name in ("mean", "es_95"))
    return table(captioned(t("table.increment"), d, t), columns, rows)


def _estimate(label: str, found: Mapping[str, float | None], value: float) -> tuple[object, ...]:
    """Label, money, share, band and standard error; nothing where an estimate has no band."""
    share = found["value"]
    return label, numbers.times(share, value), share, found.get("p05"), found.get("p95"), found.get("standard_error")


def states(d: Document, t: Catalogue) -> Table:
    """The result by the state that a path went through, with what the plan adds in that state."""
    risk, added = d["distribution"]["by_state"], d["increment"]["by_state"]
    rows = {name: {**risk.get(name, {}), **added.get(name, {})} for name in {**risk, **added}}
    return matrix(captioned(t("table.states"), d, t), t("column.state"), rows, "state", t)


def matrix(caption: str, corner: str, rows: Mapping[str, Mapping[str, float]], family: str, t: Catalogue) -> Table:
    """Measures by name down the columns; every row a state, a sample, or the like."""
    names = list(dict.fromkeys(name for row in rows.values() for name in row))
    columns = [(corner, "text")]
    columns += [
        (t.label("measure", name), "percent" if shown.measure_unit(name) == "share" else "number") for name in names
    ]
    return table(caption, columns, ((t.label(family, key), *(row.get(n) for n in names)) for key, row in rows.items()))


def error_budget(d: Document, t: Catalogue) -> Table:
    """Shares of the variance of the result by source of uncertainty; sources that are switched off have none."""
    columns = ((t("column.uncertainty"), "text"), (t("column.variance_share"), "percent"))
    rows = [(t.label("measure", name), share) for name, share in d["distribution"]["error_budget"].items()]
    rows += [(t("table.off_layer", name=t.label("measure", name)), None) for name in layers(d)]
    return table(captioned(t("table.error_budget"), d, t), columns, rows)


def fan(
    caption: str, dates: Sequence[str], series: Mapping[str, Sequence[float]], kind: str, every: int, t: Catalogue
) -> Table:
    """Mean and band of one path, every so many dates: the JSON document holds them all."""
    columns = ((t("column.date"), "date"), (t("column.mean"), kind), (t("column.low"), kind), (t("column.high"), kind))
    rows = list(zip(dates, series["mean"], series["p05"], series["p95"], strict=True))
    return table(caption, columns, rows[::every])


def histogram(d: Document, t: Catalogue) -> Table:
    """Probability of the result by bin."""
    edges, probability = (d["distribution"]["histogram"][key] for key in ("edges", "probability"))
    columns = (
        (t("column.from"), "signed_percent"),
        (t("column.to"), "signed_percent"),
        (t("column.probability"), "percent"),
    )
    return table(captioned(t("table.histogram"), d, t), columns, zip(edges, edges[1:], probability, strict=False))
