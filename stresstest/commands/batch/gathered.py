"""What was read of many portfolios: distinct instruments, and how much of each every portfolio holds."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable
from dataclasses import dataclass, field

import numpy as np
from scipy import sparse

from ...errors import Problem
from ...records import Portfolio, Position

#: Classes of which a row may need another row of its portfolio, or that margin accounts hold: priced in their own book.
BY_THEMSELVES = ("option", "future")
#: Tags that say where a figure came from, not what is held.
NOT_HELD = ("identified_by", "isin", "price_source")
#: Decimals of value over quantity at which two rows have the same terms.
DIGITS = 9


@dataclass
class Gathered:
    """Distinct instruments and the portfolios that hold them.

    instruments: one position for each, long only. multiples[i]: (instrument, times) pairs of a portfolio in terms of
    them. alone: portfolios with debt, shorts, options or futures, whose margin account makes them more than the sum of
    their parts, by name, each with the way to read it again. failed: what kept a portfolio from being read. order:
    names of all that could be read, as they came. passed_over: names of files of a folder that were not read, of which
    ``warnings`` tells.
    """

    instruments: list[Position] = field(default_factory=list)
    names: list[str] = field(default_factory=list)
    multiples: list[tuple[np.ndarray, np.ndarray]] = field(default_factory=list)
    alone: dict[str, Callable[[], Portfolio]] = field(default_factory=dict)
    failed: dict[str, tuple[Problem, ...]] = field(default_factory=dict)
    places: dict[Hashable, int] = field(default_factory=dict)
    order: list[str] = field(default_factory=list)
    passed_over: tuple[str, ...] = ()
    warnings: tuple[Problem, ...] = ()

    @property
    def read(self) -> int:
        """Portfolios that could be read."""
        return len(self.names) + len(self.alone)

    def add(self, portfolio: Portfolio, again: Callable[[], Portfolio]) -> None:
        """Take up a portfolio. again: reads it anew, so that it need not be kept."""
        if stands_alone(portfolio.positions, portfolio.cash.values()):
            self.add_alone(portfolio.name, again)
            return
        held = [self.place(position) for position in portfolio.positions]
        held += [self.place(cash_position(code, amount)) for code, amount in portfolio.cash.items() if amount]
        self.add_multiples(
            portfolio.name, np.array([i for i, _ in held], dtype=np.int64), np.array([m for _, m in held])
        )

    def add_alone(self, name: str, again: Callable[[], Portfolio]) -> None:
        """Take up a portfolio that is priced in a book of its own."""
        self.order.append(name)
        self.alone[name] = again

    def add_multiples(self, name: str, places: np.ndarray, times: np.ndarray) -> None:
        """Take up a portfolio that is known by the places (n,) of its instruments, and how many times it holds them."""
        self.order.append(name)
        self.names.append(name)
        self.multiples.append((places, times))

    def place(self, position: Position) -> tuple[int, float]:
        """The instrument that a position holds, and how many times."""
        key = instrument_key(position)
        if key not in self.places:
            self.places[key] = len(self.instruments)
            self.instruments.append(position)
        first = self.instruments[self.places[key]]
        by_value = bool(first.market_value)
        times = position.market_value / first.market_value if by_value else position.quantity / first.quantity
        return self.places[key], times

    def matrix(self) -> sparse.csr_matrix:
        """(P, N) multiples of the instruments."""
        rows = np.repeat(np.arange(len(self.names)), [len(columns) for columns, _ in self.multiples])
        columns = np.concatenate([columns for columns, _ in self.multiples] or [np.zeros(0, dtype=np.int64)])
        values = np.concatenate([values for _, values in self.multiples] or [np.zeros(0)])
        shape = (len(self.names), len(self.instruments))
        return sparse.csr_matrix((values, (rows, columns)), shape=shape)


def stands_alone(positions: Iterable[Position], cash: Iterable[float]) -> bool:
    """Whether a portfolio has a margin account, or rows that need one another."""
    return any(amount < 0 for amount in cash) or any(
        p.asset_class in BY_THEMSELVES or p.quantity < 0 or p.market_value < 0 for p in positions
    )


def cash_position(code: str, amount: float) -> Position:
    """Cash as a position: what a file's cash rows of one currency add up to. Its value comes with the rates."""
    return Position(0, f"CASH.{code}", "", "cash", code, amount, 1.0, 0.0)


def instrument_key(p: Position) -> Hashable:
    """All that pricing looks at, but the size. Positions of one instrument share it."""
    if p.asset_class == "cash":
        return (p.asset_class, p.currency)
    unit = round(p.market_value / p.quantity, DIGITS) if p.quantity else None
    tags = tuple(sorted((k, v) for k, v in p.tags.items() if k not in NOT_HELD)) if p.tags else ()
    betas = tuple(sorted(p.betas.items())) if p.betas else ()
    found = None if p.found is None else id(p.found)
    known = (p.price, unit, p.unpriced)
    return (p.symbol, p.asset_class, p.currency, known, p.proxy, p.terms, tags, betas, p.reason, found)
