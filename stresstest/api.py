"""The Python interface: the stages as functions, each with the defaults of the command line."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

from . import plumbing, scenarios
from .allocation import load_limits
from .errors import InputError, Problem
from .market import load_snapshot
from .plumbing import Plumbing
from .records import FactorPaths, Portfolio, Rebalance, RunoffPlan, StressResult, Study
from .run import run as _run
from .scenarios import ALL_CHANNELS, LAYERS, named_paths
from .stress import revalue
from .study.books import make_book, read_holdings
from .study.options import Options
from .study.proposal import propose, steering

__all__ = ["Options", "generate", "load_portfolio", "project", "rebalance", "report", "run", "runoff_plan", "stress"]


def load_portfolio(path: str | Path) -> Portfolio:
    """Read a holdings file, or ``example:NAME``. Raises InputError with every fault found."""
    return read_holdings(path, load_snapshot())


def runoff_plan(pace: float | None = None, months: int = 12) -> RunoffPlan:
    """A plan of ``pace`` USD bn a month (negative buys), from the date of the snapshot."""
    return plumbing.runoff_plan(pace, months, load_snapshot().as_of)


def project(plan: RunoffPlan, weeks: int = 52) -> Plumbing:
    """Balance sheet and funding spread that ``plan`` implies at central values, without chance: one path."""
    return plumbing.project(plan, load_snapshot(), weeks)


def generate(
    plan: RunoffPlan,
    paths: int = 10_000,
    seed: int = 0,
    weeks: int = 52,
    channels: str | Iterable[str] = ALL_CHANNELS,
    layers: str | Iterable[str] = LAYERS,
) -> FactorPaths:
    """Paths of every factor under ``plan``.

    channels: those that are switched on, of ``scenarios.ALL_CHANNELS``; "market" is ordinary noise. layers: of
    uncertainty, here "parameters" and "noise" of ``scenarios.LAYERS``. One name may stand alone. Raises InputError for
    an unknown one.
    """
    on, drawn = _several(channels), _several(layers)
    made = scenarios.generate(plan, load_snapshot(), weeks=weeks, paths=paths, seed=seed, channels=on, layers=drawn)
    return made.factors


def stress(portfolio: Portfolio, factors: FactorPaths, layers: str | Iterable[str] = LAYERS) -> StressResult:
    """Revalue ``portfolio`` in full under ``factors``. ``.to_frame()`` of the factors has the scenarios as rows.

    layers: of uncertainty, here "exposures" and "residual". Raises InputError for one not in ``scenarios.LAYERS``.
    """
    chosen = _several(layers)
    for name in chosen:
        if name not in LAYERS:
            raise InputError(Problem(None, "layers", name, f"one of {', '.join(LAYERS)}", ""))
    return revalue(make_book(portfolio, load_snapshot()), factors, seed=factors.seed or 0, layers=chosen)


def rebalance(stress_result: StressResult, limits: str | Path | None = None, defensiveness: float = 0.5) -> Rebalance:
    """A defensive proposal for the book of ``stress_result``, within ``limits`` (TOML; none means the defaults)."""
    library = scenarios.choose(())
    snapshot = load_snapshot()
    named = revalue(stress_result.book, named_paths(library, sofr=snapshot["sofr"]), layers=())
    chosen = load_limits(None if limits is None else Path(limits))
    return propose(stress_result, named, steering(library), chosen, snapshot, defensiveness)


def run(path: str | Path, *, progress: Callable[[str, int, int], None] | None = None, **options: Any) -> Study:
    """The main job. Keywords are the fields of ``Options``: pace, months, plan, scenarios, paths, limits, seed, ...

    ``without="liquidity"`` and ``without=("liquidity", "noise")`` both do, and so does "liquidity,noise".
    """
    if progress is not None:
        options["progress"] = progress
    return _run(path, Options(**options))


def report(study: Study, out: str | Path, lang: str = "en") -> Mapping[str, Path]:
    """Write every report file into ``out``, atomically; returns the paths by file name."""
    from .report import write_reports

    return {path.name: path for path in write_reports(study, Path(out), lang)}


def _several(names: str | Iterable[str]) -> tuple[str, ...]:
    """A name alone, or several."""
    return (names,) if isinstance(names, str) else tuple(names)
