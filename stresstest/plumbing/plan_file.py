"""A plan as TOML: strict parsing that reports every fault of the file at once."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

from ..errors import InputError
from ..records import RunoffPlan
from ..toml_text import TomlDocument
from ..units import PERCENT
from .plan_parts import PRINCIPAL_TO, Faults, read_rules, read_steps, read_tga

LONGEST_PLAN = 120
#: Percent of GDP a year.
LARGEST_SURPRISE = 10.0
BANKS = ("fed", "ecb", "boe")
KEYS = (
    "title", "narrative", "sources", "priced_in", "fill_with_bills", "mbs_principal_to", "reaction", "months", "end",
    "bank", "with_plans", "bill_share", "coupon_surprise_percent_of_gdp", "doubt", "step", "rule", "tga",
)  # fmt: skip


def parse_plan(label: str, file: str, document: TomlDocument, start: date, reaction: bool) -> RunoffPlan:
    """The plan of a TOML document. Steps without a date begin at ``start``. Raises InputError with every fault."""
    faults = Faults(file, document.lines)
    for key in document:
        if key not in KEYS:
            faults.unknown(None, key, KEYS)
    steps = read_steps(faults, document.get("step", []), start)
    rules = read_rules(faults, document.get("rule", []))
    tga = read_tga(faults, document.get("tga", []))
    plan = RunoffPlan(
        name=label,
        title=_text(faults, document, "title", label),
        steps=steps,
        end=_end(faults, document, steps[0].start),
        priced_in=_share(faults, document, "priced_in"),
        fill_with_bills=_flag(faults, document, "fill_with_bills"),
        mbs_principal_to=_choice(faults, document, "mbs_principal_to", PRINCIPAL_TO),
        reaction=_flag(faults, document, "reaction") and reaction,
        narrative=_text(faults, document, "narrative", ""),
        sources=_texts(faults, document, "sources"),
        rules=rules if reaction else (),
        tga=tga,
        bank=_choice(faults, document, "bank", BANKS),
        with_plans=_texts(faults, document, "with_plans"),
        bill_share=_share(faults, document, "bill_share") if "bill_share" in document else None,
        coupon_surprise=_surprise(faults, document, "coupon_surprise_percent_of_gdp"),
        doubt=_share(faults, document, "doubt") if "doubt" in document else None,
    )
    if steps[-1].start > plan.end:
        late = steps[-1].start.isoformat()
        faults.add(len(steps), "start", late, f"a date before the end of the plan, {plan.end}", table="step")
    if faults.problems:
        raise InputError(faults.problems)
    return plan


def _end(faults: Faults, document: Mapping[str, Any], first: date) -> date:
    """Last day of the plan: ``end``, or ``months`` after the first step (120 without either)."""
    if "end" in document:
        if "months" in document:
            faults.add(None, "end", "end and months", "one of the two", "Leave one of them out.")
        end = document["end"]
        if type(end) is not date or end < first:
            faults.add(None, "end", end, f"a date after {first}")
            return first
        return end
    months = document.get("months", LONGEST_PLAN)
    if type(months) is not int or not 1 <= months <= LONGEST_PLAN:
        faults.add(None, "months", months, f"a whole number from 1 to {LONGEST_PLAN}")
        months = 12
    return months_later(first, months)


def _text(faults: Faults, document: Mapping[str, Any], key: str, default: str) -> str:
    value = document.get(key, default)
    if not isinstance(value, str):
        faults.add(None, key, value, "a text")
        return default
    return value


def _texts(faults: Faults, document: Mapping[str, Any], key: str) -> tuple[str, ...]:
    value = document.get(key, [])
    if not (isinstance(value, list) and all(isinstance(entry, str) for entry in value)):
        faults.add(None, key, value, "a list of texts")
        return ()
    return tuple(value)


def _flag(faults: Faults, document: Mapping[str, Any], key: str) -> bool:
    value = document.get(key, True)
    if type(value) is not bool:
        faults.add(None, key, value, "true or false")
    return value is True


def _share(faults: Faults, document: Mapping[str, Any], key: str) -> float:
    value = document.get(key, 0.0)
    if isinstance(value, (int, float)) and not isinstance(value, bool) and 0 <= value <= 1:
        return float(value)
    faults.add(None, key, value, "a share between 0 and 1")
    return 0.0


def _surprise(faults: Faults, document: Mapping[str, Any], key: str) -> float:
    value = document.get(key, 0.0)
    if isinstance(value, (int, float)) and not isinstance(value, bool) and abs(value) <= LARGEST_SURPRISE:
        return float(value) * PERCENT
    faults.add(None, key, value, f"percent of GDP a year between -{LARGEST_SURPRISE:g} and {LARGEST_SURPRISE:g}")
    return 0.0


def _choice(faults: Faults, document: Mapping[str, Any], key: str, known: tuple[str, ...]) -> str:
    value = document.get(key, known[0])
    if value not in known:
        faults.add(None, key, value, " or ".join(known))
        return known[0]
    return str(value)


def months_later(day: date, months: int) -> date:
    """The same day of the month ``months`` later, or the last day of a shorter month."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    following = date(year + (month + 1) // 12, (month + 1) % 12 + 1, 1)
    return min(date(year, month + 1, 1) + timedelta(days=day.day - 1), following - timedelta(days=1))
