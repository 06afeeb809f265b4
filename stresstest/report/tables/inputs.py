"""Tables of what the run was given: parameters, starting levels, and the plan."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

from .. import numbers, shown
from ..catalogue import Catalogue
from .cells import Document, Table, table

_STEP_COLUMNS = (
    "treasury_cap",
    "mbs_cap",
    "bill_purchases",
    "coupon_purchases",
    "mbs_purchases",
    "mbs_sales",
)


def parameters(d: Document, t: Catalogue) -> Table:
    """Version, seed, hashes, options: whatever is needed to run it again."""
    rows = ((_name(key, t), _setting(setting, t)) for key, setting in _flat(d["inputs"]))
    return table(t("table.parameters"), ((t("column.parameter"), "text"), (t("column.setting"), "text")), rows)


def _setting(value: object, t: Catalogue) -> str:
    """A setting in words; nothing where it was left at its default of none."""
    if isinstance(value, bool):
        return t("limit.yes" if value else "limit.no")
    return "" if value is None else t.phrase(str(value))


def _name(key: str, t: Catalogue) -> str:
    first, dot, rest = key.partition(".")
    return t.label("input", first) + dot + rest


def _flat(tree: Mapping[str, object], prefix: str = "") -> Iterator[tuple[str, object]]:
    for key, value in tree.items():
        if isinstance(value, Mapping):
            yield from _flat(value, f"{prefix}{key}.")
        elif isinstance(value, (list, tuple)):
            yield prefix + key, ", ".join(str(item) for item in value)
        else:
            yield prefix + key, value


def quotes(d: Document, t: Catalogue) -> Table:
    """Starting levels with date, age, source and status."""
    columns = (
        (t("column.quote"), "text"),
        (t("column.level"), "price"),
        (t("column.unit"), "text"),
        (t("column.date"), "date"),
        (t("column.age_days"), "count"),
        (t("column.source"), "text"),
        (t("column.status"), "text"),
    )
    rows = (
        (
            quote_name(q["name"], t),
            *shown.shown(q["value"], shown.quote_unit(q["name"]), t),
            *(q[key] for key in ("date", "age_days", "source", "status")),
        )
        for q in d["snapshot"]["quotes"]
    )
    return table(t("table.quotes"), columns, rows)


def quote_name(name: str, t: Catalogue) -> str:
    """A starting level in words: an item of the balance sheet, a factor, an exchange rate, or a name of its own."""
    for family in ("quote", "item", "factor"):
        if f"{family}.{name}" in t.texts:
            return t.label(family, name)
    kind, _, code = name.partition("_")
    return t("quote.fx", code=code.upper()) if kind == "fx" else t.label("quote", name)


def steps(d: Document, t: Catalogue) -> Table:
    """The dated monthly amounts of the plan and of the baseline."""
    columns = [(t("column.plan"), "text"), (t("column.start"), "date")]
    columns += [(t(f"column.{name}"), "number") for name in _STEP_COLUMNS]
    rows = (
        (d[which]["title"], step["start"], *(step[name] for name in _STEP_COLUMNS))
        for which in ("plan", "baseline")
        for step in d[which]["steps"]
    )
    return table(t("table.steps"), columns, rows)


def rules(d: Document, t: Catalogue) -> Table:
    """What the plan and the baseline say that they will do of themselves, and when."""
    columns = ((t("column.plan"), "text"), (t("column.rule"), "prose"), (t("column.condition"), "prose"))
    rows = (
        (d[which]["title"], _action(rule, t), t("answer.list_joint").join(_conditions(rule, t)))
        for which in ("plan", "baseline")
        for rule in d[which]["rules"]
    )
    return table(t("table.rules"), columns, rows)


def _action(rule: Mapping[str, Any], t: Catalogue) -> str:
    sizes = {"share": numbers.percent(rule["share"], 0), "amount": f"{rule['amount']:g}", "weeks": rule["weeks"]}
    return t(f"rule.{rule['when']}", **sizes)


def _conditions(rule: Mapping[str, Any], t: Catalogue) -> Iterator[str]:
    """Each condition in words; with dates only where the rule does not count from first to last."""
    for name, level in rule["conditions"].items():
        yield t(f"condition.{name}", level=numbers.percent(level, 1))
    if rule["start"] > date.min.isoformat():
        yield t("condition.start", day=rule["start"])
    if rule["until"] < date.max.isoformat():
        yield t("condition.until", day=rule["until"])
