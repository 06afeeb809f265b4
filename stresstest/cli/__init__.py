"""The command line: thin doors. A command parses, makes one call, prints; ``main`` turns our errors into clear lines.

Heavy modules are imported inside the commands, so that help is instant.
"""

from __future__ import annotations

import os
import sys
from typing import Any, NoReturn

import typer

from ..errors import InputError, NoAnswerError, Problem, StresstestError
from . import portfolio, search, upkeep, world  # noqa: F401  (each registers its commands)
from .app import app
from .screen import print_json

#: What typer raises for a wrong option or argument; it has no public name of its own.
UsageError: Any = typer.BadParameter.__base__


def main() -> NoReturn:
    """Entry point: run a command and turn errors into one exit code and clear lines on standard error."""
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # the work is already split over the cores, by blocks of paths
    debug = "--debug" in sys.argv
    arguments = [argument for argument in sys.argv[1:] if argument != "--debug"]
    as_json = "--json" in arguments
    try:
        # without the standalone mode a wrong option raises, so that scripts get it as JSON too
        code = app(arguments, standalone_mode=not as_json) or 0
    except InputError as error:
        code = _report_input(error, as_json)
    except UsageError as error:
        found = error.format_message().rstrip(".")
        problem = Problem(None, "command line", found, "a command and options as --help shows them", "")
        code = _report_input(InputError(problem), as_json)
    except NoAnswerError as error:
        typer.echo(f"no answer: {error}", err=True)
        if as_json:
            print_json({"status": "no_answer", "reason": error.reason, "relaxation": error.relaxation})
        code = error.exit_code
    except (KeyboardInterrupt, BrokenPipeError):
        code = 130
    except Exception as error:
        if debug and not isinstance(error, StresstestError):
            raise
        code = _report_failure(error, as_json)
    sys.exit(code)


def _report_failure(error: Exception, as_json: bool) -> int:
    known = isinstance(error, StresstestError)
    text = str(error) if known else f"{type(error).__name__}: {error} (run again with --debug for the traceback)"
    typer.echo(f"failed: {text}", err=True)
    if as_json:
        print_json({"status": "failed", "reason": str(error)})
    return StresstestError.exit_code


def _report_input(error: InputError, as_json: bool) -> int:
    if as_json:
        print_json({"errors": [problem.to_dict() for problem in error.problems]})
    for problem in error.problems:
        typer.echo(str(problem), err=True)
    count = len(error.problems)
    typer.echo(f"{count} error{'s' if count != 1 else ''}; nothing was computed or written", err=True)
    return error.exit_code
