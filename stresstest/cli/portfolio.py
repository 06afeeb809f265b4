"""Doors of the commands that take holdings: run, stress, rebalance, compare, check."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ..errors import NoAnswerError
from .app import app
from .fetching import Fetch, fetch_first
from .options import (
    AsOf,
    Broker,
    Calibration,
    Data,
    Defensiveness,
    Holdings,
    Json,
    Lang,
    Language,
    Limits,
    Mapping,
    Months,
    NoSeed,
    Pace,
    Paths,
    Plan,
    Quiet,
    Reaction,
    ScenarioNames,
    Seed,
    Without,
    check_out,
    options_from,
)
from .screen import Progress, print_json, print_text, say, say_warning, show, typed_command, width

if TYPE_CHECKING:
    from ..study.options import Options

#: Folder of the reports of those who name none.
REPORTS = Path("reports")


@app.command(epilog="Example: stresstest run portfolios/balanced.csv --qt-pace 95 --months 12")
def run(
    holdings: Holdings,
    qt_pace: Pace = None,
    months: Months = 12,
    plan: Plan = None,
    scenario: ScenarioNames = None,
    paths: Paths = 10_000,
    limits: Limits = None,
    defensiveness: Defensiveness = 0.5,
    reaction: Reaction = True,
    without: Without = None,
    out: Annotated[
        Path | None, typer.Option(help="Folder of the report; default reports/NAME of the holdings.")
    ] = None,
    mapping: Mapping = None,
    calibration: Calibration = None,
    broker: Broker = "",
    fetch: Fetch = False,
    data: Data = None,
    as_of: AsOf = None,
    seed: Seed = 0,
    lang: Lang = Language.en,
    as_json: Json = False,
    quiet: Quiet = False,
) -> None:
    """The main job: load, generate, stress, rebalance, report."""
    check_out(out or REPORTS)
    fetch_first([holdings], locals())
    study = _study(holdings, options_from(locals()), quiet)
    from ..report import summary_text, to_document, write_reports

    folder = out or REPORTS / study.portfolio.name
    with Progress(quiet) as progress:
        written = write_reports(study, folder, lang.value, progress=lambda name: progress("report", 0, 1))
    if as_json:
        print_json(to_document(study))
    elif not quiet:
        _warn(study)
        typer.echo(summary_text(study, lang.value, width()))
        typer.echo(next(path for path in written if path.suffix == ".html"))


@app.command(epilog="Example: stresstest stress example:sixty_forty --plan slow-qt --json")
def stress(
    holdings: Holdings,
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
    fetch: Fetch = False,
    data: Data = None,
    as_of: AsOf = None,
    seed: Seed = 0,
    lang: Lang = Language.en,
    as_json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Losses by simulation and by named scenario, without a proposal and without files."""
    fetch_first([holdings], locals())
    study = _study(holdings, options_from({**locals(), "propose": False}), quiet)
    _show(study, lang, as_json, quiet)


@app.command(epilog="Example: stresstest rebalance example:growth_on_margin --defensiveness 0.8")
def rebalance(
    holdings: Holdings,
    qt_pace: Pace = None,
    months: Months = 12,
    plan: Plan = None,
    scenario: ScenarioNames = None,
    paths: Paths = 10_000,
    limits: Limits = None,
    defensiveness: Defensiveness = 0.5,
    reaction: Reaction = True,
    without: Without = None,
    mapping: Mapping = None,
    calibration: Calibration = None,
    broker: Broker = "",
    fetch: Fetch = False,
    data: Data = None,
    as_of: AsOf = None,
    seed: Seed = 0,
    lang: Lang = Language.en,
    as_json: Json = False,
    quiet: Quiet = False,
) -> None:
    """The proposal alone: trades as CSV, or JSON with --json."""
    fetch_first([holdings], locals())
    study = _study(holdings, options_from(locals()), quiet)
    from ..commands.rebalance import proposal_document
    from ..report import trades_csv

    proposal = study.rebalance
    if as_json:
        print_json(proposal_document(study))
    else:
        sys.stdout.write(trades_csv(study, lang.value))
    for note in proposal.notes if proposal is not None else ():
        typer.echo(say(f"note: {note}"), err=True)
    _warn(study)
    if proposal is not None and proposal.status == "infeasible":
        ways = "; ".join(say(way) for way in proposal.relaxation)
        typer.echo(say("no answer: no rebalancing meets all limits.") + f" {ways}", err=True)
        raise typer.Exit(NoAnswerError.exit_code)


@app.command(epilog="Example: stresstest compare example:balanced example:sixty_forty")
def compare(
    holdings: Annotated[list[str], typer.Argument(help="Two to eight holdings files, or example:NAME.")],
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
    fetch: Fetch = False,
    data: Data = None,
    as_of: AsOf = None,
    seed: Seed = 0,
    lang: Lang = Language.en,
    as_json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Up to eight portfolios side by side over the same scenarios."""
    fetch_first(holdings, locals())
    from ..commands.compare import compare as compare_portfolios

    with Progress(quiet) as progress:
        table = compare_portfolios(holdings, options_from({**locals(), "propose": False}, progress))
    show(table, as_json, lang)


@app.command(epilog="Example: stresstest check mine.csv --mapping mine.toml")
def check(
    holdings: Holdings,
    mapping: Mapping = None,
    fetch: Fetch = False,
    data: Data = None,
    as_of: AsOf = None,
    seed: NoSeed = 0,
    lang: Lang = Language.en,
    as_json: Json = False,
    quiet: Quiet = False,
) -> None:
    """What was understood: one row per position, with analytics, errors and warnings."""
    fetch_first([holdings], locals())
    from ..commands.check import check as check_holdings

    with Progress(quiet):
        checked = check_holdings(holdings, data, as_of.date() if as_of else None, mapping)
    if as_json:
        checked.write_json(sys.stdout)
    elif not quiet:
        print_text(checked.to_text(lang.value))


def _study(holdings: str, options: Options, quiet: bool) -> Any:
    from dataclasses import replace

    from ..run import run as run_study

    with Progress(quiet) as progress:
        return run_study(holdings, replace(options, progress=progress, command=typed_command()))


def _warn(study: Any) -> None:
    """The warnings of a study on standard error, what weighs most first."""
    for problem in study.warnings:
        typer.echo(say_warning(problem), err=True)


def _show(study: Any, lang: Language, as_json: bool, quiet: bool) -> None:
    from ..report import summary_text, to_document

    if as_json:
        print_json(to_document(study))
    else:
        if not quiet:
            _warn(study)
        typer.echo(summary_text(study, lang.value, width()))
