"""The two CSV files: stable English headers, decimals, one row per position and one per order.

A spreadsheet runs a text that begins like a formula; such a text gets a leading apostrophe. Numbers stay numbers.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping
from typing import Any

from .tables.cells import Document

#: What a spreadsheet takes for the beginning of a formula.
DANGEROUS = ("=", "+", "-", "@", "\t", "\r")

_ANALYTICS = ("modified_duration", "convexity", "spread_duration", "dv01", "yield")


def positions(d: Document) -> str:
    """One row per position, cash included, in the order of the holdings file. Money in USD, shares as decimals.

    Where a run had parts switched off, the last column names them, here and in the orders.
    """
    off = _off(d)
    return _csv({**_position(p), **off} for p in d["portfolio"]["positions"])


def trades(d: Document) -> str:
    """One row per order and tranche; only the header where nothing is proposed."""
    orders = d["rebalance"]["trades"] if d["rebalance"] else []
    off = _off(d)
    return _csv(({**_trade(order), **off} for order in orders), header=(*_TRADE_HEADER, *off))


def _off(d: Document) -> dict[str, object]:
    """The column that says what the simulation left out; nothing as a rule."""
    names = [name for kind in d["distribution"]["without"].values() for name in kind]
    return {"without": " ".join(names)} if names else {}


def _position(p: Mapping[str, Any]) -> dict[str, object]:
    exposure = p["exposure"] or {}
    return {
        "row": p["row"],
        "symbol": p["symbol"],
        "name": p["name"],
        "asset_class": p["asset_class"],
        "account": p["account"],
        "currency": p["currency"],
        "quantity": p["quantity"],
        "price": p["price"],
        "market_value_usd": p["market_value"],
        "share": p["share"],
        "contribution_es_95": p["contribution_es_95"],
        "exposure_source": exposure.get("source"),
        "exposure_sample": exposure.get("sample"),
        "r_squared": exposure.get("r_squared"),
        "residual_vol": exposure.get("residual_vol"),
        **{name: _number(p["analytics"].get(name)) for name in _ANALYTICS},
        "modelled": "yes" if p["modelled"] else "no",
        "reason": p["reason"],
        "contract_value_usd": p["contract_value"],
    }


_TRADE_HEADER = (
    "tranche",
    "side",
    "symbol",
    "name",
    "quantity",
    "price",
    "value_usd",
    "cost_usd",
    "tax_usd",
    "scenario",
    "factor",
    "constraint",
    "shadow_price",
    "reason",
    "quantity_unit",
)


def _trade(order: Mapping[str, Any]) -> dict[str, object]:
    reason = order["reason"]
    values = (
        *(order[key] for key in ("tranche", "side", "symbol", "name", "quantity", "price", "value", "cost", "tax")),
        *(reason[key] for key in ("scenario", "factor", "constraint", "shadow_price", "text")),
        order["quantity_unit"],
    )
    return dict(zip(_TRADE_HEADER, values, strict=True))


def _number(value: object) -> float | None:
    return float(value) if isinstance(value, (int, float)) else None


def _csv(rows: Iterable[Mapping[str, object]], header: Iterable[str] = ()) -> str:
    listed = list(rows)
    columns = list(header) or list(listed[0] if listed else ())
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows([[guarded(row[column]) for column in columns] for row in listed])
    return text.getvalue()


def guarded(value: object) -> object:
    """Text that cannot become a formula; an absent value as an empty cell."""
    if value is None:
        return ""
    return f"'{value}" if isinstance(value, str) and value.startswith(DANGEROUS) else value
