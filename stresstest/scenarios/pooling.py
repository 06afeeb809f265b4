"""Views turned into constraints on paths, in an order that keeps each of them linear, and the answer checked.

Means, orders and probabilities are linear in the weights. A volatility is linear once the mean is known, a correlation
once means and volatilities are; so the pool is solved three times, each time with what came before held where it is.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from ..errors import InputError, NoAnswerError, Problem
from ..records import FactorPaths
from ..tables import factor_index
from .entropy import Constraints, Pooled, pool
from .settings import setting
from .view import View, subject, value_text
from .words import move_text

#: What is said where no weights meet the views.
MISSED = "no weights of the simulated paths meet these views"
#: Bisection steps for the nearest views that can be met.
STEPS = 12
#: A factor whose standard deviation is below this is the rounding of one that does not move.
STILL = 1e-12


@dataclass(frozen=True)
class ViewResult:
    """One view: what the simulation said, what was asked, what the new weights say; residual in standard deviations."""

    view: View
    before: float
    after: float
    residual: float


@dataclass(frozen=True)
class Reweighted:
    """Paths under views. effective: effective number of paths; share: of all paths; floor: the least that is accepted.

    divergence: relative entropy to the simulated weights, in nats.
    """

    factors: FactorPaths
    results: tuple[ViewResult, ...]
    effective: float
    share: float
    floor: float
    divergence: float


def apply_views(factors: FactorPaths, views: Sequence[View], floor: float | None = None) -> Reweighted:
    """``factors`` with the probabilities that meet ``views`` and are closest to those it has.

    floor: fewest effective paths that are accepted; None takes the larger of two thresholds of settings.csv. Raises
    InputError for a view on a factor that does not move, and NoAnswerError, with the nearest views that can be met,
    where no weights meet them or too few paths carry them.
    """
    _refuse_still(factors, views)
    least = floor_of(len(factors.moves)) if floor is None else floor
    pooled = _solve(factors, views)
    failure = _failure(pooled, least)
    if failure == MISSED:
        failure = _missed(factors, views, pooled.probability)
    if failure:
        raise NoAnswerError(failure, _relaxation(factors, views, least))
    probability = pooled.probability
    results = tuple(_result(view, factors, probability, _miss(view, factors, probability)) for view in views)
    return Reweighted(
        factors=replace(factors, probability=probability),
        results=results,
        effective=pooled.effective,
        share=pooled.effective / len(probability),
        floor=least,
        divergence=_divergence(probability, factors.probability),
    )


def floor_of(paths: int) -> float:
    """Fewest effective paths that are accepted of ``paths``."""
    return max(setting("effective_least"), setting("effective_share") * paths)


def statistic(view: View, moves: np.ndarray, p: np.ndarray) -> float:
    """Value of the statistic of ``view`` under weights ``p``; for an order the smallest step down, positive if kept."""
    columns = [factor_index()[name] for name in view.factors]
    x = moves[:, columns]
    mean = p @ x
    if view.statistic == "mean":
        return float(mean[0])
    if view.statistic == "probability":
        return float(p @ (x[:, 0] <= view.below))
    if view.statistic == "order":
        return float(-np.diff(mean).max())
    covariance = (x - mean).T @ ((x - mean) * p[:, None])
    if view.statistic == "volatility":
        return float(np.sqrt(covariance[0, 0]))
    return float(covariance[0, 1] / np.sqrt(covariance[0, 0] * covariance[1, 1]))


def _refuse_still(factors: FactorPaths, views: Sequence[View]) -> None:
    """InputError for every view on a factor that is the same on all paths: no weights can move it.

    An order says something as soon as one of its factors moves.
    """
    problems = []
    for view in views:
        still = [name for name in view.factors if _deviation(name, factors) <= STILL]
        if still and (view.statistic != "order" or len(still) == len(view.factors)):
            found = f"{view.statistic} of {' and '.join(view.factors)}: {' and '.join(still)} is the same on all paths"
            hint = "Leave the view out, or simulate the channels that move the factor."
            problems.append(Problem(None, view.place or "view", found, "factors that move", hint))
    if problems:
        raise InputError(problems)


def _deviation(name: str, factors: FactorPaths) -> float:
    """Standard deviation of a factor under the simulated weights."""
    x, prior = factors.moves[:, factor_index()[name]], factors.probability
    return float(np.sqrt(prior @ (x - prior @ x) ** 2))


# -------------------------------------------------------------------------------------------------------------- solving


def _solve(factors: FactorPaths, views: Sequence[View]) -> Pooled:
    """Three pools, each from the simulated weights: linear views; with volatilities; with correlations."""
    moves, prior = factors.moves, factors.probability
    linear = [v for v in views if v.statistic in ("mean", "order", "probability")]
    rows = [row for view in linear for row in _linear(view, moves)]
    pooled = _pooled(prior, rows)
    volatilities = [v for v in views if v.statistic == "volatility"]
    if volatilities:
        mean = pooled.probability @ moves
        rows += [row for view in volatilities for row in _volatility(view, moves, mean)]
        pooled = _pooled(prior, rows)
    correlations = [v for v in views if v.statistic == "correlation"]
    if correlations:
        mean = pooled.probability @ moves
        spread = np.sqrt(pooled.probability @ (moves - mean) ** 2)
        fixed = {view.factors[0] for view in volatilities}
        rows += [row for view in correlations for row in _correlation(view, moves, mean, spread, fixed)]
        pooled = _pooled(prior, rows)
    return pooled


#: A feature (S,), the bound of its mean, and whether it is a bound rather than an equality.
_Row = tuple[np.ndarray, float, bool]


def _pooled(prior: np.ndarray, rows: Sequence[_Row]) -> Pooled:
    if not rows:
        return Pooled(prior, np.zeros(0), np.zeros(0))
    features, targets, bounds = zip(*rows, strict=True)
    return pool(prior, Constraints(np.stack(features, axis=1), np.array(targets), np.array(bounds)))


def _bounded(feature: np.ndarray, view: View, value: float) -> _Row:
    """An "at least" is the "at most" of the negative."""
    sign = -1.0 if view.relation == "at_least" else 1.0
    return sign * feature, sign * value, view.relation != "equal"


def _linear(view: View, moves: np.ndarray) -> list[_Row]:
    columns = [factor_index()[name] for name in view.factors]
    if view.statistic == "mean":
        return [_bounded(moves[:, columns[0]], view, view.value)]
    if view.statistic == "probability":
        return [_bounded((moves[:, columns[0]] <= view.below).astype(float), view, view.value)]
    return [(moves[:, lower] - moves[:, upper], 0.0, True) for upper, lower in itertools.pairwise(columns)]


def _held_mean(column: int, moves: np.ndarray, mean: np.ndarray) -> _Row:
    return moves[:, column], float(mean[column]), False


def _volatility(view: View, moves: np.ndarray, mean: np.ndarray) -> list[_Row]:
    column = factor_index()[view.factors[0]]
    square = (moves[:, column] - mean[column]) ** 2
    return [_held_mean(column, moves, mean), _bounded(square, view, view.value**2)]


def _correlation(view: View, moves: np.ndarray, mean: np.ndarray, spread: np.ndarray, fixed: set[str]) -> list[_Row]:
    """Product of the deviations, with means held; and volatilities, so that the product is the correlation.

    fixed: factors whose volatility a view already holds.
    """
    rows, columns = [], [factor_index()[name] for name in view.factors]
    deviations = [moves[:, column] - mean[column] for column in columns]
    for name, column, deviation in zip(view.factors, columns, deviations, strict=True):
        rows.append(_held_mean(column, moves, mean))
        if name not in fixed:
            rows.append((deviation**2, float(spread[column] ** 2), False))
    scale = float(spread[columns[0]] * spread[columns[1]])
    return [*rows, _bounded(deviations[0] * deviations[1], view, view.value * scale)]


# ------------------------------------------------------------------------------------------------------------- checking


def _failure(pooled: Pooled, least: float) -> str:
    """Why the weights cannot be used, or an empty text."""
    worst = float(pooled.residual.max()) if len(pooled.residual) else 0.0
    if worst > setting("view_tolerance"):
        return MISSED
    if pooled.effective < least:
        return f"only {pooled.effective:.0f} effective paths would carry these views; at least {least:.0f} are needed"
    return ""


def _missed(factors: FactorPaths, views: Sequence[View], probability: np.ndarray) -> str:
    """Which views the nearest weights miss, and by how much."""
    gaps = [(view, _miss(view, factors, probability)) for view in views]
    told = []
    for view, gap in gaps:
        if gap > setting("view_tolerance"):
            reached = value_text(view, statistic(view, factors.moves, probability))
            name = f"{view.place}, {subject(view)}"
            told.append(f"{name}: {reached} is reached" if view.statistic != "order" else f"{name}: not kept")
    return f"{MISSED} ({'; '.join(told)})" if told else MISSED


def _relaxation(factors: FactorPaths, views: Sequence[View], least: float) -> str:
    """The views moved towards the simulation, by as little as makes them answerable."""
    beyond = [text for text in (_beyond(view, factors) for view in views) if text]
    if beyond:
        return ". ".join(beyond)
    low, high = 0.0, 1.0
    for _ in range(STEPS):
        middle = (low + high) / 2.0
        eased = [_eased(view, factors, middle) for view in views]
        low, high = (middle, high) if not _failure(_solve(factors, eased), least) else (low, middle)
    if low == 0.0:
        return _not_even(failure=_failure(_solve(factors, [_eased(v, factors, high) for v in views]), least))
    told = "; ".join(filter(None, (_told(_eased(view, factors, low)) for view in views)))
    return f"Nearest that has an answer: the views {low:.0%} of the way from the simulation, {told}"


def _beyond(view: View, factors: FactorPaths) -> str:
    """What no weights can mend: the bound of a probability lies outside of all paths. Empty where it does not."""
    if view.statistic != "probability":
        return ""
    name = view.factors[0]
    x = factors.moves[factors.probability > 0, factor_index()[name]]
    inside = x <= view.below
    if (inside.any() and not inside.all()) or not _miss(view, factors, factors.probability):
        return ""
    low, high, bound = (move_text(name, float(move)) for move in (x.min(), x.max(), view.below))
    side = "below" if inside.all() else "above"
    return (
        f"All paths of {name} end {side} {bound}, between {low} and {high}: set the bound of {view.place} between them"
    )


def _not_even(failure: str) -> str:
    """What to do where not even a small part of the views can be met; more paths mend only too few effective ones."""
    told = "Even a small part of them cannot be met together: leave one out"
    return told if failure == MISSED else f"{told}, or simulate more paths"


def _eased(view: View, factors: FactorPaths, share: float) -> View:
    """``view`` with its value only ``share`` of the way from what the simulation says; an order stays."""
    now = statistic(view, factors.moves, factors.probability)
    kept = (view.relation == "at_most" and now <= view.value) or (view.relation == "at_least" and now >= view.value)
    if view.statistic == "order" or kept:
        return view
    return replace(view, value=now + share * (view.value - now))


def _told(view: View) -> str:
    if view.statistic == "order":
        return ""
    value = value_text(view, view.value)
    return f"{subject(view)} {view.relation.replace('_', ' ')} {value}"


def _result(view: View, factors: FactorPaths, p: np.ndarray, residual: float) -> ViewResult:
    before = statistic(view, factors.moves, factors.probability)
    return ViewResult(view, before, statistic(view, factors.moves, p), residual)


def _miss(view: View, factors: FactorPaths, p: np.ndarray) -> float:
    """How far the new weights miss the view, in standard deviations of its factor; correlations, shares as such.

    An order is measured by the factor that moves most.
    """
    gap = statistic(view, factors.moves, p) - view.value
    missed = abs(gap) if view.relation == "equal" else max(gap if view.relation == "at_most" else -gap, 0.0)
    if view.statistic in ("correlation", "probability"):
        return missed
    names = view.factors if view.statistic == "order" else view.factors[:1]
    return missed / max(_deviation(name, factors) for name in names)


def _divergence(p: np.ndarray, prior: np.ndarray) -> float:
    inside = p > 0
    return float(np.sum(p[inside] * np.log(p[inside] / prior[inside])))
