"""All randomness of a block of paths, drawn in a fixed order before the plan is looked at."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from ..plumbing.project import Conditions
from ..tables import Draws, central, draw_parameters, factor_index
from ..transmission.leaders import draw_leader
from ..transmission.noise import NoiseLaw, both_regimes
from ..transmission.variates import Variates, standard_normals

#: Factors that the committee watches.
WATCHED = ("equity_us", "ust_10y", "mortgage_spread")


@dataclass(frozen=True)
class Chance:
    """Randomness of one block of S paths. A plan has a part in it only through the doubt it sows (``leader``).

    variates: of the noise. jumps, depeg: (S, T) uniforms. leader: (S,) index into LEADERS.
    """

    parameters: Draws
    conditions: Conditions
    variates: Variates
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
    law: NoiseLaw,
    uncertain: bool,
    odds: Callable[[Draws], np.ndarray],
    falls: np.ndarray,
    calm_drift: np.ndarray,
    turbulent: bool = False,
) -> Chance:
    """Draw a block, with the weeks apart in memory, as the plumbing runs through them one by one.

    law: of the noise. uncertain: draw the parameters from their ranges, or keep the central ones. odds: (S, leaders)
    probability of each leader given the parameters. falls: (leaders,) log return of equities with which turbulence
    begins. calm_drift: (T,) weekly equity return that makes up for them. turbulent: paths start in turbulence.
    """
    parameter_seed, maps_seed, market_seed, plumbing_seed = stream.spawn(4)
    p = draw_parameters(size, np.random.default_rng(parameter_seed)) if uncertain else central()
    variates = law.draw(size, market_seed)
    rng = np.random.Generator(np.random.SFC64(plumbing_seed))
    demand, tga, daily = (standard_normals((n, size), rng).T for n in (weeks, weeks, days))
    spikes, chance = (_uniforms((*shape, size), rng).transpose(0, 2, 1) for shape in ((2, days), (4, weeks)))
    leverage, leading = _uniforms((2, size), rng)
    jumps, depeg = (_uniforms((weeks, size), rng).T for _ in range(2))
    leader = draw_leader(leading, odds(p))
    both = both_regimes(variates, leader, law, np.array([factor_index()[name] for name in WATCHED]))
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
        entry=falls[leader],
        turbulent=turbulent,
    )
    return Chance(p, conditions, variates, maps_seed, jumps, depeg, leader)


def _uniforms(shape: tuple[int, ...], rng: np.random.Generator) -> np.ndarray:
    """Uniforms from zero, inside, to one, outside; single precision."""
    return rng.random(shape, dtype=np.float32)
