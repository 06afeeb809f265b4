"""Runoff plans: from a pace, from a named plan that ships with the package, or from the user's TOML file."""

from __future__ import annotations

import difflib
import math
from datetime import date
from importlib import resources
from importlib.resources.abc import Traversable
from pathlib import Path

from ..errors import InputError, Problem
from ..records import CapStep, RunoffPlan
from ..toml_text import TomlDocument, parse_toml, read_toml
from ..units import counted
from .plan_file import LONGEST_PLAN, months_later, parse_plan
from .plan_parts import LARGEST_PACE

#: Caps of the 2022 programme, 60 and 35 a month: how a single pace is split (New York Fed, 2022-05-04).
TREASURY_SHARE = 60 / 95
#: Purchases of June 2020, 80 and 40 a month: how a negative pace is split (New York Fed, 2020-06-10).
TREASURY_PURCHASE_SHARE = 80 / 120


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
        problems.append(Problem(None, "qt-pace", str(pace), expected, "The 2022 programme was USD 95 bn a month."))
    if not 1 <= months <= LONGEST_PLAN:
        problems.append(Problem(None, "months", str(months), f"1 to {LONGEST_PLAN}", ""))
    if problems:
        raise InputError(problems)
    start = start or date.today()
    if pace >= 0:
        treasury = pace * TREASURY_SHARE
        step = CapStep(start, treasury_cap=treasury, mbs_cap=pace - treasury)
        title = f"QT of USD {pace:g} bn a month for {counted(months, 'month')}"
    else:
        treasury = -pace * TREASURY_PURCHASE_SHARE
        step = CapStep(start, coupon_purchases=treasury, mbs_purchases=-pace - treasury)
        title = f"QE of USD {-pace:g} bn a month for {counted(months, 'month')}"
    priced_in = named_plan("fast-qt", start).priced_in if pace > 0 else 0.0
    return RunoffPlan(
        f"pace {pace:g}", title, (step,), months_later(start, months), priced_in=priced_in, reaction=reaction
    )


def plan_names() -> tuple[str, ...]:
    """Names of the plans of the Federal Reserve that ship with the package."""
    return _names(_folder())


def foreign_plan_names() -> tuple[str, ...]:
    """Names of the plans of other central banks; they run on their own balance sheets (see ``banks``)."""
    return _names(_folder().joinpath("abroad"))


def _folder() -> Traversable:
    return resources.files("stresstest.plumbing").joinpath("plans")


def _names(folder: Traversable) -> tuple[str, ...]:
    return tuple(sorted(entry.name[:-5] for entry in folder.iterdir() if entry.name.endswith(".toml")))


def named_plan(name: str, start: date | None = None, *, months: int | None = None, reaction: bool = True) -> RunoffPlan:
    """A shipped plan by name, or the user's TOML file. Steps without a date begin at ``start``.

    reaction: False leaves out the committee's hazards and the plan's own rules alike.

    Raises InputError for an unknown name and for every fault of the file at once.
    """
    if name in plan_names():
        document, label = _shipped(_folder(), name), name
    elif name in foreign_plan_names():
        document, label = _shipped(_folder().joinpath("abroad"), name), name
    else:
        document, label = _read_user_plan(name), Path(name).stem
    if months is not None:
        document.pop("end", None)
        document["months"] = months
    plan = parse_plan(label, name, document, start or date.today(), reaction)
    unknown = [other for other in plan.with_plans if other not in foreign_plan_names()]
    if unknown:
        expected = f"one of {', '.join(foreign_plan_names())}"
        raise InputError(Problem(None, "with_plans", ", ".join(unknown), expected, "", name))
    return plan


def _shipped(folder: Traversable, name: str) -> TomlDocument:
    return parse_toml(folder.joinpath(f"{name}.toml").read_text(encoding="utf-8"), name)


def _read_user_plan(name: str) -> TomlDocument:
    path = Path(name)
    if not path.is_file():
        known = (*plan_names(), *foreign_plan_names())
        near = difflib.get_close_matches(name, known, 1)
        hint = f"Did you mean {near[0]}?" if near else f"Shipped plans: {', '.join(known)}."
        raise InputError(Problem(None, "plan", name, "a shipped plan or a TOML file", hint))
    return read_toml(path, name)
