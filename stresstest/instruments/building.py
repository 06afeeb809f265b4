"""What every builder is given, and what it hands back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

import numpy as np

from ..errors import StresstestError
from ..records import Exposure, Instrument, MarketSnapshot, Position, Source
from ..tables import factor_names
from .calendars import US_BOND
from .curve import Curve
from .daycount import settlement_date
from .discounting import columns_of
from .reference import Convention, Currency, currency


class NotModelled(StresstestError):
    """A position that cannot be revalued; the message is the reason. Caught in ``build_book``."""


@dataclass(frozen=True)
class Underlying:
    """What is known of the underlying of an option. price: in its own currency; None where nobody gives it.

    source: what its own unexplained return comes from, where that is something else again (a levered fund).
    """

    price: float | None
    exposure: Exposure | None
    asset_class: str
    source: Source | None = None


@dataclass(frozen=True)
class Setting:
    """The market on the day of the stress, and the neighbours of a position.

    settlement: the day US bonds bought today would be paid for. underlyings: held positions by symbol.
    """

    snapshot: MarketSnapshot
    curve: Curve
    settlement: date
    underlyings: Mapping[str, Underlying] = field(default_factory=dict)

    def settled(self, rule: Convention) -> date:
        """The day a bond bought today would be paid for in its own market."""
        if (rule.settle_days, rule.calendar) == (1, US_BOND):
            return self.settlement
        return settlement_date(self.snapshot.as_of, rule.settle_days, rule.calendar)


@dataclass(frozen=True)
class Built:
    """An instrument with what is shown beside it.

    margin_base: dollars that the requirement of ``margin_key`` applies to, positive. price: as quoted, if found here.
    underlying: what its unexplained return comes from, None for itself.
    """

    instrument: Instrument
    exposure: Exposure
    analytics: Mapping[str, object]
    assumptions: tuple[str, ...]
    margin_base: float
    margin_key: str
    price: float | None = None
    underlying: Source | None = None


def level(setting: Setting, name: str) -> float:
    """A quote of the snapshot. Raises NotModelled where it has none."""
    if name not in setting.snapshot.quotes:
        raise NotModelled(f"no {name} in the snapshot of {setting.snapshot.as_of}")
    return setting.snapshot[name]


def usd_rate(setting: Setting, code: str) -> float:
    """Dollars per unit of a currency. Raises NotModelled where the snapshot has no rate."""
    try:
        return setting.snapshot.fx(code)
    except KeyError:
        raise NotModelled(f"no exchange rate for {code} in the snapshot of {setting.snapshot.as_of}") from None


def contract_exposure(
    symbol: str, sensitivity: np.ndarray, value: float, errors: Mapping[str, float], residual_vol: float, source: str
) -> Exposure:
    """Exposure of an instrument that is revalued by its terms: betas are its own derivatives, not estimates.

    errors: standard error of the beta by factor, where a table stands between the factor and the contract.
    """
    se = np.zeros(len(factor_names()))
    np.add.at(se, columns_of(list(errors)), np.abs(list(errors.values())))
    beta = sensitivity / value if value else np.zeros_like(sensitivity)
    return Exposure(symbol, beta, se, residual_vol, source, "revalued in full; no estimate involved")


def currency_note(row: Currency) -> tuple[str, ...]:
    """How the currency is moved, where that is not plain."""
    if not row.proxied:
        return ()
    return (f"{row.code} has no factor of its own: it moves by {row.beta:g} times {row.factor}.",)


def currency_of(position: Position) -> Currency:
    """The row of the currency in which a position is quoted."""
    return currency(position.currency or "USD")
