"""US Treasury: the closing balance of its account (Daily Treasury Statement), the par curve, auctions."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime

from .client import Client, FetchError
from .points import Outcome, Points, dated, records
from .sources import Source

FISCAL = "https://api.fiscaldata.treasury.gov/services/api/fiscal_service/v1"
CURVE = "https://home.treasury.gov/resource-center/data-chart-center/interest-rates/daily-treasury-rates.csv"
#: Since this day the closing balance stands in the column of the opening balance, under its own account type.
NEW_STATEMENT = date(2022, 4, 18)
CLOSING = "Treasury General Account (TGA) Closing Balance"
OLD_ACCOUNTS = "Federal Reserve Account,Treasury General Account (TGA)"
PAGE = "10000"


def fetch(client: Client, wanted: Sequence[Source], since: Mapping[Source, date]) -> dict[Source, Outcome]:
    """Each series from its date in ``since`` on, or the reason why not."""
    readers = {"dts": _balance, "yield_curve": _curves, "auctions": _auctions}
    outcomes: dict[Source, Outcome] = {}
    for kind, reader in readers.items():
        group = [source for source in wanted if source.id.replace("/", ":").partition(":")[0] == kind]
        if not group:
            continue
        start = min(since[source] for source in group)
        try:
            outcomes |= reader(client, group, start)
        except FetchError as error:
            outcomes |= dict.fromkeys(group, error)
    return {
        source: outcome if isinstance(outcome, FetchError) else _after(outcome, since[source])
        for source, outcome in outcomes.items()
    }


def _after(points: Points, since: date) -> Points:
    return {day: value for day, value in points.items() if day >= since}


def _balance(client: Client, group: Sequence[Source], start: date) -> dict[Source, Outcome]:
    url = f"{FISCAL}/accounting/dts/operating_cash_balance"
    points: Points = {}
    if start < NEW_STATEMENT:
        spans = f"record_date:gte:{start},record_date:lt:{NEW_STATEMENT},account_type:in:({OLD_ACCOUNTS})"
        rows = records(client.get(url, {"filter": spans, "page[size]": PAGE}), "data")
        points |= dated(rows, "record_date", "close_today_bal")
    newer = f"record_date:gte:{max(start, NEW_STATEMENT)},account_type:eq:{CLOSING}"
    rows = records(client.get(url, {"filter": newer, "page[size]": PAGE}), "data")
    points |= dated(rows, "record_date", "open_today_bal")
    return dict.fromkeys(group, points)


def _curves(client: Client, group: Sequence[Source], start: date) -> dict[Source, Outcome]:
    """One file a year; a tenor that a year does not have stays out."""
    points: dict[Source, Points] = {source: {} for source in group}
    known: set[str] = set()
    for year in range(start.year, datetime.now(UTC).year + 1):
        query = {"type": "daily_treasury_yield_curve", "field_tdr_date_value": str(year), "_format": "csv"}
        rows = csv.DictReader(io.StringIO(client.get(f"{CURVE}/{year}/all", query).lstrip("\ufeff")))
        columns = {name.strip(): name for name in rows.fieldnames or ()}
        known |= set(columns)
        if "Date" not in columns:
            raise FetchError("not_data", f"the curve of {year} has no column Date")
        for row in rows:
            try:
                day = datetime.strptime(row[columns["Date"]], "%m/%d/%Y").date()
                for source in group:
                    cell = row.get(columns.get(source.id.partition(":")[2], ""), "") or ""
                    if cell not in ("", "N/A"):
                        points[source][day] = float(cell)
            except ValueError as error:
                raise FetchError("not_data", f"the curve of {year}: {error}") from None
    gone = FetchError("not_data", "no year has this column")
    return {source: values if source.id.partition(":")[2] in known else gone for source, values in points.items()}


def _auctions(client: Client, group: Sequence[Source], start: date) -> dict[Source, Outcome]:
    """Accepted amounts in USD added up by month of issue (first of the month)."""
    query = {
        "fields": "issue_date,security_type,total_accepted", "filter": f"issue_date:gte:{start.replace(day=1)}",
        "page[size]": PAGE,
    }  # fmt: skip
    rows = records(client.get(f"{FISCAL}/accounting/od/auctions_query", query), "data")
    monthly = [{**row, "month": f"{str(row.get('issue_date', ''))[:7]}-01"} for row in rows]
    bills = [row for row in monthly if row.get("security_type") == "Bill"]
    others = [row for row in monthly if row.get("security_type") != "Bill"]
    parts = {source: bills if source.id.endswith("Bill") else others for source in group}
    return {source: dated(part, "month", "total_accepted") for source, part in parts.items()}
