"""Stylised tables of the EBA and the Bank of England: published headline figures, and market moves that we chose."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from importlib import resources
from typing import Any

import numpy as np

from ..tables import factor_index, factor_names
from ..toml_text import parse_toml
from ..units import WEEKS_A_MONTH
from .horizon import REGIMES, horizon_law
from .levels import factor_levels
from .propagation import complete
from .scenario import MovesPath, Scenario
from .shocks import read_shocks
from .supervisory import at_point
from .toml_file import Door

KEYS = ("title", "narrative", "sources", "regime", "published", "year")
PUBLISHED_KEYS = ("variable", "value", "status")
STATUS = ("V-src", "V-2nd", "MEM")
MOST_PUBLISHED = 40
YEAR_KEYS = ("label", "months", "shock")
MOST_YEARS = 10


@cache
def stylised() -> Mapping[str, Scenario]:
    """Stylised official exercises by name, each at the point of its lowest shares."""
    folder = resources.files("stresstest.scenarios").joinpath("official")
    files = sorted((entry for entry in folder.iterdir() if entry.name.endswith(".toml")), key=lambda entry: entry.name)
    found = {}
    for file in files:
        name = file.name.removesuffix(".toml")
        found[name] = read_stylised(name, parse_toml(file.read_text(encoding="utf-8"), file.name), file.name)
    return found


def read_stylised(name: str, document: Mapping[str, Any], file: str) -> Scenario:
    """One exercise with a table of shocks for each year. Raises InputError with every fault."""
    door = Door(file, lines=getattr(document, "lines", ()))
    door.unknown(document, KEYS)
    regime = document.get("regime", "stress")
    if not isinstance(regime, str) or regime not in REGIMES:
        door.fault("regime", regime, f"one of {', '.join(REGIMES)}")
        regime = "stress"
    labels, months, moves, named = [], [], [], np.zeros(len(factor_names()), dtype=bool)
    for row, table in door.tables(document, "year", MOST_YEARS):
        door.unknown(table, YEAR_KEYS, f"year {row} ")
        shocks = read_shocks(table, factor_levels(None), door)
        names = tuple(n for n, is_named in zip(factor_names(), shocks.named, strict=True) if is_named)
        labels.append(door.text(table, "label", f"year {row}"))
        months.append(door.number(table, "months", 12.0 * row, 1, 120, "months"))
        law = horizon_law(regime, months[-1] * WEEKS_A_MONTH, factor_levels(None))
        moves.append(complete(np.where(shocks.named, shocks.moves, np.nan), law, names))
        named |= shocks.named
    if not moves:
        door.fault("year", "none", "at least one [[year]] with shocks")
    published = _published(document, door)
    door.close()
    scenario = Scenario(
        name=name,
        title=door.text(document, "title", name),
        narrative=door.text(document, "narrative", ""),
        sources=(*door.texts(document, "sources"), *published),
        months=months[0],
        probability=None,
        turbulent=True,
        channels={},
        path=MovesPath(tuple(labels), np.array(months), np.array(moves), named),
    )
    return at_point(scenario, int(np.argmin(np.array(moves)[:, factor_index()["equity_us"]])))


def _published(document: Mapping[str, Any], door: Door) -> tuple[str, ...]:
    """What the authority itself has published, apart from moves that are ours: a line for each variable.

    status: V-src where we read it at the source, V-2nd from a second one, MEM from memory.
    """
    lines = []
    for row, table in door.tables(document, "published", MOST_PUBLISHED):
        door.unknown(table, PUBLISHED_KEYS, f"published {row} ")
        variable, value, status = (door.text(table, key, "") for key in PUBLISHED_KEYS)
        if not variable or not value or status not in STATUS:
            found = f"{variable or 'no variable'}, {value or 'no value'}, {status or 'no status'}"
            door.fault(f"published {row}", found, f"a variable, a value and a status of {', '.join(STATUS)}")
        lines.append(f"Published: {variable} {value} ({status})")
    return tuple(lines)
