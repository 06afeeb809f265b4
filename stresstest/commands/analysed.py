"""Analytics of the positions of a file, made once for rows that hold the same instrument.

A long file repeats its instruments: rows that differ only in size are valued by one of them, because value is linear
in quantity. Numbers that grow with the size (a DV01) are told from those that do not (a yield) by building one
instrument of each class at twice its size.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from ..errors import Problem
from ..exposures import load_exposures
from ..records import Book, Holding, MarketSnapshot, Portfolio, Position
from ..study.books import make_book
from ..study.ratings import assumed_ratings, rating_warnings
from ..study.unseen import unseen_warnings

#: Up to so many positions each row is built by itself.
BUILT_EACH = 500
#: Instruments with cash flows of their own that are valued for their analytics; in longer lists the largest.
MOST_BY_TERMS = 10_000
#: Kinds of which only the value matters, whatever the price of a unit.
BY_VALUE = frozenset(
    ("equity", "fund_equity", "fund_bond", "fund_mixed", "crypto", "stablecoin", "commodity", "real_estate", "other",
     "money_market")
)  # fmt: skip
#: Tags that say where a figure came from, not what is held.
NOT_HELD = ("identified_by", "isin")
SAME = 1e-9
LEFT_OUT = "analytics are made for the largest positions only"


@dataclass(frozen=True)
class Analysed:
    """What one instrument was found to be. base: value of the position that was built. extensive: keys of analytics
    that grow with the size. gross: absolute value, of contracts that have none what they are written on. unpriced:
    whether no price or value of it is known.
    """

    base: float
    modelled: bool
    reason: str = ""
    exposure: str = ""
    price: float | None = None
    numbers: Mapping[str, object] = field(default_factory=dict)
    extensive: frozenset[str] = frozenset()
    gross: float = 0.0
    unpriced: bool = False

    def value(self, share: float) -> float:
        """USD of a row of ``share`` times the size."""
        return self.base * share

    def analytics(self, share: float) -> Mapping[str, object]:
        """Analytics of a row of ``share`` times the size."""
        if share == 1.0 or not self.extensive:
            return self.numbers
        return {key: _times(n, share) if key in self.extensive else n for key, n in self.numbers.items()}


@dataclass(frozen=True)
class Analysis:
    """items: by group; group, share: of each position, in the order of the file. cash: USD."""

    items: Sequence[Analysed]
    group: Sequence[int]
    share: Sequence[float]
    cash: float
    warnings: tuple[Problem, ...] = ()

    def rows(self, positions: Sequence[Position]) -> Iterator[tuple[Position, Analysed, float]]:
        """Each position with what it was found to be and its size relative to what was built."""
        items = self.items
        for position, group, share in zip(positions, self.group, self.share, strict=True):
            yield position, items[group], share

    @property
    def value(self) -> float:
        """Net value of positions and cash, USD."""
        pairs = zip(self.group, self.share, strict=True)
        return sum(self.items[group].base * share for group, share in pairs) + self.cash

    @property
    def coverage(self) -> float:
        """Modelled share of gross value, cash included; of priced rows only, see ``unpriced``."""
        sums = {True: abs(self.cash), False: 0.0}
        for group, share in zip(self.group, self.share, strict=True):
            item = self.items[group]
            sums[item.modelled] += item.gross * abs(share)
        whole = sums[True] + sums[False]
        return sums[True] / whole if whole else 0.0

    @property
    def missing_value(self) -> float:
        """Gross value of what is not modelled, USD: contracts at what they are written on."""
        pairs = zip(self.group, self.share, strict=True)
        return sum(self.items[group].gross * abs(share) for group, share in pairs if not self.items[group].modelled)

    @property
    def unpriced(self) -> int:
        """How many positions are of no known value: ``coverage`` counts their contract value, or not at all."""
        return sum(item.unpriced for item in map(self.items.__getitem__, self.group))

    @property
    def not_modelled(self) -> int:
        """How many positions are in the list but not in the model."""
        return sum(not self.items[group].modelled for group in self.group)


def analyse(portfolio: Portfolio, snapshot: MarketSnapshot) -> Analysis:
    """Build the instruments of a portfolio, each once."""
    positions = portfolio.positions
    if len(positions) <= BUILT_EACH:
        group, first = list(range(len(positions))), list(positions)
    else:
        group, first = _groups(positions)
    built, left_out = _chosen(first)
    book = make_book(replace(portfolio, positions=tuple(first[i] for i in built)), snapshot)
    found = dict(zip(built, _analysed(book, [first[i] for i in built]), strict=True))
    items = [found.get(i) or _left_out(p) for i, p in enumerate(first)]
    shares = [_share(p, first[g]) for p, g in zip(positions, group, strict=True)]
    if any(share != 1.0 for share in shares):
        items = _with_extensive(items, first, portfolio, snapshot)
    cash = sum(h.instrument.value for h in book.holdings if h.position.asset_class == "cash")
    assumed = rating_warnings(assumed_ratings(book.holdings))
    analysis = Analysis(items, group, shares, cash, (*_warning(left_out), *assumed))
    return replace(analysis, warnings=(*_unseen(analysis), *analysis.warnings))


def _groups(positions: Sequence[Position]) -> tuple[list[int], list[Position]]:
    """The group of each position, and the first position of each group."""
    underlyings = {p.terms.underlying.upper() for p in positions if p.asset_class == "option"}
    table = load_exposures()
    known: dict[object, int] = {}
    group: list[int] = []
    first: list[Position] = []
    for position in positions:
        key = _key(position, underlyings, table)
        number = known.get(key)
        if number is None:
            number = known[key] = len(first)
            first.append(position)
        group.append(number)
    return group, first


def _key(p: Position, underlyings: set[str], table: Mapping[str, object]) -> object:
    """What positions of one instrument have in common; the underlying of an option stands by itself."""
    if p.symbol.upper() in underlyings:
        return p.row
    unnamed = p.tags.get("identified_by") == "assumed" and p.found is None
    anonymous = unnamed and p.symbol not in table and "-" not in p.symbol
    symbol = "" if anonymous and p.symbol.isalnum() else p.symbol
    price = None if p.asset_class in BY_VALUE else p.price
    unpriced = (p.market_value == 0, p.unpriced)
    tags = () if anonymous else tuple(sorted((k, v) for k, v in p.tags.items() if k not in NOT_HELD))
    betas = tuple(sorted(p.betas.items())) if p.betas else ()
    return (symbol, p.asset_class, p.currency, price, p.quantity > 0, unpriced, p.proxy, tags, betas, p.terms, p.reason)


def _share(position: Position, first: Position) -> float:
    """Size relative to the position that was built: by value where only that matters, else by quantity."""
    if position is first:
        return 1.0
    if position.asset_class in BY_VALUE and first.market_value:
        return position.market_value / first.market_value
    return position.quantity / first.quantity


def _chosen(first: Sequence[Position]) -> tuple[list[int], int]:
    """Positions to build: all by value, and the largest of the others. Also how many are left out."""
    by_terms = [i for i, p in enumerate(first) if p.asset_class not in BY_VALUE]
    if len(by_terms) <= MOST_BY_TERMS:
        return list(range(len(first))), 0
    kept = set(sorted(by_terms, key=lambda i: -abs(first[i].market_value))[:MOST_BY_TERMS])
    unpriced = {i for i in by_terms if not first[i].market_value}
    left_out = set(by_terms) - kept - unpriced
    return [i for i in range(len(first)) if i not in left_out], len(left_out)


def _analysed(book: Book, positions: Sequence[Position]) -> Iterator[Analysed]:
    """The book in the order of the positions it was built from."""
    reasons = {id(position): reason for position, reason in book.not_modelled}
    holdings = iter(book.holdings)
    for position in positions:
        if id(position) in reasons:
            yield _counted(position, False, reasons[id(position)])
        else:
            yield _of(next(holdings))


def _of(holding: Holding) -> Analysed:
    return Analysed(
        holding.instrument.value, True, "", holding.exposure.source, holding.position.price, dict(holding.analytics),
        gross=holding.gross_value,
    )  # fmt: skip


def _left_out(position: Position) -> Analysed:
    """A bond or contract beyond the largest: counted, its analytics not made."""
    return _counted(position, not position.reason, position.reason or LEFT_OUT)


def _counted(position: Position, modelled: bool, reason: str) -> Analysed:
    """A position of which no instrument is made, at the value of the file."""
    gross, unpriced = position.gross_value, position.unpriced
    return Analysed(position.market_value, modelled, reason, gross=gross, unpriced=unpriced)


def _with_extensive(
    items: Sequence[Analysed], first: Sequence[Position], portfolio: Portfolio, snapshot: MarketSnapshot
) -> list[Analysed]:
    """Mark the numbers that grow with the size, learnt from one instrument of each class at twice its size."""
    samples: dict[str, int] = {}
    for i, position in enumerate(first):
        if items[i].numbers and items[i].base:
            samples.setdefault(position.asset_class, i)
    chosen = list(samples.values())
    doubled = [replace(p, quantity=2 * p.quantity, market_value=2 * p.market_value) for p in (first[i] for i in chosen)]
    beside = [position for position in first if position.symbol.upper() in _needed(doubled)]
    book = make_book(replace(portfolio, positions=(*doubled, *beside), cash={}), snapshot)
    twice = list(_analysed(book, [*doubled, *beside]))
    growing = {
        first[i].asset_class: _extensive(items[i].numbers, big.numbers)
        for i, big in zip(chosen, twice[: len(chosen)], strict=True)
    }
    return [
        replace(item, extensive=growing.get(p.asset_class, frozenset())) for item, p in zip(items, first, strict=True)
    ]


def _needed(positions: Sequence[Position]) -> set[str]:
    return {p.terms.underlying.upper() for p in positions if p.terms.underlying}


def _extensive(once: Mapping[str, object], twice: Mapping[str, object]) -> frozenset[str]:
    """Keys whose numbers doubled."""
    return frozenset(key for key, number in once.items() if _doubled(number, twice.get(key)))


def _doubled(once: object, twice: object) -> bool:
    if isinstance(once, Mapping) and isinstance(twice, Mapping):
        return bool(once) and all(_doubled(number, twice.get(key)) for key, number in once.items())
    if isinstance(once, bool) or not isinstance(once, (int, float)) or not isinstance(twice, (int, float)):
        return False
    return bool(once) and abs(twice - 2 * once) <= SAME * abs(once)


def _times(number: object, share: float) -> object:
    if isinstance(number, Mapping):
        return {key: _times(entry, share) for key, entry in number.items()}
    return number * share if isinstance(number, (int, float)) else number


def _unseen(analysis: Analysis) -> tuple[Problem, ...]:
    """What no figure shows: large positions outside the model, and rows without a value."""
    return tuple(unseen_warnings(analysis.missing_value, analysis.value, analysis.unpriced))


def _warning(left_out: int) -> tuple[Problem, ...]:
    if not left_out:
        return ()
    found = f"{left_out:,} bonds and contracts beyond the {MOST_BY_TERMS:,} largest"
    return (Problem(None, "analytics", found, "a shorter list", f"They are counted, but {LEFT_OUT}."),)
