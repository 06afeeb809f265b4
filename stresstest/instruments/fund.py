"""Whatever is moved by exposures: shares, funds, coins, commodities, real estate, futures."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..records import Exposure, Position
from ..tables import TENORS, factor_index
from .building import Built, Setting, usd_rate
from .curve import Curve
from .discounting import columns_of
from .margins import margin_key_of
from .reference import carry_rules, constant, spread_levels


@dataclass(frozen=True, eq=False)
class FactorAsset:
    """Log return = beta . moves + convexity_gap / 2 * y^2. value: USD, signed.

    notional: what the return applies to, USD, signed: the value, or for a future the contract. beta: (F,).
    weights: (F,) shares of the rate factors in the rate move y. convexity_gap: convexity beyond the square of the
    duration that the exponential already holds. income: a year, per unit of notional.
    """

    symbol: str
    value: float
    notional: float
    beta: np.ndarray
    weights: np.ndarray | None = None
    convexity_gap: float = 0.0
    income: float = 0.0

    def price_change(self, moves: np.ndarray, years: np.ndarray | float) -> np.ndarray:
        """Gain from the factors; age does not matter, a fund renews what it holds. moves (..., F), result (...)."""
        log_return = moves @ self.beta
        if self.weights is not None and self.convexity_gap:
            log_return = log_return + 0.5 * self.convexity_gap * (moves @ self.weights) ** 2
        change: np.ndarray = self.notional * np.expm1(log_return) + np.zeros(np.shape(years))
        return change

    def carry(self, years: np.ndarray | float, financing: np.ndarray | float) -> np.ndarray:
        """Income at its yearly rate, negative for shorts; financing: not used, but its shape is kept."""
        return self.notional * self.income * np.multiply(years, np.ones(np.shape(financing)))

    def sensitivity(self, years: float) -> np.ndarray:
        """(F,) derivative of ``price_change`` at zero moves."""
        return self.notional * self.beta


def build_factor_asset(symbol: str, position: Position, exposure: Exposure, setting: Setting) -> Built:
    """An asset with exposures. A future has no value of its own: its contract value is the notional."""
    value, notional = position.market_value, position.market_value
    notes = [f"Moved by exposures: {exposure.source}" + (f" ({exposure.sample})." if exposure.sample else ".")]
    if position.asset_class == "future":
        rate = usd_rate(setting, position.currency)
        notional = position.quantity * position.price * position.terms.multiplier * rate
        value = 0.0
        notes.append("A future is settled daily: it has no value, and gains and losses apply to the contract value.")
    income, income_note = _income(position, exposure, setting.curve)
    if notional < 0 and position.asset_class != "future":
        income += constant("borrow_fee")
        notes.append(f"Short: a borrowing fee of {constant('borrow_fee'):.2%} a year is charged.")
    weights, gap, gap_notes = _convexity(position, exposure)
    asset = FactorAsset(symbol, value, notional, exposure.beta, weights, gap, income)
    key = margin_key_of(position)
    return Built(asset, exposure, {}, (*notes, income_note, *gap_notes), abs(notional), key)


def rate_duration(beta: np.ndarray) -> float:
    """Loss per unit of a parallel rise of all rate factors."""
    return float(0.0 - beta[columns_of(list(TENORS))].sum())


def _income(position: Position, exposure: Exposure, curve: Curve) -> tuple[float, str]:
    """Income a year, and the sentence that says so."""
    rule = carry_rules().get(position.asset_class, "none")
    if rule == "curve":
        rate = _fund_yield(exposure.beta, curve)
        note = f"Income {rate:.2%} a year: the curve at its duration plus its spreads, before defaults and fees."
        return rate, note
    if rule == "bill":
        rate = float(curve.rate(min(TENORS.values())))
        return rate, f"Income {rate:.2%} a year: as much as a bill, no more; no risk premium is assumed."
    if rule == "financed":
        return 0.0, "No carry is counted: the income of what the future is written on pays for its financing."
    return 0.0, "No income is counted: dividends, staking and storage are not in a holdings file."


def _fund_yield(beta: np.ndarray, curve: Curve) -> float:
    """Zero rate at the rate duration, plus each spread level by its share of the duration.

    A loading that is small beside a year of duration is noise of the estimate, and earns nothing.
    """
    duration, least = rate_duration(beta), constant("least_spread_duration")
    loading = {name: -float(beta[factor_index()[name]]) for name in spread_levels()}
    exposed = {name: years for name, years in loading.items() if years > least}
    whole = max(duration, sum(exposed.values()), 1.0)
    spread = sum(spread_levels()[name] * years for name, years in exposed.items()) / whole
    return float(curve.rate(max(duration, 0.0))) + spread


def _convexity(position: Position, exposure: Exposure) -> tuple[np.ndarray | None, float, tuple[str, ...]]:
    """Shares of the rate factors, convexity beyond duration squared, and a sentence; where the file gives convexity."""
    convexity, duration = position.terms.convexity, rate_duration(exposure.beta)
    if convexity is None or position.asset_class != "fund_bond" or duration <= 0:
        return None, 0.0, ()
    rates = columns_of(list(TENORS))
    weights = np.zeros_like(exposure.beta)
    weights[rates] = -exposure.beta[rates] / duration
    return weights, convexity - duration**2, (f"Convexity {convexity:g} is that in the file.",)
