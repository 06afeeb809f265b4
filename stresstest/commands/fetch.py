"""``--fetch``: prices and fund data of symbols that nothing here knows, and prices of the underlyings of options.

They are fetched once into the user cache.

Without a network, or where a source has no answer, the command that asked goes on with the cache and the embedded
levels; what could not be fetched comes back as sentences, never as an error.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import date
from pathlib import Path

from ..errors import InputError, NoAnswerError, Problem
from ..exposures import load_exposures
from ..exposures.resolve import is_guessed
from ..holdings import example_path, load_portfolio
from ..instruments.reference import option_styles
from ..live.patience import on_demand
from ..live.update import Line, fetch_symbols
from ..live.update import update as refresh
from ..market import load_snapshot
from ..market.cache import cached_prices, current_edition
from ..market.own_prices import yahoo_name
from ..records import MarketSnapshot, Portfolio, Position
from ..study.books import unpriced_underlyings

#: Classes that Yahoo does not quote under a symbol of ours.
UNQUOTED = ("bond", "bill", "floater", "linker", "mbs", "option", "future", "cash", "deposit", "money_market", "other")
#: Where a price comes from that the file does not give.
NOT_IN_FILE = ("prices", "none")
Progress = Callable[[str, int, int], None]
GOES_ON = "the command goes on with the cache and the embedded levels"


class _AnyPrice(Mapping[str, float]):
    """A price for every symbol, so that a file whose rows have none can be read before they are fetched."""

    def __getitem__(self, symbol: str) -> float:
        return 1.0

    def __iter__(self) -> Iterator[str]:
        return iter(())

    def __len__(self) -> int:
        return 1


def read_unpriced(
    holdings: Iterable[str], snapshot: MarketSnapshot, mapping: Path | None = None
) -> tuple[Portfolio, ...]:
    """The rows of files whether they have prices or not: those without are taken at one.

    Raises InputError with the faults of all files.
    """
    portfolios: list[Portfolio] = []
    problems: list[Problem] = []
    for text in holdings:
        path = example_path(text.removeprefix("example:")) if text.startswith("example:") else Path(text)
        try:
            portfolios.append(load_portfolio(path, snapshot, prices=_AnyPrice(), mapping=mapping))
        except InputError as error:
            problems += error.problems
    if problems:
        raise InputError(problems)
    return tuple(portfolios)


def fetch_missing(
    holdings: Iterable[str],
    data: Path | None = None,
    as_of: date | None = None,
    mapping: Path | None = None,
    progress: Progress = lambda stage, done, total: None,
) -> tuple[str, ...]:
    """Fetch what is missing for the ``holdings`` files; sentences on what came and what did not.

    A symbol is asked for where the file gives no price, or nothing but its class tells its exposure, or options are
    written on it whose rows do not give its price; and the cache does not have it. The first fetch of all also brings
    the standard series. Raises InputError for a file that cannot be read, and with ``data``: a folder of series is used
    instead of the cache.
    """
    if data is not None:
        hint = "Leave out one of the two: --data reads a folder instead of the cache that --fetch fills."
        raise InputError(Problem(None, "--fetch", "with --data", "one of the two", hint))
    snapshot = load_snapshot(None, as_of)
    wanted = _wanted(read_unpriced(holdings, snapshot, mapping))
    if not wanted:
        return ("Nothing to fetch: every symbol has a price and an exposure, or is in the cache.",)
    try:
        first = current_edition() is None
        lines = (
            refresh(wanted, (), progress, patience=on_demand(renewed=True)).lines
            if first
            else fetch_symbols(wanted, progress)
        )
    except (NoAnswerError, InputError, OSError) as error:
        return (f"Nothing was fetched ({_reason(error)}); {GOES_ON}.",)
    return _told([line for line in lines if line.column in wanted])


def _wanted(portfolios: Iterable[Portfolio]) -> dict[str, str]:
    """Yahoo's name of every symbol that lacks something and is not in the cache, by our name.

    Among them underlyings of options; those that are indices have no price under a symbol of ours.
    """
    table, cached, wanted = load_exposures(), cached_prices(), dict[str, str]()
    for portfolio in portfolios:
        for position in portfolio.positions:
            if position.symbol not in cached and _lacks(position, is_guessed(position, table)):
                wanted[position.symbol] = yahoo_name(position.symbol, position.asset_class)
        lacking = unpriced_underlyings(portfolio) - cached.keys() - option_styles().keys()
        for position in portfolio.positions:
            name = position.terms.underlying.upper()
            if name in lacking:
                wanted[name] = yahoo_name(name, position.tags.get("underlying_class", "equity"))
    return wanted


def _lacks(position: Position, guessed: bool) -> bool:
    unpriced = position.tags.get("price_source") in NOT_IN_FILE
    return (unpriced or guessed) and position.asset_class not in UNQUOTED


def _reason(error: Exception) -> str:
    problems = getattr(error, "problems", ())
    return f"{problems[0].found}" if problems else str(error).splitlines()[0][:200]


def _told(lines: Iterable[Line]) -> tuple[str, ...]:
    came = [line.column for line in lines if line.state in ("fresh", "late")]
    failed = [f"{line.column}: {line.detail}" for line in lines if line.state not in ("fresh", "late")]
    found = (f"Fetched into the cache: {', '.join(sorted(came))}.",) if came else ()
    return (*found, *(f"Not fetched, {text}; {GOES_ON}." for text in failed))
