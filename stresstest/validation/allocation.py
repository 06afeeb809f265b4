"""Walk-forward of the proposal: every January from what was known, held for a year with costs, against its rivals.

Rivals: doing nothing, and risk parity (every long holding in inverse proportion to its volatility, without debt). All
start each year from the weights of today's shipped portfolio, so that the years can be chained. What the proposal
expects of income and financing is the curve, SOFR (bills before it) and VIX of that January; bonds are priced on that
curve. Options decay, debt pays the rate of each week. No tax is charged: the cost bases belong to today.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date

import numpy as np
import pandas as pd

from .. import allocation
from ..allocation.limits import Limits
from ..allocation.trading import cost_rate
from ..market.history import History, load_history
from ..records import Book, Check, Evidence, Exposure, FactorPaths, MarketSnapshot, Portfolio, Position
from ..stress import revalue
from ..tables import read_table
from ..units import fixed
from .allocation_record import WINDOW, YEAR, Record, against
from .backtest_books import CASH, Windows, book_known, book_with, exposures_known, shipped, symbols_of
from .backtest_moves import LEFT_OUT, cloud, forecast, fridays, known_until, stressed_weeks
from .backtest_path import Held
from .backtest_rates import bought_on, snapshot_known

FIRST_YEAR = 2008
#: Fewer years than up to here say nothing.
LEAST_UNTIL = pd.Timestamp(2013, 1, 1)
PATHS = 1000
#: Past windows that stand in for the named scenarios: the worst of the book, none overlapping another.
WORST = 6
#: Years of weekly returns behind the volatilities of risk parity.
RISK_YEARS = 3
#: What is left of net value where a levered book has lost all of it.
RUIN = 0.01
#: Classes that risk parity holds, and the volatility a year below which a holding is left as it is.
RISKY = frozenset(
    {"equity", "fund_equity", "fund_bond", "fund_mixed", "bond", "bill", "floater", "linker", "mbs", "crypto",
     "stablecoin", "commodity", "real_estate", "money_market", "deposit"}
)  # fmt: skip
LEAST_VOLATILITY = 0.01
PUBLISHED = pd.Timedelta(weeks=1)
SECTION = "allocation"
NO_DATA = "needs a folder of series (--data)"
HINDSIGHT = (
    "The portfolios hold what is known today to have done well, so doing nothing earns more here than anyone could "
    "have expected; the proposal gives up return for safety, and the line of each portfolio says how much."
)
NOTHING, PROPOSAL, PARITY = "nothing", "proposal", "risk parity"
RIVALS = {NOTHING: "doing nothing", PARITY: PARITY}
#: Of the six portfolios, how many must do better than doing nothing.
WANTED = 5


@dataclass(frozen=True, eq=False)
class Year:
    """What was known in one January."""

    known: History
    held: Held
    table: Mapping[str, Exposure]
    paths: FactorPaths
    windows: Windows
    snapshot: MarketSnapshot


def checks(evidence: Evidence) -> tuple[Check, ...]:
    """Tail, worst year, episodes and return for its risk, with one line for each portfolio."""
    title = "Walk-forward of the proposal against doing nothing and risk parity"
    if evidence.data is None:
        return (Check("allocation-tail", SECTION, title, "", "", None, note=NO_DATA),)
    history = load_history(evidence.data, evidence.as_of)
    if fridays(history)[-1] < LEAST_UNTIL:
        note = f"needs weeks up to {LEAST_UNTIL.date()} at least"
        return (Check("allocation-tail", SECTION, title, "", "", None, note=note),)
    records = walk_forward(history, evidence.seed)
    return (*_summaries(records), *(_line(name, found) for name, found in records.items()))


# ---------------------------------------------------------------------------------------------------- the walk


def walk_forward(history: History, seed: int) -> dict[str, dict[str, Record]]:
    """Every strategy on every shipped portfolio."""
    limits = _untaxed(allocation.load_limits())
    steps: dict[str, list[_Step]] = {}
    books = shipped()
    symbols = symbols_of(books.values()) | {c.position.symbol for c in allocation.candidates()}
    for year in _years(history, symbols, seed):
        for name, portfolio in books.items():
            steps.setdefault(name, []).append(_one_year(portfolio, year, limits, seed))
    return {name: {key: _record([step[key] for step in found]) for key in found[0]} for name, found in steps.items()}


@dataclass(frozen=True, eq=False)
class _Held:
    """One strategy over one year: weekly growth factors, and what the trades of January came to."""

    growth: pd.Series
    turnover: float
    cost: float


_Step = dict[str, _Held]


def _record(years: list[_Held]) -> Record:
    growth = pd.concat([year.growth for year in years])
    turnover, cost = (float(np.mean([getattr(year, name) for year in years])) for name in ("turnover", "cost"))
    return Record(growth, turnover, cost)


def _untaxed(limits: Limits) -> Limits:
    return replace(limits, tax=replace(limits.tax, long_term=0.0, short_term=0.0))


def _years(history: History, symbols: Collection[str], seed: int) -> Iterator[Year]:
    """Each January with at least one quarter after it."""
    known_weeks = fridays(history)
    for number in range(FIRST_YEAR, known_weeks[-1].year + 1):
        day = known_weeks[known_weeks >= pd.Timestamp(number, 1, 1)][0]
        held = Held.between(history, day, pd.Timestamp(number + 1, 1, 7))
        if len(held.dates) <= WINDOW:
            return
        known = known_until(history, day - PUBLISHED)
        found = forecast(known)
        stressed = bool(stressed_weeks(known_until(history, day), found.rule).iloc[-1])
        snapshot = snapshot_known(known)
        paths = replace(cloud(found, stressed, YEAR, PATHS, seed), financing=np.full((PATHS, 1), snapshot["sofr"]))
        yield Year(known, held, exposures_known(known, symbols), paths, Windows.of(known, WINDOW), snapshot)


def _one_year(portfolio: Portfolio, year: Year, limits: Limits, seed: int) -> _Step:
    book = book_known(bought_on(portfolio, year.table, year.snapshot), year.table, year.known, year.snapshot)
    proposed, turnover, cost = _proposed(book, year, limits, seed)
    even, even_turnover, even_cost = _even(book, year)
    return {
        NOTHING: _Held(_growth(book, book.value, year), 0.0, 0.0),
        PROPOSAL: _Held(_growth(proposed, book.value, year), turnover, cost),
        PARITY: _Held(_growth(even, book.value, year), even_turnover, even_cost),
    }


def _growth(book: Book, before: float, year: Year) -> pd.Series:
    """Weekly growth factors from net value ``before`` the trades; a book without equity is left with ``RUIN``."""
    value = np.maximum(np.append(before, year.held.value(book)[1:]), RUIN * before)
    return pd.Series(value[1:] / value[:-1], index=year.held.dates[1:])


def _proposed(book: Book, year: Year, limits: Limits, seed: int) -> tuple[Book, float, float]:
    """The book after the proposal, with turnover and cost; the book itself where nothing is proposed."""
    inputs = _inputs(book, year, seed)
    proposal = allocation.propose(inputs, limits)
    if proposal.status != "optimal":
        return book, 0.0, 0.0
    cash = {h.position.currency: h.position.quantity for h in book.holdings if h.position.asset_class == CASH}
    before = sum(h.instrument.value for h in book.holdings if h.position.asset_class == CASH)
    cash["USD"] = cash.get("USD", 0.0) + proposal.cash_after - before
    after = book_with(
        Portfolio("after", proposal.positions_after, cash, proposal.cash_after), year.table, year.snapshot
    )
    return after, proposal.after["turnover"], proposal.after["cost"]


def _inputs(book: Book, year: Year, seed: int) -> allocation.Inputs:
    """What ``run`` gives to the proposal, from what was known: past windows stand in for the named scenarios."""
    named = _past(book, year)
    offered, cash = _offered(year), book_with(Portfolio("cash", (), {"USD": 1.0}, 1.0), year.table, year.snapshot)
    stress, new, idle = (revalue(b, year.paths, seed=seed) for b in (book, offered, cash))
    bad, new_bad, idle_bad = (revalue(b, named, layers=()) for b in (book, offered, cash))
    return allocation.Inputs(
        book=book,
        returns=_per_dollar(book, stress.base_pnl),
        probability=year.paths.probability,
        named=_per_dollar(book, bad.base_pnl),
        names=named.names,
        new=offered,
        new_returns=_per_dollar(offered, new.base_pnl),
        new_named=_per_dollar(offered, new_bad.base_pnl),
        factor_moves=named.moves,
        financing_rate=float(year.paths.financing[0, 0]) if year.paths.financing is not None else 0.0,
        cash_return=idle.base_total,
        cash_named=idle_bad.base_total,
        as_of=year.held.dates[0].date(),
        fixed_pnl=stress.base_pnl[:, book.values == 0].sum(axis=1) / book.value,
        fixed_named=bad.base_pnl[:, book.values == 0].sum(axis=1) / book.value,
    )


def _per_dollar(book: Book, pnl: np.ndarray) -> np.ndarray:
    return np.divide(pnl, book.values, out=np.zeros_like(pnl), where=book.values != 0)


def _past(book: Book, year: Year) -> FactorPaths:
    """The worst past windows of the book, each a jump; windows that overlap a worse one are left out."""
    windows = year.windows
    gains = sum(h.instrument.price_change(windows.moves, windows.years) for h in book.holdings)
    chosen: list[int] = []
    for t in np.argsort(gains, kind="stable"):
        if all(abs(int(t) - other) >= WINDOW for other in chosen):
            chosen.append(int(t))
        if len(chosen) == WORST:
            break
    moves = windows.moves[chosen]
    names = tuple(f"from {windows.starts[t].date()}" for t in chosen)
    equal = np.full(len(chosen), 1.0 / len(chosen))
    return FactorPaths(moves, moves[:, None, :], ("past",), equal, 0.0, names=names)


def _offered(year: Year) -> Book:
    """Candidates whose prices had begun, one dollar each."""
    positions = tuple(c.position for c in allocation.candidates() if c.position.symbol in year.table)
    return book_with(Portfolio("candidates", positions, {}, 0.0), year.table, year.snapshot)


def _even(book: Book, year: Year) -> tuple[Book, float, float]:
    """Risk parity: risky longs by inverse volatility, what hardly moves as it is; no debt, shorts or options."""
    wanted = _parity(book, year)
    sold_too = [n for n, h in enumerate(book.holdings) if h.position.asset_class != CASH]
    change = {n: wanted.get(n, 0.0) - book.values[n] for n in sold_too}
    cost = sum(abs(amount) * cost_rate(book.holdings[n].position) for n, amount in change.items())
    paid = 1.0 - cost / sum(wanted.values())
    positions = tuple(_sized(book.holdings[n].position, paid * amount / book.values[n]) for n, amount in wanted.items())
    left = book.value - cost - paid * sum(wanted.values())
    after = book_with(Portfolio("even", positions, {"USD": left}, left), year.table, year.snapshot)
    bought, sold = (sum(max(sign * amount, 0.0) for amount in change.values()) for sign in (1.0, -1.0))
    return after, max(bought, sold) / book.value, cost / book.value


def _parity(book: Book, year: Year) -> dict[int, float]:
    """Value wanted of each long holding by column, USD; together they are the net value."""
    weekly = Windows.of(year.known, 1)
    rows = slice(max(len(weekly.starts) - RISK_YEARS * YEAR, 0), None)
    spread = np.nanstd(weekly.outcomes(book, rows), axis=0) * np.sqrt(YEAR)
    longs = [n for n, h in enumerate(book.holdings) if h.instrument.value > 0 and h.position.asset_class in RISKY]
    inverse = {n: book.values[n] / spread[n] for n in longs if spread[n] > LEAST_VOLATILITY * book.values[n]}
    kept = {n: float(book.values[n]) for n in longs if n not in inverse}
    rest = (book.value - sum(kept.values())) / sum(inverse.values())
    return {n: float(inverse[n] * rest) if n in inverse else kept[n] for n in longs}


def _sized(position: Position, factor: float) -> Position:
    return replace(position, quantity=factor * position.quantity, market_value=factor * position.market_value)


# ------------------------------------------------------------------------------------------------------- checks


def _summaries(records: Mapping[str, Mapping[str, Record]]) -> Iterator[Check]:
    yield _count(
        "tail", f"Realised {WINDOW}-week shortfall 95% below doing nothing, after costs", records,
        lambda record: record.shortfall(WINDOW),
    )  # fmt: skip
    yield _count("year", "Worst twelve months better than doing nothing", records, lambda r: r.worst(YEAR))
    yield _count("episodes", "Mean loss in past episodes smaller than doing nothing", records, _episode_loss)
    kept = _count(
        "return", "Return a year per unit of shortfall at least that of doing nothing", records,
        lambda record: -record.yearly / record.shortfall(WINDOW), len(records) // 2,
    )  # fmt: skip
    yield replace(kept, note=f"{kept.note} {HINDSIGHT}")


def _count(
    key: str,
    title: str,
    records: Mapping[str, Mapping[str, Record]],
    loss: Callable[[Record], float],
    wanted: int = WANTED,
) -> Check:
    """On how many portfolios ``loss`` is smaller than without trades; risk parity beside it."""
    better = [name for name, found in records.items() if loss(found[PROPOSAL]) <= loss(found[NOTHING])]
    rival = sum(loss(found[PARITY]) <= loss(found[NOTHING]) for found in records.values())
    missed = sorted(set(records) - set(better))
    years = next(iter(records.values()))[NOTHING].growth.index
    return Check(
        id=f"allocation-{key}",
        section=SECTION,
        title=title,
        measured=f"{len(better)} of {len(records)} portfolios",
        wanted=f"at least {wanted}",
        passed=len(better) >= wanted,
        value=float(len(better)),
        rival=PARITY,
        rival_value=float(rival),
        rival_measured=f"{rival} of {len(records)}",
        note=f"{years[0].date()} to {years[-1].date()}, proposed every January. {LEFT_OUT}"
        + (f" Not on {', '.join(missed)}." if missed else ""),
    )


def _episode_loss(record: Record) -> float:
    """Mean loss over the episodes of the library inside the walk, positive."""
    rows = read_table("stresstest.scenarios", "episodes_windows.csv")
    gains = [record.between(date.fromisoformat(row["start"]), date.fromisoformat(row["end"])) for row in rows]
    return float(-np.nanmean(gains))


def _line(name: str, found: Mapping[str, Record]) -> Check:
    """One portfolio: all figures of the proposal, beside those of doing nothing and of risk parity."""
    return Check(
        id=f"allocation-{name}",
        section=SECTION,
        title=f"{name}: realised {WINDOW}-week shortfall 95% with a proposal every January",
        measured=_figures(found[PROPOSAL]),
        wanted=f"shortfall below {found[NOTHING].shortfall(WINDOW):.1%}, that of doing nothing",
        passed=found[PROPOSAL].shortfall(WINDOW) < found[NOTHING].shortfall(WINDOW),
        value=found[PROPOSAL].shortfall(WINDOW),
        rival=PARITY,
        rival_value=found[PARITY].shortfall(WINDOW),
        rival_measured=_figures(found[PARITY]),
        note=f"Doing nothing: {_figures(found[NOTHING])}. {_compared(found)} {_trades(found)}",
    )


def _figures(record: Record) -> str:
    return (
        f"shortfall {record.shortfall(WINDOW):.1%}, worst year {fixed(record.worst(YEAR), '.1%')}, episodes "
        f"{fixed(_episode_loss(record), '.1%')}, return {fixed(record.yearly, '.1%')} a year at "
        f"{record.volatility:.1%} volatility"
    )


def _compared(found: Mapping[str, Record]) -> str:
    return " ".join(against(found[PROPOSAL], found[key], name) for key, name in RIVALS.items())


def _trades(found: Mapping[str, Record]) -> str:
    parts = (
        f"{key} trades {found[key].turnover:.0%} of net value a year for {found[key].cost:.2%}"
        for key in (PROPOSAL, PARITY)
    )
    return f"Costs are in the figures: {'; '.join(parts)}."
