"""``sweep``: the simulated loss over one assumption, or a grid of two."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from ..errors import InputError, Problem
from ..market import load_snapshot
from ..study.books import Modelling, make_book, read_holdings
from ..study.inputs import require_value, unmodelled_warnings
from ..study.options import Options
from ..study.sweep import LEVERS, MOST, SweepPoint, SweepSetting, check_levers, sweep
from ..units import to_bp, to_percent
from .shown import Shown, Table

PATHS = 2_000
#: Columns of the table of a single lever, and the measures that a two-way grid shows.
GRIDS = {"es_95": "expected shortfall 95 %", "added": "of it added by the plan"}


def sweep_holdings(holdings: str, vary: Sequence[str], options: Options) -> Shown:
    """Vary one or two levers, each written NAME=VALUE,VALUE,... or NAME=FIRST:LAST:COUNT.

    Raises InputError for levers, values or ranges that are not understood.
    """
    levers = parse_levers(vary)
    check_levers(levers)
    snapshot = load_snapshot(options.data, options.as_of)
    portfolio = read_holdings(holdings, snapshot, options.data, options.as_of, options.mapping)
    book = make_book(portfolio, snapshot, Modelling(options.calibration, options.broker))
    require_value(book)
    asked = SweepSetting(options.months, min(options.paths, PATHS), options.seed, options.stage("simulate"))
    points = sweep(book, snapshot, levers, asked)
    warnings = [str(problem) for problem in unmodelled_warnings(book)]
    document = {
        "levers": {name: {"unit": LEVERS[name].unit, "values": list(values)} for name, values in levers.items()},
        "months": options.months,
        "paths": asked.paths,
        "seed": options.seed,
        "points": [_document(point) for point in points],
        "warnings": warnings,
    }
    lines = [f"{name}: {LEVERS[name].meaning}, {LEVERS[name].unit}" for name in levers]
    lines.append("Loss is positive, se a standard error; every setting meets the same random numbers.")
    return Shown(document, _tables(levers, points), (*lines, *warnings))


def parse_levers(vary: Sequence[str]) -> dict[str, tuple[float, ...]]:
    """Values by lever. Raises InputError with every fault."""
    levers: dict[str, tuple[float, ...]] = {}
    problems = []
    for text in vary:
        name, _, values = text.partition("=")
        numbers = _range(values) if values.count(":") == 2 else _numbers(values.split(","))
        if numbers is None or not numbers:
            hint = f"Write {name or 'pace'}=0,50,95 or {name or 'pace'}=0:150:4."
            problems.append(Problem(None, "vary", text[:60], "NAME=VALUE,VALUE,... or NAME=FIRST:LAST:COUNT", hint))
        elif name in levers:
            problems.append(Problem(None, "vary", name, "each lever once", ""))
        else:
            levers[name] = numbers
    if problems:
        raise InputError(problems)
    return levers


def _range(text: str) -> tuple[float, ...] | None:
    numbers = _numbers(text.split(":"))
    if numbers is None or not (2 <= numbers[2] <= MOST and numbers[2] == int(numbers[2])):
        return None
    first, last, count = numbers
    return tuple(first + (last - first) * i / (count - 1) for i in range(int(count)))


def _numbers(words: Sequence[str]) -> tuple[float, ...] | None:
    try:
        numbers = tuple(float(word) for word in words)
    except ValueError:
        return None
    return numbers if all(math.isfinite(number) for number in numbers) else None


def _document(point: SweepPoint) -> dict[str, Any]:
    estimates = {"mean": point.mean, "es_95": point.es_95, "added": point.added}
    return {
        "values": dict(point.values),
        **{name: {"value": e.value, "error": e.error} for name, e in estimates.items()},
        "scarcity_l": point.scarcity,
        "spread_bp": to_bp(point.spread),
        "turbulence": point.turbulence,
    }


def _tables(levers: Mapping[str, Sequence[float]], points: Sequence[SweepPoint]) -> tuple[Table, ...]:
    if len(levers) == 1:
        (name,) = levers
        header = (name, "ES 95", "se", "added", "se", "mean", "L at end", "spread", "turbulent")
        return (("Loss, percent of net value", header, [_row(point, name) for point in points]),)
    first, second = levers
    return tuple(
        (
            f"{title}, percent of net value",
            (f"{first} \\ {second}", *(f"{v:g}" for v in levers[second])),
            _grid(levers, points, key),
        )
        for key, title in GRIDS.items()
    )


def _row(point: SweepPoint, name: str) -> tuple[str, ...]:
    numbers = (point.es_95.value, point.es_95.error, point.added.value, point.added.error, point.mean.value)
    return (
        f"{point.values[name]:g}",
        *(f"{to_percent(number):.2f}" for number in numbers),
        f"{to_percent(point.scarcity):.1f} %",
        f"{to_bp(point.spread):+.0f} bp",
        f"{point.turbulence:.0%}",
    )


def _grid(levers: Mapping[str, Sequence[float]], points: Sequence[SweepPoint], key: str) -> list[tuple[str, ...]]:
    first, second = levers
    cells = iter(points)
    return [
        (f"{value:g}", *(f"{to_percent(getattr(next(cells), key).value):.2f}" for _ in levers[second]))
        for value in levers[first]
    ]
