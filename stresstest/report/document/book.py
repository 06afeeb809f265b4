"""The holdings part of the document: the book as it was read, what is modelled, and what is not."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from typing import Any

from ...records import Exposure, Holding, Position, Study
from ...tables import factor_names

CASH = "cash"
FUTURE = "future"


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
        **_position(holding.position, study.portfolio.value, True),
        "label": label,
        "modelled": True,
        "reason": "",
        "analytics": holding.analytics,
        "exposure": _exposure(holding.exposure),
        "contribution_es_95": study.risk.contribution.get(label),
    }


def _unmodelled(position: Position, reason: str, value: float) -> dict[str, Any]:
    return {
        **_position(position, value, False),
        "label": position.symbol,
        "modelled": False,
        "reason": reason,
        "analytics": {},
        "exposure": None,
        "contribution_es_95": None,
    }


def _position(position: Position, value: float, modelled: bool) -> dict[str, Any]:
    """The row. price, market_value, share: None where unknown. contract_value: USD, signed, of what counts with it."""
    keys = ("row", "symbol", "name", "asset_class", "currency", "quantity", "price", "market_value", "account", "tags")
    found = {key: getattr(position, key) for key in keys}
    found["share"] = position.market_value / value if value else None
    if not modelled and position.unpriced:
        found |= {key: found[key] or None for key in ("price", "market_value", "share")}
    return found | {"contract_value": _contract_value(position, modelled)}


def _contract_value(position: Position, modelled: bool) -> float | None:
    """What a position counts with in gross value beside its price: a future, and an option that is not modelled."""
    counted = position.asset_class == FUTURE or not modelled
    return position.contract_value or None if counted else None


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
    contracts = _contract_values(book.positions)
    found = [
        {
            "asset_class": name,
            "value": (value := before.get(name, 0.0)),
            "share": value / book.value if book.value and value is not None else None,
            "value_after": after.get(name, 0.0) if has_after else None,
            "contract_value": contracts.get(name),
        }
        for name in sorted(before.keys() | after.keys())
    ]
    return sorted(found, key=lambda row: -abs(row["value"] or 0.0))


def _contract_values(positions: Iterable[Position]) -> dict[str, float]:
    """Contract values of futures by class, shorts negative: a future has no value of its own."""
    futures = [position.contract_value for position in positions if position.asset_class == FUTURE]
    return {FUTURE: sum(futures)} if any(futures) else {}


def _class_values(positions: Iterable[Position], cash: float) -> dict[str, float | None]:
    """USD by class, of what is known; None for a class of which no row has a known value."""
    known: defaultdict[str, list[float]] = defaultdict(list)
    for position in positions:
        if position.asset_class != CASH:
            unknown = position.unpriced and not position.market_value
            known[position.asset_class] += [] if unknown else [position.market_value]
    if cash:
        known[CASH].append(cash)
    return {name: sum(values) if values else None for name, values in known.items()}
