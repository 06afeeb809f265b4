"""From a portfolio to a book: every position joined to an instrument, or listed with the reason why not."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

import numpy as np

from ..records import Book, Exposure, Holding, MarketSnapshot, Portfolio, Position, Source
from ..tables import factor_index
from .bond import build_bond
from .building import Built, NotModelled, Setting, Underlying
from .callable_bond import build_callable, is_callable
from .cash import build_cash, build_deposit, build_money_market
from .curve import from_snapshot
from .daycount import settlement_date
from .details import tag_percent
from .factor_build import build_factor_asset
from .floater import build_floater
from .fund import rate_duration
from .linker import build_linker
from .margins import maintenance_margin, required
from .mortgage import build_mortgage
from .option import build_option
from .preferred import build_preferred, is_preferred
from .reference import margin_requirements
from .scaling import Workshop
from .sources import source_of

EQUITY, SOFR = "equity_us", "sofr"
COUPON_CLASSES = {"bond", "floater", "linker", "deposit"}
BETAS_NOTE = "The beta columns of this row are not used: its terms revalue it."
CASH = "cash"


def build_any_bond(symbol: str, position: Position, setting: Setting) -> Built:
    """A bond with or without calls."""
    return (build_callable if is_callable(position) else build_bond)(symbol, position, setting)


#: Kinds that their own terms revalue; they need no exposure.
BY_TERMS: dict[str, Callable[[str, Position, Setting], Built]] = {
    "bond": build_any_bond,
    "bill": build_bond,
    "floater": build_floater,
    "linker": build_linker,
    "mbs": build_mortgage,
    "deposit": build_deposit,
    "money_market": build_money_market,
    CASH: build_cash,
}


def build_book(
    portfolio: Portfolio,
    exposures: Sequence[Exposure | None],
    snapshot: MarketSnapshot,
    reasons: Sequence[str] = (),
    broker: str = "",
) -> Book:
    """Instruments for every position and every currency of cash, valued on the day of the snapshot.

    exposures, reasons: aligned with ``portfolio.positions``; None where no exposure is known, with the reason why.
    Kinds that their own terms revalue (bonds, floaters, linkers, pass-throughs, cash) do not use them; an option takes
    that of its underlying. Symbols are made unique by " #2". A bond without a price gets the model's price and value.
    broker: whose margin requirements apply where they are above the rule (margin_brokers.csv).
    Raises ValueError where the lengths differ, InputError for an unknown broker, DataError where the snapshot lacks
    the curve.
    """
    if len(exposures) != len(portfolio.positions):
        raise ValueError(f"{len(exposures)} exposures for {len(portfolio.positions)} positions")
    curve, settlement = from_snapshot(snapshot), settlement_date(snapshot.as_of)
    setting = Setting(snapshot, curve, settlement, _underlyings(portfolio, exposures))
    margin_requirements(broker)
    holdings: list[Holding] = []
    missing: list[tuple[Position, str]] = []
    seen: Counter[str] = Counter()
    workshop = Workshop()
    for position, exposure, reason in _rows(portfolio, exposures, reasons, snapshot):
        label = _label(position, seen)
        try:
            built = workshop.find(label, position, exposure)
            if built is None:
                built = _described(_build(label, position, exposure, reason, setting), position, setting)
                workshop.keep(position, exposure, built)
            holdings.append(_holding(position, built, broker))
        except NotModelled as error:
            missing.append((position, str(error)))
            continue
        seen[position.symbol or position.name] += 1
    asked = [(h.maintenance, h.gross_value) for h in holdings if h.position.asset_class != CASH]
    return Book(tuple(holdings), tuple(missing), maintenance_margin(asked))


def _rows(
    portfolio: Portfolio, exposures: Sequence[Exposure | None], reasons: Sequence[str], snapshot: MarketSnapshot
) -> list[tuple[Position, Exposure | None, str]]:
    """Positions with their exposure and reason, then one row per currency of cash."""
    why = [*reasons, *[""] * (len(portfolio.positions) - len(reasons))]
    rows = list(zip(portfolio.positions, exposures, why, strict=True))
    return rows + [(_cash_position(c, amount, snapshot), None, "") for c, amount in portfolio.cash.items() if amount]


def _cash_position(code: str, amount: float, snapshot: MarketSnapshot) -> Position:
    known = code == "USD" or f"fx_{code.lower()}" in snapshot.quotes
    name = f"Margin debt in {code}" if amount < 0 else f"Cash in {code}"
    return Position(0, f"CASH.{code}", name, CASH, code, amount, 1.0, amount * snapshot.fx(code) if known else 0.0)


def _label(position: Position, seen: Mapping[str, int]) -> str:
    symbol = position.symbol or position.name
    return f"{symbol} #{seen[symbol] + 1}" if seen[symbol] else symbol


def _build(symbol: str, position: Position, exposure: Exposure | None, reason: str, setting: Setting) -> Built:
    if position.reason:
        raise NotModelled(position.reason)
    if position.asset_class in BY_TERMS:
        built = BY_TERMS[position.asset_class](symbol, position, setting)
        return replace(built, assumptions=(*built.assumptions, BETAS_NOTE)) if position.betas else built
    if position.asset_class == "option":
        return build_option(symbol, position, exposure, setting)
    if is_preferred(position):
        return build_preferred(symbol, position, setting)
    if exposure is None:
        raise NotModelled(reason or "no exposure is known for it")
    return build_factor_asset(symbol, position, exposure, setting)


def _underlyings(portfolio: Portfolio, exposures: Sequence[Exposure | None]) -> dict[str, Underlying]:
    """What the positions say of the symbols that options may be written on."""
    return {
        position.symbol.upper(): Underlying(
            position.price or None, exposure, position.asset_class, _source(position, exposure)
        )
        for position, exposure in zip(portfolio.positions, exposures, strict=True)
        if position.asset_class not in {"option", *BY_TERMS}
    }


def _source(position: Position, exposure: Exposure | None) -> Source | None:
    """What an underlying is itself written on; None too for one whose terms cannot be read, which its own row says."""
    try:
        return None if exposure is None else source_of(position, exposure, {})
    except NotModelled:
        return None


def _holding(position: Position, built: Built, broker: str) -> Holding:
    if built.price is not None:
        position = replace(position, price=built.price, market_value=built.instrument.value)
    own = tag_percent(position, "margin", 0.0, 100.0)
    asked = required(built.margin_key, built.margin_base, broker, own)
    return Holding(position, built.instrument, built.exposure, built.analytics, asked, built.underlying)


def _described(built: Built, position: Position, setting: Setting) -> Built:
    """What the builder found, plus duration, equity beta, carry and income for every kind, and the assumptions."""
    instrument = built.instrument
    base = getattr(instrument, "notional", instrument.value) or instrument.value
    slope = instrument.sensitivity(0.0) / base if base else np.zeros_like(built.exposure.beta)
    sofr = setting.snapshot[SOFR] if SOFR in setting.snapshot.quotes else float(setting.curve.zero[0])
    analytics = {
        "duration": rate_duration(slope),
        "equity_beta": float(slope[factor_index()[EQUITY]]),
        "carry_year": float(instrument.carry(1.0, sofr)),
        **_income(position, base),
        **built.analytics,
        "assumptions": list(built.assumptions),
    }
    return replace(built, analytics=analytics)


def _income(position: Position, base: float) -> dict[str, float]:
    """Cash expected in a year at today's rates, dollars: coupons on face, or the tag dividend_yield on value."""
    if position.asset_class in COUPON_CLASSES and position.terms.coupon is not None:
        return {"income_year": position.terms.coupon * base}
    rate = tag_percent(position, "dividend_yield", 0.0, 50.0)
    if rate is None or position.asset_class == "option":
        return {}
    return {"income_year": rate * base}
