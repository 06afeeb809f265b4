"""One update: ask every source, check what arrives, keep the good, say what failed, switch editions."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from functools import partial

from ..errors import InputError, NoAnswerError, Problem
from ..market.cache import CachedPrice, cache_root
from ..market.vintages import Place, Vintage, known, merged
from ..records import FundFacts
from . import edition, fred, nyfed, treasury, yahoo
from .arrival import checked, is_late
from .client import Client, FetchError, on_loopback, open_session
from .cusips import soma_table
from .patience import NOT_ASKED, Patience, on_demand, together
from .points import Outcome
from .sources import Source, setting, sources

PROVIDERS = {"fred": fred.fetch, "nyfed": nyfed.fetch, "treasury": treasury.fetch}
HOSTS = {
    "fred.stlouisfed.org": "pause_fred",
    "api.stlouisfed.org": "pause_fred",
    "markets.newyorkfed.org": "pause_nyfed",
    "api.fiscaldata.treasury.gov": "pause_treasury",
    "home.treasury.gov": "pause_treasury",
}
HISTORY = "equities/stock_adjclose_daily.csv"
#: Called with the name of a stage, what is done and how much there is.
Progress = Callable[[str, int, int], None]


@dataclass(frozen=True)
class Line:
    """What became of one series or symbol. state: fresh, late (its newest value is old), kept (failed, the cache has
    an older one) or missing. newest: date of the newest value that the cache now holds.
    """

    file: str
    column: str
    provider: str
    state: str
    newest: date | None
    detail: str = ""


@dataclass(frozen=True)
class Update:
    """What an update did; ``edition`` is the name of the edition that is now in force."""

    lines: tuple[Line, ...]
    edition: str
    day: date

    def count(self, state: str) -> int:
        """Number of series in ``state``."""
        return sum(line.state == state for line in self.lines)


def update(
    symbols: Mapping[str, str] | None = None,
    only: Sequence[str] = (),
    progress: Progress = lambda stage, done, total: None,
    today: date | None = None,
    patience: Patience | None = None,
) -> Update:
    """Refresh the cache. symbols: Yahoo's name of each symbol whose price is wanted beside the standard series, by the
    name that the user has for it. only: providers to ask; empty for all. patience: for a command that waits.

    Raises InputError for an unknown provider or while another update runs, and NoAnswerError where nothing at all could
    be fetched: the edition in force then stays as it was.
    """
    unknown = [name for name in only if name not in (*PROVIDERS, "yahoo")]
    if unknown:
        known_names = ", ".join((*PROVIDERS, "yahoo"))
        raise InputError([Problem(None, "provider", name, f"one of {known_names}", "") for name in unknown])
    today, patience = today or datetime.now(UTC).date(), patience or Patience()
    wanted = [source for source in sources() if not only or source.provider in only]
    with edition.lock():
        contents = edition.load()
        lines = _series(contents, wanted, today, progress, patience)
        lines += _symbols(contents, symbols, progress, patience) if symbols else []
        if not only or "nyfed" in only:
            lines.append(_cusips(contents, patience))
        if not any(line.state in ("fresh", "late") for line in lines):
            reasons = _reasons(lines)
            raise NoAnswerError(f"no source could be read ({reasons})", "The cache is as it was; try again later")
        stamp = datetime.now(UTC).strftime("%Y%m%dT%H%M%SZ")
        final = edition.publish(contents, _manifest(lines, today, stamp), stamp)
    return Update(tuple(lines), final.name, today)


def fetch_symbols(
    symbols: Mapping[str, str], progress: Progress = lambda stage, done, total: None, today: date | None = None
) -> tuple[Line, ...]:
    """Add prices and fund data of ``symbols`` (as for ``update``) to a new edition; all else stays as it was.

    Raises InputError while an update runs and NoAnswerError where not one symbol could be read.
    """
    today, patience = today or datetime.now(UTC).date(), on_demand()
    with edition.lock():
        contents = edition.load()
        lines = _symbols(contents, symbols, progress, patience)
        if not any(line.state == "fresh" for line in lines):
            why = f"no symbol could be read ({_reasons(lines)})"
            raise NoAnswerError(why, "The cache is as it was; try again later")
        stamp = datetime.now(UTC).strftime("%Y%m%dT%H%M%SZ")
        edition.publish(contents, edition.with_rows(_manifest(lines, today, stamp)), stamp)
    return tuple(lines)


def _reasons(lines: Sequence[Line]) -> str:
    """The most frequent reason of each provider."""
    kinds: dict[str, list[str]] = {}
    for line in lines:
        kinds.setdefault(line.provider, []).append(line.detail.partition(": HTTP")[0].rpartition("; ")[2])
    return "; ".join(f"{name}: {max(set(found), key=found.count)[:60]}" for name, found in sorted(kinds.items()))


def _series(
    contents: edition.Contents, wanted: Sequence[Source], today: date, progress: Progress, patience: Patience
) -> list[Line]:
    """Ask for every series; where one fails its next source is asked. Good values go into ``contents``."""
    waiting: dict[Place, list[Source]] = {}
    for source in wanted:
        waiting.setdefault(source.place, []).append(source)
    lines: dict[Place, Line] = {}
    faults: dict[Place, list[str]] = {place: [] for place in waiting}
    while waiting:
        first = [alternatives[0] for alternatives in waiting.values()]
        for source, outcome in _ask(contents, first, today, progress, patience).items():
            place = source.place
            line = _arrived(contents, source, outcome, today)
            if line.state in ("fresh", "late"):
                lines[place] = replace(line, detail="; ".join([*faults[place], *filter(None, [line.detail])]))
                del waiting[place]
                continue
            faults[place].append(f"{source.provider}: {line.detail}")
            waiting[place] = waiting[place][1:]
            if not waiting[place]:
                lines[place] = replace(line, detail="; ".join(faults[place]))
                del waiting[place]
    return [lines[place] for place in dict.fromkeys(source.place for source in wanted)]


def _ask(
    contents: edition.Contents, wanted: Sequence[Source], today: date, progress: Progress, patience: Patience
) -> dict[Source, Outcome]:
    """Every provider at once, each at its own pace, until all are done or the patience is over."""
    pause = {} if on_loopback() else {host: setting(name) for host, name in HOSTS.items()}
    since = {source: _since(contents, source) for source in wanted}
    groups = {name: [s for s in wanted if s.provider == name] for name in dict.fromkeys(s.provider for s in wanted)}

    found: dict[str, dict[Source, Outcome]] = {name: {} for name in groups}

    def provider(name: str) -> None:
        progress(name, 0, len(groups[name]))
        if name == "yahoo":
            told = lambda done, of: progress("yahoo", done, of)  # noqa: E731
            found[name] = yahoo.fetch(groups[name], cache_root() / "yfinance", told, patience)
            return
        client = Client(open_session(), pause, patience.down, lambda: patience.left)
        for part in _documents(groups[name], name):
            outcomes = PROVIDERS[name](client, part, since)
            if not all(isinstance(outcome, FetchError) for outcome in outcomes.values()):
                patience.answered()
            found[name] = {**found[name], **outcomes}
            progress(name, len(found[name]), len(groups[name]))

    together([partial(provider, name) for name in groups], len(groups), patience)
    answers = {source: outcome for outcomes in found.values() for source, outcome in outcomes.items()}
    return {source: answers.get(source, NOT_ASKED) for source in wanted}


def _documents(wanted: Sequence[Source], provider: str) -> Iterable[list[Source]]:
    """FRED is one request for each series; the others share documents, so their series stay together."""
    return [[source] for source in wanted] if provider == "fred" else [list(wanted)]


def _since(contents: edition.Contents, source: Source) -> date:
    rows = contents.series.get(source.place, ())
    if not rows or source.provider == "yahoo":
        return source.first
    return max(source.first, rows[-1].day - timedelta(days=int(setting("overlap_days"))))


def _arrived(contents: edition.Contents, source: Source, outcome: Outcome, today: date) -> Line:
    """Check, merge, and say what became of it. Adjusted closes replace the old ones: a distribution rewrites them."""
    old = contents.series.get(source.place, ())
    place = (source.file, source.column, source.provider)
    adjusted = source.provider == "yahoo"
    try:
        if isinstance(outcome, FetchError):
            raise outcome
        values = checked(source, outcome, {} if adjusted else known(old), today)
    except FetchError as fault:
        return Line(*place, "kept" if old else "missing", old[-1].day if old else None, str(fault))
    contents.series[source.place] = rows = merged(() if adjusted else old, values, source.lag_days, today)
    state = "late" if is_late(source, rows[-1].day, today) else "fresh"
    detail = f"newest value of {rows[-1].day}" if state == "late" else ""
    return Line(*place, state, rows[-1].day, detail)


def _symbols(
    contents: edition.Contents, symbols: Mapping[str, str], progress: Progress, patience: Patience
) -> list[Line]:
    """Histories of the user's symbols, their last closes, and what Yahoo says of the funds among them."""
    cache = cache_root() / "yfinance"
    first = min(source.first for source in sources() if source.provider == "yahoo")
    asked = list(dict.fromkeys(symbols.values()))
    found = yahoo.histories(asked, cache, first, lambda done, of: progress("symbols", done, of), patience)
    kinds = {name: history.kind for name, history in found.items() if isinstance(history, yahoo.PriceHistory)}
    facts = yahoo.fund_facts([name for name, kind in kinds.items() if kind in yahoo.FUND_TYPES], cache, patience)
    return [_priced(contents, symbol, found[name], facts.get(name)) for symbol, name in symbols.items()]


def _priced(
    contents: edition.Contents,
    symbol: str,
    history: yahoo.PriceHistory | FetchError,
    fact: FundFacts | FetchError | None,
) -> Line:
    """Put the last close and the adjusted history of one symbol into ``contents``."""
    if isinstance(history, FetchError):
        old = contents.prices.get(symbol)
        return Line(HISTORY, symbol, "yahoo", "kept" if old else "missing", old.date if old else None, str(history))
    newest = max(history.traded)
    if isinstance(fact, FundFacts):
        contents.funds[symbol] = replace(fact, symbol=symbol)
    duration = fact.duration if isinstance(fact, FundFacts) else None
    contents.prices[symbol] = CachedPrice(
        symbol, history.traded[newest], history.currency, newest, history.kind, duration
    )
    if not _is_standard(history.symbol):
        rows = (Vintage(day, day, value, day) for day, value in sorted(history.adjusted.items()))
        contents.series[HISTORY, history.symbol] = tuple(rows)
    return Line(HISTORY, symbol, "yahoo", "fresh", newest)


def _is_standard(symbol: str) -> bool:
    return any(source.provider == "yahoo" and source.id == symbol for source in sources())


def _cusips(contents: edition.Contents, patience: Patience) -> Line:
    """The newest list of SOMA Treasury holdings by CUSIP replaces the one before."""
    place = ("bonds/soma_holdings.csv", "all")
    try:
        day, rows = nyfed.holdings_by_cusip(Client(open_session(), {}, patience.down, lambda: patience.left))
        text = soma_table(day, rows)
    except FetchError as fault:
        return Line(*place, "nyfed", "kept" if contents.extra else "missing", None, str(fault))
    contents.extra = {f"bonds/soma_holdings_{day}.csv": text}
    return Line(f"bonds/soma_holdings_{day}.csv", "all", "nyfed", "fresh", day)


def _manifest(lines: Sequence[Line], today: date, stamp: str) -> dict[str, object]:
    rows = [
        {
            "file": line.file, "column": line.column, "provider": line.provider, "state": line.state,
            "newest": line.newest.isoformat() if line.newest else None, "detail": line.detail,
        }
        for line in lines
    ]  # fmt: skip
    revised = sorted({source.place for source in sources() if source.revised})
    return {
        "schema": "stresstest/edition/1", "fetched_on": today.isoformat(), "stamp": stamp, "series": rows,
        "revised": [list(place) for place in revised],
    }  # fmt: skip
