"""Tables of the book: what was read, what was left out, where each exposure came from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from .. import numbers
from ..catalogue import Catalogue
from .cells import Document, Table, table

#: A smaller beta reads 0.00.
SHOWN_BETA = 0.005


def positions(d: Document, t: Catalogue) -> Table:
    """The book as read, largest first, with the source of each exposure."""
    columns = (
        (t("column.symbol"), "text"),
        (t("column.name"), "text"),
        (t("column.class"), "text"),
        (t("column.quantity"), "quantity"),
        (t("column.price"), "price"),
        (t("column.currency"), "text"),
        (t("column.value_usd"), "money"),
        (t("column.share"), "percent"),
        (t("column.contract_usd"), "money"),
    )
    rows = (
        (
            p["label"],
            p["name"],
            t.label("asset_class", p["asset_class"]),
            *(p[key] for key in ("quantity", "price", "currency", "market_value", "share", "contract_value")),
        )
        for p in by_size(d["portfolio"]["positions"])
    )
    return _contracts_where_any(table(t("table.positions"), columns, rows), t)


def _contracts_where_any(content: Table, t: Catalogue) -> Table:
    """The table without its column of contract values where no row has one."""
    header = t("column.contract_usd")
    at = next(k for k, column in enumerate(content.columns) if column.header == header)
    return content if any(row[at] is not None for row in content.rows) else content.without(at)


def ledger(d: Document, t: Catalogue) -> Table:
    """Everything known of each position, in the order of the file: for the workbook."""
    columns = (
        (t("column.row"), "count"),
        (t("column.symbol"), "text"),
        (t("column.name"), "text"),
        (t("column.class"), "text"),
        (t("column.account"), "text"),
        (t("column.quantity"), "quantity"),
        (t("column.price"), "price"),
        (t("column.currency"), "text"),
        (t("column.value_usd"), "money"),
        (t("column.share"), "percent"),
        (t("column.contract_usd"), "money"),
        (t("column.contribution"), "signed_percent"),
        (t("column.exposure_source"), "text"),
        (t("column.r_squared"), "number"),
        (t("column.residual_vol"), "percent"),
        (t("column.modelled"), "text"),
        (t("column.not_modelled_because"), "text"),
    )
    rows = (_entry(p, t) for p in d["portfolio"]["positions"])
    return _contracts_where_any(table(t("table.ledger"), columns, rows), t)


def _entry(p: Mapping[str, Any], t: Catalogue) -> tuple[object, ...]:
    keys = ("quantity", "price", "currency", "market_value", "share", "contract_value", "contribution_es_95")
    given = tuple(p[key] for key in keys)
    exposure = p["exposure"] or {}
    estimated = tuple(exposure.get(key) for key in ("source", "r_squared", "residual_vol"))
    modelled = t("limit.yes") if p["modelled"] else t("limit.no")
    asset_class = t.label("asset_class", p["asset_class"])
    return p["row"], p["label"], p["name"], asset_class, p["account"], *given, *estimated, modelled, p["reason"]


def by_size(rows: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """Positions, the largest absolute value first; contracts at what they are written on."""
    return sorted(rows, key=lambda row: (-abs(row["contract_value"] or row["market_value"] or 0.0), row["label"]))


def classes(d: Document, t: Catalogue) -> Table:
    """Net value by asset class."""
    columns = (
        (t("column.class"), "text"),
        (t("column.value_usd"), "money"),
        (t("column.share"), "percent"),
        (t("column.contract_usd"), "money"),
    )
    rows = (
        (t.label("asset_class", c["asset_class"]), *(c[key] for key in ("value", "share", "contract_value")))
        for c in d["portfolio"]["by_class"]
    )
    return _contracts_where_any(table(t("table.classes"), columns, rows), t)


def allocation(d: Document, t: Catalogue) -> Table:
    """Net value by asset class before and after the proposal."""
    columns = (
        (t("column.class"), "text"),
        (t("column.before_usd"), "money"),
        (t("column.after_usd"), "money"),
    )
    rows = (
        (t.label("asset_class", c["asset_class"]), c["value"], c["value_after"]) for c in d["portfolio"]["by_class"]
    )
    return table(t("table.allocation"), columns, rows)


def not_modelled(d: Document, t: Catalogue) -> Table:
    """Positions that stay in the book at their value but take no shock, with the reason."""
    columns = (
        (t("column.symbol"), "text"),
        (t("column.name"), "text"),
        (t("column.value_usd"), "money"),
        (t("column.contract_usd"), "money"),
        (t("column.reason"), "prose"),
    )
    keys = ("symbol", "name", "market_value", "contract_value", "reason")
    rows = (tuple(p[key] for key in keys) for p in d["portfolio"]["not_modelled"])
    return _contracts_where_any(table(t("table.not_modelled"), columns, rows), t)


def warnings(d: Document, t: Catalogue) -> Table:
    """What was assumed where the input was silent or odd."""
    return _problems(t("table.warnings"), d["warnings"], t)


def skipped(d: Document, t: Catalogue) -> Table:
    """Rows of the file that are not positions."""
    return _problems(t("table.skipped"), d["portfolio"]["skipped"], t)


def _problems(caption: str, found: Sequence[Mapping[str, Any]], t: Catalogue) -> Table:
    columns = (
        (t("column.row"), "text"),
        (t("column.column"), "text"),
        (t("column.found"), "text"),
        (t("column.expected"), "text"),
        (t("column.hint"), "prose"),
    )
    rows = ((p["row"], p["column"], p["found"], p["expected"], p["hint"]) for p in found)
    return table(caption, columns, rows)


def exposures(d: Document, t: Catalogue) -> Table:
    """Where each exposure came from, how well it fits, and its largest betas."""
    columns = (
        (t("column.position"), "text"),
        (t("column.exposure_source"), "text"),
        (t("column.sample"), "prose"),
        (t("column.r_squared"), "number"),
        (t("column.residual_vol"), "percent"),
        (t("column.betas"), "prose"),
    )
    rows = (
        (p["label"], e["source"], e["sample"], e["r_squared"], e["residual_vol"], _betas(e["betas"], t))
        for p in by_size(d["portfolio"]["positions"])
        if (e := p["exposure"]) is not None
    )
    return table(t("table.exposures"), columns, rows)


def _betas(betas: Mapping[str, Mapping[str, float]], t: Catalogue, count: int = 3) -> str:
    """The betas that stand furthest from zero, in standard errors, each with its error; none that reads as zero."""
    found = [item for item in betas.items() if abs(item[1]["beta"]) >= SHOWN_BETA]
    found.sort(key=lambda item: -abs(item[1]["beta"]) / max(item[1]["standard_error"], 1e-9))
    texts = [
        t(
            "phrase.beta",
            factor=t.label("factor", name),
            beta=numbers.grouped(b["beta"], 2),
            error=numbers.grouped(b["standard_error"], 2),
        )
        for name, b in found[:count]
    ]
    return t("page.facts_joint").join(texts)
