"""What every row of a file is read against: exchange rates, the date, prices from outside."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from ..records import MarketSnapshot
from .dates import MONTH_FIRST
from .numbers import STANDARD, NumberFormat


@dataclass(frozen=True)
class Rates:
    """Dollars per unit: the file's own rates first, then the snapshot's."""

    snapshot: MarketSnapshot
    base: str = "USD"
    file: Mapping[str, float] = field(default_factory=dict)

    def usd(self, currency: str) -> float | None:
        """Value of one unit in USD; None for a currency that neither the file nor the snapshot knows."""
        if currency == "USD":
            return 1.0
        if currency in self.file and self.base_usd is not None:
            return self.file[currency] * self.base_usd
        return self.base_usd if currency == self.base else self._quoted(currency)

    @property
    def base_usd(self) -> float | None:
        """Value of one unit of the file's base currency in USD."""
        if self.base == "USD":
            return 1.0
        return 1.0 / self.file["USD"] if "USD" in self.file else self._quoted(self.base)

    def _quoted(self, currency: str) -> float | None:
        try:
            return self.snapshot.fx(currency)
        except KeyError:
            return None

    @property
    def known(self) -> tuple[str, ...]:
        """Codes that have a rate, for messages."""
        quoted = (name.removeprefix("fx_").upper() for name in self.snapshot.quotes if name.startswith("fx_"))
        return tuple(dict.fromkeys(("USD", *quoted, *self.file)))


@dataclass(frozen=True)
class Context:
    """by_hand: the user typed the file and can mend it. prices: by symbol, in the currency of the position.

    numbers, dates: how the file writes them. market: suffix of bare numeric codes, or "". strict: a code
    of no known market is a fault.
    """

    rates: Rates
    as_of: date
    by_hand: bool
    prices: Mapping[str, float] = field(default_factory=dict)
    numbers: NumberFormat = STANDARD
    dates: str = MONTH_FIRST
    market: str = ""
    strict: bool = False
