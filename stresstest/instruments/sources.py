"""What a derivative or a levered fund is written on, so that its unexplained return is that of its underlying."""

from __future__ import annotations

from collections.abc import Mapping

from ..records import Exposure, Position, Source
from .building import Underlying
from .leveraged import multiple_of

FUTURE = "future"


def source_of(position: Position, exposure: Exposure, held: Mapping[str, Underlying]) -> Source | None:
    """The underlying of a future (without one its proxy), or of a fund with a daily multiple of its proxy.

    None for what stands for itself. The exposure is that of the position, so a multiple is in it already. held: what is
    known of holdings by symbol.
    """
    if position.asset_class == FUTURE:
        name = position.terms.underlying or position.proxy
        kind = held[name.upper()].asset_class if name.upper() in held else position.tags.get("underlying_class", FUTURE)
        return Source(name, kind, exposure) if name else None
    multiple = multiple_of(position)
    if multiple == 1.0 or not position.proxy:
        return None
    return Source(position.proxy, position.asset_class, exposure, -1.0 if multiple < 0 else 1.0)


def source_of_option(name: str, held: Underlying, exposure: Exposure, asset_class: str) -> Source:
    """What an option on ``name`` shares: the source of the holding of that name, where there is one."""
    return held.source or Source(name, asset_class, exposure)
