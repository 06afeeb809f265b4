"""FRED, the data base of the Federal Reserve Bank of St. Louis: one CSV for each series, no key needed.

With a key in ``FRED_API_KEY`` the documented interface is used instead, which also says frequency and units: they must
be those of the contract. A missing value is "." or empty.
"""

from __future__ import annotations

import csv
import io
import json
import os
from collections.abc import Mapping, Sequence
from datetime import date

from .client import Client, FetchError
from .points import Outcome, Points, records
from .sources import Source

GRAPH = "https://fred.stlouisfed.org/graph/fredgraph.csv"
KEYED = "https://api.stlouisfed.org/fred/series/observations"
ABOUT = "https://api.stlouisfed.org/fred/series"
#: First letter of FRED's frequencies, and the word that its units have for a dollar amount of a contract's unit.
FREQUENCIES = {"day": "D", "week": "W", "month": "M", "quarter": "Q"}
SIZES = {1.0: "dollar", 1e3: "thousand", 1e6: "million", 1e9: "billion"}
DOLLARS = {"usd_mn": 1e6, "usd_bn": 1e9}
DATE_COLUMNS = ("observation_date", "DATE")


def fetch(client: Client, wanted: Sequence[Source], since: Mapping[Source, date]) -> dict[Source, Outcome]:
    """Each series from its date in ``since`` on, or the reason why not."""
    outcomes: dict[Source, Outcome] = {}
    for source in wanted:
        try:
            outcomes[source] = _series(client, source, since[source])
        except FetchError as error:
            outcomes[source] = error
    return outcomes


def _series(client: Client, source: Source, since: date) -> Points:
    series, inverted = source.id.removeprefix("1/"), source.id.startswith("1/")
    key = os.environ.get("FRED_API_KEY", "")
    if key:
        about = {"series_id": series, "api_key": key, "file_type": "json"}
        _check_about(source, series, client.get(ABOUT, about))
        parameters = {"series_id": series, "api_key": key, "file_type": "json", "observation_start": since.isoformat()}
        cells = _from_json(client.get(KEYED, parameters))
    else:
        cells = _from_csv(client.get(GRAPH, {"id": series, "cosd": since.isoformat()}), series)
    try:
        values = {date.fromisoformat(day): float(cell) for day, cell in cells if cell not in ("", ".")}
    except ValueError as error:
        raise FetchError("not_data", f"a cell of {series} cannot be read: {error}") from None
    return {day: 1.0 / value if inverted else value for day, value in values.items() if not (inverted and value == 0)}


def _check_about(source: Source, series: str, text: str) -> None:
    """Raises FetchError where FRED describes another series than the contract does."""
    found = records(text, "seriess")
    row = found[0] if found else {}
    units, frequency = str(row.get("units", "")), str(row.get("frequency_short", ""))
    if row.get("id") != series:
        raise FetchError("not_data", f"a description of {str(row.get('id'))[:20]!r} instead of {series}")
    if not frequency.startswith(FREQUENCIES[source.frequency]):
        raise FetchError("not_data", f"frequency {frequency[:10]!r}, where one a {source.frequency} is declared")
    wanted = "percent" if source.unit == "percent" else SIZES.get(DOLLARS.get(source.unit, 0.0) / source.multiply, "")
    if wanted not in units.lower():
        raise FetchError("not_data", f"units {units[:40]!r}, where {wanted} is declared")


def _from_csv(text: str, series: str) -> list[tuple[str, str]]:
    rows = csv.DictReader(io.StringIO(text.lstrip("\ufeff")))
    columns = rows.fieldnames or ()
    day = next((name for name in DATE_COLUMNS if name in columns), None)
    if day is None or series not in columns:
        raise FetchError("not_data", f"columns {', '.join(columns)[:80]} instead of a date and {series}")
    return [(row[day] or "", row[series] or "") for row in rows]


def _from_json(text: str) -> list[tuple[str, str]]:
    try:
        return [(row["date"], row["value"]) for row in json.loads(text)["observations"]]
    except (ValueError, KeyError, TypeError):
        raise FetchError("not_data", "JSON without observations") from None
