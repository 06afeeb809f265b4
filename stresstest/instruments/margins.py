"""Maintenance margin: which requirement applies to a position, and what the whole book needs."""

from __future__ import annotations

import re
from collections.abc import Iterable

from ..records import Position
from .reference import margin_requirements

_LEVERED_NAME = re.compile(r"\b(?P<times>[23])X\b|\bULTRA(?P<pro>PRO)?\b")
_CASH_LIKE = {"cash", "deposit"}
_EQUITY_LIKE = {"equity", "fund_equity", "fund_mixed", "fund_bond", "real_estate", "commodity", "other"}


def margin_key_of(position: Position) -> str:
    """Row of margin.csv for an asset that is moved by exposures, option, or cash."""
    kind = position.asset_class
    if kind in _CASH_LIKE:
        return "none"
    if kind in {"crypto", "stablecoin"}:
        return "crypto"
    if kind == "option":
        return "option:short" if position.quantity < 0 else "option:long"
    if kind not in _EQUITY_LIKE:
        return kind
    times = leverage_of(position)
    if times > 1:
        return f"equity:{times}x"
    return "equity:short" if position.quantity < 0 else "equity"


def leverage_of(position: Position) -> int:
    """Daily leverage of a fund: 2 or 3 by the tag "leverage" or by its name, else 1."""
    tag = position.tags.get("leverage", "").strip().lstrip("-").rstrip("xX")
    if tag in {"2", "3"}:
        return int(tag)
    found = _LEVERED_NAME.search(position.name.upper()) if position.asset_class.startswith("fund_") else None
    if found is None:
        return 1
    return int(found["times"] or (3 if found["pro"] else 2))


def required(key: str, base: float, broker: str = "", own: float | None = None) -> float:
    """Dollars of maintenance margin on ``base`` dollars. own: what the row itself asks, if that is more."""
    asked = margin_requirements(broker)[key]
    return max(asked, own or 0.0) * base


def maintenance_margin(rows: Iterable[tuple[float, float]]) -> float:
    """Dollars required over gross value (long plus short), as a fraction.

    rows: (dollars required, gross value) for each holding but cash.
    """
    listed = list(rows)
    gross = sum(value for _, value in listed)
    return sum(required for required, _ in listed) / gross if gross else 0.0
