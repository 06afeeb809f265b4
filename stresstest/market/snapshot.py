"""The market snapshot: dated starting levels, embedded in the package or read from a folder of series."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

from ..errors import DataError, Problem
from ..records import MarketSnapshot, Quote
from ..tables import read_table
from ..units import size_of
from .snapshot_files import Row, last_value, read_files
from .snapshot_funding import usual_funding
from .snapshot_given import series_problems
from .snapshot_soma import newest_list

#: A level older than this many days, seen from the snapshot's date, is reported as stale: a quarterly series is at most
#: two quarters and its publication lag old.
STALE_DAYS = 270
#: Statuses of levels that are assumptions rather than observations: they hold at every date.
ASSUMED = ("MEM", "JUDG")
#: Items of one weekly release: they are read from the last Wednesday that has all of them, so that the identity closes.
RELEASE = ("total_assets", "treasuries", "mbs", "reserves", "tga", "reverse_repo")
#: From the first of a month to the publication of its consumer prices.
CPI_LAG_DAYS = 45
FX_FILE, CPI_FILE = "fx/fx_h10_daily.csv", "macro/macro_monthly.csv"
CLASSES = ("bills", "frn", "tips", "tips_compensation")
#: Series that are read whole and judged by their contract (``snapshot_given.csv``) before a level is taken from them.
JUDGED = (*RELEASE, "loans_repo", "on_rrp", "iorb", "mortgage_rate")
SAME_DATE = (*RELEASE, "loans_repo", "on_rrp", "foreign_repo", "bank_assets", *CLASSES)
#: Days between the balance sheet and the funding spread beyond which the two do not tell of one market.
APART_DAYS = 14
#: Classes of Treasuries older than this many days are brought forward: what Treasuries changed since was bills.
CLASSES_OLD = 21


def load_snapshot(data: Path | None = None, as_of: date | None = None) -> MarketSnapshot:
    """Starting levels, nothing later than ``as_of``.

    data: a folder of series; without it the embedded snapshot. Levels that a folder does not hold, or holds only at an
    earlier date, keep the embedded value where that was published by ``as_of``.

    Raises DataError with every fault of the folder's series (missing file or column, wrong unit, gap, dates out of
    order), when a level is missing, or when the embedded snapshot is later than ``as_of``.
    """
    embedded = _embedded()
    if as_of is not None and as_of > date.today():
        raise DataError(
            Problem(None, "as-of", as_of.isoformat(), "a date that has come", "Leave it out for the latest.")
        )
    if data is None:
        if as_of is not None and as_of < embedded.as_of:
            found, expected = as_of.isoformat(), f"{embedded.as_of} or later"
            raise DataError(
                Problem(None, "as-of", found, expected, "Give --data DIR: the embedded levels are later than that.")
            )
        return embedded
    quotes = _folder_quotes(data, as_of)
    for name, quote in embedded.quotes.items():
        usable = as_of is None or quote.date + _lag(name) <= as_of or quote.status in ASSUMED
        newer = name not in quotes or (name not in SAME_DATE and quote.date > quotes[name].date)
        if usable and newer:
            quotes[name] = quote
    quotes.update(_history(quotes["total_assets"].date, embedded.as_of))
    _require(set(embedded.quotes) - {"other_assets", "currency"}, quotes, data)
    start = quotes["total_assets"].date
    return _balanced(MarketSnapshot(start, quotes, f"folder {data.name}", newest_list(data, start)))


def stale_quotes(snapshot: MarketSnapshot) -> tuple[Quote, ...]:
    """Levels more than ``STALE_DAYS`` older than the snapshot."""
    return tuple(q for q in snapshot.quotes.values() if (snapshot.as_of - q.date).days > STALE_DAYS)


def funding_apart(snapshot: MarketSnapshot) -> Quote | None:
    """The usual spread, where its date is more than ``APART_DAYS`` from that of the balance sheet."""
    quote = snapshot.quotes["sofr_usual"]
    return quote if abs((quote.date - snapshot.as_of).days) > APART_DAYS else None


def _embedded() -> MarketSnapshot:
    quotes = {row["name"]: _quote(row) for row in read_table("stresstest.market", "snapshot.csv")}
    return _balanced(MarketSnapshot(quotes["total_assets"].date, quotes, "embedded"))


def _quote(row: Mapping[str, str]) -> Quote:
    value = float(row["value"]) * size_of(row["unit"])
    return Quote(row["name"], value, date.fromisoformat(row["date"]), row["source"], row["status"])


def _balanced(snapshot: MarketSnapshot) -> MarketSnapshot:
    """Add the two items that close the identity: other assets, and currency in circulation."""
    q = snapshot.quotes
    level = {name: quote.value for name, quote in q.items()}
    other_assets = level["total_assets"] - level["treasuries"] - level["mbs"] - level["loans_repo"]
    others = ("reserves", "on_rrp", "foreign_repo", "tga", "other_deposits", "other_liabilities", "capital")
    currency = level["total_assets"] - sum(level[name] for name in others) - level["deferred_asset"]
    derived = {"other_assets": other_assets, "currency": currency}
    added = {
        name: Quote(name, value, snapshot.as_of, "residual of the balance-sheet identity", "derived")
        for name, value in derived.items()
    }
    return replace(snapshot, quotes={**q, **added})


def _folder_quotes(folder: Path, as_of: date | None) -> dict[str, Quote]:
    """Last value of each level at or before ``as_of``; balance-sheet items all from one Wednesday."""
    rows = read_table("stresstest.market", "levels.csv")
    problems = series_problems(folder, JUDGED)
    tables = read_files(folder, sorted({row["file"] for row in rows} | {FX_FILE, CPI_FILE}), problems)
    release = _last_release(folder, rows, tables, as_of)
    quotes: dict[str, Quote] = {}
    for row in rows:
        until = release if row["name"] in SAME_DATE else as_of
        if as_of is not None:
            until = until and until - timedelta(days=int(row["lag_days"]))
        found = last_value(tables[row["file"]], row["column"].split("|"), until)
        if found is not None:
            day, value = found
            quotes[row["name"]] = Quote(row["name"], value * float(row["size"]), day, row["title"], "V-data")
    quotes.update(_brought_forward(quotes, tables))
    quotes.update(_fx_quotes(tables[FX_FILE], as_of))
    quotes.update(_inflation_quote(tables[CPI_FILE], as_of))
    quotes.update(usual_funding(rows, tables, as_of))
    total = quotes.pop("reverse_repo")
    foreign = total.value - quotes["on_rrp"].value
    quotes["foreign_repo"] = replace(total, name="foreign_repo", value=foreign, status="derived")
    return quotes


def _lag(name: str) -> timedelta:
    """From the date of a level to its publication."""
    lags = {row["name"]: int(row["lag_days"]) for row in read_table("stresstest.market", "levels.csv")}
    lags |= {"cpi_yoy": CPI_LAG_DAYS, "sofr_usual": lags["sofr"], "days_over_iorb": lags["sofr"]}
    return timedelta(days=lags.get(name, 0))


def _brought_forward(quotes: Mapping[str, Quote], tables: Mapping[str, list[Row]]) -> dict[str, Quote]:
    """Bills, where the classes are older than the release: with what all Treasuries have changed since."""
    if "bills" not in quotes or "treasuries" not in quotes:
        return {}
    bills, now = quotes["bills"], quotes["treasuries"]
    row = next(row for row in read_table("stresstest.market", "levels.csv") if row["name"] == "treasuries")
    then = last_value(tables[row["file"]], [row["column"]], bills.date)
    if then is None or (now.date - bills.date).days <= CLASSES_OLD:
        return {}
    value = max(0.0, bills.value + now.value - then[1] * float(row["size"]))
    source = f"{bills.value:.0f} on {bills.date} and the change of all Treasuries since"
    return {"bills": Quote("bills", value, now.date, source, "derived")}


def _history(start: date, embedded: date) -> dict[str, Quote]:
    """Levels that no series holds, at ``start``: the newest row of ``snapshot_history.csv``; none at the embedded date.

    They are judged to hold at the start and are dated so. The embedded snapshot has its own rows.
    """
    if start >= embedded:
        return {}
    rows = [_quote(row) for row in read_table("stresstest.market", "snapshot_history.csv")]
    known = {quote.name: quote for quote in sorted(rows, key=lambda q: q.date) if quote.date <= start}
    return {name: replace(quote, date=start) for name, quote in known.items()}


def _last_release(
    folder: Path, rows: list[dict[str, str]], tables: Mapping[str, list[Row]], as_of: date | None
) -> date:
    """Last Wednesday at or before ``as_of`` on which every item of the release is present."""
    columns = [row["column"] for row in rows if row["name"] in RELEASE]
    file = next(row["file"] for row in rows if row["name"] == "total_assets")
    for line in reversed(tables[file]):
        day = date.fromisoformat(line["date"])
        if (as_of is None or day <= as_of) and all(line.get(column) for column in columns):
            return day
    raise DataError(
        Problem(
            None, ", ".join(columns), "no week with all of them", "one complete weekly release", "", str(folder / file)
        )
    )


def _fx_quotes(rows: list[Row], as_of: date | None) -> dict[str, Quote]:
    quotes = {}
    for column in rows[0]:
        found = last_value(rows, [column], as_of) if column.endswith("_per_usd") else None
        if found is not None:
            name = f"fx_{column[:3].lower()}"
            quotes[name] = Quote(name, 1.0 / found[1], found[0], "Federal Reserve H.10 (inverted)", "V-data")
    return quotes


def _inflation_quote(rows: list[Row], as_of: date | None) -> dict[str, Quote]:
    levels = {row["date"]: row["CPIAUCSL"] for row in rows if row["CPIAUCSL"]}
    known = None if as_of is None else as_of - timedelta(days=CPI_LAG_DAYS)
    days = [day for day in levels if known is None or date.fromisoformat(day) <= known]
    for day in reversed(days):
        year_before = f"{int(day[:4]) - 1}{day[4:]}"
        if year_before in levels:
            change = float(levels[day]) / float(levels[year_before]) - 1.0
            return {
                "cpi_yoy": Quote("cpi_yoy", change, date.fromisoformat(day), "CPI-U twelve-month change", "derived")
            }
    return {}


def _require(names: set[str], quotes: Mapping[str, Quote], folder: Path) -> None:
    problems = [
        Problem(None, name, "no value at or before the date", "a dated level", "Choose a later --as-of.", str(folder))
        for name in sorted(names - set(quotes))
    ]
    if problems:
        raise DataError(problems)
