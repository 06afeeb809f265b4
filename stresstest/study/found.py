"""What prices and fund data tell of positions that neither the user nor the table knows.

A position whose prices are a copy or a multiple of a known asset takes that asset as its proxy. One with half a year
of prices gets exposures of its own about the kind that its prices look like; one with a month, the mixture of kinds; a
fund without prices, what is published of it. Each is a warning with the evidence.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd

from ..errors import DataError, Problem
from ..exposures.cleaning import clean
from ..exposures.detection import Candidate, Detection, Moves, detect, last_stretch, recent_moves
from ..exposures.estimation import estimate
from ..exposures.fund_names import multiple_in_name, unread_in_name
from ..exposures.multiples import Multiple, multiple_of_prices
from ..exposures.priors import Prior, settings
from ..exposures.proxies import from_facts, prior_of_facts, with_category
from ..exposures.resolve import is_guessed, prior_of
from ..market.cache import cached_funds
from ..market.history import daily_logs
from ..market.own_prices import OwnPrices, own_prices
from ..records import Exposure, FundFacts, Portfolio, Position

HINT = "Give a proxy or beta columns to replace it."
SATURDAY = 5
#: Business days over which copies and multiples are looked for.
COMPARED_DAYS = 250


def with_found(
    portfolio: Portfolio, table: Mapping[str, Exposure], data: Path | None = None, as_of: date | None = None
) -> Portfolio:
    """The portfolio with what was found of its unknown positions, and a warning for each that says from what.

    table: exposures that are known. data: the folder whose prices are read, None for the user cache, which also has
    fund data. Nothing later than ``as_of`` is used.
    """
    portfolio = _with_multiples_of_proxies(portfolio, table)
    first = {position.symbol: position for position in reversed(portfolio.positions)}
    guessed = {symbol: position for symbol, position in first.items() if is_guessed(position, table)}
    if not guessed:
        return portfolio
    facts = cached_funds(as_of) if data is None else {}
    named = {symbol: _with_multiple(position) for symbol, position in guessed.items()}
    prices, fault = _prices(named, data, as_of)
    histories = _histories(list(named.values()), facts, table, prices) if prices is not None else {}
    changed: dict[str, tuple[Position, str]] = {}
    for symbol, position in named.items():
        told = histories.get(symbol) or _from_facts(position, facts.get(symbol), table)
        if told is not None:
            new, words = told
            changed[symbol] = new, f"{words}{_named(position, guessed[symbol])}"
        elif position is not guessed[symbol]:
            changed[symbol] = position, f"its class{_named(position, guessed[symbol])}"
    faults = (*fault, *_unread(guessed.values()))
    return _joined(portfolio, changed, faults) if changed or faults else portfolio


def _with_multiples_of_proxies(portfolio: Portfolio, table: Mapping[str, Exposure]) -> Portfolio:
    """The multiple in the name of a fund whose proxy was told from that name too; beside another proxy a warning."""
    positions, warnings = [], list(portfolio.warnings)
    for position in portfolio.positions:
        times = multiple_in_name(position.name) if _has_proxy_only(position, table) else 1.0
        if times != 1.0:
            told = position.tags.get("identified_by") == f"words of the name, as {position.proxy}"
            taken = f"{times if told else 1:g} times {position.proxy} a day"
            found = f"{position.symbol}: {times:g} times a day in the name, and no tag_leverage"
            warnings.append(Problem(position.row, "name", found, taken, "Give tag_leverage to replace it."))
            position = _with_multiple(position) if told else position
        positions.append(position)
    return replace(portfolio, positions=tuple(positions), warnings=tuple(warnings))


def _has_proxy_only(position: Position, table: Mapping[str, Exposure]) -> bool:
    """Whether only a proxy tells the exposure of a position that no list has, and nothing its multiple."""
    if not position.proxy or position.betas or position.tags.get("leverage") or position.symbol in table:
        return False
    return "securities.csv" not in position.tags.get("identified_by", "") and not is_guessed(position, table)


def _named(position: Position, before: Position) -> str:
    """What the name added to a position as the file gave it."""
    return "" if position is before else f", {position.tags['leverage']} times a day as its name says"


def _unread(positions: Iterable[Position]) -> Iterator[Problem]:
    """A warning for names of inverse funds whose multiple could not be read; shares may be called as they like."""
    for position in positions:
        word = unread_in_name(position.name)
        stated = position.asset_class == "equity" and position.tags.get("identified_by") != "assumed"
        if word and not stated and not position.tags.get("leverage"):
            found = f"{position.symbol}: {word!r} in the name {position.name!r}, and no multiple"
            hint = "It is taken to move with its index. Give tag_leverage, -1 for an inverse fund."
            yield Problem(position.row, "name", found, "a name that says how many times a day", hint)


def _joined(portfolio: Portfolio, changed: Mapping[str, tuple[Position, str]], fault: tuple[Problem, ...]) -> Portfolio:
    positions, warnings = [], [*portfolio.warnings, *fault]
    for position in portfolio.positions:
        new, words = changed.get(position.symbol, (None, ""))
        if new is not None and new.asset_class == position.asset_class:
            warnings.append(Problem(position.row, "symbol", f"{position.symbol}: not in the table", words, HINT))
            position = replace(position, proxy=new.proxy, tags=new.tags, found=new.found)
        positions.append(position)
    return replace(portfolio, positions=tuple(positions), warnings=tuple(warnings))


def _prices(
    named: Mapping[str, Position], data: Path | None, as_of: date | None
) -> tuple[OwnPrices | None, tuple[Problem, ...]]:
    """Histories, or the reason why the folder could not be used for them."""
    try:
        return own_prices({s: p.asset_class for s, p in named.items()}, data, as_of), ()
    except DataError as error:
        first = error.problems[0]
        hint = "Unknown symbols keep the exposure of their class; run `stresstest update` for a complete cache."
        return None, (Problem(None, "prices", f"{first.column}: {first.found}", "a complete folder of series", hint),)


def _with_multiple(position: Position) -> Position:
    """Tagged with the daily multiple that its name promises, unless the file gives one."""
    times = multiple_in_name(position.name)
    if times == 1.0 or position.tags.get("leverage"):
        return position
    return replace(position, tags={**position.tags, "leverage": f"{times:g}"})


def _from_facts(
    position: Position, facts: FundFacts | None, table: Mapping[str, Exposure]
) -> tuple[Position, str] | None:
    found = from_facts(position, facts, table) if facts is not None else None
    return None if found is None else (replace(position, found=found), found.source)


# --------------------------------------------------------------------------------------------------- from prices


@dataclass(frozen=True)
class _Seen:
    """One position with its prices. logs: (days,) of one times the index; kinds: what they look like."""

    position: Position
    logs: pd.Series
    kinds: Detection
    first: date
    last: date


def _histories(
    positions: Sequence[Position], facts: Mapping[str, FundFacts], table: Mapping[str, Exposure], prices: OwnPrices
) -> dict[str, tuple[Position, str]]:
    """What the prices tell, by symbol."""
    found: dict[str, tuple[Position, str]] = {}
    moves, unclear = recent_moves(prices.history.levels), list[_Seen]()
    days = pd.DatetimeIndex(prices.history.levels.index)
    mended = clean(pd.DataFrame(dict(prices.closes)))
    in_usd = prices.in_usd(daily_logs(mended.prices, days))
    for position in positions:
        if position.symbol not in in_usd:
            continue
        logs = _one_times(in_usd[position.symbol], position)
        multiple = _multiple(logs, position.symbol, table, prices)
        if multiple is not None:
            found[position.symbol] = _as_proxy(position, multiple)
            continue
        seen = _seen(position, logs, facts.get(position.symbol), moves)
        if seen is not None:
            unclear.append(seen)
    return {**found, **_estimated(unclear, prices)}


def _one_times(logs: pd.Series, position: Position) -> pd.Series:
    """Log prices of the index beneath a daily multiple: each day's return divided by it."""
    text = position.tags.get("leverage", "").strip().lower().removesuffix("x")
    try:
        times = float(text) if text else 1.0
    except ValueError:
        return logs
    if times in (0.0, 1.0):
        return logs
    daily = np.expm1(logs.diff()) / times
    whole: pd.Series = np.log1p(daily.where(daily > -1.0)).cumsum()
    return whole.where(logs.notna())


def _multiple(logs: pd.Series, symbol: str, table: Mapping[str, Exposure], prices: OwnPrices) -> Multiple | None:
    history = prices.history.log_prices
    known = [str(name) for name in history.columns if name in table and name != symbol]
    business = np.flatnonzero(pd.DatetimeIndex(history.index).day_of_week < SATURDAY)[-COMPARED_DAYS - 1 :]
    own = np.diff(logs.to_numpy()[business])
    return multiple_of_prices(own, np.diff(history[known].to_numpy()[business], axis=0), known)


def _as_proxy(position: Position, found: Multiple) -> tuple[Position, str]:
    """The known asset as proxy; its multiple on top of one that the name or the file gives."""
    given = float(position.tags.get("leverage", "1").strip().lower().removesuffix("x") or 1.0)
    times = given * found.times
    tags = {**position.tags, "leverage": f"{times:g}"} if times != 1.0 else position.tags
    words = f"{times:g} times {found.symbol} a day" if times != 1.0 else f"a copy of {found.symbol}"
    evidence = f"{words}: its prices have slope {found.slope:.2f}, R2 {found.r_squared:.3f} on {found.days} days"
    return replace(position, proxy=found.symbol, tags=tags), evidence


def _seen(position: Position, logs: pd.Series, facts: FundFacts | None, moves: Moves) -> _Seen | None:
    """The kind of a position by its last days without a gap; None where there are too few, or hardly any moves."""
    values = logs.reindex(moves.days).to_numpy()
    stretch = last_stretch(values)
    if stretch is None:
        return None
    part = moves.part(*stretch)
    returns = np.diff(values[stretch[0] : stretch[1] + 1]) - part.bills
    stated = "" if position.tags.get("identified_by") == "assumed" else position.asset_class
    kinds = detect(returns, part, stated, _published(position, facts))
    known = logs.dropna().index
    return _Seen(position, logs, kinds, known[0].date(), known[-1].date())


def _published(position: Position, facts: FundFacts | None) -> tuple[Candidate, ...]:
    """What is published of the fund as one more kind."""
    if facts is None:
        return ()
    told = with_category(position, facts)
    prior, used = prior_of_facts(facts, told.asset_class, prior_of(told)[0])
    return (Candidate(f"as published: {facts.category or used}", told.asset_class, prior),) if used else ()


def _estimated(unclear: Sequence[_Seen], prices: OwnPrices) -> dict[str, tuple[Position, str]]:
    """Exposures by regression where there are weeks enough, else the mixture of kinds."""
    least = settings()["min_weeks"]
    long = [seen for seen in unclear if (seen.last - seen.first).days >= 7 * least]
    regressed: Mapping[str, Exposure] = {}
    if long:
        logs = pd.DataFrame({seen.position.symbol: seen.logs for seen in long})
        priors = {seen.position.symbol: seen.kinds.prior for seen in long}
        regressed = _regressed(logs, prices, priors)
    return {seen.position.symbol: _told(seen, regressed.get(seen.position.symbol)) for seen in unclear}


def _regressed(logs: pd.DataFrame, prices: OwnPrices, priors: Mapping[str, Prior]) -> Mapping[str, Exposure]:
    """Exposures by symbol; none where prices and factors have too few weeks in common."""
    try:
        return estimate(logs, prices.history.levels, priors).exposures
    except DataError:
        return {}


def _told(seen: _Seen, regressed: Exposure | None) -> tuple[Position, str]:
    kinds, position = seen.kinds, seen.position
    sample = f"{seen.first} to {seen.last}"
    source = f"own prices, which look like: {kinds.words}"
    if regressed is None:
        found = kinds.exposure(position.symbol, source, f"{sample}, last {kinds.days} days")
    else:
        found = replace(regressed, source=source)
    return replace(position, found=found), f"exposures from {source}; {found.sample}"
