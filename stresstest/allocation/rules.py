"""Limits as rows: each measures the book after the trades linearly, so one row serves solver, check and report."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import partial

import numpy as np

from ..records import Holding
from ..tables import factor_index
from .assets import Assets
from .call_cover import covers
from .limits import GroupCap, Limits, Rule, rule_rows
from .lines import Lines
from .outcome import Outcome, unchanged

#: Factors that make a holding crypto, and those that make a bond bear credit risk.
CRYPTO_FACTORS = ("btc", "eth", "altcoin")
CREDIT_FACTORS = ("ig_spread", "hy_spread", "em_spread")
BOND_CLASSES = frozenset({"bond", "bill", "floater", "linker"})
#: Slack that floating-point arithmetic may need when a limit is checked.
TOLERANCE = 1e-9


@dataclass(frozen=True)
class Row:
    """measure = weights @ w + bought * purchases + sold * sales + cash * c + debt * d + constant, against ``limit``.

    per_value: the measure is divided by net value after costs; otherwise by net value today, so that a limit which only
    forbids more than today is not broken by the costs alone. beside: what is added to that net value. origin: "default"
    or "user", with "_relaxed" where today's book and not the level sets the limit; "broken_today" where purchases alone
    cannot mend it.
    """

    rule: Rule
    name: str
    weights: np.ndarray
    bought: float = 0.0
    sold: float = 0.0
    cash: float = 0.0
    debt: float = 0.0
    constant: float = 0.0
    per_value: bool = True
    beside: float = 0.0
    before: float = 0.0
    limit: float = 0.0
    origin: str = ""

    @property
    def direction(self) -> float:
        """+1 for an upper limit, -1 for a lower one: direction * (measure - limit) <= 0."""
        return 1.0 if self.rule.sense == "<=" else -1.0

    @property
    def is_one_of_many(self) -> bool:
        """Whether the rule has a row for each name, scenario or side."""
        return self.rule.name not in (self.name, "group")

    def measure(self, after: Outcome) -> float:
        """The limited quantity after the trades."""
        amount = self.weights @ after.weights + self.bought * after.buy.sum() + self.sold * after.sell.sum()
        amount += self.cash * after.cash + self.debt * after.debt + self.constant
        return float(amount / self.share_of(after))

    def share_of(self, after: Outcome) -> float:
        """What the limit is a share of, over net value today."""
        return (after.value if self.per_value else 1.0) + self.beside

    def excess(self, after: Outcome) -> float:
        """By how much the limit is broken; negative where there is room."""
        return self.direction * (self.measure(after) - self.limit)

    def holds(self, after: Outcome) -> bool:
        """Whether the limit is respected."""
        return self.excess(after) <= TOLERANCE


def rows(assets: Assets, limits: Limits) -> tuple[Row, ...]:
    """Every limit for this book, with its level fixed against what the book measures today; infinite where off."""
    before = unchanged(assets)
    return tuple(_fix(row, before, limits) for row in _rows(assets, limits))


def _fix(row: Row, before: Outcome, limits: Limits) -> Row:
    """Purchases alone cannot mend a limit that is broken today: with buy_only it then forbids only more of the same."""
    today = row.measure(before)
    constant = row.constant / row.share_of(before)
    origin = ("user" if row.rule.given else "default") + ("_relaxed" if row.rule.is_relaxed(today, constant) else "")
    fixed = replace(row, before=today, limit=row.rule.bound(today, constant), origin=origin)
    if limits.buy_only and not fixed.holds(before):
        return replace(fixed, limit=today, per_value=False, origin="broken_today")
    return fixed


def _rows(assets: Assets, limits: Limits) -> Iterator[Row]:
    rule, nothing = limits.rules, np.zeros(len(assets.weights))
    yield _total(assets, rule["duration"], durations)
    yield _total(assets, rule["value_tilt"], lambda lines: lines.beta("growth_value"), per_value=False)
    yield Row(rule["defensive_share"], "defensive_share", np.where(defensive(assets, limits), 1.0, 0.0), cash=1.0)
    yield _total(assets, rule["crypto_share"], lambda lines: lines.sign * crypto(lines, limits))
    if has_leverage(assets):
        yield _leverage_row(assets, rule["gross_leverage"])
    yield _total(assets, rule["currency_share"], lambda lines: lines.sign * _foreign(lines), per_value=False)
    yield Row(rule["cash_minimum"], "cash_minimum", nothing, cash=1.0, debt=-1.0, per_value=False)
    for cover in covers(assets):
        name = f"call_cover: {cover.underlying}"
        yield Row(rule["call_cover"], name, cover.weights, constant=cover.constant, per_value=False)
    size = 1.0 / max(assets.gross, 1.0)
    yield Row(rule["turnover"], "turnover: bought", nothing, bought=size, per_value=False)
    yield Row(rule["turnover"], "turnover: sold", nothing, sold=size, per_value=False)
    yield from _scenario_rows(assets, rule["loss_cap"])
    yield from _name_rows(assets, limits)
    yield from _group_rows(assets, limits)


def _total(assets: Assets, rule: Rule, measure: Callable[[Lines], np.ndarray], per_value: bool = True) -> Row:
    """Sum of ``measure``, (N,) per unit of weight; what cannot be traded here, such as futures, counts as it is."""
    fixed = float(measure(assets.untouched) @ assets.untouched.weights)
    return Row(rule, rule.name, measure(assets), constant=fixed, per_value=per_value)


def _leverage_row(assets: Assets, rule: Rule) -> Row:
    """What is not modelled counts in gross value and in net value, as in the leverage that the report shows."""
    invested = np.array([position.asset_class != "cash" for position in assets.positions])
    fixed = assets.untouched.gross + assets.missing_gross
    return Row(rule, rule.name, assets.sign * invested, constant=fixed, beside=assets.missing_value)


def has_leverage(assets: Assets) -> bool:
    """Whether net value, with what is not modelled, is above zero: leverage is a multiple of it."""
    return 1.0 + assets.missing_value > 0.0


def _foreign(lines: Lines) -> np.ndarray:
    """(N,) True for what is quoted in another currency than USD."""
    return np.array([position.currency != "USD" for position in lines.positions], dtype=bool)


def _scenario_rows(assets: Assets, rule: Rule) -> Iterator[Row]:
    for k, name in enumerate(assets.names):
        yield Row(
            rule,
            f"loss_cap: {name}",
            -assets.named[k],
            cash=-assets.cash_named[k],
            debt=assets.debt_named[k],
            constant=-assets.fixed_named[k],
        )


def _name_rows(assets: Assets, limits: Limits) -> Iterator[Row]:
    units = np.diag(assets.sign)
    for i, (symbol, holding) in enumerate(zip(assets.symbols, assets.holdings, strict=True)):
        can_move = assets.buy_max[i] + assets.sell_max[i] > 0.0 or limits.buy_only
        if can_move and not _is_diversified(holding, assets.betas[i], limits):
            yield Row(limits.rules["single_name"], f"single_name: {symbol}", units[i])
        if assets.buy_max[i] > 0.0 and not assets.short[i]:
            yield Row(limits.rules["new_position"], f"new_position: {symbol}", units[i], per_value=False)


def _group_rows(assets: Assets, limits: Limits) -> Iterator[Row]:
    row = rule_rows()["group"]
    for cap in limits.groups:
        name = f"group.{cap.tag}.{cap.value}"
        label = f"{row['label']} {cap.tag} = {cap.value}"
        scale = float(row["scale"])
        rule = Rule("group", label, row["sense"], row["unit"], scale, row["meaning"], cap.maximum, given=True)
        yield replace(_total(assets, rule, partial(_gross_inside, cap)), name=name)


def _gross_inside(cap: GroupCap, lines: Lines) -> np.ndarray:
    """(N,) gross value per unit of weight of what carries the tag of the cap; zero for everything else."""
    return lines.sign * np.array([position.tags.get(cap.tag) == cap.value for position in lines.positions], dtype=bool)


def durations(lines: Lines) -> np.ndarray:
    """(N,) duration in years; zero where the analytics give none."""
    return np.array([_duration(holding) for holding in lines.holdings])


def _duration(holding: Holding) -> float:
    years = holding.analytics.get("duration", holding.analytics.get("modified_duration"))
    return float(years) if isinstance(years, int | float | np.floating) else 0.0


def crypto(lines: Lines, limits: Limits) -> np.ndarray:
    """(N,) True for crypto, and for anything that moves like it (funds, futures and shares of coin holders)."""
    is_coin = np.array([position.asset_class == "crypto" for position in lines.positions], dtype=bool)
    like_crypto: np.ndarray = is_coin | (lines.beta(*CRYPTO_FACTORS) > limits.classify.crypto_beta)
    return like_crypto


def worst_named(assets: Assets, limits: Limits) -> np.ndarray:
    """Indices of the named scenarios in which the book loses most today, worst first."""
    return np.argsort(unchanged(assets).named_pnl, kind="stable")[: limits.goal.worst_scenarios]


def defensive(assets: Assets, limits: Limits) -> np.ndarray:
    """(A,) True for longs whose mean loss in the worst named scenarios is a small part of the book's.

    Both count per dollar, the book's loss per dollar of gross value, futures too, and cash, so that leverage makes
    nothing look safe.
    """
    worst = worst_named(assets, limits)
    book_loss = -unchanged(assets).named_pnl[worst].mean() / (assets.gross + assets.untouched.gross + assets.cash)
    asset_loss = -assets.named[worst].mean(axis=0)
    safe: np.ndarray = (asset_loss <= limits.classify.defensive_ratio * max(book_loss, 0.0)) & ~assets.short
    return safe


def _is_diversified(holding: Holding, betas: np.ndarray, limits: Limits) -> bool:
    position = holding.position
    if position.asset_class in limits.classify.diversified:
        return True
    return position.asset_class in BOND_CLASSES and not _credit(betas)


def _credit(betas: np.ndarray) -> bool:
    return bool(np.any(betas[[factor_index()[name] for name in CREDIT_FACTORS]]))
