"""What a user may choose."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from ..errors import InputError, Problem
from ..units import WEEKS_A_MONTH
from .switches import Switches, read_switches

#: Called with a stage, what is done of it and how much there is.
Progress = Callable[[str, int, int], None]

#: Fields that hold names.
NAMES = ("scenarios", "without")


def _date(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise InputError(Problem(None, "as_of", text or "nothing", "a date such as 2027-01-31", "")) from None


#: How a text is read in fields that hold something else.
TEXTS: Mapping[str, Callable[[str], object]] = {
    "limits": Path, "data": Path, "mapping": Path, "calibration": Path, "as_of": _date,
}  # fmt: skip


@dataclass(frozen=True)
class Options:
    """What a user may choose. months: horizon and length of the plan. scenarios: names or TOML files, none for all.

    propose: whether to propose a rebalancing. command: what was typed, for the report. mapping: how to read the
    holdings, TOML. calibration: folder of tables that ``calibrate`` wrote. broker: whose margin requirements apply.
    without: channels and layers of uncertainty that are switched off.

    From Python one name alone may stand for a tuple of names, and a text for a path or for a date as YYYY-MM-DD.
    Raises InputError for a text that is no date.
    """

    pace: float | None = None
    months: int = 12
    plan: str | None = None
    scenarios: tuple[str, ...] = ()
    paths: int = 10_000
    limits: Path | None = None
    defensiveness: float = 0.5
    reaction: bool = True
    seed: int = 0
    data: Path | None = None
    as_of: date | None = None
    propose: bool = True
    command: str = ""
    mapping: Path | None = None
    calibration: Path | None = None
    broker: str = ""
    without: tuple[str, ...] = ()
    progress: Progress = field(default=lambda stage, done, total: None, compare=False)

    def __post_init__(self) -> None:
        for name in NAMES:
            given = getattr(self, name)
            object.__setattr__(self, name, (given,) if isinstance(given, str) else tuple(given or ()))
        for name, read in TEXTS.items():
            if isinstance(given := getattr(self, name), str):
                object.__setattr__(self, name, read(given))

    @property
    def weeks(self) -> int:
        """The horizon in weeks."""
        return round(self.months * WEEKS_A_MONTH)

    @property
    def switches(self) -> Switches:
        """What ``without`` switches off. Raises InputError for names that are none, and where nothing moves."""
        return read_switches(self.without)

    def stage(self, name: str) -> Callable[[int, int], None]:
        """Progress of one stage, called with (done, total)."""
        return lambda done, total: self.progress(name, done, total)
