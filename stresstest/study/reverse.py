"""The most plausible scenario that loses a given fraction: least Mahalanobis distance, loss in full revaluation.

In standardised moves z (moves = R z, R R' the covariance over the horizon) the answer is the point of the surface
loss(R z) = wanted nearest to the origin. There the gradient of the loss points along z. The search follows that
condition: go out along the gradient until full revaluation gives the loss, take the gradient there, and repeat
(Hasofer and Lind, 1974; Rackwitz and Fiessler, 1978), from several starts.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from ..errors import InputError, NoAnswerError, Problem
from ..records import Book
from ..scenarios import jumps
from ..scenarios.plausibility import REGIMES, covariance, plausibility
from ..scenarios.settings import setting
from ..stress import revalue
from ..tables import factor_names
from ..units import WEEKS_A_MONTH

#: Random starts beside the one at the origin, points of the first scan of a ray, and iterations of one start.
STARTS, SCAN, ITERATIONS = 6, 120, 80
#: Refinements of the crossing on a ray; each divides the bracket by ``SCAN``.
REFINEMENTS = 4
#: Finite-difference step in standard deviations.
STEP = 1e-3
#: A direction is settled when it turns by less than this (one minus the cosine).
SETTLED = 1e-9


@dataclass(frozen=True)
class ReverseScenario:
    """The most plausible moves (F,) under ``regime`` that lose ``loss`` over ``months``; fractions of net value.

    reproduced: loss in full revaluation. linear: loss to first order from today. distance: standard deviations.
    probability: that ordinary noise of the regime loses as much, to first order at the point found. plausibility: of
    the moves by the core factors, by regime. by_factor: first-order loss of each factor at the point, fraction of
    value. starts: distance that each start ended at, infinite where it reached no loss; alignment: one minus the cosine
    between the point and the gradient there, zero at a local optimum.
    """

    regime: str
    months: float
    loss: float
    reproduced: float
    linear: float
    distance: float
    probability: float
    plausibility: Mapping[str, float]
    moves: np.ndarray
    by_factor: Mapping[str, float]
    starts: tuple[float, ...]
    alignment: float

    @property
    def first_factors(self) -> tuple[str, ...]:
        """Factors by what they lose, the largest first."""
        return tuple(sorted(self.by_factor, key=lambda name: -self.by_factor[name]))


def reverse_scenario(
    book: Book, loss: float, months: float = 12, regime: str = "stress", seed: int = 0
) -> ReverseScenario:
    """The nearest moves that cost ``book`` the fraction ``loss`` of its net value at once, income aside.

    regime: of ``plausibility.REGIMES``. Raises InputError for a loss outside (0, 1), and NoAnswerError, with the
    largest loss that can be reached, where no moves within the farthest distance of settings.csv lose as much.
    """
    if not 0.0 < loss < 1.0:
        raise InputError(Problem(None, "loss", str(loss), "a fraction between 0 and 1", "0.15 is fifteen percent."))
    if regime not in REGIMES:
        raise InputError(Problem(None, "regime", regime, f"one of {', '.join(REGIMES)}", ""))
    search = _Search(book, loss, _root(regime, months))
    found = [search.descend(direction) for direction in search.directions(seed)]
    reached = [(distance, direction) for distance, direction in found if np.isfinite(distance)]
    if not reached:
        raise NoAnswerError(
            f"no scenario within {setting('reverse_farthest'):g} standard deviations of {regime} moments over "
            f"{months:g} months loses {loss:.1%}",
            f"The largest loss that was reached is {max(search.largest, 0.0):.1%}",
        )
    distance, direction = min(reached, key=lambda pair: pair[0])
    return _scenario(search, months, regime, distance, direction, tuple(d for d, _ in found))


@dataclass
class _Search:
    """One search. root: (F, F) of the covariance over the horizon. largest: loss seen so far."""

    book: Book
    loss: float
    root: np.ndarray
    largest: float = 0.0

    def losses(self, moves: np.ndarray) -> np.ndarray:
        """Loss (S,) of moves (S, F) in full revaluation, fraction of net value."""
        result: np.ndarray = -revalue(self.book, jumps(moves), layers=()).total / self.book.value
        return result

    def gradient(self, z: np.ndarray) -> np.ndarray:
        """Derivative (F,) of the loss in standardised moves, by central differences of full revaluation."""
        shifts = STEP * np.eye(len(z))
        around = np.vstack([z + shifts, z - shifts]) @ self.root.T
        up, down = np.split(self.losses(around), 2)
        slope: np.ndarray = (up - down) / (2 * STEP)
        return slope

    def directions(self, seed: int) -> list[np.ndarray]:
        """Unit gradients at the origin and at a few random places."""
        rng = np.random.default_rng([seed, 2])
        places = [np.zeros(len(self.root)), *(2.0 * rng.standard_normal((STARTS, len(self.root))))]
        return [_unit(self.gradient(z)) for z in places]

    def reach(self, direction: np.ndarray) -> float:
        """Distance along ``direction`` at which the loss is first the wanted one, infinite where it never is."""
        low, high = 0.0, setting("reverse_farthest")
        for _ in range(REFINEMENTS):
            steps = np.linspace(low, high, SCAN)
            losses = self.losses(np.outer(steps, self.root @ direction))
            self.largest = max(self.largest, float(losses.max()))
            beyond = np.flatnonzero(losses >= self.loss)
            if not len(beyond):
                return float("inf")
            first = max(int(beyond[0]), 1)
            low, high = float(steps[first - 1]), float(steps[first])
        return high

    def descend(self, direction: np.ndarray) -> tuple[float, np.ndarray]:
        """From one direction to a local optimum: its distance and direction."""
        distance, share = self.reach(direction), 1.0
        for _ in range(ITERATIONS):
            if not np.isfinite(distance):
                break
            target = _unit(self.gradient(distance * direction))
            if 1.0 - float(target @ direction) < SETTLED or share < 1e-3:
                break
            trial = _unit((1.0 - share) * direction + share * target)
            reached = self.reach(trial)
            if reached <= distance:
                distance, direction = reached, trial
            else:
                share /= 2.0
        return distance, direction


def _scenario(
    search: _Search, months: float, regime: str, distance: float, direction: np.ndarray, starts: tuple[float, ...]
) -> ReverseScenario:
    from scipy.stats import norm

    z = distance * direction
    moves, slope = search.root @ z, search.gradient(z)
    reproduced = float(search.losses(moves[None])[0])
    if abs(reproduced - search.loss) > setting("reverse_tolerance") * search.loss:
        raise NoAnswerError(
            f"the loss jumps from below {search.loss:.2%} to {reproduced:.2%}, so no scenario loses exactly that",
            f"Ask for a loss of {reproduced:.2%}",
        )
    inverse = np.linalg.pinv(search.root, rcond=1e-7, hermitian=True)
    by_factor = (inverse @ slope) * moves
    return ReverseScenario(
        regime=regime,
        months=months,
        loss=search.loss,
        reproduced=reproduced,
        linear=float(search.gradient(np.zeros_like(z)) @ z),
        distance=distance,
        probability=float(norm.sf(distance)),
        plausibility={name: plausibility(moves, months * WEEKS_A_MONTH, name) for name in REGIMES},
        moves=moves,
        by_factor=dict(zip(factor_names(), by_factor.tolist(), strict=True)),
        starts=starts,
        alignment=1.0 - float(_unit(slope) @ direction),
    )


def _root(regime: str, months: float) -> np.ndarray:
    """(F, F) symmetric root of the covariance over the horizon."""
    values, vectors = np.linalg.eigh(covariance(regime) * max(months * WEEKS_A_MONTH, 1.0))
    root: np.ndarray = (vectors * np.sqrt(np.maximum(values, 0.0))) @ vectors.T
    return root


def _unit(vector: np.ndarray) -> np.ndarray:
    """The vector at length one; zero stays zero."""
    length = float(np.linalg.norm(vector))
    return vector / length if length > 0.0 else vector
