"""The repeated tables of a plan file: steps, rules, and levels of the Treasury's account. Every fault is collected."""

from __future__ import annotations

import difflib
import itertools
from collections.abc import Callable, Mapping, Sequence
from dataclasses import fields
from datetime import date
from typing import Any, TypeVar

from ..errors import Problem
from ..records import CapStep, PlanRule, TgaStep
from ..toml_text import echo, line_of
from .rules import ACTIONS, KEPT, MEASURES, measure

LARGEST_PACE = 1000.0
LARGEST_ACCOUNT = 3000.0
LONGEST_PURCHASE = 260
PRINCIPAL_TO = ("bills", "treasuries", "mbs")
AMOUNTS = tuple(f.name for f in fields(CapStep) if f.type == "float")
STEP_KEYS = ("start", *AMOUNTS, "mbs_principal_to")
RULE_KEYS = ("when", "from", "until", "share", "amount", "weeks", *(m.key for m in MEASURES))
TGA_KEYS = ("date", "level", "debt_ceiling")
#: What an action needs besides its conditions: key, least, most.
NEEDS = {"slow": ("share", 0.0, 1.0), "purchase": ("amount", 0.0, LARGEST_PACE)}
Row = Mapping[str, Any]
Part = TypeVar("Part")


class Faults:
    """Problems of one file as they are found."""

    def __init__(self, file: str, lines: Sequence[str] = ()) -> None:
        """lines: of the file, to say where faults are."""
        self.file, self.lines, self.problems = file, lines, list[Problem]()
        self.table = ""

    def add(self, number: int | None, key: str, found: object, expected: str, hint: str = "", table: str = "") -> None:
        """One fault. number: of the table of its kind, from 1; table: that kind, by default the one that is read."""
        table = table or self.table
        place = key if number is None else f"{table} {number} {key}"
        self.problems.append(Problem(line_of(self.lines, place), key, echo(found), expected, hint, self.file))

    def unknown(self, row: int | None, key: str, known: tuple[str, ...]) -> None:
        """A key that nobody reads, with the nearest that is read."""
        near = difflib.get_close_matches(key, known, 1)
        hint = f"Did you mean {near[0]}?" if near else f"Known keys: {', '.join(known)}."
        self.add(row, key, "unknown key", "a known key", hint)

    def rows(self, key: str, rows: object, known: tuple[str, ...], read: Callable[[int, Row], Part]) -> list[Part]:
        """Every table of one kind, read; keys are checked first."""
        if not isinstance(rows, list):
            self.add(None, key, rows, f"tables [[{key}]]", f"Write [[{key}]] and its keys.")
            return []
        result = []
        self.table = key
        for number, row in enumerate(rows, 1):
            if not isinstance(row, dict):
                self.add(number, key, row, "a table", f"Write [[{key}]] and its keys.")
                continue
            for name in row:
                if name not in known:
                    self.unknown(number, name, known)
            result.append(read(number, row))
        self.table = ""
        return result

    def day(self, number: int, row: Row, key: str, default: date) -> date:
        """A date without a time, between 2000 and 2100."""
        day = row.get(key, default)
        if type(day) is date and (2000 <= day.year <= 2100 or day is default):
            return day
        self.add(number, key, day, "a date such as 2027-01-01", "Leave the time out.")
        return default

    def amount(self, number: int, row: Row, key: str, low: float, high: float, unit: str, hint: str = "") -> float:
        """A finite number from ``low`` to ``high``; anything else is a fault and counts as ``low``."""
        value = row[key]
        if isinstance(value, (int, float)) and not isinstance(value, bool) and low <= value <= high:
            return float(value)
        self.add(number, key, value, f"{unit}, {low:g} to {high:g}", hint)
        return low

    def in_order(self, key: str, days: list[date], file_key: str) -> None:
        """Dates that do not increase: overlapping spells."""
        for number, (earlier, later) in enumerate(itertools.pairwise(days), 2):
            if later <= earlier:
                hint = f"Put [[{file_key}]] in order, one for each date: they must not overlap."
                self.add(number, key, later.isoformat(), f"a date after {earlier}", hint, file_key)


def read_steps(faults: Faults, rows: object, start: date) -> tuple[CapStep, ...]:
    """Every [[step]]; at least one must be there."""
    steps = faults.rows("step", rows, STEP_KEYS, lambda number, row: _step(faults, number, row, start))
    if not steps:
        faults.add(None, "step", "none", "at least one [[step]]", "See the shipped plans.")
        return (CapStep(start),)
    faults.in_order("start", [step.start for step in steps], "step")
    return tuple(steps)


def _step(faults: Faults, number: int, row: Row, start: date) -> CapStep:
    amounts = {}
    for key in AMOUNTS:
        if key in row:
            amounts[key] = faults.amount(number, row, key, 0.0, LARGEST_PACE, "bn a month", _amount_hint(row[key]))
    principal = row.get("mbs_principal_to", "")
    if principal not in ("", *PRINCIPAL_TO):
        faults.add(number, "mbs_principal_to", principal, " or ".join(PRINCIPAL_TO))
        principal = ""
    return CapStep(faults.day(number, row, "start", start), **amounts, mbs_principal_to=principal)


def _amount_hint(value: object) -> str:
    if isinstance(value, (int, float)) and value > LARGEST_PACE:
        return "Amounts are in billions a month; this looks like millions."
    return "QE is coupon_purchases or mbs_purchases, not a negative cap."


def read_rules(faults: Faults, rows: object) -> tuple[PlanRule, ...]:
    """Every [[rule]]."""
    return tuple(faults.rows("rule", rows, RULE_KEYS, lambda number, row: _rule(faults, number, row)))


def _rule(faults: Faults, number: int, row: Row) -> PlanRule:
    when = row.get("when", "")
    if when not in ACTIONS:
        faults.add(number, "when", when or "nothing", f"one of {', '.join(ACTIONS)}")
    conditions = {}
    for key in (m.key for m in MEASURES if m.key in row):
        m = measure(key)
        hint = "The key is in percent: write 13, not 0.13."
        conditions[key] = m.size * faults.amount(number, row, key, m.low, m.high, "percent", hint)
    if not conditions:
        faults.add(number, "rule", "no condition", "at least one measure", f"Measures: {', '.join(_measures())}.")
    if when == "maintain" and KEPT not in row:
        faults.add(number, KEPT, "nothing", "the level of L that maintain keeps", f"Add {KEPT} = 15.4, for example.")
    start, until = faults.day(number, row, "from", date.min), faults.day(number, row, "until", date.max)
    if until < start:
        faults.add(number, "until", until.isoformat(), f"{start} or later", "The window ends before it begins.")
    return PlanRule(str(when), conditions, start, until, **_details(faults, number, row, str(when)))


def _measures() -> tuple[str, ...]:
    return tuple(m.key for m in MEASURES)


def _details(faults: Faults, number: int, row: Row, when: str) -> dict[str, Any]:
    """What the action needs, and nothing that belongs to another."""
    details: dict[str, Any] = {}
    needed = NEEDS.get(when)
    wanted = {needed[0]} if needed else set()
    if needed:
        key, low, high = needed
        if key in row:
            details[key] = faults.amount(number, row, key, low, high, "a share" if key == "share" else "bn a month")
        else:
            faults.add(number, key, "nothing", f"{key} of the action {when}")
    if when == "purchase":
        wanted.add("weeks")
        weeks = row.get("weeks", 26)
        if type(weeks) is not int or not 1 <= weeks <= LONGEST_PURCHASE:
            faults.add(number, "weeks", weeks, f"a whole number from 1 to {LONGEST_PURCHASE}")
            weeks = 1
        details["weeks"] = weeks
    for key in {"share", "amount", "weeks"} & set(row) - wanted:
        faults.add(number, key, "a key that this action does not use", f"no {key} with {when or 'this rule'}")
    return details


def read_tga(faults: Faults, rows: object) -> tuple[TgaStep, ...]:
    """Every [[tga]]: a date and a level of the Treasury's account."""
    steps = faults.rows("tga", rows, TGA_KEYS, lambda number, row: _tga(faults, number, row))
    faults.in_order("date", [step.date for step in steps], "tga")
    return tuple(steps)


def _tga(faults: Faults, number: int, row: Row) -> TgaStep:
    for key in ("date", "level"):
        if key not in row:
            faults.add(number, key, "nothing", f"a {key}", "A level of the account needs both.")
    level = 0.0
    if "level" in row:
        level = faults.amount(number, row, "level", 0.0, LARGEST_ACCOUNT, "bn", "Amounts are in billions.")
    ceiling = row.get("debt_ceiling", False)
    if type(ceiling) is not bool:
        faults.add(number, "debt_ceiling", ceiling, "true or false")
    return TgaStep(faults.day(number, row, "date", date.max), level, ceiling is True)
