"""Options on one underlying, revalued in full: spot by its exposures, volatility by VIX, rate by the curve."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import numpy as np

from ..errors import NoAnswerError
from ..records import Exposure, Position
from ..tables import TENORS, factor_index
from .black_scholes import OptionPrice, implied_volatility, option_price
from .building import Built, NotModelled, Setting, Underlying, currency_of, level, usd_rate
from .curve import Curve, node_weights
from .daycount import DAYS_A_YEAR, years_between
from .discounting import columns_of, currency_return, income_over, over_ages, vector_of
from .margins import margin_key_of
from .reference import Currency, constant, volatility

VIX = "vix"
ASSUMPTIONS = (
    "An American option is valued as a European one, and dividends are left out.",
    "An option that expires within the horizon is settled on the moves scaled by the square root of the time to its "
    "expiry: what is left of the horizon is not protected by it twice.",
)


@dataclass(frozen=True, eq=False)
class Option:
    """A position in puts or calls. value: USD, signed. units: underlyings it covers in dollars per unit of local money.

    spot, strike: local currency. expiry: years. vol: today's. vol_move: rise of thirty-day volatility per rise of VIX.
    beta: (F,) log return of the underlying in dollars. currency: log change of its currency per unit of factor.
    """

    symbol: str
    value: float
    units: float
    call: bool
    spot: float
    strike: float
    expiry: float
    vol: float
    vol_move: float
    curve: Curve
    beta: np.ndarray
    currency: Currency

    def price_change(self, moves: np.ndarray, years: np.ndarray | float) -> np.ndarray:
        """Value on shocked less unshocked spot, volatility, rate and currency; moves (..., F), result (...)."""
        return over_ages(self._change, moves, years)

    def _change(self, moves: np.ndarray, age: float) -> np.ndarray:
        left = max(self.expiry - age, 0.0)
        before = float(self.at(age).price)
        moves = moves * self._until_expiry(age)
        spot = self.spot * np.exp(moves @ self._local_beta)
        vol = self.vol + self._vol_beta(left) * moves[..., factor_index()[VIX]]
        vol = np.maximum(vol, min(constant("vol_floor"), self.vol))
        rate = self.curve.rate(left) + moves[..., columns_of(list(TENORS))] @ self._rate_loadings(left)
        after = option_price(spot, vol, rate, self.strike, left, self.call).price
        change: np.ndarray = self.units * (after * (1.0 + currency_return(self.currency.exposure, moves)) - before)
        return change

    def _until_expiry(self, age: float) -> float:
        """Share of the moves over ``age`` that falls before the expiry, by the square root of time."""
        return float(np.sqrt(self.expiry / age)) if age > self.expiry else 1.0

    @property
    def _local_beta(self) -> np.ndarray:
        local: np.ndarray = self.beta - vector_of(self.currency.exposure)
        return local

    def _vol_beta(self, left: float) -> float:
        """Longer options move less than VIX, which is quoted for thirty days."""
        tenor, decay = constant("vol_tenor"), constant("vol_decay")
        return self.vol_move * float((tenor / max(left, tenor)) ** decay)

    def _rate_loadings(self, left: float) -> np.ndarray:
        """(7,) change of the rate to expiry per move of a node, from bond-equivalent to continuous compounding."""
        loadings: np.ndarray = node_weights(np.array([left]))[0] * np.exp(-0.5 * self.curve.rate(left))
        return loadings

    def at(self, age: float) -> OptionPrice:
        """Price and Greeks after ``age`` years at today's spot and volatility."""
        left = max(self.expiry - age, 0.0)
        return option_price(self.spot, self.vol, self.curve.rate(left), self.strike, left, self.call)

    def carry(self, years: np.ndarray | float, financing: np.ndarray | float) -> np.ndarray:
        """Time decay at unchanged spot, volatility and curve; financing: not used."""
        today = float(self.at(0.0).price)
        return income_over(lambda age: self.units * (float(self.at(age).price) - today), years, financing)

    def sensitivity(self, years: float) -> np.ndarray:
        """(F,) derivative of ``price_change`` at zero moves."""
        left = max(self.expiry - float(years), 0.0)
        greeks = self.at(float(years))
        slope = float(greeks.delta) * self.spot * self._local_beta
        slope = slope + float(greeks.price) * vector_of(self.currency.exposure)
        slope[factor_index()[VIX]] += float(greeks.vega) * self._vol_beta(left)
        slope[columns_of(list(TENORS))] += float(greeks.rho) * self._rate_loadings(left)
        return self.units * slope * self._until_expiry(float(years))


def build_option(symbol: str, position: Position, exposure: Exposure | None, setting: Setting) -> Built:
    """An option from its terms. Raises NotModelled without strike, expiry, side, spot or exposure of the underlying."""
    strike, expiry, call = _terms(position, setting.snapshot.as_of)
    spot, exposure, kind = _underlying(position, exposure, setting)
    left = max(years_between(setting.snapshot.as_of, expiry), constant("shortest_option"))
    row = volatility(kind)
    rate = float(setting.curve.rate(left))
    vol, vol_note = _volatility(position, (spot, rate, strike, left, call), row.level * level(setting, VIX))
    model = float(option_price(spot, vol, rate, strike, left, call).price)
    units = _units(position, setting, model)
    option = Option(
        symbol, position.market_value, units, call, spot, strike, left, vol, row.move, setting.curve, exposure.beta,
        currency_of(position),
    )  # fmt: skip
    note = f"Spot {spot:g} moves with the exposures of {position.terms.underlying}: {exposure.source}."
    base = abs(units) * spot if position.quantity < 0 else abs(option.value)
    notes = (note, vol_note, *ASSUMPTIONS)
    return Built(option, _leveraged(option, exposure), _analytics(option), notes, base, margin_key_of(position))


def _terms(position: Position, today: date) -> tuple[float, date, bool]:
    terms = position.terms
    side = terms.put_call.strip().lower()[:1]
    if terms.strike is None or terms.strike <= 0 or terms.expiry is None or side not in {"p", "c"}:
        raise NotModelled("an option needs strike, expiry and put_call")
    if terms.expiry < today:
        raise NotModelled(f"expired on {terms.expiry}")
    return terms.strike, terms.expiry, side == "c"


def _underlying(position: Position, own: Exposure | None, setting: Setting) -> tuple[float, Exposure, str]:
    """Spot in local currency, exposure and class of the underlying: from the row itself, else from a holding of it."""
    name = position.terms.underlying
    held = setting.underlyings.get(name.upper(), Underlying(None, None, ""))
    given = position.tags.get("underlying_price", "")
    try:
        spot = float(given) if given else held.price
    except ValueError:
        raise NotModelled(f"tag underlying_price is {given!r}, not a number") from None
    if spot is None or not 0 < spot < np.inf:
        raise NotModelled(f"no price of the underlying {name}: give tag_underlying_price, or hold {name} itself")
    exposure = own or held.exposure
    if exposure is None:
        raise NotModelled(f"no exposure is known for the underlying {name}")
    return spot, exposure, held.asset_class or position.tags.get("underlying_class", "equity")


def _volatility(position: Position, terms: tuple[float, float, float, float, bool], usual: float) -> tuple[float, str]:
    """Implied volatility at the quoted price, else the usual one, and a sentence."""
    if position.price > 0:
        try:
            vol = implied_volatility(position.price, *terms)
            return vol, f"Implied volatility {vol:.1%} from the quoted price."
        except NoAnswerError:
            return usual, f"The quoted price is outside its bounds: volatility {usual:.1%} from VIX is used instead."
    return usual, f"No price: volatility {usual:.1%} from VIX is used."


def _units(position: Position, setting: Setting, model: float) -> float:
    """Quantity in dollars per local unit of option price, so that model price times units is the market value."""
    if position.market_value and model > 0:
        return position.market_value / model
    return position.quantity * position.terms.multiplier * usd_rate(setting, position.currency)


def _leveraged(option: Option, exposure: Exposure) -> Exposure:
    """Exposure per dollar of option value: that of the underlying times the elasticity of the option."""
    if not option.value:
        return exposure
    elasticity = abs(float(option.at(0.0).delta) * option.spot * option.units / option.value)
    return Exposure(
        option.symbol,
        option.sensitivity(0.0) / option.value,
        exposure.se * elasticity,
        exposure.residual_vol * elasticity,
        f"{exposure.source}, through the option",
        exposure.sample,
        exposure.r_squared,
    )


def _analytics(option: Option) -> dict[str, object]:
    """Greeks per unit of the underlying; delta_value: dollars of the underlying that move alike."""
    greeks = option.at(0.0)
    return {
        "implied_volatility": option.vol,
        "underlying_price": option.spot,
        "years_to_expiry": option.expiry,
        "delta": float(greeks.delta),
        "gamma": float(greeks.gamma),
        "vega": float(greeks.vega),
        "rho": float(greeks.rho),
        "theta_day": float(option.at(1.0 / DAYS_A_YEAR).price - greeks.price),
        "delta_value": float(greeks.delta) * option.spot * option.units,
    }
