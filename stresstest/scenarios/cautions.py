"""What a reader should know about a scenario's numbers: beyond the record or without one, collinear, rates alone."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import numpy as np

from ..errors import Problem
from ..tables import TENORS, Factor, factor_index, factor_names, factor_table
from .episodes import recorded_range
from .horizon import Law
from .propagation import moves_on_its_own, regression
from .scenario import Scenario
from .settings import setting
from .words import move_text

#: Moves within this share beyond the record are not worth a warning: rounding.
SLACK = 0.01


def beyond_record(moves: np.ndarray, named: np.ndarray, file: str = "") -> Iterable[Problem]:
    """One warning for each named factor that moves further than in any episode of the library. moves, named: (F,)."""
    low, high = recorded_range()
    for factor, move, least, most in zip(factor_table(), moves, low, high, strict=True):
        bound = most if move > 0 else least
        if named[factor_index()[factor.name]] and bound and abs(move) > (1 + SLACK) * abs(bound):
            yield _extrapolated(factor, float(move), float(bound), file)


def collinear(
    moves: np.ndarray, exact: np.ndarray, law: Law, file: str = "", named: np.ndarray | None = None
) -> Iterable[Problem]:
    """One warning for each factor named by itself that the others nearly determine, or that contradicts them.

    The first is told by its variance inflation among factors named by themselves; the second by how many standard
    deviations it lies from what all named ones imply, given them, where they say something of it at all. Straight
    moves under ``law``. moves, exact: (F,). named: (F,) with the tenors of a curve shape, by default as ``exact``.
    """
    own, straight = moves_on_its_own(law.covariance), law.straighten(moves)
    told = exact & own if named is None else named & own
    inflation, _ = _given_others(law.covariance, exact & own)
    among_all, deviation = _given_others(law.covariance, told)
    for column in np.flatnonzero(exact & own) if told.sum() > 1 else ():
        others = told.copy()
        others[column] = False
        implied = regression(law.covariance, others)[column] @ straight[others]
        apart = abs(float(straight[column] - implied)) / deviation[column]
        against = among_all[column] > setting("contrary_vif") and apart > setting("contrary_sd")
        if inflation[column] > setting("collinear_vif") or against:
            name, follows = factor_names()[column], straight.copy()
            how = f"{apart:.0f} standard deviations away" if against else f"variance inflation {inflation[column]:.0f}"
            follows[column] = implied
            expected = f"about {move_text(name, float(law.bend(follows)[column]))}, which the other named factors imply"
            found = f"{name} {move_text(name, float(moves[column]))}, {how}"
            yield Problem(None, name, found, expected, "Name fewer of them where they contradict each other.", file)


def _given_others(covariance: np.ndarray, chosen: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """(F,) variance inflation of each ``chosen`` factor among them, and its standard deviation given the others."""
    inflation, deviation = np.ones(len(chosen)), np.sqrt(np.diag(covariance))
    spread, scale = covariance[np.ix_(chosen, chosen)], deviation[chosen]
    precision = np.diag(np.linalg.pinv(spread / np.outer(scale, scale), hermitian=True))
    inflation[chosen], deviation[chosen] = precision, scale / np.sqrt(precision)
    return inflation, deviation


def rates_alone(named: np.ndarray, regime: str, file: str = "") -> Iterable[Problem]:
    """A warning where only rates are named and the rest follows: what rising yields mean depends on why they rise."""
    names = {name for name, is_named in zip(factor_names(), named, strict=True) if is_named}
    if names and names <= set(TENORS) and regime not in ("rate_led", "doubt"):
        hint = 'Name equity_us too, use a channel such as term_premium_bp, or set regime = "rate_led".'
        expected = "what moves the rates: in these weeks yields mostly rose with shares on good news of growth"
        yield Problem(None, "shock", "rates alone, the rest by expectation", expected, hint, file)


def without_record(scenario: Scenario, by_factor: Mapping[str, float]) -> tuple[str, ...]:
    """Factors that an episode has no record of and that make much of the book's result, the largest first.

    by_factor: gain or loss by factor, any unit. They matter where together they make a tenth of all gains and losses;
    those below a tenth of the largest of them are not named.
    """
    share = setting("filled_in_share")
    found = {name: abs(by_factor.get(name, 0.0)) for name in scenario.completed}
    total, filled = sum(map(abs, by_factor.values())), sum(found.values())
    if scenario.kind != "episode" or not filled or filled < share * total:
        return ()
    ranked = sorted(found, key=lambda name: -found[name])
    return tuple(name for name in ranked if found[name] >= share * found[ranked[0]])


def no_record(scenario: Scenario, factors: Sequence[str]) -> Iterable[Problem]:
    """One warning for an episode whose result rests on ``factors`` that it has no record of."""
    if factors:
        hint = "They are filled in by conditional expectation from other years: read the loss as a guess."
        yield Problem(None, scenario.name, f"no record of {', '.join(factors)}", "recorded moves of what is held", hint)


def _extrapolated(factor: Factor, move: float, bound: float, file: str) -> Problem:
    largest = "largest rise" if move > 0 else "largest fall"
    expected = f"at most {move_text(factor.name, bound)}, the {largest} of any episode in the library"
    hint = "Responses are linear; so far out nobody has seen whether they hold."
    return Problem(None, factor.name, move_text(factor.name, move), expected, hint, file)
