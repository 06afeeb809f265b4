"""Doors for many portfolios and many runs: batch, serve."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from .app import app
from .options import (
    AsOf,
    Broker,
    Calibration,
    Data,
    Json,
    Lang,
    Language,
    Mapping,
    Months,
    Pace,
    Paths,
    Plan,
    Quiet,
    Reaction,
    ScenarioNames,
    Seed,
    Without,
    options_from,
)
from .screen import Progress, say, show


class Engine(StrEnum):
    """Where the blocks of portfolios are worked off."""

    local = "local"
    dask = "dask"


@app.command(epilog="Example: stresstest batch clients/ --qt-pace 95 --out clients.csv")
def batch(
    source: Annotated[
        Path,
        typer.Argument(
            help="A folder of holdings files, or a long table (Parquet, or CSV in the plain format) with a column "
            "portfolio.",
            exists=True,
        ),
    ],
    engine: Annotated[Engine, typer.Option(help="Threads of this process, or Dask (the extra batch).")] = Engine.local,
    out: Annotated[Path | None, typer.Option(help="File for the table of results, .parquet or .csv.")] = None,
    qt_pace: Pace = None,
    months: Months = 12,
    plan: Plan = None,
    scenario: ScenarioNames = None,
    paths: Paths = 10_000,
    reaction: Reaction = True,
    without: Without = None,
    mapping: Mapping = None,
    calibration: Calibration = None,
    broker: Broker = "",
    data: Data = None,
    as_of: AsOf = None,
    seed: Seed = 0,
    lang: Lang = Language.en,
    as_json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Many portfolios, one scenario set: value, coverage, tail and named losses of each. Bad files stop nothing."""
    from ..commands.batch import batch as stress_all

    with Progress(quiet) as progress:
        result = stress_all(source, options_from(locals(), progress), engine.value, out)
    show(result, as_json, lang, quiet)
    if result.failed:
        failed = f"{len(result.failed):,} of {len(result.failed) + len(result.names):,} portfolios failed"
        typer.echo(say(f"warning: {failed}"), err=True)


@app.command(epilog="Example: stresstest serve --port 8765")
def serve(
    port: Annotated[int, typer.Option(min=0, max=65_535, help="Port on 127.0.0.1; 0 takes a free one.")] = 8765,
    quiet: Quiet = False,
) -> None:
    """The local web page: upload holdings, see the report. On 127.0.0.1 only; results are deleted on Ctrl-C."""
    from ..serve import serve as serve_pages

    def ready(address: str) -> None:
        if not quiet:
            typer.echo(f"{address}  (Ctrl-C stops the page and deletes its results)")

    serve_pages(port, ready)
