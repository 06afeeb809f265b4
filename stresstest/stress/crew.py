"""All holdings of a book on the same way: what the book is worth on every date, and what the way adds to each."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from ..records import Book, FactorPaths, Holding, PathEffect
from ..tables import factor_index
from .income import Income
from .legs import LogLinear, Smooth
from .liquidation import Liquidation
from .margin import Account, forced_sales
from .option_law import OptionLaw
from .reference import constant, dealing_cost
from .reinvestment import Receipts
from .single import Single
from .way import Way
from .weeks import dates

CASH = "cash"
VIX = "vix"
REINVESTMENT = "reinvestment"
#: What was sold no longer moves, and repaid debt no longer costs; and what the dealing cost.
FORCED_SALES, FORCED_SALE_COSTS = "forced_sales", "forced_sale_costs"


@dataclass(frozen=True, eq=False)
class Journey:
    """One block. value: (P, T+1) net. called: (P,), or None for a book that does not borrow. effects: by name."""

    value: np.ndarray
    called: np.ndarray | None
    effects: dict[str, PathEffect]


@dataclass(eq=False)
class Tally:
    """Sums over holdings on each date, (P, T).

    gain: price and unexplained, of what can be sold. money: the same of cash.
    carry: income of what can be sold. gross: absolute value. required: equity that the broker asks for.
    calm, extra: cost of selling all, and what stress adds.
    parts: what the way adds to single holdings, by effect: lists of columns and gains (P,).
    """

    gain: np.ndarray
    money: np.ndarray
    carry: np.ndarray
    gross: np.ndarray
    required: np.ndarray
    calm: np.ndarray
    extra: np.ndarray
    parts: dict[str, list[tuple[int, np.ndarray]]]

    @classmethod
    def of(cls, shape: tuple[int, ...]) -> Tally:
        """Nothing yet."""
        gain, money, carry, gross, required, calm, extra = np.zeros((7, *shape))
        return cls(gain, money, carry, gross, required, calm, extra, defaultdict(list))

    def hold(self, size: np.ndarray, rates: np.ndarray) -> None:
        """Count a holding of absolute value ``size`` (P, T) with its ``rates`` (3,), see ``Crew.rates``."""
        self.gross += size
        self.required += rates[0] * size
        self.calm += rates[1] * size
        self.extra += rates[2] * size


@dataclass(frozen=True, eq=False)
class Crew:
    """The holdings of a book by the way in which they are revalued, with their income.

    rates: (N, 3) per dollar of absolute value: maintenance margin, cost of dealing in calm markets, what stress adds.
    fixed: maintenance margin of holdings without a value of their own (futures), USD.
    """

    book: Book
    together: LogLinear
    smooth: tuple[Smooth, ...]
    singles: tuple[Single, ...]
    receipts: Receipts
    income: Income
    rates: np.ndarray
    fixed: float
    levered: bool

    @classmethod
    def of(cls, book: Book, factors: FactorPaths, levered: bool, laws: Mapping[int, OptionLaw]) -> Crew:
        """Sort the holdings. factors: with weekly dates. laws: of the options, by place."""
        weeks = dates(factors)
        years = factors.years * np.arange(1, weeks + 1) / weeks
        together = LogLinear.of(book)
        smooth = tuple(Smooth.of(book, sign, years) for sign in (1.0, -1.0))
        sorted_out = np.concatenate([together.columns, *(leg.columns for leg in smooth)])
        rest = np.setdiff1d(np.arange(len(book.holdings)), sorted_out)
        return cls(
            book,
            together,
            tuple(leg for leg in smooth if len(leg.columns)),
            tuple(Single.of(int(n), book.holdings[n], factors, laws.get(int(n))) for n in rest),
            Receipts.of(book, years),
            Income.of(book, years),
            np.array([_rates(holding) for holding in book.holdings]).reshape(-1, 3),
            sum(h.maintenance for h in book.holdings if not h.instrument.value),
            levered,
        )

    @property
    def sellable(self) -> np.ndarray:
        """(N,) bool: all but cash."""
        return np.array([h.position.asset_class != CASH for h in self.book.holdings], dtype=bool)

    def travel(self, way: Way, noise: np.ndarray, straight: np.ndarray) -> Journey:
        """Net value on every date, margin calls and effects.

        noise: (P, T) gain of the book from specific risk on the way. straight: (P, N) price and unexplained gain
        without the way.
        """
        tally = Tally.of(way.moves.shape[:2])
        self._go_together(way, tally)
        self._go_smoothly(way, tally)
        self._go_alone(way, straight, tally)
        size = float(np.abs(self.book.values[self.sellable]).sum())
        tally.gain += noise * (tally.gross / size if size else 1.0)
        tally.carry += self.income.total(way, self.sellable)
        tally.money += self.income.total(way, ~self.sellable)
        effects = {name: _effect(parts) for name, parts in tally.parts.items()}
        if len(self.receipts.columns):
            tally.carry += self.receipts.all(way)
            effects[REINVESTMENT] = PathEffect(self.receipts.columns, self.receipts.at_horizon(way))
        value = self.book.value + _from_today(tally.gain + tally.carry + tally.money)
        if not self.levered:
            return Journey(value, None, effects)
        return self._liquidated(way, tally, value, effects)

    def _go_together(self, way: Way, tally: Tally) -> None:
        """Log-linear holdings."""
        value = self.together.value
        for rows, places, growth in self.together.along(way):
            worth = np.asarray(growth @ value[places].astype(np.float32), dtype=float)
            tally.gain[rows] += worth - value[places].sum()
            tally.gross[rows] += worth
            if self.levered:
                rates = value[places, None] * self.rates[self.together.columns[places]]
                amounts = growth @ rates.astype(np.float32)
                for total, part in zip((tally.required, tally.calm, tally.extra), range(3), strict=True):
                    total[rows] += amounts[..., part]

    def _go_smoothly(self, way: Way, tally: Tally) -> None:
        """Bonds and their like, whose margin and dealing cost are the mean ones."""
        for leg in self.smooth:
            gain = leg.all(way)
            tally.gain += gain
            mean = np.abs(leg.value) @ self.rates[leg.columns] / np.abs(leg.value).sum()
            tally.hold(np.abs(leg.value.sum() + gain), mean)

    def _go_alone(self, way: Way, straight: np.ndarray, tally: Tally) -> None:
        """The rest, one by one."""
        for single in self.singles:
            n, walked = single.column, single.along(way)
            if single.holding.position.asset_class == CASH:
                tally.money += walked.gain
                continue
            tally.gain += walked.gain
            tally.carry += walked.extra
            if single.holding.instrument.value:
                self._hold_alone(tally, single.holding, walked.gain, self.rates[n])
            if walked.effect:
                added = walked.gain[:, -1] + walked.extra[:, -1] - straight[:, n]
                tally.parts[walked.effect].append((n, added))

    def _hold_alone(self, tally: Tally, holding: Holding, gain: np.ndarray, rates: np.ndarray) -> None:
        """Margin and dealing cost of one holding.

        A short option is asked for a share of its underlying, kept at today's amount, and for its premium.
        """
        size = np.abs(holding.instrument.value + gain)
        if holding.position.asset_class == "option" and holding.instrument.value < 0:
            tally.required += holding.maintenance + size - abs(holding.instrument.value)
            rates = rates * np.array([0.0, 1.0, 1.0])
        tally.hold(size, rates)

    def _liquidated(self, way: Way, tally: Tally, value: np.ndarray, effects: dict[str, PathEffect]) -> Journey:
        """The same with margin calls and the sales that they force."""
        today = self.book.values[self.sellable]
        stress = np.clip(way.moves[:, :, factor_index()[VIX]] / constant("vix_stress"), 0.0, 1.0)
        required, calm, _ = np.abs(today) @ self.rates[self.sellable]
        account = Account(
            value=value,
            invested=_from_today(tally.gain + tally.carry),
            net=_from_today(tally.gain) + today.sum(),
            cost=_starting_at(tally.calm + tally.extra * stress, calm),
            required=_starting_at(tally.required, required) + self.fixed,
            rate=self.income.debt_rate(way),
            cash_rate=self.income.cash_rate(way),
            debt=self.income.owed,
        )
        sales = forced_sales(account)
        forgone, cost = Liquidation(self.book, self.rates[:, 1:], self.sellable, self.income).losses(
            way, sales, value[:, -1], stress, (self.together, self.smooth, self.singles)
        )
        everything = np.arange(len(self.book.holdings))
        forced = {FORCED_SALES: PathEffect(everything, forgone), FORCED_SALE_COSTS: PathEffect(everything, cost)}
        return Journey(sales.value, sales.called, {**effects, **forced})


def _rates(holding: Holding) -> tuple[float, float, float]:
    value = abs(holding.instrument.value)
    margin = holding.maintenance / value if value and holding.position.asset_class != CASH else 0.0
    return (margin, *dealing_cost(holding.position.asset_class))


def _effect(parts: list[tuple[int, np.ndarray]]) -> PathEffect:
    return PathEffect(np.array([n for n, _ in parts]), np.stack([gain for _, gain in parts], axis=1))


def _from_today(gain: np.ndarray) -> np.ndarray:
    """(P, T+1) with nothing gained today."""
    return _starting_at(gain, 0.0)


def _starting_at(amount: np.ndarray, today: float) -> np.ndarray:
    return np.concatenate([np.full((len(amount), 1), today), amount], axis=1)
