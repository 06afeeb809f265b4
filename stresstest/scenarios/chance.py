"""All randomness of a block of paths, drawn in a fixed order before the plan is looked at."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from ..plumbing.project import Conditions
from ..tables import Draws, central, draw_parameters, factor_index
from ..transmission.leaders import draw_leader
from ..transmission.moments import Moments
from ..transmission.noise import accumulation, both_regimes, variates

#: Factors that the committee watches.
WATCHED = ("equity_us", "ust_10y", "mortgage_spread")


@dataclass(frozen=True)
class Chance:
    """Randomness of one block of S paths. A plan has a part in it only through the doubt it sows (``leader``).

    normal: (S, T, F) noise variates. special: (S, T, 2, K) noise in either regime of the factors that do not walk
    freely. jumps, depeg: (S, T) uniforms. leader: (S,) index into LEADERS.
    """

    parameters: Draws
    conditions: Conditions
    normal: np.ndarray
    special: np.ndarray
    maps_seed: np.random.SeedSequence
    jumps: np.ndarray
    depeg: np.ndarray
    leader: np.ndarray


def draw_chance(
    size: int,
    weeks: int,
    days: int,
    stream: np.random.SeedSequence,
    *,
    moments: Moments,
    uncertain: bool,
    odds: Callable[[Draws], np.ndarray],
    calm_drift: np.ndarray,
) -> Chance:
    """Draw a block, with the weeks apart in memory, as the plumbing runs through them one by one.

    uncertain: draw the parameters from their ranges, or keep the central ones.

    moments: silent ones when the noise layer is off. odds: (S, leaders) probability of each leader given the
    parameters. calm_drift: (T,) weekly equity return that makes up for the falls with which turbulence begins.
    """
    parameter_seed, maps_seed, market_seed, plumbing_seed = stream.spawn(4)
    p = draw_parameters(size, np.random.default_rng(parameter_seed)) if uncertain else central()
    normal = variates(size, weeks, np.random.Generator(np.random.SFC64(market_seed)))
    rng = np.random.Generator(np.random.SFC64(plumbing_seed))
    demand, tga, daily = (rng.standard_normal((n, size)).T for n in (weeks, weeks, days))
    spikes, chance = (rng.random((*shape, size)).transpose(0, 2, 1) for shape in ((2, days), (4, weeks)))
    leverage, leading = rng.random((2, size))
    jumps, depeg = (rng.random((weeks, size)).T for _ in range(2))
    leader = draw_leader(leading, odds(p))
    index = factor_index()
    special = np.flatnonzero(accumulation().special)
    columns = np.concatenate([[index[name] for name in WATCHED], special])
    both = both_regimes(normal, leader, moments, columns)
    conditions = Conditions(
        equity_calm=np.asfortranarray(both[:, :, 0, 0] + calm_drift),
        equity_turbulent=np.asfortranarray(both[:, :, 1, 0] + calm_drift),
        mortgage=np.asfortranarray(both[:, :, 0, 1] + both[:, :, 0, 2]),
        demand=demand,
        tga=tga,
        daily=daily,
        spikes=spikes,
        chance=chance,
        leverage=leverage,
        entry=moments.entry[leader, index["equity_us"]],
    )
    return Chance(p, conditions, normal, both[:, :, :, len(WATCHED) :], maps_seed, jumps, depeg, leader)
