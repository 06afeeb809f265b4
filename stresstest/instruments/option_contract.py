"""One option: its terms, its value under any spot, volatility and rate, and its Greeks."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from .black_scholes import OptionPrice, option_price
from .early_exercise import Dividends, PremiumTable

NO_DIVIDENDS = Dividends()
#: A spot below its escrowed dividends is worth at least this share of itself.
LEAST_DIFFUSING = 1e-3
#: Steps of the numerical Greeks of American options, relative for the spot.
STEP = 1e-4


@dataclass(frozen=True, eq=False)
class Contract:
    """What is agreed, and what the underlying pays. expiry: years from today. early: exercise before expiry may pay."""

    call: bool
    strike: float
    expiry: float
    early: bool = False
    dividends: Dividends = NO_DIVIDENDS

    def price(
        self, spot: np.ndarray, vol: np.ndarray, rate: np.ndarray, age: float, table: PremiumTable | None
    ) -> np.ndarray:
        """Value per unit of the underlying after ``age`` years; spot, vol, rate: (...). table: of early exercise."""
        left = max(self.expiry - age, 0.0)
        diffusing = self._diffusing(spot, rate, age)
        value = option_price(self.prepaid(spot, rate, age), vol, rate, self.strike, left, self.call).price
        if table is None or left <= 0:
            return value
        value = value + self.strike * table(np.log(diffusing / self.strike), vol, rate)
        sign = 1.0 if self.call else -1.0
        return np.maximum(value, sign * (spot - self.strike))

    def prepaid(self, spot: np.ndarray, rate: np.ndarray, age: float) -> np.ndarray:
        """Price today of the underlying at expiry: spot less all that it pays until then."""
        left = max(self.expiry - age, 0.0)
        return self._diffusing(spot, rate, age) * np.exp(-self.dividends.rate * left)

    def growth(self, spot: float, earned: float, age: float) -> float:
        """Log growth of the spot by ``age`` when the underlying, with what it pays, has ``earned`` so much (log)."""
        paid = zip(self.dividends.times, self.dividends.amounts, strict=True)
        cash = sum(amount * np.exp(-earned * time / age) for time, amount in paid if time <= age)
        kept = max(1.0 - float(cash) / spot, LEAST_DIFFUSING)
        return float(np.log(kept)) + earned - self.dividends.rate * age

    def _diffusing(self, spot: np.ndarray, rate: np.ndarray, age: float) -> np.ndarray:
        """Spot less the present value of the cash dividends until expiry."""
        if not self.dividends.times:
            return np.asarray(spot, dtype=float)
        cash = self.dividends.escrowed(age, self.expiry, rate)
        return np.asarray(np.maximum(spot - cash, LEAST_DIFFUSING * spot))

    def table(self, vol: float, rate: float, age: float) -> PremiumTable | None:
        """Premiums of early exercise around a volatility and a rate; None where it never pays."""
        left = self.expiry - age
        if not self.early or left <= 0:
            return None
        return PremiumTable.of(vol, rate, self.strike, left, self.call, self.dividends.after(age))

    def greeks(self, spot: float, vol: float, rate: float, age: float, table: PremiumTable | None) -> OptionPrice:
        """Price and derivatives by the spot, the volatility and the rate; by differences for an American option."""
        left = max(self.expiry - age, 0.0)
        if table is None and not self.dividends.times:
            kept = np.exp(-self.dividends.rate * left)
            found = option_price(spot * kept, vol, rate, self.strike, left, self.call)
            return replace(found, delta=found.delta * kept, gamma=found.gamma * kept**2)
        bump = np.array([[0, 0, 0], [1, 0, 0], [-1, 0, 0], [0, 1, 0], [0, -1, 0], [0, 0, 1], [0, 0, -1]]) * STEP
        here, up, down, more, less, dear, cheap = self.price(
            spot * (1.0 + bump[:, 0]), vol + bump[:, 1], rate + bump[:, 2], age, table
        )
        step = spot * STEP
        return OptionPrice(
            price=here, delta=(up - down) / (2 * step), gamma=(up - 2 * here + down) / step**2,
            vega=(more - less) / (2 * STEP), rho=(dear - cheap) / (2 * STEP),
        )  # fmt: skip
