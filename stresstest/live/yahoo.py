"""Yahoo Finance through yfinance: closes as traded, closes adjusted for splits and distributions, fund facts.

Prices are asked for unadjusted (``auto_adjust=False``), so that both columns are explicit; a series is always fetched
whole, because one distribution rewrites all adjusted closes before it. The row of today is left out: the day may not be
over.
"""

from __future__ import annotations

import logging
import math
import re
import time
import warnings
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import partial
from pathlib import Path
from typing import Any

from ..records import FundFacts
from .client import FetchError, on_loopback, open_session
from .patience import NOT_ASKED, Patience, together
from .points import Outcome, Points
from .sources import Source, setting

#: Letters of the symbols that Yahoo uses; anything else is not sent.
SYMBOL = re.compile(r"[A-Z0-9^][A-Z0-9.^=-]{0,23}", re.ASCII)
#: Quotes in hundredths of the currency.
MINOR = {"GBp": ("GBP", 0.01), "GBX": ("GBP", 0.01), "ZAc": ("ZAR", 0.01), "ILA": ("ILS", 0.01)}
YAHOO = "yahoo"
#: Words in the errors of the libraries below that tell that no host was reached.
NO_CONNECTION = ("Connect", "connect", "resolve", "DNS", "Proxy", "SSL")
FUND_TYPES = ("ETF", "MUTUALFUND")
#: Durations that Yahoo gives outside these years, or for a fund with few bonds, are not used.
SANE_DURATION = (0.05, 30.0)
LEAST_BONDS = 0.5
#: Shares of net assets beyond this are errors; shares that add up to more than one by this are rounded.
MOST_SHARE, ROUNDING = 5.0, 0.02


@dataclass(frozen=True)
class PriceHistory:
    """Closes of one symbol in its currency. traded: as quoted; adjusted: for splits and distributions."""

    symbol: str
    currency: str
    kind: str
    traded: Points
    adjusted: Points


Progress = Callable[[int, int], None]


def histories(
    symbols: Sequence[str],
    cache: Path,
    first: date,
    progress: Progress = lambda done, total: None,
    patience: Patience | None = None,
) -> dict[str, PriceHistory | FetchError]:
    """Every symbol's history from ``first`` on, or the reason why not; several at a time, each tried again when the
    source asks to slow down. cache: folder for the cookies and time zones that yfinance keeps.
    """
    return _for_each(symbols, cache, lambda ticker: _history(ticker, first), progress, patience)


def fund_facts(
    symbols: Sequence[str], cache: Path, patience: Patience | None = None
) -> dict[str, FundFacts | FetchError]:
    """What Yahoo publishes of each fund, or the reason why not."""
    return _for_each(symbols, cache, _facts, lambda done, total: None, patience)


def fetch(
    wanted: Sequence[Source],
    cache: Path,
    progress: Progress = lambda done, total: None,
    patience: Patience | None = None,
) -> dict[Source, Outcome]:
    """Adjusted closes of the series of the table."""
    first = min(source.first for source in wanted)
    found = histories([source.id for source in wanted], cache, first, progress, patience)
    outcomes: dict[Source, Outcome] = {}
    for source in wanted:
        history = found[source.id]
        if isinstance(history, PriceHistory) and history.currency not in ("", "USD"):
            history = FetchError("not_data", f"quoted in {history.currency}, where dollars are declared")
        outcomes[source] = history if isinstance(history, FetchError) else history.adjusted
    return outcomes


def _for_each(
    symbols: Sequence[str], cache: Path, read: Callable[[Any], Any], progress: Progress, patience: Patience | None
) -> dict[str, Any]:
    patience = patience or Patience()
    session = open_session() if on_loopback() else None  # None: yfinance opens its own, which looks like a browser
    done: dict[str, Any] = {symbol: FetchError("missing", "no symbol of Yahoo") for symbol in symbols}
    good = [symbol for symbol in done if SYMBOL.fullmatch(symbol)]

    answers: dict[str, Any] = {}

    def one(symbol: str) -> None:
        import yfinance

        if YAHOO in patience.down:  # the first symbol found no network: the others need not wait for it again
            answers[symbol] = FetchError("unreachable", patience.down[YAHOO])
        else:
            outcome = _patiently(lambda: read(yfinance.Ticker(symbol, session=session)), patience)
            if not isinstance(outcome, FetchError):
                patience.answered()
            elif _no_network(outcome):
                patience.down[YAHOO] = outcome.detail
            answers[symbol] = outcome
        progress(len(answers), len(good))

    progress(0, len(good))
    with _quiet_yfinance(cache):
        together([partial(one, symbol) for symbol in good], int(setting("yahoo_workers")), patience)
    return done | dict.fromkeys(good, NOT_ASKED) | dict(answers)


@contextmanager
def _quiet_yfinance(cache: Path) -> Iterator[None]:
    """yfinance with errors raised instead of logged, its files in our cache folder, its deprecations silent."""
    import yfinance

    cache.mkdir(parents=True, exist_ok=True)
    yfinance.cache.set_cache_location(str(cache))
    log, hidden = logging.getLogger("yfinance"), yfinance.config.debug.hide_exceptions
    level = log.level
    log.setLevel(logging.CRITICAL)
    yfinance.config.debug.hide_exceptions = False
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        yfinance.config.debug.hide_exceptions = hidden
        log.setLevel(level)


def _patiently(read: Callable[[], Any], patience: Patience) -> Any:
    """The result, or a FetchError; limits and silences are waited out, a symbol that is not there is not."""
    wait = setting("first_wait")
    for attempt in range(int(setting("retries")) + 1):
        try:
            return read()
        except FetchError as error:
            return error
        except Exception as error:  # yfinance lets errors of every layer below it through
            fault = _classified(error)
        enough = setting("connect_retries") * (not patience.is_short) if _no_network(fault) else setting("retries")
        if fault.kind in ("missing", "refused") or attempt >= enough or patience.left <= 0:
            return fault
        time.sleep(min(wait, patience.left))
        wait *= 2
    raise AssertionError("the last try returns")


def _no_network(fault: FetchError) -> bool:
    return fault.kind == "unreachable" and any(word in fault.detail for word in NO_CONNECTION)


def _classified(error: Exception) -> FetchError:
    name, text = type(error).__name__, str(error)[:120]
    if "RateLimit" in name or "429" in text or "Too Many Requests" in text:
        return FetchError("rate_limited", "HTTP 429")
    if "404" in text or "Missing" in name or "delisted" in text:
        return FetchError("missing", "Yahoo has no such symbol, or no prices of it")
    if "403" in text or "401" in text:
        return FetchError("refused", text)
    if "JSON" in name:
        return FetchError("not_data", "truncated or changed answer")
    return FetchError("unreachable", f"{name}: {text}")


def _history(ticker: Any, first: date) -> PriceHistory:
    frame = ticker.history(start=first.isoformat(), auto_adjust=False, actions=True, timeout=setting("timeout_read"))
    if not {"Close", "Adj Close"} <= set(frame.columns):
        raise FetchError("not_data", f"columns {', '.join(map(str, frame.columns))[:80]}")
    facts = ticker.history_metadata
    if facts.get("symbol") not in (None, ticker.ticker):
        raise FetchError("not_data", f"prices of {str(facts['symbol'])[:24]} instead of {ticker.ticker}")
    currency, unit = MINOR.get(facts.get("currency") or "", (facts.get("currency") or "", 1.0))
    days, today = [stamp.date() for stamp in frame.index], datetime.now(UTC).date()
    columns = {
        name: {
            day: float(value) * unit
            for day, value in zip(days, frame[name], strict=True)
            if _positive(value) and day < today
        }
        for name in ("Close", "Adj Close")
    }
    if not columns["Close"]:
        raise FetchError("missing", "no prices")
    kind = str(facts.get("instrumentType") or "")
    return PriceHistory(ticker.ticker, currency, kind, columns["Close"], columns["Adj Close"])


def _positive(value: float) -> bool:
    return math.isfinite(value) and value > 0


def _facts(ticker: Any) -> FundFacts:
    funds = ticker.funds_data
    overview, assets = funds.fund_overview or {}, funds.asset_classes or {}
    bonds = _share(assets.get("bondPosition"))
    return FundFacts(
        ticker.ticker, datetime.now(UTC).date(), str(overview.get("categoryName") or "")[:80], _duration(funds, bonds),
        _share(assets.get("stockPosition")), bonds, _shares(funds.sector_weightings), _shares(funds.bond_ratings),
        _largest(funds.top_holdings),
    )  # fmt: skip


def _share(cell: object) -> float | None:
    """A share of net assets; leverage may lift it over one. None for anything else."""
    sane = isinstance(cell, (int, float)) and math.isfinite(cell) and abs(cell) <= MOST_SHARE
    return float(cell) if sane and isinstance(cell, (int, float)) else None


def _shares(cells: Mapping[str, object] | None) -> dict[str, float]:
    """Those above zero, by name; none at all where together they are more than a whole."""
    known = {str(name)[:40]: share for name, cell in (cells or {}).items() if (share := _share(cell)) and share > 0}
    return known if sum(known.values()) <= 1.0 + ROUNDING else {}


def _largest(table: Any) -> dict[str, float]:
    """Weights of the largest holdings by symbol, the letters of which are checked like any other's."""
    if table is None or "Holding Percent" not in table:
        return {}
    rows = table["Holding Percent"].items()
    return _shares({str(name): cell for name, cell in rows if SYMBOL.fullmatch(str(name))})


def _duration(funds: Any, bonds: float | None) -> float | None:
    """Years, where the fund holds mostly bonds and the figure is sane."""
    holdings = funds.bond_holdings
    if bonds is None or bonds < LEAST_BONDS or holdings is None or "Duration" not in holdings.index:
        return None
    return next(_sane(holdings.loc["Duration"]), None)


def _sane(cells: Iterable[object]) -> Iterator[float]:
    low, high = SANE_DURATION
    for cell in cells:
        if isinstance(cell, (int, float)) and low <= cell <= high:
            yield float(cell)
