"""Doors of the commands about the world: project, scenarios."""

from __future__ import annotations

import sys
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from ..errors import InputError, Problem
from .app import app
from .options import (
    DAY,
    PLANS,
    AsOf,
    Data,
    Json,
    Lang,
    Language,
    Months,
    NoSeed,
    Pace,
    Paths,
    Quiet,
    Reaction,
    Seed,
    check_out,
    options_from,
)
from .screen import Progress, show


class Source(StrEnum):
    """Where weekly levels come from."""

    model = "model"
    actual = "actual"


PlanAnywhere = Annotated[
    str | None,
    typer.Option(
        help=f"{PLANS} Those of other central banks: boe-100, boe-passive, boe-sales, ecb-2023, ecb-passive, ecb-sales."
    ),
]


@app.command(epilog="Example: stresstest project --plan fast-qt --out projection")
def project(
    plan: PlanAnywhere = None,
    qt_pace: Pace = None,
    months: Months = 12,
    start: Annotated[
        datetime | None,
        typer.Option(
            formats=["%Y-%m-%d"], metavar=DAY, help="Start from the last Wednesday up to this date (needs --data)."
        ),
    ] = None,
    end: Annotated[
        datetime | None, typer.Option(formats=["%Y-%m-%d"], metavar=DAY, help="Last date; default --months ahead.")
    ] = None,
    tga: Annotated[
        str | None,
        typer.Option(
            help="The Treasury's account: model, actual (needs --data), or a CSV file with the columns date and tga "
            "(USD bn). Default: model."
        ),
    ] = None,
    onrrp: Annotated[
        Source, typer.Option(help="Overnight reverse repo: its drain rule, or as it was (needs --data).")
    ] = Source.model,
    mortgage: Annotated[
        Source, typer.Option(help="Mortgage rates: drawn, or as they happened (needs --data).")
    ] = Source.model,
    out: Annotated[Path | None, typer.Option(help="Folder for project.html, a page with pictures.")] = None,
    paths: Paths = 10_000,
    reaction: Reaction = True,
    data: Data = None,
    as_of: AsOf = None,
    seed: Seed = 0,
    lang: Lang = Language.en,
    as_json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Balance sheet and funding paths alone, with regimes of reserves and dated warnings."""
    check_out(out)
    from ..commands.projection import projection
    from ..commands.projection_inputs import ProjectRequest

    first, last = (None if day is None else day.date() for day in (start, end))
    request = ProjectRequest(first, last, tga, onrrp.value, mortgage.value, out, lang.value)
    with Progress(quiet) as progress:
        result = projection(options_from(locals(), progress), request)
    show(result, as_json, lang, quiet)


@app.command(epilog="Example: stresstest scenarios coupon-surge --export dfast > coupon-surge.csv")
def scenarios(
    name: Annotated[
        str | None,
        typer.Argument(
            help="A scenario, a group or a file; without it the whole library. `factors` lists the factors that a file "
            "may name, `channels` what --without may switch off."
        ),
    ] = None,
    plausibility: Annotated[
        float | None, typer.Option(min=0.0, max=1.0, help="Show instead the nearest scenario of this plausibility.")
    ] = None,
    export: Annotated[
        str | None, typer.Option(help="dfast, for one scenario: the 28 columns of the supervisory tables, as CSV.")
    ] = None,
    data: Data = None,
    as_of: AsOf = None,
    seed: NoSeed = 0,
    lang: Lang = Language.en,
    as_json: Json = False,
    quiet: Quiet = False,
) -> None:
    """The library, or one scenario in full: narrative, sources, factor moves, plausibility."""
    from ..commands.scenario_cards import export_scenario, scenario_cards

    day = as_of.date() if as_of else None
    if export is not None and name is None:
        raise InputError(Problem(None, "--export", "no name", "one scenario", "Name the scenario to export."))
    if export is not None and as_json:
        raise InputError(Problem(None, "--export", "--export and --json", "one of the two", "An export is CSV."))
    if export is not None and name is not None:
        sys.stdout.write(export_scenario(name, export, data, day))
        return
    cards = scenario_cards(name, plausibility, data, day)
    show(cards, as_json, lang, quiet)
