"""Limits as rows: each measures the book after the trades linearly, so one row serves solver, check and report."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from ..records import Holding
from ..tables import factor_index
from .assets import Assets
from .call_cover import covers
from .limits import Limits, Rule, rule_rows
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
    forbids more than today is not broken by the costs alone. origin: "default" or "user", with "_relaxed" where today's
    book and not the level sets the limit; "broken_today" where purchases alone cannot mend it.
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
        return float(amount / after.value if self.per_value else amount)

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
    origin = ("user" if row.rule.given else "default") + ("_relaxed" if row.rule.is_relaxed(today) else "")
    fixed = replace(row, before=today, limit=row.rule.bound(today), origin=origin)
    if limits.buy_only and not fixed.holds(before):
        return replace(fixed, limit=today, per_value=False, origin="broken_today")
    return fixed


def _rows(assets: Assets, limits: Limits) -> Iterator[Row]:
    rule, nothing = limits.rules, np.zeros(len(assets.weights))
    foreign = np.array([position.currency != "USD" for position in assets.positions])
    is_crypto = crypto(assets, limits)
    is_defensive = defensive(assets, limits)
    invested = np.array([position.asset_class != "cash" for position in assets.positions])
    yield Row(rule["duration"], "duration", durations(assets))
    yield Row(rule["value_tilt"], "value_tilt", assets.beta("growth_value"), per_value=False)
    yield Row(rule["defensive_share"], "defensive_share", np.where(is_defensive, 1.0, 0.0), cash=1.0)
    yield Row(rule["crypto_share"], "crypto_share", assets.sign * is_crypto)
    leverage, fixed = rule["gross_leverage"], assets.fixed_gross
    yield Row(leverage, "gross_leverage", assets.sign * invested, constant=fixed)
    yield Row(rule["currency_share"], "currency_share", assets.sign * foreign, per_value=False)
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
        member = np.array([position.tags.get(cap.tag) == cap.value for position in assets.positions])
        name = f"group.{cap.tag}.{cap.value}"
        label = f"{row['label']} {cap.tag} = {cap.value}"
        scale = float(row["scale"])
        rule = Rule("group", label, row["sense"], row["unit"], scale, row["meaning"], cap.maximum, given=True)
        yield Row(rule, name, assets.sign * member)


def durations(assets: Assets) -> np.ndarray:
    """(A,) duration in years; zero where the analytics give none."""
    return np.array([_duration(holding) for holding in assets.holdings])


def _duration(holding: Holding) -> float:
    years = holding.analytics.get("duration", holding.analytics.get("modified_duration"))
    return float(years) if isinstance(years, int | float | np.floating) else 0.0


def crypto(assets: Assets, limits: Limits) -> np.ndarray:
    """(A,) True for crypto, and for anything that moves like it (funds and shares of coin holders)."""
    is_coin = np.array([position.asset_class == "crypto" for position in assets.positions], dtype=bool)
    like_crypto: np.ndarray = is_coin | (assets.beta(*CRYPTO_FACTORS) > limits.classify.crypto_beta)
    return like_crypto


def worst_named(assets: Assets, limits: Limits) -> np.ndarray:
    """Indices of the named scenarios in which the book loses most today, worst first."""
    return np.argsort(unchanged(assets).named_pnl, kind="stable")[: limits.goal.worst_scenarios]


def defensive(assets: Assets, limits: Limits) -> np.ndarray:
    """(A,) True for longs whose mean loss in the worst named scenarios is a small part of the book's.

    Both count per dollar, the book's loss per dollar of gross value and cash, so leverage makes nothing look safe.
    """
    worst = worst_named(assets, limits)
    book_loss = -unchanged(assets).named_pnl[worst].mean() / (assets.gross + assets.cash)
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
