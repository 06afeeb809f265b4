"""A server on this machine that answers in the shapes of the real sources, with faults on demand."""

from __future__ import annotations

import json
import re
import threading
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

import pytest

from stresstest.live import client, patience, yahoo
from stresstest.live.sources import Source, setting, sources

#: (status, content type, body, headers)
Answer = tuple[int, str, bytes, dict[str, str]]
NYFED_ITEMS = ("percentRate", "percentPercentile1", "percentPercentile25", "percentPercentile75", "percentPercentile99")
YEARS = 3
#: The day of Greenwich, as the fetcher has it, on which the tests began: midnight may pass while they run.
TODAY = datetime.now(UTC).date()
#: Settings of the fetcher for tests: waits that a test can afford, and no limit that a busy machine could meet.
WAITS = {
    "first_wait": 0.01,
    "longest_wait": 2.0,
    "timeout_connect": 300.0,
    "timeout_read": 300.0,
    "demand_seconds": 900.0,
}
#: Levels of the summer of 2026 in the units of FRED, where a bound alone would not make a balance sheet that closes.
LEVELS = {
    "WALCL": 6_738_190, "TREAST": 4_519_654, "WSHOMCB": 1_930_855, "WRESBAL": 2_984_570, "WRBWFRBL": 2_984_570,
    "WTREGEN": 970_000, "WDTGAL": 970_000, "WLRRAL": 356_504, "WORAL": 102, "RRPONTSYD": 2.576,
    "TLAACBW027SBOG": 19_489, "GDP": 31_866, "IORB": 3.65, "RRPONTSYAWARD": 3.5, "DFEDTARL": 3.5, "DFEDTARU": 3.75,
    "MORTGAGE30US": 6.6, "UNRATE": 4.1, "CPIAUCSL": 330, "DGS10": 4.6,
}  # fmt: skip
SOMA = {
    "bills": "523000000000",
    "frn": "20000000000",
    "tips": "250000000000",
    "tipsInflationCompensation": "70000000000",
}


def csv_answer(text: str) -> Answer:
    return 200, "text/csv", text.encode(), {}


def json_answer(document: Any) -> Answer:
    return 200, "application/json", json.dumps(document).encode(), {}


def limit(seconds: str = "") -> Answer:
    return 429, "text/plain", b"Too Many Requests", {"Retry-After": seconds} if seconds else {}


@dataclass
class LocalSources:
    """Answers of all sources up to ``today``. faults: a pattern of path and query, and what to answer, how often."""

    today: date = TODAY
    faults: list[tuple[str, Callable[[], Answer], int]] = field(default_factory=list)
    changes: dict[str, float] = field(default_factory=dict)
    asked: Counter[str] = field(default_factory=Counter)
    closes: dict[str, list[float]] = field(default_factory=dict)
    funds: dict[str, dict[str, Any]] = field(default_factory=dict)
    port: int = 0

    def fail(self, pattern: str, answer: Callable[[], Answer], times: int = 1_000_000) -> None:
        self.faults.append((pattern, answer, times))

    def answer(self, target: str) -> Answer:
        parts = urlsplit(target)
        query = {key: values[0] for key, values in parse_qs(parts.query).items()}
        self.asked[parts.path] += 1
        for i, (pattern, fault, left) in enumerate(self.faults):
            if left and re.search(pattern, target):
                self.faults[i] = (pattern, fault, left - 1)
                return fault()
        return self._data(parts.path, query)

    def _data(self, path: str, query: dict[str, str]) -> Answer:
        if path == "/graph/fredgraph.csv":
            return self._fred(query["id"], date.fromisoformat(query["cosd"]))
        if path == "/fred/series":
            return self._about(query["series_id"])
        if path == "/fred/series/observations":
            return self._observations(query["series_id"], date.fromisoformat(query["observation_start"]))
        if "/rates/" in path:
            items = dict.fromkeys(NYFED_ITEMS, 3.6) | {"volumeInBillions": 2900.0}
            rows = [{"effectiveDate": str(day), "type": "SOFR", **items} for day in self._days(date.min)]
            return json_answer({"refRates": rows[::-1]})
        if path.endswith("soma/summary.json"):
            return json_answer({"soma": {"summary": [self._soma(day) for day in self._days(date.min, 7)]}})
        if path.endswith("asofdates/latest.json"):
            return json_answer({"soma": {"asOfDates": [str(self.today)]}})
        if "/soma/tsy/" in path:
            return json_answer({"soma": {"holdings": [self._cusip()]}})
        if "/rp/" in path:
            rows = [{"operationDate": str(day), "totalAmtAccepted": 2_500_000_000} for day in self._days(date.min)]
            return json_answer({"repo": {"operations": rows}})
        if "operating_cash_balance" in path:
            return self._cash(query)
        if "auctions_query" in path:
            rows = [
                {"issue_date": str(day), "security_type": kind, "total_accepted": "90000000000"}
                for day in self._days(date.min, 7)
                for kind in ("Bill", "Note")
            ]
            return json_answer({"data": rows})
        if "daily-treasury-rates.csv" in path:
            return self._curve(int(path.split("/")[-2]))
        if "/v8/finance/chart/" in path:
            return self._chart(unquote(path.rsplit("/", 1)[1]))
        if "getcrumb" in path:
            return 200, "text/plain", b"crumb", {}
        if "quoteSummary" in path:
            fund = self._fund(unquote(path.rsplit("/", 1)[1]))
            return json_answer({"quoteSummary": {"result": [fund], "error": None}})
        cookie = "A3=d; Max-Age=31536000; Domain=.yahoo.com; Path=/"
        return 404, "text/plain", b"", {"Set-Cookie": cookie}

    def _days(self, since: date, step: int = 1) -> list[date]:
        first = max(since, self.today - timedelta(days=365 * YEARS))
        days = [self.today - timedelta(days=step * i) for i in range((self.today - first).days // step + 1)]
        return [day for day in reversed(days) if step > 1 or day.weekday() < 5]

    def _fred(self, series: str, since: date) -> Answer:
        source = next((s for s in sources() if s.provider == "fred" and s.id.removeprefix("1/") == series), None)
        if source is None:
            return 404, "text/html", b"<html>", {}
        spacing = {"daily": 1, "weekly": 7, "monthly": 30, "quarterly": 91}
        step = next((days for word, days in spacing.items() if word in source.file), 7)
        value = usual(source) * self.changes.get(series, 1.0)
        rows = "".join(f"{day},{'.' if i == 1 else value}\n" for i, day in enumerate(self._days(since, step)))
        return csv_answer(f"observation_date,{series}\n{rows}")

    def _about(self, series: str) -> Answer:
        source = next(s for s in sources() if s.provider == "fred" and s.id.removeprefix("1/") == series)
        units = {"percent": "Percent", "usd_mn": "Millions of U.S. Dollars", "usd_bn": "Billions of US Dollars"}
        about = {
            "id": series, "title": source.title, "frequency_short": source.frequency[0].upper(),
            "units": units.get(source.unit, "Index"),
        }  # fmt: skip
        return json_answer({"seriess": [about]})

    def _observations(self, series: str, since: date) -> Answer:
        rows = self._fred(series, since)[2].decode().splitlines()[1:]
        pairs = (row.split(",") for row in rows)
        return json_answer({"observations": [{"date": day, "value": value} for day, value in pairs]})

    def _soma(self, day: date) -> dict[str, str]:
        names = {s.id.partition(":")[2] for s in sources() if s.id.startswith("soma/")}
        return {"asOfDate": str(day), **dict.fromkeys(names, "500000000000"), **SOMA}

    def _cusip(self) -> dict[str, str]:
        return {
            "cusip": "912810TM0", "maturityDate": "2042-11-15", "parValue": "4519654000000",
            "securityType": "NotesBonds", "coupon": "4.000", "spread": "", "inflationCompensation": "",
            "percentOutstanding": "0.6",
        }  # fmt: skip

    def _cash(self, query: dict[str, str]) -> Answer:
        column = "open_today_bal" if "Closing Balance" in query["filter"] else "close_today_bal"
        other = {"open_today_bal": "close_today_bal", "close_today_bal": "open_today_bal"}[column]
        rows = [{"record_date": str(day), column: "850000", other: "null"} for day in self._days(date.min)]
        return json_answer({"data": rows})

    def _curve(self, year: int) -> Answer:
        tenors = ("1 Mo", "3 Mo", "6 Mo", "1 Yr", "2 Yr", "3 Yr", "5 Yr", "7 Yr", "10 Yr", "20 Yr", "30 Yr")
        rows = "".join(f"{d:%m/%d/%Y},{','.join(['4.1'] * 11)}\n" for d in self._days(date.min) if d.year == year)
        return csv_answer("Date," + ",".join(f'"{name}"' for name in tenors) + "\n" + rows)

    def _chart(self, symbol: str) -> Answer:
        source = next((s for s in sources() if s.provider == "yahoo" and s.id == symbol), None)
        price = usual(source) if source else 100.0
        days = self._days(date.min)
        stamps = [int(datetime.combine(day, time(14, 30), UTC).timestamp()) for day in days]
        given = self.closes.get(symbol, [price] * len(days))
        days, closes = days[-len(given) :], given[-len(days) :]
        stamps = stamps[-len(closes) :]
        span = {"timezone": "EST", "start": 0, "end": 1, "gmtoffset": -18000}
        meta = {
            "currency": "GBp" if symbol.endswith(".L") else "USD", "symbol": symbol, "exchangeName": "NMS",
            "instrumentType": "ETF" if symbol == "AGGY" or symbol in self.funds else "EQUITY",
            "gmtoffset": -18000, "timezone": "EST",
            "exchangeTimezoneName": "America/New_York", "regularMarketPrice": price, "priceHint": 2,
            "dataGranularity": "1d", "range": "", "validRanges": ["1d", "max"], "firstTradeDate": 345479400,
            "currentTradingPeriod": {"pre": span, "regular": span, "post": span},
        }  # fmt: skip
        quote = dict.fromkeys(("open", "high", "low", "close"), closes) | {"volume": [100] * len(days)}
        adjusted = [{"adjclose": [0.9 * value for value in closes]}]
        result = {"meta": meta, "timestamp": stamps, "indicators": {"quote": [quote], "adjclose": adjusted}}
        return json_answer({"chart": {"result": [result], "error": None}})

    def _fund(self, symbol: str) -> dict[str, Any]:
        fund = {
            "quoteType": {"quoteType": "ETF"}, "summaryProfile": {"longBusinessSummary": ""},
            "fundProfile": {"categoryName": "Intermediate Core Bond", "family": "", "legalType": ""},
            "topHoldings": {
                "bondPosition": 0.98, "cashPosition": 0.02, "stockPosition": 0.0, "holdings": [],
                "equityHoldings": {}, "bondHoldings": {"duration": 6.1, "maturity": 8.2}, "bondRatings": [],
                "sectorWeightings": [],
            },
        }  # fmt: skip
        given = dict(self.funds.get(symbol, {}))
        profile, holdings = dict(fund["fundProfile"]), dict(fund["topHoldings"])
        profile["categoryName"] = given.pop("category", profile["categoryName"])
        return fund | {"fundProfile": profile, "topHoldings": holdings | given}


def usual(source: Source) -> float:
    """A value that the contract of the series allows, in the unit of the provider."""
    if source.provider == "fred" and source.id in LEVELS:
        return LEVELS[source.id]
    middle = max(source.typical_low * 1.5, source.low + 1e-3, min(1.0, source.high))
    value = min(middle, source.high) / source.multiply
    return 1.0 / value if source.id.startswith("1/") else value


def wait_like_a_test(patch: pytest.MonkeyPatch, changed: Mapping[str, float] = WAITS) -> None:
    """Let every module of the fetcher see ``changed`` in place of its settings of those names."""
    for module in (client, patience, yahoo):
        patch.setattr(module, "setting", lambda name: changed[name] if name in changed else setting(name))


class _Server(ThreadingHTTPServer):
    """Waits at its end for what it still answers, and is silent about clients that have gone."""

    daemon_threads = False
    request_queue_size = 64

    def handle_error(self, request: Any, client_address: Any) -> None:
        pass


@contextmanager
def serving(local: LocalSources) -> Iterator[LocalSources]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            status, kind, body, headers = local.answer(self.path)
            self.send_response(status)
            self.send_header("Content-Type", kind)
            for name, value in headers.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *arguments: object) -> None:
            pass

    server = _Server(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    local.port = server.server_port
    try:
        yield local
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
