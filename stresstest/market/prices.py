"""Last prices in a data folder, for holdings rows that come without one."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from datetime import date
from pathlib import Path

#: Files of the folder with one column per symbol (what follows an underscore is the source), in USD.
FILES = (
    "equities/etf_adjclose_daily.csv",
    "equities/stock_adjclose_daily.csv",
    "crypto/crypto_close_daily.csv",
)


def last_prices(folder: Path, as_of: date | None = None) -> Mapping[str, float]:
    """Last price of each symbol at or before ``as_of``, USD. Files that the folder lacks are passed over.

    Closes are adjusted for later dividends and splits, so a price well before the end of the file is too low; holdings
    say next to the value that it came from here.
    """
    latest: dict[str, tuple[str, float]] = {}
    for file in FILES:
        for column, dated in _last_values(folder / file, as_of).items():
            symbol = column.partition("_")[0]
            latest[symbol] = max(dated, latest.get(symbol, dated))
    return {symbol: price for symbol, (_, price) in latest.items()}


def _last_values(path: Path, as_of: date | None) -> dict[str, tuple[str, float]]:
    """Date and value of the last entry of every column; dates are in order."""
    if not path.is_file():
        return {}
    last: dict[str, tuple[str, float]] = {}
    with path.open(encoding="utf-8-sig", newline="") as handle:
        for row in csv.DictReader(handle):
            if as_of is not None and row["date"] > as_of.isoformat():
                break
            last.update({name: (row["date"], float(cell)) for name, cell in row.items() if name != "date" and cell})
    return last
