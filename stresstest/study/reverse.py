"""The most plausible scenario that loses a given fraction: least Mahalanobis distance, loss in full revaluation.

In standardised moves z (straight moves = R z, R R' the covariance over the horizon; scenarios/horizon.py bends them at
their bounds) the answer is the point of the surface loss(z) = wanted nearest to the origin. There the gradient of the
loss points along z. The search follows that condition: go out along the gradient until full revaluation gives the loss,
take the gradient there, and repeat (Hasofer and Lind, 1974; Rackwitz and Fiessler, 1978), from several starts.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from ..errors import InputError, NoAnswerError, Problem
from ..records import Book
from ..scenarios import jumps
from ..scenarios.horizon import REGIMES, Law
from ..scenarios.plausibility import law_of, plausibility, tail
from ..scenarios.settings import setting
from ..stress import revalue
from ..tables import factor_names
from ..units import BP, WEEKS_A_MONTH, counted

#: Random starts beside the one at the origin, points of the first scan of a ray, and iterations of one start.
STARTS, SCAN, ITERATIONS = 6, 120, 80
#: Refinements of the crossing on a ray; each divides the bracket by ``SCAN``.
REFINEMENTS = 4
#: Finite-difference step in standard deviations, and in moves (a basis point).
STEP, MOVE_STEP = 1e-3, BP
#: Points of the way from today to the answer at which the loss is split by factor (Gauss and Legendre).
WAY_POINTS = 12
#: A direction is settled when it turns by less than this (one minus the cosine).
SETTLED = 1e-9


@dataclass(frozen=True)
class ReverseScenario:
    """The most plausible moves (F,) under ``regime`` that lose ``loss`` over ``months``; fractions of net value.

    reproduced: loss in full revaluation. linear: loss to first order from today. distance: standard deviations.
    probability: that ordinary noise of the regime loses as much, to first order at the point found, with the tails of a
    Student t. plausibility: of the moves by the core factors, by regime. by_factor: what each factor loses as all move
    together from today to the point, fraction of value; adds up to ``reproduced`` (``by_way``). starts: distance that
    each start ended at, infinite where it reached no loss; alignment: one minus the cosine between the point and the
    gradient there, zero at a local optimum.
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
    book: Book,
    loss: float,
    months: float = 12,
    regime: str = "stress",
    seed: int = 0,
    levels: Mapping[str, float] | None = None,
) -> ReverseScenario:
    """The nearest moves that cost ``book`` the fraction ``loss`` of its net value at once, income aside.

    regime: of ``horizon.REGIMES``. levels: of factors today, by default those that ship with the package. Raises
    InputError for a loss outside (0, 1), and NoAnswerError, with the largest loss that can be reached, where no moves
    within the farthest distance of settings.csv lose as much.
    """
    check_loss(loss)
    law = law_of(months * WEEKS_A_MONTH, regime, levels)
    search = _Search(book, loss, law, _root(law.covariance))
    found = [search.descend(direction) for direction in search.directions(seed)]
    reached = [(distance, direction) for distance, direction in found if np.isfinite(distance)]
    if not reached:
        raise NoAnswerError(
            f"no scenario within {setting('reverse_farthest'):g} standard deviations of {regime} moments over "
            f"{counted(months, 'month')} loses {loss:.1%}",
            f"The largest loss that was reached is {max(search.largest, 0.0):.1%}",
        )
    distance, direction = min(reached, key=lambda pair: pair[0])
    point = _point(search, distance * direction)
    weeks = months * WEEKS_A_MONTH
    return ReverseScenario(
        regime=regime,
        months=months,
        loss=loss,
        linear=float(search.gradient(np.zeros(len(direction))) @ direction) * distance,
        distance=distance,
        probability=tail(distance, law.degrees, 1) / 2.0,
        plausibility={name: plausibility(point.moves, weeks, name, levels) for name in REGIMES},
        moves=point.moves,
        reproduced=point.loss,
        by_factor=dict(zip(factor_names(), by_way(book, point.moves).tolist(), strict=True)),
        starts=tuple(d for d, _ in found),
        alignment=1.0 - float(_unit(point.slope) @ direction),
    )


def by_way(book: Book, moves: np.ndarray) -> np.ndarray:
    """(F,) loss by factor as all ``moves`` (F,) grow together from nothing, fractions of net value.

    The integral of each factor's slope along the straight way (Aumann and Shapley, 1974), in full revaluation: the
    parts add up to the loss, curvature and what two factors make together included. Where the loss has kinks, as with
    options at the end of their life, they do so within the error of the quadrature.
    """
    moved = np.flatnonzero(moves)
    nodes, weights = np.polynomial.legendre.leggauss(WAY_POINTS)
    places = np.repeat((nodes[:, None] + 1.0) / 2.0 * moves, len(moved), axis=0)
    steps = np.tile(MOVE_STEP * np.eye(len(moves))[moved], (WAY_POINTS, 1))
    up, down = (revalue(book, jumps(places + side * steps), layers=()).total for side in (1.0, -1.0))
    slopes = ((down - up) / (2.0 * MOVE_STEP * book.value)).reshape(WAY_POINTS, len(moved))
    parts = np.zeros(len(moves))
    parts[moved] = weights / 2.0 @ slopes * moves[moved]
    return parts


def check_loss(loss: float) -> None:
    """Raise InputError for a loss that is no fraction of net value."""
    if not 0.0 < loss < 1.0:
        hint = f"{loss:g} percent is {loss / 100:g}." if 1.0 <= loss <= 100.0 else "0.15 is fifteen percent."
        raise InputError(Problem(None, "loss", f"{loss:g}", "a fraction between 0 and 1", hint))


@dataclass
class _Search:
    """One search. root: (F, F) of the covariance over the horizon. largest: loss seen so far."""

    book: Book
    loss: float
    law: Law
    root: np.ndarray
    largest: float = 0.0

    def moves(self, z: np.ndarray) -> np.ndarray:
        """(S, F) moves of standardised ones (S, F)."""
        return self.law.bend(z @ self.root.T)

    def losses(self, z: np.ndarray) -> np.ndarray:
        """Loss (S,) of standardised moves (S, F) in full revaluation, fraction of net value."""
        result: np.ndarray = -revalue(self.book, jumps(self.moves(z)), layers=()).total / self.book.value
        return result

    def gradient(self, z: np.ndarray) -> np.ndarray:
        """Derivative (F,) of the loss in standardised moves, by central differences of full revaluation."""
        shifts = STEP * np.eye(len(z))
        up, down = np.split(self.losses(np.vstack([z + shifts, z - shifts])), 2)
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
            losses = self.losses(np.outer(steps, direction))
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


@dataclass(frozen=True)
class _Point:
    """One point of the surface: moves (F,), loss there, and its slope (F,) in standardised moves."""

    moves: np.ndarray
    loss: float
    slope: np.ndarray


def _point(search: _Search, z: np.ndarray) -> _Point:
    """The answer at ``z``. Raises NoAnswerError where the loss jumps over the one that is wanted."""
    moves, slope = search.moves(z[None])[0], search.gradient(z)
    loss = float(search.losses(z[None])[0])
    if abs(loss - search.loss) > setting("reverse_tolerance") * search.loss:
        raise NoAnswerError(
            f"the loss jumps from below {search.loss:.2%} to {loss:.2%}, so no scenario loses exactly that",
            f"Ask for a loss of {loss:.2%}",
        )
    return _Point(moves, loss, slope)


def _root(covariance: np.ndarray) -> np.ndarray:
    """(F, F) symmetric root."""
    values, vectors = np.linalg.eigh(covariance)
    root: np.ndarray = (vectors * np.sqrt(np.maximum(values, 0.0))) @ vectors.T
    return root


def _unit(vector: np.ndarray) -> np.ndarray:
    """The vector at length one; zero stays zero."""
    length = float(np.linalg.norm(vector))
    return vector / length if length > 0.0 else vector
