"""Runoff plans: from a pace, from a named plan that ships with the package, or from the user's TOML file."""

from __future__ import annotations

import difflib
import itertools
import math
import tomllib
from collections.abc import Mapping
from dataclasses import fields
from datetime import date, timedelta
from importlib import resources
from pathlib import Path
from typing import Any

from ..errors import InputError, Problem
from ..records import CapStep, RunoffPlan

#: Caps of the 2022 programme, 60 and 35 a month: how a single pace is split (New York Fed, 2022-05-04).
TREASURY_SHARE = 60 / 95
#: Purchases of June 2020, 80 and 40 a month: how a negative pace is split (New York Fed, 2020-06-10).
TREASURY_PURCHASE_SHARE = 80 / 120
LARGEST_PACE = 1000.0
LONGEST_PLAN = 120
AMOUNTS = tuple(f.name for f in fields(CapStep) if f.name != "start")
KEYS = (
    "title",
    "narrative",
    "sources",
    "priced_in",
    "fill_with_bills",
    "mbs_principal_to",
    "reaction",
    "months",
    "step",
)


def runoff_plan(
    pace: float | None = None, months: int | None = None, start: date | None = None, *, reaction: bool = True
) -> RunoffPlan:
    """A plan of ``pace`` USD bn a month for ``months``, split like the 2022 caps; a negative pace buys (QE).

    pace: sum of the monthly caps; realised runoff is lower because MBS prepay below their cap. None means the plan
    "fast-qt". Raises InputError for a pace or a length out of range.
    """
    if pace is None:
        return named_plan("fast-qt", start, months=months, reaction=reaction)
    months = 12 if months is None else months
    problems = []
    if not (math.isfinite(pace) and abs(pace) <= LARGEST_PACE):
        expected = f"USD bn a month between -{LARGEST_PACE:g} and {LARGEST_PACE:g}"
        problems.append(Problem(None, "qt-pace", str(pace), expected, "The 2022 programme was 95."))
    if not 1 <= months <= LONGEST_PLAN:
        problems.append(Problem(None, "months", str(months), f"1 to {LONGEST_PLAN}", ""))
    if problems:
        raise InputError(problems)
    start = start or date.today()
    if pace >= 0:
        treasury = pace * TREASURY_SHARE
        step = CapStep(start, treasury_cap=treasury, mbs_cap=pace - treasury)
        title = f"QT of {pace:g} a month for {months} months"
    else:
        treasury = -pace * TREASURY_PURCHASE_SHARE
        step = CapStep(start, coupon_purchases=treasury, mbs_purchases=-pace - treasury)
        title = f"QE of {-pace:g} a month for {months} months"
    priced_in = named_plan("fast-qt", start).priced_in if pace > 0 else 0.0
    return RunoffPlan(
        f"pace {pace:g}", title, (step,), _months_later(start, months), priced_in=priced_in, reaction=reaction
    )


def plan_names() -> tuple[str, ...]:
    """Names of the plans that ship with the package."""
    folder = resources.files("stresstest.plumbing").joinpath("plans")
    return tuple(sorted(entry.name[:-5] for entry in folder.iterdir() if entry.name.endswith(".toml")))


def named_plan(name: str, start: date | None = None, *, months: int | None = None, reaction: bool = True) -> RunoffPlan:
    """A shipped plan by name, or the user's TOML file. Steps without a date begin at ``start``.

    Raises InputError for an unknown name and for every fault of the file at once.
    """
    if name in plan_names():
        source = resources.files("stresstest.plumbing").joinpath("plans", f"{name}.toml")
        text, label = source.read_text(encoding="utf-8"), name
    else:
        text, label = _read_user_plan(name), Path(name).stem
    try:
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise InputError(Problem(None, "", str(error), "a TOML file", "Mend the syntax.", name)) from None
    if months is not None:
        document["months"] = months
    return _parse(label, name, document, start or date.today(), reaction)


def _read_user_plan(name: str) -> str:
    path = Path(name)
    if not path.is_file():
        near = difflib.get_close_matches(name, plan_names(), 1)
        hint = f"Did you mean {near[0]}?" if near else f"Shipped plans: {', '.join(plan_names())}."
        raise InputError(Problem(None, "plan", name, "a shipped plan or a TOML file", hint))
    if path.stat().st_size > 1_000_000:
        raise InputError(Problem(None, "plan", "more than 1 MB", "a short TOML file", "", name))
    try:
        return path.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        raise InputError(Problem(None, "plan", "not UTF-8 text", "a TOML file", "", name)) from None


def _parse(label: str, file: str, document: Mapping[str, Any], start: date, reaction: bool) -> RunoffPlan:
    problems = [_unknown(key, KEYS, file) for key in document if key not in KEYS]
    steps = _steps(document.get("step", []), start, file, problems)
    months = document.get("months", 120)
    if type(months) is not int or not 1 <= months <= LONGEST_PLAN:
        problems.append(Problem(None, "months", repr(months), f"a whole number from 1 to {LONGEST_PLAN}", "", file))
        months = 12
    priced_in = document.get("priced_in", 0.0)
    if not (isinstance(priced_in, (int, float)) and 0 <= priced_in <= 1):
        problems.append(Problem(None, "priced_in", repr(priced_in), "a share between 0 and 1", "", file))
    principal = document.get("mbs_principal_to", "bills")
    if principal not in ("bills", "treasuries"):
        problems.append(Problem(None, "mbs_principal_to", repr(principal), "bills or treasuries", "", file))
    sources = document.get("sources", [])
    if not isinstance(sources, list):
        problems.append(Problem(None, "sources", repr(sources), "a list of texts", "", file))
    if problems:
        raise InputError(problems)
    return RunoffPlan(
        name=label,
        title=str(document.get("title", label)),
        steps=steps,
        end=_months_later(steps[0].start, months),
        priced_in=float(priced_in),
        fill_with_bills=bool(document.get("fill_with_bills", True)),
        mbs_principal_to=principal,
        reaction=reaction and bool(document.get("reaction", True)),
        narrative=str(document.get("narrative", "")),
        sources=tuple(str(source) for source in sources),
    )


def _steps(rows: object, start: date, file: str, problems: list[Problem]) -> tuple[CapStep, ...]:
    if not isinstance(rows, list) or not rows:
        problems.append(Problem(None, "step", "none", "at least one [[step]]", "See the shipped plans.", file))
        return (CapStep(start),)
    steps = []
    for number, row in enumerate(rows, 1):
        if not isinstance(row, dict):
            problems.append(Problem(number, "step", repr(row), "a table", "Write [[step]] and its amounts.", file))
            continue
        for key, value in row.items():
            if key not in (*AMOUNTS, "start"):
                problems.append(_unknown(key, (*AMOUNTS, "start"), file))
            elif key != "start" and not _is_amount(value):
                hint = "QE is coupon_purchases or mbs_purchases, not a negative cap."
                problems.append(Problem(number, key, repr(value), "USD bn a month, zero or more", hint, file))
        day = row.get("start", start)
        if type(day) is not date or not 2000 <= day.year <= 2100:
            problems.append(
                Problem(number, "start", repr(day), "a date such as 2027-01-01", "Leave the time out.", file)
            )
            day = start
        amounts = {key: float(row[key]) for key in AMOUNTS if _is_amount(row.get(key))}
        steps.append(CapStep(day, **amounts))
    if not steps:
        return (CapStep(start),)
    days = [step.start for step in steps]
    for number, (earlier, later) in enumerate(itertools.pairwise(days), 2):
        if later <= earlier:
            hint = "Put the steps in order, one for each date."
            problems.append(Problem(number, "start", later.isoformat(), f"a date after {earlier}", hint, file))
    return tuple(steps)


def _is_amount(value: object) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and 0 <= value <= LARGEST_PACE


def _unknown(key: str, known: tuple[str, ...], file: str) -> Problem:
    near = difflib.get_close_matches(key, known, 1)
    hint = f"Did you mean {near[0]}?" if near else f"Known keys: {', '.join(known)}."
    return Problem(None, key, "unknown key", "a known key", hint, file)


def _months_later(day: date, months: int) -> date:
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    following = date(year + (month + 1) // 12, (month + 1) % 12 + 1, 1)
    return min(date(year, month + 1, 1) + timedelta(days=day.day - 1), following - timedelta(days=1))
