"""What was found wrong, doubtful or left out while one file was read; errors are raised together at the end."""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import NamedTuple

from ..errors import InputError, Problem

#: Problems that differ by the row alone are listed this often and then counted.
LISTED = 20
#: Errors after which a file is given up: nobody mends hundreds of cells by hand.
MOST_ERRORS = 200


class Doubt(NamedTuple):
    """A warning as it was raised, before it is known whether it will be listed."""

    column: str
    found: str
    expected: str
    hint: str

    @property
    def key(self) -> tuple[str, str, str]:
        """What warnings that differ only in what was found have in common."""
        return self.column, self.expected, self.hint


@dataclass
class Findings:
    """Collects the problems of one file, so that a user sees all of them at once.

    errors stop the load; warnings are assumptions that the user should know; skipped are rows left out on purpose.
    parts: (lines before the part, its name) for each sheet of a workbook, so that rows count from the sheet's own top.
    """

    file: str
    parts: tuple[tuple[int, str], ...] = ()
    errors: list[Problem] = field(default_factory=list)
    warnings: list[Problem] = field(default_factory=list)
    skipped: list[Problem] = field(default_factory=list)
    #: Every warning since this list was last emptied, listed or not.
    recent: list[Doubt] = field(default_factory=list)
    _seen: Counter[tuple[str, str, str]] = field(default_factory=Counter)

    def error(self, row: int | None, column: str, found: str, expected: str, hint: str = "") -> None:
        """Record a fault that makes the file unusable until it is mended. Raises InputError once there are too many."""
        if len(self.errors) < MOST_ERRORS:
            self.errors.append(self._problem(row, column, found, expected, hint))
        else:
            self.errors.append(self._problem(None, "", f"more than {MOST_ERRORS:,} faults", "a list of holdings", ""))
            self.raise_errors()

    def warn(self, row: int | None, column: str, found: str, expected: str, hint: str = "") -> None:
        """Record an assumption or a doubt that does not stop the load."""
        doubt = Doubt(column, found, expected, hint)
        self.recent.append(doubt)
        self._add(self.warnings, row, doubt)

    def skip(self, row: int, found: str, reason: str) -> None:
        """Record a row that is no holding, and why."""
        self._add(self.skipped, row, Doubt("", found, "a holding", reason))

    def raise_errors(self) -> None:
        """Raise InputError with every error so far, in the order of the file; do nothing if there is none."""
        if self.errors:
            raise InputError(in_order(self.errors))

    def counted(self) -> tuple[Problem, ...]:
        """One line for each kind of warning or skipped row that came more often than is listed."""
        return tuple(
            self._problem(None, column, f"{count - LISTED:,} more rows like this", expected, hint)
            for (column, expected, hint), count in self._seen.items()
            if count > LISTED
        )

    def repeat(self, doubt: Doubt, row: int, old: str, new: str) -> None:
        """Raise a warning again for another row; where it shows the symbol ``old``, with ``new``."""
        self._add(self.warnings, row, doubt._replace(found=new) if doubt.found == old else doubt)

    def _add(self, to: list[Problem], row: int | None, doubt: Doubt) -> None:
        """List a problem unless many that differ only in what was found are listed already."""
        self._seen[doubt.key] += 1
        if self._seen[doubt.key] <= LISTED:
            to.append(self._problem(row, *doubt))

    def _problem(self, row: int | None, column: str, found: str, expected: str, hint: str) -> Problem:
        place, file = row, self.file
        if self.parts and row is not None:
            start, name = self.parts[max(bisect_right(self.parts, (row - 1, "\U0010ffff")) - 1, 0)]
            place, file = row - start, f"{self.file}, sheet {name}" if len(self.parts) > 1 else self.file
        return Problem(place, _short(column), _short(found), expected, hint, file)


def in_order(problems: Iterable[Problem]) -> tuple[Problem, ...]:
    """Problems by physical line; those of the whole file first."""
    return tuple(sorted(problems, key=lambda problem: problem.row or 0))


def _short(text: str, limit: int = 80) -> str:
    """A cell as shown in a message: hostile input may be a megabyte long."""
    return text if len(text) <= limit else f"{text[: limit - 1]}…"
