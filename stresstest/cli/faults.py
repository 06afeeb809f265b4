"""What is wrong with a command line, as problems of our own: option, found, expected, and an example that works.

The help library stops at the first fault and says it in English. Here its exception only tells which option it was;
what was expected is read off the definition of the option, so that it is said in the same words as every other fault.
"""

from __future__ import annotations

import difflib
import inspect
import re
from collections.abc import Iterable, Sequence
from datetime import datetime
from enum import Enum
from pathlib import Path
from typing import Annotated, Any, get_args, get_origin, get_type_hints

from ..errors import Problem

#: Column of what belongs to no single option.
COMMAND_LINE = "command line"
#: Arguments that are texts because they may also be names of our own, and what has to be there.
FILES = {"holdings": "a holdings file, or example:balanced"}
_QUOTED = re.compile(r"'([^']*)'")
_IN_BRACKETS = re.compile(r"\(([^()]*)\)$")


def problem_of(error: Any, arguments: Sequence[str]) -> Problem:
    """The fault that the help library found. error: its exception; arguments: as they were typed."""
    if getattr(error, "param", None) is not None:
        return _of_parameter(error, arguments)
    name = getattr(error, "option_name", "")
    if name and hasattr(error, "possibilities"):
        return _unknown_option(error, name)
    if name:
        return _misused(error, name, arguments)
    command = getattr(error.ctx, "command", None)
    known = getattr(command, "commands", None)
    if known:
        return _unknown_command(error, known)
    extra = _IN_BRACKETS.search(_bare(error))
    if extra is None:
        return Problem(None, COMMAND_LINE, _bare(error), "a command and options as --help shows them", _example(error))
    return Problem(None, COMMAND_LINE, extra[1], "no further argument", _example(error))


def _bare(error: Any) -> str:
    return str(error.message).rstrip(".")


def _of_parameter(error: Any, arguments: Sequence[str]) -> Problem:
    """A value that cannot be one, or that is not there."""
    parameter = error.param
    long = [option for option in parameter.opts if option.startswith("--")]
    column = long[0] if long else parameter.name
    missing = type(error).__name__ == "MissingParameter"
    found = "nothing" if missing else _typed(parameter.opts, arguments) or _quoted(error)
    return Problem(None, column, found, _expected(error.ctx, parameter.name), _example(error))


def _typed(options: Iterable[str], arguments: Sequence[str]) -> str:
    """The value that was typed for an option, the last one where there are several; "" for an argument."""
    found = ""
    for place, word in enumerate(arguments):
        for option in (option for option in options if option.startswith("-")):
            if word == option and place + 1 < len(arguments):
                found = arguments[place + 1]
            elif word.startswith(f"{option}="):
                found = word.removeprefix(f"{option}=") or "nothing"
    return found


def _quoted(error: Any) -> str:
    """The value of an argument, which only the sentence of the help library holds."""
    found = _QUOTED.search(error.message)
    return found[1] if found else _bare(error)


def _unknown_option(error: Any, name: str) -> Problem:
    known = [option for parameter in error.ctx.command.params for option in parameter.opts]
    return Problem(None, COMMAND_LINE, name, "an option of this command", _near(name, known) or _example(error))


def _unknown_command(error: Any, known: Iterable[str]) -> Problem:
    found = _quoted(error)
    hint = _near(found, known) or f"Commands: {', '.join(known)}."
    return Problem(None, COMMAND_LINE, found, "a command", hint)


def _misused(error: Any, name: str, arguments: Sequence[str]) -> Problem:
    """A switch with a value, or an option without one; the help library names no command here."""
    given = _typed([name], [word for word in arguments if word.startswith(f"{name}=")])
    if given:
        return Problem(None, name, given, "the option alone, without a value", "")
    return Problem(None, name, "nothing", "a value after the option", "")


def _near(name: str, known: Iterable[str]) -> str:
    near = difflib.get_close_matches(name, list(known), 1)
    return f"Did you mean {near[0]}?" if near else ""


def _example(error: Any) -> str:
    """The example that the help of the command ends with."""
    told = getattr(getattr(error.ctx, "command", None), "epilog", None) or ""
    return f"{told}." if told else ""


def _expected(context: Any, name: str) -> str:
    """What a parameter takes, from the annotation of the door of its command."""
    if name in FILES:
        return FILES[name]
    hint = _annotation(context, name)
    info = get_args(hint)[1] if get_origin(hint) is Annotated else None
    return expected(_kind(hint), info)


def _annotation(context: Any, name: str) -> Any:
    return get_type_hints(inspect.unwrap(context.command.callback), include_extras=True)[name]


def _kind(hint: Any) -> type:
    """The plain type inside Annotated, list and None."""
    while not isinstance(hint, type) or get_args(hint):
        hint = next(part for part in get_args(hint) if part is not type(None))
    return hint


def expected(kind: type, info: Any) -> str:
    """What a value of ``kind`` must be. info: what typer knows of the option, None for nothing."""
    if issubclass(kind, Enum):
        return f"one of {', '.join(str(member.value) for member in kind)}"
    if issubclass(kind, datetime):
        return "a date such as 2027-01-31"
    if issubclass(kind, Path):
        return _path(info)
    if kind in (int, float):
        return _number("a whole number" if kind is int else "a number", info.min, info.max)
    return "a text"


def _number(kind: str, low: float | None, high: float | None) -> str:
    """A number within what the option takes."""
    shown = [f"{end:,}" if isinstance(end, int) else f"{end:g}" for end in (low, high) if end is not None]
    if low is not None and high is not None:
        return f"{kind} from {shown[0]} to {shown[1]}"
    return f"{kind} of {shown[0]} or more" if low is not None else kind


def _path(info: Any) -> str:
    if not info.exists:
        return "a path"
    if not info.file_okay:
        return "a folder that is there"
    return "a file or folder that is there" if info.dir_okay else "a file that is there"
