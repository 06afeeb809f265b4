"""What a scenario leaves unsaid: conditional expectation of the other factors, and how plausible the whole is."""

from __future__ import annotations

import numpy as np

from ..tables import factor_index, factor_names
from ..transmission.noise import load_moments

#: The few factors by which plausibility is judged: enough to place a scenario, few enough to be estimated well.
CORE = ("ust_2y", "ust_10y", "equity_us", "hy_spread", "usd_broad", "vix", "gold", "oil")
#: A named factor's own variance is raised by this share before it is inverted, against near-collinear shocks.
RIDGE = 0.1
#: Weekly variance below which a factor counts as not moving on its own (a tenth of a basis point, squared).
SMALLEST_VARIANCE = 1e-10


def stress_covariance() -> np.ndarray:
    """(F, F) weekly covariance of turbulent weeks."""
    root = load_moments().turbulent
    return root @ root.T


def moves_on_its_own(covariance: np.ndarray) -> np.ndarray:
    """(F,) whether a factor has noise of its own."""
    return np.diag(covariance) > SMALLEST_VARIANCE


def complete(moves: np.ndarray, covariance: np.ndarray, core: tuple[str, ...] = CORE) -> np.ndarray:
    """Fill the NaN entries of ``moves`` (F,) with their expectation given the core factors: S_uk S_kk^-1 k.

    Only the core factors that are known inform (forty regressors on a short record would fit its noise). Factors that
    never move on their own are filled with zero where unknown.
    """
    unknown = np.isnan(moves)
    if not unknown.any():
        return moves.copy()
    informs = np.isin(factor_names(), core)
    known = ~unknown & informs & moves_on_its_own(covariance)
    within = covariance[np.ix_(known, known)]
    within = within + RIDGE * np.diag(np.diag(within))
    weights = np.linalg.solve(within, np.where(np.isnan(moves), 0.0, moves)[known])
    filled = np.where(unknown, 0.0, moves)
    filled[unknown] = covariance[np.ix_(unknown, known)] @ weights
    return filled


def plausibility(moves: np.ndarray, weeks: float) -> float:
    """Probability that a turbulent spell of ``weeks`` brings moves at least as far out, judged by the core factors.

    moves: (F,). The squared Mahalanobis distance under the covariance of turbulent weeks, over ``weeks`` weeks, against
    a chi-squared law with as many degrees of freedom as there are core factors.
    """
    from scipy.special import gammaincc

    core = [factor_index()[name] for name in CORE]
    covariance = stress_covariance()[np.ix_(core, core)] * max(weeks, 1.0)
    distance = float(moves[core] @ np.linalg.solve(covariance, moves[core]))
    return float(gammaincc(len(core) / 2, distance / 2))
