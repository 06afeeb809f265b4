"""Small books of every kind of instrument, and paths that are written by hand."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date

import numpy as np
from hypothesis import strategies as st

from stresstest.instruments import build_book
from stresstest.market import load_snapshot
from stresstest.records import Book, Exposure, FactorPaths, Portfolio, Position, Terms
from stresstest.tables import factor_index, factor_names

SNAPSHOT = load_snapshot()
TODAY = SNAPSHOT.as_of
PER_CENT_OF_PAR = {"bond", "bill", "floater", "linker", "mbs"}


def exposure(symbol: str, residual_vol: float = 0.2, **betas: float) -> Exposure:
    beta = np.zeros(len(factor_names()))
    for name, value in betas.items():
        beta[factor_index()[name]] = value
    return Exposure(symbol, beta, 0.1 * np.abs(beta), residual_vol, "by hand")


def position(symbol: str, asset_class: str, quantity: float, price: float, **more: object) -> Position:
    """Keywords are fields of Position or of Terms; the market value follows."""
    fields = {key: more.pop(key) for key in list(more) if key in Position.__dataclass_fields__}
    terms = Terms(**more)  # type: ignore[arg-type]
    unit = 0.01 if asset_class in PER_CENT_OF_PAR else terms.multiplier
    value = quantity * price * unit * SNAPSHOT.fx(str(fields.get("currency", "USD")))
    plain = {"name": symbol, "currency": "USD", "market_value": value}
    return Position(
        1, symbol, asset_class=asset_class, quantity=quantity, price=price, terms=terms, **{**plain, **fields}
    )  # type: ignore[arg-type]


KINDS: Mapping[str, tuple[Position, Exposure | None]] = {
    "share": (position("SHARE", "equity", 100, 50.0), exposure("SHARE", equity_us=1.1, sector_energy=0.5)),
    "fund": (position("FUND", "fund_equity", 40, 120.0), exposure("FUND", 0.02, equity_us=1.0)),
    "bond fund": (position("BONDS", "fund_bond", 60, 80.0), exposure("BONDS", 0.03, ust_5y=-3.0, ust_10y=-3.0)),
    "coin": (position("COIN", "crypto", 0.1, 60_000.0), exposure("COIN", 0.6, btc=1.0)),
    "treasury": (position("T10", "bond", 5_000, 97.0, coupon=0.04, maturity=date(2035, 5, 15), rating="AAA"), None),
    "corporate": (position("CORP", "bond", 5_000, 99.0, coupon=0.055, maturity=date(2032, 3, 1), rating="BBB"), None),
    "bill": (position("BILL", "bill", 5_000, 98.5, maturity=date(2026, 12, 24), rating="AAA"), None),
    "floater": (position("FRN", "floater", 5_000, 99.5, spread=0.01, maturity=date(2030, 1, 15), rating="A"), None),
    "put": (
        position(
            "PUT", "option", 2, 9.0, multiplier=100.0, strike=95.0, expiry=date(2027, 1, 15), put_call="put",
            underlying="SPY", tags={"underlying_price": "100"},
        ),
        exposure("PUT", 0.0, equity_us=1.0),
    ),
    "call": (
        position(
            "CALL", "option", 2, 14.0, multiplier=100.0, strike=105.0, expiry=date(2028, 1, 21), put_call="call",
            underlying="SPY", tags={"underlying_price": "100"},
        ),
        exposure("CALL", 0.0, equity_us=1.0),
    ),
    "levered": (
        position("TRIPLE", "fund_equity", 50, 60.0, tags={"leverage": "3"}), exposure("TRIPLE", 0.1, equity_us=3.0),
    ),
    "money market": (position("MMF", "money_market", 5_000, 1.0), None),
}  # fmt: skip


def scaled(row: Position, factor: float) -> Position:
    return replace(row, quantity=factor * row.quantity, market_value=factor * row.market_value)


def book_of(rows: list[tuple[Position, Exposure | None]], cash: float = 0.0, **foreign: float) -> Book:
    """A book of these rows with dollars and other money; every row must be modelled."""
    money = {code: amount for code, amount in {"USD": cash, **foreign}.items() if amount}
    worth = sum(amount * SNAPSHOT.fx(code) for code, amount in money.items())
    portfolio = Portfolio("test", tuple(row for row, _ in rows), money, worth)
    book = build_book(portfolio, [found for _, found in rows], SNAPSHOT)
    assert not book.not_modelled, book.not_modelled
    return book


def one(kind: str, factor: float = 1.0, **changes: object) -> tuple[Position, Exposure | None]:
    row, found = KINDS[kind]
    return replace(scaled(row, factor), **changes), found  # type: ignore[arg-type]


@st.composite
def holdings(draw: st.DrawFn, shorts: bool = False) -> list[tuple[Position, Exposure | None]]:
    """Two to six rows of different kinds, with sizes between a tenth and ten times the specimen."""
    kinds = draw(st.lists(st.sampled_from(sorted(KINDS)), min_size=2, max_size=6, unique=True))
    signs = st.sampled_from((1.0, -1.0)) if shorts else st.just(1.0)
    return [one(kind, draw(signs) * draw(st.floats(0.1, 10.0))) for kind in kinds]


def along(by_week: Mapping[str, np.ndarray], years: float = 1.0, sofr: float = 0.04) -> FactorPaths:
    """Paths of which every named factor is given, (S, T) cumulated moves; nothing else moves."""
    shape = next(iter(by_week.values())).shape
    paths = np.zeros((*shape, len(factor_names())), dtype=np.float32)
    for name, values in by_week.items():
        paths[:, :, factor_index()[name]] = values
    moves = paths[:, -1].astype(float)
    return FactorPaths(
        moves, moves[:, None, :], ("story",), np.full(len(moves), 1.0 / len(moves)), years, paths,
        turbulent=np.zeros(len(moves), dtype=bool), funding_break=np.zeros(len(moves), dtype=bool),
        financing=np.full(shape, sofr),
    )  # fmt: skip


def random_paths(seed: int, paths: int = 40, weeks: int = 52) -> FactorPaths:
    """Equities, coins, rates, volatility and a currency on random walks."""
    rng = np.random.default_rng(seed)
    sizes = {"equity_us": 0.03, "btc": 0.08, "ust_3m": 0.001, "ust_5y": 0.0012, "ust_10y": 0.0012, "fx_eur": 0.01}
    walks = {name: size * np.cumsum(rng.standard_normal((paths, weeks)), axis=1) for name, size in sizes.items()}
    return along({**walks, "vix": np.maximum(-1.5 * walks["equity_us"], -0.05)})
