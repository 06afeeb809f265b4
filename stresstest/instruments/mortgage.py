"""Agency pass-throughs by effective duration and convexity: they lengthen as rates rise and shorten as rates fall."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..records import Position
from ..tables import TENORS
from ..units import BP, PERCENT
from .building import Built, NotModelled, Setting, contract_exposure, level
from .discounting import columns_of, vector_of
from .reference import constant, mortgage_key_rates, mortgage_shape, spread_levels

SPREAD = "mortgage_spread"


@dataclass(frozen=True, eq=False)
class PassThrough:
    """A mortgage-backed position. value: USD, signed.

    The log return to a rate move y is minus the integral of a duration that starts at ``duration``, grows by
    ``extension`` per unit of y, and stays between ``shortest`` and ``longest``: near zero it has the given duration and
    convexity, and no large move runs away along the parabola. spread_duration: to mortgage_spread. income: a year.
    """

    symbol: str
    value: float
    duration: float
    convexity: float
    spread_duration: float
    shortest: float
    longest: float
    income: float

    @property
    def extension(self) -> float:
        """Years of duration gained per unit of rate: the second derivative of the log price, negated."""
        return self.duration**2 - self.convexity

    def price_change(self, moves: np.ndarray, years: np.ndarray | float) -> np.ndarray:
        """Gain at unchanged age, for the duration is that of today; moves (..., F), result (...)."""
        rates = mortgage_key_rates()
        rise = moves[..., columns_of(list(rates))] @ np.array(list(rates.values()))
        widening = moves[..., columns_of([SPREAD])[0]]
        lost = years_lost(rise, self.duration, self.extension, self.shortest, self.longest)
        log_return = -lost - self.spread_duration * widening
        change: np.ndarray = self.value * np.expm1(log_return) + np.zeros(np.shape(years))
        return change

    def carry(self, years: np.ndarray | float, financing: np.ndarray | float) -> np.ndarray:
        """Yield of the curve at its duration plus the option-adjusted spread; financing: not used."""
        return np.multiply(self.value * self.income, years) + np.zeros(np.shape(financing))

    def sensitivity(self, years: float) -> np.ndarray:
        """(F,) derivative of ``price_change`` at zero moves."""
        rates = {name: -self.duration * share for name, share in mortgage_key_rates().items()}
        return self.value * vector_of({**rates, SPREAD: -self.spread_duration})


def years_lost(rise: np.ndarray, duration: float, extension: float, shortest: float, longest: float) -> np.ndarray:
    """Integral from zero to ``rise`` of a duration that grows by ``extension`` per unit and stays within its bounds."""
    if extension == 0.0:
        return duration * rise
    ends = sorted(((shortest - duration) / extension, (longest - duration) / extension))
    inner = np.clip(rise, ends[0], ends[1])
    beyond = (duration + extension * inner) * (rise - inner)
    lost: np.ndarray = duration * inner + 0.5 * extension * inner**2 + beyond
    return lost


def duration_bounds(duration: float) -> tuple[float, float]:
    """Shortest and longest duration of a pass-through that has ``duration`` today."""
    return min(constant("mortgage_shortest"), duration), max(constant("mortgage_longest"), duration)


def build_mortgage(symbol: str, position: Position, setting: Setting) -> Built:
    """A pass-through from duration and convexity in the file, or from its coupon against the current coupon."""
    if position.currency != "USD":
        raise NotModelled(f"mortgage-backed bond in {position.currency}: only US agency pass-throughs are known")
    duration, convexity, notes = _shape(position, setting)
    spread_duration = constant("mortgage_spread_share") * duration
    income = float(setting.curve.rate(duration)) + spread_levels()[SPREAD]
    pool = PassThrough(
        symbol, position.market_value, duration, convexity, spread_duration, *duration_bounds(duration), income
    )
    residual = duration * constant("mortgage_residual")
    exposure = contract_exposure(symbol, pool.sensitivity(0.0), pool.value, {}, residual, "contract terms")
    notes += (f"Income {income:.2%} a year: the curve at its duration plus the usual spread; the pool does not age.",)
    return Built(pool, exposure, _analytics(pool, position, setting), notes, abs(pool.value), "investment_grade")


def _shape(position: Position, setting: Setting) -> tuple[float, float, tuple[str, ...]]:
    terms = position.terms
    if terms.duration is not None and terms.convexity is not None:
        return terms.duration, terms.convexity, ("Duration and convexity are those in the file.",)
    if terms.coupon is None:
        raise NotModelled("neither duration and convexity nor a coupon is given")
    current = level(setting, "mortgage_rate") - constant("mortgage_servicing")
    duration, convexity = mortgage_shape(terms.coupon - current)
    note = f"Duration {duration:.1f} and convexity {convexity:.0f} come from the table for a coupon {terms.coupon:.2%} "
    note += f"against a current coupon of {current:.2%}."
    given = terms.duration if terms.duration is not None else duration
    return given, terms.convexity if terms.convexity is not None else convexity, (note,)


def _analytics(pool: PassThrough, position: Position, setting: Setting) -> dict[str, object]:
    """As for a bond; interest accrues from the first of the month, in months of thirty days."""
    by_node = dict.fromkeys(TENORS, 0.0) | {k: pool.duration * share for k, share in mortgage_key_rates().items()}
    accrued = (position.terms.coupon or 0.0) * min(setting.settlement.day - 1, 29) / 360.0 / PERCENT
    return {
        "yield": pool.income,
        "accrued": accrued,
        "clean_price": position.price,
        "dirty_price": position.price + accrued,
        "modified_duration": pool.duration,
        "duration": pool.duration,
        "convexity": pool.convexity,
        "spread_duration": pool.spread_duration,
        "dv01": pool.duration * pool.value * BP,
        "key_rate_durations": {f"{TENORS[name]:g}": value for name, value in by_node.items()},
    }
