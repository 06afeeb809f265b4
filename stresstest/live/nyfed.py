"""Markets data of the Federal Reserve Bank of New York: reference rates, SOMA holdings, repo and reverse repo."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime

from .client import Client, FetchError
from .points import Outcome, Points, dated, records
from .sources import Source

BASE = "https://markets.newyorkfed.org/api"


def fetch(client: Client, wanted: Sequence[Source], since: Mapping[Source, date]) -> dict[Source, Outcome]:
    """Each series from its date in ``since`` on, or the reason why not. Series of one document share one request."""
    outcomes: dict[Source, Outcome] = {}
    for document in dict.fromkeys(source.id.partition(":")[0] for source in wanted):
        group = [source for source in wanted if source.id.partition(":")[0] == document]
        try:
            text = _document(client, document, min(since[source] for source in group))
        except FetchError as error:
            outcomes |= dict.fromkeys(group, error)
            continue
        for source in group:
            try:
                outcomes[source] = _read(text, document, source.id.partition(":")[2], since[source])
            except FetchError as error:
                outcomes[source] = error
    return outcomes


def _document(client: Client, document: str, since: date) -> str:
    span = {"startDate": since.isoformat(), "endDate": datetime.now(UTC).date().isoformat()}
    if document == "soma/summary":
        return client.get(f"{BASE}/soma/summary.json")
    if document == "rp/repo":
        return client.get(f"{BASE}/rp/results/search.json", {**span, "operationTypes": "Repo"})
    if document == "rp/reverserepo":
        return client.get(f"{BASE}/rp/reverserepo/propositions/search.json", span)
    return client.get(f"{BASE}/rates/{document}/search.json", span)


def _read(text: str, document: str, item: str, since: date) -> Points:
    if document == "soma/summary":
        points = dated(records(text, "soma", "summary"), "asOfDate", item)
    elif document.startswith("rp/"):
        points = dated(records(text, "repo", "operations"), "operationDate", "totalAmtAccepted")
    else:
        points = dated(records(text, "refRates"), "effectiveDate", item)
    return {day: value for day, value in points.items() if day >= since}


def holdings_by_cusip(client: Client) -> tuple[date, list[Mapping[str, str]]]:
    """The newest list of Treasury securities in the SOMA portfolio, one record for each CUSIP, and its date.

    Raises FetchError.
    """
    try:
        newest = json.loads(client.get(f"{BASE}/soma/asofdates/latest.json"))["soma"]["asOfDates"]
        day = date.fromisoformat(newest[0] if isinstance(newest, list) else newest)
    except (ValueError, KeyError, TypeError, IndexError):
        raise FetchError("not_data", "no date of the newest SOMA holdings") from None
    rows = records(client.get(f"{BASE}/soma/tsy/get/all/asof/{day}.json"), "soma", "holdings")
    if not rows or not {"cusip", "maturityDate", "parValue", "securityType"} <= set(rows[0]):
        raise FetchError("not_data", "the list of SOMA holdings has other columns")
    return day, rows
