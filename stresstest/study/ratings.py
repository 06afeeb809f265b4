"""Bonds whose rating is not known: which class stands in for it, said wherever losses are told."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from ..errors import Problem
from ..records import Holding

#: Bonds that are named; the others are counted.
NAMED = 5


def assumed_ratings(holdings: Iterable[Holding]) -> Iterator[tuple[str, str]]:
    """Rating taken and symbol of every bond that came without a known rating and needs one."""
    for holding in holdings:
        rating = holding.analytics.get("assumed_rating")
        if isinstance(rating, str):
            yield rating, holding.position.symbol or holding.position.name


def rating_warnings(assumed: Iterable[tuple[str, str]], name: str = "") -> tuple[Problem, ...]:
    """One warning for each rating that stands in for unknown ones. name: of the portfolio, where there are several."""
    bonds: dict[str, dict[str, None]] = {}
    for rating, symbol in assumed:
        bonds.setdefault(rating, {})[symbol] = None
    return tuple(_warning(rating, symbols, name) for rating, symbols in bonds.items())


def _warning(rating: str, symbols: Mapping[str, None], name: str) -> Problem:
    said, more = ", ".join(list(symbols)[:NAMED]), len(symbols) - NAMED
    found = f"no known rating of {said} and {more:,} more" if more > 0 else f"no known rating of {said}"
    hint = f"Spreads are taken as those of {rating}. A US Treasury needs no rating: write tag_sector government."
    return Problem(None, "rating", found, "a rating of every bond", hint, name)
