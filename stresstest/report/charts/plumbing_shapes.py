"""Shapes of the plumbing: areas on top of each other, a calendar of shaded days, histograms on one axis."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from itertools import pairwise
from typing import Any

from . import style

HEIGHT = 210
#: Width left for the names beside areas, and least distance between two names.
NAMES, LINE = 128, 16
#: Bounds between the shades of a calendar, and what they say.
BOUNDS = (0.01, 0.05, 0.15, 0.30, 0.50)
#: Height of a month in the calendar: of short and of long ones.
TALL, LOW, MANY = 17, 9, 24
#: Height of one histogram, and of its name above it.
RIDGE, NAME = 66, 12


def stack(dates: Sequence[str], items: Mapping[str, Sequence[float]], axis: str, number_format: str) -> dict[str, Any]:
    """Specification of areas, the first at the bottom, each with its name at the right edge. items: values by name."""
    import altair as alt

    rows: list[dict[str, Any]] = []
    names: list[dict[str, Any]] = []
    base = [0.0] * len(dates)
    for name, values in items.items():
        top = [low + value for low, value in zip(base, values, strict=True)]
        rows += [{"date": d, "item": name, "low": a, "high": b} for d, a, b in zip(dates, base, top, strict=True)]
        names.append({"item": name, "at": (base[-1] + top[-1]) / 2})
        base = top
    highest = max(row["high"] for row in rows)
    for row, place in zip(names, _apart([row["at"] / highest * HEIGHT for row in names]), strict=True):
        row["at"] = place * highest / HEIGHT
    colour = alt.Color(
        "item:N", legend=None, scale=alt.Scale(domain=list(items), range=list(style.AREAS[: len(items)]))
    )
    scale = alt.Scale(domain=[0, highest], nice=False)
    area = style.chart(rows).mark_area(stroke="white", strokeWidth=0.7)
    y = alt.Y("low:Q", axis=style.upright(axis, number_format), scale=scale)
    width = style.WIDTH - NAMES - 30
    beside = style.chart(names).encode(y=alt.Y("at:Q"))
    layers = (
        area.encode(x=style.months(), y=y, y2="high:Q", color=colour),
        beside.mark_square(size=80, opacity=1).encode(x=alt.value(width + 9), color=colour),
        beside.mark_text(align="left").encode(x=alt.value(width + 18), text="item:N"),
        # Holds the room of the names open, whatever font the page has.
        beside.mark_square(size=1, opacity=0).encode(x=alt.value(width + NAMES)),
    )
    return style.finished(alt.layer(*layers).properties(width=width, height=HEIGHT))


def _apart(places: Sequence[float]) -> list[float]:
    """The places, which increase, moved as far up as needed to lie ``LINE`` apart, then down to stay inside."""
    moved: list[float] = []
    for place in places:
        moved.append(max(place, moved[-1] + LINE if moved else LINE / 2))
    for i in range(len(moved) - 1, -1, -1):
        moved[i] = min(moved[i], (moved[i + 1] - LINE) if i + 1 < len(moved) else HEIGHT - LINE / 2)
    return moved


def calendar(dates: Sequence[str], chances: Sequence[float], legend: str) -> dict[str, Any]:
    """Specification of a calendar: a month in each row, each business day shaded by its chance."""
    import altair as alt

    labels = _labels()
    rows = []
    for text, chance in zip(dates, chances, strict=True):
        day = date.fromisoformat(text)
        shade = labels[sum(chance >= bound for bound in BOUNDS)]
        rows.append({"month": f"{day:%Y-%m}", "day": day.day, "shade": shade})
    count = len({row["month"] for row in rows})
    key = alt.Legend(title=legend, orient="bottom", columns=3, labelFontSize=style.FONT, titleFontSize=style.FONT,
                     titleFontWeight="normal", titleLimit=style.WIDTH, symbolType="square", symbolSize=150,
                     symbolStrokeWidth=0)  # fmt: skip
    colour = alt.Color("shade:O", sort=labels, legend=key, scale=alt.Scale(domain=labels, range=list(style.SHADES)))
    days = alt.Axis(title=None, values=[1, 5, 10, 15, 20, 25, 31], labelAngle=0, orient="top", ticks=False)
    months = alt.Axis(title=None, ticks=False, labelOverlap=True)
    cells = style.chart(rows).mark_rect(stroke="white", strokeWidth=1)
    x = alt.X("day:O", axis=days, scale=alt.Scale(domain=list(range(1, 32))))
    drawn = cells.encode(x=x, y=alt.Y("month:O", axis=months), color=colour)
    height = alt.Step(TALL if count <= MANY else LOW)
    return style.finished(alt.layer(drawn).properties(width=style.WIDTH - 62, height=height))


def _labels() -> list[str]:
    """Words of the shades: under the first bound, between two, from the last."""
    shown = [f"{100 * bound:.0f}" for bound in BOUNDS]
    between = [f"{low}\N{EN DASH}{high}%" for low, high in pairwise(shown)]
    return [f"< {shown[0]}%", *between, f"\N{GREATER-THAN OR EQUAL TO} {shown[-1]}%"]


def histograms(
    edges: Sequence[float], shares: Mapping[str, Sequence[float]], mark: tuple[str, float], axis: str
) -> dict[str, Any]:
    """Specification of histograms below each other on one axis and one scale. shares: by bin, by name.

    mark: text and place of a vertical line through all of them.
    """
    import altair as alt

    highest = max(max(values) for values in shares.values())
    bars, names = [], []
    for i, (name, values) in enumerate(shares.items()):
        floor = -i * (RIDGE + NAME)
        names.append({"name": name, "at": floor + RIDGE})
        bars += [
            {"from": low, "to": high, "floor": floor, "top": floor + RIDGE * value / highest, "name": name}
            for low, high, value in zip(edges, edges[1:], values, strict=False)
        ]
    height = len(shares) * (RIDGE + NAME)
    scale = alt.Scale(domain=[RIDGE + NAME - height, RIDGE + NAME], nice=False)
    x = alt.X("from:Q", bin="binned", axis=alt.Axis(title=axis, tickCount=8, grid=False), scale=alt.Scale(nice=False))
    y = alt.Y("floor:Q", axis=None, scale=scale)
    line = style.chart([{"at": mark[1], "text": mark[0]}]).encode(x=alt.X("at:Q"))
    layers = (
        style.chart(bars).mark_bar(binSpacing=1, color=style.BLUE).encode(x=x, x2="to:Q", y=y, y2="top:Q"),
        style.chart(names).mark_text(align="right", baseline="top").encode(
            x=alt.value("width"), y=alt.Y("at:Q"), text="name:N"
        ),
        line.mark_rule(color=style.ORANGE, strokeDash=[4, 3]),
        line.mark_text(baseline="bottom", color=style.INK).encode(y=alt.value(-2), text="text:N"),
    )  # fmt: skip
    return style.finished(alt.layer(*layers).properties(width=style.WIDTH - 24, height=height))
