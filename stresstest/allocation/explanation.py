"""Why each trade is there: the scenario and factor where it helps most, the limit that forces it, in a sentence."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..records import TradeReason
from ..tables import factor_names
from .assets import Assets
from .call_cover import waits
from .outcome import Outcome, unchanged
from .rules import Row
from .sentences import SENTENCES, factor_move, money, quantity_sentence, share, signed_share

#: Shadow prices are told per hundredth of the unit of the limit: a percentage point of a share.
PRICED_STEP = 0.01
#: Smaller contributions are noise of the solver.
NOISE = 1e-9


@dataclass(frozen=True)
class Story:
    """Everything that explains the trades: prices (J,) are the shadow prices of ``rows``."""

    assets: Assets
    after: Outcome
    rows: tuple[Row, ...]
    prices: np.ndarray

    @property
    def change(self) -> np.ndarray:
        """(A,) signed change of weight."""
        return np.asarray(self.after.weights - self.assets.weights)


def reason(story: Story, i: int) -> TradeReason:
    """The reason for the trade in asset ``i``: what a sale saves, or why the proceeds go where they go."""
    k, saved = best_scenario(story, i)
    f = best_factor(story, i, k)
    j = binding(story, i)
    if parks(story, i):
        k, f = worst_scenario(story), None
    return TradeReason(
        scenario=story.assets.names[k],
        factor="" if f is None else factor_names()[f],
        constraint="" if j is None else story.rows[j].name,
        shadow_price=0.0 if j is None else float(story.prices[j]),
        text=_text(story, i, k, saved, f, j),
    )


def best_scenario(story: Story, i: int) -> tuple[int, float]:
    """Named scenario in which trade ``i`` takes most off the loss, and the loss avoided as a fraction of net value.

    The trade is weighed against cash, or against the debt that it repays. Scenarios in which the book gains count only
    where it loses in none.
    """
    assets = story.assets
    money_return = assets.debt_named if assets.debt > 0.0 else assets.cash_named
    saved = story.change[i] * (assets.named[:, i] - money_return)
    loses = unchanged(assets).named_pnl < 0.0
    k = int(np.argmax(np.where(loses, saved, -np.inf) if loses.any() else saved))
    return k, float(saved[k])


def parks(story: Story, i: int) -> bool:
    """Whether the trade puts proceeds into asset ``i`` (and does not close a short)."""
    return bool(story.change[i] > 0.0 and not story.assets.short[i])


def worst_scenario(story: Story) -> int:
    """Named scenario in which the book loses most before any trade."""
    return int(np.argmin(unchanged(story.assets).named_pnl))


def best_factor(story: Story, i: int, k: int) -> int | None:
    """Factor through which trade ``i`` helps most in scenario ``k`` (to first order), or None where none helps."""
    saved = story.change[i] * story.assets.betas[i] * story.assets.factor_moves[k]
    f = int(np.argmax(saved))
    return f if saved[f] > NOISE else None


def binding(story: Story, i: int) -> int | None:
    """Limit that pulls hardest towards trade ``i``: shadow price times the room that the trade makes, or None."""
    room = [-row.direction * row.weights[i] * story.change[i] for row in story.rows]
    pull = story.prices * np.array(room)
    if not len(pull) or pull.max() <= NOISE:
        return None
    return int(np.argmax(pull))


def held_back(story: Story, i: int) -> int | None:
    """Limit that holds trade ``i`` back most: shadow price times the room that the trade uses up, or None."""
    used = [
        row.direction
        * (row.weights[i] * story.change[i] + row.bought * story.after.buy[i] + row.sold * story.after.sell[i])
        for row in story.rows
    ]
    push = story.prices * np.array(used)
    if not len(push) or push.max() <= NOISE:
        return None
    return int(np.argmax(push))


def _text(story: Story, i: int, k: int, saved: float, f: int | None, j: int | None) -> str:
    assets, after = story.assets, story.after
    verb = "sell" if after.sell[i] > 0.0 else "cover" if assets.short[i] else "buy"
    book = float(unchanged(assets).named_pnl[k])
    text = SENTENCES[_opening(story, i, saved, book)].format(
        verb=SENTENCES[verb],
        share=share(after.traded[i]),
        symbol=assets.symbols[i],
        scenario=assets.names[k],
        saved=share(abs(saved)),
        book=share(abs(book)),
        own=signed_share(assets.named[k, i]),
    )
    if f is not None:
        move = factor_move(f, assets.factor_moves[k, f])
        text += SENTENCES["through_factor"].format(factor=factor_names()[f], move=move)
    text += _limit(story, i, j) + _order(story, i)
    text += SENTENCES["money"].format(cost=money(after.cost[i] * assets.value), tax=money(after.tax[i] * assets.value))
    return text + quantity_sentence(assets.positions[i])


def _limit(story: Story, i: int, j: int | None) -> str:
    """Which limit ``j`` forces the trade; where none does, which one holds it back."""
    if j is None:
        held = held_back(story, i)
        return SENTENCES["no_binding"] if held is None else SENTENCES["held_back"].format(limit=story.rows[held].name)
    row = story.rows[j]
    unit = SENTENCES[f"unit_{row.rule.unit}"]
    return SENTENCES["binding"].format(limit=row.name, unit=unit, price=share(story.prices[j] * PRICED_STEP))


def _order(story: Story, i: int) -> str:
    """What has to be bought back before these shares are sold."""
    if any(i in sold for sold, _ in waits(story.assets, story.after)):
        return SENTENCES["call_first"].format(symbol=story.assets.symbols[i])
    return ""


def _opening(story: Story, i: int, saved: float, book: float) -> str:
    """Which first sentence fits. book: result of the whole book in the scenario, a gain positive."""
    if parks(story, i):
        return "park_in_gain" if book > 0.0 else "park"
    return "reduce" if saved > 0.0 else "fund"
