"""The command line: thin doors. A command parses, makes one call, prints; ``main`` turns our errors into clear lines.

Heavy modules are imported inside the commands, so that help is instant.
"""

from __future__ import annotations

import errno
import os
import sys
from typing import Any, NoReturn

import typer

from ..errors import InputError, NoAnswerError, StresstestError
from . import many, portfolio, search, upkeep, world  # noqa: F401  (each registers its commands)
from .app import app
from .faults import problem_of
from .screen import asked_language, print_json, say, say_problem, say_warning

#: What typer raises for a wrong option or argument; it has no public name of its own.
UsageError: Any = typer.BadParameter.__base__
#: By convention: stopped by Ctrl-C, and by the reader of a pipe that has seen enough.
INTERRUPTED, PIPE_CLOSED = 130, 141


def main() -> NoReturn:
    """Entry point: run a command and turn errors into one exit code and clear lines on standard error."""
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # the work is already split over the cores, by blocks of paths
    if sys.stdout is None:  # closed by who started us
        sys.stdout = open(os.devnull, "w")  # noqa: SIM115 (open until the end)
    arguments = [argument for argument in sys.argv[1:] if argument != "--debug"]
    try:
        code = _run(arguments, "--json" in arguments, "--debug" in sys.argv)
        sys.stdout.flush()
    except BrokenPipeError:
        code = _without_output(PIPE_CLOSED)
    except OSError as error:  # the screen or the file behind it takes no more: nothing can be printed there
        typer.echo(say(f"failed: {error.strerror or error}"), err=True)
        code = _without_output(StresstestError.exit_code)
    sys.exit(code)


def _run(arguments: list[str], as_json: bool, debug: bool) -> int:
    """One command: its exit code. Raises OSError where standard output fails."""
    try:
        return int(app(arguments, standalone_mode=False) or 0)
    except InputError as error:
        return _report_input(error, as_json)
    except UsageError as error:
        return _report_usage(error, arguments, as_json)
    except NoAnswerError as error:
        return _report_no_answer(error, as_json)
    except SystemExit:  # all that the library does with a closed pipe
        raise BrokenPipeError from None
    except (KeyboardInterrupt, typer.Abort):
        return INTERRUPTED
    except Exception as error:
        if _stdout_failed(error) or (debug and not isinstance(error, StresstestError)):
            raise
        return _report_failure(error, as_json)


def _stdout_failed(error: Exception) -> bool:
    """Whether an error comes from writing to a pipe or a disk that takes no more."""
    return isinstance(error, OSError) and error.errno in (errno.EPIPE, errno.ENOSPC, errno.EDQUOT, errno.EIO)


def _without_output(code: int) -> int:
    """Point standard output at nothing, so that the interpreter does not fail again when it closes it."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.__stdout__.fileno() if sys.__stdout__ else 1)
    return code


def _report_no_answer(error: NoAnswerError, as_json: bool) -> int:
    for problem in error.warnings:
        typer.echo(say_warning(problem), err=True)
    typer.echo(say(f"no answer: {error}"), err=True)
    if as_json:
        warnings = [problem.to_dict() for problem in error.warnings]
        told = {"reason": error.reason, "relaxation": error.relaxation, "warnings": warnings}
        print_json({"status": "no_answer", **told})
    return error.exit_code


def _report_failure(error: Exception, as_json: bool) -> int:
    known = isinstance(error, StresstestError)
    text = str(error) if known else f"{type(error).__name__}: {error} (run again with --debug for the traceback)"
    typer.echo(say(f"failed: {text}"), err=True)
    if as_json:
        print_json({"status": "failed", "reason": str(error)})
    return StresstestError.exit_code


def _report_usage(error: Any, arguments: list[str], as_json: bool) -> int:
    """A wrong option, as a problem like any other; no argument at all is answered with the help."""
    if type(error).__name__ == "NoArgsIsHelpError":
        error.show()
        return InputError.exit_code
    return _report_input(InputError(problem_of(error, arguments)), as_json)


def _report_input(error: InputError, as_json: bool) -> int:
    if as_json:
        print_json({"errors": [problem.to_dict() for problem in error.problems]})
    elif asked_language() != "en":
        typer.echo(say("The input is wrong"), err=True)
    for problem in error.problems:
        typer.echo(say_problem(problem), err=True)
    count = len(error.problems)
    typer.echo(say(f"{count} error{'s' if count != 1 else ''}; nothing was computed or written"), err=True)
    return error.exit_code
