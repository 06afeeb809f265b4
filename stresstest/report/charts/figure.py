"""A figure: a finding as its title, a static picture, how to read it, and the table that it draws."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from ..tables.cells import Table
from . import svg

#: Longest charts: what is beyond is in the table below the chart.
MOST_ROWS = 12


@dataclass(frozen=True)
class Figure:
    """One chart with its words. note: how to read the marks."""

    name: str
    title: str
    note: str
    picture: str
    table: Table


def figure(name: str, title: str, note: str, specification: dict[str, Any], table: Table) -> Figure:
    """Draw the specification and join it to its words."""
    return Figure(name, title, note, svg.render(specification, f"fig-{name}", title, note), table)


def tone(gain: float) -> str:
    """Colour of a bar by the sign of its gain."""
    return "gain" if gain >= 0 else "loss"
