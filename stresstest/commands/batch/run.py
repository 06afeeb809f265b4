"""The order of ``batch``: read all, simulate once, price each instrument once, reduce in blocks."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

import numpy as np

from ...errors import InputError, NoAnswerError, Problem
from ...market import load_snapshot
from ...scenarios import chosen_views
from ...study.options import Options
from .engines import ENGINES, check_engine
from .folder import gather_folder
from .gathered import Gathered
from .long_table import gather_table
from .pricing import World, make_world, no_value, price_alone, price_units, worst_points
from .reduced import COLUMNS
from .result import BatchResult, check_out_file, write_result
from .unseen import LeftOut, coverage_warnings, left_out_rows


class Unseen(NamedTuple):
    """What no figure of a portfolio contains, by name: warnings where it is much, and the rows themselves."""

    warned: dict[str, tuple[Problem, ...]]
    rows: dict[str, tuple[LeftOut, ...]]


def batch(source: Path, options: Options, engine: str = "local", out: Path | None = None) -> BatchResult:
    """Stress every portfolio of ``source`` under one plan and one set of scenarios.

    source: a folder of holdings files, or a long table (Parquet or CSV with a column ``portfolio``). engine: "local" or
    "dask". out: a .parquet or .csv file for the table of results. The figures are those of ``stress`` with the same
    seed and paths. A portfolio that cannot be read or has no net value is listed in ``failed``. Raises InputError where
    none can be read, for an engine that is not there, and for views, which need one portfolio.
    """
    check_engine(engine)
    check_out_file(out, source)
    if chosen_views(options.scenarios):
        hint = "Use `stresstest views` for one portfolio."
        raise InputError(Problem(None, "scenario", "a file of views", "scenarios", hint))
    _ = options.switches  # its faults are told before anything is read
    snapshot = load_snapshot(options.data, options.as_of)
    gather = gather_folder if source.is_dir() else gather_table
    gathered = gather(source, snapshot, options, options.stage("read"))
    if not gathered.read:
        raise InputError([problem for problems in gathered.failed.values() for problem in problems])
    result = _priced(gathered, make_world(options, snapshot), options, engine)
    if out is not None and result.names:
        write_result(result, out)
    return result


def _priced(gathered: Gathered, world: World, options: Options, engine: str) -> BatchResult:
    units = price_units(gathered.instruments, world, options.stage("price"))
    multiples = gathered.matrix()
    found = dict(ENGINES[engine](multiples, units, options.stage("reduce")))
    held = gathered.names, multiples, units, gathered.instruments
    unseen = Unseen(coverage_warnings(*held), left_out_rows(*held))
    failed = dict(gathered.failed)
    names = list(gathered.names)
    if names:
        kept = np.isfinite(found["es_95"]) & (found["value"] > 0)
        failed |= {names[i]: (no_value(names[i]),) for i in np.flatnonzero(~kept)}
        names = [name for name, good in zip(names, kept, strict=True) if good]
        found = {key: numbers[kept] for key, numbers in found.items()}
    names, found = _in_order(*_with_alone(names, found, gathered, world, failed, unseen, options), gathered)
    return BatchResult(
        names=tuple(names),
        numbers={column: found[column] for column in COLUMNS},
        named=worst_points(found["named"], world) if names else np.zeros((0, len(world.columns))),
        scenarios=tuple(world.columns),
        failed=failed,
        warnings=(*gathered.warnings, *world.warnings),
        warned={name: problems for name, problems in unseen.warned.items() if name not in failed},
        not_modelled={name: rows for name, rows in unseen.rows.items() if name not in failed},
        titles={scenario.name: scenario.title for scenario in world.scenarios},
        about={
            "plan": world.plan,
            "paths": len(world.cloud.moves),
            "months": options.months,
            "seed": options.seed,
            "without": world.off.off,
            "snapshot_date": world.snapshot.as_of.isoformat(),
            "engine": engine,
            "instruments": len(gathered.instruments),
            "alone": len(gathered.alone),
            "passed_over": gathered.passed_over,
        },
    )


def _in_order(
    names: list[str], found: dict[str, np.ndarray], gathered: Gathered
) -> tuple[list[str], dict[str, np.ndarray]]:
    """The portfolios in the order in which they were read."""
    place = {name: i for i, name in enumerate(gathered.order)}
    order = sorted(range(len(names)), key=lambda i: place[names[i]])
    return [names[i] for i in order], {key: numbers[order] for key, numbers in found.items()}


def _with_alone(
    names: list[str],
    found: dict[str, np.ndarray],
    gathered: Gathered,
    world: World,
    failed: dict[str, tuple[Problem, ...]],
    unseen: Unseen,
    options: Options,
) -> tuple[list[str], dict[str, np.ndarray]]:
    """Append the portfolios that need a book of their own; those that fail there go into ``failed``, and
    what revaluation warns of and leaves out into ``unseen``.
    """
    rows = []
    progress = options.stage("alone")
    for number, (name, again) in enumerate(gathered.alone.items(), start=1):
        try:
            row, warnings, missing = price_alone(again(), world)
            rows.append((name, row))
            unseen.warned[name] = tuple(replace(problem, file=name) for problem in warnings)
            if missing:
                unseen.rows[name] = missing
        except InputError as error:
            failed[name] = error.problems
        except NoAnswerError as error:
            failed[name] = (Problem(None, "", error.reason, "a net value above zero", error.relaxation, name),)
        progress(number, len(gathered.alone))
    own = {key: np.array([row[key] for _, row in rows], dtype=float) for key in (*COLUMNS, "named") if rows}
    if not names:
        empty = {key: np.zeros(0) for key in (*COLUMNS, "named")}
        return [name for name, _ in rows], own or empty
    joined = {key: np.concatenate([numbers, own[key]]) if rows else numbers for key, numbers in found.items()}
    return [*names, *(name for name, _ in rows)], joined
