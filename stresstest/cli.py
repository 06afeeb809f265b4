"""The command line: a thin door. A command parses, makes one call, prints, and turns our errors into clear lines.

Heavy modules are imported inside the commands, so that help is instant.
"""

from __future__ import annotations

import json
import os
import shlex
import shutil
import sys
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NoReturn

import typer

from .errors import InputError, NoAnswerError, StresstestError

if TYPE_CHECKING:
    from .study.options import Options

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="Stress-test a portfolio under quantitative tightening, and propose a defensive rebalancing. Works offline.",
    epilog="Example: stresstest run portfolios/balanced.csv",
)


class Language(StrEnum):
    """Languages of reports."""

    en = "en"
    zh_TW = "zh-TW"


Holdings = Annotated[
    str, typer.Argument(help="Holdings file, or example:NAME for a portfolio that ships with stresstest.")
]
Data = Annotated[
    Path | None, typer.Option(help="Folder of series; default the embedded snapshot.", exists=True, file_okay=False)
]
AsOf = Annotated[datetime | None, typer.Option(formats=["%Y-%m-%d"], help="Use nothing later than this date.")]
Seed = Annotated[int, typer.Option(min=0, help="Same seed, same output.")]
Lang = Annotated[Language, typer.Option(help="Language of the report.")]
Json = Annotated[bool, typer.Option("--json", help="One JSON document on standard output.")]
Quiet = Annotated[bool, typer.Option("--quiet", help="No progress and no summary.")]
Pace = Annotated[
    float | None,
    typer.Option(help="Sum of monthly runoff caps, USD bn a month; negative buys (QE). Default: plan fast-qt."),
]
Months = Annotated[int, typer.Option(min=1, max=120, help="Horizon and length of the plan.")]
Plan = Annotated[str | None, typer.Option(help="A shipped plan or a TOML file.")]
ScenarioNames = Annotated[
    list[str] | None, typer.Option("--scenario", help="A library scenario or TOML file; repeat for more. Default: all.")
]
Paths = Annotated[int, typer.Option(min=100, max=1_000_000, help="Simulated paths.")]
Limits = Annotated[Path | None, typer.Option(help="Limits of the rebalancing, TOML.", exists=True, dir_okay=False)]
Defensiveness = Annotated[float, typer.Option(min=0.0, max=1.0, help="0 keeps carry, 1 minimises loss.")]
Reaction = Annotated[
    bool, typer.Option("--reaction/--no-reaction", help="Whether the central bank may stop or restart the plan.")
]


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
    out: Annotated[Path | None, typer.Option(help="Folder of the report; default reports/HOLDINGS.")] = None,
    data: Data = None,
    as_of: AsOf = None,
    seed: Seed = 0,
    lang: Lang = Language.en,
    as_json: Json = False,
    quiet: Quiet = False,
) -> None:
    """The main job: load, generate, stress, rebalance, report."""
    study = _study(holdings, _options(locals()), quiet)
    from .report import summary_text, to_document, write_reports

    folder = out or Path("reports") / study.portfolio.name
    with _Progress(quiet) as progress:
        written = write_reports(study, folder, lang.value, progress=lambda name: progress("report", 0, 1))
    if as_json:
        _print_json(to_document(study))
    elif not quiet:
        typer.echo(summary_text(study, lang.value, _width()))
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
    data: Data = None,
    as_of: AsOf = None,
    seed: Seed = 0,
    lang: Lang = Language.en,
    as_json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Losses without a proposal."""
    study = _study(holdings, _options({**locals(), "propose": False}), quiet)
    _show_study(study, lang, as_json)


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
    data: Data = None,
    as_of: AsOf = None,
    seed: Seed = 0,
    as_json: Json = False,
    quiet: Quiet = False,
) -> None:
    """The proposal alone: trades as CSV, or JSON with --json."""
    study = _study(holdings, _options(locals()), quiet)
    from .report import to_document, trades_csv

    proposal = study.rebalance
    if as_json:
        _print_json(to_document(study)["rebalance"])
    else:
        sys.stdout.write(trades_csv(study))
    if proposal is not None and proposal.status == "infeasible":
        typer.echo(f"no answer: no rebalancing meets all limits. {'; '.join(proposal.relaxation)}", err=True)
        raise typer.Exit(NoAnswerError.exit_code)


@app.command(epilog="Example: stresstest compare example:balanced example:sixty_forty")
def compare(
    holdings: Annotated[list[str], typer.Argument(help="Two to eight holdings files.")],
    qt_pace: Pace = None,
    months: Months = 12,
    plan: Plan = None,
    scenario: ScenarioNames = None,
    paths: Paths = 10_000,
    reaction: Reaction = True,
    data: Data = None,
    as_of: AsOf = None,
    seed: Seed = 0,
    as_json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Up to eight portfolios side by side over the same scenarios."""
    from .commands.compare import compare as compare_portfolios

    with _Progress(quiet) as progress:
        table = compare_portfolios(holdings, _options({**locals(), "propose": False}, progress))
    if as_json:
        _print_json(table.to_document())
    else:
        _print(table.to_text())


@app.command(epilog="Example: stresstest check portfolios/income_ladder.csv")
def check(holdings: Holdings, data: Data = None, as_of: AsOf = None, as_json: Json = False) -> None:
    """What was understood: one row per position, with analytics, errors and warnings."""
    from .commands.check import check as check_holdings

    checked = check_holdings(holdings, data, as_of.date() if as_of else None)
    if as_json:
        _print_json(checked.to_document())
    else:
        _print(checked.to_text())


@app.command(epilog="Example: stresstest project --plan fast-qt --json")
def project(
    plan: Plan = None,
    qt_pace: Pace = None,
    months: Months = 12,
    paths: Paths = 10_000,
    reaction: Reaction = True,
    data: Data = None,
    as_of: AsOf = None,
    seed: Seed = 0,
    as_json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Balance sheet and funding paths alone."""
    from .commands.projection import projection

    with _Progress(quiet) as progress:
        result = projection(_options(locals(), progress))
    if as_json:
        _print_json(result.to_document())
    else:
        _print(result.to_text())


@app.command(epilog="Example: stresstest scenarios dash-for-cash")
def scenarios(
    name: Annotated[str | None, typer.Argument(help="One scenario in full; without it the whole library.")] = None,
    as_json: Json = False,
) -> None:
    """The library, or one scenario in full: narrative, sources, factor moves, plausibility."""
    from .commands.scenario_cards import scenario_cards

    cards = scenario_cards(name)
    if as_json:
        _print_json(cards.to_document())
    else:
        _print(cards.to_text())


@app.command(epilog="Example: stresstest calibrate --data my-series --out calibration")
def calibrate(
    data: Annotated[Path, typer.Option(help="Folder of series.", exists=True, file_okay=False)],
    out: Annotated[Path, typer.Option(help="Folder for the tables.")] = Path("calibration"),
    as_of: AsOf = None,
    quiet: Quiet = False,
) -> None:
    """Re-estimate exposures, factor moments and the funding curve."""
    from .calibrate import calibrate as calibrate_tables

    result = calibrate_tables(data, out, as_of.date() if as_of else None)
    for problem in result.warnings:
        typer.echo(f"warning: {problem}", err=True)
    if not quiet:
        typer.echo(f"{len(result.estimation.exposures)} assets estimated as of {result.as_of}")
        for path in result.files:
            typer.echo(str(path))


def main() -> NoReturn:
    """Entry point: run a command and turn errors into one exit code and clear lines on standard error."""
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # the work is already split over the cores, by blocks of paths
    debug = "--debug" in sys.argv
    arguments = [argument for argument in sys.argv[1:] if argument != "--debug"]
    try:
        app(arguments)
        code = 0
    except InputError as error:
        code = _report_input(error, "--json" in arguments)
    except NoAnswerError as error:
        typer.echo(f"no answer: {error}", err=True)
        if "--json" in arguments:
            _print_json({"status": "no_answer", "reason": error.reason, "relaxation": error.relaxation})
        code = error.exit_code
    except StresstestError as error:
        typer.echo(f"failed: {error}", err=True)
        code = error.exit_code
    except (KeyboardInterrupt, BrokenPipeError):
        code = 130
    except Exception as error:
        if debug:
            raise
        typer.echo(f"failed: {type(error).__name__}: {error} (run again with --debug for the traceback)", err=True)
        code = 1
    sys.exit(code)


def _report_input(error: InputError, as_json: bool) -> int:
    if as_json:
        _print_json({"errors": [problem.to_dict() for problem in error.problems]})
    for problem in error.problems:
        typer.echo(str(problem), err=True)
    count = len(error.problems)
    typer.echo(f"{count} error{'s' if count != 1 else ''}; nothing was computed or written", err=True)
    return error.exit_code


def _options(given: dict[str, Any], progress: Any = None) -> Options:
    """Options from the arguments of a command, by their names."""
    from .study.options import Options

    names = {"qt_pace": "pace", "scenario": "scenarios"}
    known = set(Options.__dataclass_fields__)
    fields = {names.get(key, key): value for key, value in given.items()}
    chosen = {key: value for key, value in fields.items() if key in known and value is not None}
    if "scenarios" in chosen:
        chosen["scenarios"] = tuple(chosen["scenarios"])
    if "as_of" in chosen:
        chosen["as_of"] = chosen["as_of"].date()
    if progress is not None:
        chosen["progress"] = progress
    return Options(**chosen)


def _study(holdings: str, options: Options, quiet: bool) -> Any:
    from dataclasses import replace

    from .run import run as run_study

    with _Progress(quiet) as progress:
        return run_study(holdings, replace(options, progress=progress, command=_command()))


def _command() -> str:
    """What was typed, without folders: they would name the machine, and differ from run to run."""
    words = [Path(word).name if "/" in word else word for word in sys.argv[1:]]
    skipped = {i + d for i, word in enumerate(words) if word == "--out" for d in (0, 1)} | {
        i for i, word in enumerate(words) if word in ("--quiet", "--debug", "--json") or word.startswith("--out=")
    }
    return shlex.join(["stresstest", *(word for i, word in enumerate(words) if i not in skipped)])


def _show_study(study: Any, lang: Language, as_json: bool) -> None:
    from .report import summary_text, to_document

    if as_json:
        _print_json(to_document(study))
    else:
        typer.echo(summary_text(study, lang.value, _width()))


def _width() -> int:
    """Columns of the terminal, within what a table can use."""
    return min(max(shutil.get_terminal_size().columns, 60), 110)


def _print(text: object) -> None:
    from rich.console import Console

    Console(soft_wrap=False).print(text)


def _print_json(document: object) -> None:
    json.dump(document, sys.stdout, allow_nan=False, ensure_ascii=False, indent=1)
    sys.stdout.write("\n")


class _Progress:
    """A bar on standard error for long work, on a terminal only."""

    def __init__(self, quiet: bool) -> None:
        self.wanted = not quiet and sys.stderr.isatty()

    def __enter__(self) -> _Progress:
        if self.wanted:
            from rich.console import Console
            from rich.progress import Progress

            self.bar = Progress(console=Console(stderr=True), transient=True)
            self.bar.start()
            self.tasks: dict[str, Any] = {}
        return self

    def __call__(self, stage: str, done: int, total: int) -> None:
        if self.wanted:
            if stage not in self.tasks:
                self.tasks[stage] = self.bar.add_task(stage, total=total)
            self.bar.update(self.tasks[stage], completed=done, total=total)

    def __exit__(self, *error: object) -> None:
        if self.wanted:
            self.bar.stop()


if __name__ == "__main__":
    main()
