"""Tables of the proposal: trades with reasons, limits, before and after, stops."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .. import shown
from ..catalogue import Catalogue
from ..switched_off import captioned
from .cells import Document, Table, table
from .losses import worst_first
from .risk import matrix

#: Kinds of limits that bind one holding, whose symbol stays as it is in every language.
OF_HOLDINGS = frozenset(("single_name", "new_position", "call_cover"))


def trades(d: Document, t: Catalogue) -> Table:
    """The orders by tranche."""
    columns = (
        (t("column.order"), "text"),
        (t("column.name"), "text"),
        (t("column.tranche"), "count"),
        (t("column.quantity"), "quantity"),
        (t("column.price"), "price"),
        (t("column.value_usd"), "money"),
        (t("column.cost_usd"), "money"),
        (t("column.tax_usd"), "money"),
        (t("column.reason"), "prose"),
    )
    rows = (
        (
            t("phrase.sell" if trade["side"] == "sell" else "phrase.buy", symbol=trade["symbol"]),
            trade["name"],
            trade["tranche"],
            *_size(trade),
            *(trade[key] for key in ("value", "cost", "tax")),
            _reason(trade["reason"], d, t),
        )
        for trade in d["rebalance"]["trades"]
    )
    return table(captioned(t("table.trades"), d, t), columns, rows)


def _size(trade: Mapping[str, Any]) -> tuple[float | None, float | None]:
    """Quantity and price; neither where no price is known and the order is an amount of money."""
    return (None, None) if trade["quantity_unit"] == "USD" else (trade["quantity"], trade["price"])


def _reason(reason: Mapping[str, Any], d: Document, t: Catalogue) -> str:
    """The scenario, factor and limit behind a trade."""
    titles = {s["name"]: s["title"] for s in d["scenarios"]}
    parts = []
    if reason["scenario"]:
        parts.append(t("phrase.reason_scenario", scenario=titles.get(reason["scenario"], reason["scenario"])))
    if reason["factor"]:
        parts.append(t("phrase.reason_factor", factor=t.label("factor", reason["factor"])))
    if reason["constraint"]:
        parts.append(t("phrase.reason_limit", limit=limit_name(reason["constraint"], d, t)))
    return t("answer.joint").join(parts)


def limits(d: Document, t: Catalogue) -> Table:
    """Every limit after the solve, in its own unit: passed or not, and what a little slack would be worth."""
    columns = (
        (t("column.limit"), "text"),
        (t("column.bound"), "text"),
        (t("column.level"), "number"),
        (t("column.before"), "number"),
        (t("column.after"), "number"),
        (t("column.unit"), "text"),
        (t("column.ok"), "mark"),
        (t("column.shadow_price"), "significant"),
        (t("column.origin"), "prose"),
    )
    return table(t("table.limits"), columns, (_limit(check, d, t) for check in d["rebalance"]["limits"]))


def _limit(check: Mapping[str, Any], d: Document, t: Catalogue) -> tuple[object, ...]:
    level, before, after = (shown.shown(check[key], check["unit"], t)[0] for key in ("limit", "before", "after"))
    bound = t("limit.at_least") if check["sense"] == ">=" else t("limit.at_most")
    if check["origin"].endswith("_relaxed"):
        bound = t("limit.relaxed", bound=bound)
    verdict = t("limit.pass") if check["ok"] else t("limit.fail")
    unit = t.label("unit", check["unit"])
    name = limit_name(check["name"], d, t)
    return name, bound, level, before, after, unit, verdict, check["shadow_price"], check["note"]


def limit_name(name: str, d: Document, t: Catalogue) -> str:
    """A limit in words: "loss cap: qt-surge" names a kind of limit and the scenario or position that it binds."""
    kind, colon, what = name.partition(": ")
    titles = {s["name"]: s["title"] for s in d["scenarios"]}
    label = t.label("measure", kind.replace(" ", "_"))
    named = what if kind in OF_HOLDINGS else titles.get(what) or t.phrase(what)
    return t("phrase.limit_of", kind=label, what=named) if colon else label


def measures(d: Document, t: Catalogue) -> Table:
    """Measures of the book before and after, each in its unit; those of the limits stand in the table of limits."""
    proposal = d["rebalance"]
    limited = {check["name"].partition(":")[0].replace(" ", "_") for check in proposal["limits"]}
    columns = (
        (t("column.measure"), "text"),
        (t("column.before"), "number"),
        (t("column.after"), "number"),
        (t("column.unit"), "text"),
    )
    names = [name for name in dict.fromkeys((*proposal["before"], *proposal["after"])) if name not in limited]
    rows = (_measure(name, proposal, t) for name in names)
    return table(captioned(t("table.measures_before_after"), d, t), columns, rows)


def _measure(name: str, proposal: Mapping[str, Any], t: Catalogue) -> tuple[object, ...]:
    unit = shown.measure_unit(name)
    before, after = (shown.shown(proposal[when].get(name), unit, t)[0] for when in ("before", "after"))
    return t.label("measure", name), before, after, t.label("unit", unit)


def before_after(d: Document, t: Catalogue) -> Table:
    """Loss in each scenario before and after."""
    columns = (
        (t("column.scenario"), "text"),
        (t("column.loss_before"), "percent"),
        (t("column.loss_after"), "percent"),
    )
    rows = ((s["title"], s["loss_fraction"], s["loss_fraction_after"]) for s in worst_first(d["scenarios"]))
    return table(t("table.before_after"), columns, rows)


def out_of_sample(d: Document, t: Catalogue) -> Table:
    """The proposal on scenarios that the solve did not see."""
    rows = {name: _own_mean(name, row) for name, row in d["rebalance"]["out_of_sample"].items()}
    return matrix(captioned(t("table.out_of_sample"), d, t), t("column.sample"), rows, "sample", t)


def _own_mean(sample: str, row: Mapping[str, float]) -> dict[str, float]:
    """A mean over a few episodes stands in a column of its own, apart from the mean over paths."""
    episodes = sample.startswith("episodes")
    return {"mean_loss_episodes" if episodes and name == "mean_loss" else name: value for name, value in row.items()}


def stops(d: Document, t: Catalogue) -> Table:
    """Levels at which to act again."""
    columns = (
        (t("column.symbol"), "text"),
        (t("column.trigger"), "text"),
        (t("column.level"), "number"),
        (t("column.unit"), "text"),
        (t("column.action"), "prose"),
    )
    rows = (
        (s["symbol"], s["trigger"], *shown.shown(s["level"], s["unit"], t), s["action"])
        for s in d["rebalance"]["stops"]
    )
    return table(t("table.stops"), columns, rows)
