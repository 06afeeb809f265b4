"""The rebalancing part of the document: trades, limits, measures, stops. Keys follow the contract."""

from __future__ import annotations

from typing import Any

from ...records import Rebalance, Trade


def rebalance(proposal: Rebalance) -> dict[str, Any]:
    """The proposal as it is; trades by tranche, and within one in the order in which to send them."""
    trades = sorted(proposal.trades, key=lambda trade: trade.tranche)
    return {
        "status": proposal.status,
        "trades": [_trade(trade) for trade in trades],
        "limits": [dict(check.__dict__) for check in proposal.limits],
        "before": proposal.before,
        "after": proposal.after,
        "out_of_sample": proposal.out_of_sample,
        "relaxation": proposal.relaxation,
        "stops": [dict(stop.__dict__) for stop in proposal.stops],
        "gap": proposal.gap,
        "cash_after": proposal.cash_after,
        "notes": proposal.notes,
    }


def _trade(trade: Trade) -> dict[str, Any]:
    return {**trade.__dict__, "reason": dict(trade.reason.__dict__)}
