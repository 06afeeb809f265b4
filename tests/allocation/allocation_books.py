"""A synthetic market of seven fat-tailed factors, and books built from it by hand."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

import numpy as np

from stresstest.allocation import Inputs, candidates
from stresstest.records import Book, Exposure, Holding, Position
from stresstest.tables import factor_index, factor_names

AS_OF = date(2026, 7, 29)
MARGIN_RATE, CASH_RATE = 0.065, 0.04
#: Scale of each factor over the horizon: decimals, log returns.
SCALES = {
    "equity_us": 0.11, "growth_value": 0.06, "ust_10y": 0.008, "ig_spread": 0.004, "btc": 0.40, "gold": 0.09,
    "fx_eur": 0.05,
}  # fmt: skip
NAMED: Mapping[str, Mapping[str, float]] = {
    "term premium": {"equity_us": -0.06, "ust_10y": 0.015, "ig_spread": 0.003, "btc": -0.15, "gold": -0.06},
    "policy error": {"equity_us": -0.22, "growth_value": -0.12, "ust_10y": 0.010, "ig_spread": 0.010, "btc": -0.50},
    "dash for cash": {"equity_us": -0.30, "ust_10y": 0.004, "ig_spread": 0.025, "btc": -0.60, "gold": -0.08},
    "crypto break": {"equity_us": -0.04, "btc": -0.75},
    "relief": {"equity_us": 0.08, "ust_10y": -0.006, "btc": 0.20},
    "dollar up": {"equity_us": -0.08, "fx_eur": -0.12, "gold": -0.05},
}
#: Sensitivities of the built-in candidates to those factors, per unit of move.
OFFERED: Mapping[str, Mapping[str, float]] = {
    "SGOV": {"ust_10y": -0.05}, "BIL": {"ust_10y": -0.06}, "SHY": {"ust_10y": -1.0}, "USFR": {},
    "FLOT": {"ig_spread": -1.2}, "VTIP": {"ust_10y": -1.3}, "IWD": {"equity_us": 0.95, "growth_value": -0.5},
    "VIG": {"equity_us": 0.85, "growth_value": -0.1}, "SCHD": {"equity_us": 0.8, "growth_value": -0.4},
    "USMV": {"equity_us": 0.7, "growth_value": -0.1}, "XLV": {"equity_us": 0.7, "growth_value": -0.15},
    "XLP": {"equity_us": 0.6, "growth_value": -0.2, "ust_10y": -1.5}, "GLD": {"gold": 1.0}, "USDC": {"btc": 0.005},
}  # fmt: skip
CARRY = {"equity": 0.015, "fund_equity": 0.015, "fund_bond": 0.042, "bond": 0.05, "stablecoin": 0.0}


@dataclass(frozen=True)
class Line:
    """One holding of a synthetic book. value: USD, signed, of a future its contract value; betas: gain per dollar and
    unit of factor move.
    """

    symbol: str
    asset_class: str
    value: float
    betas: Mapping[str, float] = field(default_factory=dict)
    price: float = 50.0
    duration: float = 0.0
    more: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class LinearInstrument:
    """An instrument whose gain is linear in the factors."""

    symbol: str
    value: float
    betas: np.ndarray

    def price_change(self, moves: np.ndarray, years: np.ndarray | float) -> np.ndarray:
        return self.value * (moves @ self.betas)

    def carry(self, years: np.ndarray | float, financing: np.ndarray | float) -> np.ndarray | float:
        return 0.0

    def sensitivity(self, years: float) -> np.ndarray:
        return self.value * self.betas


@dataclass(frozen=True)
class LinearFuture(LinearInstrument):
    """A future: it has no value, and gains are those of its contract value ``notional``, USD, signed."""

    notional: float = 0.0

    def price_change(self, moves: np.ndarray, years: np.ndarray | float) -> np.ndarray:
        return self.notional * (moves @ self.betas)

    def sensitivity(self, years: float) -> np.ndarray:
        return self.notional * self.betas


def vector(moves: Mapping[str, float]) -> np.ndarray:
    """(F,) from names."""
    result = np.zeros(len(factor_names()))
    for name, move in moves.items():
        result[factor_index()[name]] = move
    return result


def holding(line: Line) -> Holding:
    par = 0.01 if line.asset_class == "bond" else 1.0
    price = 1.0 if line.asset_class == "cash" else line.price
    position = Position(
        row=1, symbol=line.symbol, name=line.symbol, asset_class=line.asset_class, currency="USD",
        quantity=line.value / (price * par), price=price, market_value=line.value,
    )  # fmt: skip
    position = replace(position, **line.more)
    betas = vector(line.betas)
    exposure = Exposure(line.symbol, betas, 0.0 * betas, 0.1, "synthetic")
    analytics = {"duration": line.duration} if line.duration else {}
    instrument = LinearInstrument(line.symbol, line.value, betas)
    if line.asset_class == "future":
        position = replace(position, market_value=0.0)
        instrument = LinearFuture(line.symbol, 0.0, betas, line.value)
    return Holding(position, instrument, exposure, analytics)


def offered_holding(symbol: str) -> Holding:
    candidate = next(c for c in candidates() if c.position.symbol == symbol)
    betas = vector(OFFERED[symbol])
    exposure = Exposure(symbol, betas, 0.0 * betas, 0.05, "synthetic")
    years = candidate.position.terms.duration
    analytics = {"duration": years} if years else {}
    return Holding(candidate.position, LinearInstrument(symbol, 1.0, betas), exposure, analytics)


def synthetic(
    lines: Sequence[Line], paths: int = 500, offered: Sequence[str] = tuple(OFFERED), seed: int = 7
) -> Inputs:
    """Inputs with t-distributed factors (four degrees of freedom, common mixing) and specific noise per holding."""
    rng = np.random.default_rng(seed)
    scale = vector(SCALES)
    mixing = np.sqrt(4.0 / rng.chisquare(4.0, paths))[:, None]
    moves = rng.standard_normal((paths, len(scale))) * scale * mixing
    named = np.array([vector(scenario) for scenario in NAMED.values()])
    held, new = [holding(line) for line in lines], [offered_holding(symbol) for symbol in offered]
    noise = 0.06 * rng.standard_t(5, (paths, len(held) + len(new)))
    everything = [*held, *new]
    betas = np.array([h.exposure.beta for h in everything])
    carry = np.array([_carry(h) for h in everything])
    own = np.array([0.0 if h.position.asset_class in {"cash", "fund_bond"} else 1.0 for h in everything])
    simulated = moves @ betas.T + noise * own + carry
    severe = named @ betas.T + carry
    book = Book(tuple(held), maintenance_margin=0.25)
    contracts = np.array([getattr(h.instrument, "notional", 0.0) for h in held]) / book.value
    return Inputs(
        book=book,
        returns=simulated[:, : len(held)],
        probability=np.full(paths, 1.0 / paths),
        named=severe[:, : len(held)],
        names=tuple(NAMED),
        new=Book(tuple(new)),
        new_returns=simulated[:, len(held) :],
        new_named=severe[:, len(held) :],
        factor_moves=named,
        financing_rate=MARGIN_RATE,
        cash_return=np.full(paths, CASH_RATE),
        cash_named=np.full(len(NAMED), CASH_RATE),
        as_of=AS_OF,
        fixed_pnl=simulated[:, : len(held)] @ contracts,
        fixed_named=severe[:, : len(held)] @ contracts,
    )


def _carry(held: Holding) -> float:
    if held.position.asset_class == "cash":
        return MARGIN_RATE if held.position.market_value < 0 else CASH_RATE
    return CARRY.get(held.position.asset_class, 0.0)


BALANCED = (
    Line("QQQ", "fund_equity", 350_000, {"equity_us": 1.15, "growth_value": 0.6}, price=480.0),
    Line("NVDA", "equity", 150_000, {"equity_us": 1.6, "growth_value": 0.9}, price=170.0),
    Line("TLT", "fund_bond", 250_000, {"ust_10y": -16.5}, price=88.0, duration=16.5),
    Line("LQD", "fund_bond", 120_000, {"ust_10y": -8.0, "ig_spread": -8.0}, price=108.0, duration=8.0),
    Line("BTC", "crypto", 100_000, {"btc": 1.0}, price=64_000.0),
    Line("CASH", "cash", 30_000),
)
CRYPTO_ON_MARGIN = (
    Line("BTC", "crypto", 1_200_000, {"btc": 1.0}, price=64_000.0),
    Line("ETH", "crypto", 500_000, {"btc": 1.3}, price=3_100.0),
    Line("QQQ", "fund_equity", 300_000, {"equity_us": 1.15, "growth_value": 0.6}, price=480.0),
    Line("CASH", "cash", -1_000_000),
)
LONG_SHORT = (
    Line("IWM", "fund_equity", 700_000, {"equity_us": 1.1, "growth_value": -0.2}, price=210.0),
    Line("ARKK", "fund_equity", 400_000, {"equity_us": 1.6, "growth_value": 1.2}, price=55.0),
    Line("SQQQ", "equity", -200_000, {"equity_us": -3.0, "growth_value": -1.5}, price=30.0),
    Line("XYZ", "equity", -150_000, {"equity_us": 0.9}, price=20.0),
    Line("CASH", "cash", 250_000),
)
