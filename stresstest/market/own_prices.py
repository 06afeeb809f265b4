"""Price histories of symbols that a holdings file names, from the folder of series or the user cache, in USD."""

from __future__ import annotations

import csv
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import pandas as pd

from .cache import cached_folder, cached_prices
from .history import History, load_history
from .prices import FILES

COINS = ("crypto", "stablecoin")
#: BRK.B and BRK/B are BRK-B at Yahoo; 2330.TW stays as it is.
SHARE_CLASS = re.compile(r"^([A-Z]{1,5})[./]([A-Z])$")


def yahoo_name(symbol: str, asset_class: str) -> str:
    """Yahoo's name of a symbol, which is also the name of its column."""
    if asset_class in COINS:
        return symbol if symbol.upper().endswith("-USD") else f"{symbol}-USD"
    return SHARE_CLASS.sub(r"\1-\2", symbol)


@dataclass(frozen=True)
class OwnPrices:
    """history: of the folder. closes: as they came, on their own dates, by the symbol that the user has. currency: of
    each.
    """

    history: History
    closes: Mapping[str, pd.Series]
    currency: Mapping[str, str]

    def in_usd(self, log_prices: pd.DataFrame) -> pd.DataFrame:
        """(days, N) log prices of symbols in USD; NaN where the folder has no exchange rate."""
        columns = {name: self._in_usd(log_prices[name], self.currency[name]) for name in map(str, log_prices.columns)}
        return pd.DataFrame(columns, index=log_prices.index)

    def _in_usd(self, prices: pd.Series, currency: str) -> pd.Series:
        rate = f"CASH.{currency}"
        if currency == "USD":
            return prices
        if rate not in self.history.log_prices:
            return pd.Series(float("nan"), index=prices.index)
        return prices + self.history.log_prices[rate]


def own_prices(wanted: Mapping[str, str], data: Path | None, as_of: date | None) -> OwnPrices | None:
    """Histories of the symbols in ``wanted`` (asset class by symbol) that the folder ``data``, or the cache, has.

    None where there are none: the folder is not read for nothing. A column of the folder is in USD, one of the cache in
    the currency that came with it. Raises DataError for faults of the folder.
    """
    folder = data if data is not None else cached_folder(as_of)
    if folder is None:
        return None
    known = _columns(folder)
    names = {symbol: yahoo_name(symbol, kind) for symbol, kind in wanted.items()}
    there = {symbol: name for symbol, name in names.items() if name in known}
    if not there:
        return None
    history = load_history(folder, as_of)
    cached = {} if data is not None else cached_prices()
    closes = {symbol: history.prices[name] for symbol, name in there.items() if name in history.prices}
    currency = {symbol: cached[symbol].currency if symbol in cached else "USD" for symbol in closes}
    return OwnPrices(history, closes, currency) if closes else None


def _columns(folder: Path) -> frozenset[str]:
    """Names of the price columns of a folder, from the headings alone."""
    names: set[str] = set()
    for file in FILES:
        if (folder / file).is_file():
            with (folder / file).open(encoding="utf-8-sig", newline="") as handle:
                names |= set(next(csv.reader(handle), []))
    return frozenset(names)
