"""The law of factor moves over a horizon, for plausibility, propagation and reverse search.

It is the law of the generator's ordinary moves. A weekly variate of factor i moves its level h weeks on by a_i, which
fades where the factor returns and grows where it trends (transmission/memory.csv), so that over h weeks
    E[x_i x_j] = sum_s a_i(s) a_j(s) [p_s T_ij + (1 - p_s) C_ij] + r_s f_i(s) f_j(s) e_i e_j,
with T and C the weekly covariances in turbulence and in calm, at today's implied volatility, p_s the chance that week s
is turbulent, r_s that turbulence begins in it, e the mean move of such a week and f what fading leaves of that. In
"calm" p and r are zero; in the other regimes turbulence begins in the first week and then leaves and returns by its own
hazards: of the thirty spells since 2007 one lasted more than a year, and a quarter of all weeks were turbulent. Where
today's VIX counts as stress (transmission/today.py) turbulence has begun before: its first move is behind, so that r_1
is zero, and in "calm" p is what its hazard of leaving has left of it.

Spreads and volatilities move with their level and have a bound (transmission/bounds.py): x is the move before it is
bent, "straight" below. It is nearly proportional to the logarithm of the level.

Tails are those of a Student t: with sum_s v_s u_s the variance of a path, v_s that of its regime in week s and u_s the
squared common scale of the week, the degrees of freedom nu match its spread: (nu - 2) / (nu - 4) = E[sum^2] / E[sum]^2.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, lru_cache

import numpy as np

from ..errors import InputError, Problem
from ..plumbing.reaction import calm_hazard, weekly
from ..tables import central, factor_index, factor_names, parameter_table
from ..transmission.bounds import bend, start_levels, unbend
from ..transmission.moments import LEADERS, Moments, load_moments
from ..transmission.noise import accumulation
from ..transmission.today import in_turbulence, moments_for
from .settings import setting

#: A leader of transmission/moments.py, and whether turbulence begins. Calm; stress as estimated, in which yields and
#: shares mostly fall together; stress led by rates, so that bonds fall with shares; and by doubt of the dollar, so that
#: it falls with both.
REGIMES = {"calm": ("flight", 0), "stress": ("flight", 1), "rate_led": ("rates", 1), "doubt": ("doubt", 1)}
#: The few factors by which plausibility is judged: enough to place a scenario, few enough to be estimated well.
CORE = ("ust_2y", "ust_10y", "equity_us", "hy_spread", "usd_broad", "vix", "gold", "oil")
#: Indices whose levels of today scale the noise of the weeks ahead (transmission/volatility.py).
IMPLIED = ("vix", "move")
#: Laws that are kept: regimes times horizons of the library.
KEPT = 512


@dataclass(frozen=True)
class Law:
    """Moves over a horizon. covariance: (F, F) of straight moves, about no move. degrees: of freedom of their tails.

    columns: (K,) bounded factors; start, room: (K,) their level today and its distance to the bound. Without columns
    straight moves are moves.
    """

    covariance: np.ndarray
    degrees: float
    columns: np.ndarray
    start: np.ndarray
    room: np.ndarray

    def straighten(self, moves: np.ndarray) -> np.ndarray:
        """(..., F) straight moves; a move past its bound counts as one that stops just short of it."""
        straight = np.array(moves, dtype=float)
        stop = -(1.0 - setting("closest_to_bound")) * self.room
        inside = np.maximum(straight[..., self.columns], stop)
        straight[..., self.columns] = unbend(inside, self.start, self.room)
        return straight

    def bend(self, straight: np.ndarray) -> np.ndarray:
        """(..., F) moves of straight ones."""
        moves = np.array(straight, dtype=float)
        moves[..., self.columns] = bend(moves[..., self.columns], self.start, self.room)
        return moves


@cache
def covariance(regime: str) -> np.ndarray:
    """(F, F) weekly covariance of ``regime`` at the levels of the sample. Raises InputError for an unknown one."""
    matrix = load_moments().covariance(*_regime(regime))
    matrix.flags.writeable = False
    return matrix


def horizon_law(regime: str, weeks: float, levels: Mapping[str, float]) -> Law:
    """Moves over ``weeks`` weeks (at least one) from today's ``levels`` by factor, internal units.

    Raises InputError for an unknown regime.
    """
    columns, start, _ = start_levels(levels)
    bounded = ((factor_names()[column], level) for column, level in zip(columns, start.tolist(), strict=True))
    implied = ((name, levels[name]) for name in IMPLIED if name in levels)
    return _law(regime, max(float(weeks), 1.0), tuple(bounded), tuple(implied))


@lru_cache(KEPT)
def _law(
    regime: str, weeks: float, bounded: tuple[tuple[str, float], ...], implied: tuple[tuple[str, float], ...]
) -> Law:
    today = {name: level for name, level in bounded if name not in IMPLIED} | dict(implied)
    return Law(*_between(moments_for(today), regime, weeks, in_turbulence(today)), *start_levels(today))


@lru_cache(KEPT)
def sample_law(regime: str, weeks: float) -> Law:
    """The same at the levels of the sample, unbent: for moves that were made from other levels than today's."""
    nothing = np.zeros(0)
    return Law(*_between(load_moments(), regime, max(weeks, 1.0)), nothing.astype(int), nothing, nothing)


def occupancy(weeks: int, begun: bool = False) -> tuple[np.ndarray, np.ndarray]:
    """(T,) probability that a week is turbulent, and that turbulence begins in it, where the first week is turbulent.

    begun: whether turbulence had begun before the first week.
    """
    enter, leave = _hazards()
    turbulent, begins = np.ones(weeks), np.full(weeks, 0.0 if begun else 1.0)
    for week in range(1, weeks):
        begins[week] = (1.0 - turbulent[week - 1]) * enter
        turbulent[week] = turbulent[week - 1] * (1.0 - leave) + begins[week]
    return turbulent, begins


def _leaving(weeks: int) -> tuple[np.ndarray, np.ndarray]:
    """The same two of turbulence that has begun and does not return, which may leave in the first week."""
    return (1.0 - _hazards()[1]) ** np.arange(1, weeks + 1), np.zeros(weeks)


@cache
def _hazards() -> tuple[float, float]:
    """Weekly probability of entering turbulence and of leaving it, on the baseline."""
    p = central()
    return float(weekly(p["turbulence_base"] / 12)[0]), float(calm_hazard(p)[0])


def _regime(name: str) -> tuple[str, int]:
    if name not in REGIMES:
        raise InputError(Problem(None, "regime", repr(name), f"one of {', '.join(REGIMES)}", ""))
    return REGIMES[name]


def _between(moments: Moments, regime: str, weeks: float, begun: bool = False) -> tuple[np.ndarray, float]:
    """Covariance and degrees over a number of weeks that need not be whole: linear between the two whole ones."""
    whole, part = divmod(weeks, 1.0)
    matrix, degrees = _whole_weeks(moments, regime, int(whole), begun)
    if part > 0.0:
        more, most = _whole_weeks(moments, regime, int(whole) + 1, begun)
        matrix, degrees = (1.0 - part) * matrix + part * more, (1.0 - part) * degrees + part * most
    matrix.flags.writeable = False
    return matrix, degrees


def _whole_weeks(moments: Moments, regime: str, weeks: int, begun: bool) -> tuple[np.ndarray, float]:
    """The two formulas at the head of this module. begun: whether turbulence had begun before the first week."""
    leader, turbulent = _regime(regime)
    law = accumulation()
    answer = np.stack([law.impulse(weeks, factor) for factor in range(len(law.memory))]) * moments.scales(weeks).T
    calm, stressed = (moments.covariance(leader, which) for which in (0, 1))
    if not turbulent and not begun:
        return calm * (answer @ answer.T), _degrees(np.zeros(weeks), 1.0)
    inside, begins = occupancy(weeks, begun) if turbulent else _leaving(weeks)
    fades = law.memory[:, None] ** np.arange(weeks)[::-1] * moments.entry[LEADERS.index(leader)][:, None]
    matrix = stressed * ((answer * inside) @ answer.T) + calm * ((answer * (1.0 - inside)) @ answer.T)
    core = [factor_index()[name] for name in CORE]
    ratio = np.trace(np.linalg.solve(calm[np.ix_(core, core)], stressed[np.ix_(core, core)])) / len(core)
    return matrix + (fades * begins) @ fades.T, _degrees(inside, float(ratio), returns=bool(turbulent))


def _degrees(inside: np.ndarray, ratio: float, returns: bool = True) -> float:
    """Degrees of freedom over the weeks. inside: (T,) chance of turbulence; ratio: of its variance to that of calm.

    returns: whether turbulence that has left can come back.
    """
    own = parameter_table()["noise_degrees"].value
    enter, leave = _hazards()
    enter = enter if returns else 0.0
    share, persistence = enter / (enter + leave), 1.0 - enter - leave
    apart = np.abs(np.subtract.outer(np.arange(len(inside)), np.arange(len(inside))))
    first = np.minimum.outer(np.arange(len(inside)), np.arange(len(inside)))
    together = inside[first] * (share + (1.0 - share) * persistence**apart)
    variance = 1.0 + (ratio - 1.0) * inside
    squares = 1.0 + (ratio**2 - 1.0) * inside
    spells = (ratio - 1.0) ** 2 * float((together - np.outer(inside, inside)).sum())
    excess = (2.0 / (own - 4.0) * float(squares.sum()) + spells) / float(variance.sum()) ** 2
    return (2.0 + 4.0 * excess) / excess
