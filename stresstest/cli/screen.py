"""What goes to the screen: text, one JSON document, progress on standard error."""

from __future__ import annotations

import json
import shlex
import shutil
import sys
from itertools import pairwise
from pathlib import Path
from typing import Any

from .options import Language

#: Columns of tables that are not printed on a terminal.
PIPED = 120


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
    return typed[-1] if typed and typed[-1] in list(Language) else Language.en.value


def say(text: str) -> str:
    """A line for standard error in the language that was asked for."""
    lang = asked_language()
    if lang == Language.en.value:
        return text
    from ..commands.words import phrasebook

    return phrasebook(lang)(text)


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
    """A bar on standard error for long work, on a terminal only."""

    def __init__(self, quiet: bool) -> None:
        self.wanted = not quiet and sys.stderr.isatty()

    def __enter__(self) -> Progress:
        if self.wanted:
            from rich.console import Console
            from rich.progress import Progress

            self.bar = Progress(console=Console(stderr=True), transient=True)
            self.bar.start()
            self.tasks: dict[str, Any] = {}
        return self

    def __call__(self, stage: str, done: int, total: int) -> None:
        """Move the bar of ``stage``."""
        if self.wanted:
            if stage not in self.tasks:
                self.tasks[stage] = self.bar.add_task(stage, total=total)
            self.bar.update(self.tasks[stage], completed=done, total=total)

    def __exit__(self, *error: object) -> None:
        if self.wanted:
            self.bar.stop()
