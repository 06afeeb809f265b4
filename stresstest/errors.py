"""The family of errors, and the record that says what is wrong with a piece of input.

StresstestError                 exit code 1 unless a child says otherwise
├── InputError                  exit code 2: the input is wrong; carries every problem found
│   └── DataError               a data folder, series or embedded table cannot be used
└── NoAnswerError               exit code 3: the question has no answer; carries the nearest relaxation
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Problem:
    """One fault (or warning) in an input, with all that is needed to mend it.

    row: physical line in the file, 1 for the first; None where no row applies.
    column: name of the column or key; "" where none applies.
    """

    row: int | None
    column: str
    found: str
    expected: str
    hint: str
    file: str = ""

    @property
    def place(self) -> str:
        """Where it stands, as "file:row [column]"; "" where nothing of it is known."""
        line = ":".join(str(part) for part in (self.file, self.row) if part not in (None, ""))
        return " ".join(part for part in (line, f"[{self.column}]" if self.column else "") if part)

    def __str__(self) -> str:
        text = f"{self.place + ': ' if self.place else ''}found {self.found}; expected {self.expected}"
        return f"{text}. {self.hint}" if self.hint else text

    def to_dict(self) -> dict[str, object]:
        """Row, column, found, expected, hint, file: the shape promised in the JSON of ``check``."""
        return {**asdict(self), "file": Path(self.file).name}


class StresstestError(Exception):
    """Base of every error that this package raises on purpose."""

    exit_code = 1


class InputError(StresstestError):
    """The input is wrong. ``problems`` lists every fault found, not only the first."""

    exit_code = 2

    def __init__(self, problems: Problem | Iterable[Problem]) -> None:
        self.problems = (problems,) if isinstance(problems, Problem) else tuple(problems)
        super().__init__("\n".join(str(problem) for problem in self.problems))


class DataError(InputError):
    """A series, data folder or embedded table is missing, stale, or in the wrong unit."""


class NoAnswerError(StresstestError):
    """The question is well posed but has no answer; ``relaxation`` names the nearest one that has.

    warnings: what a reader of the relaxation must know, as of an answer.
    """

    exit_code = 3

    def __init__(self, reason: str, relaxation: str = "", warnings: Iterable[Problem] = ()) -> None:
        self.reason, self.relaxation, self.warnings = reason, relaxation, tuple(warnings)
        super().__init__(f"{reason}. {relaxation}" if relaxation else reason)
