"""What was found wrong, doubtful or left out while one file was read; errors are raised together at the end."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from ..errors import InputError, Problem


@dataclass
class Findings:
    """Collects the problems of one file, so that a user sees all of them at once.

    errors stop the load; warnings are assumptions that the user should know; skipped are rows left out on purpose.
    """

    file: str
    errors: list[Problem] = field(default_factory=list)
    warnings: list[Problem] = field(default_factory=list)
    skipped: list[Problem] = field(default_factory=list)

    def error(self, row: int | None, column: str, found: str, expected: str, hint: str = "") -> None:
        """Record a fault that makes the file unusable until it is mended."""
        self.errors.append(self._problem(row, column, found, expected, hint))

    def warn(self, row: int | None, column: str, found: str, expected: str, hint: str = "") -> None:
        """Record an assumption or a doubt that does not stop the load."""
        self.warnings.append(self._problem(row, column, found, expected, hint))

    def skip(self, row: int, found: str, reason: str) -> None:
        """Record a row that is no holding, and why."""
        self.skipped.append(self._problem(row, "", found, "a holding", reason))

    def raise_errors(self) -> None:
        """Raise InputError with every error so far, in the order of the file; do nothing if there is none."""
        if self.errors:
            raise InputError(in_order(self.errors))

    def _problem(self, row: int | None, column: str, found: str, expected: str, hint: str) -> Problem:
        return Problem(row, _short(column), _short(found), expected, hint, self.file)


def in_order(problems: Iterable[Problem]) -> tuple[Problem, ...]:
    """Problems by physical line; those of the whole file first."""
    return tuple(sorted(problems, key=lambda problem: problem.row or 0))


def _short(text: str, limit: int = 80) -> str:
    """A cell as shown in a message: hostile input may be a megabyte long."""
    return text if len(text) <= limit else f"{text[: limit - 1]}…"
