"""The channels through which a plan reaches markets, in one ordered list. Each is a plain function.

A channel returns weekly moves of drivers, (S, T), as deviations from the path that markets expect. A plan that is
fully priced and delivered as announced is no news; what is left of it is felt as it comes: the flow share of the term
premium, and scarce reserves. ``respond`` spreads the drivers to the factors.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np

from ..units import WEEKS_A_YEAR
from .context import (
    Context,
    DriverMoves,
    doubted,
    from_start,
    planned,
    premium,
    premium_parts,
    relief,
    since,
    weekly,
)
from .responses import fading


def duration(c: Context) -> DriverMoves:
    """Term premium of the par that the plan hands over as announced, all of it in coupons: news first, flow after."""
    by_date, in_all = planned(c)
    return doubted(c, weekly(premium(c, by_date, np.broadcast_to(in_all, by_date.shape))))


def fiscal(c: Context) -> DriverMoves:
    """The Treasury's side: bills in place of coupons relieve the term premium, surprising coupons add to it."""
    relieved = premium(c, relief(c, c.announced.bills), relief(c, c.announced_in_all.bills))
    surprise = c.multiple * (c.p["fiscal_kappa"] * c.coupon_surprise)
    return doubted(c, weekly(relieved + surprise))


def policy_reaction(c: Context) -> DriverMoves:
    """What stopping, resuming or emergency purchases change in the term premium, against the plan as announced."""
    announced = c.announced.par() + relief(c, c.announced.bills)
    real = premium(c, c.handed - announced, c.foreseen - (announced + c.to_come))
    return doubted(c, weekly(real))


def policy_path(c: Context) -> DriverMoves:
    """The committee needs less of the policy rate: expected path falls with duration delivered, after a lag."""
    return {"expected_path": weekly(c.substitution)}


def inflation_growth(c: Context) -> DriverMoves:
    """Output and inflation answer over quarters to the tightening that the policy rate does not take back."""
    tight = c.supplied * c.p["funds_rate_equivalent"] + c.substitution
    gap = c.p["growth_response"] * since(tight, c.p["growth_weeks"] * WEEKS_A_YEAR)
    prices = c.p["inflation_response"] * since(tight, c.p["inflation_weeks"] * WEEKS_A_YEAR)
    return {"growth": weekly(gap), "inflation": weekly(prices)}


def mortgages(c: Context) -> DriverMoves:
    """Mortgage spread: net supply of MBS above the baseline and above what is priced in of the plan; it fades."""
    return {"mortgage": weekly(c.p["mbs_supply"] * (c.delivered.mbs - c.priced_in * c.announced.mbs))}


def dollar(c: Context) -> DriverMoves:
    """A balance sheet expected to shrink more than others lifts the dollar (Dedola and others, 2020), news only."""
    expected = c.delivered.par() + c.running * (c.announced_in_all.par() - c.announced.par())
    shrinks = (1.0 - c.priced_in) * expected / c.total_assets
    return {"dollar": weekly(c.p["dollar_balance_sheet"] * shrinks)}


def spillovers(c: Context) -> DriverMoves:
    """Other central banks: their supply lifts premia at home and in part in the US, and holds the dollar back."""
    zero = np.zeros((1, c.turbulent.shape[1] + 1), dtype=np.float32)
    abroad = {currency: zero + _foreign_premium(c, currency) for currency in c.foreign}
    together = sum(abroad.values(), zero)
    moves = {DRIVER_ABROAD[currency]: weekly(level) for currency, level in abroad.items()}
    lead = zero - c.p["dollar_balance_sheet"] * c.foreign_assets
    return {**moves, "term_premium": weekly(c.p["premium_spillover"] * together), "dollar": weekly(lead)}


def liquidity(c: Context) -> DriverMoves:
    """Funding stress reaches risk assets only while it persists and leverage is high; the spread always moves.

    What it takes off shares comes back with a half-life, so a break that lasts approaches a bound and not ruin. In
    turbulence it becomes a dash for cash: what can be sold is sold, and comes back when the break is over. What the
    baseline brings of either on average is taken off, so that doing nothing has no drift.
    """
    fragile = c.fragile - c.usual.fragile
    dash = from_start((c.fragile & c.turbulent) - c.usual.dash, 0.0)
    spread, turns = _four_week_mean(c.funding.weekly - c.expected_spread), np.diff(dash, axis=1)
    return {
        "equity": _coming_back(fragile * (c.p["liquidity_equity"] / WEEKS_A_YEAR), c.p["liquidity_half_life"]),
        "volatility": _held("vix", from_start(fragile, 0.0)) * c.p["liquidity_vix"],
        "funding": np.diff(from_start(spread, 0.0), axis=1),
        "term_premium": turns * c.p["dash_premium"],
        "mortgage": _held("mortgage_spread", dash) * c.p["dash_mortgage"],
        "credit": turns * c.p["dash_credit"],
        "gold": turns * c.p["dash_gold"],
        "dollar": turns * c.p["dash_dollar"],
    }


def risk_appetite(c: Context) -> DriverMoves:
    """News of less support lowers what investors pay for risk beyond the discount rate, as far as it is news."""
    news, _ = premium_parts(c, c.handed, c.foreseen)
    return {"equity": weekly(news * c.p["risk_appetite_equity"])}


def crypto(c: Context) -> DriverMoves:
    """Deleveraging jumps and stablecoin runs, less their mean on the baseline, so that doing nothing has no drift."""
    jump, depeg = -np.log1p(-c.p["crypto_jump_size"]), -np.log1p(-c.p["depeg_size"])
    return {"crypto": jump * (c.usual.jumps - c.jumps), "stablecoin": depeg * (c.usual.depeg - c.depeg)}


#: The order in which the report names them.
CHANNELS: Mapping[str, Callable[[Context], DriverMoves]] = {
    "duration": duration,
    "fiscal": fiscal,
    "policy_reaction": policy_reaction,
    "policy_path": policy_path,
    "inflation_growth": inflation_growth,
    "mortgages": mortgages,
    "dollar": dollar,
    "global": spillovers,
    "liquidity": liquidity,
    "risk_appetite": risk_appetite,
    "crypto": crypto,
}
#: Driver of the ten-year premium of each foreign currency, and its strength in parameters.csv.
DRIVER_ABROAD = {"eur": "euro_premium", "gbp": "sterling_premium"}
KAPPA_ABROAD = {"eur": "kappa_ecb", "gbp": "kappa_boe"}


def _held(factor: str, level: np.ndarray) -> np.ndarray:
    """Weekly moves (S, T) that hold a fading ``factor`` at ``level`` (S, T+1)."""
    return np.asarray(level[:, 1:] - fading(factor) * level[:, :-1])


def _coming_back(shocks: np.ndarray, half_life: np.ndarray) -> np.ndarray:
    """Weekly moves (S, T) of a level that takes up ``shocks`` (S, T) and loses half of what it holds in ``half_life``.

    half_life: (S, 1), years. Under shocks that stay, the level ends at shock / (1 - share left after a week).
    """
    left = 0.5 ** (1.0 / (half_life * WEEKS_A_YEAR)).astype(shocks.dtype)[:, 0]
    level = np.zeros((shocks.shape[1] + 1, len(shocks)), dtype=shocks.dtype)
    for week in range(shocks.shape[1]):
        level[week + 1] = left * level[week] + shocks[:, week]
    return np.diff(level, axis=0).T


def _foreign_premium(c: Context, currency: str) -> np.ndarray:
    """Ten-year premium of a foreign currency, (S, T+1): news of what its bank hands over in all, and flow."""
    in_all, delivered = c.foreign[currency].T
    share = c.p["announcement_share"]
    return np.asarray(c.p[KAPPA_ABROAD[currency]] * (share * in_all + (1.0 - share) * delivered))


def _four_week_mean(values: np.ndarray) -> np.ndarray:
    total = np.array(values)
    for lag in (1, 2, 3):
        total[:, lag:] += values[:, :-lag]
    return total / np.minimum(np.arange(1, values.shape[1] + 1), 4).astype(values.dtype)
