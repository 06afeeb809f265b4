"""Run the sections and gather their checks."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import date
from importlib import import_module

from ..errors import DataError, InputError, Problem
from ..market import load_snapshot
from ..records import Check, Evidence, Scorecard

#: Modules of this package, in the order of the flow of data.
SECTIONS = (
    "balance_sheet",
    "funding",
    "transmission",
    "library",
    "instruments",
    "exposures",
    "short_histories",
    "risk",
    "allocation",
)


def score(
    evidence: Evidence,
    sections: Iterable[str] = SECTIONS,
    progress: Callable[[str, int, int], None] = lambda stage, done, total: None,
) -> Scorecard:
    """Every check of ``sections``. A section whose series are missing is reported as not run, with the reason.

    Raises InputError for a section that does not exist.
    """
    wanted = tuple(sections)
    unknown = [name for name in wanted if name not in SECTIONS]
    if unknown:
        raise InputError(
            [Problem(None, "section", name, f"one of {', '.join(SECTIONS)}", "See --help.") for name in unknown]
        )
    checks: list[Check] = []
    for done, name in enumerate(wanted):
        progress("validate", done, len(wanted))
        checks.extend(_section(name, evidence))
    progress("validate", len(wanted), len(wanted))
    data = f"folder {evidence.data.name}" if evidence.data else "embedded tables only"
    return Scorecard(tuple(checks), _as_of(evidence), data)


def _section(name: str, evidence: Evidence) -> tuple[Check, ...]:
    try:
        found: tuple[Check, ...] = import_module(f".{name}", __package__).checks(evidence)
    except DataError as error:
        return (Check(name, name, "The section needs series that the folder lacks", "", "", None, note=str(error)),)
    return tuple(replace(check, section=name) for check in found)


def _as_of(evidence: Evidence) -> date:
    return load_snapshot(evidence.data, evidence.as_of).as_of
