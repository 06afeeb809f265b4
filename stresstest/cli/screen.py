"""What goes to the screen: text, one JSON document, progress on standard error."""

from __future__ import annotations

import json
import shlex
import shutil
import sys
import threading
import time
from itertools import pairwise
from pathlib import Path
from typing import Any

import typer

from ..errors import Problem
from .options import Language

#: Columns of tables that are not printed on a terminal.
PIPED = 120
#: Seconds between two lines of progress where there is no terminal.
EVERY = 15.0


def typed_command() -> str:
    """What was typed, from the same folder, absolute folders left out: they would name the machine."""
    words = [Path(word).name if Path(word).is_absolute() else word for word in sys.argv[1:]]
    skipped = {i + d for i, word in enumerate(words) if word == "--out" for d in (0, 1)} | {
        i for i, word in enumerate(words) if word in ("--quiet", "--debug", "--json") or word.startswith("--out=")
    }
    return shlex.join(["stresstest", *(word for i, word in enumerate(words) if i not in skipped)])


def asked_language() -> str:
    """The language of --lang as it was typed, for messages that come before or instead of a command."""
    words = sys.argv[1:]
    typed = [after for word, after in pairwise(words) if word == "--lang"]
    typed += [word.removeprefix("--lang=") for word in words if word.startswith("--lang=")]
    known = {language.value.lower(): language.value for language in Language}
    return known.get(typed[-1].lower() if typed else "", Language.en.value)


def say(text: str) -> str:
    """A line for standard error in the language that was asked for."""
    lang = asked_language()
    if lang == Language.en.value:
        return text
    from ..commands.words import phrasebook

    return phrasebook(lang)(text)


def say_problem(problem: Problem) -> str:
    """A fault for standard error in the language that was asked for."""
    lang = asked_language()
    if lang == Language.en.value:
        return str(problem)
    from ..commands.words import problem_text

    return problem_text(problem, lang)


def say_warning(problem: Problem) -> str:
    """A warning for standard error in the language that was asked for."""
    lang = asked_language()
    if lang == Language.en.value:
        return f"warning: {problem}"
    from ..commands.words import noted

    return noted("warning", problem, lang)


def width() -> int:
    """Columns of the terminal, within what a table can use."""
    return min(max(shutil.get_terminal_size().columns, 60), 110)


def print_text(text: object) -> None:
    """Print for people: wraps to the terminal; a file or a pipe gets lines of ``PIPED`` columns."""
    from rich.console import Console

    Console(soft_wrap=False, width=None if sys.stdout.isatty() else PIPED).print(text)


def print_json(document: object) -> None:
    """Print one strict JSON document: no NaN."""
    json.dump(document, sys.stdout, allow_nan=False, ensure_ascii=False, indent=1)
    sys.stdout.write("\n")


def show(shown: Any, as_json: bool, lang: Language, quiet: bool = False) -> None:
    """What a command found: its document for scripts, or its text for people unless they asked for quiet."""
    if as_json:
        print_json(shown.to_document())
    elif not quiet:
        print_text(shown.to_text(lang.value))


class Progress:
    """How far long work is, on standard error: a bar on a terminal, elsewhere a line every ``EVERY`` seconds."""

    def __init__(self, quiet: bool) -> None:
        self.bar, self.tasks = None if quiet or not sys.stderr.isatty() else _bar(), dict[str, Any]()
        self.ended = threading.Event()
        self.teller = threading.Thread(target=self._tell, daemon=True)
        self.stage, self.done, self.total = "", 0, 0
        self.told = not quiet and self.bar is None

    def __enter__(self) -> Progress:
        if self.bar is not None:
            self.bar.start()
        if self.told:
            self.teller.start()
        return self

    def __call__(self, stage: str, done: int, total: int) -> None:
        """Take down how far ``stage`` is, and move its bar."""
        self.stage, self.done, self.total = stage, done, total
        if self.bar is not None:
            if stage not in self.tasks:
                self.tasks[stage] = self.bar.add_task(say(stage), total=total)
            self.bar.update(self.tasks[stage], completed=done, total=total)

    def __exit__(self, *error: object) -> None:
        self.ended.set()
        if self.teller.is_alive():
            self.teller.join()  # no line of it comes after what the command says next
        if self.bar is not None:
            self.bar.stop()

    def _tell(self) -> None:
        """A line now and then, so that a log shows that the work goes on."""
        begun = time.monotonic()
        while not self.ended.wait(EVERY):
            share = f" {self.done / self.total:.0%}" if self.total and self.done else ""
            stage = say(self.stage or "at work")
            try:
                typer.echo(say(f"{time.monotonic() - begun:.0f} s: {stage}{share}"), err=True)
            except (OSError, ValueError):  # nobody reads it any more; the work goes on
                return


def _bar() -> Any:
    from rich.console import Console
    from rich.progress import Progress as Bar

    return Bar(console=Console(stderr=True), transient=True)
