"""What a scenario leaves unsaid: conditional expectation of the other factors given those that are known.

Factors without a record of their own, and coins, whose record is short and mostly of years in which they paid no heed
to shares, follow the response table instead.
"""

from __future__ import annotations

from functools import cache

import numpy as np

from ..tables import factor_index, factor_names, factor_table
from ..transmission.responses import DRIVERS, loadings
from .horizon import CORE, Law, covariance

#: A named factor's own variance is raised by this share before it is inverted, against near-collinear shocks.
RIDGE = 0.1
#: Variance below which a factor counts as not moving on its own (a tenth of a basis point, squared).
SMALLEST_VARIANCE = 1e-10
#: Group of factors whose record is too short for a regression on several others.
SHORT_RECORD = "crypto"
#: Drivers that known factors are traced back to, and the factor that is each driver's own.
TRACED = {
    "expected_path": "ust_2y",
    "term_premium": "ust_10y",
    "equity": "equity_us",
    "credit": "hy_spread",
    "volatility": "vix",
    "dollar": "usd_broad",
    "gold": "gold",
    "oil": "oil",
}


def stress_covariance() -> np.ndarray:
    """(F, F) weekly covariance of turbulent weeks."""
    return covariance("stress")


def moves_on_its_own(matrix: np.ndarray) -> np.ndarray:
    """(F,) whether a factor has noise of its own. matrix: (F, F) covariance over a week or more."""
    alone: np.ndarray = np.diag(matrix) > SMALLEST_VARIANCE
    return alone


def complete(
    moves: np.ndarray,
    law: Law,
    core: tuple[str, ...] = CORE,
    turbulent: bool = True,
    before: np.ndarray | None = None,
) -> np.ndarray:
    """Fill the NaN entries of ``moves`` (F,) with their expectation given the core factors: S_uk S_kk^-1 k.

    S is the covariance of ``law``, of straight moves. before: (F,) moves to which ``moves`` are added, none by default;
    a rise of a spread that has risen already is a smaller one in logarithms. Only the core factors that are known
    inform (forty regressors on a short record would fit its noise). Factors without noise of their own, and coins,
    follow the response table of turbulent or of normal times; what neither knows stays at zero.
    """
    unknown = np.isnan(moves)
    if not unknown.any():
        return moves.copy()
    start = np.zeros(len(moves)) if before is None else before
    own = moves_on_its_own(law.covariance)
    known = ~unknown & np.isin(factor_names(), core) & own
    filled = np.where(unknown, 0.0, moves)
    origin = law.straighten(start)
    added = (law.straighten(start + filled) - origin)[known]
    follows = law.bend(origin + regression(law.covariance, known) @ added) - law.bend(origin)
    filled[unknown] = follows[unknown]
    by_table = unknown & (~own | _short_record())
    filled[by_table] = _by_responses(filled, known, turbulent)[by_table]
    return filled


def regression(matrix: np.ndarray, known: np.ndarray) -> np.ndarray:
    """(F, K) expected move of every factor for one unit of each known one, under the covariance ``matrix`` (F, F).

    known: (F,) bool with K true entries.
    """
    within = matrix[np.ix_(known, known)]
    within = within + RIDGE * np.diag(np.diag(within))
    weights: np.ndarray = np.linalg.solve(within, matrix[known]).T
    return weights


@cache
def _short_record() -> np.ndarray:
    return np.array([factor.group == SHORT_RECORD for factor in factor_table()])


def _by_responses(moves: np.ndarray, known: np.ndarray, turbulent: bool) -> np.ndarray:
    """(F,) moves that the response table gives for the smallest drivers that explain the known factors.

    Smallest in standard deviations of each driver's own factor in stress weeks: where fewer factors are known than
    there are drivers, a fall of shares alone is then a fall of shares, and not a giant move of rates.
    """
    maps = loadings()
    rows = [DRIVERS.index(driver) for driver in TRACED]
    spread = (maps.turbulent if turbulent else maps.normal)[0, rows]
    columns = [factor_index()[name] for name in TRACED.values()]
    scale = np.sqrt(np.diag(stress_covariance())[columns])
    informs = known & np.isin(factor_names(), list(TRACED.values()))
    drivers = np.linalg.pinv((spread * scale[:, None])[:, informs].T) @ moves[informs] * scale
    result: np.ndarray = drivers @ spread
    return result
