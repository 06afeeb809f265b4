"""Limits and settings of the proposal: the defaults in limits.toml, overridden key by key by a user's file."""

from __future__ import annotations

import math
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, fields
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Any

from ..errors import InputError, Problem
from ..tables import read_table
from ..toml_text import read_toml
from .limit_checks import faults

PACKAGE = "stresstest.allocation"
#: Keys of limits.toml that stand outside any table.
MODES = ("no_trade", "no_sell", "buy_only")

#: Levels nearer than this are the same: noise of floating-point arithmetic.
SAME = 1e-9


@dataclass(frozen=True, slots=True)
class Rule:
    """One limit: an absolute level and a rule relative to today's book. ``scale``: one step of a relaxation.

    given: a user's file names it.
    """

    name: str
    label: str
    sense: str
    unit: str
    scale: float
    meaning: str
    level: float | None = None
    relative: float | None = None
    given: bool = False

    def bound(self, before: float, fixed: float = 0.0) -> float:
        """The limit for a book that measures ``before`` today: the looser of the level and the relative rule.

        fixed: the part of ``before`` that no trade can change.
        """
        bounds = [] if self.level is None else [self.level]
        if self.relative is not None:
            bounds.append(self._of_today(self.relative, before, fixed))
        bound = max(bounds) if self.sense == "<=" else min(bounds)
        if self.level is not None and math.isclose(bound, self.level, abs_tol=SAME):
            return self.level
        return bound

    def _of_today(self, relative: float, before: float, fixed: float) -> float:
        """What cannot be traded is allowed in full where it weighs on the limit: the rule asks of the rest only.

        A rule that asks for nothing less than today keeps to that.
        """
        side = 1.0 if self.sense == "<=" else -1.0
        burden = side * fixed
        if burden <= 0.0 or relative >= 1.0:
            return relative * before
        return side * (burden + relative * max(side * before - burden, 0.0))

    def is_relaxed(self, before: float, fixed: float = 0.0) -> bool:
        """Whether today's book, and not the level, sets the limit."""
        return self.level is not None and self.bound(before, fixed) != self.level


@dataclass(frozen=True, slots=True)
class GroupCap:
    """Cap on the gross value of positions whose tag ``tag`` is ``value``, share of net value."""

    tag: str
    value: str
    maximum: float


@dataclass(frozen=True, slots=True)
class Goal:
    """What counts: number of worst named scenarios in the objective, and the smallest gain worth trading for."""

    worst_scenarios: int
    material: float


@dataclass(frozen=True, slots=True)
class Classify:
    """How holdings are told apart (settings.csv gives the meaning of each number)."""

    defensive_ratio: float
    crypto_beta: float
    diversified: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Smallest:
    """Smallest trade worth sending."""

    minimum_usd: float
    minimum_share: float


@dataclass(frozen=True, slots=True)
class Tax:
    """Rates on realised gains, decimals, and the accounts that pay none."""

    long_term: float
    short_term: float
    holding_days: int
    exempt_accounts: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Effort:
    """Where the solve stops. gap: fraction of net value."""

    gap: float
    tail: float
    rounds: int
    search_nodes: int


@dataclass(frozen=True)
class Limits:
    """Everything a user may ask of the proposal."""

    rules: Mapping[str, Rule]
    groups: tuple[GroupCap, ...]
    no_trade: frozenset[str]
    no_sell: frozenset[str]
    buy_only: bool
    goal: Goal
    classify: Classify
    smallest: Smallest
    tax: Tax
    effort: Effort


@cache
def rule_rows() -> Mapping[str, Mapping[str, str]]:
    """Rows of rules.csv by name."""
    return {row["name"]: row for row in read_table(PACKAGE, "rules.csv")}


def load_limits(path: Path | None = None) -> Limits:
    """Default limits, overridden by the keys of the TOML file at ``path``.

    Raises InputError with every fault of the file: unreadable, bad syntax, unknown key (with the nearest known one),
    wrong type, number out of range.
    """
    defaults = tomllib.loads(resources.files(PACKAGE).joinpath("limits.toml").read_text(encoding="utf-8"))
    given, text = _read(path) if path is not None else ({}, "")
    if problems := faults(given, text, str(path), set(rule_rows()) - {"group"}):
        raise InputError(problems)
    return _limits(defaults, given)


def _read(path: Path) -> tuple[dict[str, Any], str]:
    try:
        document = read_toml(path, str(path))
    except OSError as error:
        raise InputError(Problem(None, "", str(error.strerror), "a readable TOML file", "", str(path))) from error
    return document, "\n".join(document.lines)


def _limits(defaults: Mapping[str, Any], given: Mapping[str, Any]) -> Limits:
    merged = {name: {**defaults[name], **given.get(name, {})} for name in defaults if name not in MODES}
    modes = {name: given.get(name, defaults[name]) for name in MODES}
    rules = {name: _rule(name, defaults[name], given.get(name, {})) for name in rule_rows() if name != "group"}
    return Limits(
        rules=rules,
        groups=_groups(given.get("group", {})),
        no_trade=frozenset(modes["no_trade"]),
        no_sell=frozenset(modes["no_sell"]),
        buy_only=modes["buy_only"],
        goal=_settings(Goal, merged["objective"]),
        classify=_settings(Classify, merged["classify"]),
        smallest=_settings(Smallest, merged["trade"]),
        tax=_settings(Tax, merged["tax"]),
        effort=_settings(Effort, merged["solver"]),
    )


def _rule(name: str, default: Mapping[str, float], given: Mapping[str, float]) -> Rule:
    """A user who writes only a level means it: the relative rule of the default no longer applies."""
    chosen = dict(given) if "level" in given else {**default, **given}
    row = rule_rows()[name]
    return Rule(
        name,
        row["label"],
        row["sense"],
        row["unit"],
        float(row["scale"]),
        row["meaning"],
        chosen.get("level"),
        chosen.get("relative"),
        bool(given),
    )


def _groups(table: Mapping[str, Mapping[str, Mapping[str, float]]]) -> tuple[GroupCap, ...]:
    return tuple(GroupCap(tag, value, cap["max"]) for tag, values in table.items() for value, cap in values.items())


def _settings(record: type[Any], table: Mapping[str, Any]) -> Any:
    values = {field.name: table[field.name] for field in fields(record)}
    return record(**{name: tuple(v) if isinstance(v, list) else v for name, v in values.items()})
