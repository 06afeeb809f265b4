"""Options on one underlying, revalued in full: spot by its exposures, volatility by VIX, rate by the curve.

The smile moves with VIX and with the spot. Sticky delta: it travels with the spot, so volatility at a fixed strike
slides along it as the spot moves, and VIX, which is measured at the new spot, moves it up or down. Sticky strike: every
strike keeps its volatility as the spot moves, and takes the whole move of VIX.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from functools import partial

import numpy as np

from ..errors import NoAnswerError
from ..records import Exposure, Position, Source
from ..tables import TENORS, factor_index
from .black_scholes import OptionPrice, implied_volatility
from .building import Built, NotModelled, Setting, Underlying, currency_of, level, usd_rate
from .curve import Curve, node_weights
from .daycount import DAYS_A_YEAR, years_between
from .details import tag_choice, tag_dated_numbers, tag_percent
from .discounting import columns_of, currency_return, income_over, over_ages_shifted, vector_of
from .early_exercise import Dividends, PremiumTable
from .margins import margin_key_of
from .option_contract import NO_DIVIDENDS, STEP, Contract
from .reference import Currency, constant, option_styles, volatility
from .solver import solve
from .sources import source_of_option

VIX = "vix"
AMERICAN, EUROPEAN = "american", "european"
STICKY_DELTA, STICKY_STRIKE = "sticky_delta", "sticky_strike"
EXPIRY_NOTE = (
    "An option that expires within the horizon is settled on the moves scaled by the square root of the time to its "
    "expiry: what is left of the horizon is not protected by it twice. It is paid what its contract says, so its mean "
    "holds the gap between simulated and implied volatility. One that outlives the horizon is worth its premium in the "
    "mean, as long as a volatility for the rest between half and twice today's brings that about; else a warning gives "
    "the gap."
)


@dataclass(frozen=True, eq=False)
class Option:
    """A position in puts or calls. value: USD, signed. units: underlyings it covers in dollars per unit of local money.

    spot: local currency. vol: today's, at this strike. vol_move: rise of thirty-day volatility per rise of VIX. skew:
    slope of the smile that travels with the spot, zero under sticky strike. beta: (F,) log return of the underlying in
    dollars. currency: log change of its currency per unit of factor.
    """

    symbol: str
    value: float
    units: float
    contract: Contract
    spot: float
    vol: float
    vol_move: float
    skew: float
    curve: Curve
    beta: np.ndarray
    currency: Currency
    _tables: dict[float, PremiumTable | None] = field(default_factory=dict, repr=False)

    @property
    def expiry(self) -> float:
        """Years from today."""
        return self.contract.expiry

    def price_change(self, moves: np.ndarray, years: np.ndarray | float) -> np.ndarray:
        """Value on shocked less unshocked spot, volatility, rate and currency; moves (..., F), result (...)."""
        return self.shifted_change(moves, years, np.zeros(()))

    def shifted_change(
        self, moves: np.ndarray, years: np.ndarray | float, shift: np.ndarray, spent: float | None = None
    ) -> np.ndarray:
        """The same with ``shift`` (...) added to the log of the spot: what the factors leave unexplained, and drift.

        spent: variance a year that has been used up by then, see ``left_vol``; None keeps today's volatility.
        """
        return over_ages_shifted(partial(self._change, spent=spent), moves, years, shift)

    def left_vol(self, age: float, spent: float | None) -> float:
        """Volatility over what is left at ``age``, so that with what was ``spent`` (variance a year) all is today's.

        The variance to expiry that today's volatility promises is vol^2 x expiry; what the way has not used is left.
        """
        left = self.expiry - age
        if spent is None or left <= 0:
            return self.vol
        return float(np.sqrt(max(self.vol**2 * self.expiry - spent * age, 0.0) / left))

    def _change(self, moves: np.ndarray, age: float, shift: np.ndarray, spent: float | None = None) -> np.ndarray:
        left, table = max(self.expiry - age, 0.0), self._table(age)
        moves = moves * self._until_expiry(age)
        log_move = moves @ self._local_beta + shift
        vol = self._shocked_vol(self.left_vol(age, spent), log_move, moves[..., factor_index()[VIX]], left)
        rate = self.curve.rate(left) + moves[..., columns_of(list(TENORS))] @ self._rate_loadings(left)
        after = self.contract.price(self.spot * np.exp(log_move), vol, rate, age, table)
        before = self.contract.price(np.asarray(self.spot), np.asarray(self.vol), self.curve.rate(left), age, table)
        change: np.ndarray = self.units * (after * (1.0 + currency_return(self.currency.exposure, moves)) - before)
        return change

    def _shocked_vol(self, vol: float, log_move: np.ndarray, vix: np.ndarray, left: float) -> np.ndarray:
        """Volatility at the strike: moved by VIX, less the slide along a smile that travels with the spot."""
        slide = self.skew * np.tanh(log_move / self._root(left))
        shocked: np.ndarray = vol + self._vol_beta(left) * vix - slide
        return np.maximum(shocked, min(constant("vol_floor"), self.vol))

    @staticmethod
    def _root(left: float) -> float:
        """Root of the years to expiry, of a month at least: the smile of the last days is not steeper than that."""
        return float(np.sqrt(max(left, constant("vol_tenor"))))

    def _table(self, age: float) -> PremiumTable | None:
        if age not in self._tables:
            left = max(self.expiry - age, 0.0)
            self._tables[age] = self.contract.table(self.vol, float(self.curve.rate(left)), age)
        return self._tables[age]

    def _until_expiry(self, age: float) -> float:
        """Share of the moves over ``age`` that falls before the expiry, by the square root of time."""
        return float(np.sqrt(self.expiry / age)) if age > self.expiry else 1.0

    def rolled(self, age: float) -> float:
        """Log growth of the premium by ``age`` at the rates of today's curve, the forward at unchanged rates."""
        left = max(self.expiry - age, 0.0)
        return float(self.curve.rate(self.expiry)) * self.expiry - float(self.curve.rate(left)) * left

    def growth(self, age: float) -> float:
        """Log growth of the mean spot by ``age`` when the underlying, with what it pays, grows as the premium does."""
        return self.contract.growth(self.spot, self.rolled(age), age)

    @property
    def delta_value(self) -> float:
        """Dollars of the underlying that move alike today, signed."""
        return float(self.at(0.0).delta) * self.spot * self.units

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
        return self.contract.greeks(self.spot, self.vol, float(self.curve.rate(left)), age, self._table(age))

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
        slope = slope - float(greeks.vega) * self.skew / self._root(left) * self._local_beta
        slope[factor_index()[VIX]] += float(greeks.vega) * self._vol_beta(left)
        slope[columns_of(list(TENORS))] += float(greeks.rho) * self._rate_loadings(left)
        return self.units * slope * self._until_expiry(float(years))


def build_option(symbol: str, position: Position, exposure: Exposure | None, setting: Setting) -> Built:
    """An option from its terms. Raises NotModelled without strike, expiry, side, spot or exposure of the underlying."""
    strike, expiry, call = _terms(position, setting.snapshot.as_of)
    spot, exposure, source = _underlying(position, exposure, setting)
    left = max(years_between(setting.snapshot.as_of, expiry), constant("shortest_option"))
    style, dividends = _style(position), _dividends(position, setting.snapshot.as_of)
    early = style == AMERICAN and (not call or dividends != NO_DIVIDENDS)
    contract = Contract(call, strike, left, early, dividends)
    row, rate = volatility(source.asset_class), float(setting.curve.rate(left))
    vol, table, vol_note = _volatility(position, contract, spot, rate, row.level * level(setting, VIX))
    model = float(contract.price(np.asarray(spot), np.asarray(vol), np.asarray(rate), 0.0, table))
    smile = tag_choice(position, "smile", (STICKY_DELTA, STICKY_STRIKE)) or STICKY_DELTA
    option = Option(
        symbol, position.market_value, _units(position, setting, model), contract, spot, vol, row.move,
        row.skew if smile == STICKY_DELTA else 0.0, setting.curve, exposure.beta, currency_of(position), {0.0: table},
    )  # fmt: skip
    note = f"Spot {spot:g} moves with the exposures of {position.terms.underlying}: {exposure.source}."
    base = abs(option.units) * spot if position.quantity < 0 else abs(option.value)
    notes = (note, vol_note, *_contract_notes(style, dividends, smile, row.skew), EXPIRY_NOTE)
    return Built(
        option, _leveraged(option, exposure), _analytics(option), notes, base, margin_key_of(position),
        underlying=source,
    )  # fmt: skip


def _style(position: Position) -> str:
    """Style of exercise: the tag style, else that of its underlying, else American."""
    given = tag_choice(position, "style", (AMERICAN, EUROPEAN))
    return given or option_styles().get(position.terms.underlying.upper(), AMERICAN)


def _dividends(position: Position, today: date) -> Dividends:
    """The tags dividend_yield (percent a year) and dividends ("2026-09-15:0.85; ...", per share)."""
    rate = tag_percent(position, "dividend_yield", 0.0, 50.0) or 0.0
    cash = [(years_between(today, day), amount) for day, amount in tag_dated_numbers(position, "dividends")]
    cash = [(time, amount) for time, amount in cash if time > 0]
    if any(amount < 0 for _, amount in cash):
        raise NotModelled("tag_dividends has a negative amount")
    return Dividends(rate, tuple(time for time, _ in cash), tuple(amount for _, amount in cash))


def _contract_notes(style: str, dividends: Dividends, smile: str, skew: float) -> tuple[str, ...]:
    paid = f"a dividend yield of {dividends.rate:.2%}" if dividends.rate else ""
    if dividends.times:
        paid += (" and " if paid else "") + f"{len(dividends.times)} cash dividends"
    exercise = "exercised whenever that pays" if style == AMERICAN else "exercised at expiry only"
    first = f"{style.capitalize()} option, {exercise}; "
    first += f"the underlying pays {paid}." if paid else "no dividends given."
    if smile == STICKY_STRIKE:
        return first, "Smile: sticky strike: volatility at a strike moves with VIX, not with the spot."
    return (
        first,
        f"Smile: sticky delta: it travels with the spot (slope {skew:g} by log moneyness over root of years).",
    )


def _terms(position: Position, today: date) -> tuple[float, date, bool]:
    terms = position.terms
    side = terms.put_call.strip().lower()[:1]
    if terms.strike is None or terms.strike <= 0 or terms.expiry is None or side not in {"p", "c"}:
        raise NotModelled("an option needs strike, expiry and put_call")
    if terms.expiry < today:
        raise NotModelled(f"expired on {terms.expiry}")
    return terms.strike, terms.expiry, side == "c"


def _underlying(position: Position, own: Exposure | None, setting: Setting) -> tuple[float, Exposure, Source]:
    """Spot in local currency, exposure and source of the underlying.

    A holding of it has the last word on the exposure, unless the row brings its own betas: an option moves with the
    share beside it.
    """
    name = position.terms.underlying
    held = setting.underlyings.get(name.upper(), Underlying(None, None, ""))
    given = position.tags.get("underlying_price", "")
    try:
        spot = float(given) if given else held.price
    except ValueError:
        raise NotModelled(f"tag underlying_price is {given!r}, not a number") from None
    if spot is None or not 0 < spot < np.inf:
        raise NotModelled(f"no price of the underlying {name}: give tag_underlying_price, or hold {name} itself")
    exposure = (own if position.betas else held.exposure) or own or held.exposure
    if exposure is None:
        raise NotModelled(f"no exposure is known for the underlying {name}")
    kind = held.asset_class or position.tags.get("underlying_class", "equity")
    return spot, exposure, source_of_option(name, held, exposure, kind)


def _volatility(
    position: Position, contract: Contract, spot: float, rate: float, usual: float
) -> tuple[float, PremiumTable | None, str]:
    """Implied volatility at the quoted price, else the usual one; premiums of early exercise there; and a sentence."""
    if position.price > 0:
        try:
            vol, table = _implied(position.price, contract, spot, rate)
            return vol, table, f"Implied volatility {vol:.1%} from the quoted price."
        except NoAnswerError:
            note = f"The quoted price is outside its bounds: volatility {usual:.1%} from VIX is used instead."
            return usual, contract.table(usual, rate, 0.0), note
    return usual, contract.table(usual, rate, 0.0), f"No price: volatility {usual:.1%} from VIX is used."


def _implied(price: float, contract: Contract, spot: float, rate: float) -> tuple[float, PremiumTable | None]:
    """Volatility at which the contract costs ``price``; that of a European option is where the search begins."""
    diffusing = float(contract.prepaid(np.asarray(spot), np.asarray(rate), 0.0))
    vol = implied_volatility(price, diffusing, rate, contract.strike, contract.expiry, contract.call)
    table = contract.table(vol, rate, 0.0)
    if table is None:
        return vol, None

    def priced(guess: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        down, here, up = (
            contract.price(np.asarray(spot), guess + side * STEP, np.asarray(rate), 0.0, table) for side in (-1, 0, 1)
        )
        return here, (up - down) / (2.0 * STEP)

    return float(solve(priced, price, vol, 2.0 * STEP, vol, "implied volatility")), table


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
        "delta_value": option.delta_value,
    }
