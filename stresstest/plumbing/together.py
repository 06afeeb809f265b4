"""Blocks of paths as one record: all of their paths, or only the mean over them."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from ..records import BalanceSheetPath, FundingPath, Supply
from .recorder import COMMON, Plumbing, records
from .room import Room


def whole(room: Room, blocks: Sequence[Plumbing]) -> Plumbing:
    """All paths in ``room``, which the ``blocks`` have filled: views, no copies."""
    first = blocks[0].balance
    common = {name: first.items[name][0] for name in COMMON}
    return records(room.arrays, common, first.dates, blocks[0].funding.dates, _imbalance(blocks))


def averaged(block: Plumbing) -> Plumbing:
    """One path (1, T): the mean over those of ``block``. Flags become shares of paths."""
    return _each(lambda values: np.asarray(values.mean(axis=0, dtype=np.float64))[None], block)


def mean_path(means: Sequence[Plumbing], sizes: Sequence[int]) -> Plumbing:
    """The mean over all paths, from those of blocks with ``sizes`` paths (see ``averaged``)."""
    return _each(lambda *values: np.average(values, axis=0, weights=sizes), *means)


def _imbalance(blocks: Sequence[Plumbing]) -> float:
    return max(block.balance.imbalance for block in blocks)


def _each(function: Callable[..., np.ndarray], *blocks: Plumbing) -> Plumbing:
    """What ``function`` makes of each array, called with that array of every block."""
    sheets, markets = [block.balance for block in blocks], [block.funding for block in blocks]

    def sheet(name: str) -> np.ndarray:
        return function(*(getattr(balance, name) for balance in sheets))

    def market(name: str) -> np.ndarray:
        return function(*(getattr(funding, name) for funding in markets))

    kinds = ("coupons", "mbs", "bills")
    balance = BalanceSheetPath(
        dates=sheets[0].dates,
        items={name: function(*(balance.items[name] for balance in sheets)) for name in sheets[0].items},
        scarcity=sheet("scarcity"),
        supply=Supply(*(function(*(getattr(balance.supply, kind) for balance in sheets)) for kind in kinds)),
        halted=sheet("halted"),
        emergency=sheet("emergency"),
        imbalance=_imbalance(blocks),
        detail={name: function(*(balance.detail[name] for balance in sheets)) for name in sheets[0].detail},
    )
    funding = FundingPath(markets[0].dates, *(market(name) for name in ("spread", "weekly", "stressed", "sofr")))
    turbulent, fragile = ([getattr(block, name) for block in blocks] for name in ("turbulent", "fragile"))
    return Plumbing(balance, funding, function(*turbulent), function(*fragile))
