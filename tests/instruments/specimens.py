"""Levels of round numbers, one position of every kind, and short ways to make more."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date

import numpy as np

from stresstest.records import Exposure, Position, Terms
from stresstest.tables import factor_index, factor_names

TODAY = date(2026, 7, 29)
LEVELS = {
    "ust_3m": 0.0389, "ust_1y": 0.0411, "ust_2y": 0.0431, "ust_5y": 0.0441, "ust_10y": 0.0467, "ust_20y": 0.0517,
    "ust_30y": 0.0515, "breakeven_10y": 0.0228, "sofr": 0.0365, "mortgage_rate": 0.0658, "vix": 0.20, "fx_eur": 1.14,
    "fx_cad": 0.71,
}  # fmt: skip


def make_exposure(symbol: str = "X", residual_vol: float = 0.2, **betas: float) -> Exposure:
    beta = np.zeros(len(factor_names()))
    for name, value in betas.items():
        beta[factor_index()[name]] = value
    return Exposure(symbol, beta, 0.1 * np.abs(beta), residual_vol, "by hand")


def make_position(asset_class: str, quantity: float = 100_000.0, price: float = 100.0, **more: object) -> Position:
    """A position; the unit of value follows the class. Keywords are fields of Position or of Terms."""
    fields = {key: more.pop(key) for key in list(more) if key in Position.__dataclass_fields__}
    terms = Terms(**more)  # type: ignore[arg-type]
    unit = 0.01 if asset_class in {"bond", "bill", "floater", "linker", "mbs"} else terms.multiplier
    rate = {"EUR": LEVELS["fx_eur"], "CAD": LEVELS["fx_cad"]}.get(str(fields.get("currency", "USD")), 1.0)
    value = 0.0 if asset_class == "future" else quantity * price * unit * rate
    plain = {"symbol": asset_class.upper(), "name": "", "currency": "USD", "market_value": value}
    return Position(1, asset_class=asset_class, quantity=quantity, price=price, terms=terms, **{**plain, **fields})  # type: ignore[arg-type]


def negated(position: Position) -> Position:
    return replace(position, quantity=-position.quantity, market_value=-position.market_value)


KINDS: Mapping[str, tuple[Position, Exposure | None]] = {
    "treasury": (make_position("bond", price=96.5, coupon=0.04, maturity=date(2036, 2, 15), rating="UST"), None),
    "corporate": (make_position("bond", price=101.0, coupon=0.055, maturity=date(2033, 5, 1), rating="BBB"), None),
    "junk in euro": (
        make_position("bond", price=88.0, coupon=0.06, maturity=date(2031, 3, 20), rating="B+", currency="EUR"), None,
    ),
    "zero": (make_position("bond", price=40.0, coupon=0.0, maturity=date(2045, 8, 15), rating="UST"), None),
    "bill": (make_position("bill", price=98.3, maturity=date(2026, 12, 24), rating="UST"), None),
    "floater": (make_position("floater", price=99.4, spread=0.012, maturity=date(2031, 1, 15), rating="A"), None),
    "linker": (make_position("linker", price=97.0, coupon=0.0175, maturity=date(2034, 1, 15), rating="UST"), None),
    "mortgage": (make_position("mbs", price=93.0, coupon=0.045, maturity=date(2053, 6, 1)), None),
    "share": (make_position("equity", 200, 150.0), make_exposure(equity_us=1.2, sector_energy=0.8, oil=0.1)),
    "bond fund": (
        make_position("fund_bond", 1000, 80.0, duration=6.0, convexity=55.0),
        make_exposure(ust_5y=-3.0, ust_10y=-3.0, ig_spread=-2.0),
    ),
    "coin": (make_position("crypto", 1.5, 90_000.0), make_exposure(btc=1.0)),
    "future": (make_position("future", 2, 5000.0, multiplier=50.0), make_exposure(equity_us=1.0)),
    "call": (
        make_position(
            "option", 3, 14.0, multiplier=100.0, strike=105.0, expiry=date(2027, 6, 18), put_call="call",
            underlying="SPY", tags={"underlying_price": "100"},
        ),
        make_exposure(equity_us=1.0),
    ),
    "put in euro": (
        make_position(
            "option", 5, 9.0, multiplier=100.0, strike=95.0, expiry=date(2027, 3, 19), put_call="P", currency="EUR",
            underlying="SAP", tags={"underlying_price": "100"},
        ),
        make_exposure(equity_us=0.9, fx_eur=1.0),
    ),
    "callable": (
        make_position(
            "bond", price=101.0, coupon=0.06, maturity=date(2036, 5, 1), rating="BBB",
            tags={"call_date": "2028-05-01", "call_price": "101"},
        ), None,
    ),
    "municipal": (
        make_position("bond", price=98.0, coupon=0.04, maturity=date(2035, 7, 1), rating="AA", name="OHIO ST GO BDS"),
        None,
    ),
    "preferred": (
        make_position("equity", 400, 22.5, coupon=0.055, rating="BBB", tags={"type": "preferred"}), None,
    ),
    "callable preferred": (
        make_position("equity", 400, 25.2, coupon=0.065, tags={"type": "preferred", "call_date": "2029-06-15"}), None,
    ),
    "certificate": (
        make_position("deposit", 10_000, 97.0, coupon=0.035, maturity=date(2029, 3, 15), market_value=9700.0), None,
    ),
    "levered fund": (
        make_position("fund_equity", 100, 60.0, tags={"leverage": "3"}), make_exposure(equity_us=3.6, vix=-0.3),
    ),
    "inverse fund": (make_position("fund_equity", 100, 20.0, tags={"leverage": "-2"}), make_exposure(equity_us=-2.0)),
    "mortgage fund": (
        make_position("fund_bond", 100, 92.0, name="Agency MBS Fund"),
        make_exposure(ust_2y=-0.9, ust_5y=-2.1, ust_10y=-3.0, mortgage_spread=-2.2),
    ),
    "stablecoin": (make_position("stablecoin", 5000, 1.0, symbol="USDE"), make_exposure(stablecoin=1.0)),
    "dividend put": (
        make_position(
            "option", 2, 12.0, multiplier=100.0, strike=105.0, expiry=date(2027, 6, 18), put_call="put",
            underlying="KO",
            tags={"underlying_price": "100", "dividend_yield": "1.5", "dividends": "2026-12-01:0.5; 2027-03-01:0.5"},
        ),
        make_exposure(equity_us=0.6),
    ),
    "money market": (make_position("money_market", 5000, 1.0), None),
    "deposit": (make_position("deposit", 5000, 1.0, coupon=0.041, maturity=date(2027, 1, 29)), None),
    "loonies": (make_position("cash", 5000, 1.0, currency="CAD"), None),
    "margin debt": (make_position("cash", -20_000, 1.0), None),
}  # fmt: skip
