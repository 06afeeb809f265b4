"""Doors of the commands that keep the numbers honest and fresh: calibrate, validate, update."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from .app import app
from .options import AsOf, Json, Lang, Language, Quiet, Seed, check_out
from .screen import Progress, show


@app.command(epilog="Example: stresstest calibrate --data my-series --out calibration")
def calibrate(
    data: Annotated[Path, typer.Option(help="Folder of series.", exists=True, file_okay=False)],
    out: Annotated[Path, typer.Option(help="Folder for the tables.")] = Path("calibration"),
    as_of: AsOf = None,
    quiet: Quiet = False,
) -> None:
    """Re-estimate exposures, factor moments, the funding curve and past episodes, for --calibration."""
    from ..calibrate import calibrate as calibrate_tables

    result = calibrate_tables(data, out, as_of.date() if as_of else None)
    for problem in result.warnings:
        typer.echo(f"warning: {problem}", err=True)
    if not quiet:
        typer.echo(f"{len(result.estimation.exposures)} assets estimated as of {result.as_of}")
        for path in result.files:
            typer.echo(str(path))


@app.command(epilog="Example: stresstest validate --data my-series --out scorecard")
def validate(
    data: Annotated[
        Path | None,
        typer.Option(
            help="Folder of series (docs/data.md); without it, checks that need one are listed as not run.",
            exists=True,
            file_okay=False,
        ),
    ] = None,
    section: Annotated[
        list[str] | None,
        typer.Option(
            help="balance_sheet, funding, transmission, library, instruments, exposures, short_histories, risk or "
            "allocation; repeat for more. Default: all."
        ),
    ] = None,
    out: Annotated[Path | None, typer.Option(help="Folder for the scorecard as HTML, JSON and Markdown.")] = None,
    as_of: AsOf = None,
    seed: Seed = 0,
    lang: Lang = Language.en,
    as_json: Json = False,
    quiet: Quiet = False,
) -> None:
    """The scorecard: every claim, what was measured, and what a naive rival reaches. Takes some minutes."""
    check_out(out)
    from ..commands.validate import validate as validate_claims

    with Progress(quiet) as progress:
        shown = validate_claims(data, as_of.date() if as_of else None, seed, section or (), out, progress)
    show(shown, as_json, lang, quiet=quiet)


@app.command(epilog="Example: stresstest update portfolios/balanced.csv")
def update(
    holdings: Annotated[
        list[str] | None, typer.Argument(help="Holdings files whose symbols are to be priced as well.")
    ] = None,
    provider: Annotated[
        list[str] | None, typer.Option(help="fred, nyfed, treasury or yahoo; repeat for more. Default: all.")
    ] = None,
    lang: Lang = Language.en,
    as_json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Refresh the snapshot from public sources into the user cache. Only this and --fetch open a connection."""
    from ..commands.update import update as refresh

    with Progress(quiet) as progress:
        shown = refresh(holdings or (), provider or (), progress)
    show(shown, as_json, lang, quiet=quiet)
