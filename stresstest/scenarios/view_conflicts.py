"""Views that cannot hold together, whatever the paths: found before anything is simulated, with the places of both."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from .toml_file import Door
from .view import View, value_text


def check_conflicts(views: Sequence[View], door: Door) -> None:
    """A fault for each pair or group of views that contradict or repeat each other.

    The same statement twice; bounds that cross; probabilities that fall as their bound rises; orders that run in a
    circle or against means that are fixed; correlations that no matrix can hold.
    """
    before = len(door.problems)
    _bounds(views, door)
    _probabilities(views, door)
    _orders(views, door)
    if len(door.problems) == before:
        _correlations(views, door)


def _bounds(views: Sequence[View], door: Door) -> None:
    """The same statistic stated twice in the same direction, and bounds that cross."""
    seen: dict[tuple[str, frozenset[str], float], list[View]] = {}
    for view in views:
        if view.statistic != "order":
            seen.setdefault((view.statistic, frozenset(view.factors), view.below), []).append(view)
    for group in seen.values():
        name = f"the {group[0].statistic} of {' and '.join(group[0].factors)}"
        for earlier, later in itertools.combinations(group, 2):
            if earlier.relation == later.relation:
                hint = f"Keep one of the two; {earlier.place} states it already."
                door.fault(later.place, f"a second view on {name}", "one view in each direction", hint)
        least = max((v for v in group if v.relation != "at_most"), key=lambda v: v.value, default=None)
        most = min((v for v in group if v.relation != "at_least"), key=lambda v: v.value, default=None)
        if least is not None and most is not None and least.relation != most.relation and least.value > most.value:
            _contradiction(least, most, f"views on {name} that can both hold", door)


def _probabilities(views: Sequence[View], door: Door) -> None:
    """A fall beyond a lower bound cannot be likelier than a fall beyond a higher one."""
    chances = [view for view in views if view.statistic == "probability"]
    for deeper, milder in itertools.permutations(chances, 2):
        same = deeper.factors == milder.factors and deeper.below < milder.below
        if same and deeper.relation != "at_most" and milder.relation != "at_least" and deeper.value > milder.value:
            expected = f"no larger probability of {deeper.factors[0]} below the lower bound"
            _contradiction(deeper, milder, expected, door)


def _orders(views: Sequence[View], door: Door) -> None:
    """Orders that run in a circle, alone or through means that are fixed."""
    above: dict[tuple[str, str], View] = {}
    for view in views:
        if view.statistic == "order":
            above |= dict.fromkeys(itertools.pairwise(view.factors), view)
    fixed = {v.factors[0]: v for v in views if v.statistic == "mean" and v.relation == "equal"}
    for upper, lower in above:
        way = _way(lower, upper, above)
        if way is not None:
            circle = ((upper, lower), *way)
            places = ", ".join(dict.fromkeys(above[pair].place for pair in circle))
            found = " > ".join((upper, *(below for _, below in circle)))
            door.fault(places, found, "orders without a circle", "Leave one of them out.")
            return
    for upper, lower in itertools.permutations(fixed, 2):
        if fixed[upper].value < fixed[lower].value and _way(upper, lower, above) is not None:
            expected = f"means in the order that is asked for: {upper} above {lower}"
            _contradiction(fixed[upper], fixed[lower], expected, door)


def _contradiction(one: View, other: View, expected: str, door: Door) -> None:
    said = (f"{v.relation.replace('_', ' ')} {value_text(v, v.value)} ({v.place})" for v in (one, other))
    found = " and ".join(said)
    door.fault(one.place, found, expected, "Change or leave out one of the two.")
    door.problems[-1] = replace(door.problems[-1], found=found)  # uncut: it names both


def _way(start: str, end: str, above: Mapping[tuple[str, str], View]) -> tuple[tuple[str, str], ...] | None:
    """A shortest way from ``start`` down to ``end`` along the pairs that orders state, none where there is no way."""
    ways: dict[str, tuple[tuple[str, str], ...]] = {start: ()}
    queue = [start]
    while queue:
        here = queue.pop(0)
        if here == end:
            return ways[here]
        for upper, lower in above:
            if upper == here and lower not in ways:
                ways[lower] = (*ways[here], (upper, lower))
                queue.append(lower)
    return None


def _correlations(views: Sequence[View], door: Door) -> None:
    """A fault where the correlations that views fix exactly cannot belong to any set of paths."""
    fixed = {frozenset(v.factors): v for v in views if v.statistic == "correlation" and v.relation == "equal"}
    names = sorted({name for pair in fixed for name in pair})
    for clique in _cliques(names, fixed):
        matrix = np.eye(len(clique))
        for i, j in zip(*np.triu_indices(len(clique), 1), strict=True):
            matrix[i, j] = matrix[j, i] = fixed[frozenset((clique[i], clique[j]))].value
        values, vectors = np.linalg.eigh(matrix)
        if values.min() < -1e-12:
            near = (vectors * np.maximum(values, 1e-6)) @ vectors.T
            near /= np.sqrt(np.outer(np.diag(near), np.diag(near)))
            pairs = [(i, j) for i in range(len(clique)) for j in range(i + 1, len(clique))]
            nearest_values = ", ".join(f"{clique[i]} and {clique[j]} {near[i, j]:.2f}" for i, j in pairs)
            place = ", ".join(fixed[frozenset((clique[i], clique[j]))].place for i, j in pairs)
            found = f"smallest eigenvalue {values.min():.2f} of the correlations of {', '.join(clique)}"
            hint = f"Nearest that can hold: {nearest_values}."
            door.fault(place, found, "a matrix without negative eigenvalues", hint)
            door.problems[-1] = replace(door.problems[-1], found=found)  # uncut: it names every factor


def _cliques(names: list[str], fixed: Mapping[frozenset[str], View]) -> list[tuple[str, ...]]:
    """Largest groups of factors among which every pair is fixed, grown greedily from each fixed pair."""
    groups = set()
    for pair in fixed:
        grown = sorted(pair)
        for name in names:
            if name not in grown and all(frozenset((name, other)) in fixed for other in grown):
                grown.append(name)
        if len(grown) > 2:
            groups.add(tuple(sorted(grown)))
    return sorted(groups)
