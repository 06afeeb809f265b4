"""Shares, funds, coins, commodities, real estate and futures: from a position and its exposure to an instrument."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from ..records import Exposure, Position
from ..tables import TENORS, factor_index, factor_table
from .building import Built, Setting, usd_rate
from .curve import Curve
from .details import tag_flag, tag_percent
from .discounting import columns_of
from .fund import FactorAsset, rate_duration, rate_shares
from .leveraged import leveraged_fund
from .margins import margin_key_of
from .mortgage_fund import mortgage_fund
from .reference import carry_rules, constant, spread_levels
from .sources import source_of
from .stablecoin import pegged

COINS = {"crypto", "stablecoin"}
#: Exposures that already are those of the hedged share class itself.
OWN_EXPOSURES = {"user columns", "embedded table"}
OWN_PRICES = "own prices"


def build_factor_asset(symbol: str, position: Position, exposure: Exposure, setting: Setting) -> Built:
    """An asset with exposures: plain, or a daily-reset fund, a fund of mortgages, or a stablecoin.

    A future has no value of its own: its contract value is the notional.
    """
    exposure, hedge_notes = without_currency(position, exposure)
    exposure, bond_notes = to_duration(position, exposure)
    value, notional, notes = _size(position, setting)
    income, income_notes = _income(position, exposure, setting.curve)
    weights, gap, gap_notes = _convexity(position, exposure)
    asset = FactorAsset(symbol, value, notional, exposure.beta, weights, gap, income)
    sample = f" ({exposure.sample})" if exposure.sample else ""
    notes = (
        f"Moved by exposures: {exposure.source}{sample}.",
        *hedge_notes,
        *bond_notes,
        *notes,
        *income_notes,
        *gap_notes,
    )
    asset, reset_notes = leveraged_fund(asset, position, setting)
    asset, mortgage_notes = mortgage_fund(asset, position, exposure)
    asset, peg_notes = pegged(asset, position)
    notes += (*reset_notes, *mortgage_notes, *peg_notes)
    source = source_of(position, exposure, setting.underlyings)
    return Built(asset, exposure, {}, notes, abs(notional), margin_key_of(position), underlying=source)


def _size(position: Position, setting: Setting) -> tuple[float, float, tuple[str, ...]]:
    """Value and what the return applies to, both in dollars and signed."""
    if position.asset_class != "future":
        return position.market_value, position.market_value, ()
    rate = usd_rate(setting, position.currency)
    contract = position.quantity * position.price * position.terms.multiplier * rate
    note = "A future is settled daily: it has no value, and gains and losses apply to the contract value."
    return 0.0, contract, (note,)


def without_currency(position: Position, exposure: Exposure) -> tuple[Exposure, tuple[str, ...]]:
    """The exposure of a currency-hedged share class: no currency where it comes from an unhedged relative.

    Hedged by the tag ``hedged`` or by the word in the name. Betas of the user, or of the fund's own history, stay.
    """
    flag = tag_flag(position, "hedged")
    hedged = "HEDGED" in position.name.upper() and "UNHEDGED" not in position.name.upper() if flag is None else flag
    currencies = columns_of([factor.name for factor in factor_table() if factor.group == "currency"])
    own = exposure.source in OWN_EXPOSURES or exposure.source.startswith(OWN_PRICES)
    if not hedged or own or not exposure.beta[currencies].any():
        return exposure, ()
    beta, se = exposure.beta.copy(), exposure.se.copy()
    beta[currencies] = se[currencies] = 0.0
    note = "Currency-hedged: exposure to currencies is taken out; the cost or gain of rolling the hedge is not counted."
    return replace(exposure, beta=beta, se=se), (note,)


def to_duration(position: Position, exposure: Exposure) -> tuple[Exposure, tuple[str, ...]]:
    """The exposure of a bond future: that of its fund, scaled to the duration of what is delivered."""
    years, own = position.terms.duration, rate_duration(exposure.beta)
    if position.asset_class != "future" or years is None or own <= 0 or position.betas:
        return exposure, ()
    times = years / own
    note = f"A future on bonds of about {years:g} years of duration: {times:.2f} times {exposure.source}."
    scaled = replace(
        exposure,
        beta=times * exposure.beta,
        se=abs(times) * exposure.se,
        residual_vol=abs(times) * exposure.residual_vol,
    )
    return scaled, (note,)


def _income(position: Position, exposure: Exposure, curve: Curve) -> tuple[float, tuple[str, ...]]:
    """Income a year per unit of notional, and the sentences that say so: usual income, staking, fee of borrowing."""
    income, note = _usual_income(position, exposure, curve)
    staking = tag_percent(position, "staking_yield", 0.0, 100.0) if position.asset_class in COINS else None
    if staking is not None:
        income, note = staking, f"Staked: {staking:.2%} a year is counted; unbonding may take days or weeks."
    if position.quantity >= 0 or position.asset_class == "future":
        return income, (note,)
    given = tag_percent(position, "borrow_fee", 0.0, 500.0)
    fee = constant("borrow_fee") if given is None else given
    usual = "" if given is not None else ", as for shares that are easy to borrow"
    return income + fee, (note, f"Short: a borrowing fee of {fee:.2%} a year is charged{usual}.")


def _usual_income(position: Position, exposure: Exposure, curve: Curve) -> tuple[float, str]:
    """Income a year by class, and the sentence that says so."""
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
    weights = rate_shares(exposure.beta)
    return weights, convexity - duration**2, (f"Convexity {convexity:g} is that in the file.",)
