"""Where funding stands: the usual spread of SOFR over the rate on reserves, and the share of days over it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from functools import cache
from statistics import median

from ..records import Quote
from ..tables import read_table
from ..units import BP
from .snapshot_files import Row, last_value

#: Decimal places of a basis point that are kept: rates are published in whole basis points, the rest is rounding noise.
PLACES = 2


def usual_funding(rows: list[dict[str, str]], tables: Mapping[str, list[Row]], as_of: date | None) -> dict[str, Quote]:
    """The levels ``sofr_usual`` and ``days_over_iorb``, decimal; none where the folder has no SOFR.

    Median of SOFR less the rate on reserves over the last ``usual_days`` days with SOFR, and the share of the last
    ``window_days`` on which SOFR is published over that rate; of the days that there are where they are fewer.
    rows: of ``levels.csv``. as_of: what was published by then counts, None for all.
    """
    spreads = _published_spreads(rows, tables, as_of)
    if not spreads:
        return {}
    last, values = spreads[0][0], [spread for _, spread in spreads]
    recent, over = values[: days("usual_days")], [spread > 0.0 for spread in values]
    found = {
        "sofr_usual": (median(recent) * BP, f"median of {len(recent)} days of SOFR less IORB"),
        "days_over_iorb": (sum(over) / len(over), f"share of {len(over)} days with SOFR over IORB"),
    }
    return {name: Quote(name, value, last, source, "derived") for name, (value, source) in found.items()}


@cache
def days(name: str) -> int:
    """A number of days of ``constants.csv``."""
    row = {row["name"]: row for row in read_table("stresstest.market", "constants.csv")}[name]
    return int(row["value"])


def _published_spreads(
    rows: list[dict[str, str]], tables: Mapping[str, list[Row]], as_of: date | None
) -> list[tuple[date, float]]:
    """SOFR less the rate on reserves, bp, of the last ``window_days`` days published by ``as_of``, newest first."""
    sofr, iorb = (next(row for row in rows if row["name"] == name) for name in ("sofr", "iorb"))
    until = as_of and as_of - timedelta(days=int(sofr["lag_days"]))
    spreads: list[tuple[date, float]] = []
    while len(spreads) < days("window_days"):
        found = last_value(tables[sofr["file"]], sofr["column"].split("|"), until)
        paid = None if found is None else last_value(tables[iorb["file"]], iorb["column"].split("|"), found[0])
        if found is None or paid is None:
            break
        spread = found[1] * float(sofr["size"]) - paid[1] * float(iorb["size"])
        spreads.append((found[0], round(spread / BP, PLACES)))
        until = found[0] - timedelta(days=1)
    return spreads
