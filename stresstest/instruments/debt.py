"""What every bond shares: size, price, the spread that fits the price, and the analytics of ``check``."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from ..errors import NoAnswerError
from ..records import Instrument, Position
from ..tables import TENORS
from ..units import BP, PERCENT
from .building import Built, NotModelled, Setting, contract_exposure, currency_note, currency_of, usd_rate
from .cashflows import FREQUENCIES, CashFlows
from .curve import node_weights
from .discounting import Claims, Discounting, columns_of, gradient, present_value, z_spread
from .issuer import assumed_rating, credit_of
from .reference import TREASURY, Credit, Currency
from .street import price_at_yield, street_yield

INVESTMENT_GRADE = ("AAA", "AA", "A", "BBB")
SETTLEMENT_NOTE = "Value is the clean price, as brokers show it; accrued interest is shown apart."
#: Tag with which the holdings stage marks a price that has to be computed here.
MODEL_PRICE = ("price_source", "model")


@dataclass(frozen=True, eq=False)
class Debt:
    """A bond position on the market. All prices are per unit of face.

    how: discounting at the spread that fits ``clean``. notional: face value in dollars, negative for shorts.
    quoted: whether ``clean`` is the price of the file (else of the model). assumptions: plain sentences.
    """

    how: Discounting
    credit: Credit
    currency: Currency
    clean: float
    accrued: float
    notional: float
    quoted: bool
    assumptions: tuple[str, ...]
    assumed_rating: str = ""

    @property
    def value(self) -> float:
        """Clean market value in dollars, as brokers show it: accrued interest is left out."""
        return self.clean * self.notional

    @property
    def dirty(self) -> float:
        """What a buyer would pay: clean price plus accrued interest."""
        return self.clean + self.accrued


def on_market(
    position: Position, setting: Setting, claims: Claims, accrued: float, how: Discounting, beside: float = 0.0
) -> Debt:
    """Fit the spread of ``how`` to the quoted price, or price the bond from its spread where there is no quote.

    how: discounting without its z-spread and factors; both are set here. beside: value per unit of face of what the
    price holds beside the claims (a floor).
    Raises NotModelled where no spread gives the price.
    """
    credit, notes = credit_of(position)
    row = currency_of(position)
    spreads = {credit.factor: credit.multiple} if credit.factor else {}
    how = replace(how, rate_beta=row.curve_beta * credit.rate_multiple, spreads=spreads, currency=row.exposure)
    key, model = MODEL_PRICE
    quoted = position.price > 0 and position.tags.get(key) != model
    if quoted:
        clean = position.price * PERCENT
        try:
            how = replace(how, spread=z_spread(claims, how.curve, clean + accrued - beside))
        except NoAnswerError as error:
            raise NotModelled(f"price {position.price:g} does not fit the terms: {error}") from error
    else:
        given = position.terms.spread
        how = replace(how, spread=credit.level if given is None else given)
        clean = present_value(claims, how) + beside - accrued
        notes += (_model_note(credit, how.spread, given is not None),)
    notional = _notional(position, setting, clean, quoted)
    notes += currency_note(row) + _curve_note(row)
    return Debt(how, credit, row, clean, accrued, notional, quoted, notes, assumed_rating(position))


def _notional(position: Position, setting: Setting, clean: float, quoted: bool) -> float:
    """Face value in dollars. The market value of the file rules, so that the book adds up to the broker's total."""
    if quoted and position.market_value:
        return position.market_value / clean
    return position.quantity * usd_rate(setting, position.currency)


def _model_note(credit: Credit, spread: float, given: bool) -> str:
    source = "the spread in the file" if given else f"the usual spread of rating {credit.rating}"
    return f"No price in the file: priced from the Treasury curve plus {spread / BP:.0f} bp ({source})."


def _curve_note(row: Currency) -> tuple[str, ...]:
    if row.code == "USD":
        return ()
    return (f"Its {row.code} curve is taken to move {row.curve_beta:g} times as much as the US curve.",)


def frequency_of(position: Position, default: int) -> tuple[int, tuple[str, ...]]:
    """Coupons a year, and a sentence where that was assumed. Raises NotModelled where 12 months do not divide by it."""
    given = position.terms.frequency
    if given is None:
        return default, (f"Coupon frequency not given: {default} a year assumed.",)
    if given not in FREQUENCIES:
        raise NotModelled(f"coupon frequency {given} is not one of {', '.join(map(str, FREQUENCIES))}")
    return given, ()


# ------------------------------------------------------------------------------------------------------ analytics


def street_measures(flows: CashFlows, dirty: float) -> dict[str, float]:
    """Yield, modified duration and convexity by street convention. Raises NotModelled where the price has no yield."""
    try:
        rate = float(street_yield(dirty, flows.amounts, flows.periods, flows.frequency, flows.simple))
    except NoAnswerError as error:
        raise NotModelled(str(error)) from error
    found = price_at_yield(rate, flows.amounts, flows.periods, flows.frequency, flows.simple)
    return {
        "yield": rate,
        "modified_duration": float(found.modified_duration),
        "convexity": float(found.convexity),
    }


def key_rate_durations(claims: Claims, how: Discounting, quoted: bool = True) -> dict[str, float]:
    """Relative loss per unit rise of each node of the bond's own curve, whatever its currency: years by tenor.

    quoted: per unit of the bond-equivalent rate, else of the continuously compounded one.
    """
    if quoted:
        own = replace(how, rate_beta=1.0, rates={}, spreads={}, currency={})
        by_node = 0.0 - gradient(claims, own)[columns_of(list(TENORS))] / present_value(claims, own)
    else:
        values = np.exp(how.exponents(claims)) * claims.amounts
        by_node = (values * claims.rate_times) @ node_weights(claims.rate_times) / values.sum()
    return {f"{tenor:g}": float(years) for tenor, years in zip(TENORS.values(), by_node, strict=True)}


def curve_measures(claims: Claims, how: Discounting) -> dict[str, float]:
    """Effective duration (the sum of the key rates) and convexity, and spread duration, per unit of dirty price."""
    values = np.exp(how.exponents(claims)) * claims.amounts / present_value(claims, how)
    by_rate, by_spread = claims.rate_times * how.quoted(claims), claims.pay_times * how.quoted(claims)
    return {
        "effective_duration": float(values @ by_rate),
        "duration": float(values @ by_rate),
        "effective_convexity": float(values @ (by_rate * (by_rate + 0.5 * how.quoted(claims)))),
        "spread_duration": float(values @ by_spread),
    }


def analytics_of(debt: Debt, claims: Claims, street: Mapping[str, float]) -> dict[str, float]:
    """The analytics of ``check`` that are numbers: prices and accrued in percent of par, *_value and dv01 in dollars.

    dv01: what the whole position loses when its street yield rises by one basis point; negative for shorts.
    """
    return {
        **street,
        **curve_measures(claims, debt.how),
        "clean_price": debt.clean / PERCENT,
        "dirty_price": debt.dirty / PERCENT,
        "accrued": debt.accrued / PERCENT,
        "accrued_value": debt.accrued * debt.notional,
        "dv01": street["modified_duration"] * debt.dirty * debt.notional * BP,
        "z_spread": debt.how.spread,
    }


@dataclass(frozen=True)
class Measures:
    """Analytics of a bond whose value is not that of its payments alone. key_rates: durations by tenor."""

    numbers: Mapping[str, float]
    key_rates: Mapping[str, float]


def finished(
    instrument: Instrument,
    debt: Debt,
    claims: Claims,
    street: Mapping[str, float],
    notes: tuple[str, ...],
    measures: Measures | None = None,
) -> Built:
    """The bond with its analytics, exposure and margin class, and every assumption.

    measures: take the place of those of the claims, where these are not all that the bond is worth.
    The exposure holds its own derivatives; what is unsure is how its spread and its currency follow the factors.
    """
    if measures is None:
        measures = Measures({}, key_rate_durations(claims, debt.how))
    numbers = {**analytics_of(debt, claims, street), **measures.numbers}
    assumed = {"assumed_rating": debt.assumed_rating} if debt.assumed_rating else {}
    analytics = {**numbers, "key_rate_durations": measures.key_rates, **assumed}
    spread_duration = numbers["spread_duration"]
    errors = {debt.credit.factor: spread_duration * debt.credit.multiple_se} if debt.credit.factor else {}
    if debt.currency.factor:
        errors[debt.currency.factor] = errors.get(debt.currency.factor, 0.0) + debt.currency.se
    residual = float(np.hypot(spread_duration * debt.credit.residual, debt.currency.residual_vol))
    exposure = contract_exposure(
        instrument.symbol, instrument.sensitivity(0.0), debt.value, errors, residual, "contract terms"
    )
    price = None if debt.quoted else debt.clean / PERCENT
    notes = (*notes, *debt.assumptions, SETTLEMENT_NOTE)
    return Built(instrument, exposure, analytics, notes, abs(debt.value), _margin_key(debt.credit.rating), price)


def _margin_key(rating: str) -> str:
    if rating == TREASURY:
        return "treasury"
    return "investment_grade" if rating in INVESTMENT_GRADE else "high_yield"
