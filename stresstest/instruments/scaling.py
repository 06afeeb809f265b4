"""A position built once serves every other lot of it: instruments are linear in quantity."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from ..records import Exposure, Instrument, Position
from .building import Built

#: Fields of instruments and analytics that grow with the quantity.
SIZED = ("value", "notional", "units")
SIZED_ANALYTICS = ("accrued_value", "dv01", "delta_value", "carry_year", "income_year")
#: Decimals of value over quantity at which two lots have the same terms: beyond them is the rounding of brokers.
DIGITS = 9


@dataclass
class Workshop:
    """What has been built so far, by terms."""

    made: dict[Hashable, tuple[Built, Position]] = field(default_factory=dict)

    def find(self, symbol: str, position: Position, exposure: Exposure | None) -> Built | None:
        """The position as a multiple of one built before, or None."""
        found = self.made.get(_terms(position, exposure))
        return None if found is None else scaled(found[0], symbol, _times(position, found[1]))

    def keep(self, position: Position, exposure: Exposure | None, built: Built) -> None:
        """Remember what was built for ``position``."""
        if position.quantity:
            self.made[_terms(position, exposure)] = (built, position)


def _times(position: Position, first: Position) -> float:
    """Size against the first lot: by value, so that the book adds up to the cent, by quantity where there is none."""
    if first.market_value:
        return position.market_value / first.market_value
    return position.quantity / first.quantity


def _terms(position: Position, exposure: Exposure | None) -> Hashable:
    """All that a builder looks at, but the size. Lots of one holding on the same side share it."""
    unit = round(position.market_value / position.quantity, DIGITS) if position.quantity else None
    tags = tuple(sorted(position.tags.items())) if position.tags else ()
    betas = tuple(sorted(position.betas.items())) if position.betas else ()
    return (
        position.symbol, position.name, position.asset_class, position.currency, position.price, unit,
        position.quantity > 0, position.terms, position.proxy, tags, betas, id(exposure),
    )  # fmt: skip


def scaled(built: Built, symbol: str, times: float) -> Built:
    """The same terms in ``times`` the quantity. The exposure is per dollar of value and stays the same."""
    return Built(
        resized(built.instrument, symbol, times),
        built.exposure,
        _scaled_analytics(built.analytics, times),
        built.assumptions,
        built.margin_base * times,
        built.margin_key,
        built.price,
        built.underlying,
    )


def resized(instrument: Any, symbol: str, times: float) -> Instrument:
    """An instrument of ``times`` the size under another label."""
    parts = instrument.__dataclass_fields__
    changed: dict[str, Any] = {name: getattr(instrument, name) * times for name in SIZED if name in parts}
    if "bond" in parts:
        changed["bond"] = resized(instrument.bond, symbol, times)
    resized_instrument: Instrument = replace(instrument, symbol=symbol, **changed)
    return resized_instrument


def _scaled_analytics(analytics: Mapping[str, object], times: float) -> Mapping[str, object]:
    sized = {name: analytics[name] for name in SIZED_ANALYTICS if name in analytics}
    if not sized:
        return analytics
    return {**analytics, **{name: number * times for name, number in sized.items() if isinstance(number, float)}}
