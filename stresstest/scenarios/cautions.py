"""What a reader should know about a scenario's numbers: beyond the record, collinear, or about rates alone."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from ..errors import Problem
from ..tables import TENORS, Factor, factor_index, factor_names, factor_table
from .episodes import recorded_range
from .plausibility import covariance
from .propagation import moves_on_its_own, regression
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


def collinear(moves: np.ndarray, named: np.ndarray, regime: str, file: str = "") -> Iterable[Problem]:
    """One warning for each named factor that the other named ones nearly determine.

    The measure is the variance inflation under the correlations of ``regime``; the warning says what the others imply.
    moves, named: (F,).
    """
    weekly = covariance(regime)
    chosen = named & moves_on_its_own(weekly)
    if chosen.sum() < 2:
        return
    scale = np.sqrt(np.diag(weekly)[chosen])
    inflation = np.diag(np.linalg.pinv(weekly[np.ix_(chosen, chosen)] / np.outer(scale, scale), hermitian=True))
    for column, vif in zip(np.flatnonzero(chosen), inflation, strict=True):
        if vif > setting("collinear_vif"):
            others = chosen.copy()
            others[column] = False
            implied = float(regression(weekly, others)[column] @ moves[others])
            name = factor_names()[column]
            found = f"{name} {move_text(name, float(moves[column]))}, variance inflation {vif:.0f}"
            expected = f"about {move_text(name, implied)}, which the other named factors imply"
            yield Problem(None, name, found, expected, "Name fewer of them where they contradict each other.", file)


def rates_alone(named: np.ndarray, regime: str, file: str = "") -> Iterable[Problem]:
    """A warning where only rates are named and the rest follows: what rising yields mean depends on why they rise."""
    names = {name for name, is_named in zip(factor_names(), named, strict=True) if is_named}
    if names and names <= set(TENORS) and regime not in ("rate_led", "doubt"):
        hint = 'Name equity_us too, use a channel such as term_premium_bp, or set regime = "rate_led".'
        expected = "what moves the rates: in these weeks yields mostly rose with shares on good news of growth"
        yield Problem(None, "shock", "rates alone, the rest by expectation", expected, hint, file)


def _extrapolated(factor: Factor, move: float, bound: float, file: str) -> Problem:
    largest = "largest rise" if move > 0 else "largest fall"
    expected = f"at most {move_text(factor.name, bound)}, the {largest} of any episode in the library"
    hint = "Responses are linear; so far out nobody has seen whether they hold."
    return Problem(None, factor.name, move_text(factor.name, move), expected, hint, file)
