"""The scorecard: what the program claims, what was measured, and what a naive rival reaches."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from pathlib import Path


@dataclass(frozen=True)
class Evidence:
    """What a section of the scorecard may look at. data: a folder of series, or None for the embedded tables alone."""

    data: Path | None = None
    as_of: date | None = None
    seed: int = 0


@dataclass(frozen=True)
class Check:
    """One claim and its evidence.

    measured, wanted: in words with units. passed: None when it could not be run (``note`` says why). value: the number
    behind ``measured``. rival: name of the naive alternative, with its own figure, in the same unit as ``value``.
    note: sample, assumption, or the reason of a miss.
    """

    id: str
    section: str
    title: str
    measured: str
    wanted: str
    passed: bool | None
    value: float | None = None
    rival: str = ""
    rival_value: float | None = None
    rival_measured: str = ""
    note: str = ""


@dataclass(frozen=True)
class Scorecard:
    """All checks of one run; ``as_of`` and ``data`` say what they stand on."""

    checks: tuple[Check, ...]
    as_of: date
    data: str

    @property
    def misses(self) -> tuple[Check, ...]:
        """Checks that were run and failed."""
        return tuple(check for check in self.checks if check.passed is False)

    @property
    def skipped(self) -> tuple[Check, ...]:
        """Checks that could not be run."""
        return tuple(check for check in self.checks if check.passed is None)
