"""The holdings part of the document: the book as it was read, what is modelled, and what is not."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from typing import Any

from ...records import Exposure, Holding, Position, Study
from ...tables import factor_names

CASH = "cash"


def portfolio(study: Study) -> dict[str, Any]:
    """Value, leverage, coverage, positions in the order of the file, and whatever was left out with its reason."""
    book = study.portfolio
    rows = [_modelled(holding, study) for holding in study.book.holdings]
    rows += [_unmodelled(position, reason, book.value) for position, reason in study.book.not_modelled]
    rows.sort(key=lambda row: row["row"])
    gross = study.book.gross_value
    return {
        "name": book.name,
        "currency": "USD",
        "value": book.value,
        "modelled_value": study.book.value,
        "gross_value": gross,
        "leverage": gross / book.value if book.value else None,
        "coverage": study.book.coverage,
        "cash": [{"currency": currency, "amount": amount} for currency, amount in book.cash.items()],
        "cash_usd": book.cash_usd,
        "maintenance_margin": study.book.maintenance_margin,
        "positions": rows,
        "by_class": _by_class(study),
        "not_modelled": [row for row in rows if not row["modelled"]],
        "skipped": [problem.to_dict() for problem in book.skipped],
    }


def _modelled(holding: Holding, study: Study) -> dict[str, Any]:
    label = holding.instrument.symbol
    return {
        **_position(holding.position, study.portfolio.value),
        "label": label,
        "modelled": True,
        "reason": "",
        "analytics": holding.analytics,
        "exposure": _exposure(holding.exposure),
        "contribution_es_95": study.risk.contribution.get(label),
    }


def _unmodelled(position: Position, reason: str, value: float) -> dict[str, Any]:
    return {
        **_position(position, value),
        "label": position.symbol,
        "modelled": False,
        "reason": reason,
        "analytics": {},
        "exposure": None,
        "contribution_es_95": None,
    }


def _position(position: Position, value: float) -> dict[str, Any]:
    keys = ("row", "symbol", "name", "asset_class", "currency", "quantity", "price", "market_value", "account", "tags")
    share = position.market_value / value if value else None
    return {key: getattr(position, key) for key in keys} | {"share": share}


def _exposure(exposure: Exposure) -> dict[str, Any]:
    """Betas that are not zero, each with its standard error, and where they came from."""
    betas = {
        name: {"beta": beta, "standard_error": error}
        for name, beta, error in zip(factor_names(), exposure.beta, exposure.se, strict=True)
        if beta or error
    }
    return {
        "source": exposure.source,
        "sample": exposure.sample,
        "r_squared": exposure.r_squared,
        "residual_vol": exposure.residual_vol,
        "betas": betas,
    }


def _by_class(study: Study) -> list[dict[str, Any]]:
    """Net value by asset class now and, where there is a proposal with a solution, after it; largest first."""
    book, proposal = study.portfolio, study.rebalance
    before, after = _class_values(book.positions, book.cash_usd), {}
    has_after = proposal is not None and bool(proposal.positions_after)
    if proposal is not None and has_after:
        kept = (position for position, _ in study.book.not_modelled)
        after = _class_values((*proposal.positions_after, *kept), proposal.cash_after)
    names = sorted(before.keys() | after.keys(), key=lambda name: (-abs(before.get(name, 0.0)), name))
    return [
        {
            "asset_class": name,
            "value": before.get(name, 0.0),
            "share": before.get(name, 0.0) / book.value if book.value else None,
            "value_after": after.get(name, 0.0) if has_after else None,
        }
        for name in names
    ]


def _class_values(positions: Iterable[Position], cash: float) -> dict[str, float]:
    values: defaultdict[str, float] = defaultdict(float)
    for position in positions:
        if position.asset_class != CASH:
            values[position.asset_class] += position.market_value
    if cash:
        values[CASH] += cash
    return dict(values)
