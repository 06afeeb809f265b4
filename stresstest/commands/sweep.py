"""``sweep``: the simulated loss over one assumption, or a grid of two."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from ..errors import InputError, Problem
from ..market import load_snapshot
from ..records import Estimate
from ..study.books import Modelling, make_book, read_holdings
from ..study.inputs import once, require_value, simulation_warnings
from ..study.options import Options
from ..study.pace import pace_plan
from ..study.plans import choose_plan
from ..study.sweep import LEVERS, MOST, SweepPoint, SweepSetting, check_levers, sweep, unknown_lever
from ..study.thin_tail import tail_warnings
from ..study.together import read_together
from ..toml_text import echo
from ..units import fixed, to_bp, to_percent
from .shown import Kept, Noted, PlanLine, Shown, Simulated, Table

PATHS = 2_000
HOW_TO_READ = (
    "Loss is positive; se (in brackets) is a standard error: two times in three, other random numbers would change the "
    "figure by no more. Every setting meets the same random numbers.",
    "Added: expected shortfall less that of holding the balance sheet.",
)
#: What the columns of a sweep of one lever, or the last table of two, hold beside losses.
COLUMNS = "L: reserves and overnight reverse repo as a share of bank assets on the last day, mean of all paths."
ONE_LEVER = (
    "Spread: SOFR less the interest on reserves in the last week, mean of all paths.",
    "Turbulent: share of paths that go through turbulence.",
)
#: Why losses here differ from those of ``run``, which follows every path.
AT_HORIZON = (
    "Losses are of moves to the horizon, without what happens on the way: options that expire, daily resets, forced "
    "sales. What `run` shows counts these."
)


def sweep_holdings(holdings: str, vary: Sequence[str], options: Options) -> Shown:
    """Vary one or two levers, each written NAME=VALUE,VALUE,... or NAME=FIRST:LAST:COUNT.

    Where the pace is not varied, the plan of the options runs, by default the one that ``run`` takes. Raises InputError
    with every fault of levers, plan and holdings.
    """
    snapshot = load_snapshot(options.data, options.as_of)
    levers, plan, portfolio, off = read_together(
        lambda: read_levers(vary, options),
        lambda: choose_plan(options, snapshot),
        lambda: read_holdings(holdings, snapshot, options.data, options.as_of, options.mapping),
        lambda: options.switches,
    )
    book = make_book(portfolio, snapshot, Modelling(options.calibration, options.broker))
    require_value(book)
    progress = options.stage("simulate")
    asked = SweepSetting(options.months, min(options.paths, PATHS), options.seed, options.reaction, progress, off)
    points = sweep(book, snapshot, levers, plan, asked)
    found = (*tail_warnings(asked.paths, 0.95), *once(problem for point in points for problem in point.warnings))
    paces = levers.get("pace")
    runs = plan if paces is None else pace_plan(max(paces), options.months, snapshot, reaction=options.reaction)
    warnings = simulation_warnings(book, portfolio, snapshot, found, options, runs)
    document = {
        "levers": {name: {"unit": LEVERS[name].unit, "values": list(values)} for name, values in levers.items()},
        "plan": None if "pace" in levers else plan.name,
        "months": options.months,
        "paths": asked.paths,
        "seed": options.seed,
        "without": list(off.off),
        "path_effects": False,
        "snapshot_date": snapshot.as_of.isoformat(),
        "points": [_document(point) for point in points],
        "warnings": list(map(str, warnings)),
    }
    lines = (
        *(f"{name}: {LEVERS[name].meaning}, {LEVERS[name].unit}" for name in levers),
        *(() if "pace" in levers else (PlanLine(plan.name, plan.title),)),
        *HOW_TO_READ,
        COLUMNS,
        *(ONE_LEVER if len(levers) == 1 else ()),
        AT_HORIZON,
        *(Noted("warning", problem) for problem in warnings),
    )
    tables = tuple((Simulated(title, off.off), header, rows) for title, header, rows in _tables(levers, points))
    return Shown(document, tables, lines)


def read_levers(vary: Sequence[str], options: Options) -> dict[str, tuple[float, ...]]:
    """Values by lever, all of which can be simulated beside ``options``. Raises InputError with every fault."""
    levers, problems = _parsed(vary)
    known = {name: values for name, values in levers.items() if name in LEVERS} if problems else levers
    if known or not problems:
        try:
            check_levers(known)
        except InputError as error:
            problems += error.problems
    if "pace" in levers and (options.plan is not None or options.pace is not None):
        given = "--plan" if options.plan is not None else "--qt-pace"
        hint = f"Leave {given} out, or vary another lever."
        problems.append(Problem(None, "vary", f"pace beside {given}", "one of the two", hint))
    if problems:
        raise InputError(problems)
    return levers


def _parsed(vary: Sequence[str]) -> tuple[dict[str, tuple[float, ...]], list[Problem]]:
    """Values by lever as far as they can be read, and the faults."""
    levers: dict[str, tuple[float, ...]] = {}
    problems = []
    for text in vary:
        name, _, values = text.partition("=")
        name = name.strip()
        numbers = _range(values) if values.count(":") == 2 else _numbers(values.split(","))
        if name not in LEVERS:
            problems.append(unknown_lever(name))
        if not numbers or len(numbers) < 2:
            known = name if name in LEVERS else "pace"
            hint = f"Write {known}={LEVERS[known].example}, for example."
            expected = f"NAME=VALUE,VALUE,... or NAME=FIRST:LAST:COUNT with 2 to {MOST} values"
            problems.append(Problem(None, "vary", echo(text), expected, hint))
        elif name in levers:
            problems.append(Problem(None, "vary", name, "each lever once", f"Put all values of {name} in one --vary."))
        elif name in LEVERS:
            levers[name] = numbers
    return levers, problems


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
        columns = (Kept(name), "ES 95", "se", "added", "se", "mean", "L at end", "spread", "turbulent")
        return (("Loss, percent of net value", columns, [_row(point, name) for point in points]),)
    first, second = levers
    header = (f"{first} \\ {second}", *(f"{v:g}" for v in levers[second]))
    return tuple((title, header, _grid(levers, points, told)) for title, told in GRIDS.items())


def _row(point: SweepPoint, name: str) -> tuple[str, ...]:
    numbers = (point.es_95.value, point.es_95.error, point.added.value, point.added.error, point.mean.value)
    return (
        f"{point.values[name]:g}",
        *(fixed(to_percent(number), ".2f") for number in numbers),
        f"{to_percent(point.scarcity):.1f} %",
        f"{fixed(to_bp(point.spread), '+.0f')} bp",
        f"{point.turbulence:.0%}",
    )


def _grid(
    levers: Mapping[str, Sequence[float]], points: Sequence[SweepPoint], told: Callable[[SweepPoint], str]
) -> list[tuple[str, ...]]:
    first, second = levers
    cells = iter(points)
    return [(f"{value:g}", *(told(next(cells)) for _ in levers[second])) for value in levers[first]]


def _with_error(estimate: Estimate) -> str:
    return f"{fixed(to_percent(estimate.value), '.2f')} ({to_percent(estimate.error):.2f})"


#: What a two-way grid shows, by title.
GRIDS: Mapping[str, Callable[[SweepPoint], str]] = {
    "expected shortfall 95 %, percent of net value": lambda point: _with_error(point.es_95),
    "of it added by the plan, percent of net value": lambda point: _with_error(point.added),
    "L at the end, percent of bank assets": lambda point: f"{to_percent(point.scarcity):.1f}",
}
