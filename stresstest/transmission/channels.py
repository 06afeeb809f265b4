"""The channels through which a plan reaches markets, in one ordered list. Each is a plain function.

A channel returns weekly moves of drivers, (S, T), as deviations from the path that markets expect: a plan that is
fully priced and delivered as announced moves nothing. ``respond`` spreads the drivers to the factors.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from ..records import BalanceSheetPath, FundingPath, Supply
from ..tables import Draws
from ..units import WEEKS_A_YEAR

DriverMoves = dict[str, np.ndarray]


@dataclass(frozen=True)
class Context:
    """What the channels may look at. p: draws of shape (S, 1).

    announced: the plan's supply less the baseline's, (1, T+1); announced_in_all: the same when the plan ends, (1, 1).
    delivered: supply of each path less the baseline's, (S, T+1). priced_in: share of the
    announcement that markets expect. jumps: (S, T) bool, crypto deleveraging; depeg: (S, T) bool.
    expected_turbulence: (T,) probability of turbulence on the baseline. expected_spread: (T,) weekly funding spread of
    the baseline without chance. total_assets: of the central bank at the start, USD bn.
    """

    p: Draws
    announced: Supply
    announced_in_all: Supply
    delivered: Supply
    balance: BalanceSheetPath
    funding: FundingPath
    turbulent: np.ndarray
    fragile: np.ndarray
    priced_in: float
    gdp: float
    total_assets: float
    expected_spread: np.ndarray
    jumps: np.ndarray
    depeg: np.ndarray
    expected_turbulence: np.ndarray


def term_premium(supply_share: np.ndarray, p: Draws) -> np.ndarray:
    """Rise of the ten-year term premium. supply_share: duration supplied to the private sector, share of GDP."""
    return p["kappa"] * supply_share


def duration(c: Context) -> DriverMoves:
    """Term premium of the plan as announced: most with the news, the rest as it is delivered."""
    planned, total = _planned(c)
    level = _premium_level(c, planned, np.broadcast_to(total, planned.shape))
    return {"term_premium": _weekly(level)}


def policy_reaction(c: Context) -> DriverMoves:
    """What stopping, resuming or emergency purchases change in the term premium, against the plan as announced."""
    planned, total = _planned(c)
    delivered = c.delivered.duration(c.p["bill_factor"])
    running = _from_start(~c.balance.halted, True)
    expected = delivered + np.where(running, total - planned, 0.0)
    change = _premium_level(c, delivered, expected) - _premium_level(c, planned, np.broadcast_to(total, planned.shape))
    return {"term_premium": _weekly(change)}


def policy_path(c: Context) -> DriverMoves:
    """The committee needs less of the policy rate: expected path falls with duration delivered, after a lag.

    Bills count at the bill factor here too: Wei's figures for bills are of the same funds-rate equivalent.
    """
    supplied = c.delivered.duration(c.p["bill_factor"])
    lag = np.rint(c.p["substitution_lag"] * WEEKS_A_YEAR).astype(int)
    weeks = np.arange(supplied.shape[1])[None, :] - lag
    lagged = np.where(weeks >= 0, np.take_along_axis(supplied, np.maximum(weeks, 0), axis=1), 0.0)
    return {"expected_path": _weekly(c.p["substitution"] * lagged)}


def mortgages(c: Context) -> DriverMoves:
    """Mortgage spread: net supply of MBS above what the baseline hands to the private sector."""
    return {"mortgage": _weekly(c.p["mbs_supply"] * c.delivered.mbs)}


def dollar(c: Context) -> DriverMoves:
    """A balance sheet expected to shrink more than others lifts the dollar (Dedola and others, 2020), news only."""
    remaining = c.announced_in_all.par() - c.announced.par()
    expected = c.delivered.par() + np.where(_from_start(~c.balance.halted, True), remaining, 0.0)
    level = c.p["dollar_balance_sheet"] * (1.0 - c.priced_in) * expected / c.total_assets
    return {"dollar": _weekly(level)}


def liquidity(c: Context) -> DriverMoves:
    """Funding stress reaches risk assets only while it persists and leverage is high; the spread always moves."""
    fragile = c.fragile.astype(float)
    spread = _four_week_mean(c.funding.weekly - c.expected_spread)
    return {
        "equity": c.p["liquidity_equity"] / WEEKS_A_YEAR * fragile,
        "volatility": np.diff(_from_start(c.p["liquidity_vix"] * fragile, 0.0), axis=1),
        "funding": np.diff(_from_start(spread, 0.0), axis=1),
    }


def crypto(c: Context) -> DriverMoves:
    """Deleveraging jumps and stablecoin runs, less their mean on the baseline, so that doing nothing has no drift."""
    often = (1.0 + (c.p["crypto_jump_stress"] - 1.0) * c.expected_turbulence) / WEEKS_A_YEAR
    jump, depeg = -np.log1p(-c.p["crypto_jump_size"]), -np.log1p(-c.p["depeg_size"])
    return {
        "crypto": jump * (c.p["crypto_jump_rate"] * often - c.jumps),
        "stablecoin": depeg * (c.p["depeg_rate"] * often - c.depeg),
    }


#: The order in which the report names them.
CHANNELS: Mapping[str, Callable[[Context], DriverMoves]] = {
    "duration": duration,
    "policy_reaction": policy_reaction,
    "policy_path": policy_path,
    "mortgages": mortgages,
    "dollar": dollar,
    "liquidity": liquidity,
    "crypto": crypto,
}


def _planned(c: Context) -> tuple[np.ndarray, np.ndarray]:
    """Duration supplied as announced: by date (S, T+1), and in all (S, 1)."""
    return c.announced.duration(c.p["bill_factor"]), c.announced_in_all.duration(c.p["bill_factor"])


def _premium_level(c: Context, delivered: np.ndarray, expected: np.ndarray) -> np.ndarray:
    """Level of the term premium (S, T+1): news on what is expected in total, flow on what is delivered."""
    news = c.p["announcement_share"] * (1.0 - c.priced_in) * expected
    flow = (1.0 - c.p["announcement_share"]) * delivered
    amplified = 1.0 + (c.p["turbulence_multiplier"] - 1.0) * _from_start(c.turbulent, False)
    return term_premium((news + flow) / c.gdp, c.p) * amplified


def _from_start(values: np.ndarray, first: float | bool) -> np.ndarray:
    """Put the state of the starting date before weekly values: (S, T) to (S, T+1)."""
    return np.concatenate([np.full((values.shape[0], 1), first, dtype=values.dtype), values], axis=1)


def _weekly(level: np.ndarray) -> np.ndarray:
    """Weekly moves (S, T) of a level (S, T+1); the news of the first date falls into the first week."""
    moves = np.diff(level, axis=1)
    moves[:, 0] += level[:, 0]
    return moves


def _four_week_mean(weekly: np.ndarray) -> np.ndarray:
    total = np.cumsum(weekly, axis=1)
    lagged = np.concatenate([np.zeros((weekly.shape[0], 4)), total[:, :-4]], axis=1)
    return (total - lagged) / np.minimum(np.arange(1, weekly.shape[1] + 1), 4)
