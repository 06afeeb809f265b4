"""What was assumed and how the answer was reached, in words that stand beside the numbers."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from .assets import Assets
from .inputs import Inputs
from .limits import Goal, Limits
from .outcome import Outcome, mean_worst_loss, tail_loss, unchanged
from .rules import BOND_CLASSES, durations, has_leverage
from .sentences import SENTENCES, money, share
from .trading import is_exempt

if TYPE_CHECKING:  # lots imports cvxpy, which nothing here needs
    from .lots import Orders
    from .relaxation import Relaxation

#: A debt that falls by less than this fraction of net value is not worth a note.
NOISE = 1e-9


def assumptions(inputs: Inputs, limits: Limits, assets: Assets, after: Outcome) -> tuple[str, ...]:
    """Every assumption that stands behind this proposal, for the positions that it concerns."""
    closed = [p for i, p in enumerate(assets.positions[: assets.held]) if _closes(assets, after, i)]
    bonds = BOND_CLASSES | {"fund_bond", "mbs"}
    years = durations(assets)
    flat = [p for i, p in enumerate(assets.positions) if p.asset_class in bonds and not years[i] and after.weights[i]]
    taxed = [p for p in closed if not is_exempt(p, limits.tax)]
    named = {"no_basis": [p for p in taxed if p.cost_basis is None]}
    named["unknown_age"] = [p for p in taxed if p.cost_basis is not None and p.acquired is None]
    named["no_duration"] = flat
    named["untouched"] = list(assets.untouched.positions)
    texts = [_about(key, (p.symbol for p in positions)) for key, positions in named.items() if positions]
    known = set(assets.symbols) | set(inputs.book.symbols)
    if not has_leverage(assets):
        texts.append(SENTENCES["no_leverage"])
    if unknown := sorted((limits.no_trade | limits.no_sell) - known):
        texts.append(_about("unknown_symbol", unknown))
    repaid = assets.debt - after.debt
    if repaid > NOISE:
        texts.append(SENTENCES["debt"].format(repaid=money(repaid * assets.value), rate=share(inputs.financing_rate)))
    return tuple(texts)


def solved(assets: Assets, found: Orders) -> Iterator[str]:
    """How the optimum was found, and what whole lots cost."""
    exact = found.exact
    yield SENTENCES["solver"].format(
        solver=exact.solver,
        rounds=exact.rounds,
        used=len(exact.scenarios),
        all=len(assets.probability),
        gap=f"{exact.gap:.1e}",
    )
    yield SENTENCES["rounding"].format(lost=share(found.rounding))
    if found.searched:
        yield SENTENCES["searched"]
    if found.kept_small:
        yield SENTENCES["kept_small"]


def no_gain(assets: Assets, after: Outcome, goal: Goal) -> str:
    """Why nothing is traded, with the figures of the best trades found."""
    before = unchanged(assets)
    worst = goal.worst_scenarios
    named = mean_worst_loss(before.named_pnl, worst) - mean_worst_loss(after.named_pnl, worst)
    tail = tail_loss(assets, before)
    if tail <= 0.0 and mean_worst_loss(before.named_pnl, worst) <= 0.0:
        return SENTENCES["no_loss"]
    es = tail - tail_loss(assets, after)
    return SENTENCES["no_gain"].format(es=share(es), named=share(named), material=share(goal.material))


def nothing_to_trade() -> str:
    """Why an empty book gets no proposal."""
    return SENTENCES["nothing_to_trade"]


def infeasible() -> str:
    """How to read the relaxations."""
    return SENTENCES["infeasible"]


def no_lots() -> str:
    """Why a book that is small for its lots gets no proposal."""
    return SENTENCES["no_lots"]


def eased(ways: Iterable[Relaxation]) -> tuple[str, ...]:
    """Which defaults gave way to whole lots, from what to what."""
    return tuple(SENTENCES["eased"].format(**way.told()) for way in ways)


def _closes(assets: Assets, after: Outcome, i: int) -> bool:
    return bool(after.buy[i] > 0.0 if assets.short[i] else after.sell[i] > 0.0)


def _about(key: str, symbols: Iterable[str]) -> str:
    return SENTENCES[key].format(symbols=", ".join(symbols))
